//! The rules of Điều 7 to 12 and 15, as a page.

use dossier::{
    DossierId, LegalBasis, Review, Role, UnitId,
    unit::{Holding, Tier, UnitTree},
};

use super::{Case, Entry, Members, Papers, deed::Deed};

/// Where somebody stands who makes a change.
#[derive(Debug, Clone, Copy)]
pub struct Stand<'a> {
    /// His unit.
    pub unit: &'a UnitId,
    /// The unit that keeps the dossier.
    pub keeper: &'a UnitId,
    /// The dossier.
    pub dossier: &'a DossierId,
    /// The org tree.
    pub tree: &'a UnitTree,
    /// What was given by document.
    pub papers: &'a Papers,
    /// Which unit each node serves.
    pub members: &'a Members,
}

#[derive(PartialEq, Eq)]
enum Seat {
    /// His unit keeps the dossier.
    Keeper,
    /// It is the body of tier 2 above.
    Body,
    /// It is Sở Nội vụ.
    Top,
    /// The body that keeps the dossier lets it enter.
    Delegate,
    Stranger,
}

impl Stand<'_> {
    fn seat(&self, moment_s: i64) -> Seat {
        let Some(own) = self.tree.get(self.unit) else { return Seat::Stranger };
        let below = |lower: &UnitId, upper: &UnitId| {
            let mut at = Some(lower.clone());
            while let Some(unit) = at.filter(|unit| unit != upper) {
                at = self.tree.get(&unit).and_then(|unit| unit.parent.clone());
                if at.is_none() {
                    return false;
                }
            }
            true
        };
        match own.tier {
            Tier::One | Tier::Two if self.unit == self.keeper => Seat::Keeper,
            Tier::Two if below(self.keeper, self.unit) => Seat::Body,
            Tier::Three if below(self.keeper, self.unit) => Seat::Top,
            _ if below(self.unit, self.keeper)
                && self.papers.delegate(self.unit, self.keeper, self.dossier, moment_s) =>
            {
                Seat::Delegate
            }
            _ => Seat::Stranger,
        }
    }

    fn is_delegate_of(&self, entry: &Entry) -> bool {
        entry.waits && self.unit != self.keeper && self.members.get(&entry.node) == Some(self.unit)
    }
}

