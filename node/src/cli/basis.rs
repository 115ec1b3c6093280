//! Who makes a change, in what capacity, and on what document: options of every verb that writes.

use clap::{Args, ValueEnum};
use dossier::{LegalBasis, PartialDate, Review, Role, change_kind};
use jiff::civil::Date;
use protocol::envelope::Meta;

use super::error::CliError;
use crate::import::date::parse_text;

/// Stands for the person of the session until the node writes her name.
pub(crate) const IN_SESSION: &str = "-";

/// The person who enters.
#[derive(Debug, Clone, Args)]
struct Writer {
    /// Họ tên người ghi (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN")]
    person: Option<String>,
    /// Vai trò: clerk (cán bộ nhập liệu), approver (người duyệt), administrator (quản trị)
    #[arg(long, value_enum, default_value = "clerk", value_name = "VAI TRÒ")]
    role: RoleWord,
}

/// A capacity, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleWord {
    Clerk,
    Approver,
    Administrator,
    Inspector,
}

/// The document or declaration behind a change.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
struct Grounds {
    /// Căn cứ là quyết định: "số|cơ quan ký|ngày ký", thêm "|ngày hiệu lực" nếu khác
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: Option<String>,
    /// Căn cứ là bản kê khai cá nhân ký ngày này
    #[arg(long, value_name = "NGÀY")]
    declared_on: Option<String>,
    /// Đính chính lỗi nhập, với lý do
    #[arg(long, value_name = "LÝ DO")]
    correction: Option<String>,
}

/// What kind of change a decision brings about.
#[derive(Debug, Clone, Default, Args)]
struct Nature {
    /// Loại thay đổi của quyết định, theo danh mục «hoso kind list» (Điều 9.2 a)
    #[arg(long, value_name = "LOẠI")]
    change_kind: Option<String>,
}

impl Nature {
    /// The basis with its kind; only a decision has one.
    fn applied_to(&self, basis: LegalBasis) -> Result<LegalBasis, CliError> {
        match &self.change_kind {
            None => Ok(basis),
            Some(_) if basis.decision().is_none() => {
                Err(CliError::usage("DL-0176", "--change-kind chỉ đi với --decision."))
            }
            Some(kind) if !change_kind::is_code(kind) => {
                Err(CliError::usage("DL-0177", format!("«{kind}» không phải mã loại thay đổi."))
                    .hint("Mã xem trong «hoso kind list»."))
            }
            Some(kind) => Ok(basis.of_kind(kind)),
        }
    }
}

/// The day a declaration came in.
#[derive(Debug, Clone, Default, Args)]
struct Receipt {
    /// Ngày đơn vị nhận bản kê khai, nếu sau ngày ký; hạn nhập tính từ ngày này (Điều 9.2 b)
    #[arg(long, value_name = "NGÀY")]
    received_on: Option<String>,
}

impl Receipt {
    /// The basis of a declaration that was signed and came in.
    fn declared(&self, signed_on: PartialDate, today: Date) -> Result<LegalBasis, CliError> {
        let Some(day) = &self.received_on else {
            return Ok(LegalBasis::Declaration { signed_on });
        };
        let basis = LegalBasis::Received { signed_on, received_on: date(day, today)? };
        if basis.is_well_formed() {
            Ok(basis)
        } else {
            Err(CliError::usage("DL-0155", "Ngày nhận bản kê khai trước ngày cá nhân ký."))
        }
    }
}

/// Who acts for the body without putting anything in.
#[derive(Debug, Clone, Args)]
pub(super) struct Officer {
    /// Họ tên người làm (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN")]
    person: Option<String>,
    /// Vai trò: clerk (cán bộ nhập liệu), approver (người duyệt)
    #[arg(long, value_enum, default_value = "approver", value_name = "VAI TRÒ")]
    role: RoleWord,
}

impl Officer {
    /// Who acts for the head of the body.
    pub(super) fn approver(person: Option<String>) -> Self {
        Self { person, role: RoleWord::Approver }
    }

    /// As it is recorded. In a session the node names its person, whatever stands here.
    pub(super) fn meta(&self, in_session: bool) -> Result<Meta, CliError> {
        let person = if in_session { Some(IN_SESSION.to_owned()) } else { self.person.clone() };
        Writer { person, role: self.role }.meta(LegalBasis::Office)
    }
}

/// Who hands in what the person declared and signed.
#[derive(Debug, Clone, Args)]
pub(super) struct Declared {
    #[command(flatten)]
    writer: Writer,
    /// Ngày cá nhân ký bản kê khai; không có thì hôm nay
    #[arg(long, value_name = "NGÀY")]
    declared_on: Option<String>,
    #[command(flatten)]
    receipt: Receipt,
}

impl Declared {
    /// As it is recorded. In a session the node names its person, whatever stands here.
    pub(super) fn meta(&self, today: Date, in_session: bool) -> Result<Meta, CliError> {
        let signed_on = match &self.declared_on {
            Some(day) => date(day, today)?,
            None => PartialDate::day(
                today.year(),
                today.month().unsigned_abs(),
                today.day().unsigned_abs(),
            )
            .map_err(|_| CliError::unexpected())?,
        };
        let mut writer = self.writer.clone();
        if in_session {
            writer.person = Some(IN_SESSION.to_owned());
        }
        writer.meta(self.receipt.declared(signed_on, today)?)
    }
}

/// Who answers for a change, and on what ground.
#[derive(Debug, Clone, Args)]
pub(super) struct Responsibility {
    #[command(flatten)]
    writer: Writer,
    #[command(flatten)]
    grounds: Grounds,
    #[command(flatten)]
    nature: Nature,
    #[command(flatten)]
    receipt: Receipt,
}

