//! An index in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::{Entry, FeedPosition};

use super::{Index, IndexError};
use crate::store::mover::Rows;

/// A map in memory; gone with the process.
#[derive(Debug, Default)]
pub(super) struct MemoryIndex(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    watermark: Option<FeedPosition>,
}

impl MemoryIndex {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index for MemoryIndex {
    fn apply(&self, upto: FeedPosition, changes: &Rows) -> Result<(), IndexError> {
        let mut state = self.state();
        for (key, row) in changes {
            match row {
                Some(row) => state.rows.insert(key.clone(), row.clone()),
                None => state.rows.remove(key),
            };
        }
        state.watermark = Some(upto);
        Ok(())
    }

    fn watermark(&self) -> Result<Option<FeedPosition>, IndexError> {
        Ok(self.state().watermark)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self.state().rows.get(key).cloned())
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError> {
        let state = self.state();
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let entries = state.rows.range::<[u8], _>((start, Bound::Unbounded));
        let entries = entries.take_while(|(key, _)| key.starts_with(prefix)).take(limit);
        Ok(entries.map(|(key, row)| (key.clone(), row.clone())).collect())
    }

    fn load(
        &self,
        upto: FeedPosition,
        sorted: &mut dyn Iterator<Item = Entry>,
    ) -> Result<(), IndexError> {
        let mut state = self.state();
        state.rows = sorted.collect();
        state.watermark = Some(upto);
        Ok(())
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn survives_crash(&self) -> bool {
        false
    }
}
