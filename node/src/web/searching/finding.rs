//! Asking the node page by page, and what is shown of the answer.

use std::time::Duration;

use dossier::lookup::{Query, Test};
use dossier::{DossierId, FieldId, UnitId};
use pages::search::{Found, Hit, Why};
use protocol::core::Refused;
use tokio::time::Instant;

use super::super::marked::marked;
use super::super::visit::Visit;
use super::asking::Wish;
use crate::cli::shared::{Asker, CliError, Library, words};
use crate::control::{Request, Response};
use crate::search::{Answering, Hit as HitFound, SearchOrder, SearchPage, Wanted};

/// Dossiers on one page.
const ROWS: u32 = 20;

/// How long a page is searched for; a node that has just started reads as it searches.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a search comes to.
///
/// # Errors
/// What the node refuses.
pub(super) fn find(
    visit: &Visit,
    wish: &Wish,
    query: Query,
    library: &Library,
) -> Result<Found, CliError> {
    let unit = match wish.unit.as_str() {
        "" => None,
        unit => Some(unit.parse::<UnitId>().map_err(|_| no_such_unit(unit))?),
    };
    if unit.as_ref().is_some_and(|unit| library.tree.get(unit).is_none()) {
        return Err(no_such_unit(&wish.unit));
    }
    let mut asker = visit.again();
    asker.claim(wish.claim())?;
    let after = wish.after.parse::<DossierId>().ok();
    let order = SearchOrder { query, unit, after, wanted: Wanted::Hits(ROWS) };
    let page = gather(&mut asker, &order)?;

    let scope: Vec<String> = match &order.unit {
        Some(unit) => vec![branch(unit, library)],
        None => page.scope.iter().map(|unit| branch(unit, library)).collect(),
    };
    let before = if after.is_some() { wish.before } else { 0 };
    let so_far = before.saturating_add(page.hits.len());
    let hits: Vec<Hit> = page.hits.iter().map(|it| hit(it, &order.query, library)).collect();
    let next = page.next.map(|after| wish.onward(&after.to_string(), so_far));
    Ok(Found {
        scope: scope.join("; "),
        count: count(before, so_far, next.is_some()),
        on: if hits.len() < ROWS as usize { "Tìm tiếp" } else { "Xem tiếp" },
        nobody: so_far == 0 && next.is_none(),
        hits,
        next,
        number: page.taken.map(|taken| taken.number).unwrap_or_default(),
    })
}

fn no_such_unit(unit: &str) -> CliError {
    Refused { code: "account-scope".to_owned(), detail: unit.to_owned() }.into()
}

/// Asks until the page is full, everything was looked at, or it took too long.
fn gather(asker: &mut Asker, order: &SearchOrder) -> Result<SearchPage, CliError> {
    let begun = Instant::now();
    let mut all = SearchPage { next: order.after, ..SearchPage::default() };
    loop {
        let rest = ROWS - u32::try_from(all.hits.len()).unwrap_or(ROWS);
        let order = SearchOrder { after: all.next, wanted: Wanted::Hits(rest), ..order.clone() };
        let Response::Found(page) = asker.call(&Request::Search(order))? else {
            return Err(CliError::unexpected());
        };
        let SearchPage { hits, taken, scope, next, .. } = *page;
        all.hits.extend(hits);
        all.taken = all.taken.or(taken);
        (all.scope, all.next) = (scope, next);
        if next.is_none() || all.hits.len() >= ROWS as usize || begun.elapsed() > PATIENCE {
            return Ok(all);
        }
    }
}

