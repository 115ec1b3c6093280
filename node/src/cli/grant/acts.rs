//! Acts on rights given by document: given, narrowed, ended, signed by a second officer.

use std::collections::BTreeSet;

use clap::Args;
use dossier::{
    Hash, LegalBasis, PartialDate, UnitId,
    account::{Login, Paper},
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use serde_json::json;

use super::{ask, list};
use crate::audit::Claim;
use crate::cli::Outcome;
use crate::cli::basis::{date, decision};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::grant::{GrantAnswer, GrantOrder};

/// Who gets the right.
#[derive(Debug, Clone, Args)]
struct To {
    /// Tên đăng nhập của người được phép
    #[arg(long, value_name = "TÊN", requires = "to_unit", conflicts_with = "to_name")]
    to_login: Option<String>,
    /// Đơn vị có tài khoản của người đó
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to_unit: Option<UnitId>,
    /// Họ tên người không có tài khoản
    #[arg(long, value_name = "HỌ TÊN", requires = "to_papers")]
    to_name: Option<String>,
    /// Giấy tờ của người đó, ví dụ số giấy giới thiệu
    #[arg(long, value_name = "GIẤY TỜ")]
    to_papers: Option<String>,
}

/// What the right reaches.
#[derive(Debug, Clone, Default, Args)]
struct Scoped {
    /// Hồ sơ của đơn vị này và các đơn vị thuộc nó; ghi nhiều lần được
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    over: Vec<UnitId>,
    /// Chỉ hồ sơ này; ghi nhiều lần được
    #[arg(long, value_name = "HỒ SƠ")]
    dossier: Vec<String>,
    /// Chỉ phần này của phiếu, theo mã phần; ghi nhiều lần được
    #[arg(long, value_name = "MÃ PHẦN")]
    section: Vec<String>,
}

/// The document, and who enters it.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Document {
    /// Văn bản: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "VĂN BẢN")]
    document: String,
    #[command(flatten)]
    signer: Signer,
}

/// Who enters an act, where nobody is signed in.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Signer {
    /// Họ tên người lập, khi đơn vị chưa có tài khoản (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN")]
    person: Option<String>,
}

/// From when to when, and why.
#[derive(Debug, Clone, Args)]
struct Grounds {
    /// Ngày đầu
    #[arg(long, value_name = "NGÀY")]
    from: String,
    /// Ngày cuối
    #[arg(long, value_name = "NGÀY")]
    until: String,
    /// Mục đích hoặc lý do
    #[arg(long, value_name = "MỤC ĐÍCH")]
    purpose: String,
}

/// What is given, on which document.
#[derive(Debug, Clone, Args)]
struct Terms {
    #[command(flatten)]
    scope: Scoped,
    #[command(flatten)]
    document: Document,
    #[command(flatten)]
    grounds: Grounds,
}

