//! What a person typed to search, and the query it comes to.

use dossier::fold;
use dossier::form::FieldKind;
use dossier::lookup::{Criterion, Query};
use jiff::civil::Date;
use pages::entry::Kind;
use pages::frame::Line;
use pages::search::{Condition, Group, Sign as SignShown};

use super::super::inputs::kind;
use super::super::routes::{Form, text};
use super::super::shown::table_title;
use crate::audit::Claim;
use crate::cli::shared::{CliError, Library, Sign, born, criterion};
use crate::grant::{is_sensitive, purpose};

/// The most conditions on a page.
const CONDITIONS: usize = 5;

/// Stands among the fields for the age, which is counted from the day of birth.
const AGE: &str = "tuoi";

/// How a value is compared: what is sent, its words, what is meant.
const SIGNS: [(&str, &str, Sign); 4] = [
    ("co", "có chữ", Sign::Has),
    ("la", "đúng là", Sign::Is),
    ("tu", "từ … trở lên", Sign::From),
    ("den", "đến hết …", Sign::To),
];

/// What was typed.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) text: String,
    pub(super) unit: String,
    pub(super) purpose: String,
    conditions: Vec<Typed>,
    /// Whether another condition is wanted.
    more: bool,
    /// Continue after this dossier.
    pub(super) after: String,
    /// How many were shown before.
    pub(super) before: usize,
}

#[derive(Debug, Clone, Default)]
struct Typed {
    field: String,
    sign: String,
    value: String,
    fault: Option<String>,
}

impl Wish {
    /// As a form or an address says it.
    pub(super) fn of(form: &Form) -> Self {
        let all = |name: &str| -> Vec<String> {
            let named = form.iter().filter(|(key, _)| key == name);
            named.map(|(_, text)| text.trim().to_owned()).collect()
        };
        let (fields, signs, values) = (all("muc"), all("phep"), all("tri"));
        let at = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
        let dropped = text(form, "bo").parse::<usize>().ok();
        let conditions = (0..fields.len().max(values.len()).min(CONDITIONS))
            .filter(|row| dropped != Some(row + 1))
            .map(|row| Typed {
                field: at(&fields, row),
                sign: at(&signs, row),
                value: at(&values, row),
                fault: None,
            })
            .filter(|it| !it.field.is_empty() || !it.value.is_empty());
        Self {
            text: text(form, "q").to_owned(),
            unit: text(form, "don-vi").to_owned(),
            purpose: purpose(text(form, "muc-dich")),
            conditions: conditions.collect(),
            more: !text(form, "them").is_empty(),
            after: text(form, "sau").to_owned(),
            before: text(form, "truoc").parse().unwrap_or(0),
        }
    }

    /// Whether nothing is looked for.
    pub(super) fn asks_nothing(&self, query: &Query) -> bool {
        *query == Query::default() && self.unit.is_empty()
    }

    /// Whether a condition was typed or is about to be.
    pub(super) fn is_detailed(&self) -> bool {
        self.more || !self.conditions.is_empty()
    }

    /// Whether one more condition may be asked for.
    pub(super) fn has_room(&self) -> bool {
        self.conditions.len() + usize::from(self.more) < CONDITIONS
    }

