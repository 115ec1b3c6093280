//! What a dossier is to tell of a person.

use serde::{Deserialize, Serialize};

/// One of the seven areas of a dossier (Điều 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Where the person comes from.
    Origin,
    /// Where the person worked.
    WorkHistory,
    /// What the person lives on.
    Economy,
    /// How the person conducts himself.
    Morality,
    /// What the person has learnt.
    Qualification,
    /// What the person can do.
    Ability,
    /// Family and social relations.
    Relations,
}

impl Area {
    /// All of them, in the order of Điều 3.1.
    pub const ALL: [Self; 7] = [
        Self::Origin,
        Self::WorkHistory,
        Self::Economy,
        Self::Morality,
        Self::Qualification,
        Self::Ability,
        Self::Relations,
    ];

    /// The words of the regulation.
    pub const fn name_vi(self) -> &'static str {
        match self {
            Self::Origin => "Nguồn gốc xuất thân",
            Self::WorkHistory => "Quá trình công tác",
            Self::Economy => "Hoàn cảnh kinh tế",
            Self::Morality => "Phẩm chất đạo đức",
            Self::Qualification => "Trình độ",
            Self::Ability => "Năng lực",
            Self::Relations => "Các mối quan hệ gia đình và xã hội",
        }
    }
}