/// What one person is given to read.
#[derive(Debug, Args)]
pub(in crate::cli) struct Allowance {
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Delegate {
    /// Đơn vị trực thuộc được ủy quyền nhập
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to_unit: UnitId,
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Correction {
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Copies {
    /// Đơn vị được kết xuất; mọi người của đơn vị nếu không ghi --to-login
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to_unit: UnitId,
    /// Chỉ người này
    #[arg(long, value_name = "TÊN")]
    to_login: Option<String>,
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Confirm {
    /// Mã của lệnh hoặc giấy cho phép, hoặc phần đầu
    #[arg(long, value_name = "MÃ")]
    grant: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Narrow {
    /// Mã của quyền, hoặc phần đầu
    #[arg(long, value_name = "MÃ")]
    grant: String,
    #[command(flatten)]
    scope: Scoped,
    /// Ngày đầu mới
    #[arg(long, value_name = "NGÀY")]
    from: Option<String>,
    /// Ngày cuối mới
    #[arg(long, value_name = "NGÀY")]
    until: Option<String>,
    #[command(flatten)]
    document: Document,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct End {
    /// Mã của quyền, hoặc phần đầu
    #[arg(long, value_name = "MÃ")]
    grant: String,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    #[command(flatten)]
    signer: Signer,
}

impl To {
    /// The person that is meant.
    fn grantee(&self) -> Result<Grantee, CliError> {
        match (&self.to_login, &self.to_unit, &self.to_name, &self.to_papers) {
            (Some(login), Some(unit), None, _) => {
                Ok(Grantee::Person { unit: unit.clone(), login: login_of(login)? })
            }
            (None, _, Some(name), Some(papers)) => Ok(Grantee::Outsider {
                full_name: dossier::fold::tidy(name),
                papers: dossier::fold::tidy(papers),
            }),
            _ => Err(CliError::usage("UQ-0101", "Chưa ghi người được phép.").hint(
                "Người có tài khoản: --to-login TÊN --to-unit ĐƠN-VỊ; \
                 người khác: --to-name HỌ-TÊN --to-papers GIẤY-TỜ.",
            )),
        }
    }
}

/// A login as it was typed.
pub(super) fn login_of(text: &str) -> Result<Login, CliError> {
    text.trim().parse().map_err(|_| {
        CliError::usage("TK-0110", format!("«{text}» không phải tên đăng nhập."))
            .hint("3 đến 32 chữ thường không dấu, số, dấu chấm, gạch nối; bắt đầu bằng chữ.")
    })
}

impl Signer {
    pub(in crate::cli) fn claim(&self) -> Claim {
        let person = self.person.as_deref().map(dossier::fold::tidy).unwrap_or_default();
        Claim { person, ..Claim::default() }
    }
}

impl Document {
    /// Who enters it, as far as it was said.
    pub(in crate::cli) fn claim(&self) -> Claim {
        self.signer.claim()
    }

    pub(in crate::cli) fn read(&self, desk: &Desk<'_>) -> Result<(Paper, String), CliError> {
        match decision(&self.document, desk.today()?)? {
            LegalBasis::Decision { issuer, number, signed_on, .. } => {
                Ok((Paper { number, signed_on }, issuer))
            }
            _ => Err(CliError::unexpected()),
        }
    }
}

impl Scoped {
    /// The scope; dossiers are looked up as everywhere.
    fn read(&self, desk: &Desk<'_>) -> Result<Scope, CliError> {
        let mut scope = Scope {
            units: self.over.iter().cloned().collect(),
            sections: self.section.iter().map(|it| it.trim().to_owned()).collect(),
            ..Scope::default()
        };
        let library = crate::cli::library::Library::load()?;
        let known = |id: &String| library.form.sections().iter().any(|section| section.id == *id);
        if let Some(unknown) = scope.sections.iter().find(|id| !known(id)) {
            let ids: Vec<&str> = library.form.sections().iter().map(|it| it.id.as_str()).collect();
            return Err(CliError::usage("UQ-0102", format!("Phiếu không có phần «{unknown}»."))
                .hint(format!("Các phần: {}.", ids.join(", "))));
        }
        if !self.dossier.is_empty() {
            let mut asker = desk.ask()?;
            for text in &self.dossier {
                scope.dossiers.insert(asker.dossier(text)?);
            }
        }
        Ok(scope)
    }

    fn is_empty(&self) -> bool {
        self.over.is_empty() && self.dossier.is_empty() && self.section.is_empty()
    }
}

impl Grounds {
    fn period(&self, desk: &Desk<'_>) -> Result<Period, CliError> {
        Ok(Period { from: day(&self.from, desk)?, to: day(&self.until, desk)? })
    }
}

fn day(text: &str, desk: &Desk<'_>) -> Result<PartialDate, CliError> {
    date(text, desk.today()?)
}

/// The person the node puts in the place of what is sent.
pub(in crate::cli) fn nobody() -> Officer {
    Officer { full_name: "-".to_owned(), login: None }
}

/// Has a right signed and tells its id.
fn give(desk: &mut Desk<'_>, kind: GrantKind, grantee: Grantee, terms: &Terms) -> Outcome {
    let Terms { scope, document, grounds } = terms;
    let (paper, issuer) = document.read(desk)?;
    let giving = Giving {
        kind,
        document: paper,
        issuer,
        by: nobody(),
        grantee,
        scope: scope.read(desk)?,
        period: grounds.period(desk)?,
        purpose: crate::grant::purpose(&grounds.purpose),
    };
    let said = format!("Đã ghi {}.", list::kind_vi(kind));
    act(desk, GrantAct::Give(giving), document.signer.claim(), &said)
}

/// Has an act signed.
pub(in crate::cli) fn act(desk: &mut Desk<'_>, act: GrantAct, claim: Claim, said: &str) -> Outcome {
    let GrantAnswer::Acted { id, standing } = ask(desk, GrantOrder::Act(Box::new(act)), claim)?
    else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        desk.out.answer(&json!({ "grant": id, "standing": standing }));
        return Ok(Exit::Done);
    }
    let standing = list::standing_vi(&standing);
    desk.out.say(format_args!("{said} Mã {}: {standing}.", list::short(&id)));
    Ok(Exit::Done)
}

impl Allowance {
    /// Has it signed as a right of this kind.
    pub(in crate::cli) fn give(self, desk: &mut Desk<'_>, kind: GrantKind) -> Outcome {
        give(desk, kind, self.to.grantee()?, &self.terms)
    }
}

impl Delegate {
    pub(super) fn run(mut self, desk: &mut Desk<'_>) -> Outcome {
        let scope = &mut self.terms.scope;
        if scope.over.is_empty() && scope.dossier.is_empty() {
            // Without a word about it: the dossiers the body itself keeps.
            scope.over.push(desk.ask()?.status()?.unit);
        }
        give(desk, GrantKind::Delegation, Grantee::Unit(self.to_unit), &self.terms)
    }
}

impl Correction {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let own = Grantee::Unit(desk.ask()?.status()?.unit);
        give(desk, GrantKind::Correction, own, &self.terms)
    }
}

impl Copies {
    pub(super) fn run(mut self, desk: &mut Desk<'_>) -> Outcome {
        let scope = &mut self.terms.scope;
        if scope.over.is_empty() && scope.dossier.is_empty() {
            // Without a word about it: all that the unit reads.
            scope.over.push(self.to_unit.clone());
        }
        let grantee = match &self.to_login {
            Some(login) => Grantee::Person { unit: self.to_unit, login: login_of(login)? },
            None => Grantee::Unit(self.to_unit),
        };
        give(desk, GrantKind::BulkCopies, grantee, &self.terms)
    }
}

impl Confirm {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let grant = meant(desk, &self.grant)?;
        let said = "Người thứ hai đã ký.";
        act(desk, GrantAct::Confirm { grant, by: nobody() }, self.signer.claim(), said)
    }
}

/// What was said of a part of the scope, or what it was.
fn said_or<T>(said: BTreeSet<T>, known: BTreeSet<T>) -> BTreeSet<T> {
    if said.is_empty() { known } else { said }
}

impl Narrow {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let shown = list::one(desk, &self.grant)?;
        let ends = |text: &Option<String>, known: PartialDate, desk: &Desk<'_>| match text {
            Some(text) => day(text, desk),
            None => Ok(known),
        };
        let period = Period {
            from: ends(&self.from, shown.period.from, desk)?,
            to: ends(&self.until, shown.period.to, desk)?,
        };
        let scope = if self.scope.is_empty() {
            None
        } else {
            let said = self.scope.read(desk)?;
            Some(Scope {
                units: said_or(said.units, shown.scope.units),
                dossiers: said_or(said.dossiers, shown.scope.dossiers),
                sections: said_or(said.sections, shown.scope.sections),
            })
        };
        let (document, _) = self.document.read(desk)?;
        let period = (period != shown.period).then_some(period);
        let by = nobody();
        let narrowed = GrantAct::Narrow { grant: shown.id, scope, period, document, by };
        act(desk, narrowed, self.document.signer.claim(), "Đã thu hẹp.")
    }
}

impl End {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let grant = meant(desk, &self.grant)?;
        let reason = dossier::fold::tidy(&self.reason);
        let ended = GrantAct::End { grant, reason, by: nobody() };
        act(desk, ended, self.signer.claim(), "Đã kết thúc.")
    }
}

fn meant(desk: &Desk<'_>, text: &str) -> Result<Hash, CliError> {
    Ok(list::one(desk, text)?.id)
}
