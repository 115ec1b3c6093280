//! The last line of defence around Automerge: a panic inside it is an error here.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; `None` when it panicked. Whatever `work` was changing must then be dropped.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
