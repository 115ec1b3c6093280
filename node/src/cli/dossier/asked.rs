//! What a search and a table have in common: conditions as they are typed, and who asks.

use clap::Args;
use dossier::form::{FieldDefinition, FieldKind};
use dossier::lookup::{Criterion, Query, Said, Test};
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

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The text stands in it.
    Has,
    /// It is the text, or has this code.
    Is,
    /// It is this or comes after it.
    From,
    /// It is this or comes before it.
    To,
}

const SIGNS: [(&str, Sign); 4] =
    [(">=", Sign::From), ("<=", Sign::To), ("~", Sign::Has), ("=", Sign::Is)];

fn condition(text: &str, library: &Library, today: Date) -> Result<Criterion, CliError> {
    let signs = SIGNS.iter().map(|(sign, _)| *sign);
    let at = signs.filter_map(|sign| Some((text.find(sign)?, sign))).min();
    let Some((at, sign)) = at else {
        return Err(CliError::usage("DL-0193", format!("--where sai ở «{text}»."))
            .hint("Ví dụ: --where \"full_name~bùi\", --where \"birth_date>=1980\""));
    };
    let (name, value) = (&text[..at], text[at + sign.len()..].trim());
    if fold(value).is_empty() {
        return Err(CliError::usage("DL-0194", format!("--where không có giá trị ở «{text}».")));
    }
    let known = SIGNS.iter().find(|(known, _)| *known == sign);
    criterion((name, known.map_or(Sign::To, |(_, sign)| *sign), value), library, today)
}

/// The condition that a field, a comparison and a value are, all as they were typed.
///
/// # Errors
/// DL-0130, DL-0192 for the field; DL-0154, DL-0195, DL-0196 for a value that has no such order.
pub(crate) fn criterion(
    (name, sign, value): (&str, Sign, &str),
    library: &Library,
    today: Date,
) -> Result<Criterion, CliError> {
    let (field, definition) = field(name, library)?;
    let test = match sign {
        Sign::Is => Test::Is(by_kind(definition, &fold(value), value, today)),
        Sign::Has => Test::Has(fold(value)),
        Sign::From => Test::From(ordered(definition, name, value, today)?),
        Sign::To => Test::To(ordered(definition, name, value, today)?),
    };
    Ok(Criterion { field, test })
}

/// The text of a value as it is compared: days as they are written in full, hundredths with both digits.
fn by_kind(definition: Option<&FieldDefinition>, folded: &str, value: &str, today: Date) -> String {
    let typed = match definition.map(|it| &it.kind) {
        Some(FieldKind::Date | FieldKind::Month) => date(value, today).ok().map(Value::Date),
        Some(FieldKind::Hundredths) => hundredths(value).map(Value::Hundredths),
        _ => None,
    };
    typed.map_or_else(|| folded.to_owned(), |typed| Said::of(&typed).folded.into_string())
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
    let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
    let (whole, part) = size.split_once([',', '.']).unwrap_or((size, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part = format!("{part:0<2}").parse::<i64>().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Criterion, String> {
        let library = Library::load().expect("loads");
        condition(text, &library, Date::constant(2026, 3, 5)).map_err(|error| error.code)
    }

    /// What stands behind a word of an example: up to the next blank, or to the closing quote.
    fn behind(line: &str, word: &str) -> Vec<String> {
        let rests = line.split(word).skip(1).map(str::trim_start);
        let text = |rest: &str| match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
            None => rest.split(' ').next().unwrap_or_default().to_owned(),
        };
        rests.map(text).collect()
    }

    #[test]
    fn what_the_help_shows_can_be_typed() {
        let library = Library::load().expect("loads");
        let today = Date::constant(2026, 3, 5);
        let mut shown = 0;
        let lines = [super::super::search::EXAMPLES, super::super::table::EXAMPLES];
        for line in lines.into_iter().flat_map(str::lines).filter(|it| it.contains("  hoso ")) {
            for text in behind(line, "--where ") {
                assert!(condition(&text, &library, today).is_ok(), "{text}");
                shown += 1;
            }
            for text in ["--rows ", "--columns "].iter().flat_map(|word| behind(line, word)) {
                let known = text == "unit" || field(&text, &library).is_ok_and(|it| it.1.is_some());
                assert!(known, "{text}");
                shown += 1;
            }
        }
        assert!(shown > 8, "{shown}");
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
        let exact = Test::Is("2,30".to_owned());
        assert_eq!(read("salary.coefficient=2.3"), is("salary.coefficient", exact));
        let below = Test::From(Value::Hundredths(-50));
        assert_eq!(read("salary.coefficient>=-0,5"), is("salary.coefficient", below));
        for (wrong, code) in [
            ("full_name", "DL-0193"),
            ("full_name=", "DL-0194"),
            ("full_name>=A", "DL-0195"),
            ("salary.coefficient>=hai", "DL-0196"),
            ("salary.coefficient>=2,345", "DL-0196"),
            ("salary.coefficient>=2,-5", "DL-0196"),
            ("ful_name=x", "DL-0130"),
        ] {
            assert_eq!(read(wrong).expect_err("refused"), code, "{wrong}");
        }
    }
}
