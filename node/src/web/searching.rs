//! «Tra cứu»: dossiers by any field within the person's reach, and why each was found (Điều 12.1).
//!
//! A search is an address, so that it can be kept and the way back leads to it. The node decides how
//! far it reaches and what stays covered; a refusal comes back with everything that was typed.

mod asking;
mod finding;

use pages::frame::{Grade, Line, Notice, Place};
use pages::search::{Choice, Search};

use super::answer::{Answer, status_of, trouble};
use super::routes::{Asked, Outcome};
use super::visit::{Visit, is_over};
use crate::cli::shared::{CliError, Library};
use crate::grant::{PURPOSES, is_sensitive};
use asking::Wish;

/// The most units to choose from.
const UNITS: usize = 400;

/// «Tra cứu».
pub(super) fn show(visit: &mut Visit, asked: &Asked) -> Outcome {
    let (library, today) = (visit.library()?, visit.today()?);
    let mut wish = Wish::of(&asked.form);
    let query = wish.query(&library, today);
    let outcome = match query {
        Some(query) if !wish.asks_nothing(&query) => {
            finding::find(visit, &wish, query, &library).map(Some)
        }
        _ => Ok(None),
    };
    let mut frame = visit.frame("Tra cứu", Place::Search)?;
    let faults = wish.faults();
    let (found, status) = match outcome {
        Ok(found) => (found, None),
        Err(error) if is_over(&error) => return Err(error),
        Err(error) => {
            frame.notices.insert(0, advice(&error, &wish, &library));
            (None, Some(status_of(&error)))
        }
    };
    let status = if faults.is_empty() {
        status
    } else {
        let text = "Chưa tìm: có điều kiện chưa đọc được.".to_owned();
        let code = Some("HS-0420".to_owned());
        frame.notices.insert(0, Notice { kind: Grade::Error, text, lines: faults, code });
        Some(axum::http::StatusCode::UNPROCESSABLE_ENTITY)
    };
    let covered = status.is_some() || !wish.purpose.is_empty();
    let page = Answer::page(&Search {
        units: units(visit, &wish, &library),
        unfolded: covered || wish.is_detailed(),
        room: wish.has_room(),
        fields: asking::fields(&library),
        signs: asking::signs(),
        purposes: PURPOSES.iter().map(|(_, sentence)| *sentence).collect(),
        found,
        frame,
        conditions: wish.shown(&library, today),
        query: wish.text,
        purpose: wish.purpose,
    });
    Ok(match status {
        Some(status) => page.status(status),
        None => page,
    })
}

/// The units of the person's own branch, where there is more than one.
fn units(visit: &Visit, wish: &Wish, library: &Library) -> Vec<Choice> {
    let own = &visit.who.unit;
    let within = library.tree.units().filter(|unit| library.tree.is_within(&unit.id, own));
    let choices = within.take(UNITS).map(|unit| Choice {
        here: unit.id.as_str() == wish.unit,
        value: unit.id.to_string(),
        label: unit.name.clone(),
    });
    let choices: Vec<Choice> = choices.collect();
    if choices.len() > 1 || !wish.unit.is_empty() { choices } else { Vec::new() }
}

/// A refusal as what the person can do about it.
fn advice(error: &CliError, wish: &Wish, library: &Library) -> Notice {
    let told = |text: String, line: &str, at: Option<&str>| Notice {
        kind: Grade::Error,
        text,
        lines: vec![Line { text: line.to_owned(), at: at.map(str::to_owned) }],
        code: Some(error.code.clone()),
    };
    match error.code.as_str() {
        "UQ-0215" | "UQ-0213" => {
            let fields = wish.fields().filter_map(|id| library.form.named(id));
            let mut covered = fields.filter(|it| is_sensitive(&it.id));
            let name = covered.next().map_or("đã chọn", |it| it.name_vi.as_str());
            told(
                format!("Mục «{name}» đang che nên chưa tìm (Điều 5)."),
                "Ghi mục đích khai thác rồi bấm «Tìm»; mục đích được ghi vào nhật ký.",
                Some("muc-dich"),
            )
        }
        "TK-0233" => told(
            "Đơn vị đã chọn nằm ngoài phạm vi tài khoản của bạn.".to_owned(),
            "Chọn lại đơn vị, hoặc «Tất cả trong phạm vi của tôi».",
            Some("q"),
        ),
        "TK-0232" => told(
            "Tài khoản của đơn vị bạn chưa được giao quyền đọc hồ sơ nên chưa tra cứu được."
                .to_owned(),
            "Đề nghị Sở Nội vụ giao quyền đọc cho đơn vị (Điều 6.2, 16.1).",
            None,
        ),
        "DL-0198" => told(
            "Tìm quá nhiều từ cùng lúc, hoặc có từ quá dài.".to_owned(),
            "Chỉ giữ những từ chính, nhiều nhất 32 từ.",
            Some("q"),
        ),
        _ => trouble(error),
    }
}
