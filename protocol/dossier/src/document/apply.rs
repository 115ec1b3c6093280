//! Taking in changes of others: all of a batch, or none.

use automerge::{Automerge, Change};

use super::check::{ForbiddenOperation, Incoming, Refused, check_shape, check_spelling};
use super::overwrite::check_overwrites;
use super::{CHANGES_MAX, ChangeHeader, Document, KEYS_MAX, Lineage, OPERATIONS_MAX, guarded};
use crate::{ActorId, Hash, precheck::PrecheckError};

/// Why changes were not applied; the document is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Bytes that are no change within the limits.
    #[error("change refused by the pre-check")]
    Precheck(#[from] PrecheckError),
    /// Changes that these build on are not here; to be held and asked for.
    #[error("{} dependencies are missing", .0.len())]
    MissingDependencies(Vec<Hash>),
    /// Two changes claim one place in an author's line: a cloned or restored node.
    #[error("actor {actor} wrote two changes as number {seq}")]
    Fork {
        /// Author.
        actor: ActorId,
        /// The place both claim.
        seq: u64,
        /// The change that is here.
        known: Hash,
        /// The change that was offered.
        offered: Hash,
    },
    /// A change that does not continue its author's line.
    #[error("actor {actor} continues at {expected}, not {found}")]
    Gap {
        /// Author.
        actor: ActorId,
        /// The next place in the line.
        expected: u64,
        /// The place the change claims.
        found: u64,
    },
    /// A change that does not build on its author's change before it: two nodes write as one.
    #[error("number {seq} of actor {actor} does not build on the one before it")]
    Detached {
        /// Author.
        actor: ActorId,
        /// The place the change claims.
        seq: u64,
    },
    /// Counters that do not follow from what the change builds on.
    #[error("change {0} does not continue the counters of its dependencies")]
    Counter(Hash),
    /// A change that does something no edit does.
    #[error("change {change} is not allowed")]
    Forbidden {
        /// The change.
        change: Hash,
        /// What it does.
        #[source]
        reason: ForbiddenOperation,
    },
    /// A second first change, or none.
    #[error("not the layout of a dossier")]
    Layout,
    /// The document would pass its limits.
    #[error("document would be too large")]
    TooLarge,
    /// Automerge refused, or panicked.
    #[error("document engine refused the change")]
    Engine,
    /// The caller refused the document that came of it.
    #[error("the result is not allowed")]
    Unlawful,
}

impl From<Refused> for ApplyError {
    fn from((change, reason): Refused) -> Self {
        Self::Forbidden { change, reason }
    }
}

impl Document {
    /// Applies changes, given in any order; those already here are skipped.
    ///
    /// # Errors
    /// [`ApplyError`]; the document is then as before.
    pub fn apply(&mut self, changes: &[Vec<u8>]) -> Result<(), ApplyError> {
        self.apply_when(changes, |_| true)
    }

    /// Applies changes when `lawful` says so of the document that comes of it.
    ///
    /// # Errors
    /// [`ApplyError`]; the document is then as before.
    pub fn apply_when(
        &mut self,
        changes: &[Vec<u8>],
        lawful: impl FnOnce(&Self) -> bool,
    ) -> Result<(), ApplyError> {
        let fresh = read_fresh(&self.lineage, changes)?;
        if fresh.is_empty() {
            return Ok(());
        }
        let bytes: Vec<&[u8]> = fresh.iter().map(|(_, bytes)| *bytes).collect();
        if let Some(read) = self.engine.transcript().and_then(|read| read.with(&bytes)) {
            let next = Self::of(read);
            next.check_size()?;
            if !lawful(&next) {
                return Err(ApplyError::Unlawful);
            }
            *self = next;
            return Ok(());
        }
        let length = self.lineage.len();
        let before = self.engine.clone();
        let result = guarded(|| self.try_apply(&fresh)).unwrap_or(Err(ApplyError::Engine));
        let result = result.and_then(|()| match lawful(self) {
            true => Ok(()),
            false => Err(ApplyError::Unlawful),
        });
        if result.is_err() {
            self.engine = before;
            self.lineage.truncate(length);
        }
        result
    }

