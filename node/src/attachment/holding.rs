//! Who writes a content: one at a time, whichever way its bytes come.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::attachment::ContentPlace;

/// The contents that are being written; clones are equal.
#[derive(Debug, Clone, Default)]
pub struct Holds(Arc<Mutex<BTreeSet<ContentPlace>>>);

impl Holds {
    /// Holds a content until the value is dropped; `None` while somebody else does.
    pub fn hold(&self, place: ContentPlace) -> Option<Hold> {
        self.places().insert(place).then(|| Hold { of: self.clone(), place })
    }

    fn places(&self) -> MutexGuard<'_, BTreeSet<ContentPlace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A content that is held for one writer.
#[derive(Debug)]
pub struct Hold {
    of: Holds,
    place: ContentPlace,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.of.places().remove(&self.place);
    }
}
