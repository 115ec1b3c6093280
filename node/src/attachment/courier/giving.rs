//! Giving a content, chunk by chunk, as it is asked for.

use dossier::attachment::ContentKey;
use protocol::{
    attachment::{BulkFrame, ContentPlace, Later, Manifest, Want},
    core::ContentErrand,
};
use serde_bytes::ByteBuf;

use super::{Hands, Trouble};
use crate::{
    attachment::{digest::ContentDigest, shelf::ShelfError, slowly},
    engine::{ContentAsk, ContentReply},
    link::BulkStream,
};

/// A content that is being given.
#[derive(Debug)]
pub(super) struct Giving {
    place: ContentPlace,
    size: u64,
    digest: ContentDigest,
    manifest: Option<Manifest>,
}

impl Giving {
    pub(super) fn of(place: ContentPlace, size: u64, key: &ContentKey) -> Self {
        Self { place, size, digest: ContentDigest::new(key), manifest: None }
    }

    pub(super) fn place(&self) -> ContentPlace {
        self.place
    }
}

impl Hands {
    /// Offers a content and gives what is asked of it, until somebody above holds it. Whether there
    /// was news.
    pub(super) async fn give(
        &self,
        stream: &mut BulkStream,
        errand: &ContentErrand,
    ) -> Result<bool, Trouble> {
        let mut giving = Giving::of(errand.place, errand.size, &errand.key);
        stream.send(&BulkFrame::Offer(errand.place).encode()).await?;
        loop {
            let bytes = stream.next().await?.ok_or(Trouble::OutOfPlace)?;
            match BulkFrame::decode(&bytes)? {
                BulkFrame::Want(want) if want.place == errand.place => {
                    if !self.serve(stream, &mut giving, &want).await? {
                        return Err(Trouble::Later(Later::Absent));
                    }
                }
                BulkFrame::Held(words) => {
                    let ask = ContentAsk::Heard(errand.place, words);
                    return match self.ask(ask).await {
                        Some(ContentReply::Noted(news)) => Ok(news),
                        _ => Err(Trouble::Stopping),
                    };
                }
                BulkFrame::Later(later) => return Err(Trouble::Later(later)),
                _ => return Err(Trouble::OutOfPlace),
            }
        }
    }

    /// Gives what was asked for. What is not as it was made is told to the engine, and put off:
    /// `false`.
    pub(super) async fn serve(
        &self,
        stream: &mut BulkStream,
        giving: &mut Giving,
        want: &Want,
    ) -> Result<bool, Trouble> {
        match self.try_serve(stream, giving, want).await {
            Err(Trouble::Shelf(ShelfError::Missing)) => {
                tracing::warn!(dossier = %giving.place.dossier, "a content is damaged");
                self.ask(ContentAsk::Lost(giving.place)).await.ok_or(Trouble::Stopping)?;
                stream.send(&BulkFrame::Later(Later::Absent).encode()).await?;
                Ok(false)
            }
            outcome => outcome.map(|()| true),
        }
    }

    async fn try_serve(
        &self,
        stream: &mut BulkStream,
        giving: &mut Giving,
        want: &Want,
    ) -> Result<(), Trouble> {
        let Giving { place, size, digest, manifest } = giving;
        let manifest = match manifest {
            Some(known) => known,
            None => manifest.insert(slowly(|| self.shelf.manifest(place, *size, digest))?),
        };
        if want.manifest {
            let frame = BulkFrame::Manifest(ByteBuf::from(manifest.encode()));
            stream.send(&frame.encode()).await?;
        }
        for index in &want.chunks {
            if manifest.length(*index).is_none() {
                return Err(Trouble::OutOfPlace);
            }
            let bytes = slowly(|| self.shelf.chunk(place, manifest, *index, digest))?;
            let frame = BulkFrame::Chunk { index: *index, bytes: ByteBuf::from(bytes) };
            stream.send(&frame.encode()).await?;
        }
        Ok(())
    }
}
