//! «Việc cần làm»: what the law asks of the unit today; and «Đồng bộ».

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dossier::UnitId;
use dossier::deadline::{Length, State};
use dossier::obligation::{Bench, Obligation, Urgency};
use dossier::unit::UnitTree;
use pages::frame::{Grade, Notice, Place};
use pages::home::{Counter, Home, Sync, Task};
use protocol::core::{CustodyAnswer, CustodyQuestion, TransferShown, TransferStage};
use protocol::{Answer as CoreAnswer, Command};

use super::answer::{Answer, off_terminal};
use super::routes::{Asked, Outcome, text};
use super::visit::Visit;
use crate::cli::shared::{
    Asker, CliError, Library, compared, disruptions, obligations, owed, status_lines, verdict,
    words,
};
use crate::survey::{OwedOf, OwedOrder, OwedPage};

/// Tasks on one page.
const TASKS: usize = 50;

/// How long the superior's answer is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The part of the list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Overdue,
    Soon,
    Coming,
}

impl Part {
    fn of(word: &str) -> Self {
        match word {
            "qua-han" => Self::Overdue,
            "sap-den-han" => Self::Soon,
            "tiep-nhan" => Self::Coming,
            _ => Self::All,
        }
    }

    /// The urgencies that are shown in it.
    fn wanted(self) -> BTreeSet<Urgency> {
        let late = [Urgency::Overdue, Urgency::ReasonAsked];
        match self {
            Self::All => late.into_iter().chain([Urgency::DueSoon, Urgency::Open]).collect(),
            Self::Overdue => late.into(),
            Self::Soon => [Urgency::DueSoon].into(),
            Self::Coming => BTreeSet::new(),
        }
    }
}

/// What is owed within a unit: the most urgent with the names of those it is owed for, and how much
/// there is of each urgency.
struct Owed {
    first: Vec<(Obligation, String)>,
    counts: BTreeMap<Urgency, u32>,
    unreviewed: u64,
}

impl Owed {
    fn asked(
        visit: &mut Visit,
        bench: &Bench<'_>,
        held: &UnitId,
        tree: &UnitTree,
        part: Part,
    ) -> Result<Self, CliError> {
        let wanted = part.wanted();
        let limit = u32::try_from(TASKS).unwrap_or(u32::MAX);
        let order = OwedOrder { scope: None, wanted: wanted.clone(), limit };
        let OwedPage { mut counts, unreviewed, of, .. } = owed(&mut visit.again(), order)?;
        let mut own = obligations::of_units(bench, held, tree);
        let known = disruptions(&mut visit.asker)?;
        own.extend(obligations::of_disruptions(bench, &known, held, tree));
        for one in &own {
            *counts.entry(one.urgency()).or_default() += 1;
        }
        let mut first: Vec<_> = own.into_iter().map(|one| (one, String::new())).collect();
        for OwedOf { name, appraisal, obligations } in of {
            let appraisal = appraisal.open().ok_or_else(CliError::unexpected)?;
            let all = bench.of_dossier(&appraisal.facts).into_iter();
            let named = all.filter(|one| obligations.contains(&one.id));
            first.extend(named.map(|one| (one, name.clone())));
        }
        first.retain(|(one, _)| wanted.contains(&one.urgency()));
        first.sort_by_cached_key(|(it, _)| (it.urgency(), it.due.last_on_time, it.id));
        first.truncate(TASKS);
        Ok(Self { first, counts, unreviewed })
    }

    fn count(&self, of: &BTreeSet<Urgency>) -> usize {
        of.iter().filter_map(|urgency| self.counts.get(urgency)).map(|it| *it as usize).sum()
    }
}

/// «Việc cần làm».
pub(super) fn show(visit: &mut Visit, asked: &Asked) -> Outcome {
    let part = Part::of(text(&asked.form, "loc"));
    let (today, library) = (visit.today()?, visit.library()?);
    let calendar = visit.calendar()?;
    let profile = visit.house.deadlines;
    let bench = Bench { as_of: today, calendar: &calendar, profile: &profile };
    let held = visit.asker.status()?.unit;
    let owed = Owed::asked(visit, &bench, &held, &library.tree, part)?;
    let coming = coming(&mut visit.asker, &held, &library)?;

    let mut tasks: Vec<Task> =
        owed.first.iter().map(|(it, whom)| Task { whom: whom.clone(), ..task(it) }).collect();
    let here = |of: Part| of == part;
    let (late, soon) = (owed.count(&Part::Overdue.wanted()), owed.count(&Part::Soon.wanted()));
    let urgent = |count: usize, kind: &'static str| if count > 0 { kind } else { "" };
    let counter =
        |count, label, href, kind, of| Counter { count, label, href, kind, here: here(of) };
    let counters = vec![
        counter(late, "Quá hạn", "/?loc=qua-han", urgent(late, "overdue"), Part::Overdue),
        counter(
            soon,
            "Sắp đến hạn (≤ 5 ngày làm việc)",
            "/?loc=sap-den-han",
            urgent(soon, "soon"),
            Part::Soon,
        ),
        Counter {
            count: usize::try_from(owed.unreviewed).unwrap_or(usize::MAX),
            label: "Lần ghi chờ kiểm duyệt",
            href: "/kiem-duyet",
            kind: "",
            here: false,
        },
        counter(coming.len(), "Hồ sơ chờ tiếp nhận", "/?loc=tiep-nhan", "", Part::Coming),
    ];
    let hidden = owed.count(&part.wanted()).saturating_sub(tasks.len());
    if here(Part::All) || here(Part::Coming) {
        tasks.extend(coming);
    }
    Ok(Answer::page(&Home {
        frame: visit.frame("Việc cần làm", Place::Home)?,
        counters,
        hidden,
        tasks,
        empty: nothing(part).to_owned(),
        rules: obligations::setting(&profile),
    }))
}

