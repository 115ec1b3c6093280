//! The engine's answers about all dossiers of a unit at once: appraisals, page by page.

mod owed;

use std::collections::BTreeSet;

use dossier::{DossierId, deadline::Profile};
use protocol::{Command, core::Refused};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view, conduct::Counting, search::Warmth};
use crate::{
    control::Response,
    search::Index,
    store::Round,
    survey::{
        Appraiser, FRESH, PAGE, PAGE_BYTES, Packed, PageOrder, SurveyOrder, SurveyPage, Tally,
    },
};

/// Who looks at all dossiers; each is made when somebody first asks.
#[derive(Debug, Default)]
pub(super) struct Readers {
    pub(super) appraiser: Option<Appraiser>,
    pub(super) tally: Tally,
    pub(super) index: Option<Index>,
    /// How far it was filled before anybody asked.
    pub(super) warmth: Warmth,
    /// The check of the journal that is under way (Điều 8.5).
    pub(super) round: Option<Round>,
    /// The report that is being counted (Điều 16.5).
    pub(super) counting: Option<Counting>,
}

impl Readers {
    /// With nothing read, by this profile of the deadlines.
    pub(super) fn new(deadlines: Profile) -> Self {
        Self { tally: Tally::new(deadlines), ..Self::default() }
    }
}

impl Engine {
    /// A page of appraisals or what is owed, for whoever may list the node's dossiers (Điều 8.4, 12.1).
    pub(super) fn order_survey(
        &mut self,
        order: &SurveyOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let mut listing = Command::List { after: None, limit: 0, query: String::new() };
        let opened = self.porter.open_for(seen, self.bearer.as_ref(), &mut listing)?;
        let response = match opened {
            Err(refusal) => Response::Refused(refusal),
            Ok(()) => match order {
                SurveyOrder::Page(order) => {
                    self.survey(order)?.map_or_else(Response::Refused, Response::Survey)
                }
                SurveyOrder::Owed(order) => {
                    self.owed(order)?.map_or_else(Response::Refused, Response::Owed)
                }
            },
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn survey(&mut self, order: &PageOrder) -> Result<Result<SurveyPage, Refused>, EngineError> {
        let mut appraiser = match self.readers.appraiser.take() {
            Some(appraiser) => appraiser,
            None => match Appraiser::new() {
                Ok(appraiser) => appraiser,
                Err(error) => {
                    let (code, detail) = ("data".to_owned(), error.to_string());
                    return Ok(Err(Refused { code, detail }));
                }
            },
        };
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        appraiser.turn_to(seen.today(), self.core.tree().version);
        let page = self.survey_by(&mut appraiser, order);
        self.readers.appraiser = Some(appraiser);
        page.map(Ok)
    }

    fn survey_by(
        &mut self,
        appraiser: &mut Appraiser,
        order: &PageOrder,
    ) -> Result<SurveyPage, EngineError> {
        let scope = order.scope.clone();
        let scope = scope.unwrap_or_else(|| self.core.tree().tree.root().id.clone());
        if order.after.is_none() {
            let all = self.core.held_within(&self.core.tree().tree.root().id, None);
            let held: BTreeSet<DossierId> = all.map(|(id, _)| id).collect();
            appraiser.keep_only(|id| held.contains(id));
        }
        let held = self.core.held_within(&scope, order.after);
        let wanted: Vec<_> = held.take(PAGE + 1).collect();
        let mut page = SurveyPage { appraisals: Vec::new(), next: None };
        let (mut fresh, mut bytes): (usize, usize) = (0, 0);
        let mut last: Option<DossierId> = None;
        for (id, mark) in wanted {
            if page.appraisals.len() == PAGE || fresh == FRESH || bytes >= PAGE_BYTES {
                page.next = last;
                break;
            }
            last = Some(id);
            fresh += usize::from(appraiser.recall(&id, &mark).is_none());
            let appraisal = self.appraised(appraiser, id, mark)?;
            bytes += appraisal.as_ref().map_or(0, Packed::size);
            page.appraisals.extend(appraisal);
        }
        Ok(page)
    }
}
