//! A body that begins anew hears first what it said before.
//!
//! Who may enter for a body stands in notices that its own node signed (Điều 15.1), and a machine that
//! takes the place of another, or whose store went back in time, may lack the end of a delegation. A
//! delegate that has not heard of the end either would bring its entry and the delegation along, and
//! the body would let in what it had forbidden. So what a delegate brings waits until the superior has
//! told which notices it holds, and those are here.

use std::collections::BTreeSet;

use dossier::{Hash, Incarnation, unit::Tier};

use super::{ConnId, Core, Identity, Relation};
use crate::{Crypto, Fault, Op, Records, Table, member::MemberList, notice::SignedNotice};

/// The life whose superior has told what it holds.
const HEARD: &[u8] = b"heard";

/// Whether a store's life is not the first of its unit, and its superior was not heard in it.
pub(super) fn is_unheard(
    identity: &Identity,
    tier: Tier,
    incarnation: &Incarnation,
    members: &MemberList,
    records: &dyn Records,
) -> Result<bool, Fault> {
    if tier != Tier::Two {
        return Ok(false);
    }
    let heard = records.get(Table::Meta, HEARD)?;
    let replaces = || {
        let mut others = members.iter().filter(|member| member.node != identity.node);
        others.any(|member| member.unit == identity.unit)
    };
    Ok(heard.as_deref() != Some(incarnation.as_bytes())
        && (replaces() || super::incarnation::has_retired(records)?))
}

impl Core {
    /// Whether a peer is the one that tells this node what it may have forgotten.
    pub(super) fn is_to_tell(&self, conn: ConnId) -> bool {
        let session = self.sessions.get(&conn);
        self.lives.unheard && session.is_some_and(|session| session.relation == Relation::Upper)
    }

    /// The superior told the ids of all notices that concern this node.
    pub(super) fn await_notices(
        &mut self,
        conn: ConnId,
        theirs: &[Hash],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if !self.is_to_tell(conn) {
            return Ok(());
        }
        let lacking = theirs.iter().filter(|id| !self.board.has(id)).copied();
        let lacking: BTreeSet<Hash> = lacking.collect();
        let told = lacking.is_empty();
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.notices_awaited = Some(lacking);
        }
        if told { self.hear_out(records, crypto) } else { Ok(()) }
    }

    /// Notices came from a peer, whether they were taken or not.
    pub(super) fn note_told(
        &mut self,
        conn: ConnId,
        notices: &[SignedNotice],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if !self.is_to_tell(conn) {
            return Ok(());
        }
        let awaited = self.sessions.get_mut(&conn).and_then(|it| it.notices_awaited.as_mut());
        let told = awaited.is_some_and(|awaited| {
            for signed in notices {
                awaited.remove(&signed.id());
            }
            awaited.is_empty()
        });
        if told { self.hear_out(records, crypto) } else { Ok(()) }
    }

    /// The superior has told everything: what waited for that is judged.
    fn hear_out(&mut self, records: &dyn Records, crypto: &dyn Crypto) -> Result<(), Fault> {
        self.lives.unheard = false;
        let mut ops = vec![Op::put(Table::Meta, HEARD, self.incarnation.as_bytes().to_vec())];
        let late = self.retry_all(records, crypto, &mut ops)?;
        self.commit(ops);
        self.acknowledge_late(late, crypto);
        Ok(())
    }
}
