//! What a story expects: truths that no new transcript may change.

use dossier::{FieldPath, Value};
use protocol::{
    Answer, Command,
    core::{ConflictShown, DossierShown},
};

use super::office::path;
use super::theatre::{Desk, Theatre};
use super::words::{ScriptError, Words};

/// Something that is so or not, at a desk.
enum Truth {
    /// A place shows this text.
    Shown(String, FieldPath, String),
    /// A place's history has this text.
    Written(String, FieldPath, String),
    /// The level at which the shown value of a place is held.
    Level(u64, String, FieldPath),
    /// A place waits for a person's choice.
    Conflict(String, FieldPath),
    /// An incident of this kind was told.
    Incident(String),
    /// The dossier is held.
    Dossier(String),
    /// The superior is connected.
    Superior,
}

impl Theatre {
    pub(super) async fn expect(
        &mut self,
        act: &str,
        words: &mut Words,
    ) -> Result<Vec<String>, ScriptError> {
        let wanted = !words.take("no");
        let truth = read(words)?;
        let desk = words.at(|name| self.desk(name))?;
        if self.holds(&truth, desk).await? == wanted {
            return Ok(vec!["đúng".to_owned()]);
        }
        self.failures.push(format!("not so: {act}"));
        Ok(vec!["SAI".to_owned()])
    }

    async fn holds(&self, truth: &Truth, desk: Desk) -> Result<bool, ScriptError> {
        Ok(match truth {
            Truth::Shown(dossier, path, text) => {
                let page = self.page(dossier, desk).await?;
                let field = page.iter().flat_map(|page| &page.fields).find(|it| it.path == *path);
                field.is_some_and(|field| field.value == Value::Text(text.clone()))
            }
            Truth::Level(level, dossier, path) => {
                let page = self.page(dossier, desk).await?;
                let field = page.iter().flat_map(|page| &page.fields).find(|it| it.path == *path);
                let from = field.and_then(|field| field.provenance.as_ref());
                let held = from.map(|from| match from.held_above {
                    [_, true] => 3,
                    [true, false] => 2,
                    [false, false] => 1,
                });
                held.is_some_and(|held| held >= *level)
            }
            Truth::Conflict(dossier, path) => {
                let page = self.page(dossier, desk).await?;
                let met = |conflict: &ConflictShown| conflict.path == *path;
                page.is_some_and(|page| page.conflicts.iter().any(met))
            }
            Truth::Dossier(dossier) => self.page(dossier, desk).await?.is_some(),
            Truth::Written(dossier, path, text) => {
                let question = Command::History(self.dossier(dossier)?, path.clone());
                let text = Value::Text(text.clone());
                matches!(self.ask(desk, question).await?, Some(Answer::History(list))
                    if list.iter().any(|writing| writing.value.as_ref() == Some(&text)))
            }
            Truth::Incident(kind) => {
                matches!(self.ask(desk, Command::Incidents).await?, Some(Answer::Incidents(list))
                    if list.iter().any(|it| format!("{:?}", it.kind).starts_with(kind)))
            }
            Truth::Superior => {
                matches!(self.ask(desk, Command::Status).await?, Some(Answer::Status(state))
                    if state.neighbours.iter().any(|it| it.upper && it.live))
            }
        })
    }

    async fn page(
        &self,
        dossier: &str,
        desk: Desk,
    ) -> Result<Option<Box<DossierShown>>, ScriptError> {
        let question = Command::Show(self.dossier(dossier)?);
        Ok(match self.ask(desk, question).await? {
            Some(Answer::Shown(shown)) => Some(shown),
            _ => None,
        })
    }
}

fn read(words: &mut Words) -> Result<Truth, ScriptError> {
    let first = words.next("a truth")?;
    Ok(match first.as_str() {
        "superior" => Truth::Superior,
        "incident" => Truth::Incident(words.next("a kind")?),
        "dossier" => Truth::Dossier(words.next("a dossier")?),
        "conflict" => Truth::Conflict(words.next("a dossier")?, path(&words.next("a field")?)?),
        "level" => {
            let level = words.number()?;
            Truth::Level(level, words.next("a dossier")?, path(&words.next("a field")?)?)
        }
        "written" => {
            let dossier = words.next("a dossier")?;
            Truth::Written(dossier, path(&words.next("a field")?)?, words.next("a text")?)
        }
        _ => {
            let path = path(&words.next("a field")?)?;
            Truth::Shown(first, path, words.next("a text")?)
        }
    })
}
