//! What of a dossier is shown: the sections a document opens, and of these what is not covered.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use config::Files;
use dossier::attachment::Attachment;
use dossier::docket::Sheet;
use dossier::form::{FormDefinition, Pattern, Sensitivity};
use dossier::{FieldId, Value};
use protocol::Answer;
use protocol::core::{ChangeShown, ConflictShown, CustodyAnswer, ItemShown};

use super::{Passage, scan};

/// What stands in the place of a value that is covered.
pub const COVERED: &str = "•••";

/// The form, whose definition says what is sensitive. What it does not know is covered.
pub(super) static FORM: LazyLock<Option<FormDefinition>> =
    LazyLock::new(|| config::load_form(&Files::embedded()).ok());

/// What an answer shows.
#[derive(Debug, Clone, Copy)]
pub struct Cover<'a> {
    /// On what the reading rests.
    pub passage: &'a Passage,
    /// Whether sensitive fields and those of third persons are covered.
    pub sensitive: bool,
}

/// Whether a field is covered until a purpose is said: relatives, views, health, economy,
/// discipline, and the citizen number.
pub fn is_sensitive(field: &FieldId) -> bool {
    let form = FORM.as_ref();
    form.and_then(|form| form.field(field)).is_none_or(|definition| {
        definition.sensitivity != Sensitivity::Basic
            || definition.pattern == Some(Pattern::CitizenNumber)
    })
}

/// Whether the form keeps rows under this name.
pub fn is_table(name: &FieldId) -> bool {
    FORM.as_ref().is_some_and(|form| form.is_table(name.as_str()))
}

/// Whether a field stands in one of the sections.
pub fn is_within(field: &FieldId, sections: &BTreeSet<String>) -> bool {
    let definition = FORM.as_ref().and_then(|form| form.field(field));
    definition.is_some_and(|definition| sections.contains(&definition.section))
}

impl Cover<'_> {
    /// Takes out of an answer what is not to be shown.
    pub fn draw_over(&self, answer: &mut Answer) {
        match answer {
            Answer::Shown(shown) => {
                shown.fields.retain(|field| self.opens(&field.path.field));
                shown.conflicts.retain(|conflict| self.opens(&conflict.path.field));
                for field in &mut shown.fields {
                    if self.covers(&field.path.field) {
                        field.value = covered();
                    }
                }
                shown.conflicts.iter_mut().for_each(|conflict| self.cover_conflict(conflict));
            }
            Answer::History(history) => {
                let place = self.passage.place.as_ref();
                if place.is_some_and(|place| self.covers(&place.field)) {
                    history.iter_mut().for_each(cover_change);
                }
            }
            Answer::Attachments(listed) => {
                listed.attachments.retain(|one| self.opens_scan(&one.attachment));
                for one in &mut listed.attachments {
                    if self.sensitive && scan::is_sensitive_scan(&one.attachment) {
                        scan::cover_words(&mut one.attachment);
                    }
                }
            }
            Answer::Chronicle(chronicle) => {
                chronicle.retain(|(path, _)| self.opens(&path.field));
                for (path, writings) in chronicle {
                    if self.covers(&path.field) {
                        writings.iter_mut().for_each(cover_change);
                    }
                }
            }
            Answer::Conflicts(conflicts) => {
                conflicts.iter_mut().for_each(|conflict| self.cover_conflict(conflict));
            }
            Answer::Reviews(reviews) | Answer::Waiting { list: reviews, .. } => {
                for review in reviews {
                    review.items.iter_mut().for_each(|item| self.cover_item(item));
                }
            }
            Answer::Forms(forms) => {
                for form in &mut forms.versions {
                    form.items.iter_mut().for_each(|item| self.cover_item(item));
                    self.cover_sheet(&mut form.version.sheet);
                }
            }
            Answer::Begun(begun) => {
                begun.iter_mut().for_each(|one| self.cover_sheet(&mut one.draft.version.sheet));
            }
            Answer::Custody(CustodyAnswer::Late(late)) => {
                for (path, value) in late.iter_mut().flat_map(|it| &mut it.values) {
                    if value.is_some() && (self.covers(&path.field) || !self.opens(&path.field)) {
                        *value = Some(covered());
                    }
                }
            }
            Answer::ByDecision(decided) => {
                for (path, value) in decided.iter_mut().flat_map(|it| &mut it.values) {
                    if value.is_some() && self.covers(&path.field) {
                        *value = Some(covered());
                    }
                }
            }
            _ => {}
        }
    }

    fn cover_item(&self, item: &mut ItemShown) {
        for (path, value) in &mut item.values {
            if value.is_some() && (self.covers(&path.field) || !self.opens(&path.field)) {
                *value = Some(covered());
            }
        }
        for (path, value) in &mut item.present {
            if self.covers(&path.field) || !self.opens(&path.field) {
                *value = covered();
            }
        }
    }

    fn cover_sheet(&self, sheet: &mut Sheet) {
        let hidden = |field: &FieldId| self.covers(field) || !self.opens(field);
        for (field, value) in &mut sheet.fields {
            if hidden(field) {
                *value = covered();
            }
        }
        for (table, rows) in &mut sheet.tables {
            for (name, value) in rows.values_mut().flatten() {
                let field = format!("{table}.{name}").parse();
                if field.map_or(true, |field| hidden(&field)) {
                    *value = covered();
                }
            }
        }
    }

    fn opens(&self, field: &FieldId) -> bool {
        self.passage.sections.as_ref().is_none_or(|sections| is_within(field, sections))
    }

    fn opens_scan(&self, attachment: &Attachment) -> bool {
        self.passage.opens(&scan::sections_of(attachment))
    }

    fn covers(&self, field: &FieldId) -> bool {
        self.sensitive && is_sensitive(field)
    }

    fn cover_conflict(&self, conflict: &mut ConflictShown) {
        if self.covers(&conflict.path.field) {
            conflict.candidates.iter_mut().for_each(cover_change);
        }
    }
}

