//! What an installation is told: typed settings, and the data the program reads (organisation tree,
//! form definitions, catalogs, calendar).
//!
//! **Invariant:** this crate reads no file, clock or environment. Bytes come in as arguments, so
//! that the same text always gives the same settings; the data is part of the binary and may be
//! overridden file by file.

pub mod data;
pub mod settings;

pub use data::{
    DataError, Files, Requirement, load_calendar, load_catalogs, load_form, load_form_rules,
    load_requirements, load_sides, load_tree, read_days,
};
/// The published JSON Schema of a dossier in a package (Điều 10.3).
pub const PACKAGE_SCHEMA: &str = include_str!("../schema/dossier-package-1.json");

pub use settings::{
    AccountSettings, IndexKind, Layers, Loaded, Problem, Profile, SealProfile, SealSettings,
    Settings, Source,
};
