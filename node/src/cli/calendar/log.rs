//! `hoso calendar log`: which deadlines each yearly decision moved, the old date beside the new.

use std::collections::BTreeMap;

use clap::Args as ClapArgs;
use dossier::Hash;
use dossier::calendar::Calendar;
use dossier::deadline::State;
use dossier::obligation::{Bench, Obligation};
use serde_json::{Value as Json, json};

use super::Book;
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::library::Library;
use crate::cli::obligations::{all, short};
use crate::cli::survey::Survey;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso calendar log
  hoso calendar log --json

Hạn cũ và hạn mới của mỗi việc mà một quyết định lịch đã làm đổi, theo thứ tự các quyết định.";

#[derive(Debug, ClapArgs)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    reader: Reader,
}

/// One deadline that a decision moved.
struct Moved {
    old: jiff::civil::Date,
    owed: Obligation,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (today, book) = (desk.today()?, Book::of(desk)?);
        let profile = desk.settings(&[])?.settings.deadlines;
        let tree = Library::of(desk)?.tree;
        let survey = Survey::of(desk, None, self.reader.claim())?;
        let scope = desk.ask()?.status()?.unit;
        let mut decided = Vec::new();
        for (id, known) in book.decisions.iter() {
            // What was open when the decision came; what began later was counted by it from the start.
            let as_of = words::day(known.at).unwrap_or(today);
            let owed_by = |calendar: &Calendar| {
                let bench = Bench { as_of, calendar, profile: &profile };
                all(&bench, survey.appraisals(), &scope, &tree)
            };
            let before = owed_by(&book.decisions.before(id, &book.base));
            let after = owed_by(&book.decisions.after(id, &book.base));
            let mut after: BTreeMap<Hash, Obligation> =
                after.into_iter().map(|owed| (owed.id, owed)).collect();
            let open = before.into_iter().filter(|old| !matches!(old.state, State::Met { .. }));
            let moved = open.filter_map(|old| {
                let (old, owed) = (old.due.last_on_time, after.remove(&old.id)?);
                (old != owed.due.last_on_time).then_some(Moved { old, owed })
            });
            decided.push((&known.decision, moved.collect::<Vec<_>>()));
        }
        if desk.out.is_json() {
            let list: Vec<Json> = decided
                .iter()
                .map(|(decision, moved)| {
                    let moved: Vec<Json> = moved.iter().map(as_json).collect();
                    json!({ "year": decision.year.year(), "version": decision.year.version(),
                        "document": decision.year.document(), "moved": moved })
                })
                .collect();
            desk.out.answer(&json!({ "decisions": list }));
            return Ok(Exit::Done);
        }
        if decided.is_empty() {
            desk.out
                .say("Chưa có quyết định lịch nào được ghi: các năm theo lịch kèm chương trình.");
        }
        for (decision, moved) in &decided {
            let (year, version) = (decision.year.year(), decision.year.version());
            let document = decision.year.document();
            desk.out.heading(format!("Năm {year}, bản {version}: {document}"));
            if moved.is_empty() {
                desk.out.say("  Không hạn nào đổi.");
            }
            for Moved { old, owed } in moved {
                desk.out.say(format_args!(
                    "  {} {} ({}): hạn cũ {}, hạn mới {}, theo {document}",
                    short(&owed.id),
                    owed.due.clock.name_vi(),
                    owed.document,
                    old.strftime("%d/%m/%Y"),
                    owed.due.last_on_time.strftime("%d/%m/%Y"),
                ));
            }
        }
        Ok(Exit::Done)
    }
}

fn as_json(moved: &Moved) -> Json {
    let Moved { old, owed } = moved;
    json!({ "id": owed.id, "clock": owed.due.clock.code(), "dossier": owed.dossier,
        "document": owed.document, "old": old.to_string(),
        "new": owed.due.last_on_time.to_string() })
}
