//! Walks run-length columns: counts rows before looping, checks every value on the way.

use std::ops::RangeInclusive;

use super::{COLUMNS_MAX, PrecheckError, TIME_MAX, cursor::Cursor};

/// One entry of a table of columns.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Column {
    pub(super) spec: u32,
    pub(super) length: u64,
}

const DEFLATED: u32 = 0b1000;
/// The column of actions, by which Automerge counts the operations of a change.
const ACTION: u32 = 66;

impl Column {
    pub(super) fn is_deflated(self) -> bool {
        self.spec & DEFLATED != 0
    }

    /// The specification without the deflate bit.
    pub(super) fn plain(self) -> u32 {
        self.spec & !DEFLATED
    }
}

/// A table of columns, in the fixed space its limit allows.
#[derive(Debug)]
pub(super) struct Table {
    columns: [Column; COLUMNS_MAX as usize],
    count: usize,
}

impl Table {
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> + '_ {
        self.columns[..self.count].iter().copied()
    }
}

/// Reads specifications and lengths; specifications rise strictly.
pub(super) fn read_table(
    cursor: &mut Cursor<'_>,
    deflate_allowed: bool,
) -> Result<Table, PrecheckError> {
    let count = cursor.unsigned_up_to(COLUMNS_MAX, PrecheckError::Columns)? as usize;
    let mut columns = [Column::default(); COLUMNS_MAX as usize];
    let mut previous = None;
    for slot in &mut columns[..count] {
        let spec = u32::try_from(cursor.unsigned()?).map_err(|_| PrecheckError::Columns)?;
        let column = Column { spec, length: cursor.unsigned()? };
        let rises = previous.is_none_or(|before| before < column.plain());
        if !rises || (column.is_deflated() && !deflate_allowed) {
            return Err(PrecheckError::Columns);
        }
        previous = Some(column.plain());
        *slot = column;
    }
    Ok(Table { columns, count })
}

/// Which columns belong in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Operations of a change.
    Change,
    /// Operations of a saved document.
    SavedOperations,
    /// Changes of a saved document.
    SavedChanges,
}

impl Layout {
    fn knows(self, spec: u32) -> bool {
        // Column id in the upper bits, type in the lower three, as Automerge 0.12 lays them out.
        let operations = [1, 2, 17, 19, 21, 52, 66, 86, 87, 148, 165];
        match self {
            Self::Change => operations.contains(&spec) || [112, 113, 115].contains(&spec),
            Self::SavedOperations => {
                operations.contains(&spec) || [33, 35, 128, 129, 131].contains(&spec)
            }
            Self::SavedChanges => [1, 3, 19, 35, 53, 64, 67, 86, 87].contains(&spec),
        }
    }
}

/// What the columns seen so far agreed on.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    layout: Layout,
    rows_max: u64,
    actors: u64,
    rows: Option<u64>,
    /// Members of the group column: how many it promised, and in which column id.
    group: Option<(u32, u64)>,
    /// Columns of members seen.
    members: u32,
    acts: bool,
    metadata: Option<(u32, &'a [u8], u64)>,
}

impl<'a> Walk<'a> {
    /// `actors`: how many actors an index may name.
    pub(super) fn new(layout: Layout, rows_max: u64, actors: u64) -> Self {
        Self {
            layout,
            rows_max,
            actors,
            rows: None,
            group: None,
            members: 0,
            acts: false,
            metadata: None,
        }
    }

    /// Walks one inflated column.
    pub(super) fn column(&mut self, spec: u32, data: &'a [u8]) -> Result<(), PrecheckError> {
        if !self.layout.knows(spec) {
            return Err(PrecheckError::Columns);
        }
        if data.is_empty() {
            return Ok(());
        }
        let id = spec >> 4;
        if let Some((owner, bytes, length)) = self.metadata.take() {
            let raw = if spec == (owner << 4 | 7) { data } else { &[] };
            check_values(bytes, raw, length)?;
            if !raw.is_empty() {
                return Ok(());
            }
        }
        let runs = Runs { data, rows_max: self.rows_max };
        let rows = match spec & 7 {
            0 => {
                let (rows, members) = runs.group()?;
                self.group = Some((id, members));
                rows
            }
            1 => runs.indexes(self.actors)?,
            2 => runs.indexes(u64::from(u32::MAX))?,
            3 => runs.deltas(&self.sums(spec))?,
            4 => runs.booleans()?,
            5 => runs.texts()?,
            6 => {
                let (rows, length) = runs.metadata()?;
                self.metadata = Some((id, data, length));
                rows
            }
            _ => return Err(PrecheckError::Columns),
        };
        self.acts |= spec == ACTION;
        self.count(id, spec & 7, rows)
    }

    /// What the running sum of a delta column may be.
    fn sums(&self, spec: u32) -> RangeInclusive<i64> {
        match (self.layout, spec) {
            // Time, and the indexes of dependencies, which name rows of the same table.
            (Layout::SavedChanges, 35) => -TIME_MAX..=TIME_MAX,
            (Layout::SavedChanges, 67) => 0..=self.rows.map_or(0, |rows| rows as i64 - 1),
            _ => 0..=i64::from(u32::MAX),
        }
    }

    fn count(&mut self, id: u32, kind: u32, rows: u64) -> Result<(), PrecheckError> {
        let expected = match self.group {
            Some((group, members)) if group == id && kind != 0 => {
                self.members += 1;
                Some(members)
            }
            _ => self.rows,
        };
        if expected.is_some_and(|expected| expected != rows) {
            return Err(PrecheckError::Rows);
        }
        if expected.is_none() {
            self.rows = Some(rows);
        }
        Ok(())
    }

