//! `hoso province tree`: the org tree as a file, and the next version from one.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use config::{DataError, Files};
use dossier::unit::{Holding, TreeError, Unit, UnitChange, UnitChangeKind, UnitTree};
use dossier::validity::first_day;
use dossier::{PartialDate, UnitId};
use protocol::core::{ReorgAnswer, ReorgQuestion};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use crate::cli::Outcome;
use crate::cli::basis::date;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::control::{Request, Response};
use crate::office::TreeReport;

const EXAMPLES: &str = "\
Ví dụ:
  hoso province tree --to co-cau.csv                   Lấy bản đang dùng để sửa
  hoso province tree --file co-cau.csv --dry-run       Xem bản mới thay đổi gì
  hoso province tree --file co-cau.csv                 Ban hành bản mới
  hoso province tree --as-of 1/6/2019                  Xem cơ cấu của ngày đó

Cột của tệp CSV: id, parent, tier, name, kind, holds_dossiers (yes, no, optional), và nếu cần
valid_from, valid_to, successor. Đơn vị giải thể thì ghi valid_to và successor, không xóa dòng;
đơn vị còn giữ hồ sơ thì kết thúc bằng «hoso reorg».
Đơn vị chuyển sang cấp trên khác mang theo hồ sơ; hãy ghi địa chỉ máy cấp trên mới trước bằng
«hoso node address».";

/// The columns of the file.
const COLUMNS: [&str; 9] = [
    "id",
    "parent",
    "tier",
    "name",
    "kind",
    "holds_dossiers",
    "valid_from",
    "valid_to",
    "successor",
];

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[group(required = true, multiple = true, args = ["file", "to", "as_of"])]
pub(in crate::cli) struct Arguments {
    /// Tệp CSV của bản mới (chỉ ở cấp ba)
    #[arg(long, value_name = "TỆP", conflicts_with = "to")]
    file: Option<PathBuf>,
    /// Chỉ xem thay đổi gì, không ban hành
    #[arg(long, requires = "file")]
    dry_run: bool,
    /// Ghi bản đang dùng vào tệp CSV này
    #[arg(long, value_name = "TỆP")]
    to: Option<PathBuf>,
    /// Cơ cấu có hiệu lực vào ngày này; không có --to thì in ra
    #[arg(long, value_name = "NGÀY", conflicts_with = "file")]
    as_of: Option<String>,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match (&self.file, &self.to, &self.as_of) {
            (Some(file), ..) => issue(file, self.dry_run, desk),
            (None, to, Some(day)) => past(day, to.as_deref(), desk),
            (None, Some(to), None) => {
                let Response::OrgTree { version, tree } = desk.ask()?.call(&Request::OrgTree)?
                else {
                    return Err(CliError::unexpected());
                };
                export(to, version, &tree, desk)
            }
            (None, None, None) => Err(CliError::unexpected()),
        }
    }
}

/// Reads a tree from a file of a person.
pub(in crate::cli) fn read(path: &Path) -> Result<UnitTree, CliError> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(Files::SIZE_MAX as u64 + 1).read_to_string(&mut text))
        .map_err(|error| CliError::file(path, &error))?;
    let over = |name: &str| name.starts_with("org/").then(|| text.clone());
    config::load_tree(&Files::overridden(&over)).map_err(|error| not_a_tree(path, error))
}

fn issue(path: &Path, dry_run: bool, desk: &mut Desk<'_>) -> Outcome {
    let tree = read(path)?;
    let Response::NextTree(report) = desk.ask()?.call(&Request::NextTree { tree, dry_run })? else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        desk.out.answer(&as_json(&report));
        return Ok(Exit::Done);
    }
    if report.changes.is_empty() {
        desk.out.say(format_args!("Không có gì thay đổi so với bản {}.", report.version));
        return Ok(Exit::Done);
    }
    report.changes.iter().for_each(|change| desk.out.say(line(change)));
    for (unit, above) in &report.unreachable {
        desk.out.say(format_args!(
            "Lưu ý: máy của {unit} sẽ gọi máy của {above}, nhưng chưa có địa chỉ. \
             Hãy chạy: hoso node address --unit {above} MÁY:CỔNG"
        ));
    }
    if report.issued {
        desk.out.say(format_args!("Đã ban hành cơ cấu tổ chức bản {}.", report.version));
    } else {
        desk.out.say("Chỉ xem, chưa ban hành.");
    }
    Ok(Exit::Done)
}

