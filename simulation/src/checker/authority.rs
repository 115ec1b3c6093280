//! No one in without the right: every change in every document, judged again from the bare rules.
//!
//! The rules are written here a second time, as short as a model can be, so that a mistake in the
//! product's one function of rights does not excuse itself. What a change writes is read from its
//! edits, not from what admission says it touches. Nobody holds a grant in the simulated province.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use dossier::{
    Document, Edit, Hash, LegalBasis, NodeId, Role, UnitId, Value,
    document::ChangeHeader,
    form::{ChangedBy, FormDefinition},
    unit::{Tier, UnitTree},
};
use protocol::{
    Fault, Records,
    envelope::Meta,
    holding::{self, Opened},
};

use super::holdings;

/// Which unit each node serves.
pub type Members = BTreeMap<NodeId, UnitId>;

static FORM: LazyLock<FormDefinition> = LazyLock::new(|| {
    config::load_form(&config::Files::embedded()).expect("the embedded form is one")
});

/// What a change does, as far as the rules ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deed {
    /// It opens the dossier.
    pub opens: bool,
    /// It writes what the state decides.
    pub state: bool,
    /// It writes what the person declares.
    pub personal: bool,
    /// It gives verdicts on what others entered.
    pub reviews: bool,
    /// It enters or feeds a phiếu.
    pub forms: bool,
    /// It does something else that is recorded beside the data.
    pub records: bool,
}

impl Deed {
    /// What a change of a document does.
    pub fn of(document: &Document, change: &ChangeHeader) -> Self {
        let mut deed = Self { opens: change.deps.is_empty(), ..Self::default() };
        for edit in document.edits_of(&change.hash).into_iter().flatten() {
            match edit {
                Edit::Set { field, .. } | Edit::Clear { field } => deed.write(field.as_str()),
                Edit::PutRow { table, .. } if table == "reviews" => deed.reviews = true,
                Edit::PutRow { table, .. } if table == "record_forms" => deed.forms = true,
                Edit::PutRow { table, .. }
                    if ["statuses", "parities", "choices"].contains(&table.as_str()) =>
                {
                    deed.records = true;
                }
                Edit::PutRow { table, cells, .. } => {
                    cells.keys().for_each(|cell| deed.write(&format!("{table}.{cell}")));
                }
                // The tables of the form are each of one side.
                Edit::RemoveRow { table, .. } => {
                    let leading = FORM.columns(&table).next();
                    leading.into_iter().for_each(|column| deed.write(column.id.as_str()));
                }
            }
        }
        deed
    }

    fn write(&mut self, field: &str) {
        let side = FORM.named(field).map(|field| field.changed_by);
        self.state |= side == Some(ChangedBy::State);
        self.personal |= side == Some(ChangedBy::Personal);
    }

    /// Điều 9.2: a decision changes the state's side, a declaration the person's; a correction and an
    /// approved list either, and so does what opens a dossier.
    fn rests_on(self, basis: &LegalBasis) -> bool {
        match basis {
            LegalBasis::Correction { .. } | LegalBasis::Import { .. } => true,
            LegalBasis::Decision { .. } => self.opens || !self.personal,
            LegalBasis::Declaration { .. } | LegalBasis::Received { .. } => {
                self.opens || !self.state
            }
            LegalBasis::Office => self.reviews || self.records,
        }
    }
}

/// Changes in a store that nobody had the right to make under any of the org trees there were.
///
/// # Errors
/// The store's.
pub fn unlawful(
    records: &dyn Records,
    members: &Members,
    trees: &[UnitTree],
) -> Result<Vec<String>, Fault> {
    let mut words = Vec::new();
    for (id, holding) in holdings(records)? {
        let Some(opened) = holding::open(records, &id)? else { continue };
        for change in opened.document.changes() {
            let deed = Deed::of(&opened.document, change);
            let lawful = opened.provenance(change).is_some_and(|(author, meta)| {
                is_another(&opened, change, meta)
                    && members.get(&author.node).is_some_and(|unit| {
                        trees.iter().any(|tree| may_write(unit, &holding.unit, meta, deed, tree))
                    })
            });
            if !lawful {
                words.push(unlawful_words(&change.hash, &id.to_string(), &holding.unit, deed));
            }
        }
    }
    Ok(words)
}

/// Điều 15.1: nobody gives a verdict on what he entered himself.
fn is_another(opened: &Opened, change: &ChangeHeader, meta: &Meta) -> bool {
    let edits = opened.document.edits_of(&change.hash).into_iter().flatten();
    let on = edits.filter_map(|edit| match edit {
        Edit::PutRow { table, cells, .. } if table == "reviews" => match cells.get("change") {
            Some(Value::Text(text)) => text.parse::<Hash>().ok(),
            _ => None,
        },
        _ => None,
    });
    on.into_iter().all(|hash| {
        let entered = opened.document.change(&hash).and_then(|known| opened.provenance(known));
        entered.is_some_and(|(_, entered)| entered.person != meta.person)
    })
}

fn unlawful_words(change: &Hash, dossier: &str, keeper: &UnitId, deed: Deed) -> String {
    let Deed { opens, state, personal, .. } = deed;
    format!(
        "{change} of {dossier}, kept by {keeper}, opens: {opens}, state: {state}, personal: {personal}"
    )
}

/// Điều 7, 9, 16: a unit writes in its own dossiers, by the hand of a clerk or an approver, each side
/// on its own basis; the department above corrects, and no one else writes.
pub fn may_write(
    author: &UnitId,
    keeper: &UnitId,
    meta: &Meta,
    deed: Deed,
    tree: &UnitTree,
) -> bool {
    let Some(own) = tree.get(author) else { return false };
    let enters = matches!(meta.role, Role::Clerk | Role::Approver);
    let named = !meta.person.trim().is_empty();
    let corrects =
        matches!(&meta.basis, LegalBasis::Correction { reason } if !reason.trim().is_empty());
    let mut above = Some(keeper.clone());
    let mut is_above = false;
    while let Some(unit) = above {
        is_above |= unit == *author;
        above = tree.get(&unit).and_then(|unit| unit.parent.clone());
    }
    let reviews = deed.reviews && meta.basis == LegalBasis::Office && meta.role == Role::Approver;
    named
        && enters
        && match own.tier {
            Tier::One | Tier::Two if author == keeper => {
                deed.rests_on(&meta.basis) && (!deed.reviews || reviews)
            }
            Tier::Two => is_above && (reviews || corrects && !deed.opens && !deed.reviews),
            Tier::One | Tier::Three | Tier::Province => false,
        }
}
