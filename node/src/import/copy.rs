//! A dossier that was exported, read again (Điều 8.6): what it says, and how that differs from a dossier.
//!
//! **Invariants:** a file of another format or version is refused whole, by its name; what the exporter
//! was not shown is left out and counted; rows keep the ids they had, so that the same file comes to the
//! same dossier.

use std::collections::BTreeMap;

use dossier::{DossierId, Edit, FieldPath, Hash, RowId, UnitId, Value, docket};
use protocol::core::DossierShown;
use serde::Deserialize;

use crate::grant::COVERED;

/// What a plain file of an exported dossier says it is, with its version.
pub const FORMAT: &str = "hoso/dossier-copy/1";
/// What a sealed one says.
const SEALED: &str = "hoso/dossier-copy-sealed/";
/// The most values of one file.
const VALUES_MAX: usize = 20_000;

/// Why a file is no exported dossier that can be read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// It is no exported dossier.
    #[error("not an exported dossier")]
    Foreign,
    /// It is sealed, and has to be opened first.
    #[error("a sealed copy")]
    Sealed,
    /// Its format or its version is not known here.
    #[error("format {0} is not known here")]
    Version(String),
    /// A value has a place no dossier has, or there are too many.
    #[error("a value without a place, or too many values")]
    Values,
}

#[derive(Debug, Deserialize)]
struct Head {
    format: String,
}

#[derive(Debug, Deserialize)]
struct File {
    dossier: Told,
}

#[derive(Debug, Deserialize)]
struct Told {
    dossier: DossierId,
    unit: UnitId,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    field: dossier::FieldId,
    row: Option<RowId>,
    value: Value,
    covered: bool,
}

/// An exported dossier.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyRead {
    /// The id it had.
    pub dossier: DossierId,
    /// The unit that kept it.
    pub unit: UnitId,
    /// Its values.
    pub values: BTreeMap<FieldPath, Value>,
    /// Places whose values the exporter was not shown.
    pub covered: Vec<FieldPath>,
}

/// How an exported dossier and one that is held differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// Values that are the same.
    pub same: usize,
    /// Places with another value: in the file, in the dossier.
    pub changed: Vec<(FieldPath, Value, Value)>,
    /// Places that only the file has.
    pub only_there: Vec<(FieldPath, Value)>,
    /// Places that only the dossier has, and the exporter was not kept from.
    pub only_here: Vec<(FieldPath, Value)>,
    /// Places that are not shown to whoever compares.
    pub hidden: usize,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_none(&self) -> bool {
        self.changed.is_empty() && self.only_there.is_empty() && self.only_here.is_empty()
    }
}

impl CopyRead {
    /// Reads a file.
    ///
    /// # Errors
    /// [`CopyError`].
    pub fn parse(text: &str) -> Result<Self, CopyError> {
        let head: Head = serde_json::from_str(text).map_err(|_| CopyError::Foreign)?;
        if head.format.starts_with(SEALED) {
            return Err(CopyError::Sealed);
        }
        if head.format != FORMAT {
            return Err(CopyError::Version(head.format.chars().take(80).collect()));
        }
        let File { dossier } = serde_json::from_str(text).map_err(|_| CopyError::Values)?;
        if dossier.fields.len() > VALUES_MAX {
            return Err(CopyError::Values);
        }
        let (mut values, mut covered) = (BTreeMap::new(), Vec::new());
        for Field { field, row, value, covered: is_covered } in dossier.fields {
            if row.is_some() != field.table().is_some()
                || field.table().is_some_and(|table| docket::Table::named(table).is_some())
            {
                return Err(CopyError::Values);
            }
            let path = FieldPath { field, row };
            if is_covered {
                covered.push(path);
            } else {
                values.insert(path, value);
            }
        }
        Ok(Self { dossier: dossier.dossier, unit: dossier.unit, values, covered })
    }

    /// By what a dossier that is begun from the file is found again.
    pub fn key(&self) -> Hash {
        Hash::tagged("hoso/import/copy/1", &[self.dossier.as_bytes()])
    }

    /// The edits that begin a dossier with what the file says.
    pub fn edits(&self) -> Vec<Edit> {
        let mut rows: BTreeMap<(String, RowId), BTreeMap<String, Value>> = BTreeMap::new();
        let mut edits = Vec::new();
        for (FieldPath { field, row }, value) in &self.values {
            match (field.table(), row) {
                (Some(table), Some(row)) => {
                    let cells = rows.entry((table.to_owned(), *row)).or_default();
                    cells.insert(field.column().to_owned(), value.clone());
                }
                _ => edits.push(Edit::Set { field: field.clone(), value: value.clone() }),
            }
        }
        edits.extend(rows.into_iter().map(|((table, row), cells)| Edit::PutRow {
            table,
            row,
            cells,
        }));
        edits
    }

    /// Compares with a dossier that is held.
    pub fn compare(&self, shown: &DossierShown) -> Difference {
        let mut here: BTreeMap<&FieldPath, &Value> =
            shown.fields.iter().map(|field| (&field.path, &field.value)).collect();
        let is_hidden = |value: &Value| matches!(value, Value::Text(text) if text == COVERED);
        let hidden = here.values().filter(|value| is_hidden(value)).count();
        let mut difference = Difference { hidden, ..Difference::default() };
        for (path, value) in &self.values {
            match here.remove(path) {
                Some(own) if is_hidden(own) => {}
                None => difference.only_there.push((path.clone(), value.clone())),
                Some(own) if own == value => difference.same += 1,
                Some(own) => {
                    difference.changed.push((path.clone(), value.clone(), own.clone()));
                }
            }
        }
        here.retain(|path, own| !self.covered.contains(path) && !is_hidden(own));
        difference.only_here =
            here.into_iter().map(|(path, value)| (path.clone(), value.clone())).collect();
        difference
    }
}

