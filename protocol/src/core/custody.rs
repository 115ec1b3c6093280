//! Custody as this node lives it: its seat at the table of [`crate::custody`], and what a record
//! that counts does to the dossiers it holds (Điều 10).
//!
//! The machines decide from rows alone; this room brings them frames, orders and changes, makes what
//! they write one transaction with what follows from it, and carries what they say along the tree.
//!
//! **Invariants:** a link of a chain and the summary of its dossier are written together; while a
//! closing is asked for, nothing new enters the dossier here, so nothing beyond it is acknowledged.

mod arriving;
mod content;
mod entering;
mod following;
mod late;
mod lined_up;
mod orders;
mod outside;
mod readiness;
mod relay;
mod settling;
mod shown;
mod staged;
mod taking;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash, PartialDate, Timestamp, grant::day_in_vietnam};

pub use arriving::Arrival;
pub use orders::TransferOrder;
pub use readiness::ReadyShown;
pub use settling::{LateShown, SettledShown};
pub(super) use shown::name_of;
pub use shown::{
    ChainShown, CustodyAnswer, CustodyQuestion, RoadShown, StepShown, TransferShown, TransferStage,
};
pub use taking::{TakeOverShown, TakeOverStep};

use super::{Core, IncidentKind};
use crate::{
    Crypto, Fault, Op, Records, Table, abroad,
    custody::{
        self, Alarm, Clock, Desk, Effect, Event, Outcome, Province, RegisteringState, SendingState,
        Signers, TransferId,
    },
};
use content::Held;
use lined_up::LinedUp;
use outside::note_outside;
use staged::Staged;
use terms::Terms;

/// How long the old custodian keeps its key after the receipt, in milliseconds (decision D14).
const KEY_MS: i64 = 30 * 24 * 3_600_000;
/// How long what was said and not answered rests before it is said again, in milliseconds.
const SAY_AGAIN_MS: i64 = 5_000;

/// What is remembered of custody between two events; all of it follows from the rows.
#[derive(Debug, Default)]
pub(super) struct Custodies {
    /// The transfers in which this node still has something to do.
    moving: BTreeMap<DossierId, BTreeSet<TransferId>>,
    /// Dossiers into which nothing is entered here, and why not.
    halted: BTreeMap<DossierId, custody::Refusal>,
    /// Dossiers whose closing is asked for here and not decided.
    closing: BTreeSet<DossierId>,
    /// The dossier of the one entry that waits for the witness.
    pending: Option<DossierId>,
    /// What the register is asked for meanwhile.
    lined_up: LinedUp,
    /// What the desk wrote during this event: the store shows it when the event is over.
    written: Vec<Op>,
    /// Whether this node waits for its superior's word (R9).
    recovering: bool,
    /// Dossiers of which something came: what waits for it is looked at when it is durable.
    news: BTreeSet<DossierId>,
    /// When what was not answered was last said again.
    said: Option<Timestamp>,
    /// Whether it is to be said at once: somebody has connected.
    hurry: bool,
    /// The terms that begin today.
    terms: Terms,
}

impl Custodies {
    /// Whether a change of this dossier may be what a transfer, or whoever enters something, waits for.
    pub(super) fn concerns(&self, id: &DossierId) -> bool {
        self.is_under_way(id) || self.halted.contains_key(id)
    }

    fn is_under_way(&self, id: &DossierId) -> bool {
        self.recovering || self.moving.contains_key(id)
    }

    /// Another event begins: the store shows what was written before.
    pub(super) fn begin(&mut self) {
        self.written.clear();
    }

    pub(super) fn note_news(&mut self, id: DossierId) {
        self.news.insert(id);
    }

    pub(super) fn hurry(&mut self) {
        self.hurry = true;
    }

    /// Whether anything waits for an answer.
    fn waits(&self) -> bool {
        self.recovering || self.pending.is_some() || !self.moving.is_empty()
    }

    /// When a tick has something to do, by the wall clock in milliseconds.
    pub(super) fn due(&self) -> i64 {
        match self.said {
            _ if !self.waits() => i64::MAX,
            Some(at) if !self.hurry => at.as_millis().saturating_add(SAY_AGAIN_MS + 1),
            _ => i64::MIN,
        }
    }

    pub(super) fn follow_clock(&mut self, moved: impl Fn(Timestamp) -> Timestamp) {
        self.said = self.said.map(moved);
    }

    /// Takes note of what is being written of transfers.
    fn note(&mut self, ops: &[Op]) {
        for op in ops {
            match op.table {
                Table::Moving => {
                    let Some((id, tid)) = custody::read_moving(&op.key) else { continue };
                    let open = self.moving.entry(id).or_default();
                    if op.value.is_some() {
                        open.insert(tid)
                    } else {
                        open.remove(&tid)
                    };
                    if open.is_empty() {
                        self.moving.remove(&id);
                    }
                }
                Table::Meta if op.key == custody::RECOVERING => {
                    self.recovering = op.value.is_some();
                }
                _ => {}
            }
        }
    }
}