/// A change in words.
pub(in crate::cli) fn line(change: &UnitChange) -> String {
    let named = |id: &Option<UnitId>| id.as_ref().map_or("(không có)", UnitId::as_str).to_owned();
    let unit = format!("{} ({})", change.name, change.unit);
    match &change.kind {
        UnitChangeKind::Removed => format!("  bỏ: {unit}"),
        UnitChangeKind::Added(parent) => format!("  thêm: {unit}, thuộc {}", named(parent)),
        UnitChangeKind::Moved { from, to } => {
            format!("  chuyển: {unit} từ {} sang {}", named(from), named(to))
        }
        UnitChangeKind::Retiered { from, to } => {
            format!("  đổi cấp: {unit} từ {} sang {}", from.number(), to.number())
        }
        UnitChangeKind::Renamed(before) => format!("  đổi tên: {unit}, trước là {before}"),
        UnitChangeKind::Closed { to, successor: Some(next) } => {
            format!("  kết thúc: {unit} từ {to}, {next} tiếp nhận")
        }
        UnitChangeKind::Closed { to, successor: None } => format!("  kết thúc: {unit} từ {to}"),
        UnitChangeKind::Amended => format!("  sửa loại, ngày hoặc việc giữ hồ sơ: {unit}"),
    }
}

/// A change as JSON.
pub(in crate::cli) fn change_json(change: &UnitChange) -> Json {
    let mut shown = json!({ "unit": change.unit, "name": change.name,
        "change": change.kind.to_string() });
    match &change.kind {
        UnitChangeKind::Added(parent) => shown["parent"] = json!(parent),
        UnitChangeKind::Moved { from, to } => {
            (shown["from"], shown["to"]) = (json!(from), json!(to));
        }
        UnitChangeKind::Retiered { from, to } => {
            (shown["from"], shown["to"]) = (json!(from), json!(to));
        }
        UnitChangeKind::Renamed(before) => shown["from"] = json!(before),
        UnitChangeKind::Closed { to, successor } => {
            (shown["to"], shown["successor"]) = (json!(to), json!(successor));
        }
        UnitChangeKind::Removed | UnitChangeKind::Amended => {}
    }
    shown
}

fn as_json(report: &TreeReport) -> Json {
    let unreachable = |(unit, above): &(UnitId, UnitId)| json!({ "unit": unit, "above": above });
    json!({ "version": report.version, "issued": report.issued,
        "changes": report.changes.iter().map(change_json).collect::<Vec<_>>(),
        "unreachable": report.unreachable.iter().map(unreachable).collect::<Vec<_>>() })
}

/// The tree that was in force on a day: of it the units that existed then.
fn past(day: &str, to: Option<&Path>, desk: &mut Desk<'_>) -> Outcome {
    let day = date(day, desk.today()?)?;
    let question = Command::AskReorg(ReorgQuestion::TreeAt(day));
    let Answer::Reorg(answer) = desk.ask()?.core(question)? else {
        return Err(CliError::unexpected());
    };
    let ReorgAnswer::Tree { version, tree, .. } = *answer else {
        return Err(CliError::unexpected());
    };
    if let Some(to) = to {
        return export(to, version, &tree, desk);
    }
    let existed = |unit: &&Unit| unit.validity.covers(first_day(day));
    let units: Vec<&Unit> = tree.subtree(&tree.root().id).filter(existed).collect();
    if desk.out.is_json() {
        desk.out.answer(&json!({ "version": version, "as_of": day, "units": units }));
        return Ok(Exit::Done);
    }
    desk.out.say(format_args!("Cơ cấu tổ chức ngày {day}, bản {version}, {} đơn vị:", units.len()));
    for unit in units {
        let depth = 2 * tree.ancestors(&unit.id).count();
        desk.out.say(format_args!("{:depth$}{} ({})", "", unit.name, unit.id));
    }
    Ok(Exit::Done)
}

fn export(path: &Path, version: u64, tree: &UnitTree, desk: &mut Desk<'_>) -> Outcome {
    let text = as_csv(tree).map_err(|error| CliError::file(path, &error))?;
    crate::cli::node::write_new(path, &text)?;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "version": version, "units": tree.len(), "to": path }));
    } else {
        let units = tree.len();
        desk.out.say(format_args!("Đã ghi bản {version}, {units} đơn vị, vào {}.", path.display()));
    }
    Ok(Exit::Done)
}

