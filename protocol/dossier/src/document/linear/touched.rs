//! What a change of a linear history touches, from the columns; the same that
//! [`Document::touched`](super::super::Document::touched) says of it.

use super::rules::{FIELDS, TABLES};
use super::sheet::Sheet;
use super::{SET, value};
use crate::docket::{Scribe, Table};
use crate::document::encoding;
use crate::form::{Sides, Touched};

impl Sheet<'_> {
    /// Whether an event in the life of the dossier is recorded, or it was opened without a single field,
    /// as by a phiếu alone.
    pub(super) fn is_eventful(&self) -> bool {
        let rows = self.operations.iter().filter(|operation| operation.object == TABLES);
        let mut tables = rows.filter_map(|operation| encoding::parse_row_key(operation.key));
        let first = self.authorship.changes.first();
        let opening = first.and_then(|it| self.operations.get(..it.last as usize));
        let bare = !opening.unwrap_or_default().iter().any(|it| it.object == FIELDS);
        bare || tables.any(|(table, _)| table == Table::Statuses.name())
    }

    /// What the change at a position touches; every operation was checked before.
    pub(super) fn touched(&self, position: usize, sides: &Sides) -> Option<Touched> {
        let change = self.authorship.changes.get(position)?;
        let form = std::str::from_utf8(self.operation(2)?.value).ok()?;
        let opens = position == 0;
        let mut scribe = Scribe::default();
        let mut touched = Touched::nothing(opens);
        for operation in self.operations.get(change.first as usize - 1..change.last as usize)? {
            match operation.object {
                0 => {}
                FIELDS => sides.touch_field(operation.key, &mut touched),
                TABLES => {
                    let (table, row) = encoding::parse_row_key(operation.key)?;
                    match Table::named(table) {
                        Some(reserved) => scribe.row(reserved, row),
                        None => sides.touch_row(table, &mut touched),
                    }
                }
                made => {
                    let (table, row) = encoding::parse_row_key(self.operation(made)?.key)?;
                    let removes = operation.key == encoding::REMOVED;
                    match Table::named(table) {
                        Some(reserved) if made >= change.first && !removes => {
                            let written = (operation.action == SET)
                                .then(|| value(operation.meta, operation.value))
                                .flatten();
                            scribe.cell(reserved, row, operation.key, written);
                        }
                        Some(_) => scribe.alter(),
                        None if removes => sides.touch_row(table, &mut touched),
                        None => sides.touch_cell(table, operation.key, &mut touched),
                    }
                }
            }
        }
        if !sides.knows(form) && touched.content {
            touched = Touched::beyond(opens);
        }
        touched.docket = scribe.finish();
        Some(touched)
    }
}