impl Responsibility {
    /// Both as they are recorded. In a session the node names its person, whatever stands here.
    pub(super) fn meta(&self, today: Date, in_session: bool) -> Result<Meta, CliError> {
        let basis = match (self.grounds.basis(today)?, &self.receipt.received_on) {
            (LegalBasis::Declaration { signed_on }, _) => {
                self.receipt.declared(signed_on, today)?
            }
            (_, Some(_)) => {
                return Err(CliError::usage("DL-0156", "--received-on chỉ đi với --declared-on."));
            }
            (basis, None) => basis,
        };
        let basis = self.nature.applied_to(basis)?;
        if in_session {
            let person = IN_SESSION.to_owned();
            return Ok(Meta { person, role: Role::Clerk, basis, review: Review::NotRequired });
        }
        self.writer.meta(basis)
    }
}

/// An act of office, which enters nothing, by whoever is named or signed in.
pub(super) fn of_office(person: &str, in_session: bool) -> Result<Meta, CliError> {
    let person = if in_session { IN_SESSION } else { person };
    let writer = Writer { person: Some(person.to_owned()), role: RoleWord::Clerk };
    writer.meta(LegalBasis::Office)
}

impl Writer {
    /// Who makes a change on this basis.
    fn meta(&self, basis: LegalBasis) -> Result<Meta, CliError> {
        let person = self.person.as_deref().map(dossier::fold::tidy).unwrap_or_default();
        let role = match self.role {
            RoleWord::Clerk => Role::Clerk,
            RoleWord::Approver => Role::Approver,
            RoleWord::Administrator => Role::Administrator,
            RoleWord::Inspector => Role::Inspector,
        };
        if person.is_empty() {
            return Err(CliError::usage("DL-0150", "Chưa có tên người ghi.")
                .hint("Hãy thêm --person \"Họ tên\", hoặc đặt biến HOSO_PERSON."));
        }
        let meta = Meta { person, role, basis, review: Review::NotRequired };
        if meta.is_well_formed() {
            Ok(meta)
        } else {
            Err(CliError::usage("DL-0151", "Tên người ghi hoặc căn cứ quá dài hoặc trống."))
        }
    }
}

impl Grounds {
    /// The basis as it is recorded.
    fn basis(&self, today: Date) -> Result<LegalBasis, CliError> {
        match (&self.decision, &self.declared_on, &self.correction) {
            (Some(text), _, _) => decision(text, today),
            (_, Some(day), _) => Ok(LegalBasis::Declaration { signed_on: date(day, today)? }),
            (_, _, Some(reason)) => Ok(LegalBasis::Correction { reason: reason.trim().to_owned() }),
            (None, None, None) => Err(CliError::usage("DL-0152", "Chưa có căn cứ của việc ghi.")
                .hint("Hãy thêm --decision, --declared-on hoặc --correction.")),
        }
    }
}

pub(super) fn decision(text: &str, today: Date) -> Result<LegalBasis, CliError> {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let (number, issuer, signed, effective) = match parts.as_slice() {
        [number, issuer, signed] => (number, issuer, signed, None),
        [number, issuer, signed, effective] => (number, issuer, signed, Some(effective)),
        _ => {
            return Err(CliError::usage("DL-0153", "Quyết định không đủ phần.")
                .hint("Ví dụ: --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/3/2024|1/4/2024\""));
        }
    };
    Ok(LegalBasis::Decision {
        issuer: (*issuer).to_owned(),
        number: (*number).to_owned(),
        signed_on: date(signed, today)?,
        effective_on: effective
            .filter(|day| !day.is_empty())
            .map(|day| date(day, today))
            .transpose()?,
        scan: None,
    })
}

pub(crate) fn date(text: &str, today: Date) -> Result<PartialDate, CliError> {
    parse_text(text.trim(), today).map_err(|_| {
        CliError::usage("DL-0154", format!("«{text}» không phải ngày có trong lịch."))
            .hint("Hãy ghi ngày/tháng/năm, ví dụ 15/3/2024.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grounds(decision: &str) -> Result<LegalBasis, CliError> {
        let grounds =
            Grounds { decision: Some(decision.to_owned()), declared_on: None, correction: None };
        grounds.basis(Date::constant(2025, 3, 1))
    }

    #[test]
    fn a_decision_is_read_part_by_part() {
        let basis = grounds("45/QĐ-UBND | UBND huyện Đà Bắc | 15/3/24 | 1/4/2024").expect("reads");
        let LegalBasis::Decision { issuer, number, signed_on, effective_on, .. } = basis else {
            panic!("another basis")
        };
        assert_eq!((issuer.as_str(), number.as_str()), ("UBND huyện Đà Bắc", "45/QĐ-UBND"));
        assert_eq!(signed_on.to_string(), "2024-03-15");
        assert_eq!(effective_on.map(|day| day.to_string()).as_deref(), Some("2024-04-01"));
        for (wrong, code) in [("45", "DL-0153"), ("45|A|hôm qua", "DL-0154")] {
            assert_eq!(grounds(wrong).expect_err("refused").code, code);
        }
    }

    #[test]
    fn a_change_names_its_person() {
        let writer = Writer { person: Some("  Hà  Văn Tú ".to_owned()), role: RoleWord::Clerk };
        let basis = LegalBasis::Correction { reason: "gõ nhầm".to_owned() };
        assert_eq!(writer.meta(basis.clone()).expect("named").person, "Hà Văn Tú");
        let nobody = Writer { person: Some(" ".to_owned()), role: RoleWord::Clerk };
        assert_eq!(nobody.meta(basis).expect_err("nobody").code, "DL-0150");
        let silent = LegalBasis::Correction { reason: String::new() };
        assert_eq!(writer.meta(silent).expect_err("no reason").code, "DL-0151");
    }
}
