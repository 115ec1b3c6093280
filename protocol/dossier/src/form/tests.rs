//! A definition that contradicts itself never becomes a form.

use super::*;

fn item(id: &str, kind: FieldKind, cardinality: Cardinality) -> FieldDefinition {
    FieldDefinition {
        id: id.parse().expect("field id"),
        name_vi: "Mục".to_owned(),
        section: "identity".to_owned(),
        kind,
        cardinality,
        changed_by: ChangedBy::Personal,
        sensitivity: Sensitivity::Basic,
        items: Vec::new(),
        pattern: None,
        may_be_future: false,
        validity: Validity::ALWAYS,
        columns: Vec::new(),
    }
}

fn form(items: Vec<FieldDefinition>) -> Result<FormDefinition, FormError> {
    let section = Section {
        id: "identity".to_owned(),
        name_vi: "Bản thân".to_owned(),
        area: Some(Area::Origin),
    };
    FormDefinition::new(FormSource {
        id: "thu".to_owned(),
        name_vi: "Mẫu thử".to_owned(),
        basis: "-".to_owned(),
        version: 1,
        sections: vec![section],
        items,
    })
}

fn column(id: &str) -> Column {
    let (id, name_vi) = (id.to_owned(), "Cột".to_owned());
    Column { id, name_vi, kind: FieldKind::Text, may_be_future: false }
}

#[test]
fn columns_of_a_table_are_fields_in_their_order() {
    let mut languages = item("languages", FieldKind::Table, Cardinality::Many);
    languages.columns = vec![column("language"), column("level")];
    let school = item("training.school", FieldKind::Text, Cardinality::Many);
    let form = form(vec![languages, school]).expect("form");
    let names: Vec<&str> = form.columns("languages").map(|field| field.id.column()).collect();
    assert_eq!(names, ["language", "level"]);
    assert!(form.is_table("training") && !form.is_table("school"));
    assert_eq!((form.items().len(), form.fields().count()), (2, 4));
    assert!(form.column("languages", "level").is_some() && form.named("training.").is_none());
}

#[test]
fn contradictions_are_refused() {
    let text = |id: &str, cardinality| item(id, FieldKind::Text, cardinality);
    let id = |text: &str| text.parse::<FieldId>().expect("field id");
    let twice = vec![text("a", Cardinality::Required), text("a", Cardinality::Optional)];
    assert_eq!(form(twice), Err(FormError::Duplicate(id("a"))));
    for wrong in [text("a", Cardinality::Many), text("t.a", Cardinality::Required)] {
        assert!(matches!(form(vec![wrong]), Err(FormError::Contradiction(_))));
    }
    let reversed = item("a", FieldKind::Integer { min: 2, max: 1 }, Cardinality::Optional);
    assert_eq!(form(vec![reversed]), Err(FormError::Contradiction(id("a"))));
    let bare = item("t", FieldKind::Table, Cardinality::Many);
    assert_eq!(form(vec![bare]), Err(FormError::Columns(id("t"))));
    let level = item("t.a", FieldKind::Level { by: "b".to_owned() }, Cardinality::Many);
    assert_eq!(form(vec![level]), Err(FormError::UnknownColumn(id("t.a"))));
    let mut lost = text("a", Cardinality::Optional);
    lost.section = "x".to_owned();
    assert_eq!(form(vec![lost]), Err(FormError::UnknownSection(id("a"))));
}
