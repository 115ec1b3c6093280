//! The sample lists, and how the demonstration enters them: read in a process of their own, judged,
//! and sent to the importing unit's node in small batches.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail};
use dossier::{
    DossierId, LegalBasis, Review, Role, UnitId, catalog::Catalogs, form::FormDefinition,
    unit::UnitTree,
};
use protocol::{Answer, Command, core::Entry, envelope::Meta};

use crate::control::{Request, Response};
use crate::import::{
    ChildReader, Domain, ImportOptions, ImportPlan, Limits, Mapping, custodian, read_list,
};

use super::asking::call;

/// A list that travels with the program.
pub(super) struct Sample {
    /// Name of its file.
    pub(super) name: &'static str,
    bytes: &'static [u8],
    /// Unit whose list it is.
    pub(super) unit: &'static str,
}

/// The list of huyện Đà Bắc.
pub(super) const DISTRICT_LIST: Sample = Sample {
    name: "huyen-da-bac.xlsx",
    bytes: include_bytes!("../../../tests/samples/huyen-da-bac.xlsx"),
    unit: super::province::DISTRICT,
};
/// The teachers of the upper secondary schools.
pub(super) const TEACHERS_LIST: Sample = Sample {
    name: "so-giao-duc.csv",
    bytes: include_bytes!("../../../tests/samples/so-giao-duc.csv"),
    unit: super::province::EDUCATION,
};
/// An old list of huyện Kỳ Sơn, half of it in a font's own encoding.
pub(super) const OLD_LIST: Sample = Sample {
    name: "xa-cu.xls",
    bytes: include_bytes!("../../../tests/samples/xa-cu.xls"),
    unit: "d151",
};

/// Persons sent at once: each batch is one answer, durable before it comes.
const BATCH: usize = 25;

/// Reads lists against the data shipped with the program.
pub(super) struct Reader {
    form: FormDefinition,
    catalogs: Catalogs,
    tree: UnitTree,
    today: jiff::civil::Date,
}

impl Reader {
    /// A reader of lists; `now` is the day of the import.
    pub(super) fn new(now: dossier::Timestamp) -> anyhow::Result<Self> {
        let files = config::Files::embedded();
        let now = jiff::Timestamp::from_millisecond(now.as_millis())?;
        Ok(Self {
            form: config::load_form(&files)?,
            catalogs: config::load_catalogs(&files)?,
            tree: config::load_tree(&files)?,
            today: now.to_zoned(super::words::vietnam()).date(),
        })
    }

    /// Puts a sample into `directory` and makes the plan of its import.
    pub(super) fn plan(&self, directory: &Path, sample: &Sample) -> anyhow::Result<ImportPlan> {
        let path = directory.join(sample.name);
        std::fs::write(&path, sample.bytes).context("the list cannot be written")?;
        let reader = ChildReader::this_program(Limits::DEFAULT)?;
        let (book, hash) = read_list(&path, &reader)?;
        let options = ImportOptions {
            list: sample.name.to_owned(),
            unit: Some(super::province::unit(sample.unit)),
            mapping: Mapping::default(),
            list_date: None,
            today: self.today,
        };
        let domain = Domain { form: &self.form, catalogs: &self.catalogs, tree: &self.tree };
        Ok(ImportPlan::make(&book, hash, domain, &options)?)
    }

    /// The dossiers of a plan, each at the unit that keeps it: one with a node of its own keeps what
    /// is its own, the importing one all others (Điều 7.2, 8.2).
    pub(super) fn entries(
        &self,
        plan: &ImportPlan,
        importer: &UnitId,
        with_node: &BTreeSet<UnitId>,
        clerk: &str,
    ) -> Vec<Entry> {
        let keeper = |unit: Option<&UnitId>| {
            let unit = unit.unwrap_or(importer);
            custodian(&self.tree, unit, importer, true, with_node).clone()
        };
        let entry = |person: &crate::import::Person| Entry {
            key: Some(person.import_key),
            unit: keeper(person.unit.as_ref()),
            edits: person.edits(),
            meta: Meta {
                person: clerk.to_owned(),
                role: Role::Clerk,
                basis: LegalBasis::Import {
                    list: plan.list.clone(),
                    file: plan.file,
                    row: person.row,
                },
                review: Review::NotRequired,
            },
        };
        plan.ready().map(entry).collect()
    }
}

/// A dossier whose entry was acknowledged: which, at which unit, and whether it is new.
pub(super) type Entered = (DossierId, UnitId, bool);

/// Sends entries to the node of a data directory; `acknowledged` hears of each batch once the node
/// has it on disk.
///
/// # Errors
/// The first entry that is refused, or the node's silence.
pub(super) fn send(
    data_dir: &Path,
    entries: &[Entry],
    mut acknowledged: impl FnMut(Vec<Entered>),
) -> anyhow::Result<()> {
    for batch in entries.chunks(BATCH) {
        let answer = call(data_dir, &Request::Core(Command::Enter(batch.to_vec())))?;
        let Response::Core(Answer::Entered(made)) = answer else {
            bail!("the entries were not answered: {answer:?}");
        };
        let mut entered = Vec::with_capacity(made.len());
        for (entry, outcome) in batch.iter().zip(made) {
            let (id, new) = outcome
                .map_err(|refused| anyhow::anyhow!("{}: {}", refused.code, refused.detail))?;
            entered.push((id, entry.unit.clone(), new));
        }
        acknowledged(entered);
    }
    Ok(())
}

/// How many batches entries make.
pub(super) fn batches(entries: &[Entry]) -> usize {
    entries.len().div_ceil(BATCH)
}
