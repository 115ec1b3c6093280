//! What clerks write into the tables of a dossier: new rows, cells of rows that any machine began,
//! removals. One row is written on two sides as soon as two machines that keep it draw it.

use std::collections::BTreeMap;

use dossier::{DossierId, Edit, FieldPath, RowId, Value};
use node::environment::entropy::SplitMix64;

use super::{Place, World};

/// Tables, and two columns of plain text in each.
const TABLES: [(&str, [&str; 2]); 3] = [
    ("work", ["unit", "title"]),
    ("training", ["institution", "field"]),
    ("family", ["full_name", "details"]),
];

/// Of so many orders to a row that is known one removes it.
const REMOVALS: u64 = 12;

impl World {
    /// Edits a table of a dossier; what and where follows from the seed and the number of the edit.
    pub(super) async fn edit_row(&mut self, place: Place, dossier: DossierId) -> bool {
        let token = self.token(place);
        let luck = &mut SplitMix64::new(self.options.seed.rotate_left(32) ^ self.tokens);
        let known: Vec<(String, RowId)> = self.testimony.rows(&dossier).into_iter().collect();
        let old = known.get(luck.below(known.len() as u64 + 1) as usize).cloned();
        if let Some((table, row)) = old.clone()
            && luck.below(REMOVALS) == 0
        {
            self.fabric.note(&format!("{place} removes row {row}"));
            return self.order(place, dossier, Edit::RemoveRow { table, row }, None).await;
        }
        let fresh = TABLES[luck.below(TABLES.len() as u64) as usize].0.to_owned();
        let (table, row) = old.unwrap_or_else(|| (fresh, fresh_row(luck)));
        let columns = TABLES.iter().find(|(name, _)| *name == table).map(|(_, columns)| columns);
        let column = columns.unwrap_or(&TABLES[0].1)[luck.below(2) as usize];
        self.put_cell(place, dossier, (&table, row, column), token).await
    }

    /// Edits tables of a dossier `times` times at a machine; how many of it were acknowledged.
    pub async fn edit_rows(&mut self, place: Place, dossier: DossierId, times: usize) -> usize {
        let mut acknowledged = 0;
        for _ in 0..times {
            acknowledged += usize::from(self.edit_row(place, dossier).await);
        }
        acknowledged
    }

    /// Writes one cell of a row at a machine, which begins the row where it has none; whether it
    /// was acknowledged.
    pub async fn write_cell(&mut self, place: Place, dossier: DossierId, row: RowId) -> bool {
        let (table, [column, _]) = TABLES[0];
        let token = self.token(place);
        self.put_cell(place, dossier, (table, row, column), token).await
    }

    async fn put_cell(
        &mut self,
        place: Place,
        dossier: DossierId,
        (table, row, column): (&str, RowId, &str),
        token: String,
    ) -> bool {
        let cells = BTreeMap::from([(column.to_owned(), Value::Text(token.clone()))]);
        let edit = Edit::PutRow { table: table.to_owned(), row, cells };
        let field = format!("{table}.{column}").parse().expect("a column");
        let path = FieldPath { field, row: Some(row) };
        self.order(place, dossier, edit, Some((path, token))).await
    }
}

fn fresh_row(luck: &mut SplitMix64) -> RowId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&luck.next_u64().to_be_bytes());
    bytes[8..].copy_from_slice(&luck.next_u64().to_be_bytes());
    RowId::from_bytes(bytes)
}
