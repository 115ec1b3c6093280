//! What a change of a document touches, as the law divides the form.

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{ObjId, Prop, ReadDoc};

use super::history::object_id;
use super::{Document, encoding, guarded};
use crate::docket::{Scribe, Table};
use crate::form::{Sides, Touched};
use crate::{Hash, RowId};

impl Document {
    /// What a change that is here touches; `None` for a change that is not.
    pub fn touched(&self, change: &Hash, sides: &Sides) -> Option<Touched> {
        let opens = self.change(change)?.deps.is_empty();
        let read = self.engine.transcript().zip(self.lineage.position(change));
        if let Some(touched) = read.and_then(|(read, position)| read.touched(position, sides)) {
            return Some(touched);
        }
        let work = || {
            let known = sides.knows(&self.form);
            let mut scribe = Scribe::default();
            let mut touched = Touched::nothing(opens);
            let built = self.engine.built();
            let expanded = self.stored_change(change)?.decode();
            let (fields, tables) = (object_id(&built.fields), object_id(&built.tables));
            for op in &expanded.operations {
                let Key::Map(key) = &op.key else { continue };
                let (table, row) = match &op.obj {
                    ObjectId::Root => continue,
                    object if *object == fields => {
                        sides.touch_field(key, &mut touched);
                        continue;
                    }
                    object if *object == tables => {
                        let (table, row) = encoding::parse_row_key(key)?;
                        match Table::named(table) {
                            Some(reserved) => scribe.row(reserved, row),
                            None => sides.touch_row(table, &mut touched),
                        }
                        continue;
                    }
                    ObjectId::Id(made) => {
                        let (table, row) = self.row_of(made)?;
                        let own = *made.actor() == expanded.actor_id
                            && made.counter() >= expanded.start_op.get();
                        (table, (row, own))
                    }
                };
                match (Table::named(&table), row) {
                    (Some(reserved), (row, true)) if key.as_str() != encoding::REMOVED => {
                        let value = match &op.action {
                            OpType::Put(scalar) => encoding::decode(scalar).ok().flatten(),
                            _ => None,
                        };
                        scribe.cell(reserved, row, key, value);
                    }
                    (Some(_), _) => scribe.alter(),
                    (None, _) if key.as_str() == encoding::REMOVED => {
                        sides.touch_row(&table, &mut touched);
                    }
                    (None, _) => sides.touch_cell(&table, key, &mut touched),
                }
            }
            if !known && touched.content {
                touched = Touched::beyond(opens);
            }
            touched.docket = scribe.finish();
            Some(touched)
        };
        guarded(work).flatten()
    }

    /// A row and its table, by the operation that made its map.
    fn row_of(&self, row: &OpId) -> Option<(String, RowId)> {
        let id = ObjId::Id(row.counter(), row.actor().clone(), 0);
        let parent = self.engine.built().automerge.parents(id).ok()?.next()?;
        let Prop::Map(key) = parent.prop else { return None };
        encoding::parse_row_key(&key).map(|(table, row)| (table.to_owned(), row))
    }
}
