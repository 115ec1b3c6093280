//! The plan of a reorganisation as a person writes it: a CSV, one act a line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use dossier::unit::{Ending, Holding, ReorgAct, ReorgPlan, Tier, Unit};
use dossier::validity::Validity;
use dossier::{DossierId, UnitId};

use crate::cli::error::CliError;

/// The longest file, in bytes.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The columns that every file has.
const COLUMNS: [&str; 3] = ["act", "unit", "to"];

/// One line, by its columns.
struct Line<'a> {
    number: usize,
    names: &'a [String],
    cells: csv::StringRecord,
}

impl Line<'_> {
    fn cell(&self, column: &str) -> &str {
        let place = self.names.iter().position(|name| name == column);
        place.and_then(|place| self.cells.get(place)).unwrap_or_default()
    }

    fn wrong(&self, column: &str, what: &str) -> CliError {
        wrong(self.number, format_args!("cột «{column}» {what}"))
    }

    fn text(&self, column: &str) -> Result<String, CliError> {
        match self.cell(column) {
            "" => Err(self.wrong(column, "trống")),
            text => Ok(dossier::fold::tidy(text)),
        }
    }

    fn unit(&self, column: &str) -> Result<UnitId, CliError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| self.wrong(column, "không phải mã đơn vị"))
    }

    fn maybe(&self, column: &str) -> Result<Option<UnitId>, CliError> {
        if self.cell(column).is_empty() { Ok(None) } else { self.unit(column).map(Some) }
    }

    fn added(&self) -> Result<Unit, CliError> {
        let tier = self.cell("tier").parse::<u8>().ok().and_then(|it| Tier::try_from(it).ok());
        let holds_dossiers = match self.cell("holds_dossiers") {
            "yes" => Holding::Yes,
            "no" => Holding::No,
            "optional" => Holding::Optional,
            _ => return Err(self.wrong("holds_dossiers", "phải là yes, no hoặc optional")),
        };
        Ok(Unit {
            id: self.unit("unit")?,
            parent: Some(self.unit("to")?),
            tier: tier.ok_or_else(|| self.wrong("tier", "phải là 1, 2 hoặc 3"))?,
            name: self.text("name")?,
            kind: self.text("kind")?,
            holds_dossiers,
            validity: Validity::ALWAYS,
            successor: None,
        })
    }
}

fn wrong(line: usize, what: impl std::fmt::Display) -> CliError {
    CliError::usage("DL-0182", format!("Phương án sai ở dòng {line}: {what}."))
        .hint("Xem các cột và các việc bằng «hoso reorg plan --help».")
}

/// Reads the acts of a plan.
pub(super) fn read(path: &Path) -> Result<Vec<ReorgAct>, CliError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| CliError::file(path, &error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(CliError::usage("DL-0183", "Tệp phương án quá lớn."));
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Vec<ReorgAct>, CliError> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let head = reader.headers().map_err(|_| wrong(1, "không đọc được"))?.clone();
    let names: Vec<String> =
        head.iter().map(|it| it.trim_start_matches('\u{feff}').to_owned()).collect();
    if let Some(lacking) = COLUMNS.iter().find(|name| !names.iter().any(|it| it == *name)) {
        return Err(wrong(1, format_args!("thiếu cột «{lacking}»")));
    }
    let mut acts: Vec<ReorgAct> = Vec::new();
    // Lines of one divided unit are one act, where its first line stands.
    let mut divided: BTreeMap<UnitId, usize> = BTreeMap::new();
    for record in reader.records() {
        let cells = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            wrong(usize::try_from(line).unwrap_or_default(), "không đọc được")
        })?;
        let number = cells.position().map_or(0, csv::Position::line);
        let number = usize::try_from(number).unwrap_or_default();
        let line = Line { number, names: &names, cells };
        let act = match line.cell("act") {
            "add" => ReorgAct::Add(line.added()?),
            "rename" => {
                let kind = (!line.cell("kind").is_empty()).then(|| line.text("kind"));
                let (unit, name) = (line.unit("unit")?, line.text("name")?);
                ReorgAct::Rename { unit, name, kind: kind.transpose()? }
            }
            "move" => ReorgAct::Move { unit: line.unit("unit")?, under: line.unit("to")? },
            "merge" => {
                let (unit, rest) = (line.unit("unit")?, Some(line.unit("to")?));
                ReorgAct::End(Ending { unit, rest, listed: BTreeMap::new() })
            }
            "abolish" => {
                let (unit, rest) = (line.unit("unit")?, line.maybe("to")?);
                ReorgAct::End(Ending { unit, rest, listed: BTreeMap::new() })
            }
            "split" => {
                divide(&line, &mut acts, &mut divided)?;
                continue;
            }
            "" => return Err(line.wrong("act", "trống")),
            _ => return Err(line.wrong("act", "không phải việc nào của phương án")),
        };
        acts.push(act);
        if acts.len() > ReorgPlan::ACTS_MAX {
            return Err(line.wrong("act", "vượt quá số việc của một phương án"));
        }
    }
    Ok(acts)
}

