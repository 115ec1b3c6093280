//! `hoso obligations`: what the unit owes by the clocks of the law, the most urgent first.

mod explain;

use std::collections::BTreeMap;

use clap::Args;
use dossier::calendar::Calendar;
use dossier::deadline::{Profile, RuleSet, State};
use dossier::disruption::Disruptions;
use dossier::obligation::{Bench, Obligation, Urgency};
use dossier::unit::{Tier, Unit, UnitTree};
use dossier::{DossierId, Hash, UnitId};
use serde_json::{Value as Json, json};

use super::calendar::{Book, day, due};
use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::library::Library;
use super::survey::Survey;
use super::{Outcome, campaign};
use crate::survey::Appraisal;

const EXAMPLES: &str = "\
Ví dụ:
  hoso obligations                       Việc đang mở, gấp nhất trước
  hoso obligations --overdue
  hoso obligations --unit d150 --due-soon --json
  hoso obligations --as-of 30/6/2026     Tình trạng vào cuối ngày đó
  hoso obligations --explain 3fa2b1c0    Cách đếm từng ngày
  hoso obligations --explain 3fa2b1c0 --reason \"chờ bản gốc\" --person \"Hà Văn Tú\"

Hạn được tính từ hồ sơ, không ghi sẵn: làm xong thì tự hết. Sắp đến hạn là còn 5 ngày làm việc.";

/// The shortest beginning of an id that names an obligation.
const FRONT_MIN: usize = 6;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Chỉ của đơn vị này và các đơn vị thuộc nó
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: Option<UnitId>,
    /// Chỉ việc sắp đến hạn
    #[arg(long, conflicts_with = "overdue")]
    due_soon: bool,
    /// Chỉ việc quá hạn
    #[arg(long)]
    overdue: bool,
    /// Cả việc đã làm xong
    #[arg(long, conflicts_with_all = ["due_soon", "overdue"])]
    all: bool,
    /// Tình trạng vào cuối ngày này
    #[arg(long, value_name = "NGÀY")]
    as_of: Option<String>,
    /// Giải thích cách đếm của một việc, theo mã hoặc phần đầu của mã
    #[arg(long, value_name = "MÃ")]
    explain: Option<String>,
    /// Ghi lý do muộn của việc này (Điều 9.1 b)
    #[arg(long, value_name = "LÝ DO", requires = "explain")]
    reason: Option<String>,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let as_of = self.as_of.as_deref().map(|text| day(text, today)).transpose()?;
        let profile = desk.settings(&[])?.settings.deadlines;
        let calendar = Book::of(desk)?.in_force();
        let library = Library::of(desk)?;
        let mut survey = Survey::of(desk, self.unit.as_ref(), self.reader.claim())?;
        let bench = Bench { as_of: as_of.unwrap_or(today), calendar: &calendar, profile: &profile };
        let held = desk.ask()?.status()?.unit;
        let scope = self.unit.as_ref().unwrap_or(&held);
        let mut owed = all(&bench, survey.appraisals(), scope, &library.tree);
        owed.extend(notices(desk, &bench, scope, &library.tree)?);
        owed.sort_by_cached_key(|it| (it.urgency(), it.due.last_on_time, it.id));
        if let Some(text) = &self.explain {
            let one = one(&owed, text)?;
            return match &self.reason {
                Some(reason) => explain::excuse(desk, one, reason, &self.reader.claim().person),
                None => explain::tell(desk, one, &calendar, &profile),
            };
        }
        let counts = Counts::of(&owed);
        owed.retain(|it| self.wants(it.urgency()));
        let mut asked = self.asked(desk, &bench, scope, &library.tree)?;
        asked.retain(|it| self.wants(it.urgency()));
        if desk.out.is_json() {
            let list: Vec<Json> = owed.iter().map(|it| as_json(it, &calendar)).collect();
            desk.out.answer(&json!({ "as_of": bench.as_of.to_string(), "count": list.len(),
                "totals": counts.as_json(), "rules": rules(&profile),
                "person_days": profile.person_days, "obligations": list,
                "campaigns": asked.iter().map(campaign::Owed::as_json).collect::<Vec<_>>() }));
            return Ok(Exit::Done);
        }
        if owed.is_empty() {
            desk.out.say("Không có việc nào như vậy.");
        } else {
            let names = survey.names()?;
            table(desk, &owed, &names);
        }
        desk.out.say(counts.line());
        asked.iter().for_each(|it| desk.out.say(it.line()));
        desk.out.say(setting(&profile));
        Ok(Exit::Done)
    }

    /// What campaigns and requests ask for; nothing where the person may not see who has filed.
    fn asked(
        &self,
        desk: &Desk<'_>,
        bench: &Bench<'_>,
        scope: &UnitId,
        tree: &UnitTree,
    ) -> Result<Vec<campaign::Owed>, CliError> {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let found = campaign::owed(&mut asker, tree, scope, bench.as_of, bench.calendar);
        match found {
            Err(error) if error.exit == Exit::Failed => Ok(Vec::new()),
            found => found,
        }
    }

    fn wants(&self, urgency: Urgency) -> bool {
        match urgency {
            Urgency::Overdue => !self.due_soon,
            Urgency::DueSoon => !self.overdue,
            Urgency::ReasonAsked | Urgency::Open => !self.due_soon && !self.overdue,
            Urgency::Settled => self.all,
        }
    }
}

