//! The long-term archive of tier 3: whole with its files, and whatever is not as it was is told.

use config::Profile;
use dossier::DossierId;
use dossier::attachment::Secrecy;
use node::audit::Claim;
use node::control::{ArchiveAnswer, ArchiveOrder, ArchivePage, Request, Response};
use protocol::archive::ArchiveFault;

use crate::attachments::{at, end, listed, province, scan, shelved};
use crate::persons::{ask, paper};
use crate::stage::{Stage, until};

async fn order(stage: &Stage, order: ArchiveOrder) -> Result<ArchiveAnswer, String> {
    let claim = Claim { person: "Bùi Thị Lan".to_owned(), ..Claim::default() };
    match ask(stage, "p", None, &claim, Request::Archive(order)).await {
        Response::Archive(answer) => Ok(answer),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

async fn take(stage: &Stage, dossier: DossierId) -> Result<u64, String> {
    let document = paper("12/QĐ-SNV");
    match order(stage, ArchiveOrder::Take { dossier, document }).await? {
        ArchiveAnswer::Taken(entry) => Ok(entry.number),
        other => panic!("{other:?}"),
    }
}

async fn check(stage: &Stage, after: u64) -> ArchivePage {
    match order(stage, ArchiveOrder::Check { after }).await {
        Ok(ArchiveAnswer::List(page)) => page,
        other => panic!("{other:?}"),
    }
}

// an archived copy is whole with its files; the check reads them, and what is damaged is told and
// fetched again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archived_copy_keeps_its_files() {
    let stage = Stage::found();
    let (mut nodes, dossier) = province(&stage).await;
    let file = scan(100_000, 5);
    let added = at(&stage, "truong", move |desk| desk.add(dossier, &file, Secrecy::Open)).await;
    added.expect("attached");
    until("the dossier and its file are at the province", async || {
        listed(&stage, "p", dossier).await.first().is_some_and(|one| one.here)
    })
    .await;
    for number in 1..=10 {
        assert_eq!(take(&stage, dossier).await, Ok(number));
    }
    let (first, second) = (check(&stage, 0).await, check(&stage, 8).await);
    let numbers = |page: &ArchivePage| page.entries.iter().map(|it| it.number).collect::<Vec<_>>();
    assert_eq!((numbers(&first), first.next), ((1..=8).collect(), Some(8)));
    assert_eq!((numbers(&second), second.next), (vec![9, 10], None));
    assert!(first.faults.is_empty() && second.faults.is_empty(), "{first:?} {second:?}");
    let listed = order(&stage, ArchiveOrder::List { after: 0 }).await;
    let Ok(ArchiveAnswer::List(listed)) = listed else { panic!("{listed:?}") };
    assert_eq!((listed.entries.len(), listed.next), (10, None));

    // Nobody is there to fetch it from.
    stage.stop("so", nodes.middle).await;
    let path = shelved(&stage, "p").expect("a file");
    let mut damaged = std::fs::read(&path).expect("read");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 4;
    std::fs::write(&path, damaged).expect("written");
    assert_eq!(check(&stage, 8).await.faults, [(9, ArchiveFault::File), (10, ArchiveFault::File)]);
    assert_eq!(take(&stage, dossier).await, Err("archive-files".to_owned()));
    nodes.middle = stage.start_below("so", Profile::Department, &nodes.top).await;
    until("the file was fetched again", async || check(&stage, 8).await.faults.is_empty()).await;
    end(&stage, nodes).await;
}
