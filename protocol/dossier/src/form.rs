//! Form definitions: what a dossier holds, in the order of the paper.
//!
//! Screen, print, import columns, validation and completeness read the definition; a new form is
//! new data. The 2008 form is `2c-bnv-2008`, the stand-in for the annex of the regulation.

use serde::{Deserialize, Serialize};

use crate::{FieldId, validity::Validity};

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// Text of at most [`FieldDefinition::TEXT_MAX`] characters.
    Text,
    /// Text of at most [`FieldDefinition::LONG_TEXT_MAX`] characters.
    LongText,
    /// A day; for old papers a month or a year.
    Date,
    /// A month of a year.
    Month,
    /// A whole number.
    Integer {
        /// Least value.
        #[serde(default = "least")]
        min: i64,
        /// Greatest value.
        #[serde(default = "greatest")]
        max: i64,
    },
    /// A fixed-point number in hundredths.
    Hundredths,
    /// Yes or no.
    Flag,
    /// A value of a catalog.
    Enum {
        /// Name of the catalog.
        catalog: String,
        /// Whether text outside the catalog is allowed.
        #[serde(default)]
        open: bool,
    },
    /// A value of the catalog that another column of the row chooses, or text.
    Level {
        /// Column of the same table whose catalog entry has the attribute `levels`.
        by: String,
    },
    /// A place: the name of the time, with its code where known.
    Place {
        /// Level of the place.
        level: PlaceLevel,
    },
    /// A unit of the organisation tree; stored with the unit's id as code.
    Unit,
    /// A paper: number, day of signing, issuer, as text.
    Document,
    /// A stored file, by its hash.
    File,
    /// Rows of columns; has no value itself.
    Table,
}

const fn least() -> i64 {
    i64::MIN
}

const fn greatest() -> i64 {
    i64::MAX
}

/// Level of an administrative place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceLevel {
    /// Province or city under the centre.
    Province,
    /// District; abolished on 01/07/2025.
    District,
    /// Commune, ward or town.
    Commune,
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// Exactly one.
    Required,
    /// At most one.
    Optional,
    /// One in each row of its table.
    Many,
}

/// Who brings a change of the field about (Điều 9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// A decision of a state body (Điều 9.2 a).
    State,
    /// The person's own declaration (Điều 9.2 b).
    Personal,
    /// Either.
    Both,
}

/// How carefully a field is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Shown to whoever may read the dossier.
    Basic,
    /// Political and religious views, health, ethnic origin, economy.
    Sensitive,
    /// Discipline that may be crime data.
    CrimeRelated,
    /// Data of relatives, masked by default.
    ThirdPerson,
}

/// The shape of an identifier or a short text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// CMND of 9 digits or CCCD of 12.
    CitizenNumber,
    /// 10 digits, the first a 0.
    Phone,
    /// 10 digits.
    SocialInsurance,
    /// Class reached of a school system, e.g. `12/12`, `7/10`.
    EducationClass,
}

/// One item of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDefinition {
    /// Identifier, `table.column` for a column.
    pub id: FieldId,
    /// Name in Vietnamese, as on the paper.
    pub name_vi: String,
    /// Section, e.g. `identity`.
    pub section: String,
    /// What it holds.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// How many values it has.
    pub cardinality: Cardinality,
    /// Who brings a change about.
    pub changed_by: ChangedBy,
    /// How carefully it is shown.
    pub sensitivity: Sensitivity,
    /// Item numbers on form 2C-BNV/2008; empty for what the paper does not ask.
    #[serde(default)]
    pub items: Vec<String>,
    /// Shape of the text.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// Whether a day after today makes sense, e.g. an end.
    #[serde(default)]
    pub may_be_future: bool,
    /// Days on which the form asks for it.
    #[serde(default)]
    pub validity: Validity,
    /// For a table: its columns, the leading one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
}

/// A column of an item that is a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name without the table.
    pub id: String,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// What it holds.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// Whether a day after today makes sense.
    #[serde(default)]
    pub may_be_future: bool,
}

impl FieldDefinition {
    /// The longest name, title or address, in characters.
    pub const TEXT_MAX: usize = 1_000;
    /// The longest free text, in characters.
    pub const LONG_TEXT_MAX: usize = 16_000;

    /// The longest text of this field, in characters.
    pub fn text_max(&self) -> usize {
        if self.kind == FieldKind::LongText { Self::LONG_TEXT_MAX } else { Self::TEXT_MAX }
    }

    /// Whether every dossier must have it.
    pub fn is_required(&self) -> bool {
        self.cardinality == Cardinality::Required
    }
}

/// A definition as its file writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormSource {
    /// Name of the form, e.g. `2c-bnv-2008`.
    pub id: String,
    /// Title in Vietnamese.
    pub name_vi: String,
    /// Legal source.
    pub basis: String,
    /// Version of the definition.
    pub version: u16,
    /// Sections in paper order: id and Vietnamese heading.
    pub sections: Vec<Section>,
    /// Items in paper order within their section.
    pub items: Vec<FieldDefinition>,
}

/// A section of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Identifier.
    pub id: String,
    /// Heading in Vietnamese.
    pub name_vi: String,
    /// What it tells of the person, where it tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
}

mod area;
mod definition;
mod sides;

pub use area::Area;
pub use definition::{FormDefinition, FormError};
pub use sides::{Sides, Touched};

#[cfg(test)]
mod tests;
