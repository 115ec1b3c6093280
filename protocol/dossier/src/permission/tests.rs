//! The law asked from all sides: single rules by their article, the whole matrix, and what must hold
//! of every question there is.

mod docket;
mod laws;
mod matrix;

use std::sync::LazyLock;

use super::*;
use crate::basis::Review;
use crate::unit::{Holding, Unit};
use crate::validity::Validity;

pub(super) fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

/// A department with units below it, and another.
pub(super) fn units() -> Vec<Unit> {
    let unit = |name: &str, parent: Option<&str>, tier: u8, holds_dossiers| Unit {
        id: id(name),
        parent: parent.map(id),
        tier: Tier::try_from(tier).expect("tier"),
        name: name.to_owned(),
        kind: "so".to_owned(),
        holds_dossiers,
        validity: Validity::ALWAYS,
        successor: None,
    };
    vec![
        unit("tinh", None, 0, Holding::No),
        unit("tier3", Some("tinh"), 3, Holding::No),
        unit("huyen", Some("tier3"), 2, Holding::Yes),
        unit("huyen.truong", Some("huyen"), 1, Holding::Yes),
        unit("huyen.xa", Some("huyen"), 1, Holding::Optional),
        unit("huyen.phong", Some("huyen"), 1, Holding::No),
        unit("huyen.khac", Some("huyen"), 1, Holding::Yes),
        unit("so", Some("tier3"), 2, Holding::Yes),
        unit("so.truong", Some("so"), 1, Holding::Yes),
    ]
}

static TREE: LazyLock<UnitTree> = LazyLock::new(|| UnitTree::new(units()).expect("tree"));

pub(super) fn actor(unit: &str, role: Role) -> Actor {
    let node = NodeId::from_bytes([1; 16]);
    Actor { node, unit: id(unit), role, person: "Nguyễn Văn A".to_owned() }
}

pub(super) fn entering(grounds: Grounds) -> Entering {
    let sections = ["identity".to_owned()].into();
    Entering { grounds, sections, review: Review::Awaiting }
}

/// Asks about a dossier of `keeper`.
pub(super) fn ask(
    action: &Action,
    actor: &Actor,
    keeper: &str,
    granted: &Granted,
) -> Result<(), Refusal> {
    let (tree, keeper) = (&*TREE, id(keeper));
    let authority =
        Authority { tree, custodian: Some(&keeper), allow_optional_holders: true, granted };
    authorize(action, actor, &authority)
}

/// An act as the table names it, its article, and what is asked.
type Row = (&'static str, &'static str, Action);

