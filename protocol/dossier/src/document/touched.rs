//! What a change of a document touches, as the law divides the form.

use automerge::legacy::{Key, ObjectId, OpId};
use automerge::{ObjId, Prop, ReadDoc};

use super::history::object_id;
use super::{Document, encoding, guarded};
use crate::Hash;
use crate::form::{Sides, Touched};

impl Document {
    /// What a change that is here touches; `None` for a change that is not.
    pub fn touched(&self, change: &Hash, sides: &Sides) -> Option<Touched> {
        let opens = self.change(change)?.deps.is_empty();
        let work = || {
            if !sides.knows(&self.form) {
                return Some(Touched::beyond(opens));
            }
            let mut touched = Touched::nothing(opens);
            let expanded = self.stored_change(change)?.decode();
            let (fields, tables) = (object_id(&self.fields), object_id(&self.tables));
            for op in &expanded.operations {
                let Key::Map(key) = &op.key else { continue };
                match &op.obj {
                    ObjectId::Root => {}
                    object if *object == fields => sides.touch_field(key, &mut touched),
                    object if *object == tables => {
                        let (table, _) = encoding::parse_row_key(key)?;
                        sides.touch_row(table, &mut touched);
                    }
                    ObjectId::Id(row) => {
                        let table = self.table_of(row)?;
                        if key.as_str() == encoding::REMOVED {
                            sides.touch_row(&table, &mut touched);
                        } else {
                            sides.touch_cell(&table, key, &mut touched);
                        }
                    }
                }
            }
            Some(touched)
        };
        guarded(work).flatten()
    }

    /// The table of a row, by the operation that made its map.
    fn table_of(&self, row: &OpId) -> Option<String> {
        let id = ObjId::Id(row.counter(), row.actor().clone(), 0);
        let parent = self.automerge.parents(id).ok()?.next()?;
        let Prop::Map(key) = parent.prop else { return None };
        encoding::parse_row_key(&key).map(|(table, _)| table.to_owned())
    }
}
