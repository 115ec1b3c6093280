//! One cell to one value, by the kind of its field. Forgives what people write another way, and
//! reports what can't be read; nothing is guessed silently.

use std::cell::RefCell;
use std::collections::BTreeMap;

use dossier::catalog::Catalogs;
use dossier::finding::{FindingKind, text_fault, tidy_identifier};
use dossier::fold::tidy;
use dossier::form::{FieldDefinition, FieldKind, FormDefinition, Pattern};
use dossier::unit::UnitTree;
use dossier::{Coded, PartialDate, UnitId, Value};
use jiff::civil::Date;

use super::clean::CleanCell;
use super::date::{self, NotADate};
use super::sheet::RawCell;
use super::{number, place};

mod message;

/// What values are measured against.
#[derive(Debug, Clone, Copy)]
pub struct Domain<'a> {
    /// The form.
    pub form: &'a FormDefinition,
    /// Catalogs and salary scales.
    pub catalogs: &'a Catalogs,
    /// The organisation.
    pub tree: &'a UnitTree,
}

/// What a cell gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Converted {
    /// The value, where there is one.
    pub value: Option<Value>,
    /// What is wrong, with the sentence for the clerk.
    pub findings: Vec<(FindingKind, String)>,
    /// Whether no rule may use the cell.
    pub closed: bool,
}

impl Converted {
    fn of(value: Value) -> Self {
        Self { value: Some(value), ..Self::default() }
    }

    fn unreadable(kind: FindingKind, message: String) -> Self {
        Self { value: None, findings: vec![(kind, message)], closed: true }
    }

    fn with(mut self, kind: FindingKind, message: String) -> Self {
        self.findings.push((kind, message));
        self
    }
}

/// Reads cells into values of a form.
#[derive(Debug)]
pub struct Converter<'a> {
    /// What values are measured against.
    pub domain: Domain<'a>,
    latest: Date,
    /// Catalog and label, or scope and unit name, to the value found: lists repeat a few hundred.
    found: RefCell<BTreeMap<(String, String), Value>>,
}

impl<'a> Converter<'a> {
    /// A reader for one list; `latest` is the last day that a year of two digits may mean.
    pub fn new(domain: Domain<'a>, latest: Date) -> Self {
        Self { domain, latest, found: RefCell::default() }
    }

    fn once(&self, place: &str, name: &str, find: impl FnOnce() -> Value) -> Value {
        let key = (place.to_owned(), name.to_owned());
        if let Some(value) = self.found.borrow().get(&key) {
            return value.clone();
        }
        let value = find();
        self.found.borrow_mut().insert(key, value.clone());
        value
    }

    /// Reads a cell; neighbours such as the managing body narrow the search for units.
    pub fn convert(&self, field: &FieldDefinition, cell: &CleanCell, scope: &UnitId) -> Converted {
        if let Some(refused) = self.refuse(field, cell) {
            return refused;
        }
        if matches!(&cell.raw, RawCell::Text(text) if text.trim().is_empty()) {
            return Converted::default();
        }
        let mut converted = self.by_kind(field, &cell.raw, scope);
        if let Some(encoding) = cell.legacy {
            let message = message::legacy(field, encoding);
            let findings = std::mem::take(&mut converted.findings);
            // Where the converted text could not be read, that is what the clerk must mend.
            converted.findings = if converted.value.is_some() {
                vec![(FindingKind::LegacyEncoding, message)]
            } else {
                findings
            };
            converted.closed = true;
        }
        converted
    }

    /// Formulas, error values and text that may not stand.
    fn refuse(&self, field: &FieldDefinition, cell: &CleanCell) -> Option<Converted> {
        let (kind, message) = match &cell.raw {
            RawCell::Error(error) => (FindingKind::ErrorCell, message::error_value(field, error)),
            RawCell::Formula(_) => (FindingKind::FormulaCell, message::formula(field)),
            RawCell::Text(text) => {
                let kind = text_fault(text, field.text_max())?;
                (kind, message::fault(kind, field))
            }
            RawCell::Number(_) | RawCell::Date(_) | RawCell::Flag(_) => return None,
        };
        Some(Converted::unreadable(kind, message))
    }

