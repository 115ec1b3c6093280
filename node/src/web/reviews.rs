//! «Kiểm duyệt»: what waits, and the verdicts on it.

use dossier::attachment::Link;
use dossier::docket::ReviewState;
use dossier::{DossierId, Hash, LegalBasis, Review as Marked, Role, Value};
use pages::frame::{Notice, Place};
use pages::review::{Item, Review, Reviews};
use protocol::core::{DocketOrder, ItemShown, ReviewShown};
use protocol::envelope::Meta;
use protocol::{Answer as CoreAnswer, Command};

use super::answer::Answer;
use super::purpose::Place as Opened;
use super::routes::{Asked, Form, Outcome, text};
use super::shown::{chip, is_covered, table_title};
use super::visit::Visit;
use crate::cli::shared::{Asker, CliError, IN_SESSION, Library, review, words};

/// Changes on one page.
const REVIEWS: usize = 20;

/// «Kiểm duyệt».
pub(super) fn show(visit: &mut Visit, _: &Asked) -> Outcome {
    let library = visit.library()?;
    let mut waiting = visit.on_purpose(Opened::Reviews, review::waiting)?;
    waiting.sort_by_key(|it| (it.unit.clone(), it.provenance.at_seconds));
    let hidden = waiting.len().saturating_sub(REVIEWS);
    let reviews = waiting.iter().take(REVIEWS).map(|it| shown(it, &library)).collect();
    let covered = waiting.iter().map(|it| hidden_in(it).count()).sum();
    let cover = visit.cover(Opened::Reviews, covered, "/kiem-duyet".to_owned());
    Ok(Answer::page(&Reviews {
        frame: visit.frame("Kiểm duyệt", Place::Reviews)?,
        cover,
        reviews,
        hidden,
        may_approve: visit.who.role == Role::Approver,
    }))
}

/// What is covered in a change: nobody approves what she has not seen.
fn hidden_in(review: &ReviewShown) -> impl Iterator<Item = &Value> {
    let written = review.items.iter().flat_map(|item| &item.values);
    written.filter_map(|(_, value)| value.as_ref()).filter(|value| is_covered(value))
}

fn shown(review: &ReviewShown, library: &Library) -> Review {
    let what = match (review.form, review.opens) {
        (Some(number), _) => format!("phiếu số {number}"),
        (None, true) => "lập hồ sơ".to_owned(),
        (None, false) => "cập nhật".to_owned(),
    };
    let unit = library.tree.get(&review.unit);
    let change = review.provenance.change;
    Review {
        id: format!("lan-{change}"),
        href: format!("/ho-so/{}", review.dossier),
        name: review.name.clone(),
        unit: unit.map_or_else(|| review.unit.to_string(), |unit| unit.name.clone()),
        what,
        writer: words::writer(&review.provenance),
        basis: words::basis(&review.provenance.meta.basis),
        items: review.items.iter().map(|it| item(it, library)).collect(),
        hidden: hidden_in(review).next().is_some(),
        action: format!("/kiem-duyet/{}/{change}", review.dossier),
    }
}

fn item(item: &ItemShown, library: &Library) -> Item {
    let label = match &item.item {
        Link::Field(field) => library.form.field(field).map(|it| it.name_vi.clone()),
        Link::Row { table, .. } => Some(table_title(library, table)),
    };
    let after = review::entered(item);
    let before = item.present.iter().map(|(path, value)| match path.row {
        Some(_) => format!("{} = {}", path.field.column(), words::value(value)),
        None => words::value(value),
    });
    let before: Vec<String> = before.collect();
    Item {
        key: (item.state == ReviewState::Awaiting).then(|| item.item.to_string()),
        label: label.unwrap_or_else(|| item.item.to_string()),
        before: before.join("; "),
        after,
        chip: chip(&item.state),
    }
}

/// Gives a verdict on one change.
pub(super) fn judge(visit: &mut Visit, asked: &Asked) -> Outcome {
    let named = |at: usize| asked.words.get(at).map_or("", String::as_str);
    let unknown = || CliError::failed("HS-0404", "Không có lần ghi này để kiểm duyệt.");
    let dossier: DossierId = named(0).parse().map_err(|_| unknown())?;
    let change: Hash = named(1).parse().map_err(|_| unknown())?;
    let approve = match text(&asked.form, "verdict") {
        "approve" => true,
        "return" => false,
        _ => return Err(unknown()),
    };
    let reason = text(&asked.form, "reason").to_owned();
    if !approve && reason.is_empty() {
        let error = CliError::usage("HS-0416", "Trả lại phải ghi lý do.");
        return Ok(visit.refuse(&error, "/kiem-duyet"));
    }
    let Some(chosen) = Chosen::of(&asked.form) else { return Err(unknown()) };
    if matches!(&chosen, Chosen::Items(items) if items.is_empty()) {
        let error = CliError::usage("HS-0423", "Chưa chọn mục nào để duyệt hoặc trả lại.");
        return Ok(visit.refuse(&error, &format!("/kiem-duyet#lan-{change}")));
    }
    let done = if approve { "Đã duyệt" } else { "Đã trả lại" };
    let (items, text, next) = match chosen {
        Chosen::All => (Vec::new(), format!("{done}, đã lưu tại đây."), "/kiem-duyet".to_owned()),
        Chosen::Items(items) => {
            let text = format!("{done} {} mục, đã lưu tại đây.", items.len());
            (items, text, format!("/kiem-duyet#lan-{change}"))
        }
    };
    let order = DocketOrder::Judge { change, items, approve, reason };
    give(&mut visit.asker, dossier, order)?;
    visit.house.sittings.tell(&visit.name, Notice::done(&text));
    Ok(Answer::go(next))
}

/// What of a change a verdict is on.
#[derive(Debug, PartialEq, Eq)]
enum Chosen {
    All,
    Items(Vec<Link>),
}

impl Chosen {
    /// As a form says it: the items that are marked, of so many that the change has. A verdict on
    /// each is one on the whole. `None` for what names no item.
    fn of(form: &Form) -> Option<Self> {
        let marked = form.iter().filter(|(name, _)| name == "muc");
        let items: Vec<Link> = marked.map(|(_, key)| key.parse().ok()).collect::<Option<_>>()?;
        let all = match text(form, "so-muc") {
            "" => items.is_empty(),
            count => count.parse() == Ok(items.len()),
        };
        Some(if all { Self::All } else { Self::Items(items) })
    }
}

fn give(asker: &mut Asker, dossier: DossierId, order: DocketOrder) -> Result<(), CliError> {
    let order = Box::new(order);
    // The node puts the person of the session.
    let meta = Meta {
        person: IN_SESSION.to_owned(),
        role: Role::Approver,
        basis: LegalBasis::Office,
        review: Marked::NotRequired,
    };
    match asker.core(Command::Docket { dossier, order, meta })? {
        CoreAnswer::Edited { .. } => Ok(()),
        _ => Err(CliError::unexpected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_on_what_is_marked() {
        let chosen = |pairs: &[(&str, &str)]| {
            let form = pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
            Chosen::of(&form.collect())
        };
        let phone = || Link::Field("phone".parse().expect("a field"));
        assert_eq!(
            chosen(&[("so-muc", "2"), ("muc", "phone")]),
            Some(Chosen::Items(vec![phone()]))
        );
        assert_eq!(chosen(&[("so-muc", "1"), ("muc", "phone")]), Some(Chosen::All));
        assert_eq!(chosen(&[("so-muc", "1")]), Some(Chosen::Items(Vec::new())));
        assert_eq!(chosen(&[("so-muc", "1"), ("muc", "a b")]), None);
    }
}
