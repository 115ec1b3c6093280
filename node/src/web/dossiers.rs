//! The list of dossiers with its one search box; marks need not be typed.

use dossier::{DossierId, Role};
use pages::dossier::{Dossiers, Row};
use pages::frame::Place;
use protocol::core::ListRow;

use super::answer::Answer;
use super::routes::{Asked, Outcome, text};
use super::visit::Visit;
use crate::cli::shared::{Library, status_name, words};

/// Dossiers on one page.
const ROWS: u32 = 50;

/// «Hồ sơ».
pub(super) fn show(visit: &mut Visit, asked: &Asked) -> Outcome {
    let query = text(&asked.form, "q").to_owned();
    let after = text(&asked.form, "sau").parse::<DossierId>().ok();
    let library = visit.library()?;
    let found = visit.asker.list(after, ROWS, &query)?;
    let next = found.last().filter(|_| found.len() == ROWS as usize).map(|last| {
        let mut query_of = form_urlencoded::Serializer::new(String::new());
        query_of.append_pair("q", &query).append_pair("sau", &last.dossier.to_string());
        format!("/ho-so?{}", query_of.finish())
    });
    let rows = found.into_iter().map(|row| line(row, &library)).collect();
    Ok(Answer::page(&Dossiers {
        may_enter: visit.who.role == Role::Clerk,
        frame: visit.frame("Hồ sơ", Place::Dossiers)?,
        query,
        rows,
        next,
    }))
}

fn line(row: ListRow, library: &Library) -> Row {
    let unit = library.tree.get(&row.unit);
    Row {
        href: format!("/ho-so/{}", row.dossier),
        birth: words::date_text(&row.birth_date),
        unit: unit.map_or_else(|| row.unit.to_string(), |unit| unit.name.clone()),
        status: row.status.map(|status| status_name(status, library)).unwrap_or_default(),
        unreviewed: row.unreviewed == Some(true),
        conflicts: row.conflicts,
        name: row.name,
        code: row.staff_code,
    }
}
