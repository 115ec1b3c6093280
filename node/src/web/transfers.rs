//! «Điều chuyển»: the hand-overs of this node's dossiers, and what people do with them (Điều 10).

use dossier::{LegalBasis, Role};
use pages::dossier::Fact;
use pages::frame::{Notice, Place};
use pages::transfer::{Choices, Group, Line, Reason, Step, Transfer, Transfers};
use protocol::core::{TransferOrder, TransferShown, TransferStage};
use protocol::custody::AnswerCode;
use protocol::envelope::Meta;

use super::answer::Answer;
use super::routes::{Asked, Outcome, text};
use super::visit::Visit;
use crate::cli::shared::transfer::{self, Clocks};
use crate::cli::shared::{Book, CliError, IN_SESSION, Library, words};

/// Where the list is.
pub(super) const PLACE: &str = "/dieu-chuyen";

/// Hand-overs that are over, on the page.
const OVER: usize = 30;

/// Reasons as they are sent, with what they stand for.
const REASONS: [(&str, AnswerCode); 5] = [
    ("wrong-person", AnswerCode::WrongPerson),
    ("wrong-dossier", AnswerCode::WrongDossier),
    ("incomplete", AnswerCode::Incomplete),
    ("no-decision", AnswerCode::NoDecision),
    ("other", AnswerCode::Other),
];

/// The list: what waits for this unit first.
pub(super) fn show(visit: &mut Visit, _: &Asked) -> Outcome {
    let (library, clocks) = (visit.library()?, clocks(visit)?);
    let mut groups = [
        Group { title: "Chờ đơn vị này trả lời", lines: Vec::new() },
        Group { title: "Đang chuyển", lines: Vec::new() },
        Group { title: "Đã xong hoặc không thành", lines: Vec::new() },
    ];
    for it in transfer::transfers(&mut visit.asker)? {
        let group = if choices(&it, Role::Approver).answer {
            0
        } else if transfer::is_over(&it) {
            2
        } else {
            1
        };
        groups[group].lines.push(line(&it, &library, &clocks));
    }
    groups[2].lines.truncate(OVER);
    let groups = groups.into_iter().filter(|group| !group.lines.is_empty()).collect();
    let late = transfer::late_ones(&mut visit.asker)?;
    Ok(Answer::page(&Transfers {
        frame: visit.frame("Điều chuyển", Place::Transfers)?,
        groups,
        late,
    }))
}

/// What the clocks of the law are counted by.
fn clocks(visit: &mut Visit) -> Result<Clocks, CliError> {
    let book = Book::asked(&mut visit.asker)?;
    Ok(Clocks::by(&book, visit.house.deadlines, visit.today()?))
}

/// Whose dossier it is, as far as this node may know.
fn name(it: &TransferShown) -> String {
    let covered = it.cover.as_ref().map(|cover| cover.name.clone());
    let known = Some(it.name.clone()).filter(|name| !name.is_empty()).or(covered);
    known.unwrap_or_else(|| format!("Hồ sơ {}", it.dossier))
}

/// Where it is to go: a unit, or a body outside the province.
fn receiver(it: &TransferShown, library: &Library) -> String {
    it.outside.as_ref().map_or_else(|| library.unit_name(&it.to), |outside| outside.name.clone())
}

fn line(it: &TransferShown, library: &Library, clocks: &Clocks) -> Line {
    Line {
        href: format!("{PLACE}/{}", it.tid.0),
        name: name(it),
        from: library.unit_name(&it.from),
        to: receiver(it, library),
        stage: transfer::stage(it),
        clocks: clocks.lines(it).iter().map(|line| line.trim().to_owned()).collect(),
    }
}

/// What a person may do with a hand-over as it stands; the law has the last word, and gives it to whoever
/// answers for the unit.
fn choices(it: &TransferShown, role: Role) -> Choices {
    if role != Role::Approver {
        return Choices::default();
    }
    let [gives, takes, _] = it.parts;
    let open = matches!(it.stage, TransferStage::Proposed | TransferStage::Accepted);
    Choices {
        answer: takes && it.stage == TransferStage::Proposed,
        release: gives && open && it.outside.is_none(),
        withdraw: gives && open,
    }
}

