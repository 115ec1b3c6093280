//! What a change does, read from its edits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use dossier::{
    Edit, Hash, LegalBasis, UnitId, Value,
    form::{ChangedBy, FormDefinition},
};

static FORM: LazyLock<FormDefinition> = LazyLock::new(|| {
    config::load_form(&config::Files::embedded()).expect("the embedded form is one")
});

/// Statuses of those who have left; whoever has any other serves.
const LEFT: [&str; 6] =
    ["retired", "resigned", "dismissed", "deceased", "contract_ended", "streamlined"];

/// The tables that are written once and never altered.
const DOCKET: [&str; 5] = ["reviews", "record_forms", "statuses", "parities", "choices"];

/// What a change does, as far as the rules ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deed {
    /// It opens the dossier.
    pub opens: bool,
    /// It writes something beside the docket and the attachments.
    pub content: bool,
    /// It writes what the state decides.
    pub state: bool,
    /// It writes what the person declares.
    pub personal: bool,
    /// It says something of an attached file.
    pub attaches: bool,
    /// It gives verdicts on these changes.
    pub verdicts: BTreeSet<Hash>,
    /// It enters or feeds a phiếu.
    pub forms: bool,
    /// It records that the person left.
    pub leaves: bool,
    /// It records that she is back.
    pub returns: bool,
    /// It records another status.
    pub serves: bool,
    /// It proposes to take the dossier out of sight.
    pub proposes: bool,
    /// It agrees to these proposals.
    pub agrees: BTreeSet<Hash>,
    /// It brings the dossier back.
    pub restores: bool,
    /// It says why something was late.
    pub explains: bool,
    /// It compares with the paper.
    pub compares: bool,
    /// It chooses where values met, or undoes a choice.
    pub chooses: bool,
    /// It passes a conflict up.
    pub raises: bool,
    /// It records that the person moves, with her dossier: to this unit, or out of the system.
    pub moves: Option<Option<UnitId>>,
    /// It records that a dossier was handed over or received.
    pub hands_over: bool,
    /// Something that is no entry of its table.
    pub strange: bool,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            (self.opens, "opens"),
            (self.state, "state"),
            (self.personal, "personal"),
            (self.attaches, "attaches"),
            (!self.verdicts.is_empty(), "verdict"),
            (self.forms, "phiếu"),
            (self.leaves, "leaves"),
            (self.returns, "returns"),
            (self.serves, "serves"),
            (self.proposes, "proposes"),
            (!self.agrees.is_empty(), "agrees"),
            (self.restores, "restores"),
            (self.explains, "explains"),
            (self.compares, "compares"),
            (self.strange, "strange"),
        ];
        let named: Vec<&str> =
            named.into_iter().filter(|(does, _)| *does).map(|(_, name)| name).collect();
        let named = named.join("+");
        f.write_str(if named.is_empty() { "content" } else { &named })
    }
}

impl Deed {
    /// What edits do; `opens` where they begin the dossier.
    pub fn of<'a>(opens: bool, edits: impl IntoIterator<Item = &'a Edit>) -> Self {
        let mut deed = Self { opens, ..Self::default() };
        for edit in edits {
            match edit {
                Edit::Set { field, .. } | Edit::Clear { field } => deed.write(field.as_str()),
                Edit::PutRow { table, cells, .. } => deed.put(table, cells),
                // The tables of the form are each of one side.
                Edit::RemoveRow { table, .. } => {
                    let leading = FORM.columns(table).next();
                    deed.strange |= DOCKET.contains(&table.as_str());
                    leading.into_iter().for_each(|column| deed.write(column.id.as_str()));
                }
            }
        }
        deed
    }

    fn put(&mut self, table: &str, cells: &BTreeMap<String, Value>) {
        match table {
            "reviews" => self.point_at(cells.get("change"), |deed, change| {
                deed.verdicts.insert(change);
            }),
            "record_forms" => self.forms = true,
            "parities" => self.compares = true,
            "choices" => match cells.get("kind") {
                Some(Value::Text(kind)) if kind == "raised" => self.raises = true,
                _ => self.chooses = true,
            },
            "statuses" => self.record(cells),
            "attachment" => self.attaches = true,
            _ => cells.keys().for_each(|cell| self.write(&format!("{table}.{cell}"))),
        }
    }

    fn record(&mut self, cells: &BTreeMap<String, Value>) {
        match cells.get("status") {
            Some(Value::Text(code)) => match code.as_str() {
                "removal_proposed" => self.proposes = true,
                "removed" => self.point_at(cells.get("proposal"), |deed, change| {
                    deed.agrees.insert(change);
                }),
                "restored" => self.restores = true,
                "explained" | "late_adopted" | "late_dismissed" => self.explains = true,
                "working" => self.returns = true,
                "moves" => match cells.get("to") {
                    Some(Value::Text(to)) => {
                        self.moves = Some(to.strip_prefix("unit:").and_then(|to| to.parse().ok()));
                    }
                    _ => self.strange = true,
                },
                "handed_over" | "taken_over" => self.hands_over = true,
                code if LEFT.contains(&code) => self.leaves = true,
                _ => self.serves = true,
            },
            _ => self.strange = true,
        }
    }

    fn point_at(&mut self, cell: Option<&Value>, note: impl Fn(&mut Self, Hash)) {
        let hash = match cell {
            Some(Value::Text(text)) => text.parse::<Hash>().ok(),
            _ => None,
        };
        match hash {
            Some(hash) => note(self, hash),
            None => self.strange = true,
        }
    }

    fn write(&mut self, field: &str) {
        self.content = true;
        let side = FORM.named(field).map(|field| field.changed_by);
        self.state |= side == Some(ChangedBy::State);
        self.personal |= side == Some(ChangedBy::Personal);
    }

    /// How many kinds of entries of the docket it makes.
    pub(super) fn entries(&self) -> usize {
        let kinds = [
            !self.verdicts.is_empty(),
            self.forms,
            self.leaves,
            self.returns,
            self.serves,
            self.proposes,
            !self.agrees.is_empty(),
            self.restores,
            self.explains,
            self.compares,
            self.chooses,
            self.raises,
            self.moves.is_some(),
            self.hands_over,
        ];
        kinds.into_iter().filter(|kind| *kind).count()
    }

    /// Whether it says what becomes of the dossier (Điều 11.3, 12.2).
    pub(super) fn is_of_life(&self) -> bool {
        let status = self.leaves || self.returns || self.serves || self.moves.is_some();
        status || self.proposes || self.restores || !self.agrees.is_empty()
    }

    /// Điều 9.2: a decision changes the state's side, a declaration the person's; a correction and an
    /// approved list either, and so does what opens a dossier.
    pub(super) fn rests_on(&self, basis: &LegalBasis) -> bool {
        match basis {
            LegalBasis::Correction { .. } | LegalBasis::Import { .. } => true,
            LegalBasis::Decision { .. } | LegalBasis::OfKind { .. } => self.opens || !self.personal,
            LegalBasis::Declaration { .. } | LegalBasis::Received { .. } => {
                self.opens || !self.state
            }
            LegalBasis::Office => false,
        }
    }
}
