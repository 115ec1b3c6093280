//! Clerks at their desks: they create, edit, correct, look, make mistakes and go on leave.

use std::collections::BTreeMap;

use dossier::{
    DossierId, Edit, FieldPath, LegalBasis, PartialDate, Review, Role, UnitId, Value, unit::Tier,
};
use node::control::Request;
use protocol::{
    Answer, Command,
    core::{DossierShown, Entry},
    envelope::Meta,
};

use super::agenda::Act;
use super::clock::is_working_day;
use super::{Place, World, clock_day_ms};
use crate::checker::Saying;
use crate::cores::sides;

const HOUR_MS: u64 = 3_600_000;

/// Fields that clerks write plain texts into.
const FIELDS: [&str; 4] = ["phone", "note", "current_address", "main_post"];
/// Of so many edits as many as there are fields write into one of them, the others into tables.
const EDITS: u64 = 6;

/// Who sits at a node.
#[derive(Debug, Default)]
pub(super) struct Clerk {
    /// On leave before this day.
    back_on: u64,
}

impl World {
    /// Gives every machine its clerk, and the days their beginning.
    pub(super) fn hire(&mut self) {
        self.people = self.nodes.keys().map(|place| (*place, Clerk::default())).collect();
        let today = self.era.elapsed_ms() / clock_day_ms();
        for day in today..self.options.days {
            let dawn = (day * clock_day_ms()).max(self.era.elapsed_ms() + 1);
            self.agenda.enter(dawn, Act::Morning(day));
        }
    }

    /// Enters what every clerk will do this day.
    pub(super) fn morning(&mut self, day: u64) {
        self.agenda.enter(day * clock_day_ms() + 12 * HOUR_MS, Act::Measure);
        if !is_working_day(day) {
            return;
        }
        let places: Vec<Place> = self.people.keys().copied().collect();
        for place in places {
            if self.random.below(100) < 4 {
                let back_on = day + 1 + self.random.below(5);
                self.people.entry(place).or_default().back_on = back_on;
            }
            if self.people[&place].back_on > day {
                continue;
            }
            for _ in 0..2 + self.random.below(8) {
                // 7:30 to 11:30 and 13:30 to 17:00, as offices keep them.
                let hour_ms = if self.random.below(2) == 0 {
                    7 * HOUR_MS + HOUR_MS / 2 + self.random.below(4 * HOUR_MS)
                } else {
                    13 * HOUR_MS + HOUR_MS / 2 + self.random.below(7 * HOUR_MS / 2)
                };
                self.agenda.enter(day * clock_day_ms() + hour_ms, Act::Work(place));
            }
        }
    }

    /// A clerk does one thing.
    pub(super) async fn work(&mut self, place: Place) {
        let die = self.random.below(100);
        if !self.nodes[&place].is_up() {
            return;
        }
        match (self.nodes[&place].tier, die) {
            (Tier::Three, 0..5) => self.overreach(place).await,
            (Tier::One | Tier::Two, 20..68) => {
                if let Some(dossier) = self.pick(place) {
                    self.edit(place, dossier).await;
                }
            }
            (Tier::Three, _) | (_, 68..88) => self.look(place).await,
            (_, 0..20) => drop(self.create(place, None).await),
            (_, 88..94) => self.sync_now(place).await,
            _ => self.err(place).await,
        }
    }

    /// A dossier in the scope of a machine, drawn at random.
    fn pick(&mut self, place: Place) -> Option<DossierId> {
        let known = self.known.get(&place).map_or(0, Vec::len) as u64;
        let index = self.random.below(known) as usize;
        self.known.get(&place)?.get(index).copied()
    }

    pub(super) fn token(&mut self, place: Place) -> String {
        self.tokens += 1;
        format!("ghi số {} tại máy {place}", self.tokens)
    }

    /// Begins a dossier at a machine, kept by `unit` or else by the machine's own; `None` when it
    /// was not acknowledged.
    pub async fn create(&mut self, place: Place, unit: Option<UnitId>) -> Option<DossierId> {
        let unit = unit.unwrap_or_else(|| self.unit_of(place).clone());
        let token = self.token(place);
        let meta = self.meta(place, &unit, None);
        let entry =
            Entry { key: None, unit: unit.clone(), edits: vec![set("full_name", &token)], meta };
        let answer = self.nodes[&place].command(Command::Enter(vec![entry])).await?;
        let Answer::Entered(made) = answer else { return None };
        let dossier = made.into_iter().next()?.ok()?.0;
        self.remember(place, &unit, dossier, single("full_name"), token);
        Some(dossier)
    }

    /// Edits a dossier at a machine, a field or a row; whether it was acknowledged.
    pub async fn edit(&mut self, place: Place, dossier: DossierId) -> bool {
        match FIELDS.get(self.random.below(EDITS) as usize) {
            Some(field) => {
                let token = self.token(place);
                self.order(place, dossier, set(field, &token), Some((single(field), token))).await
            }
            None => self.edit_row(place, dossier).await,
        }
    }

    /// Gives one edit to the node of a machine; where it writes a text, the judges hear of it.
    pub(super) async fn order(
        &mut self,
        place: Place,
        dossier: DossierId,
        edit: Edit,
        wrote: Option<(FieldPath, String)>,
    ) -> bool {
        let Some(keeper) = self.testimony.unit(&dossier).cloned() else { return false };
        let meta = self.meta(place, &keeper, Some(&edit));
        let command = Command::Edit { dossier, edits: vec![edit], meta };
        let answer = self.nodes[&place].command(command).await;
        if let Some(Answer::Refused(refused)) = &answer
            && refused.code == "disk-full"
            && !self.nodes[&place].disk.is_limited()
        {
            let words = format!("{place} refuses an edit for want of room and has room");
            self.violate("liveness", [words]);
        }
        let Some(Answer::Edited { .. }) = answer else { return false };
        if let Some((path, token)) = wrote {
            self.remember(place, &keeper, dossier, path, token);
        }
        true
    }

