//! What people do at their desks, and what they read.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Edit, FieldPath, Hash, Role, RowId, UnitId, Value};
use node::cli::{CliError, telling};
use protocol::{
    Answer, Command,
    core::{ChangeShown, ConflictShown, DossierShown, Entry, Provenance, Refused},
    envelope::Meta,
};

use super::theatre::{Desk, Theatre, counted};
use super::words::{ScriptError, Words};

/// The table of careers, and its column that stories write.
const CAREER: (&str, &str) = ("work", "title");

const SILENT: &str = "Máy không trả lời.";

impl Theatre {
    pub(super) async fn office(
        &mut self,
        verb: &str,
        words: &mut Words,
    ) -> Result<Vec<String>, ScriptError> {
        match verb {
            "create" => {
                let (name, person) = (words.next("a name")?, words.next("a person")?);
                let desk = words.at(|name| self.desk(name))?;
                self.create(&name, &person, desk).await
            }
            "creates" => {
                let (count, name) = (words.number()?, words.next("a name")?);
                let desk = words.at(|name| self.desk(name))?;
                self.create_many(count, &name, desk).await
            }
            "edit" => self.edit(words).await,
            "edits" => self.edit_many(words).await,
            "row" | "drop-row" => self.career(verb == "row", words).await,
            "show" => {
                let dossier = self.dossier(&words.next("a dossier")?)?;
                let desk = words.at(|name| self.desk(name))?;
                self.show(dossier, desk).await
            }
            "history" => {
                let dossier = self.dossier(&words.next("a dossier")?)?;
                let path = path(&words.next("a field")?)?;
                let desk = words.at(|name| self.desk(name))?;
                self.history(dossier, path, desk).await
            }
            _ => self.desk_work(verb, words).await,
        }
    }

    fn entry(&self, unit: UnitId, person: &str, meta: Meta) -> Entry {
        Entry { key: None, unit, edits: vec![set("full_name", person)], meta }
    }

    async fn create(
        &mut self,
        name: &str,
        person: &str,
        desk: Desk,
    ) -> Result<Vec<String>, ScriptError> {
        let unit = self.unit_at(desk)?;
        let meta = self.stage()?.hand(desk.place, None, None, &[]);
        let entry = self.entry(unit.clone(), person, meta);
        let answer = self.ask(desk, Command::Enter(vec![entry])).await?;
        let made = match answer {
            Some(Answer::Entered(made)) => made.into_iter().next(),
            other => return Ok(otherwise(other)),
        };
        match made {
            Some(Ok((id, _))) => {
                self.dossiers.insert(name.to_owned(), id);
                if !desk.copy {
                    self.world()?.testify(desk.place, &unit, id, path("full_name")?, person);
                }
                Ok(vec![format!("Đã lập hồ sơ {id}, {}.", telling::level([false, false]))])
            }
            Some(Err(refused)) => Ok(refusal(refused)),
            None => Ok(vec![SILENT.to_owned()]),
        }
    }

    async fn create_many(
        &mut self,
        count: u64,
        name: &str,
        desk: Desk,
    ) -> Result<Vec<String>, ScriptError> {
        let mut made = 0;
        for number in 1..=count {
            let (name, person) = (format!("{name}{number}"), format!("Người thứ {number}"));
            self.create(&name, &person, desk).await?;
            made += usize::from(self.dossiers.contains_key(&name));
        }
        Ok(vec![format!("Đã lập {made} hồ sơ, {}.", telling::level([false, false]))])
    }

    async fn edit(&mut self, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        let dossier = self.dossier(&words.next("a dossier")?)?;
        let (field, text) = (words.next("a field")?, words.next("a text")?);
        let role = if words.take("as") { Some(role(&words.next("a role")?)?) } else { None };
        let desk = words.at(|name| self.desk(name))?;
        path(&field)?;
        self.write(dossier, &field, &text, role, desk).await
    }

    async fn edit_many(&mut self, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        let count = words.number()?;
        let dossier = self.dossier(&words.next("a dossier")?)?;
        let desk = words.at(|name| self.desk(name))?;
        let unit = self.unit_at(desk)?;
        let mut said = Vec::new();
        for number in 1..=count {
            let text = format!("{unit} ghi lần {number}");
            said.extend(self.write(dossier, "note", &text, None, desk).await?);
        }
        Ok(counted(said))
    }

