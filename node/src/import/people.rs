//! The list of persons itself, row by row.

use std::collections::BTreeSet;

use dossier::unit::Tier;
use dossier::{FieldId, UnitId, Value};

use super::convert::{Converter, unit_value};
use super::draft::{Draft, Spot, place_fields};
use super::header::Layout;
use super::rows::Entry;
use super::vocabulary::Target;

/// Reads every person of a list.
pub(super) fn read(
    sheet: &str,
    layout: &Layout,
    entries: &[Entry<'_>],
    converter: &Converter<'_>,
    unit: Option<&UnitId>,
) -> Vec<Draft> {
    let not_asked = not_asked(layout, converter, unit);
    entries
        .iter()
        .map(|entry| {
            let mut draft = read_person(sheet, layout, entry, converter, unit);
            draft.record.not_asked.clone_from(&not_asked);
            draft
        })
        .collect()
}

/// Required fields the list has no column for; one notice for the file, no finding of a row.
pub(super) fn not_asked(
    layout: &Layout,
    converter: &Converter<'_>,
    unit: Option<&UnitId>,
) -> BTreeSet<FieldId> {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for column in &layout.columns {
        match &column.target {
            Target::Field(field) => drop(asked.insert(field.as_str().to_owned())),
            Target::BirthPlace => asked.extend(place_fields("birth_place")),
            Target::Home => asked.extend(place_fields("home")),
            Target::BirthDateOf(_) => asked.extend(["birth_date".to_owned(), "sex".to_owned()]),
            _ => {}
        }
    }
    if unit.is_some() {
        asked.extend(["managing_body".to_owned(), "using_unit".to_owned()]);
    }
    let required = converter.domain.form.items().iter().filter(|field| field.is_required());
    required.map(|field| field.id.clone()).filter(|id| !asked.contains(id.as_str())).collect()
}

fn read_person(
    sheet: &str,
    layout: &Layout,
    (row, cells): &Entry<'_>,
    converter: &Converter<'_>,
    unit: Option<&UnitId>,
) -> Draft {
    let form = converter.domain.form;
    let root = converter.domain.tree.root().id.clone();
    let mut draft = Draft::new(Spot { sheet: sheet.to_owned(), row: row + 1 });
    // The body above comes first: units are looked for below it.
    let mut columns: Vec<_> = layout.columns.iter().collect();
    columns.sort_by_key(|column| !gives(&column.target, "managing_body"));
    imply_units(&mut draft, layout, converter, unit);
    let mut scope = unit_in(&draft, "managing_body").or_else(|| unit.cloned()).unwrap_or(root);
    for column in columns {
        let Some(cell) = cells.get(&column.column) else { continue };
        match &column.target {
            Target::Field(field) => {
                let Some(field) = form.field(field) else { continue };
                if gives(&column.target, "managing_body") {
                    draft.read_field(field, cell, converter, &converter.domain.tree.root().id);
                    scope = unit_in(&draft, "managing_body").unwrap_or(scope);
                } else {
                    draft.read_field(field, cell, converter, &scope);
                }
            }
            Target::BirthPlace => draft.read_place("birth_place", cell, converter, &scope),
            Target::Home => draft.read_place("home", cell, converter, &scope),
            Target::BirthDateOf(sex) => {
                if let Some(field) = form.named("birth_date") {
                    draft.read_field(field, cell, converter, &scope);
                    if draft.record.fields.contains_key(&field.id) {
                        draft.set("sex", converter.value_of("sex", sex));
                    }
                }
            }
            Target::Ignore | Target::Document(..) | Target::MeritKind | Target::Merit(..) => {}
        }
    }
    draft
}

fn gives(target: &Target, field: &str) -> bool {
    matches!(target, Target::Field(id) if id.as_str() == field)
}

/// What the unit of the list says where it has no column for it.
fn imply_units(
    draft: &mut Draft,
    layout: &Layout,
    converter: &Converter<'_>,
    unit: Option<&UnitId>,
) {
    let tree = converter.domain.tree;
    let Some(unit) = unit.and_then(|unit| tree.get(unit)) else { return };
    let has = |field| layout.columns.iter().any(|column| gives(&column.target, field));
    if !has("managing_body") {
        let body = match unit.tier {
            Tier::One => tree.superior_holder(&unit.id).unwrap_or(unit),
            _ => unit,
        };
        draft.set("managing_body", Value::Coded(unit_value(&body.id, &body.name)));
    }
    if !has("using_unit") {
        draft.set("using_unit", Value::Coded(unit_value(&unit.id, &unit.name)));
    }
}

/// The unit that a field of the record names.
pub(super) fn unit_in(draft: &Draft, field: &str) -> Option<UnitId> {
    match draft.record.fields.get(&field.parse().ok()?)? {
        Value::Coded(coded) => coded.code.parse().ok(),
        _ => None,
    }
}
