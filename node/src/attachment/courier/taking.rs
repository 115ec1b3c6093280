//! Taking a content: what is here is counted first, the rest is asked for and judged as it comes.

use dossier::attachment::ContentKey;
use protocol::attachment::{BulkFrame, ContentPlace, Intake, Later};

use super::{Hands, Trouble};
use crate::{
    attachment::{digest::ContentDigest, slowly},
    engine::{ContentAsk, ContentReply},
    link::BulkStream,
};

/// Chunks written between two syncs: what a crash may cost.
const SYNC_EVERY: u32 = 16;

impl Hands {
    /// Takes a content over a stream; it is durable, and the engine knows, when this returns.
    pub(super) async fn take(
        &self,
        stream: &mut BulkStream,
        place: ContentPlace,
        size: u64,
        key: &ContentKey,
    ) -> Result<(), Trouble> {
        let _hold = self.holds.hold(place).ok_or(Trouble::Later(Later::Busy))?;
        let digest = ContentDigest::new(key);
        let here = slowly(|| self.shelf.survey(&place, size, &digest));
        let mut intake = Intake::begin(place, size, here);
        let mut unsynced = 0;
        loop {
            while let Some(want) = intake.poll_want() {
                stream.send(&BulkFrame::Want(want).encode()).await?;
            }
            if intake.is_complete() {
                break;
            }
            let bytes = stream.next().await?.ok_or(Trouble::OutOfPlace)?;
            match BulkFrame::decode(&bytes)? {
                BulkFrame::Manifest(bytes) => {
                    let manifest = intake.handle_manifest(&bytes, &digest)?;
                    slowly(|| self.shelf.begin(&place, manifest))?;
                }
                BulkFrame::Chunk { index, bytes } => {
                    slowly(|| {
                        intake.handle_chunk(index, &bytes, &digest)?;
                        self.shelf.put(&place, index, &bytes)?;
                        unsynced += 1;
                        if unsynced == SYNC_EVERY {
                            unsynced = 0;
                            self.shelf.sync(&place)?;
                        }
                        Ok::<(), Trouble>(())
                    })?;
                }
                BulkFrame::Later(later) => return Err(Trouble::Later(later)),
                _ => return Err(Trouble::OutOfPlace),
            }
        }
        slowly(|| self.shelf.sync(&place))?;
        match self.ask(ContentAsk::Arrived(place)).await {
            Some(ContentReply::Noted(_)) => Ok(()),
            _ => Err(Trouble::Stopping),
        }
    }
}