/// What is said where there is nothing to do.
fn nothing(part: Part) -> &'static str {
    match part {
        Part::All => {
            "Không có việc nào đang chờ. Việc có hạn tự hiện ở đây khi có quyết định hoặc bản kê khai phải nhập."
        }
        Part::Overdue => "Không có việc nào quá hạn.",
        Part::Soon => "Không có việc nào sắp đến hạn.",
        Part::Coming => "Không có hồ sơ nào chờ tiếp nhận.",
    }
}

/// Dossiers on their way to this unit, as tasks.
fn coming(asker: &mut Asker, held: &UnitId, library: &Library) -> Result<Vec<Task>, CliError> {
    let question = CustodyQuestion::Transfers;
    let CoreAnswer::Custody(answer) = asker.core(Command::AskCustody(question))? else {
        return Err(CliError::unexpected());
    };
    let CustodyAnswer::Transfers(all) = answer else { return Err(CliError::unexpected()) };
    let waits = |it: &&TransferShown| {
        it.to == *held && matches!(it.stage, TransferStage::Proposed | TransferStage::Released)
    };
    let task = |it: &TransferShown| Task {
        chip: "Chờ tiếp nhận".to_owned(),
        kind: "waiting",
        due: it.deadline.map(|at| format!("Hạn {}", words::instant(at))).unwrap_or_default(),
        what: format!("Tiếp nhận hồ sơ từ {}", library.unit_name(&it.from)),
        document: words::basis(&it.basis),
        whom: it.name.clone(),
        law: "Đ10.2".to_owned(),
        code: String::new(),
        href: None,
    };
    Ok(all.iter().filter(waits).map(task).collect())
}

/// An obligation as a line of the list, without the name.
fn task(owed: &Obligation) -> Task {
    let (chip, kind) = chip(owed);
    let day = |date: jiff::civil::Date| date.strftime("%d/%m/%Y").to_string();
    let length = match owed.due.rule.length {
        Length::WorkingDays(days) => format!("{days} ngày làm việc, "),
        Length::Days(days) => format!("{days} ngày, "),
        Length::Months(months) => format!("{months} tháng, "),
        Length::Before { .. } => String::new(),
        Length::Local => "theo cấu hình của đơn vị, ".to_owned(),
    };
    let provisional = if owed.due.provisional {
        " (lịch năm đó chưa có, hạn còn có thể đổi)"
    } else {
        ""
    };
    Task {
        chip,
        kind,
        due: format!("Hạn cuối {}{provisional}", day(owed.due.last_on_time)),
        what: sentence(owed.due.clock.name_vi()),
        document: words::date_text(&owed.document),
        whom: String::new(),
        law: format!("{} – {length}tính từ {}", owed.due.rule.article, day(owed.due.start)),
        code: obligations::short(&owed.id),
        href: owed.dossier.map(|id| format!("/ho-so/{id}")),
    }
}

/// With a capital at its front.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How an obligation stands, and the class of its chip.
fn chip(owed: &Obligation) -> (String, &'static str) {
    match (owed.urgency(), owed.state) {
        (_, State::Overdue { by }) if by.working_days == 0 => ("Vừa quá hạn".to_owned(), "overdue"),
        (_, State::Overdue { by }) => (format!("Quá {} ngày làm việc", by.working_days), "overdue"),
        (Urgency::ReasonAsked, State::Met { late_by }) => {
            (format!("Muộn {} ngày, chưa ghi lý do", late_by.working_days), "overdue")
        }
        (_, State::DueSoon { left: 0 }) => ("Hết hạn hôm nay".to_owned(), "soon"),
        (_, State::DueSoon { left }) => (format!("Còn {left} ngày làm việc"), "soon"),
        (_, State::Open { left }) => (format!("Còn {left} ngày làm việc"), ""),
        (_, State::NotStarted) => ("Chưa bắt đầu tính".to_owned(), ""),
        (_, State::Met { .. }) => ("Đã xong".to_owned(), ""),
        (_, State::Exempt) => ("Không tính hạn".to_owned(), ""),
    }
}

/// «Đồng bộ»: what waits, and of whom something was heard.
pub(super) fn sync(visit: &mut Visit, _: &Asked) -> Outcome {
    let state = visit.asker.status()?;
    let mut lines: Vec<String> = status_lines(&state).iter().map(|it| off_terminal(it)).collect();
    lines.truncate(lines.len().saturating_sub(1));
    let verdict = off_terminal(&verdict(&state));
    let frame = visit.frame("Đồng bộ", Place::Elsewhere)?;
    Ok(Answer::page(&Sync { frame, verdict, lines }))
}

/// Asks the superior to compare, which sends first what waits.
pub(super) fn sync_now(visit: &mut Visit, _: &Asked) -> Outcome {
    let mut asker = visit.again();
    asker.wait_at_most(PATIENCE)?;
    let tier = visit.asker.status()?.tier;
    let CoreAnswer::Synced(equal) = asker.core(Command::Sync)? else {
        return Err(CliError::unexpected());
    };
    let notice = Notice::done(compared(equal, tier));
    let kind = if equal == Some(true) { Grade::Done } else { Grade::Warning };
    visit.house.sittings.tell(&visit.name, Notice { kind, ..notice });
    Ok(Answer::go("/dong-bo"))
}
