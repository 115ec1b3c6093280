//! The acts of Sở Nội vụ: issue, restrict, widen, revoke, assign, end, reissue.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use dossier::{
    Hash, LegalBasis, PartialDate, Role, Timestamp, UnitId,
    account::{
        AccountAct, Activation, Agreement, Assigning, Decision, Login, Paper, Person, Right, Rights,
    },
    validity::Validity,
};
use jiff::civil::Date;
use serde_json::json;

use super::ask;
use crate::account::{AccountAnswer, AccountOrder};
use crate::cli::basis::{RoleWord, date, decision};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::node::write_new;
use crate::cli::{Outcome, words};

/// A right, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RightWord {
    Read,
    Enter,
    Approve,
    Export,
    Administer,
    Print,
}

/// What an account may do, and over which units.
#[derive(Debug, Args)]
pub(in crate::cli) struct RightsWords {
    /// Các quyền, cách nhau bằng dấu phẩy
    #[arg(long, value_enum, value_delimiter = ',', required = true, value_name = "QUYỀN")]
    rights: Vec<RightWord>,
    /// Chỉ trong đơn vị này và các đơn vị thuộc nó; ghi nhiều lần được
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    scope: Vec<UnitId>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Delegate {
    /// Văn bản của UBND tỉnh: "số|ngày ký"
    #[arg(long, value_name = "VĂN BẢN")]
    document: String,
    /// Phạm vi ủy quyền, như văn bản ghi
    #[arg(long, default_value = "toàn tỉnh", value_name = "PHẠM VI")]
    scope: String,
    /// Văn bản thu hồi ủy quyền
    #[arg(long)]
    withdraw: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Issue {
    /// Đơn vị được cấp
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    #[command(flatten)]
    rights: RightsWords,
    /// Văn bản thống nhất, với đơn vị trực thuộc: "số|ngày ký|người ký;người ký|đơn vị,đơn vị"
    #[arg(long, value_name = "VĂN BẢN")]
    agreement: Option<String>,
    /// Bản chụp văn bản thống nhất; ghi dấu của tệp vào bản ghi
    #[arg(long, requires = "agreement", value_name = "TỆP")]
    agreement_scan: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Restrict {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    #[command(flatten)]
    rights: RightsWords,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Widen {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    #[command(flatten)]
    rights: RightsWords,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Revoke {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Assign {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Tên đăng nhập: 3 đến 32 chữ thường không dấu, số, dấu chấm, gạch nối
    #[arg(long, value_name = "TÊN")]
    login: String,
    /// Họ tên
    #[arg(long, value_name = "HỌ TÊN")]
    name: String,
    /// Vai trò: clerk (nhập liệu), approver (duyệt), administrator (quản trị)
    #[arg(long, value_enum, value_name = "VAI TRÒ")]
    role: RoleWord,
    /// Quyết định phân công: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: String,
    /// Ngày đầu được dùng
    #[arg(long, value_name = "NGÀY")]
    from: Option<String>,
    /// Ngày đầu không còn được dùng
    #[arg(long, value_name = "NGÀY")]
    to: Option<String>,
    /// Ghi mã kích hoạt vào tệp này để giao tận tay
    #[arg(long, value_name = "TỆP")]
    code_to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct End {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Tên đăng nhập
    #[arg(long, value_name = "TÊN")]
    login: String,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Reissue {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Tên đăng nhập
    #[arg(long, value_name = "TÊN")]
    login: String,
    /// Báo cáo người đứng đầu cơ quan: "số|ngày"
    #[arg(long, value_name = "BÁO CÁO")]
    report_to_head: Option<String>,
    /// Báo cáo bằng văn bản về Sở Nội vụ: "số|ngày"
    #[arg(long, value_name = "BÁO CÁO")]
    report_to_province: Option<String>,
    /// Ghi mã kích hoạt vào tệp này để giao tận tay
    #[arg(long, value_name = "TỆP")]
    code_to: Option<PathBuf>,
}

impl RightsWords {
    fn rights(&self) -> Rights {
        let acts = self.rights.iter().map(|word| match word {
            RightWord::Read => Right::Read,
            RightWord::Enter => Right::Enter,
            RightWord::Approve => Right::Approve,
            RightWord::Export => Right::Export,
            RightWord::Administer => Right::Administer,
            RightWord::Print => Right::Print,
        });
        Rights { acts: acts.collect(), scope: self.scope.iter().cloned().collect() }
    }
}

impl Delegate {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let document = paper(&self.document, desk.today()?)?;
        if self.withdraw {
            let act = AccountAct::WithdrawAdministration { document };
            return act_on(desk, act, None, "Đã ghi việc thu hồi ủy quyền quản trị.");
        }
        let act = AccountAct::DelegateAdministration { document, scope: self.scope };
        act_on(desk, act, None, "Đã ghi ủy quyền quản trị của UBND tỉnh.")
    }
}

impl Issue {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let mut agreement = self.agreement.map(|text| agreement(&text, today)).transpose()?;
        if let (Some(agreement), Some(path)) = (&mut agreement, &self.agreement_scan) {
            agreement.scan = Some(scan(path)?);
        }
        let said = format!("Đã cấp tài khoản cho {}.", self.unit);
        let act = AccountAct::Issue { unit: self.unit, rights: self.rights.rights(), agreement };
        act_on(desk, act, None, &said)
    }
}

impl Restrict {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let said = format!("Đã thu hẹp quyền của tài khoản {}.", self.unit);
        let rights = self.rights.rights();
        let act = AccountAct::Restrict { unit: self.unit, rights, reason: self.reason };
        act_on(desk, act, None, &said)
    }
}

impl Widen {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let said = format!("Đã mở rộng quyền của tài khoản {}.", self.unit);
        let act = AccountAct::Widen { unit: self.unit, rights: self.rights.rights() };
        act_on(desk, act, None, &said)
    }
}

impl Revoke {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let said = format!("Đã thu hồi tài khoản của {}.", self.unit);
        let act = AccountAct::Revoke { unit: self.unit, reason: self.reason };
        act_on(desk, act, None, &said)
    }
}

impl Assign {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let day = |text: &Option<String>| text.as_deref().map(|text| date(text, today)).transpose();
        let LegalBasis::Decision { issuer, number, signed_on, .. } =
            decision(&self.decision, today)?
        else {
            return Err(CliError::unexpected());
        };
        let person = Person {
            login: login(&self.login)?,
            full_name: dossier::fold::tidy(&self.name),
            role: self.role.role(),
        };
        let said = format!("Đã ghi phân công {} dùng tài khoản {}.", person.login, self.unit);
        let act = AccountAct::Assign(Assigning {
            unit: self.unit,
            person,
            decision: Decision { number, signed_on, issuer },
            validity: Validity { from: day(&self.from)?, to: day(&self.to)? },
            activation: drawn_by_the_node(),
        });
        act_on(desk, act, self.code_to.as_deref(), &said)
    }
}

impl End {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let said = format!("Đã kết thúc phân công {} ở {}.", self.login, self.unit);
        let login = login(&self.login)?;
        let act = AccountAct::EndAssignment { unit: self.unit, login, reason: self.reason };
        act_on(desk, act, None, &said)
    }
}

impl Reissue {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let report =
            |text: &Option<String>| text.as_deref().map(|text| paper(text, today)).transpose();
        let said = format!("Đã cấp lại cho {}. Mật khẩu cũ hết hiệu lực.", self.login);
        let act = AccountAct::Reissue {
            unit: self.unit,
            login: login(&self.login)?,
            report_to_head: report(&self.report_to_head)?,
            report_to_province: report(&self.report_to_province)?,
            activation: drawn_by_the_node(),
        };
        act_on(desk, act, self.code_to.as_deref(), &said)
    }
}

