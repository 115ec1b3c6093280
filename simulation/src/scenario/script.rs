//! The file of a story: remarks, acts, and the answers below them.

use std::fmt::Write as _;

/// What an answered line begins with.
const INDENT: &str = "    ";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Remark(String),
    Act(String),
}

/// A story as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    lines: Vec<(usize, Line)>,
    has_transcript: bool,
}

impl Script {
    /// Reads a file.
    pub fn read(text: &str) -> Self {
        let mut script = Self { lines: Vec::new(), has_transcript: false };
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with(INDENT) {
                script.has_transcript = true;
            } else if line.is_empty() || line.starts_with('#') {
                script.lines.push((number, Line::Remark(line.to_owned())));
            } else {
                script.lines.push((number, Line::Act(line.trim_end().to_owned())));
            }
        }
        script
    }

    /// The acts, each with the number of its line.
    pub fn acts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().filter_map(|(number, line)| match line {
            Line::Act(act) => Some((*number, act.as_str())),
            Line::Remark(_) => None,
        })
    }

    /// Whether any answer is written down.
    pub fn has_transcript(&self) -> bool {
        self.has_transcript
    }

    /// The remarks it begins with: what broke, where, what must hold.
    pub fn preface(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map_while(|(_, line)| match line {
            Line::Remark(words) => words.strip_prefix("# "),
            Line::Act(_) => None,
        })
    }

    /// The file with these answers below its acts.
    pub fn render(&self, answers: &[Vec<String>]) -> String {
        let mut text = String::new();
        let mut answers = answers.iter();
        for (_, line) in &self.lines {
            match line {
                Line::Remark(words) => text.push_str(words),
                Line::Act(act) => {
                    text.push_str(act);
                    for said in answers.next().into_iter().flatten() {
                        let _ = write!(text, "\n{INDENT}{said}");
                    }
                }
            }
            text.push('\n');
        }
        text
    }
}

/// The lines in which two files differ, with their neighbours: `-` stood there, `+` is answered.
/// Empty when they are equal.
pub fn difference(stored: &str, made: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (stored.lines().collect(), made.lines().collect());
    let front = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let backward = old[front..].iter().rev().zip(new[front..].iter().rev());
    let back = backward.take_while(|(old, new)| old == new).count();
    let (old_end, new_end) = (old.len() - back, new.len() - back);
    let mut text = String::new();
    if front == old_end && front == new_end {
        return text;
    }
    let _ = writeln!(text, "from line {}:", front + 1);
    let around = front.saturating_sub(2)..front;
    let lines = old[around].iter().map(|line| (' ', line));
    let lines = lines.chain(old[front..old_end].iter().map(|line| ('-', line)));
    for (mark, line) in lines.chain(new[front..new_end].iter().map(|line| ('+', line))) {
        let _ = writeln!(text, "{mark} {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "# why\n\nnode a\nfound\n    a chạy\nrest 1h\n";

    #[test]
    fn answers_stand_below_their_acts() {
        let script = Script::read(STORY);
        assert!(script.has_transcript());
        assert_eq!(script.preface().collect::<Vec<_>>(), ["why"]);
        let acts: Vec<(usize, &str)> = script.acts().collect();
        assert_eq!(acts, [(3, "node a"), (4, "found"), (6, "rest 1h")]);
        let answers = [vec![], vec!["a chạy".to_owned()], vec![]];
        assert_eq!(script.render(&answers), STORY);
    }

    #[test]
    fn a_difference_shows_what_stood_and_what_is_answered() {
        assert_eq!(difference(STORY, STORY), "");
        let told = difference(STORY, &STORY.replace("a chạy", "a tắt"));
        assert!(told.contains("-     a chạy\n+     a tắt"), "{told}");
    }
}
