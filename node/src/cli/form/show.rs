//! The phiếu of a dossier, listed, shown and printed.

use std::collections::BTreeSet;

use clap::Args;
use dossier::attachment::Link;
use dossier::docket::{FormRules, ReviewState};
use protocol::core::{FormShown, FormsShown, ItemShown};
use serde_json::{Value as Json, json};

use super::{ask, begun, subject, version};
use crate::cli::ask::Asker;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::dossier::review::{entered, item_json, item_name};
use crate::cli::error::Exit;
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: Option<String>,
    #[command(flatten)]
    viewer: Viewer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Phiếu số mấy; không có thì phiếu mới nhất
    #[arg(long, value_name = "SỐ")]
    form: Option<u32>,
    /// In phiếu: tiêu đề, các mục theo thứ tự giấy, chỗ ký
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    viewer: Viewer,
}

impl List {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let Some(text) = &self.dossier else { return alone(desk, &mut asker) };
        let (dossier, _) = subject(&mut asker, text)?;
        let forms = ask(&mut asker, dossier)?;
        if desk.out.is_json() {
            desk.out.answer(&list_json(&forms));
            return Ok(Exit::Done);
        }
        if let Some((opened, state)) = &forms.opened {
            let from = match &opened.meta.basis {
                dossier::LegalBasis::Import { .. } => "lập từ danh sách",
                _ => "lập từ phiếu giấy",
            };
            let state = match state {
                ReviewState::NotRequired => String::new(),
                state => format!(", {}", state.words_vi()),
            };
            desk.out.say(format_args!("Phiếu số 1: {from}, {}{state}", words::writer(opened)));
        }
        for form in &forms.versions {
            desk.out.say(format_args!("Phiếu số {}: {}", form.version.number, summary(form)));
        }
        if let Some(draft) = &forms.draft {
            let items = draft.version.sheet.items().len();
            desk.out.say(format_args!("Đang điền: {items} mục, {}", draft.person));
        }
        Ok(Exit::Done)
    }
}

impl Show {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let dossier = asker.dossier(&self.dossier)?;
        let forms = ask(&mut asker, dossier)?;
        let form = version(&forms, self.form)?;
        if desk.out.is_json() {
            let items: Vec<Json> = form.items.iter().map(|it| item_json(it, &library)).collect();
            let mut shown = form_json(form);
            shown["dossier"] = json!(forms.dossier);
            shown["items"] = json!(items);
            desk.out.answer(&shown);
            return Ok(Exit::Done);
        }
        if self.print {
            let rules = config::load_form_rules(&config::Files::embedded())?;
            let lines = printed(&forms, form, &rules, &library);
            lines.iter().for_each(|line| desk.out.say(line));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Phiếu số {}, hồ sơ {}", form.version.number, forms.dossier));
        desk.out.say(format_args!("  {}", summary(form)));
        if let Some(day) = form.version.guided_on {
            desk.out.say(format_args!("  hướng dẫn điền: {}", words::date(day)));
        }
        for item in in_paper_order(form, &library) {
            let (name, what) = (item_name(&item.item, &library), entered(item));
            desk.out.say(format_args!("  {name}: {what}  — {}", item.state.words_vi()));
        }
        for fed in &form.fed {
            desk.out.say(format_args!("  đã đưa vào hồ sơ: {}", words::writer(fed)));
        }
        Ok(Exit::Done)
    }
}

/// The phiếu that are being filled in for persons without a dossier.
fn alone(desk: &mut Desk<'_>, asker: &mut Asker) -> Outcome {
    let all = begun(asker)?;
    if desk.out.is_json() {
        let list: Vec<Json> = all
            .iter()
            .map(|it| json!({ "dossier": it.dossier, "name": it.name, "person": it.draft.person }))
            .collect();
        desk.out.answer(&json!({ "begun": list }));
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        desk.out.say("Không có phiếu nào đang điền cho người chưa có hồ sơ.");
    }
    for one in &all {
        let items = one.draft.version.sheet.items().len();
        let by = &one.draft.person;
        desk.out.say(format_args!("{} ({}): {items} mục, {by}", one.name, one.dossier));
    }
    Ok(Exit::Done)
}