/// Whether the law lets a change be made.
pub fn may_write(case: &Case, stand: &Stand<'_>) -> bool {
    let Case { meta, deed, .. } = case;
    let seat = stand.seat(case.moment_s);
    let enters = matches!(meta.role, Role::Clerk | Role::Approver);
    let officer = matches!(meta.role, Role::Approver | Role::Administrator);
    let head = meta.role == Role::Approver;
    // Điều 15.1: what is delegated waits for a review.
    let puts_in = enters
        && (seat == Seat::Keeper || seat == Seat::Delegate && meta.review == Review::Awaiting);
    let decided = matches!(meta.basis, LegalBasis::Decision { .. } | LegalBasis::OfKind { .. });
    let declared =
        matches!(meta.basis, LegalBasis::Declaration { .. } | LegalBasis::Received { .. });
    let listed = matches!(meta.basis, LegalBasis::Import { .. });
    let plain = deed.content || deed.opens || deed.attaches;
    // An entry of the docket stands alone; a phiếu beside what it feeds, a choice beside what it writes.
    let beside = deed.forms || deed.chooses && !deed.opens;
    let alone = deed.entries() <= 1 && (deed.entries() == 0 || beside || !plain);
    let others = |proposals: bool| {
        let other = |it: &Option<Entry>| {
            it.as_ref().is_some_and(|it| {
                it.person != meta.person && (!proposals || it.proposes) && !stand.is_delegate_of(it)
            })
        };
        case.on.iter().all(other)
    };
    let rules = [
        // Điều 15.1: the body that answers reviews, by another person, through its approver.
        (
            !deed.verdicts.is_empty(),
            head && matches!(seat, Seat::Keeper | Seat::Body) && others(false),
        ),
        // Điều 3.2, 9.1 b.
        (deed.forms, puts_in && (decided || declared || listed) && !case.closed),
        // Điều 11.3.
        (deed.leaves || deed.returns, seat == Seat::Keeper && head),
        (deed.serves, puts_in && !case.closed),
        // Điều 12.2: two officers of tier 3.
        (deed.proposes || deed.restores, seat == Seat::Top && officer),
        (!deed.agrees.is_empty(), seat == Seat::Top && officer && others(true)),
        (deed.is_of_life(), decided),
        // Điều 8.3, 9.1 b: whoever keeps the dossier compares and explains.
        (deed.compares || deed.explains, seat == Seat::Keeper && enters),
        // Điều 7.2, 9: whoever may correct chooses where values met; the keeper passes it up.
        (deed.chooses, puts_in_or_corrects(case, stand, &seat, puts_in)),
        (deed.raises, seat == Seat::Keeper && enters),
        // Điều 10: a unit hands over within its body, the body to others and out of the system.
        (deed.moves.is_some(), head && moves(case, stand, &seat)),
        (deed.hands_over, head && matches!(seat, Seat::Keeper | Seat::Body)),
        // Điều 3.1, 12.2.
        (deed.attaches, puts_in && meta.basis != LegalBasis::Office && !case.closed),
        (deed.content || deed.opens, enters_content(case, stand, &seat, puts_in)),
    ];
    let nothing = !plain && deed.entries() == 0;
    !meta.person.trim().is_empty()
        && !deed.strange
        && alone
        && rules.iter().all(|(asked, lawful)| !asked || *lawful)
        && (!nothing || enters_content(case, stand, &seat, puts_in))
}

/// Điều 7, 9: whoever keeps a dossier enters each side on its own basis and corrects; the body above
/// corrects, and so does Sở Nội vụ by an order of two officers. A closed dossier takes corrections.
fn enters_content(case: &Case, stand: &Stand<'_>, seat: &Seat, puts_in: bool) -> bool {
    let Case { meta, deed, .. } = case;
    let Deed { opens, .. } = deed;
    let holds = stand.tree.get(stand.keeper).is_some_and(|unit| unit.holds_dossiers != Holding::No);
    match &meta.basis {
        _ if *opens => puts_in && holds && meta.basis != LegalBasis::Office,
        LegalBasis::Correction { reason } if reason.trim().is_empty() => false,
        LegalBasis::Correction { .. } if !deed.forms => {
            puts_in_or_corrects(case, stand, seat, puts_in)
        }
        basis => puts_in && !case.closed && deed.rests_on(basis),
    }
}

fn puts_in_or_corrects(case: &Case, stand: &Stand<'_>, seat: &Seat, puts_in: bool) -> bool {
    let Case { meta, .. } = case;
    let officer = matches!(meta.role, Role::Approver | Role::Administrator);
    meta.basis != LegalBasis::Office
        && match seat {
            Seat::Body => matches!(meta.role, Role::Clerk | Role::Approver),
            Seat::Top => officer && stand.papers.order(stand.keeper, stand.dossier, case.moment_s),
            _ => puts_in,
        }
}

fn moves(case: &Case, stand: &Stand<'_>, seat: &Seat) -> bool {
    let body = |unit: &UnitId| stand.tree.body_of(unit).cloned();
    let is_body = stand.tree.get(stand.unit).is_some_and(|unit| unit.tier == Tier::Two);
    let within = match &case.deed.moves {
        Some(Some(to)) => {
            let keeps = stand.tree.get(to).is_some_and(|unit| unit.holds_dossiers != Holding::No);
            keeps && (is_body || body(to) == body(stand.keeper))
        }
        Some(None) => is_body,
        None => true,
    };
    !case.closed && within && matches!(seat, Seat::Keeper | Seat::Body)
}
