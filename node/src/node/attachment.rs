//! Files of attachments between the control socket, the counter and the engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dossier::{DossierId, RowId, attachment::Attachment};
use protocol::{
    Answer, Command, Core, Records as _, Table,
    archive::ArchiveFault,
    attachment::ContentPlace,
    core::{AttachmentShown, Refused},
};
use serde_bytes::ByteBuf;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::desk::Desk;
use super::{OpenError, ServeError};
use crate::{
    account::Token,
    attachment::{shelf::Shelf, slowly},
    audit::Caller,
    control::{
        ArchiveAnswer, ArchivedFile, AttachmentAnswer, AttachmentOrder, NewAttachment, Request,
        Response,
    },
    engine::{ContentAsk, ContentReply, Input},
    environment::Environment,
    home::{Home, HomeError},
    store::{Store, StoreOptions},
};

/// Between two looks for a content that is on its way.
const PAUSE: Duration = Duration::from_millis(300);

/// The code of a refusal whose detail names the content that is not here.
const ABSENT: &str = "attachment-absent";

/// The code of a refusal when the node stops before it answers.
const STOPPING: &str = "stopping";

/// Opens the shelf of a home and sweeps away what no row of the store names.
pub(super) fn shelf(
    environment: &Environment,
    home: &Home,
    options: &StoreOptions,
    core: &Core,
    store: &Store,
) -> Result<Shelf, ServeError> {
    // What is under way in the store is finished from the room that files leave.
    let reserve = options.reserve_bytes.saturating_mul(2);
    let vault = Arc::clone(home.vault().map_err(HomeError::from)?);
    let shelf = Shelf::at(Arc::clone(&environment.disk), vault, &home.attachments(), reserve);
    let rows = store.scan(Table::Content, &[], None, usize::MAX).map_err(OpenError::from)?;
    let places: BTreeSet<ContentPlace> =
        rows.iter().filter_map(|(key, _)| ContentPlace::from_key(key)).collect();
    match shelf.keep_only(&places) {
        Ok(0) => {}
        Ok(swept) => tracing::info!(unit = %core.identity().unit, swept, "contents without a row"),
        Err(error) => tracing::warn!(%error, "contents without a row stay"),
    }
    Ok(shelf)
}

impl Desk {
    /// Answers an order about the file of an attachment.
    pub(super) async fn attend(
        &self,
        caller: Caller,
        session: Option<Token>,
        order: AttachmentOrder,
    ) -> Response {
        let done = match order {
            AttachmentOrder::Begin { size } => {
                self.counter.begin(size).map(|file| AttachmentAnswer::Begun { file })
            }
            AttachmentOrder::Piece { file, bytes } => {
                self.counter.piece(file, &bytes).map(|()| AttachmentAnswer::Taken)
            }
            AttachmentOrder::Attach { file, new } => self.add(&caller, session, file, *new).await,
            AttachmentOrder::Open { dossier, row, wait } => {
                self.begin_reading(&caller, session, (dossier, row), wait).await
            }
            AttachmentOrder::Chunk { reading, index } => self.chunk(reading, index).await,
        };
        done.map_or_else(Response::Refused, Response::Attachment)
    }

    /// Asks the core as the caller would.
    async fn command(
        &self,
        caller: &Caller,
        session: Option<Token>,
        command: Command,
    ) -> Result<Answer, Refused> {
        match Box::pin(self.pass_on(caller.clone(), session, Request::Core(command))).await {
            Response::Core(Answer::Refused(refusal)) | Response::Refused(refusal) => Err(refusal),
            Response::Core(answer) => Ok(answer),
            _ => Err(Refused { code: STOPPING.to_owned(), detail: "the node stops".to_owned() }),
        }
    }

