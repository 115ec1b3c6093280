//! People who write without end, and remember every word the node gave them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use dossier::{DossierId, FieldPath, Hash, RowId, UnitId};
use node::control::{Client, Request, Response};
use protocol::Answer;
use tests::machine::{connect, edit, entry, path};
use tests::patience::pause;
use tests::province::{Province, TIER1, TIER2};

/// The fields that are written, by several hands at once.
const FIELDS: [&str; 2] = ["full_name", "other_names"];
/// The column that is written, in each of so many rows of a dossier.
const COLUMN: (&str, u8) = ("work.title", 3);

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
    /// Edits: dossier, field or cell, change.
    pub(crate) edits: Vec<(DossierId, FieldPath, Hash)>,
}

/// The people of a province: three who write, at tier 1 and tier 2.
pub(crate) struct Office {
    known: Arc<Mutex<Vec<DossierId>>>,
    stop: Arc<AtomicBool>,
    writers: Vec<(usize, JoinHandle<Acknowledged>)>,
}

impl Office {
    /// Sets everybody to work.
    pub(crate) fn open(province: &Province, dice: &mut Dice) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let known = Arc::new(Mutex::new(Vec::new()));
        let people = [(TIER1, "Bùi Thị"), (TIER2, "Đinh Văn"), (TIER1, "Xa Thị")];
        let writers = people.map(|(place, person)| {
            let seat = Seat {
                person,
                data_dir: province.machines[place].data_dir.clone(),
                unit: (place == TIER1).then(|| province.machines[TIER1].unit.clone()),
                known: Arc::clone(&known),
                stop: Arc::clone(&stop),
            };
            (place, write(seat, Dice(dice.below(u64::MAX))))
        });
        Self { known, stop, writers: writers.into() }
    }

    /// Dossiers that are open for edits.
    pub(crate) fn open_dossiers(&self) -> Vec<DossierId> {
        let known = self.known.lock().expect("no writer panics");
        known[known.len().saturating_sub(OPEN)..].to_vec()
    }

    /// Sends everybody home; what was acknowledged at tier 2, and at tier 1.
    ///
    /// # Panics
    /// When a writer was told something it should not be told.
    pub(crate) fn close(mut self) -> [Acknowledged; 2] {
        self.stop.store(true, Ordering::Relaxed);
        let mut acknowledged = [Acknowledged::default(), Acknowledged::default()];
        for (place, writer) in std::mem::take(&mut self.writers) {
            let said = writer.join().expect("the writer wrote to its end");
            let all = &mut acknowledged[place - 1];
            all.begun.extend(said.begun);
            all.edits.extend(said.edits);
        }
        acknowledged
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Where a writer sits and what it may touch.
struct Seat {
    /// Data directory of the node it asks.
    data_dir: PathBuf,
    /// The name it writes, its own.
    person: &'static str,
    /// The unit of the dossiers it begins; the body above begins none there (Điều 7.2).
    unit: Option<UnitId>,
    /// Dossiers of all writers.
    known: Arc<Mutex<Vec<DossierId>>>,
    /// Ends the work.
    stop: Arc<AtomicBool>,
}

/// Sets a writer to work; its thread ends with everything that was acknowledged.
fn write(seat: Seat, mut dice: Dice) -> JoinHandle<Acknowledged> {
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
    let place = place_to_write(dice);
    let text = format!("{} {number}", seat.person);
    let (command, dossier) = match (chosen, &seat.unit) {
        (Some(dossier), _) => (edit(dossier, &place, &text), dossier),
        (None, Some(unit)) => (entry(unit, &text), DossierId::from_bytes([0; 16])),
        (None, None) => return true,
    };
    match client.call(&Request::Core(command)) {
        Ok(Response::Core(Answer::Entered(made))) => {
            let (dossier, _) = made[0].clone().expect("entered");
            acknowledged.begun.push(dossier);
            seat.known.lock().expect("no writer panics").push(dossier);
        }
        Ok(Response::Core(Answer::Edited { change, .. })) => {
            acknowledged.edits.push((dossier, place, change));
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

/// A field or, as often, a cell of a row that others write as well.
fn place_to_write(dice: &mut Dice) -> FieldPath {
    if let Some(field) = FIELDS.get(dice.below(4) as usize) {
        return path(field);
    }
    let row = u8::try_from(dice.below(COLUMN.1.into())).expect("small");
    FieldPath { row: Some(RowId::from_bytes([row; 16])), ..path(COLUMN.0) }
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