/// The place of the code, which the node of tier 3 fills in.
fn drawn_by_the_node() -> Activation {
    Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) }
}

/// Has an act signed, and shows its one-time code, if it gives one.
fn act_on(desk: &mut Desk<'_>, act: AccountAct, code_to: Option<&Path>, said: &str) -> Outcome {
    let answer = ask(desk, AccountOrder::Act(Box::new(act)))?;
    let AccountAnswer::Acted { number, code, until } = answer else {
        return Err(CliError::unexpected());
    };
    if let (Some(path), Some(code)) = (code_to, &code) {
        write_new(path, code.as_str())?;
    }
    if desk.out.is_json() {
        let shown = code.as_ref().filter(|_| code_to.is_none()).map(|code| code.as_str());
        desk.out.answer(&json!({ "number": number, "code": shown, "code_to": code_to,
            "until_ms": until.map(Timestamp::as_millis) }));
        return Ok(Exit::Done);
    }
    desk.out.say(format_args!("{said} Bản ghi số {number}."));
    if let (Some(code), Some(until)) = (code, until) {
        let until = words::instant(until);
        match code_to {
            Some(path) => desk.out.say(format_args!("Đã ghi mã kích hoạt vào {}.", path.display())),
            None => desk.out.say(format_args!("Mã kích hoạt: {}", code.as_str())),
        }
        desk.out.say(format_args!("Dùng một lần, đến {until}. Hãy giao tận tay."));
    }
    Ok(Exit::Done)
}

fn login(text: &str) -> Result<Login, CliError> {
    text.trim().parse().map_err(|_| {
        CliError::usage("TK-0110", format!("«{text}» không phải tên đăng nhập."))
            .hint("3 đến 32 chữ thường không dấu, số, dấu chấm, gạch nối; bắt đầu bằng chữ.")
    })
}

fn paper(text: &str, today: Date) -> Result<Paper, CliError> {
    let (number, day) = text.split_once('|').ok_or_else(|| {
        CliError::usage("TK-0111", format!("Văn bản «{text}» không đủ phần."))
            .hint("Ví dụ: \"03/BC-PNV|5/1/2026\"")
    })?;
    let signed_on: PartialDate = date(day, today)?;
    Ok(Paper { number: number.trim().to_owned(), signed_on })
}

fn agreement(text: &str, today: Date) -> Result<Agreement, CliError> {
    let short = || {
        CliError::usage("TK-0112", "Văn bản thống nhất không đủ phần.")
            .hint("Ví dụ: \"15/TT-SNV|5/1/2026|Hà Văn Tú;Lò Thị Hoa|d150.van-phong\"")
    };
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let [number, day, signers, list] = parts.as_slice() else { return Err(short()) };
    let list: Result<BTreeSet<UnitId>, _> =
        list.split(',').map(|unit| unit.trim().parse()).collect();
    Ok(Agreement {
        number: (*number).to_owned(),
        signed_on: date(day, today)?,
        signers: signers.split(';').map(|signer| signer.trim().to_owned()).collect(),
        list: list.map_err(|_| short())?,
        scan: None,
    })
}

/// The largest scan that is read, in bytes.
const SCAN_MAX: u64 = 64 * 1024 * 1024;

fn scan(path: &Path) -> Result<Hash, CliError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(SCAN_MAX).read_to_end(&mut bytes))
        .map_err(|error| CliError::file(path, &error))?;
    Ok(Hash::of(&bytes))
}

impl RoleWord {
    fn role(self) -> Role {
        match self {
            Self::Clerk => Role::Clerk,
            Self::Approver => Role::Approver,
            Self::Administrator => Role::Administrator,
            Self::Inspector => Role::Inspector,
        }
    }
}
