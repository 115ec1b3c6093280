//! The one place that writes to standard output and standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use comfy_table::{LineStyle, Table, TableStyle};
use serde_json::json;

use super::error::{CliError, Exit};

/// Writes the answer, as sentences or as one JSON object.
pub(super) struct Output {
    answer: Box<dyn Write>,
    complaint: Box<dyn Write>,
    json: bool,
    bold: bool,
    told: bool,
    failed: Option<io::ErrorKind>,
}

impl Output {
    /// Standard output and standard error of the process.
    pub(super) fn to_terminal(json: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let bold = !plain && io::stdout().is_terminal();
        Self::to(Box::new(io::stdout()), Box::new(io::stderr()), json, bold)
    }

    pub(super) fn to(
        answer: Box<dyn Write>,
        complaint: Box<dyn Write>,
        json: bool,
        bold: bool,
    ) -> Self {
        Self { answer, complaint, json, bold, told: false, failed: None }
    }

    /// Whether one JSON object is wanted.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes a line of the answer; nothing when JSON is wanted.
    pub(super) fn say(&mut self, line: impl Display) {
        if !self.json {
            self.write(line);
        }
    }

    /// Writes a page of help, whatever was wanted.
    pub(super) fn help(&mut self, page: &str) {
        self.write(page.trim_end());
    }

    /// Writes a heading.
    pub(super) fn heading(&mut self, text: impl Display) {
        if self.bold {
            self.say(format_args!("\x1b[1m{text}\x1b[0m"));
        } else {
            self.say(text);
        }
    }

    /// Writes rows under their headings.
    pub(super) fn table<const N: usize>(
        &mut self,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        self.say(table(headings, rows));
    }

    /// Writes the JSON object that is the whole answer.
    pub(super) fn answer(&mut self, value: &serde_json::Value) {
        self.write(value);
        self.told = true;
    }

    /// Tells something beside the answer, on standard error.
    pub(super) fn mention(&mut self, line: impl Display) {
        let _ = writeln!(self.complaint, "{line}");
    }

    /// Tells what went wrong.
    pub(super) fn complain(&mut self, error: &CliError) {
        if self.json && !self.told {
            self.answer(&json!({ "error": { "code": error.code, "message": error.message,
                    "hint": error.hint } }));
        }
        self.mention(error);
    }

    /// The exit code, once everything was written: a reader that left early is no failure.
    pub(super) fn finish(self, exit: Exit) -> Exit {
        match self.failed {
            None | Some(io::ErrorKind::BrokenPipe) => exit,
            Some(_) if exit == Exit::Done => Exit::Failed,
            Some(_) => exit,
        }
    }

    fn write(&mut self, line: impl Display) {
        if let Err(error) = writeln!(self.answer, "{line}").and_then(|()| self.answer.flush()) {
            self.failed.get_or_insert(error.kind());
        }
    }
}

/// A table without frames: headings, a rule, rows.
fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(style()).set_header(headings.to_vec());
    for row in rows {
        table.add_row(row.map(|cell| shown(&cell)));
    }
    table.trim_fmt()
}

/// Rows under headings that are not known beforehand, as lines of text.
pub(super) fn grid(headings: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    let shown_all = |cells: &[String]| cells.iter().map(|cell| shown(cell)).collect::<Vec<_>>();
    table.load_style(style()).set_header(shown_all(headings));
    for row in rows {
        table.add_row(shown_all(&row));
    }
    table.trim_fmt()
}

fn style() -> TableStyle {
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'))
}

/// A cell without what a terminal would obey, and not longer than people read in a table.
fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut letters = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut cell: String = letters.by_ref().take(MOST).collect();
    if letters.next().is_some() {
        cell.push('…');
    }
    cell
}

#[cfg(test)]
mod tests;