impl Core {
    /// Reads what is under way; done once, when the core is made.
    pub(super) fn read_custodies(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        for (id, tid) in custody::open_transfers(records)? {
            self.custodies.moving.entry(id).or_default().insert(tid);
        }
        self.custodies.recovering = custody::recovering(records)?.is_some();
        let waiting = custody::pending(records)?;
        let pending = waiting.map(|entry| entry.what.outcome.dossier());
        let outside = abroad::sent_out(records)?;
        let moving = self.custodies.moving.keys().copied();
        let known: BTreeSet<DossierId> = moving.chain(pending).chain(outside).collect();
        self.look_again(&known, &Staged::new(records, &[]), crypto)?;
        // What came before the node stopped may be what somebody waits for.
        self.custodies.news = known;
        self.custodies.hurry = true;
        Ok(())
    }

    /// Asks this node's seat at the table; `None` while the province has no register or no witness.
    fn at_desk<T>(
        &self,
        records: &dyn Records,
        crypto: &dyn Crypto,
        ask: impl FnOnce(&Desk<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let Some(province) = self.custody_province() else { return Ok(None) };
        let now = self.moment.now;
        let after = |millis: i64| Timestamp::from_millis(now.as_millis().saturating_add(millis));
        let content = Held::new(records);
        let desk = Desk {
            me: self.identity.node,
            province,
            clock: Clock {
                now,
                receipt_due: self.custodies.terms.receipt(now),
                key_ends: after(KEY_MS),
            },
            upstream: province.signers.register == self.identity.node || self.sees_upstream(),
            records,
            content: &content,
            crypto,
        };
        ask(&desk).map(Some)
    }

    /// The province as the machines see it.
    fn custody_province(&self) -> Option<Province<'_>> {
        let (members, tree) = (&self.members, &self.tree.tree);
        let (register, witness) = Province::notaries(members, tree)?;
        Some(Province {
            signers: Signers { members, register, witness },
            tree,
            optional_holders: self.identity.optional_holders,
            today: day(self.moment.now)?,
        })
    }

    /// The writes by which a new life waits for the superior's word, where there is one (R9).
    pub(super) fn forget_custody(&mut self) -> Vec<Op> {
        let asks = self.custody_province().and_then(|it| it.asks(&self.identity.node));
        if asks.is_none() {
            return Vec::new();
        }
        self.custodies.recovering = true;
        Desk::forget(&self.incarnation).into()
    }

    /// Lets something happen at the desk, and does what it orders.
    pub(super) fn happen(
        &mut self,
        event: Event,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        self.count_terms();
        let view = Staged::new(records, &self.custodies.written);
        let effects = self.at_desk(&view, crypto, |desk| desk.handle(event))?;
        self.carry_out(effects.unwrap_or_default(), records, crypto)
    }

    /// Makes what the desk writes one transaction with what follows from it, then lets it speak.
    fn carry_out(
        &mut self,
        effects: Vec<Effect>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let mut ops: Vec<Op> = Vec::new();
        let mut words = Vec::new();
        for effect in effects {
            match effect {
                Effect::Commit(all) => ops.extend(all),
                Effect::Alarm(alarm) => {
                    ops.extend(self.alarm(alarm));
                    if let Alarm::Arrived(id) = alarm {
                        self.fetch_contents(&id, records, &mut ops)?;
                    }
                }
                Effect::Later(said) => self.custodies.lined_up.push(said),
                other => words.push(other),
            }
        }
        let recovers = self.custodies.recovering;
        self.custodies.note(&ops);
        let mut touched = touched(&ops);
        if recovers && !self.custodies.recovering {
            // What was refused for want of the superior's word is looked at again.
            touched.extend(self.custodies.halted.keys());
        }
        for id in linked(&ops) {
            self.follow_chain(&id, records, &mut ops)?;
            note_outside(&id, records, &mut ops)?;
        }
        let mut written = std::mem::take(&mut self.custodies.written);
        written.extend(ops.iter().filter(|op| is_of_the_desk(op)).cloned());
        self.look_again(&touched, &Staged::new(records, &written), crypto)?;
        self.custodies.written = written;
        self.commit(ops);
        for word in words {
            match word {
                Effect::Send { to, message } => self.send_custody(None, to, message.encode()),
                Effect::Sync { dossier, with } => self.ask_of(dossier, with, records)?,
                // Contents travel with the record, to those alone whom it names: nothing is sealed
                // beforehand, and what went has left the store.
                Effect::Unseal { .. } | Effect::DestroyKey(_) => {}
                Effect::Commit(_) | Effect::Alarm(_) | Effect::Later(_) => {}
            }
        }
        Ok(())
    }

    /// What people must see of it; what a transfer comes to stands in the list of transfers.
    fn alarm(&mut self, alarm: Alarm) -> Option<Op> {
        let kind = match alarm {
            Alarm::NoReceipt(id, _) => IncidentKind::NoReceipt(id),
            Alarm::Forked(id) => IncidentKind::CustodyForked(id),
            Alarm::Invited(..) | Alarm::Aborted(..) | Alarm::Arrived(_) => return None,
        };
        self.incident(kind, None)
    }