    fn by_kind(&self, field: &FieldDefinition, raw: &RawCell, scope: &UnitId) -> Converted {
        match &field.kind {
            FieldKind::Date | FieldKind::Month => self.date(field, raw),
            FieldKind::Integer { .. } => match number::integer(raw) {
                Some(number) => Converted::of(Value::Integer(number)),
                None => bad_number(field),
            },
            FieldKind::Hundredths => match number::hundredths(raw) {
                Some(number) => Converted::of(Value::Hundredths(number)),
                None => bad_number(field),
            },
            FieldKind::Flag => match flag(raw) {
                Some(flag) => Converted::of(Value::Flag(flag)),
                None => bad_format(field),
            },
            FieldKind::Enum { catalog, .. } => self.coded(field, catalog, raw),
            FieldKind::Unit => Converted::of(self.unit(&plain(raw), scope)),
            FieldKind::Place { level } => {
                Converted::of(Value::Text(place::name(&plain(raw), *level)))
            }
            FieldKind::Text | FieldKind::LongText => text(field, raw),
            FieldKind::Level { .. } | FieldKind::Document => Converted::of(Value::Text(plain(raw))),
            FieldKind::File | FieldKind::Table => bad_format(field),
        }
    }

    fn date(&self, field: &FieldDefinition, raw: &RawCell) -> Converted {
        if matches!(raw, RawCell::Text(text) if is_still(text)) {
            return Converted::default();
        }
        let latest = if field.may_be_future { self.far() } else { self.latest };
        let date = match raw {
            RawCell::Date(days) => date::parse_serial(*days),
            RawCell::Number(number) => date::parse_number(*number, latest),
            RawCell::Text(text) => date::parse_text(text, latest),
            _ => Err(NotADate),
        };
        let Ok(date) = date else {
            let message = message::no_date(field, &raw.shown());
            return Converted::unreadable(FindingKind::DateInvalid, message);
        };
        let converted = Converted::of(Value::Date(date));
        if field.kind == FieldKind::Date && date.civil().is_none() {
            let message = message::partial(field, date);
            return converted.with(FindingKind::DatePartial, message);
        }
        converted
    }

    /// Ends of terms and next raises lie some years ahead.
    fn far(&self) -> Date {
        self.latest.checked_add(jiff::Span::new().years(20)).unwrap_or(self.latest)
    }

    fn coded(&self, field: &FieldDefinition, catalog: &str, raw: &RawCell) -> Converted {
        let lost = if catalog == "grade" { number::grade_code(raw) } else { None };
        let label = lost.as_ref().map_or_else(|| plain(raw), |grade| grade.text.clone());
        let converted = Converted::of(self.value_of(catalog, &label));
        match lost {
            Some(grade) if grade.zero_lost => {
                converted.with(FindingKind::LeadingZeroLost, message::zero(field))
            }
            _ => converted,
        }
    }

    /// The catalog's value for a label; text where the catalog does not hold it.
    pub fn value_of(&self, catalog: &str, label: &str) -> Value {
        self.once(catalog, label, || {
            let found = self.domain.catalogs.get(catalog).and_then(|catalog| {
                let entry = catalog.find(label)?;
                Some(catalog.coded(entry, label))
            });
            found.map_or_else(|| Value::Text(label.to_owned()), Value::Coded)
        })
    }

    /// The unit of a name within the scope; text where there is none, or more than one as near.
    fn unit(&self, name: &str, scope: &UnitId) -> Value {
        // No catalog is called like a scope behind a slash.
        self.once(&format!("/{scope}"), name, || {
            let tree = self.domain.tree;
            let depth = |id: &UnitId| tree.ancestors(id).count();
            let mut found = tree.find(name, scope);
            let nearest = found.iter().map(|unit| depth(&unit.id)).min();
            found.retain(|unit| Some(depth(&unit.id)) == nearest);
            match found.as_slice() {
                [unit] => Value::Coded(unit_value(&unit.id, name)),
                _ => Value::Text(name.to_owned()),
            }
        })
    }
}

/// A unit as a stored value.
pub fn unit_value(id: &UnitId, label: &str) -> Coded {
    Coded { code: id.as_str().to_owned(), label: label.to_owned(), version: 1 }
}

