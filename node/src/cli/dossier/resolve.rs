//! `hoso dossier resolve`: what is done about values that met: choose, keep both, undo, pass up.

use clap::{Args, Subcommand};
use dossier::docket::Choice;
use dossier::{DossierId, FieldId, FieldPath};
use protocol::core::{ChoiceShown, ConflictShown, DocketOrder, DocketQuestion, Take};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::place;
use crate::cli::ask::{Asker, PREFIX_MIN};
use crate::cli::basis::{Officer, Responsibility};
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const CHOOSE: &str = "\
Ví dụ:
  hoso dossier conflicts 0f3a9c          Xem hai bên, mỗi bên một số
  hoso dossier resolve choose 0f3a9c phone --side 1 --correction \"đã hỏi lại\" --person \"Hà Văn Tú\"
  hoso dossier resolve choose 0f3a9c salary.step --row 7be210aa --both \\
      --correction \"hai lần nâng lương\" --person \"Hà Văn Tú\"

--both chỉ dùng cho bảng: mỗi bên một dòng. Không giá trị nào mất: bên kia vẫn còn trong lịch sử.";

const UNDO: &str = "\
Ví dụ:
  hoso dossier resolve undo 0f3a9c phone --correction \"chọn nhầm\" --person \"Hà Văn Tú\"

Mục trở lại như trước khi chọn, hai bên lại chờ người chọn. Đã có ghi sau đó thì không lùi được.";

const RAISE: &str = "\
Ví dụ:
  hoso dossier resolve raise 0f3a9c phone --reason \"hai quyết định khác nhau\" --person \"Hà Văn Tú\"

Cơ quan cấp trên thấy lý do trong «hoso dossier conflicts» và chọn bằng «resolve choose --correction».";

const LIST: &str = "\
Ví dụ:
  hoso dossier resolve list 0f3a9c       Mọi lần chọn, lùi, chuyển cấp trên";

/// What can be done about conflicts.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Chọn một bên, hoặc giữ cả hai
    #[command(after_long_help = CHOOSE)]
    Choose(Choose),
    /// Lùi lần chọn, để hai bên lại chờ
    #[command(after_long_help = UNDO)]
    Undo(Undo),
    /// Chuyển cơ quan cấp trên xem xét
    #[command(after_long_help = RAISE)]
    Raise(Raise),
    /// Xem những lần đã chọn
    #[command(after_long_help = LIST)]
    List(List),
}

/// The place in question.
#[derive(Debug, Args)]
pub(in crate::cli) struct Spot {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Mã của mục, hoặc bảng.cột
    #[arg(value_name = "MỤC")]
    field: String,
    /// Dòng của bảng, khi mục là một cột
    #[arg(long, value_name = "DÒNG")]
    row: Option<String>,
}

#[derive(Debug, Args)]
#[group(id = "taken", required = true, multiple = false, args = ["side", "both"])]
pub(in crate::cli) struct Choose {
    #[command(flatten)]
    spot: Spot,
    /// Lấy bên này: số của bên trong «hoso dossier conflicts»
    #[arg(long, value_name = "SỐ")]
    side: Option<usize>,
    /// Giữ cả hai, mỗi bên một dòng của bảng
    #[arg(long)]
    both: bool,
    #[command(flatten)]
    responsibility: Responsibility,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Undo {
    #[command(flatten)]
    spot: Spot,
    #[command(flatten)]
    responsibility: Responsibility,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Raise {
    #[command(flatten)]
    spot: Spot,
    /// Vì sao không tự chọn
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    #[command(flatten)]
    officer: Officer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    viewer: Viewer,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Choose(arguments) => arguments.run(desk),
            Self::Undo(arguments) => arguments.run(desk),
            Self::Raise(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
        }
    }
}

impl Choose {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        let library = Library::of(desk)?;
        let mut asker = desk.ask()?;
        let (dossier, met) = self.spot.met(&mut asker, &library)?;
        let take = match self.side {
            None => Take::Both,
            Some(side) => {
                let named = side.checked_sub(1).and_then(|it| met.sides.get(it));
                Take::Side(*named.ok_or_else(|| no_side(side, met.sides.len()))?)
            }
        };
        let order = DocketOrder::Choose { at: met.path.clone(), take };
        act(desk, &mut asker, dossier, order, meta, "Đã chọn, bên kia còn trong lịch sử")
    }
}

impl Undo {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        let library = Library::of(desk)?;
        let mut asker = desk.ask()?;
        let dossier = asker.dossier(&self.spot.dossier)?;
        let places = choices(&mut asker, dossier)?.into_iter().filter_map(|it| match it.choice {
            Choice::Taken { at, .. } if it.undone.is_none() => Some(at),
            _ => None,
        });
        let at = self.spot.among(places, &library)?.ok_or_else(|| no_choice(&self.spot.field))?;
        let order = DocketOrder::Undo { at };
        act(desk, &mut asker, dossier, order, meta, "Đã lùi lần chọn, hai bên lại chờ")
    }
}

impl Raise {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.officer.meta(desk.in_session()?)?;
        let library = Library::of(desk)?;
        let mut asker = desk.ask()?;
        let (dossier, met) = self.spot.met(&mut asker, &library)?;
        let reason = dossier::fold::tidy(&self.reason);
        let order = DocketOrder::Raise { at: met.path, reason };
        act(desk, &mut asker, dossier, order, meta, "Đã chuyển cấp trên xem xét")
    }
}

