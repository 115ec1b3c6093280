//! Catalogs from their files.

use std::collections::BTreeMap;

use dossier::catalog::{Catalog, Catalogs, Entry, Scale, Scales};
use dossier::validity::Validity;
use serde::Deserialize;

use super::table::{self, Row};
use super::{DataError, Files};

/// Version of every list as of the data in this repository.
const VERSION: u16 = 1;

/// How a CSV file becomes a catalog.
struct Layout {
    catalog: &'static str,
    file: &'static str,
    code: &'static str,
    label: &'static str,
    /// Column with one more writing; the column `also` holds more, separated by `;`.
    also: &'static str,
    rank: &'static str,
}

impl Layout {
    const fn new(catalog: &'static str, file: &'static str, columns: [&'static str; 4]) -> Self {
        let [code, label, also, rank] = columns;
        Self { catalog, file, code, label, also, rank }
    }
}

const LAYOUTS: [Layout; 10] = [
    Layout::new("allowance", "catalogs/allowances.csv", ["id", "name_vi", "", ""]),
    Layout::new("award_form", "catalogs/award_forms.csv", ["id", "name_vi", "", "rank_in_group"]),
    Layout::new("cccd_province", "catalogs/cccd_provinces.csv", ["code", "province", "", ""]),
    Layout::new("commune", "catalogs/communes.csv", ["code", "name_2014_2019", "name_2020", ""]),
    Layout::new(
        "discipline_form",
        "catalogs/discipline_forms.csv",
        ["id", "name_vi", "", "severity"],
    ),
    Layout::new(
        "document_component",
        "catalogs/document_components.csv",
        ["id", "name_vi", "", ""],
    ),
    Layout::new("dossier_status", "catalogs/dossier_statuses.csv", ["id", "name_vi", "", ""]),
    // The name is the key: the code lists of 1979 and 2008 contradict each other.
    Layout::new(
        "ethnic_group",
        "catalogs/ethnic_groups.csv",
        ["name_1979", "name_1979", "name_2008", ""],
    ),
    Layout::new("grade", "catalogs/grades.csv", ["code", "title", "", ""]),
    Layout::new("religion", "catalogs/religions.csv", ["code", "name", "", ""]),
];

/// One value of a TOML list.
#[derive(Deserialize)]
struct Listed {
    id: String,
    name_vi: String,
    #[serde(default)]
    also: Vec<String>,
    rank: Option<i64>,
    #[serde(flatten)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ScaleFile {
    scale: Vec<Scale>,
}

pub(super) fn load(files: &Files<'_>) -> Result<Catalogs, DataError> {
    let mut list = Vec::new();
    for layout in &LAYOUTS {
        list.push(catalog(files, layout)?);
    }
    for file in ["catalogs/levels.toml", "catalogs/short_lists.toml"] {
        let groups: BTreeMap<String, Vec<Listed>> = files.toml(file)?;
        for (id, values) in groups {
            let entries = values.into_iter().map(listed).collect();
            list.push(Catalog::new(&id, VERSION, entries).map_err(DataError::Catalog)?);
        }
    }
    let scales: ScaleFile = files.toml("catalogs/salary_scales.toml")?;
    let scales = Scales::new(scales.scale).map_err(DataError::Catalog)?;
    Catalogs::new(list, scales).map_err(DataError::Catalog)
}

fn listed(value: Listed) -> Entry {
    Entry {
        code: value.id,
        label: value.name_vi,
        also: value.also,
        rank: value.rank,
        validity: Validity::ALWAYS,
        attributes: value.attributes,
    }
}

fn catalog(files: &Files<'_>, layout: &Layout) -> Result<Catalog, DataError> {
    let rows = table::read(layout.file, &files.text(layout.file)?)?;
    let entries = rows.iter().map(|row| entry(layout, row)).collect::<Result<_, _>>()?;
    Catalog::new(layout.catalog, VERSION, entries).map_err(DataError::Catalog)
}

fn entry(layout: &Layout, row: &Row) -> Result<Entry, DataError> {
    let also = row.get("also").split(';').chain([row.get(layout.also)]);
    let rank = if layout.rank.is_empty() { None } else { row.optional(layout.rank)? };
    Ok(Entry {
        code: row.get(layout.code).to_owned(),
        label: row.get(layout.label).to_owned(),
        also: also.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect(),
        rank,
        validity: Validity { from: row.optional("valid_from")?, to: row.optional("valid_to")? },
        attributes: row.cells().map(|(name, cell)| (name.clone(), cell.clone())).collect(),
    })
}
