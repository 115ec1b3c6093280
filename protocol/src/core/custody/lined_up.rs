//! Requests that the register heard while an entry waited for the witness: they are decided one after
//! the other, in the order in which they came.
//!
//! They are kept in memory alone: what is lost is asked again by whoever waits for it.

use std::collections::VecDeque;

use super::{Core, Event};
use crate::{
    Crypto, Fault, Records,
    custody::{Request, Said},
};

/// How many requests are kept; a register that reorganises the province hears thousands at once.
const REQUESTS_MAX: usize = 256;

/// The requests that wait, oldest first, one of each transfer.
#[derive(Debug, Default)]
pub(super) struct LinedUp(VecDeque<Box<Said<Request>>>);

impl LinedUp {
    /// Takes a request that came too early; the newest one of a transfer stands in the place of the
    /// older.
    pub(super) fn push(&mut self, said: Box<Said<Request>>) {
        let of = |it: &Said<Request>| (it.what.outcome.dossier(), it.what.outcome.tid());
        if let Some(known) = self.0.iter_mut().find(|it| of(it) == of(&said)) {
            *known = said;
        } else if self.0.len() < REQUESTS_MAX {
            self.0.push_back(said);
        }
    }
}

impl Core {
    /// Hands the requests that wait to the desk, until one of them becomes an entry.
    pub(super) fn decide_next(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        while self.custodies.pending.is_none()
            && !self.uncommitted
            && !self.full
            && let Some(said) = self.custodies.lined_up.0.pop_front()
        {
            self.happen(Event::Request(said), records, crypto)?;
        }
        Ok(())
    }
}
