//! Why not: one reason, its stable code, and what a person reads.

use serde::{Deserialize, Serialize};

/// Why not. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The actor's unit is not in the tree.
    UnknownUnit,
    /// The action is about a dossier, and none was named.
    NoDossier,
    /// The dossier belongs to another unit.
    ForeignUnit,
    /// The unit does not keep dossiers (Điều 2a, 8.2).
    DoesNotHold,
    /// Tier 3 does not enter data (Điều 7.3).
    TierThreeDoesNotEdit,
    /// A correction needs a decision or a reason (Điều 7.3).
    BasisRequired,
    /// The role does not carry this right (Điều 15, 16).
    WrongRole,
    /// Only tier 3 manages the system (Điều 7.3, 12).
    TierThreeOnly,
    /// The body above reviews and corrects; the custodian enters (Điều 7.2, 9).
    CustodianEnters,
    /// What a state body decides needs its decision (Điều 9.2 a).
    DecisionRequired,
    /// What the person declares needs the declaration (Điều 9.2 b).
    DeclarationRequired,
    /// Tier 3 corrects by an order of two officers (Điều 7.3).
    OrderRequired,
    /// An inspector reads by a mission (Điều 14.4).
    MissionRequired,
    /// The grant does not reach there (Điều 8.1, 15.1).
    OutsideGrant,
    /// What is entered under delegation waits for review (Điều 15.1).
    ReviewRequired,
    /// Nobody reviews, confirms or approves his own act (Điều 12.2, 15.1).
    FourEyes,
    /// A body of tier 2 alone may do it (Điều 10.2, 15.1).
    TierTwoOnly,
    /// The unit is not below the one that delegates (Điều 15.1).
    NotBelow,
    /// What was delegated is not delegated onward (Điều 15.1).
    OnwardDelegation,
    /// An entry of the docket is not what it must be.
    Unreadable,
    /// An entry of the docket is never altered; a later one replaces it.
    Settled,
    /// An entry of the docket stands alone in its change.
    Mixed,
    /// A review is of something that the reviewer had before him (Điều 15.1).
    NothingToReview,
    /// The dossier is closed: its person left, or it was taken out of sight (Điều 11.3, 12.2).
    Closed,
    /// The dossier was opened by a phiếu of which nothing is approved (Điều 3.2).
    FormNotApproved,
    /// The decision names a kind of change that is not in the catalog (Điều 9.2 a).
    UnknownKind,
    /// A viên chức is managed by a public service unit, unless a document says otherwise (Điều 3.5 b).
    NotPublicService,
}