#[cfg(test)]
mod tests {
    use protocol::core::FieldShown;
    use serde_json::{Value as Json, json};

    use super::*;

    fn id() -> DossierId {
        DossierId::from_bytes([7; 16])
    }

    fn path(field: &str, row: Option<u8>) -> FieldPath {
        let row = row.map(|row| RowId::from_bytes([row; 16]));
        FieldPath { field: field.parse().expect("a field"), row }
    }

    /// Each kind of value.
    fn values() -> Vec<(FieldPath, Value)> {
        let coded =
            dossier::Coded { code: "01".to_owned(), label: "Mường".to_owned(), version: 1 };
        vec![
            (path("full_name", None), Value::Text("Bùi Thị Hòa".to_owned())),
            (path("birth_date", None), Value::Date("1985-09".parse().expect("a month"))),
            (path("height_cm", None), Value::Integer(157)),
            (path("ethnic_group", None), Value::Coded(coded)),
            (path("salary.coefficient", Some(3)), Value::Hundredths(367)),
            (path("salary.frame", Some(3)), Value::Flag(true)),
        ]
    }

    fn file(values: &[(FieldPath, Value)]) -> Json {
        let field = |(path, value): &(FieldPath, Value)| {
            json!({ "field": path.field, "row": path.row, "label": "…", "value": value,
                "covered": false })
        };
        let fields: Vec<Json> = values.iter().map(field).collect();
        json!({ "format": FORMAT, "copy": "12", "purpose": "cán bộ",
            "dossier": { "dossier": id(), "unit": "d150", "digest": "…", "fields": fields } })
    }

    fn shown(values: &[(FieldPath, Value)]) -> DossierShown {
        let field = |(path, value): &(FieldPath, Value)| FieldShown {
            path: path.clone(),
            value: value.clone(),
            provenance: None,
            review: docket::ReviewState::NotRequired,
            form: None,
        };
        DossierShown {
            dossier: id(),
            unit: "d150".parse().expect("a unit"),
            form: "2c-bnv-2008".to_owned(),
            digest: Hash::ZERO,
            fields: values.iter().map(field).collect(),
            conflicts: Vec::new(),
            changes: 1,
            status: None,
            closed: false,
        }
    }

    // what was exported is read again without loss, and shown where it differs.
    #[test]
    fn what_was_exported_comes_back_whole() {
        let read = CopyRead::parse(&file(&values()).to_string()).expect("reads");
        assert_eq!(read.values.len(), 6);
        assert!(read.compare(&shown(&values())).is_none(), "every kind of value");
        assert_eq!(read.edits().len(), 5, "four fields and one row");
        let mut others = values();
        others[0].1 = Value::Text("Bùi Thị Hoà".to_owned());
        others.remove(2);
        others.push((path("note", None), Value::Text("x".to_owned())));
        let difference = read.compare(&shown(&others));
        let counts =
            (difference.changed.len(), difference.only_there.len(), difference.only_here.len());
        assert_eq!((difference.same, counts), (4, (1, 1, 1)));
    }

    #[test]
    fn what_the_exporter_was_not_shown_is_no_value() {
        let mut file = file(&values());
        file["dossier"]["fields"][2]["covered"] = json!(true);
        file["dossier"]["fields"][2]["value"] = json!({ "Text": "•••" });
        let read = CopyRead::parse(&file.to_string()).expect("reads");
        assert_eq!((read.values.len(), read.covered.len()), (5, 1));
        assert!(read.compare(&shown(&values())).is_none());
        let mut hidden = values();
        hidden[0].1 = Value::Text(COVERED.to_owned());
        let difference = read.compare(&shown(&hidden));
        assert!(
            difference.is_none() && difference.hidden == 1,
            "what is not shown is not compared"
        );
    }

    // an unknown version is refused by its name.
    #[test]
    fn another_version_and_what_is_no_copy_are_refused() {
        let mut later = file(&values());
        later["format"] = json!("hoso/dossier-copy/2");
        let refused = CopyRead::parse(&later.to_string());
        assert_eq!(refused, Err(CopyError::Version("hoso/dossier-copy/2".to_owned())));
        let sealed = json!({ "format": "hoso/dossier-copy-sealed/1", "sealed": "00" });
        assert_eq!(CopyRead::parse(&sealed.to_string()), Err(CopyError::Sealed));
        for text in ["", "{", "[]", "{\"a\":1}"] {
            assert_eq!(CopyRead::parse(text), Err(CopyError::Foreign), "{text}");
        }
        let mut broken = file(&values());
        broken["dossier"]["fields"][0]["row"] = json!(RowId::from_bytes([1; 16]));
        assert_eq!(CopyRead::parse(&broken.to_string()), Err(CopyError::Values));
        let mut reserved = file(&values());
        reserved["dossier"]["fields"][4]["field"] = json!("reviews.change");
        assert_eq!(CopyRead::parse(&reserved.to_string()), Err(CopyError::Values));
    }
}
