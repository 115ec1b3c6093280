//! What a search and a table have in common: conditions as they are typed, and who asks.

use clap::Args;
use dossier::form::{FieldDefinition, FieldKind};
use dossier::lookup::{Criterion, Query, Test};
use dossier::{FieldId, UnitId, Value, fold};
use jiff::civil::Date;

use super::search::born;
use crate::audit::Claim;
use crate::cli::ask::Asker;
use crate::cli::basis::date;
use crate::cli::claim::Viewer;
use crate::cli::error::CliError;
use crate::cli::library::Library;
use crate::control::{Request, Response};
use crate::search::{SearchOrder, SearchPage};

/// Conditions, and who asks.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Asked {
    /// Điều kiện: MỤC=GIÁ TRỊ, MỤC~CHỮ, MỤC>=…, MỤC<=…; ghi được nhiều lần
    #[arg(long = "where", value_name = "ĐIỀU KIỆN")]
    conditions: Vec<String>,
    /// Từ bao nhiêu tuổi
    #[arg(long, value_name = "TUỔI", value_parser = clap::value_parser!(u16).range(0..=150))]
    age_from: Option<u16>,
    /// Đến bao nhiêu tuổi
    #[arg(long, value_name = "TUỔI", value_parser = clap::value_parser!(u16).range(0..=150))]
    age_to: Option<u16>,
    /// Chỉ hồ sơ của đơn vị này và các đơn vị thuộc nó
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    pub(super) unit: Option<UnitId>,
    #[command(flatten)]
    viewer: Viewer,
}

impl Asked {
    pub(super) fn claim(&self) -> Claim {
        self.viewer.claim()
    }

    /// The query that words and conditions are.
    pub(super) fn query(
        &self,
        words: &[String],
        library: &Library,
        today: Date,
    ) -> Result<Query, CliError> {
        let words = words.iter().flat_map(|text| {
            let folded = fold(text);
            folded.split(' ').map(str::to_owned).collect::<Vec<_>>()
        });
        let words = words.filter(|word| !word.is_empty()).collect();
        let typed = self.conditions.iter().map(|text| condition(text, library, today));
        let mut criteria = typed.collect::<Result<Vec<_>, _>>()?;
        criteria.extend(born((self.age_from, self.age_to), today)?);
        Ok(Query { words, criteria })
    }
}

/// Asks for a page.
pub(super) fn page(asker: &mut Asker, order: SearchOrder) -> Result<SearchPage, CliError> {
    match asker.call(&Request::Search(order))? {
        Response::Found(page) => Ok(*page),
        _ => Err(CliError::unexpected()),
    }
}

/// A field by its id, its name in any writing, or the name of a table.
pub(super) fn field<'a>(
    text: &str,
    library: &'a Library,
) -> Result<(FieldId, Option<&'a FieldDefinition>), CliError> {
    let text = text.trim();
    if let Ok(table) = text.parse::<FieldId>()
        && library.form.is_table(text)
    {
        return Ok((table, None));
    }
    let wanted = fold(text);
    let mut named = library.form.fields().filter(|field| fold(&field.name_vi) == wanted);
    let found = match (named.next(), named.next()) {
        (Some(field), None) => field,
        (Some(one), Some(two)) => {
            let message = format!("Phiếu có nhiều mục tên «{text}».");
            return Err(CliError::usage("DL-0192", message)
                .hint(format!("Hãy ghi mã của mục: {}, {}…", one.id, two.id)));
        }
        (None, _) => library.field(text)?,
    };
    Ok((found.id.clone(), Some(found)))
}

fn condition(text: &str, library: &Library, today: Date) -> Result<Criterion, CliError> {
    let signs = [">=", "<=", "~", "="];
    let at = signs.iter().filter_map(|sign| Some((text.find(sign)?, *sign))).min();
    let Some((at, sign)) = at else {
        return Err(CliError::usage("DL-0193", format!("--where sai ở «{text}»."))
            .hint("Ví dụ: --where \"rank~chuyên viên\", --where \"birth_date>=1980\""));
    };
    let (name, value) = (&text[..at], text[at + sign.len()..].trim());
    let (field, definition) = field(name, library)?;
    let folded = fold(value);
    if folded.is_empty() {
        return Err(CliError::usage("DL-0194", format!("--where không có giá trị ở «{text}».")));
    }
    let test = match sign {
        "=" => Test::Is(by_kind(definition, &folded, value, today)),
        "~" => Test::Has(folded),
        ">=" => Test::From(ordered(definition, name, value, today)?),
        _ => Test::To(ordered(definition, name, value, today)?),
    };
    Ok(Criterion { field, test })
}

/// The text of a value as it is compared: days as they are written in full.
fn by_kind(definition: Option<&FieldDefinition>, folded: &str, value: &str, today: Date) -> String {
    let day = definition.filter(|it| matches!(it.kind, FieldKind::Date | FieldKind::Month));
    let day = day.and_then(|_| date(value, today).ok());
    day.map_or_else(|| folded.to_owned(), |day| dossier::lookup::Said::of(&Value::Date(day)).folded)
}

/// A day or a number, as the field holds it.
fn ordered(
    definition: Option<&FieldDefinition>,
    name: &str,
    text: &str,
    today: Date,
) -> Result<Value, CliError> {
    let number = || {
        CliError::usage("DL-0196", format!("«{text}» không phải số.")).hint("Ví dụ: 3 hoặc 2,34")
    };
    match definition.map(|it| &it.kind) {
        Some(FieldKind::Date | FieldKind::Month) => Ok(Value::Date(date(text, today)?)),
        Some(FieldKind::Integer { .. }) => text.parse().map(Value::Integer).map_err(|_| number()),
        Some(FieldKind::Hundredths) => hundredths(text).map(Value::Hundredths).ok_or_else(number),
        _ => Err(CliError::usage("DL-0195", format!("«{}» không có thứ tự.", name.trim()))
            .hint("So sánh >=, <= chỉ dùng cho ngày và số.")),
    }
}

fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once([',', '.']).unwrap_or((text, ""));
    let part = match part.len() {
        0 => 0,
        1 => part.parse::<i64>().ok()? * 10,
        2 => part.parse().ok()?,
        _ => return None,
    };
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Criterion, String> {
        let library = Library::load().expect("loads");
        condition(text, &library, Date::constant(2026, 3, 5)).map_err(|error| error.code)
    }

    #[test]
    fn conditions_are_read_as_people_type_them() {
        let is = |field: &str, test| Ok(Criterion { field: field.parse().expect("field"), test });
        assert_eq!(read("full_name~Hà  Thị"), is("full_name", Test::Has("ha thi".to_owned())));
        let day = Value::Date("1980-01-01".parse().expect("a day"));
        assert_eq!(read("birth_date>=1/1/1980"), is("birth_date", Test::From(day)));
        assert_eq!(read("birth_date = 2/9/1985"), is("birth_date", Test::Is("02/09/1985".into())));
        assert_eq!(read("training~luat"), is("training", Test::Has("luat".to_owned())));
        let coefficient = Test::To(Value::Hundredths(234));
        assert_eq!(read("salary.coefficient<=2,34"), is("salary.coefficient", coefficient));
        for (wrong, code) in [
            ("full_name", "DL-0193"),
            ("full_name=", "DL-0194"),
            ("full_name>=A", "DL-0195"),
            ("salary.coefficient>=hai", "DL-0196"),
            ("ful_name=x", "DL-0130"),
        ] {
            assert_eq!(read(wrong).expect_err("refused"), code, "{wrong}");
        }
    }
}