    /// The number of rows all columns agreed on.
    pub(super) fn finish(self) -> Result<u64, PrecheckError> {
        if let Some((_, bytes, length)) = self.metadata {
            check_values(bytes, &[], length)?;
        }
        if self.group.is_some_and(|(_, members)| members > 0 && self.members == 0) {
            return Err(PrecheckError::Rows);
        }
        let rows = self.rows.unwrap_or(0);
        if self.layout == Layout::Change && rows > 0 && !self.acts {
            return Err(PrecheckError::Rows);
        }
        Ok(rows)
    }
}

/// The runs of one column.
struct Runs<'a> {
    data: &'a [u8],
    rows_max: u64,
}

impl<'a> Runs<'a> {
    /// Calls `value` once for each spelled value with how often it stands; returns the rows.
    fn walk(
        &self,
        mut value: impl FnMut(&mut Cursor<'a>, u64) -> Result<(), PrecheckError>,
    ) -> Result<u64, PrecheckError> {
        let mut cursor = Cursor::new(self.data);
        let mut rows = 0u64;
        while !cursor.is_empty() {
            let run = cursor.signed()?;
            let length = if run == 0 { cursor.unsigned()? } else { run.unsigned_abs() };
            rows = self.add(rows, length)?;
            if run > 0 {
                value(&mut cursor, length)?;
            } else if run < 0 {
                for _ in 0..length {
                    value(&mut cursor, 1)?;
                }
            }
        }
        Ok(rows)
    }

    fn add(&self, rows: u64, more: u64) -> Result<u64, PrecheckError> {
        let rows = rows.checked_add(more).ok_or(PrecheckError::Rows)?;
        if more == 0 || rows > self.rows_max { Err(PrecheckError::Rows) } else { Ok(rows) }
    }

    fn indexes(&self, bound: u64) -> Result<u64, PrecheckError> {
        self.walk(
            |cursor, _| {
                if cursor.unsigned()? < bound { Ok(()) } else { Err(PrecheckError::Actor) }
            },
        )
    }

    fn group(&self) -> Result<(u64, u64), PrecheckError> {
        let mut members = 0u64;
        let rows = self.walk(|cursor, times| {
            let more = cursor.unsigned()?.checked_mul(times).ok_or(PrecheckError::Rows)?;
            members = members.checked_add(more).ok_or(PrecheckError::Rows)?;
            if members > self.rows_max { Err(PrecheckError::Rows) } else { Ok(()) }
        })?;
        Ok((rows, members))
    }

    fn deltas(&self, sums: &RangeInclusive<i64>) -> Result<u64, PrecheckError> {
        let mut sum = 0i64;
        self.walk(|cursor, times| {
            let times = i64::try_from(times).map_err(|_| PrecheckError::Number)?;
            let step = cursor.signed()?;
            // A run moves one way, so its first and last sums bound all between.
            let first = sum.checked_add(step).ok_or(PrecheckError::Number)?;
            let total = step.checked_mul(times).ok_or(PrecheckError::Number)?;
            sum = sum.checked_add(total).ok_or(PrecheckError::Number)?;
            if sums.contains(&first) && sums.contains(&sum) {
                Ok(())
            } else {
                Err(PrecheckError::Number)
            }
        })
    }

    fn booleans(&self) -> Result<u64, PrecheckError> {
        let mut cursor = Cursor::new(self.data);
        let mut rows = cursor.unsigned_up_to(self.rows_max, PrecheckError::Rows)?;
        while !cursor.is_empty() {
            rows = self.add(rows, cursor.unsigned()?)?;
        }
        Ok(rows)
    }

    fn texts(&self) -> Result<u64, PrecheckError> {
        self.walk(|cursor, _| {
            let length = cursor.unsigned()?;
            std::str::from_utf8(cursor.take(length)?).map(|_| ()).map_err(|_| PrecheckError::Text)
        })
    }

    fn metadata(&self) -> Result<(u64, u64), PrecheckError> {
        let mut length = 0u64;
        let rows = self.walk(|cursor, times| {
            let more = (cursor.unsigned()? >> 4).checked_mul(times).ok_or(PrecheckError::Value)?;
            length = length.checked_add(more).ok_or(PrecheckError::Value)?;
            Ok(())
        })?;
        Ok((rows, length))
    }
}

/// Checks each raw value against its type; rows and lengths were counted before.
fn check_values(metadata: &[u8], raw: &[u8], length: u64) -> Result<(), PrecheckError> {
    if length != raw.len() as u64 {
        return Err(PrecheckError::Value);
    }
    let mut values = Cursor::new(raw);
    let runs = Runs { data: metadata, rows_max: u64::MAX };
    runs.walk(|cursor, times| {
        let entry = cursor.unsigned()?;
        let (kind, size) = (entry & 15, entry >> 4);
        if size == 0 {
            // Null, the booleans, and empty text or bytes; a number is never empty.
            return if matches!(kind, 3..=5 | 8 | 9) { Err(PrecheckError::Value) } else { Ok(()) };
        }
        for _ in 0..times {
            check_value(kind, values.take(size)?)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn check_value(kind: u64, bytes: &[u8]) -> Result<(), PrecheckError> {
    let mut cursor = Cursor::new(bytes);
    match kind {
        0..=2 => return Err(PrecheckError::Value),
        3 => cursor.unsigned().map(|_| ())?,
        4 | 8 | 9 => cursor.signed().map(|_| ())?,
        5 => cursor.take(8).map(|_| ())?,
        6 => {
            return std::str::from_utf8(bytes).map(|_| ()).map_err(|_| PrecheckError::Text);
        }
        _ => return Ok(()),
    }
    if cursor.is_empty() { Ok(()) } else { Err(PrecheckError::Value) }
}
