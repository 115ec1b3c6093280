//! Why a statement is refused, with the article.

use serde::{Deserialize, Serialize};

/// The rule that stands in the way. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConductFault {
    /// A text is missing or too long, an article is none of Điều 6 to 13, a day is none.
    Malformed,
    /// A unit is not in the org tree.
    UnknownUnit,
    /// Only a body of tier 2, or Sở Nội vụ, makes rules for itself (Điều 15.3).
    NoBody,
    /// A ticket goes to a body above the unit (Điều 16.4).
    NotAbove,
    /// A proposal goes to Sở Nội vụ (Điều 15.4, 17).
    NotProvince,
    /// The rules or the ticket are another body's.
    ForeignBody,
    /// An article of Điều 6 to 13 is dealt with nowhere (Điều 15.3).
    ArticlesOpen,
    /// No such rules or ticket are known here.
    Unknown,
    /// Who accepts a report is not who made it (Điều 13).
    SamePerson,
    /// More statements than one unit or one ticket may have.
    TooMany,
}

impl ConductFault {
    /// The stable code, e.g. `not_above`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownUnit => "unknown_unit",
            Self::NoBody => "no_body",
            Self::NotAbove => "not_above",
            Self::NotProvince => "not_province",
            Self::ForeignBody => "foreign_body",
            Self::ArticlesOpen => "articles_open",
            Self::Unknown => "unknown",
            Self::SamePerson => "same_person",
            Self::TooMany => "too_many",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Malformed => {
                "Nội dung bị trống hay quá dài, ngày không đủ, hoặc điều ghi không thuộc Điều 6 đến 13."
            }
            Self::UnknownUnit => "Cơ cấu tổ chức không có đơn vị này.",
            Self::NoBody => {
                "Chỉ sở, ban, ngành, UBND huyện và Sở Nội vụ ban hành quy định nội bộ (Điều 15.3)."
            }
            Self::NotAbove => {
                "Báo cáo vướng mắc gửi đến cơ quan cấp trên có thẩm quyền của đơn vị (Điều 16.4)."
            }
            Self::NotProvince => "Kiến nghị gửi đến Sở Nội vụ (Điều 15.4, 17).",
            Self::ForeignBody => "Quy định hoặc báo cáo này do cơ quan khác giải quyết.",
            Self::ArticlesOpen => {
                "Quy định nội bộ phải có đủ Điều 6 đến 13: chưa đóng được bảng kiểm (Điều 15.3)."
            }
            Self::Unknown => "Máy này chưa có bản ghi được nói đến.",
            Self::SamePerson => "Người lập báo cáo không tự duyệt báo cáo của mình (Điều 13).",
            Self::TooMany => "Quá nhiều bản ghi của một đơn vị hoặc về một việc.",
        }
    }
}

impl std::fmt::Display for ConductFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for ConductFault {}