/// How far it is, for both sides the same.
fn steps(it: &TransferShown) -> Vec<Step> {
    let labels = ["Đã đề nghị", "Bên nhận đã nhận", "Đã khóa để giao", "Đã bàn giao", "Đã nhận đủ"];
    let reached = match it.stage {
        TransferStage::Proposed => 1,
        TransferStage::Accepted => 2,
        TransferStage::Released | TransferStage::Asked => 3,
        TransferStage::Moved => 4,
        TransferStage::Done => 5,
        // What came to nothing has no next step.
        TransferStage::Ended(_) => return Vec::new(),
    };
    let step = |(at, label): (usize, &'static str)| Step { label, reached: at < reached };
    labels.into_iter().enumerate().map(step).collect()
}

/// The hand-over an address names.
fn named(visit: &mut Visit, asked: &Asked) -> Result<TransferShown, CliError> {
    let word = asked.words.first().map_or("", String::as_str);
    let all = transfer::transfers(&mut visit.asker)?;
    let found = all.into_iter().find(|it| it.tid.0.to_string() == word);
    found.ok_or_else(|| CliError::failed("HS-0404", "Không có lần chuyển hồ sơ này."))
}

/// One hand-over, and what may be done with it.
pub(super) fn one(visit: &mut Visit, asked: &Asked) -> Outcome {
    let it = named(visit, asked)?;
    let (library, clocks) = (visit.library()?, clocks(visit)?);
    let fact = |label, value| Fact { label, value };
    let mut facts = vec![
        fact("Bên giao", library.unit_name(&it.from)),
        fact("Bên nhận", receiver(&it, &library)),
        fact("Căn cứ", words::basis(&it.basis)),
    ];
    for line in clocks.lines(&it) {
        facts.push(fact("Thời hạn", line.trim().to_owned()));
    }
    if let (Some(at), false) = (it.deadline, transfer::is_over(&it)) {
        facts.push(fact("Đề nghị hết hiệu lực", words::instant(at)));
    }
    let cover = it.cover.as_ref().map(|cover| transfer::cover_line(cover, &library));
    facts.extend(cover.map(|text| fact("Bên nhận đọc trước", text)));
    facts.extend(it.remark.clone().map(|text| fact("Bên nhận ghi chú", text)));
    facts.push(fact("Mã lần chuyển", it.tid.0.to_string()));
    let reason = |(code, means): &(&'static str, AnswerCode)| {
        transfer::why(*means).map(|label| Reason { code, label })
    };
    let name = name(&it);
    Ok(Answer::page(&Transfer {
        frame: visit.frame(&format!("Điều chuyển {name}"), Place::Transfers)?,
        dossier: (!it.name.is_empty()).then(|| format!("/ho-so/{}", it.dossier)),
        steps: steps(&it),
        stage: transfer::stage(&it),
        facts,
        choices: choices(&it, visit.who.role),
        action: format!("{PLACE}/{}", it.tid.0),
        reasons: REASONS.iter().filter_map(reason).collect(),
        name,
    }))
}

/// What a person does with a hand-over.
pub(super) fn act(visit: &mut Visit, asked: &Asked) -> Outcome {
    let it = named(visit, asked)?;
    let here = format!("{PLACE}/{}", it.tid.0);
    let tid = it.tid;
    let remark = text(&asked.form, "remark").to_owned();
    let (order, said) = match text(&asked.form, "verb") {
        "accept" => {
            let order = TransferOrder::Answer { tid, code: AnswerCode::Accepted };
            (order, "Đã ghi tiếp nhận. Hồ sơ về khi bên giao khóa và các cấp trên ghi sổ.")
        }
        "return" => {
            let typed = text(&asked.form, "reason");
            let Some((_, code)) = REASONS.iter().find(|(code, _)| *code == typed) else {
                let error = CliError::usage("HS-0483", "Trả lại phải chọn lý do.");
                return Ok(visit.refuse(&error, &here));
            };
            (TransferOrder::Answer { tid, code: *code }, "Đã trả lại hồ sơ cho bên giao.")
        }
        "withdraw" => (TransferOrder::Withdraw { tid }, "Đã rút đề nghị chuyển hồ sơ."),
        "release" => (TransferOrder::Release { tid }, "Đã khóa hồ sơ để giao."),
        _ => return Err(CliError::failed("HS-0404", "Không có việc này.")),
    };
    if let Err(error) = give(visit, &it, order) {
        return Ok(visit.refuse(&error, &here));
    }
    visit.house.sittings.tell(&visit.name, Notice::done(said));
    if !remark.is_empty() {
        let remark = TransferOrder::Remark { tid, text: dossier::fold::tidy(&remark) };
        if let Err(error) = give(visit, &it, remark) {
            return Ok(visit.refuse(&error, &here));
        }
    }
    Ok(Answer::go(here))
}

fn give(visit: &mut Visit, it: &TransferShown, order: TransferOrder) -> Result<(), CliError> {
    let meta = meta(visit, LegalBasis::Office);
    transfer::ask(&mut visit.asker, it.dossier, order, meta).map(drop)
}

/// Who orders; the node puts the person of the session.
pub(super) fn meta(visit: &Visit, basis: LegalBasis) -> Meta {
    Meta {
        person: IN_SESSION.to_owned(),
        role: visit.who.role,
        basis,
        review: dossier::Review::NotRequired,
    }
}
