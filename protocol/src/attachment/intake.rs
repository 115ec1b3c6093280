//! The taking of one content: what to ask for next, and whether what comes is what was asked.

use std::collections::BTreeSet;

use super::{ContentPlace, KeyedDigest, Manifest, WINDOW, Want};

/// What a sender did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntakeFault {
    /// Something that was not asked for.
    #[error("not asked for")]
    Unasked,
    /// Not the manifest the content is named by.
    #[error("not the manifest of the content")]
    Manifest,
    /// Not the bytes the manifest names.
    #[error("not the bytes of the chunk")]
    Chunk,
}

/// One content on its way in.
#[derive(Debug)]
pub struct Intake {
    place: ContentPlace,
    size: u64,
    manifest: Option<Manifest>,
    asked_manifest: bool,
    /// Neither here nor asked for.
    missing: BTreeSet<u32>,
    asked: BTreeSet<u32>,
}

impl Intake {
    /// Begins with what is here already: the manifest, and chunks that were compared with it.
    pub fn begin(place: ContentPlace, size: u64, here: Option<(Manifest, BTreeSet<u32>)>) -> Self {
        let mut intake = Self {
            place,
            size,
            manifest: None,
            asked_manifest: false,
            missing: BTreeSet::new(),
            asked: BTreeSet::new(),
        };
        if let Some((manifest, chunks)) = here {
            intake.missing =
                (0..manifest.count()).filter(|index| !chunks.contains(index)).collect();
            intake.manifest = Some(manifest);
        }
        intake
    }

    /// The manifest, once it is known.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Whether every chunk is here.
    pub fn is_complete(&self) -> bool {
        self.manifest.is_some() && self.missing.is_empty() && self.asked.is_empty()
    }

    /// What to ask for next; `None` while enough is under way.
    pub fn poll_want(&mut self) -> Option<Want> {
        if self.manifest.is_none() {
            let first = !std::mem::replace(&mut self.asked_manifest, true);
            return first.then(|| Want { place: self.place, manifest: true, chunks: Vec::new() });
        }
        let mut chunks = Vec::new();
        while self.asked.len() < WINDOW
            && let Some(next) = self.missing.pop_first()
        {
            self.asked.insert(next);
            chunks.push(next);
        }
        (!chunks.is_empty()).then_some(Want { place: self.place, manifest: false, chunks })
    }

    /// Takes the manifest.
    ///
    /// # Errors
    /// [`IntakeFault`]: the sender is not to be listened to.
    pub fn handle_manifest(
        &mut self,
        bytes: &[u8],
        digest: &dyn KeyedDigest,
    ) -> Result<&Manifest, IntakeFault> {
        if self.manifest.is_some() || !self.asked_manifest {
            return Err(IntakeFault::Unasked);
        }
        let manifest = Manifest::read(bytes, self.size, &self.place.content, digest)
            .ok_or(IntakeFault::Manifest)?;
        self.missing = (0..manifest.count()).collect();
        Ok(self.manifest.insert(manifest))
    }

    /// Takes a chunk, which is then to be kept.
    ///
    /// # Errors
    /// [`IntakeFault`]: the sender is not to be listened to.
    pub fn handle_chunk(
        &mut self,
        index: u32,
        bytes: &[u8],
        digest: &dyn KeyedDigest,
    ) -> Result<(), IntakeFault> {
        let manifest = self.manifest.as_ref().ok_or(IntakeFault::Unasked)?;
        if !self.asked.contains(&index) {
            return Err(IntakeFault::Unasked);
        }
        if !manifest.is_chunk(index, bytes, digest) {
            return Err(IntakeFault::Chunk);
        }
        self.asked.remove(&index);
        Ok(())
    }
}
