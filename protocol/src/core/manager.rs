//! Who manages a person, judged where it is written down (Điều 3.5).

use dossier::{
    Document, Edit, FieldId, UnitId, Value,
    permission::{Grounds, may_manage},
};

use super::{Core, Refused};
use crate::envelope::Meta;

const STAFF_TYPE: &str = "staff_type";
const BODY: &str = "managing_body";

/// Whether edits say who manages a person, or of what type she is.
pub(super) fn is_about(edits: &[Edit]) -> bool {
    edits.iter().any(|edit| {
        matches!(edit, Edit::Set { field, .. } if [STAFF_TYPE, BODY].contains(&field.as_str()))
    })
}

impl Core {
    /// Judges the managing body that stands after edits of a document, or after the edits that begin one.
    pub(super) fn judge_manager(
        &self,
        document: Option<&Document>,
        edits: &[Edit],
        meta: &Meta,
    ) -> Result<(), Refused> {
        if !is_about(edits) {
            return Ok(());
        }
        let after = |name: &str| written(edits, name).or_else(|| standing(document, name));
        let unit = after(BODY).and_then(|code| code.parse::<UnitId>().ok());
        let body = unit.as_ref().and_then(|unit| self.tree.tree.get(unit));
        let (Some(staff_type), Some(body)) = (after(STAFF_TYPE), body) else { return Ok(()) };
        may_manage(&staff_type, body, Grounds::of(&meta.basis))
            .map_err(|refusal| Refused::new(refusal.code(), &body.id))
    }
}

fn written(edits: &[Edit], name: &str) -> Option<String> {
    let written = edits.iter().rev().find_map(|edit| match edit {
        Edit::Set { field, value } if field.as_str() == name => Some(value),
        _ => None,
    });
    written.map(code)
}

fn standing(document: Option<&Document>, name: &str) -> Option<String> {
    let field: FieldId = name.parse().ok()?;
    document?.field(&field).as_ref().map(code)
}

fn code(value: &Value) -> String {
    match value {
        Value::Coded(coded) => coded.code.clone(),
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}
