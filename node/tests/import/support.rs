//! The province's data, and lists from files or from a few lines.

use std::path::{Path, PathBuf};

use dossier::Hash;
use dossier::catalog::Catalogs;
use dossier::form::FormDefinition;
use dossier::unit::UnitTree;
use jiff::civil::date;
use node::import::{
    Book, ChildReader, Domain, ImportError, ImportOptions, ImportPlan, Limits, Mapping,
};

/// What values are measured against.
pub(crate) struct Province {
    form: FormDefinition,
    catalogs: Catalogs,
    tree: UnitTree,
}

impl Province {
    /// The data shipped with the program.
    pub(crate) fn shipped() -> Self {
        let files = config::Files::embedded();
        Self {
            form: config::load_form(&files).expect("form"),
            catalogs: config::load_catalogs(&files).expect("catalogs"),
            tree: config::load_tree(&files).expect("tree"),
        }
    }

    /// The data as the import takes it.
    pub(crate) fn domain(&self) -> Domain<'_> {
        Domain { form: &self.form, catalogs: &self.catalogs, tree: &self.tree }
    }

    /// The plan of a list that was read.
    pub(crate) fn plan(&self, book: &Book, unit: Option<&str>) -> Result<ImportPlan, ImportError> {
        ImportPlan::make(book, Hash::ZERO, self.domain(), &options(unit))
    }
}

/// Options of a list imported on a fixed day.
pub(crate) fn options(unit: Option<&str>) -> ImportOptions {
    ImportOptions {
        list: "Danh sách thử".to_owned(),
        unit: unit.map(|unit| unit.parse().expect("unit id")),
        mapping: Mapping::default(),
        list_date: None,
        today: date(2026, 7, 1),
    }
}

/// The reading process of the binary under test.
pub(crate) fn reader() -> ChildReader {
    ChildReader::new(PathBuf::from(env!("CARGO_BIN_EXE_hoso")), Limits::DEFAULT)
}

/// The path of a sample.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/samples").join(name)
}

/// A sample read by the reading process.
pub(crate) fn read_sample(name: &str) -> Book {
    node::import::read_list(&sample(name), &reader()).expect("the sample is readable").0
}

/// The stable code with which the reading process refuses some bytes.
pub(crate) fn refusal(bytes: &[u8]) -> &'static str {
    reader().read(bytes).expect_err("the bytes must be refused").code()
}