    fn try_apply(&mut self, fresh: &[Fresh<'_>]) -> Result<(), ApplyError> {
        take_in(&mut self.engine.open().automerge, &mut self.lineage, fresh)?;
        self.check_size()
    }

    fn check_size(&self) -> Result<(), ApplyError> {
        // Every key cost an operation, so few operations need no counting of keys.
        let operations = self.lineage.operations();
        let large = operations > OPERATIONS_MAX
            || self.lineage.len() as u64 > CHANGES_MAX
            || (operations > KEYS_MAX as u64 && self.count_keys() > KEYS_MAX);
        if large { Err(ApplyError::TooLarge) } else { Ok(()) }
    }

    /// Checks every change of a loaded document; their spelling is Automerge's own.
    pub(super) fn check_all(&self) -> Result<(), ApplyError> {
        let work = || {
            let mut line = Lineage::default();
            for header in self.lineage.iter() {
                admit(&mut line, header)?;
            }
            let automerge = &self.engine.built().automerge;
            let changes = automerge.get_changes(&[]);
            let incoming: Option<Vec<Incoming<'_>>> = changes
                .iter()
                .map(|change| {
                    let header = self.lineage.get(&Hash::from_bytes(change.hash().0))?;
                    Some(Incoming { header, change, expanded: change.decode() })
                })
                .collect();
            let incoming = incoming.ok_or(ApplyError::Engine)?;
            check_shape(automerge, &line, &incoming)?;
            check_overwrites(automerge, &line, &[], &incoming)?;
            self.check_size()
        };
        guarded(work).unwrap_or(Err(ApplyError::Engine))
    }
}

/// Builds a document from nothing but its changes.
pub(super) fn replay(changes: &[Vec<u8>]) -> Result<Document, ApplyError> {
    let fresh = read_fresh(&Lineage::default(), changes)?;
    let work = || {
        let mut automerge = Automerge::new();
        take_in(&mut automerge, &mut Lineage::default(), &fresh)?;
        let document = Document::around(automerge).ok_or(ApplyError::Layout)?;
        document.check_size()?;
        Ok(document)
    };
    guarded(work).unwrap_or(Err(ApplyError::Engine))
}

/// Checks changes and applies them; on an error both arguments are to be dropped.
fn take_in(
    automerge: &mut Automerge,
    lineage: &mut Lineage,
    fresh: &[Fresh<'_>],
) -> Result<(), ApplyError> {
    for (header, _) in fresh {
        admit(lineage, header)?;
    }
    let parse = |(_, bytes): &Fresh<'_>| Change::try_from(*bytes).map_err(|_| ApplyError::Engine);
    let changes: Vec<Change> = fresh.iter().map(parse).collect::<Result<_, _>>()?;
    let incoming: Vec<Incoming<'_>> = changes
        .iter()
        .zip(fresh)
        .map(|(change, (header, _))| Incoming { header, change, expanded: change.decode() })
        .collect();
    check_shape(automerge, lineage, &incoming)?;
    let before = automerge.get_heads();
    automerge.apply_changes(changes.iter().cloned()).map_err(|_| ApplyError::Engine)?;
    check_overwrites(automerge, lineage, &before, &incoming)?;
    check_spelling(incoming)?;
    Ok(())
}

type Fresh<'a> = (ChangeHeader, &'a [u8]);

/// Pre-checks, drops what is known, and orders causally; a dependency must be here or in the batch.
fn read_fresh<'a>(known: &Lineage, changes: &'a [Vec<u8>]) -> Result<Vec<Fresh<'a>>, ApplyError> {
    let mut fresh = Vec::with_capacity(changes.len());
    for bytes in changes {
        let header = ChangeHeader::read(bytes)?;
        if known.get(&header.hash).is_none() {
            fresh.push((header, bytes.as_slice()));
        }
    }
    // Counters rise along dependencies, so this order is causal; whatever lies about its counter
    // is refused when it is admitted.
    fresh.sort_by_key(|(header, _)| (header.start_op, header.hash));
    fresh.dedup_by_key(|(header, _)| header.hash);
    let here: std::collections::BTreeSet<Hash> = fresh.iter().map(|(one, _)| one.hash).collect();
    let mut missing: Vec<Hash> =
        fresh.iter().flat_map(|(one, _)| one.deps.iter().copied()).collect();
    missing.retain(|hash| !here.contains(hash) && known.get(hash).is_none());
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() { Ok(fresh) } else { Err(ApplyError::MissingDependencies(missing)) }
}

/// Lets a change into the lineage when it continues its author's line and the counters.
fn admit(lineage: &mut Lineage, header: &ChangeHeader) -> Result<(), ApplyError> {
    let ChangeHeader { actor, seq, hash, .. } = *header;
    if let Some(known) = lineage.at(&actor, seq) {
        return Err(ApplyError::Fork { actor, seq, known: known.hash, offered: hash });
    }
    if header.deps.is_empty() != (lineage.len() == 0) {
        return Err(ApplyError::Layout);
    }
    let expected = lineage.length_of(&actor) + 1;
    if seq != expected {
        return Err(ApplyError::Gap { actor, expected, found: seq });
    }
    let previous = lineage.at(&actor, seq.saturating_sub(1));
    if previous.is_some_and(|previous| !lineage.covers(&header.deps, previous)) {
        return Err(ApplyError::Detached { actor, seq });
    }
    let complete = header.deps.iter().all(|dep| lineage.get(dep).is_some());
    if !complete || header.op_count == 0 || header.start_op != lineage.next_op(&header.deps) {
        return Err(ApplyError::Counter(hash));
    }
    lineage.push(header.clone());
    Ok(())
}
