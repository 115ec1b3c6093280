//! Why a record of a right is refused, with the article.

use serde::{Deserialize, Serialize};

/// The rule that stands in the way. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantFault {
    /// A text is missing or too long, a list too large, or days end before they begin.
    Malformed,
    /// A unit is not in the org tree.
    UnknownUnit,
    /// The grant is another unit's.
    ForeignIssuer,
    /// Only the body that manages the dossiers consents or delegates (Điều 8.1, 15.1).
    NotManagingBody,
    /// The unit that is to enter is not below the body (Điều 15.1).
    NotBelow,
    /// What was delegated is not delegated on (Điều 15.1).
    Onward,
    /// Only Sở Nội vụ inspects, orders corrections and lets copies out by the dozen (Điều 5.3, 7.3,
    /// 14.4).
    TierThreeOnly,
    /// The grantee is of a kind that this right is not given to.
    WrongGrantee,
    /// A consent or an order without a list of dossiers (Điều 8.1).
    DossiersMissing,
    /// More days than such a grant may last.
    TooLong,
    /// Its last day has passed.
    Over,
    /// No such grant is known here.
    UnknownGrant,
    /// The same record again.
    GivenBefore,
    /// A narrowing that reaches further than what was given.
    Wider,
    /// The first and the second officer are one, or have no accounts (Điều 7.3).
    SameOfficer,
    /// The grant needs no second officer.
    NeedsNoSecond,
    /// The second officer has signed.
    ConfirmedAlready,
    /// The grant has ended.
    EndedAlready,
    /// More records than one unit or one grant may have.
    TooMany,
}

impl GrantFault {
    /// The stable code, e.g. `not_below`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownUnit => "unknown_unit",
            Self::ForeignIssuer => "foreign_issuer",
            Self::NotManagingBody => "not_managing_body",
            Self::NotBelow => "not_below",
            Self::Onward => "onward",
            Self::TierThreeOnly => "tier_three_only",
            Self::WrongGrantee => "wrong_grantee",
            Self::DossiersMissing => "dossiers_missing",
            Self::TooLong => "too_long",
            Self::Over => "over",
            Self::UnknownGrant => "unknown_grant",
            Self::GivenBefore => "given_before",
            Self::Wider => "wider",
            Self::SameOfficer => "same_officer",
            Self::NeedsNoSecond => "needs_no_second",
            Self::ConfirmedAlready => "confirmed_already",
            Self::EndedAlready => "ended_already",
            Self::TooMany => "too_many",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Malformed => {
                "Văn bản, tên hoặc mục đích bị trống hay quá dài, danh sách quá lớn, hoặc ngày đầu sau ngày cuối."
            }
            Self::UnknownUnit => "Đơn vị không có trong cơ cấu tổ chức.",
            Self::ForeignIssuer => "Bản ghi quyền này do đơn vị khác lập.",
            Self::NotManagingBody => {
                "Chỉ cơ quan quản lý hồ sơ được cho phép xem hoặc ủy quyền nhập (Điều 8.1, 15.1)."
            }
            Self::NotBelow => {
                "Chỉ ủy quyền nhập cho đơn vị trực thuộc của chính cơ quan (Điều 15.1)."
            }
            Self::Onward => "Đơn vị được ủy quyền không được ủy quyền lại (Điều 15.1).",
            Self::TierThreeOnly => {
                "Chỉ Sở Nội vụ được lập đoàn kiểm tra, lệnh đính chính, cho kết xuất nhiều hồ sơ (Điều 5.3, 7.3, 14.4)."
            }
            Self::WrongGrantee => "Quyền này không cấp cho đối tượng đó.",
            Self::DossiersMissing => "Phải ghi danh sách hồ sơ (Điều 8.1).",
            Self::TooLong => "Thời hạn dài quá mức cho phép của loại quyền này.",
            Self::Over => "Ngày cuối đã qua.",
            Self::UnknownGrant => "Máy này không có bản ghi quyền đó.",
            Self::GivenBefore => "Bản ghi này đã có.",
            Self::Wider => "Chỉ được thu hẹp: phạm vi hoặc thời hạn mới rộng hơn bản đã cấp.",
            Self::SameOfficer => {
                "Lệnh đính chính, giấy cho kết xuất cần hai cán bộ có tài khoản khác nhau, mỗi người tự đăng nhập (Điều 5.3, 7.3)."
            }
            Self::NeedsNoSecond => "Loại quyền này không cần người ký thứ hai.",
            Self::ConfirmedAlready => "Người thứ hai đã ký lệnh này.",
            Self::EndedAlready => "Quyền này đã kết thúc.",
            Self::TooMany => "Quá nhiều bản ghi quyền của một đơn vị hoặc cho một quyền.",
        }
    }
}

impl std::fmt::Display for GrantFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for GrantFault {}
