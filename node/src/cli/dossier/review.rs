//! `hoso dossier review`: what waits for review, and the verdicts on it (Điều 15.1).

use clap::{Args, Subcommand};
use dossier::attachment::Link;
use dossier::docket::ReviewState;
use dossier::{DossierId, FieldPath, Hash, Value};
use protocol::core::{DocketOrder, DocketQuestion, ItemShown, ReviewShown, VerdictShown};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::place;
use crate::cli::ask::{Asker, PREFIX_MIN};
use crate::cli::basis::Officer;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const LIST: &str = "\
Ví dụ:
  hoso dossier review list               Mọi nội dung đang chờ kiểm duyệt ở máy này
  hoso dossier review list 0f3a9c        Của một hồ sơ, cả nội dung đã duyệt, đã trả lại
  hoso dossier review list 0f3a9c --unmask --purpose kiem-duyet";

const GIVE: &str = "\
Ví dụ:
  hoso dossier review approve 0f3a9c 1b2c3d --person \"Trần Thị B\"
  hoso dossier review approve 0f3a9c 1b2c3d --item full_name --item work:7be210aa
  hoso dossier review return 0f3a9c 1b2c3d --item birth_date --reason \"khác giấy khai sinh\"

Không có --item là cả lần ghi. Ghi lại lần nữa là thay kết luận trước; cả hai còn trong lịch sử.
Không ai tự duyệt nội dung mình nhập; đơn vị nhập theo ủy quyền không tự duyệt (Điều 15.1).";

/// What can be done about reviews.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Xem nội dung chờ kiểm duyệt; của một hồ sơ thì cả nội dung đã kiểm duyệt
    #[command(after_long_help = LIST)]
    List(List),
    /// Duyệt một lần ghi, hoặc từng mục của nó
    #[command(after_long_help = GIVE)]
    Approve(Approve),
    /// Trả lại một lần ghi, hoặc từng mục của nó, có lý do
    #[command(after_long_help = GIVE)]
    Return(Return),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: Option<String>,
    #[command(flatten)]
    viewer: Viewer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Mã lần ghi, hoặc phần đầu của mã, trong «hoso dossier review list»
    #[arg(value_name = "LẦN GHI")]
    change: String,
    /// Chỉ mục này: mã mục, hoặc bảng:DÒNG; dùng nhiều lần được
    #[arg(long, value_name = "MỤC")]
    item: Vec<String>,
    #[command(flatten)]
    officer: Officer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Approve {
    #[command(flatten)]
    which: Which,
    /// Ghi chú
    #[arg(long, default_value = "", value_name = "GHI CHÚ")]
    note: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Return {
    #[command(flatten)]
    which: Which,
    /// Lý do trả lại
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
}

impl Verb {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::List(arguments) => arguments.run(desk),
            Self::Approve(Approve { which, note }) => which.give(desk, true, &note),
            Self::Return(Return { which, reason }) => which.give(desk, false, &reason),
        }
    }
}

impl List {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let id = self.dossier.as_deref().map(|text| asker.dossier(text)).transpose()?;
        let reviews = match id {
            Some(dossier) => of_dossier(&mut asker, dossier)?,
            None => waiting(&mut asker)?,
        };
        if desk.out.is_json() {
            let list: Vec<Json> = reviews.iter().map(|it| as_json(it, &library)).collect();
            desk.out.answer(&json!({ "reviews": list }));
            return Ok(Exit::Done);
        }
        if reviews.is_empty() {
            desk.out.say("Không có nội dung nào chờ kiểm duyệt.");
        }
        for review in &reviews {
            lines(review, &library).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}

impl Which {
    fn give(self, desk: &mut Desk<'_>, approve: bool, reason: &str) -> Outcome {
        let meta = self.officer.meta(desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let dossier = asker.dossier(&self.dossier)?;
        let reviews = of_dossier(&mut asker, dossier)?;
        let review = named(&reviews, &self.change)?;
        let items: Result<Vec<Link>, CliError> =
            self.item.iter().map(|text| item(&review.items, text)).collect();
        let items = items?;
        let change = review.provenance.change;
        let reason = reason.trim().to_owned();
        let order = Box::new(DocketOrder::Judge { change, items, approve, reason });
        let Answer::Edited { change: by, .. } =
            asker.core(Command::Docket { dossier, order, meta })?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": dossier, "change": change, "verdict": by,
                "level_text": words::level([false, false]) }));
        } else {
            let done = if approve { "Đã duyệt" } else { "Đã trả lại" };
            desk.out.say(format_args!("{done}, {}.", words::level([false, false])));
        }
        Ok(Exit::Done)
    }
}

fn of_dossier(asker: &mut Asker, dossier: DossierId) -> Result<Vec<ReviewShown>, CliError> {
    match asker.core(Command::AskDocket(DocketQuestion::Reviews(dossier)))? {
        Answer::Reviews(reviews) => Ok(reviews),
        _ => Err(CliError::unexpected()),
    }
}

/// What waits in all dossiers, page by page.
pub(crate) fn waiting(asker: &mut Asker) -> Result<Vec<ReviewShown>, CliError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let question = DocketQuestion::Waiting { after };
        let Answer::Waiting { list, next } = asker.core(Command::AskDocket(question))? else {
            return Err(CliError::unexpected());
        };
        all.extend(list);
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

fn named<'a>(reviews: &'a [ReviewShown], text: &str) -> Result<&'a ReviewShown, CliError> {
    let wanted = text.to_ascii_lowercase();
    let found: Vec<&ReviewShown> = reviews
        .iter()
        .filter(|it| wanted.len() >= PREFIX_MIN && full(it.provenance.change).starts_with(&wanted))
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        _ => Err(CliError::usage("DL-0160", format!("Hồ sơ không có lần ghi «{text}» để duyệt."))
            .hint("Mã lần ghi xem trong «hoso dossier review list HỒ SƠ».")),
    }
}

