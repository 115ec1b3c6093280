//! How values and places are spelled inside a document.
//!
//! A text is a scalar string as it is, a whole number an int, a flag a boolean, an emptied field
//! null. Everything else is a string that begins with U+001F and one letter naming its kind, a mark
//! no text may hold: `d` date, `h` hundredths, `c` coded (code, label and version parted by U+001F).
//! Other letters are free for kinds to come.
//!
//! A row stands in the map of rows under `table/` and its key in hexadecimal, as a map of its
//! columns; [`REMOVED`] beside them marks a removed row.

use automerge::ScalarValue;
use unicode_normalization::is_nfc;

use crate::{Coded, FieldId, PartialDate, RowId, Value};

/// Root key of the dossier's id.
pub(super) const ID: &str = "id";
/// Root key of the form's name.
pub(super) const FORM: &str = "form";
/// Root key of the layout's version.
pub(super) const SCHEMA: &str = "schema";
/// Root key of the map of single fields. Field ids are unique in a form and sections are only
/// presentation, so a field that a later form moves to another section keeps its history.
pub(super) const FIELDS: &str = "f";
/// Root key of the map of rows.
pub(super) const TABLES: &str = "t";
/// Key inside a row that marks it removed; no column can have this name.
pub(super) const REMOVED: &str = "-";
/// Version of the layout in this room.
pub(super) const SCHEMA_VERSION: i64 = 1;
/// The longest form name, in bytes.
pub(super) const FORM_MAX: usize = 64;

const MARK: char = '\u{1f}';

/// Why a value cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    /// Longer than [`Value::TEXT_MAX`].
    #[error("text is too long")]
    TooLong,
    /// Not in Unicode normal form C.
    #[error("text is not in normal form c")]
    NotNormal,
    /// Holds a control character other than tab and line breaks.
    #[error("text holds a control character")]
    ControlCharacter,
    /// A scalar of a kind no value has.
    #[error("not a kind of value")]
    Kind,
}

fn check_text(text: &str) -> Result<(), InvalidValue> {
    let breaks = |c: char| matches!(c, '\t' | '\n' | '\r');
    if text.len() > Value::TEXT_MAX {
        Err(InvalidValue::TooLong)
    } else if text.chars().any(|c| c.is_control() && !breaks(c)) {
        Err(InvalidValue::ControlCharacter)
    } else if !text.is_ascii() && !is_nfc(text) {
        Err(InvalidValue::NotNormal)
    } else {
        Ok(())
    }
}

/// Spells a value; [`decode`] reads it back unchanged.
pub(super) fn encode(value: &Value) -> Result<ScalarValue, InvalidValue> {
    let scalar = match value {
        Value::Text(text) => {
            check_text(text)?;
            ScalarValue::Str(text.as_str().into())
        }
        Value::Integer(number) => ScalarValue::Int(*number),
        Value::Flag(flag) => ScalarValue::Boolean(*flag),
        Value::Hundredths(number) => ScalarValue::Str(format!("{MARK}h{number}").into()),
        Value::Date(date) => ScalarValue::Str(format!("{MARK}d{date}").into()),
        Value::Coded(Coded { code, label, version }) => {
            check_text(code)?;
            check_text(label)?;
            let text = format!("{MARK}c{code}{MARK}{label}{MARK}{version}");
            if text.len() > Value::TEXT_MAX {
                return Err(InvalidValue::TooLong);
            }
            ScalarValue::Str(text.into())
        }
    };
    Ok(scalar)
}

/// Reads a scalar; `None` is an emptied field.
pub(super) fn decode(scalar: &ScalarValue) -> Result<Option<Value>, InvalidValue> {
    Ok(Some(match scalar {
        ScalarValue::Null => return Ok(None),
        ScalarValue::Int(number) => Value::Integer(*number),
        ScalarValue::Boolean(flag) => Value::Flag(*flag),
        ScalarValue::Str(text) => decode_text(text)?,
        _ => return Err(InvalidValue::Kind),
    }))
}

/// Reads a scalar string.
pub(super) fn decode_text(text: &str) -> Result<Value, InvalidValue> {
    check_spelling(text)?;
    let marked = text.strip_prefix(MARK).map(decode_marked);
    marked.map_or_else(|| Ok(Value::Text(text.to_owned())), |value| value.ok_or(InvalidValue::Kind))
}

/// Checks that [`decode_text`] reads a scalar string.
pub(super) fn check_spelling(text: &str) -> Result<(), InvalidValue> {
    let Some(marked) = text.strip_prefix(MARK) else { return check_text(text) };
    let value = decode_marked(marked).ok_or(InvalidValue::Kind)?;
    // One value has one spelling, so that equal values have equal digests.
    let spelled = encode(&value)?;
    if spelled.as_str() == Some(text) { Ok(()) } else { Err(InvalidValue::Kind) }
}