/// What is owed within a unit, the most urgent first.
pub(super) fn all(
    bench: &Bench<'_>,
    appraisals: impl Iterator<Item = Appraisal>,
    scope: &UnitId,
    tree: &UnitTree,
) -> Vec<Obligation> {
    let mut owed: Vec<Obligation> = appraisals.flat_map(|it| bench.of_dossier(&it.facts)).collect();
    owed.extend(of_units(bench, scope, tree));
    owed.sort_by_cached_key(|it| (it.urgency(), it.due.last_on_time, it.id));
    owed
}

/// What the units of a scope owe for themselves.
pub(crate) fn of_units(bench: &Bench<'_>, scope: &UnitId, tree: &UnitTree) -> Vec<Obligation> {
    let units = tree.units().filter(|unit| tree.is_within(&unit.id, scope));
    units.flat_map(|unit| bench.of_unit(unit)).collect()
}

/// The notices of incidents that the bodies which run the system owe (Điều 14.7).
fn notices(
    desk: &mut Desk<'_>,
    bench: &Bench<'_>,
    scope: &UnitId,
    tree: &UnitTree,
) -> Result<Vec<Obligation>, CliError> {
    let known = super::outage::known(&mut desk.ask()?)?;
    Ok(of_disruptions(bench, &known, scope, tree))
}

/// The same for incidents that are known.
pub(crate) fn of_disruptions(
    bench: &Bench<'_>,
    known: &Disruptions,
    scope: &UnitId,
    tree: &UnitTree,
) -> Vec<Obligation> {
    let of_tier_three = |it: &&Unit| it.tier == Tier::Three && tree.is_within(&it.id, scope);
    let units = tree.units().filter(of_tier_three);
    units.flat_map(|unit| bench.of_disruptions(&unit.id, known)).collect()
}

/// How many there are of each urgency.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts(BTreeMap<Urgency, u32>);

impl Counts {
    fn of(owed: &[Obligation]) -> Self {
        let mut counts = Self::default();
        owed.iter().for_each(|it| counts.add(it.urgency()));
        counts
    }

    pub(super) fn add(&mut self, urgency: Urgency) {
        *self.0.entry(urgency).or_default() += 1;
    }

    fn get(&self, urgency: Urgency) -> u32 {
        self.0.get(&urgency).copied().unwrap_or(0)
    }

    fn as_json(&self) -> Json {
        json!({ "overdue": self.get(Urgency::Overdue), "reason_asked": self.get(Urgency::ReasonAsked),
            "due_soon": self.get(Urgency::DueSoon), "open": self.get(Urgency::Open),
            "settled": self.get(Urgency::Settled) })
    }

    fn line(&self) -> String {
        let of = |urgency| self.get(urgency);
        format!(
            "Quá hạn: {}; làm muộn, chưa ghi lý do: {}; sắp đến hạn: {}; chưa đến hạn: {}; đã xong: {}.",
            of(Urgency::Overdue),
            of(Urgency::ReasonAsked),
            of(Urgency::DueSoon),
            of(Urgency::Open),
            of(Urgency::Settled)
        )
    }
}

