//! A copy in the long-term archive, as it is stored; and that every byte of it is watched over.

use dossier::{Hash, account::Paper, grant::Officer};
use protocol::archive::{ArchiveEntry, ArchiveFault, Archived, NOTHING_ARCHIVED};
use protocol::codec;
use tests::golden::{bytes_of, compare, hex_lines};

use super::fixtures::{self, Key};

/// The same dossier archived so often, one behind the other.
fn archive(copies: u64) -> Vec<Archived> {
    let (opened, _, _) = fixtures::dossier();
    let key = Key::new("node");
    let (mut archived, mut previous) = (Vec::new(), Hash::ZERO);
    for number in 1..=copies {
        let entry = ArchiveEntry {
            number,
            previous,
            dossier: fixtures::dossier_id(),
            unit: fixtures::unit(),
            at: fixtures::at(0),
            document: Paper {
                number: "12/QĐ-SNV".to_owned(),
                signed_on: "2026-03-05".parse().expect("a day"),
            },
            by: Officer { full_name: "Bùi Thị Lan".to_owned(), login: None },
            changes: opened.holding.changes,
            digest: opened.document.digest(),
            content: Hash::ZERO,
        };
        let one = Archived::issue(entry, opened.compact().encode(), &key);
        previous = one.hash();
        archived.push(one);
    }
    archived
}

fn judge(rows: &[Vec<u8>]) -> Result<u64, ArchiveFault> {
    let key = Key::new("node");
    let mut end = NOTHING_ARCHIVED;
    for row in rows {
        (end, _) = Archived::judge(row, end, &key.public(), &key)?;
    }
    Ok(end.0)
}

#[test]
fn an_archived_copy_has_its_bytes() {
    let row = codec::encode(&archive(1)[0]);
    compare("archived-v1.hex", &hex_lines(&row));
    assert_eq!(bytes_of(&hex_lines(&row)), row);
    assert_eq!(judge(&[row]), Ok(1));
}

// a byte that was changed, an entry that is missing or exchanged, are found by the check.
#[test]
fn every_byte_of_an_archived_copy_is_watched_over() {
    let rows: Vec<Vec<u8>> = archive(3).iter().map(codec::encode).collect();
    assert_eq!(judge(&rows), Ok(3));
    for place in 0..rows[0].len() {
        let mut bent = rows[0].clone();
        bent[place] ^= 1;
        assert!(judge(&[bent]).is_err(), "byte {place}");
    }
    let missing = [rows[0].clone(), rows[2].clone()];
    assert_eq!(judge(&missing), Err(ArchiveFault::OutOfLine));
    let exchanged = [rows[1].clone(), rows[0].clone()];
    assert_eq!(judge(&exchanged), Err(ArchiveFault::OutOfLine));
    let stranger = Key::new("stranger");
    let other = Archived::judge(&rows[0], NOTHING_ARCHIVED, &stranger.public(), &stranger);
    assert_eq!(other.map(|(end, _)| end), Err(ArchiveFault::Signature));
    let mut longer = rows[0].clone();
    longer.push(0);
    assert!(judge(&[longer]).is_err());
}