    async fn add(
        &self,
        caller: &Caller,
        session: Option<Token>,
        file: u64,
        new: NewAttachment,
    ) -> Result<AttachmentAnswer, Refused> {
        let listed = self.command(caller, session, Command::Attachments(new.dossier)).await?;
        let Answer::Attachments(listed) = listed else {
            return Err(Refused {
                code: "request".to_owned(),
                detail: "another answer".to_owned(),
            });
        };
        let present: Vec<Attachment> =
            listed.attachments.into_iter().map(|shown| shown.attachment).collect();
        let ready = slowly(|| self.counter.shelve(file, &new, &present))?;
        let row = RowId::from_bytes(self.counter.draw_row());
        let attachment = Box::new(ready.attachment.clone());
        let NewAttachment { dossier, meta, .. } = new;
        let command = Command::Attach { dossier, row, attachment, meta };
        match self.command(caller, session, command).await {
            Ok(Answer::Edited { change, .. }) => {
                let content = ready.attachment.content;
                Ok(AttachmentAnswer::Attached {
                    row,
                    change,
                    media: content.media,
                    name: content.name,
                    content: content.id,
                })
            }
            Ok(_) => {
                Err(Refused { code: "request".to_owned(), detail: "another answer".to_owned() })
            }
            Err(refusal) => {
                // A file that was known mended its content, which stays. What a node did that
                // stopped is not known.
                let known = refusal.code == "attachment" && refusal.detail == "known";
                if !known && refusal.code != STOPPING {
                    self.counter.unshelve(ready);
                }
                Err(refusal)
            }
        }
    }

    /// Begins a reading; what is not here is waited for.
    async fn begin_reading(
        &self,
        caller: &Caller,
        session: Option<Token>,
        (dossier, row): (DossierId, RowId),
        wait: u32,
    ) -> Result<AttachmentAnswer, Refused> {
        let seconds = u64::from(wait.min(AttachmentOrder::WAIT_MAX));
        let until = Instant::now() + Duration::from_secs(seconds);
        loop {
            let command = Command::ReadAttachment { dossier, row };
            let refusal = match self.command(caller, session, command).await {
                Ok(Answer::Attachment(shown)) => match self.open(dossier, shown).await {
                    Err(refusal) => refusal,
                    opened => return opened,
                },
                Ok(_) => return Err(another()),
                Err(refusal) => refusal,
            };
            let content = refusal.detail.parse().ok().filter(|_| refusal.code == ABSENT);
            let Some(content) = content else { return Err(refusal) };
            let place = ContentPlace { dossier, content };
            if !self.comes(place, until).await {
                return Err(refusal);
            }
        }
    }

    /// Whether a content comes before a moment.
    async fn comes(&self, place: ContentPlace, until: Instant) -> bool {
        while Instant::now() < until {
            sleep(PAUSE).await;
            let (reply, told) = oneshot::channel();
            let asked = Input::Content(ContentAsk::IsHere(place), reply);
            if self.inputs.send(asked).await.is_err() {
                return false;
            }
            if let Ok(ContentReply::Noted(true)) = told.await {
                return true;
            }
        }
        false
    }

    async fn open(
        &self,
        dossier: DossierId,
        shown: Box<AttachmentShown>,
    ) -> Result<AttachmentAnswer, Refused> {
        match slowly(|| self.counter.open(dossier, &shown)) {
            Ok((reading, chunks)) => Ok(AttachmentAnswer::Opened { reading, shown, chunks }),
            Err(refusal) if refusal.code == ABSENT => {
                let content = shown.attachment.content.id;
                self.lose(ContentPlace { dossier, content }).await;
                Err(Refused { detail: content.to_string(), ..refusal })
            }
            Err(refusal) => Err(refusal),
        }
    }

    async fn chunk(&self, reading: u64, index: u32) -> Result<AttachmentAnswer, Refused> {
        match slowly(|| self.counter.chunk(reading, index)) {
            Ok(bytes) => Ok(AttachmentAnswer::Chunk(ByteBuf::from(bytes))),
            Err((refusal, lost)) => {
                if let Some(place) = lost {
                    self.lose(place).await;
                }
                Err(refusal)
            }
        }
    }

    /// Reads the files of archived copies that were checked; what is missing is looked for.
    pub(super) async fn look_at_files(&self, mut response: Response) -> Response {
        let Response::Archive(ArchiveAnswer::List(page)) = &mut response else { return response };
        for ArchivedFile { number, dossier, content } in std::mem::take(&mut page.files) {
            if !slowly(|| self.counter.is_whole(dossier, &content)) {
                page.faults.push((number, ArchiveFault::File));
                self.lose(ContentPlace { dossier, content: content.id }).await;
            }
        }
        response
    }

    /// Tells the engine that a content is damaged, so that it is looked for.
    async fn lose(&self, place: ContentPlace) {
        tracing::warn!(dossier = %place.dossier, "a content is damaged and looked for");
        let (reply, told) = oneshot::channel();
        if self.inputs.send(Input::Content(ContentAsk::Lost(place), reply)).await.is_ok() {
            // An engine that has ended looks for nothing.
            let _ = told.await;
        }
    }
}

fn another() -> Refused {
    Refused { code: "request".to_owned(), detail: "another answer".to_owned() }
}