/// A line of a divided unit: one dossier that is listed, or whose the rest is.
fn divide(
    line: &Line<'_>,
    acts: &mut Vec<ReorgAct>,
    divided: &mut BTreeMap<UnitId, usize>,
) -> Result<(), CliError> {
    let (unit, to) = (line.unit("unit")?, line.unit("to")?);
    let place = *divided.entry(unit.clone()).or_insert_with(|| {
        acts.push(ReorgAct::End(Ending { unit, rest: None, listed: BTreeMap::new() }));
        acts.len() - 1
    });
    let Some(ReorgAct::End(ending)) = acts.get_mut(place) else {
        return Err(CliError::unexpected());
    };
    if line.cell("dossier").is_empty() {
        if ending.rest.replace(to).is_some() {
            return Err(line.wrong("to", "là nơi thứ hai nhận phần còn lại"));
        }
        return Ok(());
    }
    let dossier: DossierId = line
        .cell("dossier")
        .parse()
        .map_err(|_| line.wrong("dossier", "không phải mã hồ sơ đầy đủ"))?;
    if ending.listed.insert(dossier, to).is_some() {
        return Err(line.wrong("dossier", "đã có ở dòng trước"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_is_read_and_a_divided_unit_is_one() {
        let id = DossierId::from_bytes([3; 16]);
        let text = format!(
            "\u{feff}act,unit,to,name,kind,tier,holds_dossiers,dossier\n\
             add,d148.m,d148,Phường Mới,phuong,1,optional,\n\
             rename,d148.a,,Phường A,phuong,,,\n\
             move,d151.a,d148,,,,,\n\
             split,d151.b,d148.a,,,,,{id}\n\
             split,d151.b,d148.m,,,,,\n\
             merge,d151,d148\n\
             abolish,d151.c,\n"
        );
        let acts = parse(text.as_bytes()).expect("a plan");
        assert_eq!(acts.len(), 6);
        let Some(ReorgAct::End(divided)) = acts.get(3) else { panic!("{acts:?}") };
        assert_eq!(divided.rest.as_ref().map(UnitId::as_str), Some("d148.m"));
        assert_eq!(divided.successor_of(&id).map(UnitId::as_str), Some("d148.a"));
        assert!(matches!(&acts[5], ReorgAct::End(Ending { rest: None, .. })));
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        let head = "act,unit,to,name,kind,tier,holds_dossiers,dossier\n";
        for (line, word) in [
            ("xoa,d151,d148\n", "«act»"),
            ("merge,,d148\n", "«unit» trống"),
            ("merge,d151,\n", "«to» trống"),
            ("rename,d151,,\n", "«name» trống"),
            ("add,d1,d148,A,xa,9,yes\n", "«tier»"),
            ("add,d1,d148,A,xa,1,co\n", "«holds_dossiers»"),
            ("split,d1,d2,,,,,12\n", "«dossier»"),
            ("split,d1,d2\nsplit,d1,d3\n", "thứ hai"),
        ] {
            let error = parse(format!("{head}{line}").as_bytes()).expect_err("no plan");
            assert!(error.message.contains(word), "{error}");
            assert!(
                error.message.contains("dòng 2") || error.message.contains("dòng 3"),
                "{error}"
            );
        }
        assert!(parse(b"act,unit\n").expect_err("no plan").message.contains("«to»"));
    }
}
