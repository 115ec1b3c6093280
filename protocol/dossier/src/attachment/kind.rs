//! What kind of document an attachment is, and how secret it is marked.

use serde::{Deserialize, Serialize};

/// What kind of document an attachment is (Điều 9; the papers of a personnel dossier).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Quyết định.
    Decision,
    /// Sơ yếu lý lịch, phiếu, bản kê khai.
    Declaration,
    /// Văn bằng, chứng chỉ.
    Degree,
    /// Nhận xét, đánh giá.
    Assessment,
    /// Kết luận kiểm tra, thanh tra, xác minh.
    Conclusion,
    /// Giấy tờ hộ tịch.
    CivilStatus,
    /// Giấy khám sức khỏe.
    Health,
    /// Hợp đồng.
    Contract,
    /// Kê khai tài sản, thu nhập.
    Assets,
    /// Ảnh.
    Photo,
    /// Tài liệu khác.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Decision,
        Self::Declaration,
        Self::Degree,
        Self::Assessment,
        Self::Conclusion,
        Self::CivilStatus,
        Self::Health,
        Self::Contract,
        Self::Assets,
        Self::Photo,
        Self::Other,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Declaration => "declaration",
            Self::Degree => "degree",
            Self::Assessment => "assessment",
            Self::Conclusion => "conclusion",
            Self::CivilStatus => "civil-status",
            Self::Health => "health",
            Self::Contract => "contract",
            Self::Assets => "assets",
            Self::Photo => "photo",
            Self::Other => "other",
        }
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What people call it.
    pub fn name_vi(self) -> &'static str {
        match self {
            Self::Decision => "quyết định",
            Self::Declaration => "lý lịch, bản kê khai",
            Self::Degree => "văn bằng, chứng chỉ",
            Self::Assessment => "nhận xét, đánh giá",
            Self::Conclusion => "kết luận",
            Self::CivilStatus => "giấy tờ hộ tịch",
            Self::Health => "giấy khám sức khỏe",
            Self::Contract => "hợp đồng",
            Self::Assets => "kê khai tài sản",
            Self::Photo => "ảnh",
            Self::Other => "tài liệu khác",
        }
    }
}

/// The mark of secrecy on the paper (Điều 5.3; law on protection of state secrets).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Secrecy {
    /// No mark.
    Open,
    /// Mật.
    Confidential,
    /// Tối mật.
    Secret,
    /// Tuyệt mật.
    TopSecret,
}

impl Secrecy {
    /// Every mark.
    pub const ALL: [Self; 4] = [Self::Open, Self::Confidential, Self::Secret, Self::TopSecret];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "none",
            Self::Confidential => "mat",
            Self::Secret => "toi-mat",
            Self::TopSecret => "tuyet-mat",
        }
    }

    /// The mark of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.code() == code)
    }

    /// What people call it.
    pub fn name_vi(self) -> &'static str {
        match self {
            Self::Open => "không đóng dấu mật",
            Self::Confidential => "Mật",
            Self::Secret => "Tối mật",
            Self::TopSecret => "Tuyệt mật",
        }
    }
}
