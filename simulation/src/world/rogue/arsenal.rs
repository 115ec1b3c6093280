//! Bombs, forged once in the life of the process: deflating gigabytes of nothing takes longer than
//! a week of office life.

use std::sync::OnceLock;

use dossier::precheck::hostile;

/// Bytes that no honest machine says.
pub(super) struct Arsenal {
    /// In place of one change.
    pub(super) changes: Vec<Vec<u8>>,
    /// In place of a saved document.
    pub(super) saved: Vec<Vec<u8>>,
}

/// All of them.
pub(super) fn bombs() -> &'static Arsenal {
    static FORGED: OnceLock<Arsenal> = OnceLock::new();
    FORGED.get_or_init(|| {
        let changes = hostile::changes().into_iter().map(|case| case.bytes);
        let saved = hostile::saved().into_iter().map(|case| case.bytes);
        let changes = changes.chain([hostile::million_operations()]).collect();
        Arsenal { changes, saved: saved.collect() }
    })
}
