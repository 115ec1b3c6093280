//! Looking dossiers up among all of a province: what the index in memory takes, and how long common
//! questions take (Điều 16.2).
//!
//! Each dossier fills the fields of the form as the law's own form names them, and a few rows of each
//! table; its values are drawn so that names repeat as names do and numbers hardly do.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use config::Files;
use dossier::docket::Life;
use dossier::document::View;
use dossier::form::{FieldDefinition, FieldKind, FormDefinition};
use dossier::lookup::{Criterion, Query, Tabulation, Test};
use dossier::unit::UnitTree;
use dossier::{Coded, DossierId, Hash, PartialDate, RowId, UnitId, Value, fold};
use node::environment::entropy::SplitMix64;
use node::search::{Axis, Content, Index, Looker};
use serde::Serialize;

use crate::run::rss_bytes;

/// Rows of each table.
const ROWS: u64 = 4;
/// Times that each question is asked, each time another one of its kind.
const ASKED: u64 = 20;

const SYLLABLES: [&str; 24] = [
    "Bùi", "Thị", "Hà", "Văn", "Đinh", "Công", "Quách", "Minh", "Nguyễn", "Đức", "Xa", "Hòa",
    "Lương", "Sơn", "Trần", "Khánh", "Phạm", "Lan", "Lê", "Tú", "Hoàng", "Mai", "Đỗ", "Ngân",
];

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Dossiers.
    #[arg(long, default_value_t = 30_500, value_parser = clap::value_parser!(u64).range(1..))]
    dossiers: u64,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
struct Report {
    dossiers: u64,
    values: usize,
    index_bytes: u64,
    taken_s: f64,
    /// The slowest of each kind of question, in milliseconds.
    slowest_ms: BTreeMap<&'static str, f64>,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The data that is part of the program.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let report = measure(arguments.dossiers)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    let mib = report.index_bytes / (1024 * 1024);
    writeln!(out, "dossiers     {} of {} values each", report.dossiers, report.values)?;
    writeln!(out, "index        {mib} MiB, filled in {:.1} s", report.taken_s)?;
    for (question, ms) in &report.slowest_ms {
        writeln!(out, "{question:<12} {ms:.1} ms at most (target 200)")?;
    }
    Ok(())
}

fn measure(dossiers: u64) -> anyhow::Result<Report> {
    let files = Files::embedded();
    let (form, tree) = (config::load_form(&files)?, config::load_tree(&files)?);
    let units: Vec<UnitId> = tree.units().map(|unit| unit.id.clone()).collect();
    let mut index = Index::new()?;
    let (before, started) = (rss_bytes(), Instant::now());
    let mut values = 0;
    for number in 0..dossiers {
        let unit = &units[number as usize % units.len()];
        let (view, life, dossier) = (content(number, &form)?, Life::default(), id(number));
        let cells = view.tables.values().flatten().map(|(_, row)| row.len());
        values = view.fields.len() + cells.sum::<usize>();
        let said = Content { dossier, unit, view: &view, reviewed: &view, life: &life };
        index.take(said, Hash::ZERO);
    }
    let taken_s = started.elapsed().as_secs_f64();
    let index_bytes = rss_bytes().saturating_sub(before);
    let slowest_ms = ask_all(&index, dossiers, &tree)?;
    Ok(Report { dossiers, values, index_bytes, taken_s, slowest_ms })
}

/// Every kind of question, over all dossiers.
fn ask_all(
    index: &Index,
    dossiers: u64,
    tree: &UnitTree,
) -> anyhow::Result<BTreeMap<&'static str, f64>> {
    let scope = [tree.root().id.clone()];
    let looker = Looker { scope: &scope, unit: None, tree, unmask: false };
    let field = |name: &str| name.parse().context("a field");
    let mut slowest = BTreeMap::new();
    for number in 0..ASKED {
        let mut numbers = SplitMix64::new(number);
        let words = |text: String| fold(&text).split(' ').map(str::to_owned).collect();
        let name = Query { words: words(full_name(&mut numbers)), criteria: Vec::new() };
        let nobody = Query { words: vec![format!("qzx{number}")], criteria: Vec::new() };
        let is = |field, text: String| Criterion { field, test: Test::Is(text) };
        let code = format!("hb{:06}", numbers.below(dossiers));
        let code = Query { words: Vec::new(), criteria: vec![is(field("staff_code")?, code)] };
        let born = Value::Date(PartialDate::day(1980 + number as i16 % 10, 1, 1)?);
        let age = Criterion { field: field("birth_date")?, test: Test::From(born) };
        let trained = Criterion { field: field("training")?, test: Test::Has("gia tri 7".into()) };
        let grown = Query { words: Vec::new(), criteria: vec![age, trained] };
        let hits =
            [("name", &name), ("staff code", &code), ("age, degree", &grown), ("nobody", &nobody)];
        for (kind, query) in hits {
            let started = Instant::now();
            let found = ids(dossiers).filter(|id| index.find(id, query, &looker).is_some()).count();
            note(&mut slowest, kind, started);
            anyhow::ensure!(kind != "nobody" || found == 0, "a word nobody says was found");
            anyhow::ensure!(kind != "staff code" || found == 1, "{found} have a staff code");
        }
        let (all, axes) = (Query::default(), (Axis::Field(field("sex")?), Axis::Unit));
        let (mut table, started) = (Tabulation::default(), Instant::now());
        for id in ids(dossiers) {
            if let Some((rows, columns)) = index.sides(&id, &all, (&axes.0, Some(&axes.1)), &looker)
            {
                table.count(&rows, &columns);
            }
        }
        note(&mut slowest, "table", started);
        anyhow::ensure!(u64::from(table.people) == dossiers, "each counts once");
    }
    Ok(slowest)
}