fn cover_change(change: &mut ChangeShown) {
    if change.value.is_some() {
        change.value = Some(covered());
    }
}

fn covered() -> Value {
    Value::Text(COVERED.to_owned())
}

#[cfg(test)]
mod tests {
    use protocol::core::AttachmentShown;

    use super::*;

    #[test]
    fn the_form_says_what_is_sensitive() {
        let covered = |id: &str| is_sensitive(&id.parse().expect("field"));
        for id in ["family.full_name", "health_status", "religion", "discipline.form"] {
            assert!(covered(id), "{id}");
        }
        for id in ["full_name", "birth_date", "phone", "staff_code"] {
            assert!(!covered(id), "{id}");
        }
        assert!(covered("from_a_newer_form"), "what is unknown is covered");
        let form = FORM.as_ref().expect("the form loads");
        let numbers = form.fields().filter(|it| it.pattern == Some(Pattern::CitizenNumber));
        assert!(numbers.map(|it| covered(it.id.as_str())).collect::<Vec<_>>().contains(&true));
    }

    #[test]
    fn sections_are_those_of_the_form() {
        let family = BTreeSet::from(["family".to_owned()]);
        assert!(is_within(&"family.full_name".parse().expect("field"), &family));
        assert!(!is_within(&"full_name".parse().expect("field"), &family));
    }

    #[test]
    fn a_list_of_papers_shows_what_the_sections_open_and_covers_words() {
        use dossier::attachment::Kind;
        let shown = |kind| AttachmentShown {
            row: dossier::RowId::from_bytes([1; 16]),
            attachment: scan::tests::paper(kind, []),
            provenance: None,
            here: true,
            held_above: [false; 2],
        };
        let listed = |sections: &[&str], sensitive| {
            let listed = protocol::core::AttachmentsShown {
                dossier: dossier::DossierId::from_bytes([7; 16]),
                unit: "huyen".parse().expect("unit"),
                attachments: [Kind::Degree, Kind::Health, Kind::Declaration].map(shown).into(),
                unreadable: 0,
            };
            let sections = sections.iter().map(|it| (*it).to_owned()).collect();
            let passage = Passage { sections: Some(sections), ..Passage::default() };
            let mut answer = Answer::Attachments(Box::new(listed));
            Cover { passage: &passage, sensitive }.draw_over(&mut answer);
            let Answer::Attachments(listed) = answer else { panic!("another answer") };
            let titles = listed.attachments.into_iter().map(|it| it.attachment.description.title);
            titles.collect::<Vec<_>>()
        };
        assert_eq!(listed(&["education"], true), ["Kết quả khám"]);
        assert_eq!(listed(&["education", "health"], true), ["Kết quả khám", COVERED]);
        assert_eq!(listed(&["health"], false), ["Kết quả khám"]);
        assert!(listed(&["family"], false).is_empty());
    }
}
