//! Keys in memory stay in memory.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core dumps of this process, and other processes of the same account to look into it.
/// Best effort: a system that refuses is told in the log.
pub fn keep_memory_private() {
    let limit = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let shut = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Err(error) = limit.and(shut) {
        tracing::warn!(%error, "the system may write this process's memory to disk");
    }
}
