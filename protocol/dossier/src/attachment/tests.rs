use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::Value;

fn attachment(content: u8, size: u64) -> Attachment {
    let row = RowId::from_bytes([3; 16]);
    Attachment {
        description: Description {
            kind: Kind::Degree,
            number: "45/QĐ-UBND".to_owned(),
            issued_on: Some("2015-06".parse().expect("date")),
            issuer: "Trường Đại học Tây Bắc".to_owned(),
            title: "Bằng tốt nghiệp đại học".to_owned(),
            links: BTreeSet::from([
                Link::Field("education.degree".parse().expect("field")),
                Link::Row { table: "education".to_owned(), row },
            ]),
            secrecy: Secrecy::Open,
        },
        content: Content {
            name: "bằng đại học.pdf".to_owned(),
            media: MediaType::Pdf,
            size,
            id: Hash::from_bytes([content; 32]),
            key: ContentKey::from_bytes([7; 32]),
        },
        removed: None,
    }
}

#[test]
fn a_row_is_read_back_and_nothing_else_is() {
    let mut whole = attachment(1, 10);
    assert_eq!(Attachment::read(&whole.cells()), Ok(whole.clone()));
    whole.removed = Some("quét nhầm".to_owned());
    whole.description.number.clear();
    whole.description.issued_on = None;
    whole.description.links.clear();
    assert_eq!(Attachment::read(&whole.cells()), Ok(whole.clone()));
    for needed in ["kind", "title", "secrecy", "name", "media", "size", "content", "key"] {
        let mut cells = whole.cells();
        cells.remove(needed);
        assert_eq!(Attachment::read(&cells), Err(AttachmentFault::Cell), "without {needed}");
        cells.insert(needed.to_owned(), Value::Flag(true));
        assert_eq!(Attachment::read(&cells), Err(AttachmentFault::Cell), "a flag as {needed}");
    }
    let hostile = [
        ("media", Value::Text("text/html".to_owned()), AttachmentFault::Cell),
        ("size", Value::Integer(-1), AttachmentFault::Cell),
        ("size", Value::Integer(i64::MAX), AttachmentFault::FileTooLarge),
        ("name", Value::Text("../../etc/passwd.pdf".to_owned()), AttachmentFault::Words),
        ("name", Value::Text("a\u{202e}fdp.pdf".to_owned()), AttachmentFault::Words),
        ("title", Value::Text("\u{2066}x".to_owned()), AttachmentFault::Words),
        ("links", Value::Text("a b/".to_owned()), AttachmentFault::Cell),
        ("content", Value::Text("12".to_owned()), AttachmentFault::Cell),
    ];
    for (column, value, fault) in hostile {
        let mut cells = whole.cells();
        cells.insert(column.to_owned(), value);
        assert_eq!(Attachment::read(&cells), Err(fault), "{column}");
    }
}

#[test]
fn limits_are_exact() {
    for (size, fits) in [
        (0, Err(AttachmentFault::Empty)),
        (1, Ok(())),
        (FILE_BYTES_MAX, Ok(())),
        (FILE_BYTES_MAX + 1, Err(AttachmentFault::FileTooLarge)),
        (FILE_BYTES_MAX * 1000, Err(AttachmentFault::FileTooLarge)),
    ] {
        assert_eq!(attachment(1, size).check(), fits, "{size}");
    }
    let many = |count: usize| -> Vec<Attachment> {
        let content = |at: usize| Hash::tagged("test", &[&at.to_be_bytes()]);
        let made = |at| {
            let mut one = attachment(1, 10);
            one.content.id = content(at);
            one
        };
        (0..count).map(made).collect()
    };
    let new = attachment(250, 10);
    assert_eq!(new.admit(&many(PER_DOSSIER_MAX - 1), false), Ok(()));
    assert_eq!(new.admit(&many(PER_DOSSIER_MAX), false), Err(AttachmentFault::TooMany));
    let mut present = many(PER_DOSSIER_MAX);
    present[0].removed = Some("thừa".to_owned());
    assert_eq!(new.admit(&present, false), Ok(()), "a removed one leaves its place");

    let large: Vec<Attachment> = (0..20).map(|at| attachment(at, FILE_BYTES_MAX)).collect();
    let room = DOSSIER_BYTES_MAX - 20 * FILE_BYTES_MAX;
    assert_eq!(attachment(99, room).admit(&large, false), Ok(()));
    let refused = attachment(99, room + 1).admit(&large, false);
    assert_eq!(refused, Err(AttachmentFault::DossierTooLarge));
    assert_eq!(attachment(3, 5).admit(&large, false), Err(AttachmentFault::Known));
}

// marked files need an installation that is fit.
#[test]
fn marks_of_secrecy_need_a_fit_installation() {
    for mark in Secrecy::ALL {
        let mut marked = attachment(1, 10);
        marked.description.secrecy = mark;
        let refused = mark != Secrecy::Open;
        assert_eq!(marked.admit(&[], false).is_err(), refused, "{mark:?}");
        assert_eq!(marked.admit(&[], true), Ok(()), "{mark:?}");
    }
}

#[test]
fn names_lose_what_could_harm() {
    let long = "ờ".repeat(500);
    for (name, clean) in [
        ("bằng.pdf", "bằng.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Windows\\cmd.exe", "cmd.exe.pdf"),
        ("con.txt", "tai-lieu.pdf"),
        ("COM1", "tai-lieu.pdf"),
        ("comic", "comic.pdf"),
        ("hoadon\u{202e}fdp.exe", "hoadonfdp.exe.pdf"),
        ("a\u{200b}b\r\nc.PDF", "abc.pdf"),
        ("  .. .pdf", "tai-lieu.pdf"),
        ("a<b>:c?.pdf", "a_b__c_.pdf"),
        ("", "tai-lieu.pdf"),
        ("\0", "tai-lieu.pdf"),
    ] {
        assert_eq!(clean_name(name, MediaType::Pdf), clean, "{name:?}");
    }
    assert!(clean_name(&long, MediaType::Jpeg).len() <= WORDS_BYTES_MAX);
    assert_eq!(clean_name("ảnh.JPEG", MediaType::Jpeg), "ảnh.jpeg");
}

#[test]
fn codes_name_one_thing_each() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_code(kind.code()), Some(kind));
    }
    for mark in Secrecy::ALL {
        assert_eq!(Secrecy::from_code(mark.code()), Some(mark));
    }
    for media in MediaType::ALL {
        assert_eq!(MediaType::from_mime(media.mime()), Some(media));
    }
    assert!(!format!("{:?}", ContentKey::from_bytes([7; 32])).contains('7'));
}

proptest! {
    #[test]
    fn a_cleaned_name_stays(name in any::<String>()) {
        for media in MediaType::ALL {
            let clean = clean_name(&name, media);
            prop_assert_eq!(clean_name(&clean, media), clean.clone());
            prop_assert!(clean.len() <= WORDS_BYTES_MAX && !clean.contains(['/', '\\', '\0']));
        }
    }
}