    async fn write(
        &mut self,
        dossier: DossierId,
        field: &str,
        text: &str,
        role: Option<Role>,
        desk: Desk,
    ) -> Result<Vec<String>, ScriptError> {
        let edits = vec![set(field, text)];
        let meta = self.stage()?.hand(desk.place, role, Some(&dossier), &edits);
        let command = Command::Edit { dossier, edits, meta };
        let answer = self.ask(desk, command).await?;
        self.testify(&answer, dossier, (path(field)?, text), desk)?;
        Ok(edited(answer))
    }

    /// The judges hear of a text that a node acknowledged.
    fn testify(
        &mut self,
        answer: &Option<Answer>,
        dossier: DossierId,
        (path, text): (FieldPath, &str),
        desk: Desk,
    ) -> Result<(), ScriptError> {
        if let Some(Answer::Edited { .. }) = answer
            && !desk.copy
        {
            let unit = self.stage()?.testimony().unit(&dossier).cloned();
            let unit = unit.ok_or(ScriptError::OutOfPlace)?;
            self.world()?.testify(desk.place, &unit, dossier, path, text);
        }
        Ok(())
    }

    async fn career(&mut self, put: bool, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        let dossier = self.dossier(&words.next("a dossier")?)?;
        let row = row(&words.next("a row")?);
        let table = CAREER.0.to_owned();
        let title = if put { Some(words.next("a title")?) } else { None };
        let edit = match title.clone() {
            Some(title) => {
                let cells = BTreeMap::from([(CAREER.1.to_owned(), Value::Text(title))]);
                Edit::PutRow { table, row, cells }
            }
            None => Edit::RemoveRow { table, row },
        };
        let desk = words.at(|name| self.desk(name))?;
        let edits = vec![edit];
        let meta = self.stage()?.hand(desk.place, None, Some(&dossier), &edits);
        let command = Command::Edit { dossier, edits, meta };
        let answer = self.ask(desk, command).await?;
        if let Some(title) = title {
            let cell = path(&format!("{}.{}", CAREER.0, CAREER.1))?;
            let cell = FieldPath { row: Some(row), ..cell };
            self.testify(&answer, dossier, (cell, &title), desk)?;
        }
        Ok(edited(answer))
    }

    async fn show(&mut self, dossier: DossierId, desk: Desk) -> Result<Vec<String>, ScriptError> {
        match self.ask(desk, Command::Show(dossier)).await? {
            Some(Answer::Shown(shown)) => {
                if !desk.copy {
                    self.world()?.witness_page(desk.place, &shown);
                }
                Ok(page(&shown))
            }
            other => Ok(otherwise(other)),
        }
    }

    async fn history(
        &mut self,
        dossier: DossierId,
        path: FieldPath,
        desk: Desk,
    ) -> Result<Vec<String>, ScriptError> {
        match self.ask(desk, Command::History(dossier, path)).await? {
            Some(Answer::History(writings)) => Ok(writings.iter().map(writing).collect()),
            other => Ok(otherwise(other)),
        }
    }

    async fn desk_work(
        &mut self,
        verb: &str,
        words: &mut Words,
    ) -> Result<Vec<String>, ScriptError> {
        let desk = words.at(|name| self.desk(name))?;
        if verb == "sync" {
            let tier = self.stage()?.machine(desk.place).map_or(0, |node| node.tier.number());
            let told = self.world()?.compare(desk.place).await;
            let words = told.map_or(SILENT, |equal| telling::compared(equal, tier));
            return Ok(vec![words.to_owned()]);
        }
        let question = match verb {
            "status" => Command::Status,
            "incidents" => Command::Incidents,
            _ => Command::Quarantine,
        };
        Ok(match self.ask(desk, question).await? {
            Some(Answer::Status(state)) => {
                if !desk.copy {
                    self.world()?.witness_status(desk.place, &state);
                }
                let mut state = state;
                // Who connected first depends on luck with lines.
                state.neighbours.sort_by_key(|it| (!it.upper, it.unit.clone()));
                telling::status(&state)
            }
            Some(Answer::Incidents(list)) => {
                let lines = list.iter().map(|incident| self.plain(&telling::incident(incident)));
                or_none(once(lines), "Không có sự cố nào.")
            }
            Some(Answer::Quarantine(kept)) => {
                let lines =
                    kept.iter().map(|(id, _, _, why)| format!("{id}: {}", telling::reason(why)));
                or_none(counted(lines), "Không có thay đổi nào bị giữ bên ngoài.")
            }
            other => otherwise(other),
        })
    }

