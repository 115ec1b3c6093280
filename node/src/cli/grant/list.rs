//! `hoso grant list`: what was given by document, and how it stands.

use clap::Args;
use dossier::{
    Hash,
    grant::{GrantKind, Grantee, Scope},
};
use serde_json::{Value as Json, json};

use super::ask;
use crate::audit::Claim;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::{Outcome, words};
use crate::grant::{GrantAnswer, GrantOrder, GrantShown};

/// The shortest beginning of an id that names a grant.
const FRONT_MIN: usize = 6;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        list(desk, None)
    }
}

/// Every grant the node knows.
fn all(desk: &Desk<'_>) -> Result<Vec<GrantShown>, CliError> {
    match ask(desk, GrantOrder::List, Claim::default())? {
        GrantAnswer::List(list) => Ok(list),
        _ => Err(CliError::unexpected()),
    }
}

/// The grant whose id begins so.
pub(in crate::cli) fn one(desk: &Desk<'_>, text: &str) -> Result<GrantShown, CliError> {
    let wanted = text.trim().to_ascii_lowercase();
    let mut found = all(desk)?;
    found.retain(|it| wanted.len() >= FRONT_MIN && it.id.to_string().starts_with(&wanted));
    match (found.pop(), found.is_empty()) {
        (Some(grant), true) => Ok(grant),
        (None, _) => {
            Err(CliError::failed("UQ-0103", format!("Không có quyền nào có mã «{text}»."))
                .hint("Hãy xem «hoso grant list»; phần đầu của mã, từ 6 ký tự, là đủ."))
        }
        (Some(_), false) => {
            Err(CliError::failed("UQ-0104", format!("Có nhiều quyền có mã bắt đầu bằng «{text}».")))
        }
    }
}

/// Lists grants of a kind, or all.
pub(in crate::cli) fn list(desk: &mut Desk<'_>, kind: Option<GrantKind>) -> Outcome {
    let mut grants = all(desk)?;
    grants.retain(|grant| kind.is_none_or(|kind| grant.kind == kind));
    if desk.out.is_json() {
        let list: Vec<Json> = grants.iter().map(as_json).collect();
        desk.out.answer(&json!({ "count": list.len(), "grants": list }));
        return Ok(Exit::Done);
    }
    if grants.is_empty() {
        desk.out.say("Chưa có bản ghi nào.");
        return Ok(Exit::Done);
    }
    desk.out.table(
        ["Mã", "Loại", "Văn bản", "Cho", "Phạm vi", "Từ – đến", "Tình trạng"],
        grants.iter().map(|grant| {
            [
                short(&grant.id),
                kind_vi(grant.kind).to_owned(),
                grant.document.number.clone(),
                grantee_vi(&grant.grantee),
                scope_vi(&grant.scope),
                format!("{} – {}", words::date(grant.period.from), words::date(grant.period.to)),
                standing_vi(&grant.standing).to_owned(),
            ]
        }),
    );
    Ok(Exit::Done)
}

fn as_json(grant: &GrantShown) -> Json {
    json!({ "grant": grant.id, "kind": grant.kind, "unit": grant.unit,
        "document": grant.document.number, "signed_on": grant.document.signed_on,
        "issuer": grant.issuer, "by": grant.by.signature(), "grantee": grantee_json(&grant.grantee),
        "units": grant.scope.units, "dossiers": grant.scope.dossiers,
        "sections": grant.scope.sections, "from": grant.period.from, "to": grant.period.to,
        "purpose": grant.purpose, "standing": grant.standing })
}

/// The front of an id, enough to name a grant.
pub(in crate::cli) fn short(id: &Hash) -> String {
    id.to_string().chars().take(8).collect()
}

/// A kind, for people.
pub(super) fn kind_vi(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Delegation => "ủy quyền nhập",
        GrantKind::Consent => "cho phép xem",
        GrantKind::Mission => "đoàn kiểm tra",
        GrantKind::Correction => "lệnh đính chính",
        GrantKind::BulkCopies => "cho kết xuất nhiều hồ sơ",
    }
}

/// A standing, for people.
pub(super) fn standing_vi(standing: &str) -> &'static str {
    match standing {
        "active" => "đang có hiệu lực",
        "waiting" => "chờ người thứ hai ký",
        "coming" => "chưa đến ngày",
        "over" => "hết hạn",
        "ended" => "đã kết thúc",
        _ => "không rõ",
    }
}

/// Who got the right, for people.
pub(super) fn grantee_vi(grantee: &Grantee) -> String {
    match grantee {
        Grantee::Unit(unit) => unit.to_string(),
        Grantee::Person { unit, login } => format!("{login} ({unit})"),
        Grantee::Outsider { full_name, papers } => format!("{full_name}, {papers}"),
    }
}

/// Who got the right, for programs.
pub(super) fn grantee_json(grantee: &Grantee) -> Json {
    match grantee {
        Grantee::Unit(unit) => json!({ "unit": unit }),
        Grantee::Person { unit, login } => json!({ "unit": unit, "login": login }),
        Grantee::Outsider { full_name, papers } => {
            json!({ "full_name": full_name, "papers": papers })
        }
    }
}

fn scope_vi(scope: &Scope) -> String {
    let units: Vec<&str> = scope.units.iter().map(|unit| unit.as_str()).collect();
    let mut text = units.join(", ");
    if !scope.dossiers.is_empty() {
        text.push_str(&format!(": {} hồ sơ", scope.dossiers.len()));
    }
    if !scope.sections.is_empty() {
        let sections: Vec<&str> = scope.sections.iter().map(String::as_str).collect();
        text.push_str(&format!(", phần {}", sections.join(", ")));
    }
    text
}
