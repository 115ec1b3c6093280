//! Why an act on accounts is refused, with the article.

use serde::{Deserialize, Serialize};

/// The rule that stands in the way. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFault {
    /// A text is missing or too long, or days end before they begin.
    Malformed,
    /// UBND tỉnh has not let Sở Nội vụ administer, or took it back (Điều 7).
    NotDelegated,
    /// It has already.
    DelegatedAlready,
    /// The unit is not in the org tree.
    UnknownUnit,
    /// The unit keeps no dossiers and no body answers for it (Điều 6.1).
    NotHolder,
    /// A unit under a body, without a written agreement (Điều 6.2).
    AgreementMissing,
    /// The agreement does not name the unit (Điều 6.2).
    NotOnAgreement,
    /// The unit has an account.
    IssuedAlready,
    /// The unit has none.
    NoAccount,
    /// The account was revoked.
    AccountRevoked,
    /// An account without any right.
    NoRights,
    /// Rights over units the holder does not answer for (Điều 6.2).
    ForeignScope,
    /// A right its tier does not have (Điều 6.2, 7.3).
    BeyondTier,
    /// A restriction that takes nothing away.
    NotNarrower,
    /// A widening that gives nothing, or takes away.
    NotWider,
    /// The account does not carry the person's capacity (Điều 16.1).
    RoleWithoutRight,
    /// The login is another person's (Điều 5.2, 6.3).
    LoginOfAnother,
    /// A new assignment needs a new decision (Điều 15.2).
    SameDecision,
    /// The person is assigned at another unit.
    AssignedElsewhere,
    /// The unit's account knows no such person.
    UnknownPerson,
    /// The assignment has ended.
    EndedAlready,
    /// No report to the head of the body (Điều 16.6).
    HeadReportMissing,
    /// No written report to Sở Nội vụ (Điều 16.6).
    ProvinceReportMissing,
    /// The code would live longer than 72 hours, or not at all.
    CodeLife,
    /// The code was given before.
    CodeGivenBefore,
}

impl AccountFault {
    /// The stable code, e.g. `agreement_missing`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NotDelegated => "not_delegated",
            Self::DelegatedAlready => "delegated_already",
            Self::UnknownUnit => "unknown_unit",
            Self::NotHolder => "not_holder",
            Self::AgreementMissing => "agreement_missing",
            Self::NotOnAgreement => "not_on_agreement",
            Self::IssuedAlready => "issued_already",
            Self::NoAccount => "no_account",
            Self::AccountRevoked => "account_revoked",
            Self::NoRights => "no_rights",
            Self::ForeignScope => "foreign_scope",
            Self::BeyondTier => "beyond_tier",
            Self::NotNarrower => "not_narrower",
            Self::NotWider => "not_wider",
            Self::RoleWithoutRight => "role_without_right",
            Self::LoginOfAnother => "login_of_another",
            Self::SameDecision => "same_decision",
            Self::AssignedElsewhere => "assigned_elsewhere",
            Self::UnknownPerson => "unknown_person",
            Self::EndedAlready => "ended_already",
            Self::HeadReportMissing => "head_report_missing",
            Self::ProvinceReportMissing => "province_report_missing",
            Self::CodeLife => "code_life",
            Self::CodeGivenBefore => "code_given_before",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Malformed => "Nội dung thiếu, quá dài, hoặc thời hạn kết thúc trước khi bắt đầu.",
            Self::NotDelegated => {
                "Chưa có ủy quyền của UBND tỉnh, hoặc đã bị thu hồi: không được quản trị tài khoản \
                 (Điều 7)."
            }
            Self::DelegatedAlready => "Ủy quyền của UBND tỉnh đang có hiệu lực (Điều 7).",
            Self::UnknownUnit => "Cơ cấu tổ chức không có đơn vị này.",
            Self::NotHolder => {
                "Đơn vị này không quản lý hồ sơ, không thuộc cơ quan nào được cấp tài khoản \
                 (Điều 6.1)."
            }
            Self::AgreementMissing => {
                "Đơn vị trực thuộc chỉ được cấp tài khoản khi cơ quan đã thống nhất với Sở Nội vụ \
                 bằng văn bản (Điều 6.2)."
            }
            Self::NotOnAgreement => "Văn bản thống nhất không có tên đơn vị này (Điều 6.2).",
            Self::IssuedAlready => "Đơn vị này đã có tài khoản (Điều 6.1).",
            Self::NoAccount => "Đơn vị này chưa được cấp tài khoản (Điều 6.1).",
            Self::AccountRevoked => "Tài khoản của đơn vị này đã bị thu hồi (Điều 6.2).",
            Self::NoRights => "Tài khoản phải có ít nhất một quyền (Điều 6.2).",
            Self::ForeignScope => "Phạm vi có đơn vị không thuộc đơn vị được cấp (Điều 6.2).",
            Self::BeyondTier => "Quyền này không thuộc cấp của đơn vị (Điều 6.2, 7).",
            Self::NotNarrower => "Thu hẹp thì quyền mới phải ít hơn quyền đang có (Điều 6.2).",
            Self::NotWider => "Mở rộng thì quyền mới phải nhiều hơn quyền đang có (Điều 6.2).",
            Self::RoleWithoutRight => {
                "Tài khoản của đơn vị không có quyền ứng với vai trò này (Điều 16.1)."
            }
            Self::LoginOfAnother => {
                "Tên đăng nhập này là của người khác: không chuyển tài khoản cho nhau (Điều 5.2, 6.3)."
            }
            Self::SameDecision => "Phân công lại phải có quyết định mới (Điều 15.2).",
            Self::AssignedElsewhere => {
                "Người này đang được phân công ở đơn vị khác: hãy kết thúc trước (Điều 15.2)."
            }
            Self::UnknownPerson => "Tài khoản của đơn vị không có người này (Điều 15.2).",
            Self::EndedAlready => "Phân công của người này đã kết thúc (Điều 15.2).",
            Self::HeadReportMissing => {
                "Mất mật khẩu phải báo cáo người đứng đầu cơ quan: thiếu số, ngày báo cáo (Điều 16.6)."
            }
            Self::ProvinceReportMissing => {
                "Mất mật khẩu phải báo cáo bằng văn bản về Sở Nội vụ: thiếu số, ngày báo cáo \
                 (Điều 16.6)."
            }
            Self::CodeLife => "Mã kích hoạt chỉ có hiệu lực tối đa 72 giờ.",
            Self::CodeGivenBefore => "Mã kích hoạt này đã được cấp trước đây.",
        }
    }
}

impl std::fmt::Display for AccountFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for AccountFault {}