/// The tree as the file that [`read`] takes, a parent before its children.
fn as_csv(tree: &UnitTree) -> std::io::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for unit in tree.subtree(&tree.root().id) {
        table.write_record(row(unit))?;
    }
    let bytes = table.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

fn row(unit: &Unit) -> [String; 9] {
    let id = |id: &Option<UnitId>| id.as_ref().map_or_else(String::new, UnitId::to_string);
    let day = |day: Option<PartialDate>| day.map_or_else(String::new, |day| day.to_string());
    let holds = match unit.holds_dossiers {
        Holding::Yes => "yes",
        Holding::No => "no",
        Holding::Optional => "optional",
    };
    [
        unit.id.to_string(),
        id(&unit.parent),
        unit.tier.number().to_string(),
        unit.name.clone(),
        unit.kind.clone(),
        holds.to_owned(),
        day(unit.validity.from),
        day(unit.validity.to),
        id(&unit.successor),
    ]
}

fn not_a_tree(path: &Path, error: DataError) -> CliError {
    let file = path.display();
    let told = error.to_string();
    let (code, message) = match error {
        DataError::Tree(error) => ("DL-0181", in_vietnamese(&error)),
        DataError::Table { line: line @ 1.., .. } => {
            ("DL-0180", format!("Dòng {line} không đọc được thành một đơn vị."))
        }
        _ => ("DL-0180", "Tệp không phải CSV có các cột của cơ cấu tổ chức.".to_owned()),
    };
    CliError::failed(code, format!("Cơ cấu tổ chức trong «{file}» không dùng được. {message}"))
        .hint(format!("Chi tiết: {told}. Xem các cột bằng «hoso province tree --help»."))
}

fn in_vietnamese(error: &TreeError) -> String {
    match error {
        TreeError::Empty => "Không có đơn vị nào.".to_owned(),
        TreeError::TooMany(count) => {
            format!("Có {count} đơn vị, nhiều hơn {}.", UnitTree::UNITS_MAX)
        }
        TreeError::Duplicate(unit) => format!("Đơn vị {unit} có hai dòng."),
        TreeError::SecondRoot(unit) => format!("Đơn vị {unit} là gốc thứ hai."),
        TreeError::Orphan { unit, missing } => {
            format!("Đơn vị {unit} nhắc đến {missing}, nhưng không có đơn vị này.")
        }
        TreeError::CycleOrTooDeep(unit) => {
            format!("Đơn vị {unit} nằm trong một vòng, hoặc sâu quá {} bậc.", UnitTree::DEPTH_MAX)
        }
        TreeError::Malformed(unit) => {
            format!("Tên, loại hoặc ngày của đơn vị {unit} không hợp lệ.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::library::Library;

    fn written(text: &str) -> Result<UnitTree, CliError> {
        let dir = tempfile::tempdir().expect("directory");
        let path = dir.path().join("t.csv");
        std::fs::write(&path, text).expect("written");
        read(&path)
    }

    #[test]
    fn the_file_that_is_written_is_the_tree_again() {
        let mut units: Vec<Unit> = Library::load().expect("loads").tree.into();
        units[5].validity.to = Some("2025-07-01".parse().expect("a day"));
        units[5].successor = Some(units[6].id.clone());
        let tree = UnitTree::new(units).expect("a tree");
        assert_eq!(written(&as_csv(&tree).expect("written")).expect("read"), tree);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_unit_or_line() {
        let head = "id,parent,tier,name,kind,holds_dossiers\ntinh,,0,Tỉnh,province,no\n";
        for (rows, code, word) in [
            ("a,b,1,A,xa,yes\nb,a,1,B,xa,yes\n", "DL-0181", "vòng"),
            ("a,tinh,7,A,xa,yes\n", "DL-0180", "Dòng 3"),
            ("a,khong-co,1,A,xa,yes\n", "DL-0181", "khong-co"),
            ("a,tinh,1,A,xa,yes\na,tinh,1,A,xa,yes\n", "DL-0181", "hai dòng"),
        ] {
            let error = written(&format!("{head}{rows}")).expect_err("no tree");
            assert_eq!(error.code, code);
            assert!(error.message.contains(word), "{error}");
        }
    }
}
