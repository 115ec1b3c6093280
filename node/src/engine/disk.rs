//! A disk without room: reads go on while the reserve takes their records, new work is refused, peers
//! are told to call again, and all of it ends by itself once there is room.
//!
//! The reserve also takes what reading asks for: who signs in, and her answer for her duties of the
//! year. Each of these is small and counted: twenty guesses an hour, one answer a year.
//!
//! New work is turned away while there is still room to finish what is under way. Where that was
//! not enough, as when another program filled the disk, the whole batch is taken back: its writes
//! leave the store, its callers are told that nothing was written, and the decisions are rebuilt
//! from what is durable. No effect of it had left the node.

use std::time::Duration;

use dossier::{Hash, conduct::ConductAct};
use protocol::{Event, Op, core::Refused, notice::Saying, wire::RefusalCode};
use tokio::time::Instant;

use super::{Engine, EngineError, Input, Pending, refused};
use crate::{
    control::{CampaignOrder, ConductOrder, DisruptionOrder, KindOrder, Response},
    grant::GrantOrder,
    link::CloseCode,
    store::StoreError,
};

/// How often a full disk is looked at.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Whether there is room for new work.
#[derive(Debug, Default)]
pub(super) struct Room {
    full: bool,
    /// When a write last failed for want of room. What the disk says of itself is not believed
    /// for a while after it.
    failed: Option<Instant>,
    /// Whether what is being decided may use the reserve.
    vital: bool,
}

impl Room {
    pub(super) fn is_full(&self) -> bool {
        self.full
    }
}

impl Engine {
    /// Looks how much room there is; the core hears of it when that changes.
    pub(super) fn watch_disk(&mut self) -> Result<(), EngineError> {
        let doubted = self.room.failed.is_some_and(|at| at.elapsed() < LOOK_AGAIN);
        let full = doubted || !self.store.has_room()?;
        if full == self.room.full {
            return Ok(());
        }
        if full {
            tracing::warn!("the disk is full, new work is refused");
        } else {
            tracing::info!("the disk has room again");
        }
        self.room.full = full;
        self.decide(Event::Disk { full })
    }

    /// Refuses what would be written on a full disk; the core refuses its own share. A revocation
    /// goes through, and a person's answer for her duties: that is what the last room is for.
    pub(super) fn turn_away(&mut self, input: Input) -> Option<Input> {
        if !self.room.full {
            return Some(input);
        }
        if is_of_duties(&input) {
            return Some(input);
        }
        let reply = match input {
            Input::Invite(_, _, _, reply)
            | Input::NextTree(_, false, reply)
            | Input::Address(_, _, reply)
            | Input::Campaign(CampaignOrder::Act(_), reply)
            | Input::Conduct(
                ConductOrder::Act(_)
                | ConductOrder::Check(_)
                | ConductOrder::Tried(_)
                | ConductOrder::Report(_),
                reply,
            )
            | Input::Disruption(DisruptionOrder::Act(_), reply)
            | Input::Kind(KindOrder::Add(_), reply)
            | Input::Grant(GrantOrder::Act(_), reply) => reply,
            // The applicant finds the door closed and asks again.
            Input::Enrol(_) => return None,
            other => return Some(other),
        };
        self.pending.push(Pending::Respond(reply, no_room()));
        None
    }

    /// Stages what the core wants written.
    pub(super) fn stage_writes(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        if self.room.vital { self.store.stage_from_reserve(ops) } else { self.store.stage(ops) }
    }

    /// Says something for which the reserve is kept.
    pub(super) fn say_from_reserve(
        &mut self,
        saying: Saying,
    ) -> Result<Result<Hash, Refused>, EngineError> {
        self.room.vital = true;
        let said = self.say(saying);
        self.room.vital = false;
        said
    }

    /// Goes on after a write that found no room; every other error stands.
    pub(super) fn survive(&mut self, outcome: Result<(), EngineError>) -> Result<(), EngineError> {
        match outcome {
            Err(EngineError::Store(error)) if error.is_disk_full() => self.take_back(&error),
            other => other,
        }
    }

    fn take_back(&mut self, error: &StoreError) -> Result<(), EngineError> {
        tracing::warn!(%error, "no room for what was under way, it is taken back");
        self.store.discard()?;
        for pending in std::mem::take(&mut self.pending) {
            if let Pending::Respond(reply, _) = pending {
                drop(reply.send(no_room()));
            }
        }
        for (_, reply) in std::mem::take(&mut self.asking) {
            drop(reply.send(no_room()));
        }
        self.core = self.core.reopen(self.moment(), &self.store, &self.crypto)?;
        self.reopen_log()?;
        self.revoked.replace(self.core.barred());
        let code = CloseCode(CloseCode::APPLICATION.0 + u32::from(RefusalCode::Full as u16));
        for conn in self.peers.keys() {
            self.link.close(*conn, code, "the disk is full");
        }
        self.room = Room { full: true, failed: Some(Instant::now()), vital: false };
        self.decide(Event::Disk { full: true })
    }
}

/// Whether a person answers for her duties: without it nobody works, and nobody makes room (Điều 12.3).
fn is_of_duties(input: &Input) -> bool {
    matches!(input, Input::Conduct(ConductOrder::Act(act), _)
        if matches!(**act, ConductAct::Acknowledge { .. }))
}

fn no_room() -> Response {
    refused("disk-full", "no room for new work")
}
