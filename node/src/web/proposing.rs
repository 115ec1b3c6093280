//! A dossier is proposed to another unit: the receiver found by its name, all of it read once more, sent.

use dossier::{LegalBasis, UnitId, fold};
use jiff::civil::Date;
use pages::dossier::Fact;
use pages::frame::{Notice, Place};
use pages::transfer::{Candidate, Propose};
use protocol::core::{CustodyAnswer, CustodyQuestion, ReadyShown, TransferOrder};

use super::answer::Answer;
use super::routes::{Asked, Form, Outcome, text};
use super::transfers::meta;
use super::visit::Visit;
use super::{shown, transfers};
use crate::cli::shared::transfer::{ask, cover_line, obstacles};
use crate::cli::shared::{CliError, Library, Survey, ask_custody, date, words};

/// Units that are offered for one name.
const CANDIDATES: usize = 12;

/// The form, empty.
pub(super) fn form(visit: &mut Visit, asked: &Asked) -> Outcome {
    let (_, view) = begun(visit, asked)?;
    Ok(Answer::page(&view))
}

/// The form as far as it came, and where the dossier stands.
fn begun(visit: &mut Visit, asked: &Asked) -> Result<(ReadyShown, Propose), CliError> {
    let dossier = shown::shown(visit, asked)?;
    let question = CustodyQuestion::Ready(dossier.dossier);
    let CustodyAnswer::Ready(ready) = ask_custody(&mut visit.asker, question)? else {
        return Err(CliError::unexpected());
    };
    let survey = Survey::asked(visit.again(), Some(&ready.unit))?;
    let appraised = survey.appraisals().find(|it| it.facts.dossier == dossier.dossier);
    let (missing, errors) = appraised.map_or((0, 0), |it| (it.missing, it.errors));
    let counts = [
        (missing, "mục phải có còn thiếu"),
        (errors, "lỗi"),
        (ready.late, "thay đổi đến muộn chờ xét"),
    ];
    let open = counts.iter().filter(|(count, _)| *count > 0);
    let library = visit.library()?;
    let typed = |name: &str| text(&asked.form, name).to_owned();
    let view = Propose {
        frame: visit.frame("Điều chuyển hồ sơ", Place::Transfers)?,
        name: shown::name(&dossier),
        back: format!("/ho-so/{}", dossier.dossier),
        action: format!("/ho-so/{}/dieu-chuyen", dossier.dossier),
        obstacles: obstacles(&ready),
        cover: cover_line(&ready.cover, &library),
        open: open.map(|(count, what)| format!("{count} {what}")).collect(),
        to: typed("to"),
        candidates: Vec::new(),
        number: typed("number"),
        issuer: typed("issuer"),
        signed: typed("signed"),
        fault: None,
        summary: None,
    };
    Ok((ready, view))
}

/// Reads the form: shows what is meant, or sends it.
pub(super) fn sent(visit: &mut Visit, asked: &Asked) -> Outcome {
    let (ready, mut view) = begun(visit, asked)?;
    let step = text(&asked.form, "step");
    if step == "edit" {
        return Ok(Answer::page(&view));
    }
    let (library, today) = (visit.library()?, visit.today()?);
    let basis = match ground(&asked.form, today) {
        Ok(basis) => basis,
        Err(error) => return Ok(again(view, error.message)),
    };
    let chosen = text(&asked.form, "unit");
    let meant = if chosen.is_empty() { view.to.clone() } else { chosen.to_owned() };
    let mut units = candidates(&meant, &ready.unit, &library);
    let to = match (units.len(), units.pop()) {
        (1, Some(unit)) => unit,
        (0, _) => return Ok(again(view, format!("Không tìm thấy đơn vị «{meant}»."))),
        (count, Some(last)) => {
            units.push(last);
            let one = |unit: &UnitId| Candidate {
                id: unit.to_string(),
                name: library.tree.get(unit).map_or_else(String::new, |unit| unit.name.clone()),
            };
            view.candidates = units.iter().take(CANDIDATES).map(one).collect();
            return Ok(again(view, format!("Có {count} đơn vị khớp «{meant}»; hãy chọn một.")));
        }
        (_, None) => return Err(CliError::unexpected()),
    };
    if step == "send" {
        let order = TransferOrder::Propose { to };
        let meta = meta(visit, basis);
        return match ask(&mut visit.asker, ready.dossier, order, meta) {
            Ok((_, tid)) => {
                let notice = Notice::done("Đã gửi đề nghị chuyển hồ sơ, đã lưu tại đây.");
                visit.house.sittings.tell(&visit.name, notice);
                Ok(Answer::go(format!("{}/{}", transfers::PLACE, tid.0)))
            }
            Err(error) => Ok(again(view, error.to_string())),
        };
    }
    let fact = |label, value| Fact { label, value };
    view.summary = Some(vec![
        fact("Hồ sơ", view.name.clone()),
        fact("Bên giao", library.unit_name(&ready.unit)),
        fact("Bên nhận", library.unit_name(&to)),
        fact("Căn cứ", words::basis(&basis)),
    ]);
    view.to = to.to_string();
    Ok(Answer::page(&view))
}

