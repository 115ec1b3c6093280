//! How a dossier agrees with its paper, for people and for programs.

use dossier::FieldPath;
use dossier::attachment::Link;
use dossier::docket::Match;
use protocol::core::ParityShown;
use serde_json::{Value as Json, json};

use super::super::place;
use crate::cli::desk::Desk;
use crate::cli::library::Library;
use crate::cli::words;

pub(super) fn tell(desk: &mut Desk<'_>, found: &ParityShown, library: &Library) {
    let parity = &found.parity;
    desk.out.say(format_args!("Hồ sơ {}", found.dossier));
    desk.out.say(format_args!(
        "Giống giấy: {}; khác giấy: {}; không có trên giấy: {}; chưa đối chiếu: {}",
        parity.count(Match::Same),
        parity.count(Match::Differs),
        parity.count(Match::NotOnPaper),
        parity.open().count()
    ));
    let verified = parity.is_verified();
    desk.out.say(if verified { "Đã đối chiếu." } else { "Chưa đối chiếu xong." });
    for item in parity.differing() {
        desk.out.say(format_args!("  khác giấy: {}", called(item, library)));
    }
    for item in parity.open() {
        desk.out.say(format_args!("  chưa đối chiếu: {}", called(item, library)));
    }
    let components = library.catalogs.get("document_component");
    for (code, there) in &parity.components {
        let entry = components.and_then(|it| it.get(code));
        let name = entry.map_or(code.as_str(), |entry| entry.label.as_str());
        desk.out.say(format_args!("  {}: {name}", if *there { "có" } else { "thiếu" }));
    }
    for (comparison, source) in &found.comparisons {
        let by = source.as_ref().map_or_else(|| "không rõ".to_owned(), words::writer);
        desk.out.say(format_args!("  đối chiếu với {}: {by}", comparison.reference));
    }
}

fn called(item: &Link, library: &Library) -> String {
    match item {
        Link::Field(field) => {
            place::name(&library.form, &FieldPath { field: field.clone(), row: None })
        }
        Link::Row { table, row } => format!("{table}, dòng {}", place::short(*row)),
    }
}

pub(super) fn as_json(found: &ParityShown) -> Json {
    let parity = &found.parity;
    let items: Vec<Json> = parity
        .items
        .iter()
        .map(|(item, found)| {
            let outcome = found.map_or("open", |(found, _)| found.code());
            json!({ "item": item.to_string(), "outcome": outcome,
                "by": found.map(|(_, change)| change) })
        })
        .collect();
    let comparisons: Vec<Json> = found
        .comparisons
        .iter()
        .map(|(comparison, source)| {
            json!({ "paper": comparison.reference, "items": comparison.items.len(),
                "source": source.as_ref().map(words::provenance_json) })
        })
        .collect();
    json!({ "dossier": found.dossier, "verified": parity.is_verified(), "items": items,
        "components": parity.components, "comparisons": comparisons })
}