    /// Looks again at who may enter something into these dossiers, and what may come in.
    fn look_again(
        &mut self,
        touched: &BTreeSet<DossierId>,
        view: &Staged<'_>,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let waiting = custody::pending(view)?;
        let before = self.custodies.pending;
        self.custodies.pending = waiting.as_ref().map(|entry| entry.what.outcome.dossier());
        let others = before.into_iter().chain(self.custodies.pending);
        let touched: BTreeSet<DossierId> = touched.iter().copied().chain(others).collect();
        for id in touched {
            let commits = waiting.as_ref().is_some_and(|entry| {
                entry.what.outcome.dossier() == id
                    && matches!(entry.what.outcome, Outcome::Commit(_))
            });
            let (asked, released) = self.under_way(&id, view)?;
            let closing = commits || asked;
            if closing {
                self.custodies.closing.insert(id);
            } else if self.custodies.closing.remove(&id) {
                self.custodies.news.insert(id);
            }
            let may = self
                .at_desk(view, crypto, |desk| desk.may_edit(&id))?
                .unwrap_or(Ok((0, Hash::ZERO)));
            let refusal = match may {
                _ if closing => Some(custody::Refusal::Moving),
                // Whoever is no custodian writes by another right, or has none.
                // What a unit that ended left behind is asked of the tree, which may change.
                Err(
                    custody::Refusal::NotCustodian
                    | custody::Refusal::Unknown
                    | custody::Refusal::UnitEnded,
                ) => released.then_some(custody::Refusal::Moving),
                Err(refusal) => Some(refusal),
                Ok(_) => None,
            };
            match refusal {
                Some(refusal) => drop(self.custodies.halted.insert(id, refusal)),
                None => drop(self.custodies.halted.remove(&id)),
            }
        }
        Ok(())
    }

    /// Whether a closing of a dossier is asked for by this node, and whether it was released.
    fn under_way(&self, id: &DossierId, view: &dyn Records) -> Result<(bool, bool), Fault> {
        let (mut asked, mut released) = (false, false);
        for tid in self.custodies.moving.get(id).into_iter().flatten() {
            if let Some(row) = custody::read_registering(view, id, tid)?
                && row.state == RegisteringState::Open
            {
                asked |= row
                    .asked
                    .as_ref()
                    .is_some_and(|said| matches!(said.what.outcome, Outcome::Commit(_)));
                released |= row.release.is_some();
            }
            if let Some(row) = custody::read_sending(view, id, tid)? {
                released |= row.state == SendingState::Open && row.release.is_some();
            }
        }
        Ok((asked, released))
    }

    /// What came is durable: whoever waited for it goes on.
    pub(super) fn follow_news(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        self.decide_next(records, crypto)?;
        for id in std::mem::take(&mut self.custodies.news) {
            let mut ops = Vec::new();
            let late = self.retry_held(&BTreeSet::from([id]), records, crypto, &mut ops)?;
            if !ops.is_empty() {
                self.commit(ops);
                self.acknowledge_late(late, crypto);
                // What was admitted is read when it is written.
                self.custodies.news.insert(id);
                continue;
            }
            if self.custodies.is_under_way(&id) {
                self.happen(Event::Content(id), records, crypto)?;
            }
            if self.custodies.halted.contains_key(&id) {
                self.look_again(&BTreeSet::from([id]), &Staged::new(records, &[]), crypto)?;
            }
        }
        if self.custodies.hurry {
            self.press_custody(records, crypto)?;
        }
        Ok(())
    }

    /// Says again what was not answered, when its time has come.
    pub(super) fn press_custody(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if self.custodies.due() > self.moment.now.as_millis() {
            return Ok(());
        }
        self.custodies.hurry = false;
        self.custodies.said = Some(self.moment.now);
        if self.full {
            return Ok(());
        }
        let waiting = self.custodies.moving.keys().copied();
        let outside: Vec<DossierId> =
            waiting.filter(|id| self.ledger.asides().of(id) > 0).collect();
        self.custodies.news.extend(outside);
        self.happen(Event::Tick, records, crypto)
    }
}

/// The day it is in Vietnam.
pub(in crate::core) fn day(at: Timestamp) -> Option<PartialDate> {
    day_in_vietnam(at).to_string().parse().ok()
}

/// Whether a desk reads this row.
fn is_of_the_desk(op: &Op) -> bool {
    matches!(op.table, Table::Custody | Table::Moving | Table::Register | Table::Meta)
}

/// The dossiers of which custody's rows are written.
fn touched(ops: &[Op]) -> BTreeSet<DossierId> {
    let of_custody = ops.iter().filter(|op| matches!(op.table, Table::Custody | Table::Moving));
    of_custody.filter_map(|op| DossierId::from_slice(op.key.get(..DossierId::LENGTH)?)).collect()
}

/// The dossiers whose chain grows.
fn linked(ops: &[Op]) -> BTreeSet<DossierId> {
    let links = ops.iter().filter(|op| op.table == Table::Custody && op.value.is_some());
    links.filter_map(|op| custody::epoch_of_link(&op.key)).map(|(id, _)| id).collect()
}