impl Refusal {
    /// The stable code, e.g. `foreign_unit`.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownUnit => "unknown_unit",
            Self::NoDossier => "no_dossier",
            Self::ForeignUnit => "foreign_unit",
            Self::DoesNotHold => "does_not_hold",
            Self::TierThreeDoesNotEdit => "tier_three_does_not_edit",
            Self::BasisRequired => "basis_required",
            Self::WrongRole => "wrong_role",
            Self::TierThreeOnly => "tier_three_only",
            Self::CustodianEnters => "custodian_enters",
            Self::DecisionRequired => "decision_required",
            Self::DeclarationRequired => "declaration_required",
            Self::OrderRequired => "order_required",
            Self::MissionRequired => "mission_required",
            Self::OutsideGrant => "outside_grant",
            Self::ReviewRequired => "review_required",
            Self::FourEyes => "four_eyes",
            Self::TierTwoOnly => "tier_two_only",
            Self::NotBelow => "not_below",
            Self::OnwardDelegation => "onward_delegation",
            Self::Unreadable => "unreadable",
            Self::Settled => "settled",
            Self::Mixed => "mixed",
            Self::NothingToReview => "nothing_to_review",
            Self::Closed => "closed",
            Self::FormNotApproved => "form_not_approved",
            Self::UnknownKind => "unknown_kind",
            Self::NotPublicService => "not_public_service",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::UnknownUnit => "Đơn vị của máy này không có trong cơ cấu tổ chức.",
            Self::NoDossier => "Chưa chọn hồ sơ.",
            Self::ForeignUnit => "Hồ sơ này do đơn vị khác quản lý.",
            Self::DoesNotHold => {
                "Đơn vị này không trực tiếp quản lý hồ sơ; hồ sơ do cơ quan cấp trên quản lý (Điều 8)."
            }
            Self::TierThreeDoesNotEdit => {
                "Sở Nội vụ không cập nhật hồ sơ của đơn vị, chỉ đính chính khi có căn cứ (Điều 7)."
            }
            Self::BasisRequired => "Đính chính phải có quyết định hoặc lý do ghi rõ (Điều 7).",
            Self::WrongRole => "Vai trò của bạn không có quyền này (Điều 15, 16).",
            Self::TierThreeOnly => "Chỉ Sở Nội vụ được làm việc này (Điều 6.2, 7.3, 14).",
            Self::CustodianEnters => {
                "Hồ sơ do đơn vị cấp dưới lập và cập nhật (Điều 7.2, 9); cấp trên kiểm duyệt, khi cần thì đính chính: dùng --correction \"lý do\"."
            }
            Self::DecisionRequired => {
                "Mục này chỉ thay đổi theo quyết định của cơ quan nhà nước (Điều 9.2 a)."
            }
            Self::DeclarationRequired => {
                "Mục này chỉ thay đổi theo kê khai của cá nhân (Điều 9.2 b)."
            }
            Self::OrderRequired => {
                "Sở Nội vụ chỉ đính chính khi có lệnh đính chính do hai người ký, còn hạn (Điều 7.3)."
            }
            Self::MissionRequired => "Phải có quyết định thanh tra, kiểm tra còn hạn (Điều 14.4).",
            Self::OutsideGrant => "Ngoài phạm vi được ủy quyền hoặc được đồng ý (Điều 8.1, 15.1).",
            Self::ReviewRequired => {
                "Dữ liệu nhập theo ủy quyền phải chờ cơ quan ủy quyền kiểm duyệt (Điều 15.1)."
            }
            Self::FourEyes => "Người làm không tự duyệt việc của mình (Điều 12.2, 15.1).",
            Self::TierTwoOnly => {
                "Chỉ sở, ban, ngành, UBND huyện được làm việc này (Điều 10.2, 15.1)."
            }
            Self::NotBelow => "Chỉ ủy quyền được cho đơn vị cấp dưới (Điều 15.1).",
            Self::OnwardDelegation => "Việc được ủy quyền không được ủy quyền lại (Điều 15.1).",
            Self::Unreadable => "Nội dung ghi nhận không đủ hoặc sai kiểu; trả lại phải nêu lý do.",
            Self::Settled => {
                "Việc đã ghi nhận không sửa, không xóa; ghi nhận việc mới thay cho nó."
            }
            Self::Mixed => "Việc này phải ghi riêng, không chung với thay đổi khác của hồ sơ.",
            Self::NothingToReview => {
                "Không có nội dung này trong hồ sơ để kiểm duyệt hoặc xác nhận (Điều 12.2, 15.1)."
            }
            Self::FormNotApproved => {
                "Hồ sơ này chưa có phiếu được duyệt: duyệt phiếu rồi đưa vào hồ sơ, không nhập thẳng (Điều 3.2)."
            }
            Self::UnknownKind => {
                "Loại thay đổi không có trong danh mục; chỉ Sở Nội vụ thêm loại (Điều 9.2 a): hoso kind list."
            }
            Self::NotPublicService => {
                "Viên chức do đơn vị sự nghiệp công lập trực tiếp sử dụng quản lý; cơ quan khác quản lý thì phải có quyết định: --decision (Điều 3.5 b)."
            }
            Self::Closed => {
                "Hồ sơ đã đóng (nghỉ hưu, thôi việc, từ trần...): chỉ đính chính có lý do, hoặc mở lại khi được tuyển dụng lại (Điều 11.3)."
            }
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}
