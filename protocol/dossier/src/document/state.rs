//! Reading the present content of the maps, every surviving writing of every place included.

use std::borrow::Cow;
use std::collections::BTreeMap;

use automerge::{ObjId, ReadDoc, ScalarValue};

use super::{Document, encoding, engine::Built};
use crate::{
    ActorId, FieldPath, Hash, RowId, Value,
    plant::{self, Plant},
};

/// A surviving writing of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) value: Option<Value>,
    pub(super) change: Hash,
}

/// A row by table and key.
pub(super) type RowKey = (String, RowId);

/// Everything the document shows; the last writing of a place is the winner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) places: BTreeMap<FieldPath, Vec<Writing>>,
    /// For each row ever added, who marked it removed.
    pub(super) rows: BTreeMap<RowKey, Vec<Hash>>,
}

impl Document {
    pub(super) fn state(&self) -> Cow<'_, State> {
        if let Some(transcript) = self.engine.transcript() {
            return Cow::Borrowed(transcript.state());
        }
        let mut state = State::default();
        for (name, writings) in self.writings(&self.engine.built().fields) {
            if let Some(field) = encoding::single(&name) {
                state.places.insert(FieldPath { field, row: None }, writings);
            }
        }
        for (map, (table, row)) in self.row_maps() {
            let removals = state.rows.entry((table.clone(), row)).or_default();
            for (name, mut writings) in self.writings(&map) {
                if name == encoding::REMOVED {
                    removals.extend(writings.iter().map(|writing| writing.change));
                } else if let Some(field) = encoding::column(&table, &name) {
                    let place = FieldPath { field, row: Some(row) };
                    state.places.entry(place).or_default().append(&mut writings);
                }
            }
        }
        Cow::Owned(state)
    }

    /// Every map that holds cells of a row; of twins the winner comes last.
    pub(super) fn row_maps(&self) -> Vec<(ObjId, RowKey)> {
        let Built { automerge, tables, .. } = self.engine.built();
        let mut maps = Vec::new();
        for item in automerge.map_range(tables, ..) {
            let Some((table, row)) = encoding::parse_row_key(&item.key) else { continue };
            let key = (table.to_owned(), row);
            if item.conflict {
                let all = automerge.get_all(tables, item.key.as_ref());
                maps.extend(all.into_iter().flatten().map(|(_, id)| (id, key.clone())));
            } else {
                maps.push((item.id(), key));
            }
        }
        maps
    }

    pub(super) fn writings(&self, map: &ObjId) -> Vec<(String, Vec<Writing>)> {
        let automerge = &self.engine.built().automerge;
        let mut places = Vec::new();
        for item in automerge.map_range(map, ..) {
            let name = item.key.to_string();
            let writings = if item.conflict && !plant::is(Plant::DropConflicts) {
                let all = automerge.get_all(map, name.as_str());
                let all = all.into_iter().flatten();
                all.filter_map(|(value, id)| self.writing(value.as_scalar()?, &id)).collect()
            } else {
                let value = automerge::Value::from(item.value.clone());
                let one = value.as_scalar().and_then(|scalar| self.writing(scalar, &item.id()));
                one.into_iter().collect()
            };
            places.push((name, writings));
        }
        places
    }

    fn writing(&self, scalar: &ScalarValue, id: &ObjId) -> Option<Writing> {
        let ObjId::Id(counter, actor, _) = id else { return None };
        let actor = ActorId::from_slice(actor.to_bytes())?;
        let change = self.lineage.writer(&actor, *counter)?.hash;
        Some(Writing { value: encoding::decode(scalar).ok()?, change })
    }

    /// Fields, rows' cells and removal marks, counted.
    pub(super) fn count_keys(&self) -> usize {
        let Built { automerge, fields, .. } = self.engine.built();
        let cells: usize = self.row_maps().iter().map(|(map, _)| 1 + automerge.length(map)).sum();
        automerge.length(fields) + cells
    }
}