fn table(desk: &mut Desk<'_>, owed: &[Obligation], names: &BTreeMap<DossierId, String>) {
    let headings = ["Mã", "Hạn cuối", "Tình trạng", "Việc", "Văn bản", "Hồ sơ", "Đơn vị"];
    let rows = owed.iter().map(|it| {
        let name = it.dossier.and_then(|id| names.get(&id)).cloned().unwrap_or_default();
        [
            short(&it.id),
            it.due.last_on_time.strftime("%d/%m/%Y").to_string(),
            brief(it),
            it.due.clock.name_vi().to_owned(),
            it.document.clone(),
            name,
            it.unit.to_string(),
        ]
    });
    desk.out.table(headings, rows);
}

pub(crate) fn short(id: &Hash) -> String {
    id.to_string()[..8].to_owned()
}

/// How it stands, in a few words.
fn brief(owed: &Obligation) -> String {
    match owed.state {
        State::NotStarted => "chưa bắt đầu".to_owned(),
        State::Open { left } | State::DueSoon { left } => format!("còn {left} ngày làm việc"),
        State::Overdue { by } => {
            let cause = if owed.sent_late { ", do bên gửi muộn" } else { "" };
            format!("quá hạn {} ngày làm việc{cause}", by.working_days)
        }
        State::Met { late_by } if late_by.is_late() && owed.sent_late => {
            format!("muộn {} ngày làm việc, do bên gửi muộn", late_by.working_days)
        }
        State::Met { late_by } if late_by.is_late() => match &owed.reason {
            Some(reason) => format!("muộn {} ngày làm việc: {reason}", late_by.working_days),
            None => format!("muộn {} ngày làm việc, phải ghi lý do", late_by.working_days),
        },
        State::Met { .. } => "đúng hạn".to_owned(),
        State::Exempt => "trước Quy chế, không tính".to_owned(),
    }
}

fn as_json(owed: &Obligation, calendar: &Calendar) -> Json {
    let (state, late) = due::code(&owed.state);
    let Obligation { id, unit, dossier, document, due, reason, .. } = owed;
    let steps =
        due.counting.as_ref().and_then(|it| it.steps(calendar).ok()).map_or(0, |it| it.len());
    json!({ "id": id, "unit": unit, "dossier": dossier, "clock": due.clock.code(),
        "document": document, "article": due.rule.article, "start": due.start.to_string(),
        "last_on_time": due.last_on_time.to_string(), "provisional": due.provisional,
        "charged": due.charged, "state": state, "late_days": late.days,
        "late_working_days": late.working_days, "reason": reason, "sent_late": owed.sent_late, "local": owed.is_local(),
        "days_passed": steps })
}

fn one<'o>(owed: &'o [Obligation], text: &str) -> Result<&'o Obligation, CliError> {
    let wanted = text.trim().to_ascii_lowercase();
    let mut found = owed
        .iter()
        .filter(|it| wanted.len() >= FRONT_MIN && it.id.to_string().starts_with(&wanted));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(CliError::failed("LH-0120", format!("Không có việc nào có mã «{text}»."))
            .hint("Mã xem trong «hoso obligations --all»; phần đầu, từ 6 ký tự, là đủ.")),
        (Some(_), Some(_)) => {
            Err(CliError::failed("LH-0121", format!("Có nhiều việc có mã bắt đầu bằng «{text}».")))
        }
    }
}

fn rules(profile: &Profile) -> &'static str {
    match profile.rules {
        RuleSet::Regulation2014 => "regulation-2014",
        RuleSet::Decree2026 => "decree-2026",
    }
}

/// By which rules it was counted; what is the unit's own setting is named (Điều 9.2 b).
pub(crate) fn setting(profile: &Profile) -> String {
    let rules = match profile.rules {
        RuleSet::Regulation2014 => "Quy chế năm 2014",
        RuleSet::Decree2026 => "Quy chế năm 2014 và Nghị định 27/2026/NĐ-CP",
    };
    format!(
        "Theo {rules}; bản kê khai cá nhân: {} ngày làm việc (cấu hình deadlines.person_days của đơn vị).",
        profile.person_days
    )
}