    fn unit_at(&self, desk: Desk) -> Result<UnitId, ScriptError> {
        let node = self.stage()?.machine(desk.place);
        node.map(|node| node.unit.clone()).ok_or(ScriptError::OutOfPlace)
    }
}

/// A dossier as a story shows it: values with their source and level, then what met.
fn page(shown: &DossierShown) -> Vec<String> {
    let mut lines =
        vec![format!("Hồ sơ {} của {}, {} lần ghi", shown.dossier, shown.unit, shown.changes)];
    for field in &shown.fields {
        let source = field.provenance.as_ref().map(source).unwrap_or_default();
        lines.push(format!("{}: {} — {source}", field.path.field, telling::value(&field.value)));
    }
    lines.extend(shown.conflicts.iter().map(meeting));
    lines
}

fn meeting(conflict: &ConflictShown) -> String {
    let sides: Vec<String> = conflict.candidates.iter().map(value).collect();
    let (shown, others) = sides.split_last().map_or(("", &[][..]), |(last, rest)| (last, rest));
    let field = &conflict.path.field;
    format!("Chờ người chọn {field}: đang hiện {shown}, nơi khác ghi {}", others.join(", "))
}

fn value(side: &ChangeShown) -> String {
    let text = side.value.as_ref().map_or_else(|| "(xóa)".to_owned(), telling::value);
    let unit = side.provenance.as_ref().and_then(|from| from.unit.as_ref());
    format!("«{text}» của {}", unit.map_or("?", UnitId::as_str))
}

fn writing(side: &ChangeShown) -> String {
    let text = side.value.as_ref().map_or_else(|| "(xóa)".to_owned(), telling::value);
    format!("{text} — {}", side.provenance.as_ref().map(source).unwrap_or_default())
}

fn source(from: &Provenance) -> String {
    let unit = from.unit.as_ref().map_or("?", UnitId::as_str);
    format!("{unit}, {}", telling::level(from.held_above))
}

fn edited(answer: Option<Answer>) -> Vec<String> {
    match answer {
        Some(Answer::Edited { dossier, .. }) => {
            vec![format!("Đã cập nhật hồ sơ {dossier}, {}.", telling::level([false, false]))]
        }
        other => otherwise(other),
    }
}

/// No answer, or a refusal.
fn otherwise(answer: Option<Answer>) -> Vec<String> {
    match answer {
        Some(Answer::Refused(refused)) => refusal(refused),
        _ => vec![SILENT.to_owned()],
    }
}

fn refusal(refused: Refused) -> Vec<String> {
    CliError::from(refused).to_string().lines().map(str::to_owned).collect()
}

/// Equal lines once: how often one came depends on luck with lines.
fn once(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    lines.into_iter().filter(|line| seen.insert(line.clone())).collect()
}

fn or_none(lines: Vec<String>, none: &str) -> Vec<String> {
    if lines.is_empty() { vec![none.to_owned()] } else { lines }
}

pub(super) fn path(field: &str) -> Result<FieldPath, ScriptError> {
    let unknown = |_| ScriptError::Unknown { kind: "field", name: field.to_owned() };
    Ok(FieldPath { field: field.parse().map_err(unknown)?, row: None })
}

/// A row has the same key wherever a story names it.
fn row(name: &str) -> RowId {
    let digest = Hash::of(name.as_bytes());
    RowId::from_slice(&digest.as_bytes()[..RowId::LENGTH]).expect("a digest is longer than a key")
}

fn role(name: &str) -> Result<Role, ScriptError> {
    Ok(match name {
        "clerk" => Role::Clerk,
        "approver" => Role::Approver,
        "administrator" => Role::Administrator,
        _ => return Err(ScriptError::Unknown { kind: "role", name: name.to_owned() }),
    })
}

fn set(field: &str, text: &str) -> Edit {
    let field = field.parse().expect("checked before");
    Edit::Set { field, value: Value::Text(text.to_owned()) }
}
