//! What the columns of lists are called, read from the data file beside the configuration.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use dossier::FieldId;
use dossier::fold::fold;
use serde::Deserialize;

/// What a sheet is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// The list of persons itself.
    People,
    /// Training courses (27).
    Training,
    /// Jobs (28).
    Work,
    /// Pay rows (31).
    Salary,
    /// Relatives (30).
    Family,
    /// Awards and discipline.
    Merits,
}

/// A part of a document that a list spreads over columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Number and symbol.
    Number,
    /// Day of signing.
    Date,
    /// Body that signed.
    Issuer,
}

/// What a column gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Nothing of the dossier.
    Ignore,
    /// A field, or a column of a table.
    Field(FieldId),
    /// A part of a document field.
    Document(FieldId, Part),
    /// Commune, district and province of birth in one text.
    BirthPlace,
    /// Commune, district and province of origin in one text.
    Home,
    /// Birth date of persons of one sex: `nam` or `nữ`.
    BirthDateOf(&'static str),
    /// Award or discipline.
    MeritKind,
    /// A column of award or discipline, as the row says.
    Merit(String, Option<Part>),
}

impl Target {
    /// Reads a target as the data file and the mapping write it.
    pub fn parse(text: &str) -> Option<Self> {
        let part = |text: &str| match text {
            "number" => Some(Part::Number),
            "date" => Some(Part::Date),
            "issuer" => Some(Part::Issuer),
            _ => None,
        };
        Some(match text {
            "-" => Self::Ignore,
            "@birth_place" => Self::BirthPlace,
            "@home" => Self::Home,
            "@birth_male" => Self::BirthDateOf("nam"),
            "@birth_female" => Self::BirthDateOf("nữ"),
            "@award_or_discipline" => Self::MeritKind,
            _ => match (text.strip_prefix("@entry."), text.split_once('#')) {
                (Some(entry), None) => Self::Merit(entry.to_owned(), None),
                (Some(_), Some((column, of))) => {
                    Self::Merit(column.strip_prefix("@entry.")?.to_owned(), Some(part(of)?))
                }
                (None, Some((field, of))) => Self::Document(field.parse().ok()?, part(of)?),
                (None, None) => Self::Field(text.parse().ok()?),
            },
        })
    }

    /// The field whose rules a value of the column follows, where there is exactly one.
    pub fn field(&self) -> Option<&FieldId> {
        match self {
            Self::Field(field) | Self::Document(field, _) => Some(field),
            _ => None,
        }
    }
}

/// The words of one kind of sheet.
#[derive(Debug, Clone)]
pub struct SheetWords {
    /// Kind.
    pub kind: SheetKind,
    /// Table its rows belong to; `None` for the list of persons.
    pub table: Option<String>,
    /// Names of tabs, folded.
    pub names: Vec<String>,
    /// Folded heading to target.
    pub headings: BTreeMap<String, Target>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    version: u16,
    sheet: Vec<SheetSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetSource {
    kind: SheetKind,
    table: Option<String>,
    names: Vec<String>,
    columns: BTreeMap<String, Vec<String>>,
}

static BUILT_IN: LazyLock<Vec<SheetWords>> = LazyLock::new(|| {
    read(include_str!("../../../config/import/headers.toml"))
        .expect("the headings shipped with the program are well formed, a test reads them")
});

/// The words shipped with the program.
pub fn built_in() -> &'static [SheetWords] {
    &BUILT_IN
}

fn read(text: &str) -> Result<Vec<SheetWords>, String> {
    let source: Source = toml::from_str(text).map_err(|error| error.to_string())?;
    if source.version != 1 {
        return Err(format!("version {} is unknown", source.version));
    }
    source.sheet.into_iter().map(words).collect()
}

fn words(source: SheetSource) -> Result<SheetWords, String> {
    let mut headings = BTreeMap::new();
    for (target, writings) in source.columns {
        let parsed = Target::parse(&target).ok_or_else(|| format!("no target: {target}"))?;
        for writing in writings {
            if headings.insert(writing.clone(), parsed.clone()).is_some() {
                return Err(format!("heading {writing:?} has two targets"));
            }
        }
    }
    Ok(SheetWords { kind: source.kind, table: source.table, names: source.names, headings })
}

/// The key of a heading: folded, each sign that is no letter or digit a blank, single blanks.
pub fn key(text: &str) -> String {
    let letters: String =
        fold(text).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_well_formed_and_folded() {
        for sheet in built_in() {
            for heading in sheet.headings.keys().chain(&sheet.names) {
                assert_eq!(*heading, key(heading));
            }
        }
        assert_eq!(built_in().len(), 6);
        assert!(read("version = 1\n[[sheet]]\nkind = \"work\"\nnames = []\n[sheet.columns]\n\"A b\" = [\"x\"]").is_err());
    }

    #[test]
    fn headings_are_compared_folded() {
        assert_eq!(key("Mã ngạch/Mã số\u{a0}CDNN"), "ma ngach ma so cdnn");
        assert_eq!(key("PC thâm niên vượt khung (%)"), "pc tham nien vuot khung");
    }
}
