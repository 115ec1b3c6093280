//! What an attached paper tells of: the sections of the form it stands in, and whether it shows what
//! stays covered until a purpose is said (Điều 5, 8.1).

use std::collections::BTreeSet;

use dossier::attachment::{Attachment, Kind, Link};

use super::cover::{COVERED, FORM, is_sensitive};

/// Where a paper stands that proves no place of the form.
const PAPERS: &str = "dossier";
/// No form has this section: only whoever sees the whole dossier sees what stands in it.
const WHOLE: &str = "";

/// The sections of the form that an attachment tells of: those of the places it proves, and the one
/// its kind is about. A paper about the whole person stands in none that can be named.
pub fn sections_of(attachment: &Attachment) -> BTreeSet<String> {
    let description = &attachment.description;
    let mut sections: BTreeSet<String> = description.links.iter().map(section_of).collect();
    sections.extend(about(description.kind).map(str::to_owned));
    if sections.is_empty() {
        sections.insert(PAPERS.to_owned());
    }
    sections
}

/// Whether an attachment shows relatives, health, economy, discipline or views: by its kind, or by
/// the places it proves.
pub fn is_sensitive_scan(attachment: &Attachment) -> bool {
    let description = &attachment.description;
    let by_kind = matches!(
        description.kind,
        Kind::Declaration | Kind::Conclusion | Kind::CivilStatus | Kind::Health | Kind::Assets
    );
    by_kind || description.links.iter().any(proves_sensitive)
}

/// Covers the words of an attachment; what kind of paper it is stays.
pub(super) fn cover_words(attachment: &mut Attachment) {
    let description = &mut attachment.description;
    let words = [&mut description.number, &mut description.issuer, &mut description.title];
    let removed = attachment.removed.iter_mut();
    for text in words.into_iter().chain([&mut attachment.content.name]).chain(removed) {
        if !text.is_empty() {
            COVERED.clone_into(text);
        }
    }
}

/// The section a kind of paper is about, whatever it is linked to.
fn about(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Degree => Some("education"),
        Kind::Assessment => Some("evaluation"),
        Kind::CivilStatus => Some("family"),
        Kind::Health => Some("health"),
        Kind::Contract => Some("recruitment"),
        Kind::Assets => Some("economy"),
        Kind::Photo => Some("identity"),
        Kind::Declaration | Kind::Conclusion => Some(WHOLE),
        Kind::Decision | Kind::Other => None,
    }
}

fn section_of(link: &Link) -> String {
    let form = FORM.as_ref();
    let field = match link {
        Link::Field(field) => form.and_then(|form| form.field(field)),
        Link::Row { table, .. } => form.and_then(|form| form.columns(table).next()),
    };
    field.map_or_else(|| WHOLE.to_owned(), |field| field.section.clone())
}

fn proves_sensitive(link: &Link) -> bool {
    match link {
        Link::Field(field) => is_sensitive(field),
        Link::Row { table, .. } => {
            let mut columns =
                FORM.iter().flat_map(|form| form.columns(table)).map(|it| &it.id).peekable();
            columns.peek().is_none() || columns.any(is_sensitive)
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use dossier::attachment::{Content, ContentKey, Description, MediaType, Secrecy};
    use dossier::{Hash, RowId};

    use super::*;

    pub(in crate::grant) fn paper(kind: Kind, links: impl IntoIterator<Item = Link>) -> Attachment {
        Attachment {
            description: Description {
                kind,
                number: "12/BV".to_owned(),
                issued_on: None,
                issuer: "Bệnh viện tỉnh".to_owned(),
                title: "Kết quả khám".to_owned(),
                links: links.into_iter().collect(),
                secrecy: Secrecy::Open,
            },
            content: Content {
                name: "kham.pdf".to_owned(),
                media: MediaType::Pdf,
                size: 1,
                id: Hash::of(b"1"),
                key: ContentKey::from_bytes([0; 32]),
            },
            removed: None,
        }
    }

    fn field(id: &str) -> Link {
        Link::Field(id.parse().expect("field"))
    }

    fn row(table: &str) -> Link {
        Link::Row { table: table.to_owned(), row: RowId::from_bytes([1; 16]) }
    }

    fn sections(attachment: &Attachment) -> Vec<String> {
        sections_of(attachment).into_iter().collect()
    }

    #[test]
    fn a_paper_stands_where_its_kind_and_its_links_say() {
        assert_eq!(sections(&paper(Kind::Decision, [])), ["dossier"]);
        assert_eq!(sections(&paper(Kind::Decision, [row("discipline")])), ["discipline"]);
        assert_eq!(sections(&paper(Kind::Health, [field("full_name")])), ["health", "identity"]);
        assert_eq!(sections(&paper(Kind::Other, [field("from_a_newer_form")])), [""]);
        assert_eq!(sections(&paper(Kind::Declaration, [])), [""], "it tells of the whole person");
    }

    #[test]
    fn a_health_paper_and_a_proof_of_what_is_sensitive_are_covered() {
        for covered in [
            paper(Kind::Health, []),
            paper(Kind::Decision, [row("discipline")]),
            paper(Kind::Other, [row("from_a_newer_form")]),
            paper(Kind::Photo, [field("religion")]),
        ] {
            assert!(is_sensitive_scan(&covered), "{covered:?}");
        }
        for plain in [paper(Kind::Degree, []), paper(Kind::Decision, [field("full_name")])] {
            assert!(!is_sensitive_scan(&plain), "{plain:?}");
        }
    }
}