    /// The fields that are asked about.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().map(|it| it.field.as_str())
    }

    /// Who asks for what is covered, and why.
    pub(super) fn claim(&self) -> Claim {
        let purpose = self.purpose.clone();
        Claim { unmask: !purpose.is_empty(), purpose, ..Claim::default() }
    }

    /// The query it comes to; `None` where a condition cannot be read, which is noted at it.
    pub(super) fn query(&mut self, library: &Library, today: Date) -> Option<Query> {
        let folded = fold(&self.text);
        let words = folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let mut criteria = Vec::new();
        for typed in &mut self.conditions {
            match typed.criteria(library, today) {
                Ok(read) => criteria.extend(read),
                Err(fault) => typed.fault = Some(fault),
            }
        }
        let read = self.conditions.iter().all(|it| it.fault.is_none());
        read.then_some(Query { words, criteria })
    }

    /// What is wrong, each with its condition.
    pub(super) fn faults(&self) -> Vec<Line> {
        let faults = (1..).zip(&self.conditions).filter_map(|(number, typed)| {
            let text = format!("Điều kiện {number}: {}", typed.fault.as_ref()?);
            Some(Line { text, at: Some(format!("dieu-kien-{number}")) })
        });
        faults.collect()
    }

    /// The rows of the page: what was typed, and one to type into.
    pub(super) fn shown(&self, library: &Library, today: Date) -> Vec<Condition> {
        let rows = self.conditions.iter().cloned();
        let mut rows: Vec<Typed> = rows.collect();
        if rows.is_empty() || (self.more && rows.len() < CONDITIONS) {
            rows.push(Typed::default());
        }
        let shown = rows.into_iter().map(|it| Condition {
            known: it.known(library, today),
            field: it.field,
            sign: it.sign,
            value: it.value,
            fault: it.fault,
        });
        shown.collect()
    }

    /// The address of the same search after this dossier, with how many were shown.
    pub(super) fn onward(&self, after: &str, before: usize) -> String {
        let mut address = form_urlencoded::Serializer::new(String::new());
        address.append_pair("q", &self.text);
        for (name, text) in [("don-vi", &self.unit), ("muc-dich", &self.purpose)] {
            if !text.is_empty() {
                address.append_pair(name, text);
            }
        }
        for Typed { field, sign, value, .. } in &self.conditions {
            address.append_pair("muc", field).append_pair("phep", sign).append_pair("tri", value);
        }
        address.append_pair("sau", after).append_pair("truoc", &before.to_string());
        format!("/tra-cuu?{}", address.finish())
    }
}

impl Typed {
    fn criteria(&self, library: &Library, today: Date) -> Result<Vec<Criterion>, String> {
        if self.field.is_empty() {
            return Err("chưa chọn mục.".to_owned());
        }
        if fold(&self.value).is_empty() {
            return Err("chưa ghi giá trị.".to_owned());
        }
        let known = SIGNS.iter().find(|(sent, ..)| *sent == self.sign);
        let sign = known.map_or(Sign::Has, |(.., sign)| *sign);
        let told = |error: CliError| format!("{} ({})", error.message, error.code);
        if self.field == AGE {
            let years: Option<u16> = self.value.parse().ok().filter(|years| *years <= 150);
            let years = years.ok_or("tuổi là số từ 0 đến 150.")?;
            let bounds = match sign {
                Sign::Has | Sign::Is => (Some(years), Some(years)),
                Sign::From => (Some(years), None),
                Sign::To => (None, Some(years)),
            };
            return born(bounds, today).map_err(told);
        }
        let read = criterion((&self.field, sign, &self.value), library, today);
        read.map(|one| vec![one]).map_err(told)
    }

    /// Values the field knows.
    fn known(&self, library: &Library, today: Date) -> Vec<String> {
        let Some(definition) = library.form.named(&self.field) else { return Vec::new() };
        match kind(definition, "", library, today) {
            Kind::Choice(known) | Kind::Suggested(known) => known,
            _ => Vec::new(),
        }
    }
}

/// The comparisons, as a page shows them.
pub(super) fn signs() -> Vec<SignShown> {
    SIGNS.iter().map(|(value, label, _)| SignShown { value, label }).collect()
}

