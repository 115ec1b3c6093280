use std::collections::BTreeSet;
use std::path::Path;

use dossier::attachment::{Description, Kind, Secrecy};
use dossier::{LegalBasis, PartialDate, Review, Role, RowId};
use protocol::envelope::Meta;

use super::*;
use crate::environment::{MemoryDisk, SeededEntropy};
use crate::seal::Vault;

const FILE: &[u8] = b"%PDF-1.7\n1 0 obj\n<</Type /Page>>\nendobj\nstartxref\n9\n%%EOF\n";
const OTHER: &[u8] = b"%PDF-1.4\n1 0 obj\n<</Type /Page>>\nendobj\nstartxref\n9\n%%EOF\n";

fn counter() -> (Counter, Holds) {
    let disk = Arc::new(MemoryDisk::new());
    let shelf = Shelf::at(disk, Vault::in_memory(1), Path::new("attachments"), 0);
    let (holds, entropy) = (Holds::default(), Arc::new(SeededEntropy::new(1)));
    (Counter::new(shelf, holds.clone(), entropy, false), holds)
}

fn new() -> NewAttachment {
    NewAttachment {
        dossier: DossierId::from_bytes([1; 16]),
        name: "bang.pdf".to_owned(),
        description: Description {
            kind: Kind::Degree,
            number: String::new(),
            issued_on: None,
            issuer: String::new(),
            title: "Bằng".to_owned(),
            links: BTreeSet::new(),
            secrecy: Secrecy::Open,
        },
        meta: Meta {
            person: "Hà Văn Tú".to_owned(),
            role: Role::Clerk,
            basis: LegalBasis::Declaration {
                signed_on: PartialDate::day(2026, 1, 5).expect("a day"),
            },
            review: Review::NotRequired,
        },
    }
}

/// Hands a file in and shelves it, beside what the dossier has.
fn shelve(counter: &Counter, bytes: &[u8], present: &[Attachment]) -> Result<Ready, Refused> {
    let number = counter.begin(bytes.len() as u64).expect("begun");
    counter.piece(number, bytes).expect("taken");
    counter.shelve(number, &new(), present)
}

fn is_whole(counter: &Counter, attachment: &Attachment) -> bool {
    let Content { id, key, size, .. } = attachment.content;
    let place = ContentPlace { dossier: new().dossier, content: id };
    counter.shelf.survey(&place, size, &ContentDigest::new(&key)).is_some()
}

#[test]
fn one_order_at_a_time_holds_a_content_and_only_its_own_bytes_are_taken_back() {
    let (counter, holds) = counter();
    let present = [shelve(&counter, OTHER, &[]).expect("the first file").attachment];
    let first = shelve(&counter, FILE, &present).expect("shelved");
    let busy = shelve(&counter, FILE, &present).expect_err("held by the first");
    assert_eq!(busy.code, "attachment-busy");
    let attachment = first.attachment.clone();
    let place = ContentPlace { dossier: new().dossier, content: attachment.content.id };
    assert!(holds.hold(place).is_none(), "the courier does not write it either");
    counter.unshelve(first);
    assert!(!is_whole(&counter, &attachment), "the first was refused");

    let second = shelve(&counter, FILE, &present).expect("shelved again");
    // It is attached; the word that it is held goes out.
    drop(second);
    let third = shelve(&counter, FILE, &present).expect("it is here");
    counter.unshelve(third);
    assert!(is_whole(&counter, &attachment), "what another order attached stays");
    let _courier = holds.hold(place).expect("free again");
    assert_eq!(shelve(&counter, FILE, &present).expect_err("held").code, "attachment-busy");
}

#[test]
fn a_chunk_that_no_content_has_is_refused_and_nothing_counts_as_lost() {
    let (counter, _) = counter();
    let ready = shelve(&counter, FILE, &[]).expect("shelved");
    let attachment = ready.attachment.clone();
    drop(ready);
    let shown = AttachmentShown {
        row: RowId::from_bytes([1; 16]),
        attachment,
        provenance: None,
        here: true,
        held_above: [false; 2],
    };
    let (reading, chunks) = counter.open(new().dossier, &shown).expect("begun");
    assert_eq!(chunks, 1);
    for index in [1, u32::MAX] {
        let (refused, lost) = counter.chunk(reading, index).expect_err("no such chunk");
        assert_eq!((refused.code.as_str(), lost), ("request", None), "{index}");
    }
    assert_eq!(counter.chunk(reading, 0).expect("the chunk"), FILE);
    assert!(counter.chunk(reading, 0).is_err(), "the last chunk ends the reading");
}
