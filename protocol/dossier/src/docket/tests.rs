use super::*;
use crate::RowId;
use crate::attachment::Link;

fn verdict() -> Verdict {
    Verdict {
        change: Hash::of(b"change"),
        item: Some(Link::Row { table: "salary".to_owned(), row: RowId::from_bytes([7; 16]) }),
        ruling: Ruling::Returned,
        reason: "thiếu bản chụp".to_owned(),
        replaces: [RowId::from_bytes([1; 16]), RowId::from_bytes([2; 16])].into(),
    }
}

#[test]
fn a_verdict_is_read_as_it_was_written() {
    let whole =
        Verdict { item: None, ruling: Ruling::Approved, reason: String::new(), ..verdict() };
    for one in [verdict(), whole] {
        assert_eq!(Verdict::read(&one.cells()), Ok(one));
    }
}

/// R-15.1c: what is returned is returned with a reason.
#[test]
fn a_row_that_is_no_verdict_is_told() {
    let with = |column: &str, value: &str| {
        let mut cells = verdict().cells();
        cells.insert(column.to_owned(), Value::Text(value.to_owned()));
        Verdict::read(&cells)
    };
    assert_eq!(with("reason", "  "), Err(VerdictFault::Reason));
    assert_eq!(with("reason", &"a".repeat(513)), Err(VerdictFault::Reason));
    assert_eq!(with("ruling", "maybe"), Err(VerdictFault::Cell));
    assert_eq!(with("change", "0"), Err(VerdictFault::Cell));
    assert_eq!(with("item", "a/b/c"), Err(VerdictFault::Cell));
    let many: Vec<String> =
        (0..=REPLACED_MAX).map(|_| RowId::from_bytes([9; 16]).to_string()).collect();
    assert_eq!(with("replaces", &many.join(" ")), Err(VerdictFault::TooMany));
    let mut cells = verdict().cells();
    cells.insert("reason".to_owned(), Value::Flag(true));
    assert_eq!(Verdict::read(&cells), Err(VerdictFault::Cell));
    assert_eq!(Verdict::read(&BTreeMap::new()), Err(VerdictFault::Cell));
}

#[test]
fn a_table_is_known_by_its_name_alone() {
    for table in Table::ALL {
        assert_eq!(Table::named(table.name()), Some(table));
    }
    assert_eq!(Table::named("salary"), None);
}