impl List {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let dossier = asker.dossier(&self.dossier)?;
        let all = choices(&mut asker, dossier)?;
        if desk.out.is_json() {
            let list: Vec<Json> = all.iter().map(as_json).collect();
            desk.out.answer(&json!({ "dossier": dossier, "choices": list }));
            return Ok(Exit::Done);
        }
        if all.is_empty() {
            desk.out.say("Hồ sơ này chưa có lần chọn nào.");
        }
        for one in &all {
            lines(one, &library).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}

impl Spot {
    /// The conflict that is meant.
    fn met(
        &self,
        asker: &mut Asker,
        library: &Library,
    ) -> Result<(DossierId, ConflictShown), CliError> {
        let dossier = asker.dossier(&self.dossier)?;
        let Answer::Conflicts(mut all) = asker.core(Command::Conflicts)? else {
            return Err(CliError::unexpected());
        };
        all.retain(|it| it.dossier == dossier);
        let at = self.among(all.iter().map(|it| it.path.clone()), library)?;
        let met = all.into_iter().find(|it| Some(&it.path) == at.as_ref());
        met.map(|met| (dossier, met)).ok_or_else(|| {
            CliError::failed("HS-0470", format!("Mục «{}» không có gì chờ chọn.", self.field))
                .hint("Xem «hoso dossier conflicts HỒ SƠ».")
        })
    }

    /// The one of these places that is meant.
    fn among(
        &self,
        places: impl Iterator<Item = FieldPath>,
        library: &Library,
    ) -> Result<Option<FieldPath>, CliError> {
        let field: FieldId = library.field(&self.field)?.id.clone();
        let wanted = self.row.as_deref().map(str::to_ascii_lowercase);
        let fits = |path: &FieldPath| match (&path.row, &wanted) {
            (_, None) => true,
            (Some(row), Some(wanted)) => {
                wanted.len() >= PREFIX_MIN && row.to_string().starts_with(wanted)
            }
            (None, Some(_)) => false,
        };
        let mut found: Vec<FieldPath> =
            places.filter(|path| path.field == field && fits(path)).collect();
        found.sort();
        found.dedup();
        if found.len() > 1 {
            return Err(CliError::usage("DL-0139", "Mục này là cột của bảng, thiếu --row.")
                .hint("Mã dòng xem trong «hoso dossier conflicts»."));
        }
        Ok(found.pop())
    }
}

fn choices(asker: &mut Asker, dossier: DossierId) -> Result<Vec<ChoiceShown>, CliError> {
    match asker.core(Command::AskDocket(DocketQuestion::Choices(dossier)))? {
        Answer::Choices(choices) => Ok(choices),
        _ => Err(CliError::unexpected()),
    }
}

fn act(
    desk: &mut Desk<'_>,
    asker: &mut Asker,
    dossier: DossierId,
    order: DocketOrder,
    meta: Meta,
    done: &str,
) -> Outcome {
    let order = Box::new(order);
    let Answer::Edited { change, .. } = asker.core(Command::Docket { dossier, order, meta })?
    else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": dossier, "change": change,
            "level_text": words::level([false, false]) }));
    } else {
        desk.out.say(format_args!("{done}, {}.", words::level([false, false])));
    }
    Ok(Exit::Done)
}

fn no_side(side: usize, sides: usize) -> CliError {
    CliError::usage("DL-0171", format!("Không có bên số {side}; mục này có {sides} bên."))
        .hint("Số của mỗi bên xem trong «hoso dossier conflicts HỒ SƠ».")
}

fn no_choice(field: &str) -> CliError {
    CliError::failed("HS-0471", format!("Mục «{field}» không có lần chọn nào còn lùi được."))
        .hint("Xem «hoso dossier resolve list HỒ SƠ»; mục đã ghi lại sau khi chọn thì không lùi.")
}

fn lines(shown: &ChoiceShown, library: &Library) -> Vec<String> {
    let what = match &shown.choice {
        Choice::Taken { at, taken, .. } => {
            let how = if taken.is_some() { "chọn một bên" } else { "giữ cả hai" };
            format!("{}: {how}", place::name(&library.form, at))
        }
        Choice::Raised { at, reason, .. } => {
            format!("{}: chuyển cấp trên: {reason}", place::name(&library.form, at))
        }
        Choice::Undone { .. } => String::new(),
    };
    let mut lines = vec![what];
    if let Some(source) = &shown.provenance {
        lines.push(format!("      ghi bởi {}", words::writer(source)));
        lines.push(format!("      căn cứ: {}", words::basis(&source.meta.basis)));
    }
    if let Some(undone) = &shown.undone {
        lines.push(format!("      đã lùi: {}", words::writer(undone)));
        lines.push(format!("      căn cứ: {}", words::basis(&undone.meta.basis)));
    }
    lines
}

fn as_json(shown: &ChoiceShown) -> Json {
    let (kind, at, taken, reason) = match &shown.choice {
        Choice::Taken { at, taken, .. } => ("taken", Some(at), *taken, None),
        Choice::Raised { at, reason, .. } => ("raised", Some(at), None, Some(reason)),
        Choice::Undone { .. } => ("undone", None, None, None),
    };
    json!({ "kind": kind, "field": at.map(|at| &at.field), "row": at.and_then(|at| at.row),
        "side": taken, "reason": reason,
        "source": shown.provenance.as_ref().map(words::provenance_json),
        "undone": shown.undone.as_ref().map(words::provenance_json) })
}
