//! The kinds of change that a decision of a state body may bring about (Điều 9.2 a).
//!
//! The regulation names some and leaves its list open. Sở Nội vụ adds to it by signed records that
//! go to everyone; nobody else does, and a change whose decision names another kind is not taken.
//! A kind is never taken away, so that what was entered under it can be read for ever.
//!
//! **Invariant:** what the catalog comes to does not depend on the order its records came in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Hash, Timestamp};

/// Kinds that are kept beside those of the regulation.
pub const KINDS_MAX: usize = 512;
/// The longest code, in bytes.
pub const CODE_MAX: usize = 48;
/// The longest name, number of a document, or person, in bytes.
pub const TEXT_MAX: usize = 256;

/// The kinds that Điều 9.2 a names, with their names.
pub const OF_REGULATION: [(&str, &str); 7] = [
    ("dao_tao", "đào tạo"),
    ("boi_duong", "bồi dưỡng"),
    ("bo_nhiem", "bổ nhiệm"),
    ("dieu_dong", "điều động"),
    ("nang_luong", "nâng lương"),
    ("khen_thuong", "khen thưởng"),
    ("ky_luat", "kỷ luật"),
];

/// Whether a text has the form of a code: small Latin letters, digits and `_`, a letter first.
pub fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() <= CODE_MAX
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && text.bytes().all(plain)
}

/// A kind as it is written beside a decision: by its name in the regulation, else by its code.
pub fn written(code: &str) -> &str {
    of_regulation(code).unwrap_or(code)
}

fn of_regulation(code: &str) -> Option<&'static str> {
    OF_REGULATION.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// A kind that is added to the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKind {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Number of the document that adds it.
    pub document: String,
    /// Who entered it.
    pub by: String,
}

/// Why a kind is not taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum KindFault {
    /// The code is none.
    #[error("code")]
    Code,
    /// A text is missing or too long.
    #[error("text")]
    Text,
    /// The regulation names it.
    #[error("of_regulation")]
    OfRegulation,
    /// More than are kept.
    #[error("too_many")]
    TooMany,
}

impl KindFault {
    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Code => {
                "Mã loại gồm chữ thường không dấu, số và dấu gạch dưới, không quá 48 ký tự."
            }
            Self::Text => "Tên loại, số văn bản hoặc tên người nhập trống hoặc quá dài.",
            Self::OfRegulation => "Loại này đã có trong Quy chế (Điều 9.2 a).",
            Self::TooMany => "Danh mục có quá nhiều loại.",
        }
    }
}

/// A kind that was added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddedKind {
    /// When.
    pub at: Timestamp,
    /// By which record.
    pub id: Hash,
    /// What people call it.
    pub name: String,
    /// Number of the document that adds it.
    pub document: String,
    /// Who entered it.
    pub by: String,
}

/// The catalog: the regulation's kinds, and those that were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeKinds(BTreeMap<String, AddedKind>);

impl ChangeKinds {
    /// Whether a code is in the catalog.
    pub fn knows(&self, code: &str) -> bool {
        of_regulation(code).is_some() || self.0.contains_key(code)
    }

    /// The kinds that were added, by their codes.
    pub fn added(&self) -> impl Iterator<Item = (&String, &AddedKind)> {
        self.0.iter()
    }

    /// Judges a kind without taking it.
    ///
    /// # Errors
    /// [`KindFault`].
    pub fn judge(&self, kind: &NewKind) -> Result<(), KindFault> {
        let NewKind { code, name, document, by } = kind;
        let speaks = |text: &&String| !text.trim().is_empty() && text.len() <= TEXT_MAX;
        if !is_code(code) {
            Err(KindFault::Code)
        } else if of_regulation(code).is_some() {
            Err(KindFault::OfRegulation)
        } else if ![name, document, by].iter().all(speaks) {
            Err(KindFault::Text)
        } else if self.0.len() >= KINDS_MAX && !self.0.contains_key(code) {
            Err(KindFault::TooMany)
        } else {
            Ok(())
        }
    }

    /// Takes a kind that was judged, or that comes from the own store; of two with one code the one
    /// that was said first names it.
    ///
    /// # Errors
    /// [`KindFault`]; the catalog is then as before.
    pub fn take(&mut self, id: Hash, at: Timestamp, kind: &NewKind) -> Result<(), KindFault> {
        self.judge(kind)?;
        let NewKind { code, name, document, by } = kind.clone();
        let added = AddedKind { at, id, name, document, by };
        let first = self.0.remove(&code).map_or(added.clone(), |known| known.min(added));
        self.0.insert(code, first);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: &str, name: &str) -> NewKind {
        let (document, by) = ("12/QĐ-SNV".to_owned(), "Hà Văn Tú".to_owned());
        NewKind { code: code.to_owned(), name: name.to_owned(), document, by }
    }

    // R-9.2a.2: the kinds of the regulation are there, and others are added to them.
    #[test]
    fn the_list_of_the_regulation_is_open() {
        let mut kinds = ChangeKinds::default();
        assert!(kinds.knows("nang_luong") && !kinds.knows("biet_phai"));
        let at = Timestamp::from_millis(1);
        kinds.take(Hash::of(b"1"), at, &kind("biet_phai", "biệt phái")).expect("taken");
        assert!(kinds.knows("biet_phai"));
        let refused = |code: &str, name: &str| kinds.judge(&kind(code, name)).expect_err("refused");
        assert_eq!(refused("nâng lương", "x"), KindFault::Code);
        assert_eq!(refused("", "x"), KindFault::Code);
        assert_eq!(refused("bo_nhiem", "bổ nhiệm"), KindFault::OfRegulation);
        assert_eq!(refused("cu_tuyen", " "), KindFault::Text);
    }

    #[test]
    fn the_catalog_is_the_same_in_any_order() {
        let records = [
            (Hash::of(b"1"), Timestamp::from_millis(2), kind("biet_phai", "biệt phái")),
            (Hash::of(b"2"), Timestamp::from_millis(1), kind("biet_phai", "cử biệt phái")),
            (Hash::of(b"3"), Timestamp::from_millis(3), kind("tu_chuc", "từ chức")),
        ];
        let taken = |order: [usize; 3]| {
            let mut kinds = ChangeKinds::default();
            for place in order {
                let (id, at, kind) = &records[place];
                kinds.take(*id, *at, kind).expect("taken");
            }
            kinds
        };
        let first = taken([0, 1, 2]);
        assert_eq!(first.added().next().map(|(_, it)| it.name.as_str()), Some("cử biệt phái"));
        assert!([[2, 1, 0], [1, 0, 2], [2, 0, 1]].iter().all(|order| taken(*order) == first));
    }

    #[test]
    fn the_catalog_has_an_end() {
        let mut kinds = ChangeKinds::default();
        for number in 0..KINDS_MAX {
            let kind = kind(&format!("loai_{number}"), "loại");
            kinds.take(Hash::of(b"1"), Timestamp::from_millis(1), &kind).expect("taken");
        }
        assert_eq!(kinds.judge(&kind("loai_moi", "loại")), Err(KindFault::TooMany));
        assert_eq!(kinds.judge(&kind("loai_1", "loại")), Ok(()), "what is known stays known");
    }
}