fn again(view: Propose, fault: String) -> Answer {
    let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Answer::page(&Propose { fault: Some(fault), ..view }).status(status)
}

/// The units a person may mean: the one of this id, or those in whose names the words stand.
fn candidates(typed: &str, own: &UnitId, library: &Library) -> Vec<UnitId> {
    let wanted = fold(typed);
    if wanted.is_empty() {
        return Vec::new();
    }
    if let Some(unit) = typed.parse().ok().and_then(|id: UnitId| library.tree.get(&id)) {
        return vec![unit.id.clone()];
    }
    let others = || library.tree.units().filter(|unit| unit.id != *own);
    let named: Vec<UnitId> =
        others().filter(|unit| fold(&unit.name) == wanted).map(|unit| unit.id.clone()).collect();
    if named.len() == 1 {
        return named;
    }
    let within = |name: &str| fold(name).contains(&wanted);
    others().filter(|unit| within(&unit.name)).map(|unit| unit.id.clone()).collect()
}

/// The decision, or none where the body passes on to the unit that uses the person.
fn ground(form: &Form, today: Date) -> Result<LegalBasis, CliError> {
    let [number, issuer, signed] = ["number", "issuer", "signed"].map(|name| text(form, name));
    if number.is_empty() && issuer.is_empty() && signed.is_empty() {
        return Ok(LegalBasis::Office);
    }
    if number.is_empty() || issuer.is_empty() || signed.is_empty() {
        let message = "Quyết định phải có số, cơ quan ký và ngày ký.";
        return Err(CliError::usage("DL-0153", message));
    }
    Ok(LegalBasis::Decision {
        issuer: issuer.to_owned(),
        number: number.to_owned(),
        signed_on: date(signed, today)?,
        effective_on: None,
        scan: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_found_without_marks_and_by_its_id() {
        let library = Library::load().expect("the data of the program");
        let own: UnitId = "tier3".parse().expect("a unit");
        let one = |typed: &str| candidates(typed, &own, &library);
        assert_eq!(one("syt"), ["syt".parse().expect("a unit")]);
        assert_eq!(one("so y te"), ["syt".parse().expect("a unit")]);
        assert!(one("trường").len() > 1, "many schools");
        assert!(one("  ").is_empty() && one("không có nơi này").is_empty());
    }

    #[test]
    fn a_decision_is_whole_or_none() {
        let form = |pairs: &[(&str, &str)]| -> Form {
            pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
        };
        let today = Date::constant(2026, 11, 24);
        assert!(matches!(ground(&form(&[]), today), Ok(LegalBasis::Office)));
        let part = ground(&form(&[("number", "45/QĐ")]), today);
        assert_eq!(part.expect_err("not whole").code, "DL-0153");
        let whole = form(&[("number", "45/QĐ"), ("issuer", "UBND"), ("signed", "2/3/2026")]);
        assert!(matches!(ground(&whole, today), Ok(LegalBasis::Decision { .. })));
    }
}