/// The fields of the form by its parts, the age before them.
pub(super) fn fields(library: &Library) -> Vec<Group> {
    let form = &library.form;
    let age = vec![(AGE.to_owned(), "Tuổi".to_owned())];
    let mut groups = vec![Group { name: "Tính từ ngày sinh".to_owned(), fields: age }];
    for section in form.sections() {
        let (mut fields, mut tables) = (Vec::new(), Vec::new());
        for item in form.items_of(&section.id) {
            let table = match (&item.kind, item.id.table()) {
                (FieldKind::File, _) => continue,
                (FieldKind::Table, _) => item.id.as_str(),
                (_, Some(table)) => table,
                (_, None) => {
                    fields
                        .push((item.id.to_string(), named(&item.name_vi, is_sensitive(&item.id))));
                    continue;
                }
            };
            if tables.contains(&table) {
                continue;
            }
            tables.push(table);
            let title = table_title(library, table);
            fields.push((table.to_owned(), format!("{title}: cột bất kỳ")));
            let columns = form.columns(table).filter(|it| it.kind != FieldKind::File);
            fields.extend(columns.map(|column| {
                let name = format!("{title}: {}", column.name_vi);
                (column.id.to_string(), named(&name, is_sensitive(&column.id)))
            }));
        }
        if !fields.is_empty() {
            groups.push(Group { name: section.name_vi.clone(), fields });
        }
    }
    groups
}

fn named(name: &str, covered: bool) -> String {
    if covered { format!("{name} (đang che)") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(address: &str) -> Wish {
        Wish::of(&form_urlencoded::parse(address.as_bytes()).into_owned().collect())
    }

    #[test]
    fn an_address_says_the_same_search_again() {
        let library = Library::load().expect("loads");
        let today = Date::constant(2026, 3, 5);
        let typed =
            "q=B%C3%B9i+Thi&muc=tuoi&phep=tu&tri=50&muc=full_name&phep=co&tri=h%C3%B2a&muc=";
        let mut one = wish(typed);
        let query = one.query(&library, today).expect("reads");
        assert_eq!((query.words.len(), query.criteria.len()), (2, 2));
        let onward = one.onward("x", 20);
        let mut two = wish(onward.split_once('?').expect("a query").1);
        assert_eq!(two.query(&library, today), Some(query));
        assert_eq!((two.after.as_str(), two.before), ("x", 20));
        let fewer = wish(&format!("{typed}&bo=1"));
        assert_eq!(fewer.fields().collect::<Vec<_>>(), ["full_name"]);
        assert_eq!(wish(&format!("{typed}&them=1")).shown(&library, today).len(), 3);
        let many = wish(&"muc=sex&phep=la&tri=nam&".repeat(9));
        assert!(!many.has_room() && many.conditions.len() == CONDITIONS);
    }

    #[test]
    fn what_cannot_be_read_is_told_at_its_condition() {
        let library = Library::load().expect("loads");
        for (typed, word) in [
            ("muc=tuoi&phep=tu&tri=200", "150"),
            ("muc=full_name&phep=tu&tri=A", "DL-0195"),
            ("muc=birth_date&phep=den&tri=31/2/1980", "DL-0154"),
            ("muc=nothing&phep=la&tri=1", "DL-0130"),
            ("muc=sex&phep=la&tri=+", "giá trị"),
            ("muc=&phep=la&tri=nam", "chọn mục"),
        ] {
            let mut wish = wish(typed);
            assert_eq!(wish.query(&library, Date::constant(2026, 3, 5)), None, "{typed}");
            let faults = wish.faults();
            assert!(faults.len() == 1 && faults[0].text.contains(word), "{typed}: {faults:?}");
        }
    }

    #[test]
    fn every_field_that_is_offered_can_be_asked_about() {
        let library = Library::load().expect("loads");
        let today = Date::constant(2026, 3, 5);
        let groups = fields(&library);
        let offered = groups.iter().flat_map(|group| &group.fields);
        let mut count = 0;
        for (id, _) in offered.filter(|(id, _)| id != AGE) {
            assert!(criterion((id, Sign::Has, "a"), &library, today).is_ok(), "{id}");
            count += 1;
        }
        assert!(count > 100, "{count}");
    }
}
