//! People who write without end, and remember every word the node gave them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use dossier::{DossierId, Hash, UnitId};
use node::control::{Client, Request, Response};
use protocol::Answer;
use tests::machine::{connect, edit, entry, pause};

/// The fields that are written, by several hands at once.
pub(crate) const FIELDS: [&str; 2] = ["full_name", "other_names"];

/// Most dossiers that are open for edits; older ones rest.
const OPEN: usize = 24;
/// The rest between two orders of one writer.
const REST: Duration = Duration::from_millis(8);

/// Numbers that look random and repeat with their seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What a node said it had made durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Acknowledged {
    /// Dossiers that were begun.
    pub(crate) begun: Vec<DossierId>,
    /// Edits: dossier, field, change.
    pub(crate) edits: Vec<(DossierId, &'static str, Hash)>,
}

/// Where a writer sits and what it may touch.
pub(crate) struct Seat {
    /// Data directory of the node it asks.
    pub(crate) data_dir: PathBuf,
    /// The name it writes, its own.
    pub(crate) person: &'static str,
    /// The unit of the dossiers it begins.
    pub(crate) unit: UnitId,
    /// Dossiers of all writers.
    pub(crate) known: Arc<Mutex<Vec<DossierId>>>,
    /// Ends the work.
    pub(crate) stop: Arc<AtomicBool>,
}

/// Sets a writer to work; its thread ends with everything that was acknowledged.
pub(crate) fn write(seat: Seat, mut dice: Dice) -> JoinHandle<Acknowledged> {
    std::thread::spawn(move || {
        let mut acknowledged = Acknowledged::default();
        let mut client: Option<Client> = None;
        let mut number = 0;
        while !seat.stop.load(Ordering::Relaxed) {
            let Some(open) = client.as_mut() else {
                client = connect(&seat.data_dir).ok();
                pause();
                continue;
            };
            number += 1;
            if !one_order(open, &seat, &mut dice, number, &mut acknowledged) {
                client = None;
            }
            std::thread::sleep(REST);
        }
        acknowledged
    })
}

/// Gives one order; `false` when the node has gone and took its word with it.
fn one_order(
    client: &mut Client,
    seat: &Seat,
    dice: &mut Dice,
    number: u64,
    acknowledged: &mut Acknowledged,
) -> bool {
    let chosen = choose(&seat.known, dice);
    let field = FIELDS[usize::from(dice.below(2) == 1)];
    let text = format!("{} {number}", seat.person);
    let (command, dossier) = match chosen {
        Some(dossier) => (edit(dossier, field, &text), dossier),
        None => (entry(&seat.unit, &text), DossierId::from_bytes([0; 16])),
    };
    match client.call(&Request::Core(command)) {
        Ok(Response::Core(Answer::Entered(made))) => {
            let (dossier, _) = made[0].clone().expect("entered");
            acknowledged.begun.push(dossier);
            seat.known.lock().expect("no writer panics").push(dossier);
        }
        Ok(Response::Core(Answer::Edited { change, .. })) => {
            acknowledged.edits.push((dossier, field, change));
        }
        Ok(Response::Core(Answer::Refused(refused))) => {
            // A dossier of the other writer that has not arrived here yet.
            assert_eq!(refused.code, "unknown-dossier", "{refused:?}");
        }
        Ok(other) => panic!("{other:?}"),
        Err(_) => return false,
    }
    true
}

/// A dossier to edit, or none to begin one.
fn choose(known: &Mutex<Vec<DossierId>>, dice: &mut Dice) -> Option<DossierId> {
    let known = known.lock().expect("no writer panics");
    if known.is_empty() || dice.below(20) == 0 {
        return None;
    }
    let open = known.len().min(OPEN);
    let place = known.len() - open + usize::try_from(dice.below(open as u64)).expect("small");
    Some(known[place])
}