fn text(field: &FieldDefinition, raw: &RawCell) -> Converted {
    let widths: &[usize] = match field.pattern {
        Some(Pattern::CitizenNumber) => &[12, 9],
        Some(Pattern::Phone | Pattern::SocialInsurance) => &[10],
        Some(Pattern::EducationClass) => return Converted::of(Value::Text(education(raw))),
        None if field.id.as_str() == "full_name" => {
            return Converted::of(Value::Text(person_name(&plain(raw))));
        }
        None => return Converted::of(Value::Text(plain(raw))),
    };
    match raw {
        RawCell::Number(number) => {
            let identifier = number::identifier(*number, widths);
            let converted = Converted::of(Value::Text(identifier.text));
            if identifier.zero_lost {
                return converted.with(FindingKind::LeadingZeroLost, message::zero(field));
            }
            converted
        }
        other => {
            let digits = tidy_identifier(&plain(other));
            let national = digits.strip_prefix("+84").filter(|rest| rest.len() == 9);
            Converted::of(Value::Text(national.map_or(digits.clone(), |rest| format!("0{rest}"))))
        }
    }
}

/// `12/12`, which a spreadsheet likes to take for a day.
fn education(raw: &RawCell) -> String {
    let day = match raw {
        RawCell::Date(days) => date::parse_serial(*days).ok().and_then(PartialDate::civil),
        _ => None,
    };
    match day {
        Some(day) => format!("{}/{}", day.day(), day.month()),
        None => plain(raw).replace(' ', ""),
    }
}

/// A name with each word capitalised where it was written all in capitals or all small, as
/// capital fonts make it; a single small word gets its capital too.
pub fn person_name(name: &str) -> String {
    let shouted =
        !name.chars().any(char::is_lowercase) && name.split(' ').any(|w| w.chars().count() > 1);
    let capital = |word: &str| {
        let word = if shouted { word.to_lowercase() } else { word.to_owned() };
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    name.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// The content as tidy text.
pub fn plain(raw: &RawCell) -> String {
    match raw {
        RawCell::Date(days) => date::parse_serial(*days)
            .ok()
            .and_then(PartialDate::civil)
            .map_or_else(|| days.to_string(), |day| day.strftime("%d/%m/%Y").to_string()),
        RawCell::Text(text) if is_tidy(text) => text.clone(),
        other => tidy(&other.shown()),
    }
}

/// Whether tidying would change nothing, for most cells of a list.
fn is_tidy(text: &str) -> bool {
    text.is_ascii()
        && text.trim().len() == text.len()
        && !text.contains("  ")
        && !text.contains(['\t', '\n', '\r', '\x0b', '\x0c'])
}

/// Whether a text stands for the end of what still lasts.
fn is_still(text: &str) -> bool {
    text.len() < 20 && matches!(tidy(text).to_lowercase().as_str(), "nay" | "hiện nay" | "đến nay")
}

fn flag(raw: &RawCell) -> Option<bool> {
    match raw {
        RawCell::Flag(flag) => Some(*flag),
        other => match plain(other).to_lowercase().as_str() {
            "x" | "có" | "1" | "true" | "đúng" => Some(true),
            "không" | "0" | "false" | "sai" => Some(false),
            _ => None,
        },
    }
}

fn bad_number(field: &FieldDefinition) -> Converted {
    Converted::unreadable(FindingKind::FormatInvalid, message::no_number(field))
}

fn bad_format(field: &FieldDefinition) -> Converted {
    Converted::unreadable(FindingKind::FormatInvalid, message::wrong_kind(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_capital_fonts_and_shouted_names() {
        for (written, wanted) in [
            ("nguyễn văn đạt", "Nguyễn Văn Đạt"),
            ("NGUYỄN VĂN ĐẠT", "Nguyễn Văn Đạt"),
            ("Nguyễn Thị ánh", "Nguyễn Thị Ánh"),
            ("Mùa A Sếnh", "Mùa A Sếnh"),
        ] {
            assert_eq!(person_name(written), wanted);
        }
    }

    #[test]
    fn a_day_in_an_education_cell_is_a_class() {
        assert_eq!(education(&RawCell::Date(41620.0)), "12/12");
        assert_eq!(education(&RawCell::Text(" 7 / 10".into())), "7/10");
    }
}