fn full(change: Hash) -> String {
    change.to_string()
}

/// The item a person means: a field, or `table:ROW` by the beginning of the row's key.
pub(in crate::cli) fn item(items: &[ItemShown], text: &str) -> Result<Link, CliError> {
    let (wanted, row) = text.split_once(':').map_or((text, None), |(it, row)| (it, Some(row)));
    let mut found = items.iter().map(|it| &it.item).filter(|it| match (it, row) {
        (Link::Field(field), None) => field.as_str() == wanted,
        (Link::Row { table, row: id }, Some(row)) => {
            table == wanted
                && row.len() >= PREFIX_MIN
                && id.to_string().starts_with(&row.to_ascii_lowercase())
        }
        _ => false,
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.clone()),
        _ => Err(CliError::usage("DL-0161", format!("Lần ghi này không có mục «{text}»."))
            .hint("Mục là mã mục, hoặc bảng:DÒNG; xem «hoso dossier review list HỒ SƠ».")),
    }
}

/// What an item is called, as it is typed and as the paper says.
pub(in crate::cli) fn item_name(item: &Link, library: &Library) -> String {
    match item {
        Link::Field(field) => place::item(&library.form, field),
        Link::Row { table, row } => {
            let name = library.form.named(table).map_or(table.as_str(), |it| it.name_vi.as_str());
            format!("{name} ({table}:{})", place::short(*row))
        }
    }
}

/// What was entered at an item, in one line.
pub(crate) fn entered(item: &ItemShown) -> String {
    let value =
        |value: &Option<Value>| value.as_ref().map_or_else(|| "(xóa)".to_owned(), words::value);
    let cell = |(path, it): &(FieldPath, Option<Value>)| match path.row {
        Some(_) => format!("{} = {}", path.field.column(), value(it)),
        None => value(it),
    };
    let cells: Vec<String> = item.values.iter().map(cell).collect();
    if cells.is_empty() { "(bỏ dòng)".to_owned() } else { cells.join("; ") }
}

fn lines(review: &ReviewShown, library: &Library) -> Vec<String> {
    let what = match (review.form, review.opens) {
        (Some(number), _) => format!("phiếu số {number}"),
        (None, true) => "lập hồ sơ".to_owned(),
        (None, false) => "cập nhật".to_owned(),
    };
    let change = full(review.provenance.change);
    let mut lines = vec![
        format!("{} ({}), {}", review.name, review.dossier, library.unit_name(&review.unit)),
        format!("  lần ghi {}: {what}{}", &change[..12], after(&review.state)),
        format!("      ghi bởi {}", words::writer(&review.provenance)),
        format!("      căn cứ: {}", words::basis(&review.provenance.meta.basis)),
    ];
    for item in &review.items {
        let (name, new) = (item_name(&item.item, library), entered(item));
        lines.push(format!("    {name}: {new}{}", dashed(&item.state)));
        if let [(_, present)] = item.present.as_slice()
            && item.values.iter().all(|(_, value)| value.as_ref() != Some(present))
        {
            lines.push(format!("      đang là: {}", words::value(present)));
        }
    }
    lines.extend(review.verdicts.iter().map(|it| told(it, library)));
    lines
}

/// How something stands, where there is anything to say.
fn after(state: &ReviewState) -> String {
    let words = state.words_vi();
    if words.is_empty() { words } else { format!(", {words}") }
}

fn dashed(state: &ReviewState) -> String {
    let words = state.words_vi();
    if words.is_empty() { words } else { format!("  — {words}") }
}

fn told(verdict: &VerdictShown, library: &Library) -> String {
    let on = verdict
        .item
        .as_ref()
        .map_or_else(|| "cả lần ghi".to_owned(), |item| item_name(item, library));
    let ruling = if verdict.approved { "duyệt" } else { "trả lại" };
    let by = verdict.provenance.as_ref().map(words::writer).unwrap_or_default();
    let reason = match verdict.reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    let replaced = if verdict.replaced { " (đã thay)" } else { "" };
    format!("    kết luận{replaced}: {ruling} {on}{reason} — {by}")
}

/// An item in JSON.
pub(in crate::cli) fn item_json(item: &ItemShown, library: &Library) -> Json {
    let values: Vec<Json> = item
        .values
        .iter()
        .map(|(path, value)| {
            json!({ "field": path.field, "row": path.row, "value": value,
                "text": value.as_ref().map(words::value) })
        })
        .collect();
    let present: Vec<Json> = item
        .present
        .iter()
        .map(|(path, value)| json!({ "field": path.field, "text": words::value(value) }))
        .collect();
    json!({ "item": item.item.to_string(), "name": item_name(&item.item, library),
        "values": values, "present": present, "review": item.state })
}

fn as_json(review: &ReviewShown, library: &Library) -> Json {
    let items: Vec<Json> = review.items.iter().map(|it| item_json(it, library)).collect();
    let verdicts: Vec<Json> = review
        .verdicts
        .iter()
        .map(|it| {
            json!({ "item": it.item.as_ref().map(Link::to_string), "approved": it.approved,
                "reason": it.reason, "replaced": it.replaced,
                "source": it.provenance.as_ref().map(words::provenance_json) })
        })
        .collect();
    json!({ "dossier": review.dossier, "unit": review.unit, "name": review.name,
        "change": review.provenance.change, "form": review.form, "opens": review.opens,
        "review": review.state, "source": words::provenance_json(&review.provenance),
        "items": items, "verdicts": verdicts })
}