/// Every act, with the words and the article a jurist knows it by.
pub(super) fn acts(keeper: &str) -> Vec<(&'static str, Vec<Row>)> {
    let unit = id(keeper);
    let other = || "Trần Thị B".to_owned();
    let second = || Officers::Second { first: other() };
    let lower = || GrantAct::Delegation { to: id("huyen.xa") };
    let section = || "identity".to_owned();
    let entry = entering;
    vec![
        (
            "Xem và khai thác",
            vec![
                ("xem số lượng, tình trạng", "7.2, 13", Action::ReadStatus),
                ("xem toàn bộ hồ sơ", "8.1", Action::ReadDossier),
                ("xem một phần hồ sơ", "8.1", Action::ReadSection { section: section() }),
                ("mở tài liệu kèm theo", "8.1", Action::ReadAttachment { section: section() }),
                ("xem danh sách", "12.1", Action::List),
                ("tìm kiếm", "12.1", Action::Search),
                ("thống kê", "7.2, 12.1", Action::Statistics),
                ("in hồ sơ", "12.1", Action::Print),
                ("sao chép, kết xuất hồ sơ", "12.2", Action::Export),
            ],
        ),
        (
            "Lập và cập nhật",
            vec![
                (
                    "lập hồ sơ mới",
                    "8.2, 9.1",
                    Action::CreateDossier { unit, review: Review::Awaiting },
                ),
                (
                    "cập nhật phía nhà nước, theo quyết định",
                    "9.2 a",
                    Action::EditState(entry(Grounds::Decision)),
                ),
                (
                    "cập nhật phía nhà nước, theo kê khai",
                    "9.2 a",
                    Action::EditState(entry(Grounds::Declaration)),
                ),
                (
                    "cập nhật phía cá nhân, theo kê khai",
                    "9.2 b",
                    Action::EditPersonal(entry(Grounds::Declaration)),
                ),
                (
                    "cập nhật phía cá nhân, theo quyết định",
                    "9.2 b",
                    Action::EditPersonal(entry(Grounds::Decision)),
                ),
                (
                    "cập nhật theo danh sách được duyệt",
                    "9.1 a",
                    Action::EditState(entry(Grounds::Import)),
                ),
                ("đính chính, có lý do", "7.2, 7.3", Action::Correct(entry(Grounds::Correction))),
                ("đính chính, không lý do", "7.2, 7.3", Action::Correct(entry(Grounds::Missing))),
                ("kèm tài liệu", "3.1", Action::Attach(entry(Grounds::Decision))),
                ("rút tài liệu", "12.2", Action::RemoveAttachment(entry(Grounds::Correction))),
                (
                    "chọn giá trị nơi hai bên cùng sửa",
                    "7.2, 9",
                    Action::Resolve(entry(Grounds::Correction)),
                ),
                ("chuyển cấp trên xem xét giá trị", "7.2", Action::RaiseConflict),
                ("xác nhận khớp hồ sơ giấy", "8.3", Action::VerifyPaper),
                ("ghi lý do muộn", "9.1 b", Action::ExplainLateness),
                (
                    "nhập phiếu, đưa phiếu vào hồ sơ",
                    "3.2",
                    Action::EnterForm(entry(Grounds::Declaration)),
                ),
                ("duyệt phiếu người khác nhập", "15.1", Action::Approve(Entered::by(&other()))),
                ("trả lại phiếu người khác nhập", "15.1", Action::Return(Entered::by(&other()))),
                ("duyệt phiếu tự nhập", "15.1", Action::Approve(Entered::by("Nguyễn Văn A"))),
                (
                    "duyệt phiếu đơn vị mình nhập thay",
                    "15.1",
                    Action::Approve(Entered {
                        delegated_to: Some(id("huyen")),
                        ..Entered::by(&other())
                    }),
                ),
            ],
        ),
        (
            "Ủy quyền, đồng ý, thanh tra, lệnh đính chính",
            vec![
                ("ủy quyền nhập cho cấp dưới", "15.1", Action::Give(lower())),
                ("chấm dứt ủy quyền", "15.1", Action::End(lower())),
                ("đồng ý bằng văn bản cho xem", "8.1", Action::Give(GrantAct::Consent)),
                ("chấm dứt đồng ý", "8.1", Action::End(GrantAct::Consent)),
                ("quyết định thanh tra", "14.4", Action::Give(GrantAct::Mission)),
                ("kết thúc thanh tra", "14.4", Action::End(GrantAct::Mission)),
                (
                    "đề nghị lệnh đính chính",
                    "7.3",
                    Action::Give(GrantAct::CorrectionOrder(Officers::First)),
                ),
                (
                    "ký lệnh đính chính, người thứ hai",
                    "7.3",
                    Action::Give(GrantAct::CorrectionOrder(second())),
                ),
                (
                    "ký lệnh do chính mình đề nghị",
                    "7.3",
                    Action::Give(GrantAct::CorrectionOrder(Officers::Second {
                        first: "Nguyễn Văn A".to_owned(),
                    })),
                ),
                (
                    "cho kết xuất nhiều, người thứ nhất",
                    "5.3",
                    Action::Give(GrantAct::BulkCopies(Officers::First)),
                ),
                (
                    "cho kết xuất nhiều, người thứ hai",
                    "5.3",
                    Action::Give(GrantAct::BulkCopies(second())),
                ),
                (
                    "cho kết xuất do chính mình đề nghị",
                    "5.3",
                    Action::Give(GrantAct::BulkCopies(Officers::Second {
                        first: "Nguyễn Văn A".to_owned(),
                    })),
                ),
            ],
        ),
        (
            "Vòng đời hồ sơ",
            vec![
                ("đóng hồ sơ nghỉ hưu, thôi việc", "11.3", Action::Retire),
                ("mở lại hồ sơ", "11.3", Action::Reopen),
                ("đưa vào lưu trữ lâu dài", "7.3, 11.1", Action::Archive),
                ("loại bỏ, người thứ nhất", "12.2", Action::Tombstone(Officers::First)),
                ("loại bỏ, người thứ hai", "12.2", Action::Tombstone(second())),
                (
                    "đề nghị chuyển trong cùng cơ quan",
                    "10.1",
                    Action::ProposeTransfer { to: id("huyen.khac") },
                ),
                (
                    "đề nghị chuyển sang cơ quan khác",
                    "10.2",
                    Action::ProposeTransfer { to: id("so.truong") },
                ),
                (
                    "nhận hoặc từ chối hồ sơ chuyển đến",
                    "10.2",
                    Action::AnswerTransfer { to: id(keeper) },
                ),
                ("ghi quyết định chuyển ra ngoài hệ thống", "10.3", Action::SendOut),
                ("ghi đã gửi, đã nhận hồ sơ chuyển", "10", Action::RecordHandover),
                ("mở, nhắc, đóng đợt kê khai", "9.2 b", Action::RunCampaign),
                ("bàn giao hồ sơ", "10", Action::Release),
                ("tiếp quản, người thứ hai", "7.3", Action::TakeOver(second())),
                ("sắp xếp tổ chức, người thứ hai", "7.3", Action::Reorganise(second())),
                ("lập báo cáo của đơn vị", "13, 16.5", Action::MakeReport),
                ("duyệt báo cáo người khác lập", "13", Action::ApproveReport { made_by: other() }),
            ],
        ),
        (
            "Trách nhiệm, quy định nội bộ, vướng mắc",
            vec![
                ("xác nhận trách nhiệm hằng năm", "12.3", Action::AcknowledgeDuties),
                ("báo cáo vướng mắc, kiến nghị", "15.4, 16.4", Action::ReportProblem),
                ("trả lời vướng mắc của cấp dưới", "15.4, 16.4", Action::AnswerProblem),
                ("ban hành quy định nội bộ", "15.3", Action::MakeRules),
            ],
        ),
        (
            "Tài khoản, hệ thống, nhật ký",
            vec![
                ("cấp tài khoản", "6.2", Action::Account(AccountStep::Issue)),
                ("hạn chế tài khoản", "6.2", Action::Account(AccountStep::Restrict)),
                ("mở rộng tài khoản", "6.2", Action::Account(AccountStep::Widen)),
                ("thu hồi tài khoản", "6.2", Action::Account(AccountStep::Revoke)),
                ("ghi người được phân công", "15.2", Action::Account(AccountStep::Assign)),
                ("cấp lại mật khẩu", "16.6", Action::Account(AccountStep::Reissue)),
                ("quản lý máy của các đơn vị", "7.3, 14.3", Action::ManageMembers),
                ("ban hành cơ cấu tổ chức", "7.3", Action::ManageTree),
                ("ban hành lịch năm", "7.3, 9", Action::ManageCalendar),
                ("thêm loại thay đổi vào danh mục", "9.2 a", Action::ManageKinds),
                ("ghi sự cố, thông báo sự cố", "14.7", Action::AnnounceIncident),
                ("xem nhật ký", "8.5, 14.4", Action::ShowAudit),
                ("xuất gói nhật ký", "14.4", Action::ExportAudit),
                ("kiểm tra gói nhật ký", "14.4", Action::VerifyAudit),
                ("sao lưu", "8.5, 11.2", Action::Backup),
                ("quản lý khóa", "11.2", Action::ManageKeys),
            ],
        ),
    ]
}
