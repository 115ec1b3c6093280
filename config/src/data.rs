//! The data of the province: embedded in the binary, overridable file by file.

use dossier::calendar::{Calendar, CalendarError};
use dossier::catalog::{CatalogError, Catalogs};
use dossier::docket::FormRules;
use dossier::form::{FormDefinition, FormError, FormSource, Sides};
use dossier::unit::{Holding, Tier, TreeError, Unit, UnitTree};
use dossier::validity::Validity;

mod calendar;
mod catalogs;
mod requirements;
mod table;

pub use self::calendar::read_days;
pub use self::requirements::{Requirement, load_requirements};
use self::table::Row;

/// Data that can't be used. The cause names line and entry.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// No such file among the embedded ones.
    #[error("there is no data file {0}")]
    Unknown(String),
    /// The file is larger than [`Files::SIZE_MAX`].
    #[error("data file {0} is too large")]
    TooLarge(String),
    /// The file is no table with the expected columns.
    #[error("data file {file}, line {line}: {problem}")]
    Table {
        /// The file.
        file: String,
        /// Line, counted from 1; 0 where the whole file is meant.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The file is no TOML of the expected shape.
    #[error("data file {file} is malformed")]
    Toml {
        /// The file.
        file: String,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The units form no tree.
    #[error("the organisation tree is malformed")]
    Tree(#[source] TreeError),
    /// The form contradicts itself.
    #[error("the form is malformed")]
    Form(#[source] FormError),
    /// A catalog contradicts itself.
    #[error("a catalog is malformed")]
    Catalog(#[source] CatalogError),
    /// A calendar year contradicts itself or another.
    #[error("data file {file}, line {line}: the calendar is malformed")]
    Calendar {
        /// The file.
        file: String,
        /// Line, counted from 1; 0 where no single line is at fault.
        line: u64,
        /// What is wrong.
        #[source]
        source: CalendarError,
    },
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../", $name)))),*]
    };
}

/// Name and text of every embedded file.
const EMBEDDED: &[(&str, &str)] = embedded![
    "calendar/days.csv",
    "calendar/years.csv",
    "catalogs/allowances.csv",
    "catalogs/award_forms.csv",
    "catalogs/cccd_provinces.csv",
    "catalogs/communes.csv",
    "catalogs/discipline_forms.csv",
    "catalogs/document_components.csv",
    "catalogs/dossier_statuses.csv",
    "catalogs/ethnic_groups.csv",
    "catalogs/grades.csv",
    "catalogs/levels.toml",
    "catalogs/religions.csv",
    "catalogs/salary_scales.toml",
    "catalogs/short_lists.toml",
    "forms/2c-bnv-2008.toml",
    "forms/phieu.toml",
    "org/hoa-binh-2014.csv",
    "requirements.csv",
];

/// Gives the text of a file by its name; `None` means the embedded one.
pub type Overrides<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where data files come from: what an installation puts over the embedded ones, by name.
#[derive(Default)]
pub struct Files<'a> {
    over: Option<Overrides<'a>>,
}

impl<'a> Files<'a> {
    /// The largest file, in bytes.
    pub const SIZE_MAX: usize = 8 * 1024 * 1024;

    /// The embedded files alone.
    pub const fn embedded() -> Self {
        Self { over: None }
    }

    /// Asks `over` first for each file, e.g. `catalogs/grades.csv`.
    pub const fn overridden(over: Overrides<'a>) -> Self {
        Self { over: Some(over) }
    }

    /// Names of all data files.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    fn text(&self, name: &str) -> Result<String, DataError> {
        let text = match self.over.and_then(|over| over(name)) {
            Some(text) => text,
            None => EMBEDDED
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| DataError::Unknown(name.to_owned()))?,
        };
        if text.len() > Self::SIZE_MAX {
            return Err(DataError::TooLarge(name.to_owned()));
        }
        Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
    }

    fn toml<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, DataError> {
        toml::from_str(&self.text(name)?)
            .map_err(|error| DataError::Toml { file: name.to_owned(), source: Box::new(error) })
    }
}

/// Loads the organisation tree of the province.
///
/// # Errors
/// [`DataError`] when an overriding file is no tree; the embedded one always is.
pub fn load_tree(files: &Files<'_>) -> Result<UnitTree, DataError> {
    let name = "org/hoa-binh-2014.csv";
    let units: Vec<Unit> =
        table::read(name, &files.text(name)?)?.iter().map(unit).collect::<Result<_, _>>()?;
    UnitTree::new(units).map_err(DataError::Tree)
}

fn unit(row: &Row) -> Result<Unit, DataError> {
    let holds_dossiers = match row.get("holds_dossiers") {
        "yes" => Holding::Yes,
        "no" => Holding::No,
        "optional" => Holding::Optional,
        other => return Err(row.wrong("holds_dossiers", other)),
    };
    let tier = row.get("tier");
    Ok(Unit {
        id: row.parsed("id")?,
        parent: row.optional("parent")?,
        tier: tier
            .parse::<u8>()
            .ok()
            .and_then(|number| Tier::try_from(number).ok())
            .ok_or_else(|| row.wrong("tier", tier))?,
        name: row.get("name").to_owned(),
        kind: row.get("kind").to_owned(),
        holds_dossiers,
        validity: Validity { from: row.optional("valid_from")?, to: row.optional("valid_to")? },
        successor: row.optional("successor")?,
    })
}

/// Loads form 2C-BNV/2008.
///
/// # Errors
/// [`DataError`] when an overriding file is no form; the embedded one always is.
pub fn load_form(files: &Files<'_>) -> Result<FormDefinition, DataError> {
    let source: FormSource = files.toml("forms/2c-bnv-2008.toml")?;
    FormDefinition::new(source).map_err(DataError::Form)
}

/// Loads what the phiếu asks of each kind of staff (Điều 3.2, 9.1 b).
///
/// # Errors
/// [`DataError`] when an overriding file is malformed; the embedded one never is.
pub fn load_form_rules(files: &Files<'_>) -> Result<FormRules, DataError> {
    files.toml("forms/phieu.toml")
}

/// Which side changes which field, of the form that is part of the program, and what its phiếu asks.
/// Admission asks the sides at every node, so no installation puts another in its place.
///
/// # Errors
/// [`DataError`] when the embedded form is none, which a test excludes.
pub fn load_sides() -> Result<Sides, DataError> {
    let files = Files::embedded();
    let (form, rules) = (load_form(&files)?, load_form_rules(&files)?);
    Ok(Sides::of(&form).asking(rules, form))
}

/// Loads the decided years of the working-day calendar.
///
/// # Errors
/// [`DataError`] when an overriding file is no calendar; the embedded ones always are.
pub fn load_calendar(files: &Files<'_>) -> Result<Calendar, DataError> {
    calendar::load(files)
}

/// Loads every catalog and the salary scales.
///
/// # Errors
/// [`DataError`] when an overriding file is no catalog; the embedded ones always are.
pub fn load_catalogs(files: &Files<'_>) -> Result<Catalogs, DataError> {
    catalogs::load(files)
}

#[cfg(test)]
mod tests;
