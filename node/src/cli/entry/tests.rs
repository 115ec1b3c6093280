//! What clerks type, and what becomes of it.

use super::*;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn entered(fields: &[&str], rows: &[&str]) -> Result<Measured, CliError> {
    let library = Library::load().expect("loads");
    let today = Date::constant(2025, 3, 1);
    let typed = Typed::read(&words(fields), &words(rows))?;
    measure(&typed, &library, today, |_, row| Ok(row.parse().unwrap_or(RowId::from_bytes([7; 16]))))
}

fn value(field: &str) -> Value {
    match entered(&[field], &[]).expect(field).edits.as_slice() {
        [Edit::Set { value, .. }] => value.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_become_what_their_field_holds() {
    for written in ["birth_date=2/9/85", "birth_date=02-09-1985", "birth_date=2.9.1985"] {
        assert_eq!(value(written), Value::Date("1985-09-02".parse().expect("date")), "{written}");
    }
    assert_eq!(value("birth_date=1962"), Value::Date("1962".parse().expect("year")));
    assert_eq!(value("full_name=BÙI THỊ HÒA"), Value::Text("Bùi Thị Hòa".to_owned()));
    assert_eq!(value("phone=0999 123 456"), Value::Text("0999123456".to_owned()));
    for written in ["ethnic_group=Mường", "sex=nữ"] {
        assert!(matches!(value(written), Value::Coded(_)), "{written}");
    }
    let unit = value("using_unit=snv");
    assert!(matches!(unit, Value::Coded(coded) if coded.code == "snv"));
}

#[test]
fn empty_text_clears() {
    let edits = entered(&["phone="], &[]).expect("clears").edits;
    assert!(matches!(edits.as_slice(), [Edit::Clear { .. }]));
}

#[test]
fn rows_take_the_cells_that_follow_them() {
    let rows = ["work:new", "from=9/2020", "title=Kế toán", "work:new", "from=1/2022"];
    let edits = entered(&[], &rows).expect("rows").edits;
    let Edit::PutRow { table, cells, .. } = &edits[0] else { panic!("{edits:?}") };
    assert_eq!((table.as_str(), cells.len(), edits.len()), ("work", 2, 2));
    assert_eq!(cells["from"], Value::Date("2020-09".parse().expect("month")));
}

#[test]
fn what_makes_no_sense_is_refused_whole() {
    for (fields, rows, code) in [
        (&["phone"][..], &[][..], "DL-0131"),
        (&["phon=1"], &[], "DL-0130"),
        (&["salary.step=3"], &[], "DL-0133"),
        (&[], &["work"], "DL-0132"),
        (&[], &["work:new"], "DL-0132"),
        (&[], &["from=2020"], "DL-0132"),
        (&[], &["wrk:new", "from=2020"], "DL-0134"),
        (&[], &["work:new", "from="], "DL-0135"),
        (&["birth_date=31/2/1985"], &[], "HS-0414"),
        (&["ethnic_group=Mườn"], &[], "HS-0413"),
        (&["phone=12"], &[], "HS-0413"),
        (&["full_name=An", "phone=12"], &[], "HS-0413"),
    ] {
        let error = entered(fields, rows).expect_err("refused");
        assert_eq!(error.code, code, "{fields:?} {rows:?}: {error}");
    }
    let hint = entered(&["ethnic_group=Mườn"], &[]).expect_err("unknown").hint;
    assert!(hint.as_deref().is_some_and(|hint| hint.contains("Mường")), "{hint:?}");
}