fn note(slowest: &mut BTreeMap<&'static str, f64>, kind: &'static str, started: Instant) {
    let ms = started.elapsed().as_secs_f64() * 1_000.0;
    let known = slowest.entry(kind).or_insert(0.0);
    *known = known.max(ms);
}

fn id(number: u64) -> DossierId {
    DossierId::from_bytes(u128::from(number).to_be_bytes())
}

fn ids(dossiers: u64) -> impl Iterator<Item = DossierId> {
    (0..dossiers).map(id)
}

fn words(numbers: &mut SplitMix64, count: u64) -> String {
    let word = |_| SYLLABLES[numbers.below(SYLLABLES.len() as u64) as usize];
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn full_name(numbers: &mut SplitMix64) -> String {
    words(numbers, 3)
}

fn value(definition: &FieldDefinition, numbers: &mut SplitMix64) -> anyhow::Result<Value> {
    Ok(match &definition.kind {
        FieldKind::LongText => Value::Text(words(numbers, 12)),
        FieldKind::Date | FieldKind::Month => {
            let (year, month, day) = (numbers.below(60), numbers.below(12), numbers.below(28));
            Value::Date(PartialDate::day(1950 + year as i16, 1 + month as u8, 1 + day as u8)?)
        }
        FieldKind::Integer { .. } => Value::Integer(numbers.below(100) as i64),
        FieldKind::Hundredths => Value::Hundredths(200 + numbers.below(500) as i64),
        FieldKind::Flag => Value::Flag(numbers.below(2) == 1),
        FieldKind::Enum { .. } => {
            let code = numbers.below(12);
            let (code, label) = (code.to_string(), format!("giá trị {code}"));
            Value::Coded(Coded { code, label, version: 1 })
        }
        _ if numbers.below(3) == 0 => Value::Text(format!("{}/QĐ-UBND", numbers.below(10_000_000))),
        _ => Value::Text(words(numbers, 3)),
    })
}

/// A dossier that fills its form.
fn content(number: u64, form: &FormDefinition) -> anyhow::Result<View> {
    let mut numbers = SplitMix64::new(number);
    let mut view = View::default();
    let single = |it: &&FieldDefinition| it.id.table().is_none() && it.kind != FieldKind::Table;
    for definition in form.fields().filter(single) {
        view.fields.insert(definition.id.clone(), value(definition, &mut numbers)?);
    }
    view.fields.insert("full_name".parse()?, Value::Text(full_name(&mut numbers)));
    view.fields.insert("staff_code".parse()?, Value::Text(format!("HB{number:06}")));
    for table in form.tables() {
        for row in 0..ROWS {
            let mut cells = BTreeMap::new();
            for definition in form.columns(table) {
                let column = definition.id.as_str().rsplit('.').next().unwrap_or_default();
                cells.insert(column.to_owned(), value(definition, &mut numbers)?);
            }
            let key = RowId::from_bytes(u128::from(row + 1).to_be_bytes());
            view.tables.entry(table.to_owned()).or_default().insert(key, cells);
        }
    }
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    // each common look-up finds what there is, in a time that people wait.
    #[test]
    fn common_questions_are_answered_in_time() {
        let report = measure(300).expect("measured, and each found what it should");
        assert!(report.values > 150, "{}", report.values);
        // A program that is not built for use takes many times as long as one that is.
        let slow = report.slowest_ms.iter().find(|(_, ms)| **ms > 1_500.0);
        assert_eq!((report.slowest_ms.len(), slow), (5, None));
    }
}
