use super::*;
use crate::Coded;

/// Values of a dossier: field, row, value; and which of them are covered or wait for review.
struct Sheet(Vec<(FieldId, Option<u16>, Said, bool, bool)>);

impl Sheet {
    fn of(values: &[(&str, u16, Value)]) -> Self {
        let one = |(field, row, value): &(&str, u16, Value)| {
            let row = (*row > 0).then_some(*row);
            (field.parse().expect("a field"), row, Said::of(value), false, true)
        };
        Self(values.iter().map(one).collect())
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        self.0
            .iter()
            .map(|(field, row, said, covered, counts)| Cell {
                field,
                row: *row,
                said,
                covered: *covered,
                counts: *counts,
            })
            .collect()
    }

    fn finds(&self, query: &Query) -> Option<Vec<String>> {
        let cells = self.cells();
        let found = query.answered(&cells)?;
        Some(found.into_iter().map(|at| cells[at].field.to_string()).collect())
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn coded(code: &str, label: &str) -> Value {
    Value::Coded(Coded { code: code.to_owned(), label: label.to_owned(), version: 1 })
}

fn day(text: &str) -> Value {
    Value::Date(text.parse().expect("a day"))
}

fn person() -> Sheet {
    Sheet::of(&[
        ("full_name", 0, text("Hà Thị Mai")),
        ("birth_date", 0, day("1985-09")),
        ("rank", 0, coded("01.003", "Chuyên viên")),
        ("education.level", 1, coded("dh", "Đại học")),
        ("education.major", 1, text("Luật kinh tế")),
        ("education.level", 2, coded("ths", "Thạc sĩ")),
        ("education.major", 2, text("Quản lý công")),
        ("party_member", 0, Value::Flag(false)),
    ])
}

fn words(words: &[&str]) -> Query {
    Query { words: words.iter().map(|it| fold(it)).collect(), criteria: Vec::new() }
}

fn asking(criteria: &[(&str, Test)]) -> Query {
    let criteria = criteria.iter().map(|(field, test)| Criterion {
        field: field.parse().expect("a field"),
        test: test.clone(),
    });
    Query { words: Vec::new(), criteria: criteria.collect() }
}

fn is(text: &str) -> Test {
    Test::Is(fold(text))
}

// R-12.1a: by name with and without marks, by grade, qualification, and it is told why.
#[test]
fn words_are_found_with_marks_and_without_and_say_where() {
    let person = person();
    for typed in ["Hà Thị Mai", "ha thi mai", "HÀ  THỊ", "thi mai"] {
        assert_eq!(person.finds(&words(&[typed])), Some(vec!["full_name".to_owned()]), "{typed}");
    }
    let why = person.finds(&words(&["mai", "thac si", "09/1985"]));
    assert_eq!(why, Some(["full_name", "birth_date", "education.level"].map(str::to_owned).into()));
    assert_eq!(person.finds(&words(&["mai", "tiến sĩ"])), None, "every word");
    assert_eq!(person.finds(&words(&["khong"])), None, "an answer of no is no word");
}

#[test]
fn conditions_on_one_table_hold_in_one_row() {
    let person = person();
    let both = |level, major| {
        asking(&[("education.level", is(level)), ("education.major", Test::Has(fold(major)))])
    };
    assert!(person.finds(&both("Đại học", "luật")).is_some());
    assert!(person.finds(&both("ths", "quản lý")).is_some(), "by its code");
    assert_eq!(person.finds(&both("Thạc sĩ", "luật")), None, "of two courses");
    assert!(person.finds(&asking(&[("education", is("Thạc sĩ"))])).is_some(), "any column");
    assert!(person.finds(&asking(&[("rank", is("01.003"))])).is_some());
    assert_eq!(person.finds(&asking(&[("rank", is("viên"))])), None, "the whole of it");
}

// R-12.1a: by age, as bounds on the day of birth.
#[test]
fn days_and_numbers_have_bounds() {
    let person = person();
    let born = |from: &str, to: &str| {
        asking(&[("birth_date", Test::From(day(from))), ("birth_date", Test::To(day(to)))])
    };
    assert!(person.finds(&born("1985", "1985-09")).is_some());
    assert!(person.finds(&born("1985-09-30", "1986")).is_some(), "as far as it is known");
    assert_eq!(person.finds(&born("1985-10", "1990")), None);
    assert_eq!(person.finds(&born("1980", "1984-12-31")), None);
    let number = |test| asking(&[("rank", test)]);
    assert_eq!(person.finds(&number(Test::From(Value::Integer(1)))), None, "no order");
}

// R-12.1a: what is covered is not found, by words or by conditions.
#[test]
fn what_is_covered_answers_nothing() {
    let mut person = person();
    person.0[2].3 = true;
    assert_eq!(person.finds(&words(&["chuyen vien"])), None);
    assert_eq!(person.finds(&asking(&[("rank", is("Chuyên viên"))])), None);
    assert_eq!(sides(&person.cells(), &"rank".parse().expect("a field")), BTreeSet::new());
}

#[test]
fn limits_are_kept() {
    assert!(words(&["mai"]).is_well_formed());
    assert!(!words(&[""]).is_well_formed());
    assert!(!words(&[&"a".repeat(Query::TEXT_MAX + 1)]).is_well_formed());
    assert!(!words(&["a"; Query::PARTS_MAX + 1]).is_well_formed());
    assert!(!asking(&[("rank", Test::From(text("a")))]).is_well_formed());
}

// R-12.1b: a table is what counting by hand comes to; what nobody reviewed is not in it.
#[test]
fn a_table_counts_each_dossier_once_under_what_it_says() {
    let of = |rank: &str, levels: &[&str]| {
        let mut values = vec![("rank", 0, coded(rank, rank))];
        values.extend((1..).zip(levels).map(|(row, it)| ("education.level", row, text(it))));
        Sheet::of(&values)
    };
    let mut waiting = of("cv", &["Đại học"]);
    waiting.0[1].4 = false;
    let people = [
        of("cv", &["Đại học", "Đại  học", "Thạc sĩ"]),
        of("cv", &["Đại học"]),
        of("cs", &[]),
        waiting,
    ];
    let (rank, level) = ("rank".parse().expect("field"), "education.level".parse().expect("field"));
    let mut table = Tabulation::default();
    for pair in people.chunks(2) {
        let mut part = Tabulation::default();
        for person in pair {
            let cells = person.cells();
            part.count(&sides(&cells, &rank), &sides(&cells, &level));
        }
        table.add(&part);
    }
    assert_eq!(table.people, 4);
    let expected = [("cs", "", 1), ("cv", "", 1), ("cv", "Thạc sĩ", 1), ("cv", "Đại học", 2)];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(row, column, count)| ((row.to_owned(), column.to_owned()), count))
        .collect();
    assert_eq!(table.counts, expected);
}
