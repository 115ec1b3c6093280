//! Fields of the form as places to type into, and what was typed there.

use dossier::Hash;
use dossier::form::{FieldDefinition, FieldKind, Pattern};
use jiff::civil::Date;
use pages::dossier::Side;
use pages::entry::{Input, Kind};
use protocol::core::FieldShown;

use super::routes::Form;
use super::shown::{is_covered, source};
use crate::cli::shared::{CliError, Library, Typed, measure, words};

/// Choices that fit into a list to pick from; more are typed, with the list at hand.
const CHOICES: usize = 60;

/// The most choices that are sent with a page.
const SUGGESTIONS: usize = 300;

/// A field, what the dossier holds there, and what the person typed over it.
pub(super) struct Cell<'a> {
    pub(super) definition: &'a FieldDefinition,
    pub(super) present: Option<&'a FieldShown>,
    /// What is in the box.
    pub(super) typed: String,
    /// What was in the box when the page was made.
    was: String,
    /// The change that had written that, as a page carries it.
    seen: String,
    pub(super) fault: Option<String>,
}

impl<'a> Cell<'a> {
    /// As the dossier holds it; `None` for what is not typed.
    pub(super) fn of(
        definition: &'a FieldDefinition,
        present: Option<&'a FieldShown>,
    ) -> Option<Self> {
        if matches!(definition.kind, FieldKind::File | FieldKind::Table) {
            return None;
        }
        let text = written(present);
        let (typed, seen) = (text.clone(), writing(present));
        Some(Self { definition, present, typed, was: text, seen, fault: None })
    }

    /// With what a form sent.
    pub(super) fn over(mut self, form: &Form) -> Self {
        let name = self.definition.id.as_str();
        let sent = |key: &str| {
            let found = form.iter().find(|(it, _)| it == key);
            // Browsers send the ends of lines as two characters.
            found.map(|(_, text)| text.replace("\r\n", "\n").trim().to_owned())
        };
        if let Some(typed) = sent(name) {
            self.typed = typed;
            self.was = sent(&format!("was.{name}")).unwrap_or_default();
            self.seen = sent(&format!("seen.{name}")).unwrap_or_default();
        }
        self
    }

    /// Whether what the dossier holds is covered.
    pub(super) fn is_covered(&self) -> bool {
        self.present.is_some_and(|it| is_covered(&it.value))
    }

    /// Whether the person changed it.
    pub(super) fn is_changed(&self) -> bool {
        self.typed != self.was
    }

    /// Whether somebody else wrote there, and something else, since the page was made.
    pub(super) fn is_stale(&self) -> bool {
        self.is_changed()
            && self.seen != writing(self.present)
            && self.typed != written(self.present)
    }

    /// Notes what alone is wrong with what was typed.
    pub(super) fn measure(&mut self, library: &Library, today: Date) {
        let id = &self.definition.id;
        if !self.is_changed() || self.typed.is_empty() {
            return;
        }
        let pair = |name: &str| vec![(name.to_owned(), self.typed.clone())];
        let typed = match id.table() {
            None => Typed { fields: pair(id.as_str()), rows: Vec::new() },
            Some(table) => {
                let row = (table.to_owned(), String::new(), pair(id.column()));
                Typed { fields: Vec::new(), rows: vec![row] }
            }
        };
        let any = |_: &str, _: &str| Ok(dossier::RowId::from_bytes([0; 16]));
        if let Err(error) = measure(&typed, library, today, any) {
            self.fault = Some(told(&error));
        }
    }

    /// As a place to type into. One that is stale shows the other's value, and carries it as seen.
    pub(super) fn input(self, library: &Library, today: Date) -> Input {
        let stale = self.is_stale();
        let theirs = stale.then(|| Side {
            value: match written(self.present) {
                text if text.is_empty() => "(xóa)".to_owned(),
                text => text,
            },
            source: self
                .present
                .and_then(|it| it.provenance.as_ref())
                .map(source)
                .unwrap_or_default(),
            keep: None,
        });
        let (was, seen) = if stale {
            (written(self.present), writing(self.present))
        } else {
            (self.was, self.seen)
        };
        Input {
            name: self.definition.id.to_string(),
            label: self.definition.name_vi.clone(),
            help: help(self.definition, self.present),
            required: self.definition.is_required(),
            kind: kind(self.definition, &self.typed, library, today),
            value: self.typed,
            was,
            seen,
            fault: self.fault,
            theirs,
        }
    }
}

/// An error at a field, in one line.
fn told(error: &CliError) -> String {
    let hint = error.hint.as_deref().unwrap_or(&error.message);
    let lines: Vec<&str> = hint.lines().map(str::trim).collect();
    format!("{} ({})", lines.join(" "), error.code)
}

/// What stands there, as it is typed; nothing where it is covered.
fn written(present: Option<&FieldShown>) -> String {
    present
        .filter(|it| !is_covered(&it.value))
        .map(|it| words::value(&it.value))
        .unwrap_or_default()
}

/// The change that wrote what stands there.
fn writing(present: Option<&FieldShown>) -> String {
    let change: Option<Hash> = present.and_then(|it| it.provenance.as_ref()).map(|it| it.change);
    change.map(|change| change.to_string()).unwrap_or_default()
}

fn help(definition: &FieldDefinition, present: Option<&FieldShown>) -> String {
    let covered = present.is_some_and(|it| is_covered(&it.value));
    let mut help = match (&definition.kind, definition.pattern) {
        (FieldKind::Date, _) => {
            "Ngày/tháng/năm; giấy cũ chỉ có tháng hoặc năm thì ghi 9/1985 hoặc 1985."
        }
        (FieldKind::Month, _) => "Tháng/năm, ví dụ 9/2020.",
        (FieldKind::Hundredths, _) => "Số, ví dụ 2,34.",
        (_, Some(Pattern::CitizenNumber)) => "CMND 9 chữ số hoặc CCCD 12 chữ số.",
        (_, Some(Pattern::Phone)) => "10 chữ số, bắt đầu bằng 0.",
        (_, Some(Pattern::SocialInsurance)) => "10 chữ số.",
        _ => "",
    }
    .to_owned();
    if covered {
        help.push_str(" Mục đang che: để trống là giữ nguyên, ghi vào là thay.");
    }
    help.trim().to_owned()
}

/// How a field is typed, with the values it knows.
pub(super) fn kind(
    definition: &FieldDefinition,
    typed: &str,
    library: &Library,
    today: Date,
) -> Kind {
    match &definition.kind {
        FieldKind::LongText => Kind::Long,
        FieldKind::Date | FieldKind::Month => Kind::Day,
        FieldKind::Integer { .. } | FieldKind::Hundredths => Kind::Number,
        FieldKind::Flag => Kind::Choice(vec!["có".to_owned(), "không".to_owned()]),
        FieldKind::Enum { catalog, open } => {
            let entries = library.catalogs.get(catalog).map(|it| it.entries()).unwrap_or_default();
            let valid = entries.iter().filter(|it| it.validity.covers(today));
            let mut labels: Vec<String> = valid.map(|it| it.label.clone()).collect();
            labels.dedup();
            let whole = labels.len() <= CHOICES && !open;
            if whole && !typed.is_empty() && !labels.iter().any(|label| label == typed) {
                labels.push(typed.to_owned());
            }
            labels.truncate(SUGGESTIONS);
            if whole { Kind::Choice(labels) } else { Kind::Suggested(labels) }
        }
        FieldKind::Unit => {
            let names = library.tree.units().map(|unit| unit.name.clone());
            Kind::Suggested(names.take(SUGGESTIONS).collect())
        }
        _ => Kind::Line,
    }
}
