//! What values are measured against: form, catalogs and units, as this program carries them.

use config::Files;
use dossier::catalog::Catalogs;
use dossier::form::{FieldDefinition, FormDefinition};
use dossier::unit::UnitTree;

use super::ask::Asker;
use super::desk::Desk;
use super::error::CliError;
use crate::control::{Request, Response};
use crate::import::Domain;

/// Form, catalogs and units.
pub(crate) struct Library {
    pub(crate) form: FormDefinition,
    pub(crate) catalogs: Catalogs,
    pub(crate) tree: UnitTree,
}

impl Library {
    pub(crate) fn load() -> Result<Self, CliError> {
        let files = Files::embedded();
        Ok(Self {
            form: config::load_form(&files)?,
            catalogs: config::load_catalogs(&files)?,
            tree: config::load_tree(&files)?,
        })
    }

    /// With the units as the running node knows them; where none runs, as the program does.
    pub(super) fn of(desk: &Desk<'_>) -> Result<Self, CliError> {
        match desk.ask() {
            Ok(mut asker) => Self::asked(&mut asker),
            Err(_) => Self::load(),
        }
    }

    /// With the units as this node knows them, where it tells.
    pub(crate) fn asked(asker: &mut Asker) -> Result<Self, CliError> {
        let mut library = Self::load()?;
        if let Ok(Response::OrgTree { tree, .. }) = asker.call(&Request::OrgTree) {
            library.tree = tree;
        }
        Ok(library)
    }

    pub(super) fn domain(&self) -> Domain<'_> {
        Domain { form: &self.form, catalogs: &self.catalogs, tree: &self.tree }
    }

    /// A field by its id; the error names one that is spelt alike.
    pub(super) fn field(&self, id: &str) -> Result<&FieldDefinition, CliError> {
        self.form.named(id).ok_or_else(|| {
            let shown: String = id.chars().take(64).collect();
            let error = CliError::usage("DL-0130", format!("Phiếu không có mục «{shown}»."));
            match self.like(&shown) {
                Some(field) => {
                    error.hint(format!("Có phải là «{}» ({})?", field.id, field.name_vi))
                }
                None => error.hint("Xem mã các mục bằng «hoso dossier show ID --empty»."),
            }
        })
    }

    /// The field whose id or Vietnamese name is most like a text.
    fn like(&self, text: &str) -> Option<&FieldDefinition> {
        let wanted = dossier::fold(text);
        let likeness = |field: &FieldDefinition| {
            let id = strsim::jaro_winkler(&wanted, field.id.as_str());
            id.max(strsim::jaro_winkler(&wanted, &dossier::fold(&field.name_vi)))
        };
        self.form
            .fields()
            .map(|field| (likeness(field), field))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, field)| field)
    }

    /// Name of a unit beside its id.
    pub(crate) fn unit_name(&self, id: &dossier::UnitId) -> String {
        self.tree.get(id).map_or_else(|| id.to_string(), |unit| format!("{} ({id})", unit.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_told_its_neighbour() {
        let library = Library::load().expect("loads");
        assert!(library.field("full_name").is_ok());
        let error = library.field("ful_name").expect_err("unknown");
        assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("full_name")), "{error}");
        assert_eq!((error.code.as_str(), error.exit.code()), ("DL-0130", 2));
    }
}
