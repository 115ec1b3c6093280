//! Every appraisal of the node's dossiers, and their names.

use std::collections::BTreeMap;

use dossier::{DossierId, UnitId};

use super::ask::Asker;
use super::desk::Desk;
use super::error::CliError;
use crate::audit::Claim;
use crate::control::{Request, Response};
use crate::survey::{Appraisal, OwedOrder, OwedPage, Packed, PageOrder, SurveyOrder};

/// Rows of the list asked for at a time.
const PAGE: u32 = 5_000;

/// What the node says of its dossiers, and who they are.
pub(crate) struct Survey {
    asker: Asker,
    appraisals: Vec<Packed>,
}

impl Survey {
    /// Of the dossiers of a unit and those under it, or of all.
    pub(super) fn of(
        desk: &Desk<'_>,
        scope: Option<&UnitId>,
        claim: Claim,
    ) -> Result<Self, CliError> {
        Self::asked(desk.ask_as(claim)?, scope)
    }

    /// The same, asked this way.
    pub(crate) fn asked(mut asker: Asker, scope: Option<&UnitId>) -> Result<Self, CliError> {
        let mut appraisals = Vec::new();
        let mut after = None;
        loop {
            let order = SurveyOrder::Page(PageOrder { scope: scope.cloned(), after });
            let Response::Survey(page) = asker.call(&Request::Survey(order))? else {
                return Err(CliError::unexpected());
            };
            if page.appraisals.iter().any(|packed| packed.open().is_none()) {
                return Err(CliError::unexpected());
            }
            appraisals.extend(page.appraisals);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(Self { asker, appraisals }),
            }
        }
    }

    /// The appraisals, one after the other: all of them at once would take a province's memory.
    pub(crate) fn appraisals(&self) -> impl Iterator<Item = Appraisal> {
        self.appraisals.iter().filter_map(Packed::open)
    }

    /// The names of dossiers, for a list that people read.
    pub(crate) fn names(&mut self) -> Result<BTreeMap<DossierId, String>, CliError> {
        let (mut names, mut after) = (BTreeMap::new(), None);
        loop {
            let rows = self.asker.list(after, PAGE, "")?;
            let Some(last) = rows.last() else { return Ok(names) };
            after = Some(last.dossier);
            names.extend(rows.into_iter().map(|row| (row.dossier, row.name)));
        }
    }
}

/// What is owed for the dossiers of a scope: asked until all of them were judged.
pub(crate) fn owed(asker: &mut Asker, order: OwedOrder) -> Result<OwedPage, CliError> {
    let request = Request::Survey(SurveyOrder::Owed(order));
    loop {
        match asker.call(&request)? {
            Response::Owed(page) if page.unfinished => {}
            Response::Owed(page) => return Ok(page),
            _ => return Err(CliError::unexpected()),
        }
    }
}