/// The items in the order of the paper.
fn in_paper_order<'a>(form: &'a FormShown, library: &Library) -> Vec<&'a ItemShown> {
    let place = |item: &Link| {
        let (table, field) = match item {
            Link::Field(field) => (None, field.as_str()),
            Link::Row { table, .. } => (Some(table.as_str()), table.as_str()),
        };
        let items = library.form.items();
        items
            .iter()
            .position(|it| it.id.as_str() == field || it.id.table() == table && table.is_some())
    };
    let mut items: Vec<&ItemShown> = form.items.iter().collect();
    items.sort_by_key(|it| (place(&it.item).unwrap_or(usize::MAX), it.item.clone()));
    items
}

fn summary(form: &FormShown) -> String {
    let count =
        |wanted: fn(&ReviewState) -> bool| form.items.iter().filter(|it| wanted(&it.state)).count();
    let approved = count(|it| matches!(it, ReviewState::Approved));
    let returned = count(|it| matches!(it, ReviewState::Returned { .. }));
    let by = form.provenance.as_ref().map(words::writer).unwrap_or_default();
    let mut parts = vec![format!("nộp bởi {by}"), format!("{} mục", form.items.len())];
    for (number, words) in [
        (approved, "đã duyệt"),
        (returned, "trả lại"),
        (form.items.len() - approved - returned, "chờ duyệt"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    if !form.fed.is_empty() {
        parts.push("đã đưa vào hồ sơ".to_owned());
    }
    parts.join(", ")
}

/// The phiếu as it is printed: what was submitted, whatever became of it.
fn printed(
    forms: &FormsShown,
    form: &FormShown,
    rules: &FormRules,
    library: &Library,
) -> Vec<String> {
    let staff = library.catalogs.get("staff_type");
    let staff = staff.and_then(|it| it.get(&form.version.staff_type)).map(|it| it.label.clone());
    let mut lines = vec![
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM".to_owned(),
        "Độc lập - Tự do - Hạnh phúc".to_owned(),
        String::new(),
        rules.name_vi.to_uppercase(),
        format!("Số {} — {}", form.version.number, staff.unwrap_or_default()),
        format!("Đơn vị: {}", library.unit_name(&forms.unit)),
    ];
    let mut headed = BTreeSet::new();
    for item in in_paper_order(form, library) {
        let section = match &item.item {
            Link::Field(field) => library.form.field(field).map(|it| it.section.as_str()),
            Link::Row { table, .. } => {
                library.form.columns(table).next().map(|it| it.section.as_str())
            }
        };
        let section = library.form.sections().iter().find(|it| Some(it.id.as_str()) == section);
        if let Some(section) = section
            && headed.insert(section.id.clone())
        {
            lines.extend([String::new(), section.name_vi.clone()]);
        }
        let name = match &item.item {
            Link::Field(field) => library.form.field(field).map_or("", |it| it.name_vi.as_str()),
            Link::Row { table, .. } => {
                library.form.named(table).map_or("", |it| it.name_vi.as_str())
            }
        };
        lines.push(format!("  {name}: {}", entered(item)));
    }
    let by = form.provenance.as_ref().map(words::writer).unwrap_or_default();
    lines.extend([
        String::new(),
        format!("Nộp: {by}"),
        "Người khai ký tên                    Thủ trưởng cơ quan ký tên, đóng dấu".to_owned(),
        format!("Mã kiểm tra: {}", form.change),
    ]);
    lines
}

fn form_json(form: &FormShown) -> Json {
    json!({ "form": form.version.number, "row": form.row, "change": form.change,
        "staff_type": form.version.staff_type, "campaign": form.version.campaign,
        "guided_on": form.version.guided_on,
        "source": form.provenance.as_ref().map(words::provenance_json),
        "fed": form.fed.iter().map(words::provenance_json).collect::<Vec<_>>() })
}

fn list_json(forms: &FormsShown) -> Json {
    let versions: Vec<Json> = forms.versions.iter().map(form_json).collect();
    let opened = forms.opened.as_ref().map(|(opened, state)| {
        json!({ "form": 1, "source": words::provenance_json(opened), "review": state })
    });
    json!({ "dossier": forms.dossier, "opened": opened, "forms": versions,
        "draft": forms.draft.is_some() })
}
