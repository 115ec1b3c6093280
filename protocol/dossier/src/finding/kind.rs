//! The closed list of findings.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The value can't stand; the record waits for a person.
    Error,
    /// The value stands, and a person should look.
    Warning,
    /// Good to know.
    Hint,
}

/// What can be wrong. The names are the stable codes; a retired one is never given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A spreadsheet error value.
    ErrorCell,
    /// A formula where a value is expected.
    FormulaCell,
    /// Direction overrides, zero-width characters, byte-order marks.
    ForbiddenCharacter,
    /// Text in TCVN3 or VNI, converted.
    LegacyEncoding,
    /// Markup, script, or what a spreadsheet would run.
    UnsafeText,
    /// More characters than the field takes.
    TextTooLong,
    /// A required field is empty.
    RequiredMissing,
    /// Does not fit the type or the pattern.
    FormatInvalid,
    /// A number outside its range.
    OutOfRange,
    /// Not in the catalog or the organisation tree.
    NotInCatalog,
    /// In the catalog, but not for this person.
    NotApplicable,
    /// A grade code outside its validity.
    GradeNotValidOnDate,
    /// A step the scale does not have.
    StepOutOfRange,
    /// A coefficient other than that of grade and step.
    CoefficientMismatch,
    /// Frame allowance outside the last step.
    FrameNotAllowed,
    /// A later pay row with a lower step.
    StepOrder,
    /// No day of the calendar.
    DateInvalid,
    /// Only a year or a month.
    DatePartial,
    /// After the date of the list.
    DateInFuture,
    /// Two days in the wrong order.
    DateOrder,
    /// Recruited before 15, or card issued before 14.
    AgeTooLow,
    /// Two main jobs at once.
    Overlap,
    /// No citizen number.
    IdFormat,
    /// The first zero of an identifier was lost, and put back.
    LeadingZeroLost,
    /// The first three digits are no province.
    IdProvinceUnknown,
    /// The fourth digit disagrees with sex and century.
    IdSexMismatch,
    /// Digits 5 and 6 are not the year of birth.
    IdYearMismatch,
    /// The same identifier in another row.
    Duplicate,
    /// A derived value differs from its rows.
    DerivedMismatch,
    /// A row whose person is not in the list.
    OrphanRow,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 30] = [
        Self::ErrorCell,
        Self::FormulaCell,
        Self::ForbiddenCharacter,
        Self::LegacyEncoding,
        Self::UnsafeText,
        Self::TextTooLong,
        Self::RequiredMissing,
        Self::FormatInvalid,
        Self::OutOfRange,
        Self::NotInCatalog,
        Self::NotApplicable,
        Self::GradeNotValidOnDate,
        Self::StepOutOfRange,
        Self::CoefficientMismatch,
        Self::FrameNotAllowed,
        Self::StepOrder,
        Self::DateInvalid,
        Self::DatePartial,
        Self::DateInFuture,
        Self::DateOrder,
        Self::AgeTooLow,
        Self::Overlap,
        Self::IdFormat,
        Self::LeadingZeroLost,
        Self::IdProvinceUnknown,
        Self::IdSexMismatch,
        Self::IdYearMismatch,
        Self::Duplicate,
        Self::DerivedMismatch,
        Self::OrphanRow,
    ];

    /// The stable code, e.g. `required_missing`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ErrorCell => "error_cell",
            Self::FormulaCell => "formula_cell",
            Self::ForbiddenCharacter => "forbidden_character",
            Self::LegacyEncoding => "legacy_encoding",
            Self::UnsafeText => "unsafe_text",
            Self::TextTooLong => "text_too_long",
            Self::RequiredMissing => "required_missing",
            Self::FormatInvalid => "format_invalid",
            Self::OutOfRange => "out_of_range",
            Self::NotInCatalog => "not_in_catalog",
            Self::NotApplicable => "not_applicable",
            Self::GradeNotValidOnDate => "grade_not_valid_on_date",
            Self::StepOutOfRange => "step_out_of_range",
            Self::CoefficientMismatch => "coefficient_mismatch",
            Self::FrameNotAllowed => "frame_not_allowed",
            Self::StepOrder => "step_order",
            Self::DateInvalid => "date_invalid",
            Self::DatePartial => "date_partial",
            Self::DateInFuture => "date_in_future",
            Self::DateOrder => "date_order",
            Self::AgeTooLow => "age_too_low",
            Self::Overlap => "overlap",
            Self::IdFormat => "id_format",
            Self::LeadingZeroLost => "leading_zero_lost",
            Self::IdProvinceUnknown => "id_province_unknown",
            Self::IdSexMismatch => "id_sex_mismatch",
            Self::IdYearMismatch => "id_year_mismatch",
            Self::Duplicate => "duplicate",
            Self::DerivedMismatch => "derived_mismatch",
            Self::OrphanRow => "orphan_row",
        }
    }

    /// How grave it is.
    pub fn level(self) -> Level {
        match self {
            Self::LegacyEncoding
            | Self::LeadingZeroLost
            | Self::DatePartial
            | Self::DerivedMismatch
            | Self::IdProvinceUnknown
            | Self::IdSexMismatch
            | Self::IdYearMismatch
            | Self::Overlap
            | Self::StepOrder => Level::Warning,
            _ => Level::Error,
        }
    }

    /// Whether it hides every other finding of its cell, and its value from every rule. Of several
    /// the smallest kind stands.
    pub fn stands_alone(self) -> bool {
        self <= Self::RequiredMissing
    }

    /// The legal source of the rule.
    pub fn legal_basis(self) -> Option<&'static str> {
        match self {
            Self::StepOutOfRange
            | Self::CoefficientMismatch
            | Self::FrameNotAllowed
            | Self::StepOrder => Some("Nghị định 204/2004/NĐ-CP"),
            Self::IdFormat
            | Self::IdProvinceUnknown
            | Self::IdSexMismatch
            | Self::IdYearMismatch => Some("Thông tư 07/2016/TT-BCA"),
            Self::RequiredMissing => Some("Mẫu 2C-BNV/2008, Quyết định 02/2008/QĐ-BNV"),
            _ => None,
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_serialised_names_and_unique() {
        let mut codes: Vec<&str> = FindingKind::ALL.iter().map(|kind| kind.code()).collect();
        for kind in FindingKind::ALL {
            let json = serde_json::to_string(&kind).expect("serialises");
            assert_eq!(json, format!("\"{}\"", kind.code()));
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FindingKind::ALL.len());
    }
}
