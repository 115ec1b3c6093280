//! The account list: read at start, taken from peers, spread to them.
//!
//! HELLO does not tell how far the list reaches. Whoever has entries says how many; whoever has
//! fewer answers with its own number and is sent the rest. In a province without accounts nothing
//! is said about them.

use super::{ConnId, Core};
use crate::{
    Crypto, Fault, Op, PublicKey, Records, Table,
    account::{AccountList, SignedAccountEntry},
    codec,
    limits::LIMITS,
    wire::{Frame, RefusalCode},
};

pub(super) fn read_accounts(
    records: &dyn Records,
    register: &PublicKey,
    crypto: &dyn Crypto,
) -> Result<AccountList, Fault> {
    let rows = records.scan(Table::Account, &[], None, usize::MAX)?;
    let entries: Result<Vec<SignedAccountEntry>, Fault> =
        rows.iter().map(|(_, row)| decode_entry(row)).collect();
    AccountList::read(&entries?, register, crypto)
        .map_err(|error| Fault(format!("account list: {error}")))
}

/// Reads a row of the account table.
///
/// # Errors
/// [`Fault`] when it is damaged.
pub fn decode_entry(row: &[u8]) -> Result<SignedAccountEntry, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("account entry: {error}")))
}

impl Core {
    /// Takes entries of the account list; those already known are passed over. `false` when one
    /// does not hold: what came before it is kept.
    pub(super) fn take_accounts(
        &mut self,
        entries: &[SignedAccountEntry],
        crypto: &dyn Crypto,
    ) -> bool {
        let mut ops = Vec::new();
        let mut sound = true;
        for signed in entries {
            if signed.entry.number <= self.accounts.number() {
                continue;
            }
            if self.accounts.push(signed, &self.identity.register_key, crypto).is_err() {
                sound = false;
                break;
            }
            let key = signed.entry.number.to_be_bytes();
            ops.push(Op::put(Table::Account, key, codec::encode(signed)));
        }
        self.commit(ops);
        sound
    }

    pub(super) fn hear_accounts(
        &mut self,
        conn: ConnId,
        known: u64,
        entries: &[SignedAccountEntry],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if !self.take_accounts(entries, crypto) {
            self.refuse(conn, RefusalCode::Protocol, "account list does not hold");
            return Ok(());
        }
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.accounts_heard = Some(known);
        }
        let own = self.accounts.number();
        if known > own && entries.is_empty() {
            self.tell_accounts(conn, own, Vec::new());
        }
        self.spread_accounts(conn, records)
    }

    /// Sends the peer what it lacks of the account list, or tells it that there is more.
    pub(super) fn spread_accounts(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let own = self.accounts.number();
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        match session.accounts_heard {
            None if own > session.accounts_said => self.tell_accounts(conn, own, Vec::new()),
            Some(mut from) => {
                while from < own {
                    let entries = self.accounts_after(from, records)?;
                    let Some(last) = entries.last() else { break };
                    from = last.entry.number;
                    self.tell_accounts(conn, own, entries);
                }
                if let Some(session) = self.sessions.get_mut(&conn) {
                    session.accounts_heard = Some(from);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// As many entries after `from` as go into one frame.
    fn accounts_after(
        &self,
        from: u64,
        records: &dyn Records,
    ) -> Result<Vec<SignedAccountEntry>, Fault> {
        let after = from.to_be_bytes();
        let rows = records.scan(Table::Account, &[], Some(&after), LIMITS.members_max / 4)?;
        let mut bytes = 0;
        rows.iter()
            .take_while(|(_, row)| {
                let first = bytes == 0;
                bytes += row.len();
                first || bytes <= LIMITS.batch_bytes
            })
            .map(|(_, row)| decode_entry(row))
            .collect()
    }

    fn tell_accounts(&mut self, conn: ConnId, known: u64, entries: Vec<SignedAccountEntry>) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.accounts_said = known;
        }
        self.say(conn, &Frame::Accounts { known, entries });
    }
}
