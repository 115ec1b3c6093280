//! Files from a school to the province and back.

use std::path::PathBuf;
use std::time::Duration;

use config::Profile;
use dossier::attachment::{Attachment, Description, Kind, Secrecy};
use dossier::{DossierId, Hash, RowId};
use node::control::{AttachmentAnswer, AttachmentOrder, Client, NewAttachment, Request, Response};
use node::home::Home;
use node::seal::Means;
use protocol::{
    Answer, Command,
    attachment::{CHUNK_BYTES, ContentPlace},
    core::{AttachmentShown, Refused},
};
use serde_bytes::ByteBuf;
use tokio::time::Instant;

use crate::stage::{DEPARTMENT, SCHOOL, Stage, Up, call, meta, until};

/// A scan of about so many bytes; the seed tells one from another.
pub(crate) fn scan(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut noise = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let mut file = b"%PDF-1.7\n1 0 obj\n<</Type /Page /Length 9>>\nstream\n".to_vec();
    file.extend(std::iter::repeat_with(&mut noise).take(bytes));
    file.extend(b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n");
    file
}

fn description(title: &str, secrecy: Secrecy) -> Description {
    Description {
        kind: Kind::Degree,
        number: "12/QĐ".to_owned(),
        issued_on: None,
        issuer: "Trường".to_owned(),
        title: title.to_owned(),
        links: std::collections::BTreeSet::new(),
        secrecy,
    }
}

/// Asks about files, over one connection.
pub(crate) struct Desk(Client);

impl Desk {
    fn order(&mut self, order: AttachmentOrder) -> Result<AttachmentAnswer, Refused> {
        match self.0.call(&Request::Attachment(order)).expect("answers") {
            Response::Attachment(answer) => Ok(answer),
            Response::Refused(refused) => Err(refused),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn add(
        &mut self,
        dossier: DossierId,
        bytes: &[u8],
        secrecy: Secrecy,
    ) -> Result<RowId, Refused> {
        let begun = self.order(AttachmentOrder::Begin { size: bytes.len() as u64 })?;
        let AttachmentAnswer::Begun { file } = begun else { panic!("{begun:?}") };
        for piece in bytes.chunks(CHUNK_BYTES) {
            let bytes = ByteBuf::from(piece.to_vec());
            self.order(AttachmentOrder::Piece { file, bytes })?;
        }
        let description = description("Bằng tốt nghiệp", secrecy);
        let (name, meta) = ("../bằng\u{202e}.exe".to_owned(), meta());
        let new = Box::new(NewAttachment { dossier, name, description, meta });
        match self.order(AttachmentOrder::Attach { file, new })? {
            AttachmentAnswer::Attached { row, name, .. } => {
                assert_eq!(name, "bằng.exe.pdf");
                Ok(row)
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn read(
        &mut self,
        dossier: DossierId,
        row: RowId,
        wait: u32,
    ) -> Result<Vec<u8>, Refused> {
        let opened = self.order(AttachmentOrder::Open { dossier, row, wait })?;
        let AttachmentAnswer::Opened { reading, chunks, .. } = opened else { panic!("{opened:?}") };
        let mut bytes = Vec::new();
        for index in 0..chunks {
            match self.order(AttachmentOrder::Chunk { reading, index })? {
                AttachmentAnswer::Chunk(chunk) => bytes.extend(chunk.iter()),
                other => panic!("{other:?}"),
            }
        }
        Ok(bytes)
    }
}

pub(crate) async fn at<T: Send + 'static>(
    stage: &Stage,
    name: &str,
    work: impl FnOnce(&mut Desk) -> T + Send + 'static,
) -> T {
    let data_dir = stage.at(name);
    let worked = move || work(&mut Desk(Client::connect(&data_dir).expect("listens")));
    tokio::task::spawn_blocking(worked).await.expect("joins")
}

pub(crate) async fn listed(stage: &Stage, name: &str, dossier: DossierId) -> Vec<AttachmentShown> {
    match stage.ask(name, Command::Attachments(dossier)).await {
        Answer::Attachments(shown) => shown.attachments,
        Answer::Refused(_) => Vec::new(),
        other => panic!("{other:?}"),
    }
}

/// A row like that of the file that is there, whose bytes nobody handed in.
async fn claimed(stage: &Stage, dossier: DossierId) -> Attachment {
    let mut attachment = listed(stage, "truong", dossier).await.remove(0).attachment;
    attachment.content.id = Hash::of(b"no such file");
    attachment
}

pub(crate) struct Province {
    pub(crate) top: Up,
    pub(crate) middle: Up,
    bottom: Up,
}

pub(crate) async fn province(stage: &Stage) -> (Province, DossierId) {
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    let bottom = stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(1).await;
    let dossier = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;
    (Province { top, middle, bottom }, dossier)
}

pub(crate) async fn end(stage: &Stage, Province { top, middle, bottom }: Province) {
    for (name, node) in [("truong", bottom), ("so", middle), ("p", top)] {
        stage.stop(name, node).await;
    }
}

/// The one file on the shelf of a node.
pub(crate) fn shelved(stage: &Stage, name: &str) -> Option<PathBuf> {
    let groups = std::fs::read_dir(stage.at(name).join("attachments")).ok()?;
    let files =
        groups.flatten().flat_map(|group| std::fs::read_dir(group.path()).into_iter().flatten());
    files.flatten().map(|file| file.path()).next()
}

/// Bytes a node has sent and received.
async fn traffic(stage: &Stage, name: &str) -> (u64, u64) {
    match call(&stage.at(name), Request::Traffic).await {
        Response::Traffic { sent_bytes, received_bytes, .. } => (sent_bytes, received_bytes),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_climbs_to_the_province_and_every_level_says_so() {
    let stage = Stage::found();
    let (nodes, dossier) = province(&stage).await;
    let bytes = scan(3 * CHUNK_BYTES / 2, 1);
    let (file, again) = (bytes.clone(), bytes.clone());
    let row = at(&stage, "truong", move |desk| desk.add(dossier, &file, Secrecy::Open)).await;
    let row = row.expect("attached");
    let known = at(&stage, "truong", move |desk| desk.add(dossier, &again, Secrecy::Open)).await;
    assert_eq!(known.expect_err("the same file").detail, "known");

    until("the content is acknowledged by tier 3", async || {
        let list = listed(&stage, "truong", dossier).await;
        list.first().is_some_and(|one| one.held_above == [true, true])
    })
    .await;
    let contents = stage.status("truong").await.contents;
    assert_eq!((contents.here, contents.owed, contents.missing), (1, [0, 0], 0));
    for name in ["so", "p"] {
        let list = listed(&stage, name, dossier).await;
        assert!(list.len() == 1 && list[0].here, "{name}: {list:?}");
        let read = at(&stage, name, move |desk| desk.read(dossier, row, 0)).await;
        assert!(read.expect("read") == bytes, "{name} reads what was attached");
    }

    let secret = scan(100, 2);
    let refused =
        at(&stage, "truong", move |desk| desk.add(dossier, &secret, Secrecy::Confidential));
    assert_eq!(refused.await.expect_err("marked").detail, "secret");
    let program = b"MZ\x90\0\x03\0\0\0".repeat(9);
    let refused = at(&stage, "truong", move |desk| desk.add(dossier, &program, Secrecy::Open));
    assert_eq!(refused.await.expect_err("a program").code, "unfit-file");
    let attachment = Box::new(claimed(&stage, dossier).await);
    let raw = RowId::from_bytes([9; 16]);
    let command = Command::Attach { dossier, row: raw, attachment, meta: meta() };
    match call(&stage.at("truong"), Request::Core(command)).await {
        Response::Refused(refused) => assert_eq!(refused.code, "request"),
        other => panic!("a file without bytes: {other:?}"),
    }
    assert_eq!(listed(&stage, "truong", dossier).await.len(), 1);
    assert_eq!(stage.status("truong").await.contents.here, 1, "nothing of them stays");

    let reason = "quét nhầm".to_owned();
    let command = Command::Detach { dossier, row, reason, meta: meta() };
    assert!(matches!(stage.ask("truong", command).await, Answer::Edited { .. }));
    until("the removal climbs too", async || {
        let list = listed(&stage, "p", dossier).await;
        list.first().is_some_and(|one| one.attachment.removed.as_deref() == Some("quét nhầm"))
    })
    .await;
    let read = at(&stage, "p", move |desk| desk.read(dossier, row, 0)).await;
    assert!(read.expect("the content stays") == bytes);
    end(&stage, nodes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_costs_what_was_under_way_and_what_is_damaged_is_fetched_again() {
    let stage = Stage::found();
    let (mut nodes, dossier) = province(&stage).await;
    let bytes = scan(40 * 1024 * 1024, 3);
    let file = bytes.clone();
    let row = at(&stage, "truong", move |desk| desk.add(dossier, &file, Secrecy::Open)).await;
    let row = row.expect("attached");
    until("a part of the file is at the department", async || {
        let length = shelved(&stage, "so").and_then(|path| path.metadata().ok());
        length.is_some_and(|found| found.len() > 4 * 1024 * 1024)
    })
    .await;
    stage.stop("so", nodes.middle).await;
    nodes.middle = stage.start_below("so", Profile::Department, &nodes.top).await;
    // The school calls the address its settings name, which is another one.
    stage.stop("truong", nodes.bottom).await;
    nodes.bottom = stage.start_below("truong", Profile::Unit, &nodes.middle).await;
    until("the whole file is acknowledged", async || {
        let list = listed(&stage, "truong", dossier).await;
        list.first().is_some_and(|one| one.held_above[0])
    })
    .await;
    let second = traffic(&stage, "truong").await.0;
    let most = bytes.len() as u64 - 3 * 1024 * 1024;
    assert!(second < most, "{second} bytes went after the cut, what was there is not sent again");

    until("the province has it", async || {
        listed(&stage, "p", dossier).await.first().is_some_and(|one| one.here)
    })
    .await;
    let path = shelved(&stage, "so").expect("a file");
    let mut damaged = std::fs::read(&path).expect("read");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 4;
    std::fs::write(&path, damaged).expect("written");
    let read = at(&stage, "so", move |desk| desk.read(dossier, row, 0)).await;
    assert_eq!(read.expect_err("damaged").code, "attachment-absent");
    let read = at(&stage, "so", move |desk| desk.read(dossier, row, 30)).await;
    assert!(read.expect("fetched again") == bytes);

    // Half of it is gone: the other half is not fetched again.
    stage.stop("so", nodes.middle).await;
    let path = shelved(&stage, "so").expect("a file");
    let half = std::fs::OpenOptions::new().write(true).open(&path).expect("opens");
    half.set_len(path.metadata().expect("a length").len() / 2).expect("cut");
    nodes.middle = stage.start_below("so", Profile::Department, &nodes.top).await;
    let read = at(&stage, "so", move |desk| desk.read(dossier, row, 0)).await;
    assert_eq!(read.expect_err("cut").code, "attachment-absent");
    let read = at(&stage, "so", move |desk| desk.read(dossier, row, 30)).await;
    assert!(read.expect("the rest was fetched") == bytes);
    let received = traffic(&stage, "so").await.1;
    let most = bytes.len() as u64 * 6 / 10;
    assert!(received < most, "{received} bytes came for half of {}", bytes.len());

    stage.stop("truong", nodes.bottom).await;
    nodes.bottom = stage.start_below("truong", Profile::Unit, &nodes.middle).await;
    std::fs::remove_file(shelved(&stage, "truong").expect("a file")).expect("removed");
    let read = at(&stage, "truong", move |desk| desk.read(dossier, row, 30)).await;
    assert!(read.expect("fetched from above") == bytes);
    end(&stage, nodes).await;
}

/// Where a node keeps a content.
fn path_of(stage: &Stage, name: &str, dossier: DossierId, content: Hash) -> PathBuf {
    let directory = stage.at(name);
    let home = Home::open(&stage.environment(), &directory, &Means::beside(&directory));
    let place = ContentPlace { dossier, content };
    let vault = home.expect("opens").vault().map(std::sync::Arc::clone).expect("open");
    let file = vault.name("content", &[&place.key()]).to_string();
    directory.join("attachments").join(&file[..2]).join(&file[2..])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_taken_keeps_no_other_from_climbing() {
    let stage = Stage::found();
    let (mut nodes, dossier) = province(&stage).await;
    until("the dossier is known above", async || {
        let totals = stage.status("truong").await.totals;
        totals.own_tier2 == totals.own
    })
    .await;
    stage.stop("so", nodes.middle).await;
    for seed in [1, 2] {
        let bytes = scan(100, seed);
        let row = at(&stage, "truong", move |desk| desk.add(dossier, &bytes, Secrecy::Open)).await;
        row.expect("attached");
    }
    let contents = async |held: bool| {
        let list = listed(&stage, "truong", dossier).await.into_iter();
        let some = list.filter(|one| one.held_above[0] == held);
        let mut ids: Vec<Hash> = some.map(|one| one.attachment.content.id).collect();
        ids.sort_unstable();
        ids
    };
    // The first in the order of errands meets a directory where its file would lie.
    let both = contents(false).await;
    let blocked = path_of(&stage, "so", dossier, both[0]);
    std::fs::create_dir_all(&blocked).expect("made");
    nodes.middle = stage.start_below("so", Profile::Department, &nodes.top).await;
    stage.stop("truong", nodes.bottom).await;
    nodes.bottom = stage.start_below("truong", Profile::Unit, &nodes.middle).await;
    until("the second is held above", async || contents(true).await == both[1..]).await;
    std::fs::remove_dir(&blocked).expect("removed");
    until("so is the first", async || contents(true).await == both).await;
    end(&stage, nodes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_under_way_delays_no_change() {
    let stage = Stage::found();
    let (nodes, dossier) = province(&stage).await;
    let acknowledged = async |number: usize| {
        let begun = Instant::now();
        let own = stage.status("truong").await.totals.own;
        stage.enter("truong", SCHOOL, &format!("Người thứ {number}")).await;
        while stage.status("truong").await.totals.own_tier2 <= own {
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert!(begun.elapsed() < Duration::from_secs(20), "no acknowledgement");
        }
        begun.elapsed()
    };
    let fastest = async |from: usize| {
        let mut times = Vec::new();
        for number in from..from + 5 {
            times.push(acknowledged(number).await);
        }
        times.sort_unstable();
        times[2]
    };
    until("all is acknowledged", async || {
        let totals = stage.status("truong").await.totals;
        totals.own_tier2 == totals.own
    })
    .await;
    let idle = fastest(100).await;
    for seed in [5, 6] {
        let bytes = scan(45 * 1024 * 1024, seed);
        let row = at(&stage, "truong", move |desk| desk.add(dossier, &bytes, Secrecy::Open)).await;
        row.expect("attached");
    }
    until("the file is under way", async || shelved(&stage, "so").is_some()).await;
    let busy = fastest(200).await;
    let list = listed(&stage, "truong", dossier).await;
    assert!(list.iter().any(|one| !one.held_above[0]), "all was over before the last edit");
    // On two shared cores the sealing of chunks costs time of its own.
    let bound = idle * 2 + Duration::from_millis(400);
    assert!(busy <= bound, "idle {idle:?}, with a file under way {busy:?}");
    end(&stage, nodes).await;
}