fn decode_marked(marked: &str) -> Option<Value> {
    let mut letters = marked.chars();
    let kind = letters.next()?;
    let rest = letters.as_str();
    match kind {
        'd' => rest.parse::<PartialDate>().ok().map(Value::Date),
        'h' => rest.parse().ok().map(Value::Hundredths),
        'c' => {
            let mut parts = rest.split(MARK);
            let (code, label, version) = (parts.next()?, parts.next()?, parts.next()?);
            let coded =
                Coded { code: code.into(), label: label.into(), version: version.parse().ok()? };
            parts.next().is_none().then_some(Value::Coded(coded))
        }
        _ => None,
    }
}

/// The key of a row in the map of rows.
pub(super) fn row_key(table: &str, row: &RowId) -> String {
    format!("{table}/{row}")
}

/// Table and row of a key in the map of rows.
pub(super) fn parse_row_key(key: &str) -> Option<(&str, RowId)> {
    let (table, row) = key.split_once('/')?;
    let id: RowId = row.parse().ok()?;
    let canonical = row.bytes().all(|byte| !byte.is_ascii_uppercase());
    (canonical && is_column(table, "x")).then_some((table, id))
}

/// The field id of a column; `None` when either name is not one word or both are too long.
pub(super) fn column(table: &str, name: &str) -> Option<FieldId> {
    is_column(table, name).then(|| FieldId::try_from([table, ".", name].concat()).ok())?
}

/// Whether two names are a table and a column of it.
pub(super) fn is_column(table: &str, name: &str) -> bool {
    let named = |part: &str| FieldId::is_word(part) && !part.starts_with('_');
    named(table) && named(name) && table.len() + name.len() < FieldId::LENGTH_MAX
}

/// A single field's id. No name begins with `_`: such keys mean something to other programs that
/// will read an export.
pub(super) fn single(name: &str) -> Option<FieldId> {
    is_single(name).then(|| name.parse().ok())?
}

/// Whether a name is one of a single field.
pub(super) fn is_single(name: &str) -> bool {
    FieldId::is_word(name) && !name.starts_with('_') && name.len() <= FieldId::LENGTH_MAX
}

/// A form's name: 1 to [`FORM_MAX`] of `a-z`, `0-9`, `-`, `.`.
pub(super) fn is_form(name: &str) -> bool {
    let letter =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_');
    (1..=FORM_MAX).contains(&name.len()) && name.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(code: &str, label: &str) -> Value {
        Value::Coded(Coded { code: code.into(), label: label.into(), version: 3 })
    }

    #[test]
    fn values_round_trip() {
        for value in [
            Value::Text("Nguyễn Văn Đức".into()),
            Value::Text(String::new()),
            Value::Integer(i64::MIN),
            Value::Hundredths(-234),
            Value::Date("1971-09".parse().expect("date")),
            Value::Flag(true),
            coded("01", "Kinh"),
            coded("", ""),
        ] {
            let scalar = encode(&value).expect("encodes");
            assert_eq!(decode(&scalar), Ok(Some(value)));
        }
        assert_eq!(decode(&ScalarValue::Null), Ok(None));
    }

    #[test]
    fn only_one_spelling_is_read() {
        for text in ["\u{1f}h007", "\u{1f}d1971-9", "\u{1f}", "\u{1f}z1", "\u{1f}ca\u{1f}b", "a\0b"]
        {
            assert!(decode(&ScalarValue::Str(text.into())).is_err(), "{text:?}");
        }
        for scalar in [
            ScalarValue::Uint(1),
            ScalarValue::F64(1.0),
            ScalarValue::Timestamp(1),
            ScalarValue::counter(1),
            ScalarValue::Bytes(vec![1]),
        ] {
            assert_eq!(decode(&scalar), Err(InvalidValue::Kind));
        }
    }

    #[test]
    fn texts_have_limits() {
        let text = |length: usize| Value::Text("a".repeat(length));
        assert!(encode(&text(Value::TEXT_MAX)).is_ok());
        assert_eq!(encode(&text(Value::TEXT_MAX + 1)), Err(InvalidValue::TooLong));
        assert_eq!(
            encode(&coded(&"a".repeat(60_000), &"b".repeat(6_000))),
            Err(InvalidValue::TooLong)
        );
        assert_eq!(encode(&Value::Text("e\u{301}".into())), Err(InvalidValue::NotNormal));
        assert_eq!(encode(&coded("a\u{1f}b", "")), Err(InvalidValue::ControlCharacter));
    }

    #[test]
    fn row_keys_are_narrow() {
        let row = RowId::from_bytes([0xab; 16]);
        let key = row_key("salary", &row);
        assert_eq!(parse_row_key(&key), Some(("salary", row)));
        for bad in ["salary", "/ab", "__proto__", &key.to_uppercase(), &format!("a.b/{row}")] {
            assert_eq!(parse_row_key(bad), None, "{bad}");
        }
        assert_eq!(column("a", &"b".repeat(63)), None);
    }
}
