//! Who may see a dossier, what a person may see, and whom the bodies above should ask why.

use clap::Args;
use dossier::grant::{Access, GrantKind, Ground, Reach};
use protocol::notice::AlertKind;
use serde_json::{Value as Json, json};

use super::acts::login_of;
use super::{ask, list};
use crate::audit::Claim;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::grant::{AlertShown, GrantAnswer, GrantOrder};

#[derive(Debug, Args)]
pub(in crate::cli) struct Who {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct What {
    /// Tên đăng nhập
    #[arg(long, value_name = "TÊN")]
    login: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Alerts {}

impl Who {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let dossier = desk.ask()?.dossier(&self.dossier)?;
        let answer = ask(desk, GrantOrder::Who(dossier), Claim::default())?;
        let GrantAnswer::Who { unit, access } = answer else { return Err(CliError::unexpected()) };
        if desk.out.is_json() {
            let list: Vec<Json> = access.iter().map(access_json).collect();
            desk.out.answer(&json!({ "dossier": dossier, "unit": unit, "count": list.len(),
                "access": list }));
            return Ok(Exit::Done);
        }
        let library = Library::of(desk)?;
        desk.out.say(format_args!("Đơn vị quản lý: {}", library.unit_name(&unit)));
        desk.out.table(
            ["Ai", "Họ tên", "Căn cứ"],
            access.iter().map(|it| {
                [
                    list::grantee_vi(&it.grantee),
                    it.full_name.clone(),
                    with_sections(ground_vi(&it.ground), it.sections.iter()),
                ]
            }),
        );
        Ok(Exit::Done)
    }
}

impl What {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let login = login_of(&self.login)?;
        let answer = ask(desk, GrantOrder::What(login.clone()), Claim::default())?;
        let GrantAnswer::What(reach) = answer else { return Err(CliError::unexpected()) };
        if desk.out.is_json() {
            let list: Vec<Json> = reach.iter().map(reach_json).collect();
            desk.out.answer(&json!({ "login": login, "count": list.len(), "reach": list }));
            return Ok(Exit::Done);
        }
        if reach.is_empty() {
            desk.out.say(format_args!("{login} không được xem hồ sơ nào."));
            return Ok(Exit::Done);
        }
        desk.out.table(
            ["Hồ sơ của", "Hồ sơ", "Căn cứ"],
            reach.iter().map(|it| {
                let units: Vec<String> =
                    it.units.iter().map(|list| units_vi(list.iter())).collect();
                let dossiers = match it.dossiers.len() {
                    0 => "tất cả".to_owned(),
                    count => format!("{count} hồ sơ"),
                };
                let ground = with_sections(ground_vi(&it.ground), it.sections.iter());
                [units.join(" và trong "), dossiers, ground]
            }),
        );
        Ok(Exit::Done)
    }
}

impl Alerts {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let answer = ask(desk, GrantOrder::Alerts, Claim::default())?;
        let GrantAnswer::Alerts(alerts) = answer else { return Err(CliError::unexpected()) };
        if desk.out.is_json() {
            let list: Vec<Json> = alerts.iter().map(alert_json).collect();
            desk.out.answer(&json!({ "count": list.len(), "alerts": list }));
            return Ok(Exit::Done);
        }
        if alerts.is_empty() {
            desk.out.say("Không có cảnh báo.");
        }
        for alert in &alerts {
            desk.out.say(alert_text(alert));
        }
        Ok(Exit::Done)
    }
}

fn units_vi<'a>(units: impl Iterator<Item = &'a dossier::UnitId>) -> String {
    units.map(dossier::UnitId::as_str).collect::<Vec<_>>().join(", ")
}

fn with_sections<'a>(mut text: String, sections: impl Iterator<Item = &'a String>) -> String {
    let sections: Vec<&str> = sections.map(String::as_str).collect();
    if !sections.is_empty() {
        text.push_str(&format!("; chỉ phần {}", sections.join(", ")));
    }
    text
}

/// The ground of a right to see, for people.
fn ground_vi(ground: &Ground) -> String {
    match ground {
        Ground::Assignment { decision } => format!("phân công {decision}"),
        Ground::BodyAbove { decision } => format!("cơ quan cấp trên, phân công {decision}"),
        Ground::NoAccountYet => "đơn vị chưa có tài khoản: người ngồi tại máy".to_owned(),
        Ground::Grant { kind: GrantKind::Mission, document, .. } => {
            format!("đoàn kiểm tra theo {document}")
        }
        Ground::Grant { document, .. } => format!("văn bản cho phép {document}"),
    }
}

fn access_json(access: &Access) -> Json {
    json!({ "grantee": list::grantee_json(&access.grantee), "full_name": access.full_name,
        "ground": access.ground, "ground_text": ground_vi(&access.ground),
        "sections": access.sections })
}

fn reach_json(reach: &Reach) -> Json {
    json!({ "units": reach.units, "dossiers": reach.dossiers, "sections": reach.sections,
        "ground": reach.ground, "ground_text": ground_vi(&reach.ground) })
}

/// An alert in JSON.
pub(in crate::cli) fn alert_json(alert: &AlertShown) -> Json {
    json!({ "unit": alert.unit, "at_ms": alert.at.as_millis(), "kind": alert.kind,
        "person": alert.person, "text": alert_text(alert) })
}

/// An alert, for people.
pub(in crate::cli) fn alert_text(alert: &AlertShown) -> String {
    let AlertKind::ManyOpened { opened } = alert.kind;
    let who = if alert.person.is_empty() { "một người" } else { &alert.person };
    let at = words::instant(alert.at);
    format!("{at}: {who} ở {} mở {opened} hồ sơ trong một giờ", alert.unit)
}