/// How many were found, without saying more than is known.
fn count(before: usize, so_far: usize, goes_on: bool) -> String {
    match (before, so_far, goes_on) {
        (_, 0, false) => "Không có hồ sơ nào khớp.".to_owned(),
        (_, 0, true) => "Chưa thấy hồ sơ nào khớp, chưa tìm hết.".to_owned(),
        (0, all, false) => format!("Tìm được {all} hồ sơ."),
        (0, some, true) => format!("Tìm được {some} hồ sơ đầu, chưa tìm hết."),
        (before, all, false) if before == all => format!("Hết: tìm được tất cả {all} hồ sơ."),
        (before, all, false) => {
            format!("Hồ sơ thứ {} đến {all}, hết: tìm được tất cả {all} hồ sơ.", before + 1)
        }
        (before, some, true) if before == some => {
            format!("Đã tìm được {some} hồ sơ, chưa tìm hết.")
        }
        (before, some, true) => format!("Hồ sơ thứ {} đến {some}, chưa tìm hết.", before + 1),
    }
}

/// A unit with what stands under it.
fn branch(unit: &UnitId, library: &Library) -> String {
    let tree = &library.tree;
    let name = tree.get(unit).map_or_else(|| unit.to_string(), |unit| unit.name.clone());
    let more = tree.units().any(|other| other.id != *unit && tree.is_within(&other.id, unit));
    if more { format!("{name} và các đơn vị thuộc nó") } else { name }
}

fn hit(hit: &HitFound, query: &Query, library: &Library) -> Hit {
    let statuses = library.catalogs.get("dossier_status");
    let status = statuses.and_then(|it| it.get(&hit.status)).map(|it| it.label.clone());
    let left = if hit.serves { "" } else { "đã thôi công tác" };
    let unit = library.tree.get(&hit.unit);
    let name =
        if hit.name.is_empty() { format!("Hồ sơ {}", hit.dossier) } else { hit.name.clone() };
    let named: Option<FieldId> = "full_name".parse().ok();
    Hit {
        href: format!("/ho-so/{}", hit.dossier),
        name: marked(&name, &sought(query, named.as_ref())),
        birth: hit.birth_date.map(words::date).unwrap_or_default(),
        code: hit.staff_code.clone(),
        unit: unit.map_or_else(|| hit.unit.to_string(), |unit| unit.name.clone()),
        status: status.unwrap_or_else(|| left.to_owned()),
        why: hit.why.iter().map(|it| why(it, query, library)).collect(),
    }
}

/// What is sought as text in a field: the words, and the texts of its conditions.
fn sought<'q>(query: &'q Query, field: Option<&FieldId>) -> Vec<&'q str> {
    let of_field = query.criteria.iter().filter(|it| field.is_some_and(|field| it.asks(field)));
    let texts = of_field.filter_map(|it| match &it.test {
        Test::Has(text) | Test::Is(text) => Some(text.as_str()),
        Test::From(_) | Test::To(_) => None,
    });
    query.words.iter().map(String::as_str).chain(texts).collect()
}

fn why(answering: &Answering, query: &Query, library: &Library) -> Why {
    let Answering { field, value, waits } = answering;
    let definition = library.form.field(field);
    let label = definition.map_or_else(|| field.to_string(), |it| it.name_vi.clone());
    // The name stands in the row already, marked.
    let said = match field.as_str() {
        "full_name" => Vec::new(),
        _ => marked(&words::value(value), &sought(query, Some(field))),
    };
    Why { label, said, waits: *waits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_says_no_more_than_is_known() {
        assert_eq!(count(0, 0, false), "Không có hồ sơ nào khớp.");
        assert_eq!(count(0, 3, false), "Tìm được 3 hồ sơ.");
        assert_eq!(count(0, 20, true), "Tìm được 20 hồ sơ đầu, chưa tìm hết.");
        assert_eq!(count(20, 23, false), "Hồ sơ thứ 21 đến 23, hết: tìm được tất cả 23 hồ sơ.");
        assert_eq!(count(20, 20, false), "Hết: tìm được tất cả 20 hồ sơ.");
        assert_eq!(count(20, 40, true), "Hồ sơ thứ 21 đến 40, chưa tìm hết.");
    }
}
