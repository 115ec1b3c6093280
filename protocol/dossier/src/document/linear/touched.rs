//! What a change of a linear history touches, from the columns; the same that
//! [`Document::touched`](super::super::Document::touched) says of it.

use super::rules::{FIELDS, TABLES};
use super::sheet::Sheet;
use crate::document::encoding;
use crate::form::{Sides, Touched};

impl Sheet<'_> {
    /// What the change at a position touches; every operation was checked before.
    pub(super) fn touched(&self, position: usize, sides: &Sides) -> Option<Touched> {
        let change = self.authorship.changes.get(position)?;
        let form = std::str::from_utf8(self.operation(2)?.value).ok()?;
        let opens = position == 0;
        if !sides.knows(form) {
            return Some(Touched::beyond(opens));
        }
        let mut touched = Touched::nothing(opens);
        for operation in self.operations.get(change.first as usize - 1..change.last as usize)? {
            match operation.object {
                0 => {}
                FIELDS => sides.touch_field(operation.key, &mut touched),
                TABLES => {
                    let (table, _) = encoding::parse_row_key(operation.key)?;
                    sides.touch_row(table, &mut touched);
                }
                row => {
                    let (table, _) = encoding::parse_row_key(self.operation(row)?.key)?;
                    if operation.key == encoding::REMOVED {
                        sides.touch_row(table, &mut touched);
                    } else {
                        sides.touch_cell(table, operation.key, &mut touched);
                    }
                }
            }
        }
        Some(touched)
    }
}
