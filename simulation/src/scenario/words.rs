//! The words of an act: plain ones, and texts between double quotes.

use std::collections::VecDeque;

use super::theatre::Desk;

/// Why an act could not be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Another word belongs here.
    #[error("wanted {wanted}, found {found:?}")]
    Wanted {
        /// What belongs here.
        wanted: &'static str,
        /// What stands here; empty at the end of the line.
        found: String,
    },
    /// Nobody and nothing has this name.
    #[error("no {kind} is named {name:?}")]
    Unknown {
        /// What is looked for.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A quote that is never closed.
    #[error("a text has no end")]
    Endless,
    /// The act needs a founded province, or one that is not founded yet.
    #[error("not at this place of a story")]
    OutOfPlace,
    /// The world did not do it.
    #[error(transparent)]
    World(#[from] anyhow::Error),
}

/// The words of one act that were not read yet.
#[derive(Debug)]
pub(super) struct Words(VecDeque<String>);

impl Words {
    pub(super) fn read(line: &str) -> Result<Self, ScriptError> {
        let mut words = VecDeque::new();
        let mut rest = line.trim_start();
        while !rest.is_empty() {
            let (word, after) = match rest.strip_prefix('"') {
                Some(text) => text.split_once('"').ok_or(ScriptError::Endless)?,
                None => rest.split_once(' ').unwrap_or((rest, "")),
            };
            words.push_back(word.to_owned());
            rest = after.trim_start();
        }
        Ok(Self(words))
    }

    pub(super) fn next(&mut self, wanted: &'static str) -> Result<String, ScriptError> {
        let missing = ScriptError::Wanted { wanted, found: String::new() };
        self.0.pop_front().ok_or(missing)
    }

    /// Takes this word if it comes next.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let comes = self.0.front().is_some_and(|next| next == word);
        if comes {
            self.0.pop_front();
        }
        comes
    }

    pub(super) fn must(&mut self, wanted: &'static str) -> Result<(), ScriptError> {
        let found = self.0.front().cloned().unwrap_or_default();
        if self.take(wanted) { Ok(()) } else { Err(ScriptError::Wanted { wanted, found }) }
    }

    pub(super) fn number(&mut self) -> Result<u64, ScriptError> {
        let word = self.next("a number")?;
        word.parse().map_err(|_| ScriptError::Wanted { wanted: "a number", found: word })
    }

    /// A time such as `30s`, `10m`, `2h`, `3d`, in milliseconds.
    pub(super) fn time(&mut self) -> Result<u64, ScriptError> {
        let word = self.next("a time")?;
        let units = [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
        let read = units.iter().find_map(|(unit, ms)| {
            let number: u64 = word.strip_suffix(*unit)?.parse().ok()?;
            number.checked_mul(*ms)
        });
        read.ok_or(ScriptError::Wanted { wanted: "a time", found: word })
    }

    /// `at` and the name of a machine.
    pub(super) fn at(
        &mut self,
        find: impl FnOnce(&str) -> Result<Desk, ScriptError>,
    ) -> Result<Desk, ScriptError> {
        self.must("at")?;
        find(&self.next("a machine")?)
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), ScriptError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some(found) => Err(ScriptError::Wanted { wanted: "the end of the line", found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_spaces() {
        let mut words = Words::read("edit d1 phone \"09 12\" at tu-ly").expect("words");
        assert_eq!(words.0, ["edit", "d1", "phone", "09 12", "at", "tu-ly"]);
        assert!(words.take("edit") && !words.take("edit"));
        assert!(matches!(Words::read("create \"Hà"), Err(ScriptError::Endless)));
    }

    #[test]
    fn times_have_units() {
        let time = |text| Words::read(text).expect("words").time();
        assert_eq!(time("90m").expect("a time"), 5_400_000);
        assert!(time("90").is_err() && time("1y").is_err());
        assert!(time("99999999999999999d").is_err());
    }
}
