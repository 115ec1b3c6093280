//! Run-length columns as Automerge spells them, read and written.
//!
//! Every sequence has one spelling: a value that repeats is a run, values that differ from their
//! neighbours are one literal, nulls are counted. A column in any other spelling is not read, since
//! Automerge may refuse it.
//!
//! Source: Automerge binary document format, chapter "column types".

use crate::precheck::Cursor;

/// Reads a column without nulls.
fn plain<'a, T: Copy + PartialEq>(
    column: &'a [u8],
    read: impl Fn(&mut Cursor<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    nullable(column, read)?.into_iter().collect()
}

/// Reads a column of values or nulls.
pub(super) fn nullable<'a, T: Copy + PartialEq>(
    column: &'a [u8],
    read: impl Fn(&mut Cursor<'a>) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let mut values: Vec<Option<T>> = Vec::new();
    let mut cursor = Cursor::new(column);
    let mut after_literal = false;
    while !cursor.is_empty() {
        let run = cursor.signed().ok()?;
        let length = if run == 0 { cursor.unsigned().ok()? } else { run.unsigned_abs() };
        let length = usize::try_from(length).ok()?;
        let last = values.last().copied();
        match run {
            0 => {
                if length == 0 || last == Some(None) {
                    return None;
                }
                values.resize(values.len() + length, None);
            }
            1.. => {
                let value = Some(read(&mut cursor)?);
                if length == 1 || last == Some(value) {
                    return None;
                }
                values.resize(values.len() + length, value);
            }
            _ => {
                if after_literal {
                    return None;
                }
                for _ in 0..length {
                    let value = Some(read(&mut cursor)?);
                    if values.last() == Some(&value) {
                        return None;
                    }
                    values.push(value);
                }
            }
        }
        after_literal = run < 0;
    }
    Some(values)
}

/// Reads a column of numbers.
pub(super) fn numbers(column: &[u8]) -> Option<Vec<u64>> {
    plain(column, |cursor| cursor.unsigned().ok())
}

/// Reads a column of `rows` running sums.
pub(super) fn deltas(column: &[u8], rows: usize) -> Option<Vec<i64>> {
    let mut values = plain(column, |cursor| cursor.signed().ok())?;
    let mut sum = 0i64;
    for value in &mut values {
        sum = sum.checked_add(*value)?;
        *value = sum;
    }
    (values.len() == rows).then_some(values)
}

/// Reads a column of texts.
pub(super) fn texts(column: &[u8]) -> Option<Vec<&str>> {
    plain(column, |cursor| {
        let length = cursor.unsigned().ok()?;
        std::str::from_utf8(cursor.take(length).ok()?).ok()
    })
}

/// Reads a column of `rows` numbers or nulls that is left out when all are null.
pub(super) fn optional(column: &[u8], rows: usize) -> Option<Vec<Option<u64>>> {
    if column.is_empty() {
        return Some(vec![None; rows]);
    }
    let values = nullable(column, |cursor| cursor.unsigned().ok())?;
    (values.len() == rows && values.iter().any(Option::is_some)).then_some(values)
}

/// Writes `rows` values; `at` tells each, `put` spells one.
pub(super) fn spell<T: PartialEq>(
    out: &mut Vec<u8>,
    rows: usize,
    at: impl Fn(usize) -> Option<T>,
    put: impl Fn(&mut Vec<u8>, &T),
) {
    let mut row = 0;
    while row < rows {
        let value = at(row);
        let repeated = (row..rows).take_while(|next| at(*next) == value).count();
        match value {
            None => {
                out.push(0);
                unsigned(out, repeated as u64);
                row += repeated;
            }
            Some(value) if repeated > 1 => {
                signed(out, repeated as i64);
                put(out, &value);
                row += repeated;
            }
            Some(_) => {
                let alone = |next: &usize| {
                    let value = at(*next);
                    value.is_some() && (*next + 1 == rows || at(*next + 1) != value)
                };
                let literal = (row..rows).take_while(alone).count();
                signed(out, -(literal as i64));
                (row..row + literal).filter_map(&at).for_each(|value| put(out, &value));
                row += literal;
            }
        }
    }
}

/// Writes numbers.
pub(super) fn spell_numbers(out: &mut Vec<u8>, rows: usize, at: impl Fn(usize) -> u64) {
    spell(out, rows, |row| Some(at(row)), |out, number| unsigned(out, *number));
}

/// Writes running sums.
pub(super) fn spell_deltas(out: &mut Vec<u8>, sums: &[i64]) {
    let step = |row: usize| Some(sums[row] - row.checked_sub(1).map_or(0, |before| sums[before]));
    spell(out, sums.len(), step, |out, step| signed(out, *step));
}

/// Unsigned LEB128.
pub(super) fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Signed LEB128.
pub(super) fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let byte = number as u8 & 0x7f;
        number >>= 7;
        if (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn columns_read_as_written(values in prop::collection::vec(prop::option::of(0u64..3), 1..40)) {
            let mut column = Vec::new();
            spell(&mut column, values.len(), |row| values[row], |out, one| unsigned(out, *one));
            if values.iter().any(Option::is_some) {
                prop_assert_eq!(optional(&column, values.len()), Some(values));
            } else {
                prop_assert_eq!(optional(&column, values.len()), None);
            }
        }

        #[test]
        fn sums_read_as_written(values in prop::collection::vec(-3i64..3, 1..40)) {
            let mut column = Vec::new();
            spell_deltas(&mut column, &values);
            prop_assert_eq!(deltas(&column, values.len()), Some(values));
        }

        /// Whatever is read is spelled back alike.
        #[test]
        fn one_sequence_has_one_spelling(column in prop::collection::vec(prop_oneof![0u8..4, 0x7cu8..0x80], 1..12)) {
            if let Some(values) = optional(&column, optional_rows(&column)) {
                let mut spelled = Vec::new();
                spell(&mut spelled, values.len(), |row| values[row], |out, one| unsigned(out, *one));
                prop_assert_eq!(spelled, column);
            }
        }
    }

    fn optional_rows(column: &[u8]) -> usize {
        nullable(column, |cursor| cursor.unsigned().ok()).map_or(0, |values| values.len())
    }
}