    /// Notes an acknowledged edit for the judges.
    pub(super) fn remember(
        &mut self,
        place: Place,
        unit: &UnitId,
        dossier: DossierId,
        path: FieldPath,
        token: String,
    ) {
        self.fabric.note(&token);
        if self.testimony.unit(&dossier).is_none() {
            for (there, node) in &self.nodes {
                if self.plan.tree.is_within(unit, &node.unit) {
                    self.known.entry(*there).or_default().push(dossier);
                }
            }
        }
        self.testimony.say(unit, Saying { place, dossier, path, token, away: false, lost: false });
    }

    /// What stands beside an edit of a dossier: whoever keeps it enters each side on its own basis,
    /// the body above corrects.
    pub(super) fn meta(&mut self, place: Place, keeper: &UnitId, edit: Option<&Edit>) -> Meta {
        let role = if self.random.below(4) == 0 { Role::Approver } else { Role::Clerk };
        let corrects = self.random.below(4) == 0 || self.unit_of(place) != keeper;
        let edits: Vec<Edit> = edit.into_iter().cloned().collect();
        let touched = sides().of_edits("2c-bnv-2008", &edits);
        let basis = match (corrects, touched.state, touched.personal) {
            (true, ..) | (_, true, true) => correction(),
            (_, true, _) => decision(),
            (_, _, true) => declaration(),
            _ if self.random.below(2) == 0 => decision(),
            _ => declaration(),
        };
        let person = format!("cán bộ {place}");
        Meta { person, role, basis, review: Review::NotRequired }
    }

    async fn look(&mut self, place: Place) {
        if let Some(dossier) = self.pick(place) {
            self.look_at(place, dossier).await;
        }
    }

    /// Reads the page of a dossier and the status; both must be true.
    pub async fn look_at(&mut self, place: Place, dossier: DossierId) {
        if let Some(shown) = self.show(place, dossier).await {
            self.judge_page(place, &shown);
        }
        if let Some(Answer::Status(status)) = self.nodes[&place].command(Command::Status).await {
            self.judge_status(place, &status);
        }
    }

    /// The page of a dossier at a machine.
    pub async fn show(&self, place: Place, dossier: DossierId) -> Option<DossierShown> {
        match self.nodes[&place].command(Command::Show(dossier)).await? {
            Answer::Shown(shown) => Some(*shown),
            _ => None,
        }
    }

    /// Asks for a comparison with the superior; what the answer promises must hold.
    async fn sync_now(&mut self, place: Place) {
        let before = self.own_changes(place);
        let answer = self.nodes[&place].command(Command::Sync).await;
        if answer == Some(Answer::Synced(Some(true))) {
            self.judge_synced(place, &before);
        }
    }

    /// A mistake: something this machine has no right to, or that fits no form.
    async fn err(&mut self, place: Place) {
        let own = self.unit_of(place).clone();
        let meta = self.meta(place, &own, None);
        let foreign: Vec<UnitId> = self
            .plan
            .units
            .iter()
            .filter(|unit| !self.plan.tree.is_within(unit, self.unit_of(place)))
            .cloned()
            .collect();
        let index = self.random.below(foreign.len() as u64) as usize;
        let Some(unit) = foreign.get(index).cloned() else { return };
        let mut nameless = meta.clone();
        nameless.person = " ".to_owned();
        for (unit, meta) in [(unit, meta), (own, nameless)] {
            let edits = vec![set("full_name", "nhầm")];
            let entry = Entry { key: None, unit, edits, meta };
            let request = Request::Core(Command::Enter(vec![entry]));
            let answer = self.nodes[&place].ask(request).await;
            if let Some(node::control::Response::Core(Answer::Entered(made))) = answer
                && made.iter().any(Result::is_ok)
            {
                self.violate("authority", [format!("a mistake was let in at {place}")]);
            }
        }
    }

    /// Tier 3 corrects without an order, or enters: no node may let it happen.
    async fn overreach(&mut self, place: Place) {
        let Some(dossier) = self.pick(place) else { return };
        let person = format!("cán bộ {place}");
        for (role, basis) in [(Role::Administrator, correction()), (Role::Clerk, decision())] {
            let meta = Meta { person: person.clone(), role, basis, review: Review::NotRequired };
            let edits = vec![set("main_post", "quá quyền")];
            let command = Command::Edit { dossier, edits, meta };
            if let Some(Answer::Edited { .. }) = self.nodes[&place].command(command).await {
                self.violate("authority", [format!("tier 3 wrote into {dossier}, at {place}")]);
            }
        }
    }

    /// Everybody's clerk is back, and nobody has anything planned.
    pub(super) fn send_home(&mut self) {
        self.people = BTreeMap::new();
    }
}

pub(super) fn set(field: &str, text: &str) -> Edit {
    let field = field.parse().expect("a field");
    Edit::Set { field, value: Value::Text(text.to_owned()) }
}

/// The place of a single field.
pub(super) fn single(field: &str) -> FieldPath {
    FieldPath { field: field.parse().expect("a field"), row: None }
}

pub(super) fn correction() -> LegalBasis {
    LegalBasis::Correction { reason: "nhập sai".to_owned() }
}

fn declaration() -> LegalBasis {
    LegalBasis::Declaration { signed_on: PartialDate::day(2026, 1, 5).expect("a day") }
}

fn decision() -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND tỉnh".to_owned(),
        number: "45/QĐ-UBND".to_owned(),
        signed_on: PartialDate::day(2026, 1, 5).expect("a day"),
        effective_on: None,
        scan: None,
    }
}
