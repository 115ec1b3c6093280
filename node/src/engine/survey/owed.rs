//! What is owed for all dossiers of a unit at once, for the page that people open first.

use std::collections::BTreeSet;

use config::{DataError, Files, load_calendar};
use dossier::{DossierId, Hash};
use protocol::core::Refused;

use super::super::{Engine, EngineError, account::view};
use crate::survey::{Appraiser, FRESH, Ground, OwedOf, OwedOrder, OwedPage, Packed, Tally};

/// The most dossiers whose clocks are read anew for one answer.
const COUNTED: usize = 2_000;

impl Engine {
    /// The most urgent, and how much there is of each urgency (Điều 9, 13).
    pub(in crate::engine) fn owed(
        &mut self,
        order: &OwedOrder,
    ) -> Result<Result<OwedPage, Refused>, EngineError> {
        let data =
            |error: DataError| Refused { code: "data".to_owned(), detail: error.to_string() };
        let (mut appraiser, mut tally) = match self.clocks() {
            Ok(clocks) => clocks,
            Err(error) => return Ok(Err(data(error))),
        };
        let page = self.owed_by(&mut appraiser, &mut tally, order);
        self.keep_clocks(appraiser, tally);
        page.map(Ok)
    }

    /// Who judges dossiers and who counts what is owed for them, turned to this day.
    pub(in crate::engine) fn clocks(&mut self) -> Result<(Appraiser, Tally), DataError> {
        let ground = self.ground();
        let mut appraiser = self.readers.appraiser.take().map_or_else(Appraiser::new, Ok)?;
        appraiser.turn_to(ground.day, ground.tree);
        let mut tally = std::mem::take(&mut self.readers.tally);
        if !tally.stands_on(&ground) {
            let base = load_calendar(&Files::embedded())?;
            tally.turn_to(ground, self.core.board().calendar().over(&base));
        }
        Ok((appraiser, tally))
    }

    /// For what the clocks stand at this moment.
    pub(in crate::engine) fn ground(&self) -> Ground {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let decided = self.core.board().calendar().iter().map(|(id, _)| *id).collect();
        Ground { day: seen.today(), tree: self.core.tree().version, decided }
    }

    /// Puts them back.
    pub(in crate::engine) fn keep_clocks(&mut self, appraiser: Appraiser, tally: Tally) {
        self.readers.appraiser = Some(appraiser);
        self.readers.tally = tally;
    }

    fn owed_by(
        &mut self,
        appraiser: &mut Appraiser,
        tally: &mut Tally,
        order: &OwedOrder,
    ) -> Result<OwedPage, EngineError> {
        let scope = order.scope.clone();
        let scope = scope.unwrap_or_else(|| self.core.tree().tree.root().id.clone());
        let sum = self.core.held_sum(&scope);
        if let Some(page) = tally.recall(order, &sum) {
            return Ok(page.clone());
        }
        let held: Vec<_> = self.core.held_within(&scope, None).collect();
        let (mut counted, mut fresh) = (0, 0);
        for (id, mark) in &held {
            if tally.knows(id, mark) {
                continue;
            }
            if counted == COUNTED || fresh == FRESH {
                return Ok(OwedPage { unfinished: true, ..OwedPage::default() });
            }
            counted += 1;
            fresh += usize::from(appraiser.recall(id, mark).is_none());
            self.count_dossier(appraiser, tally, *id, *mark)?;
        }
        let held: BTreeSet<DossierId> = held.into_iter().map(|(id, _)| id).collect();
        if order.scope.is_none() {
            appraiser.keep_only(|id| held.contains(id));
            tally.keep_only(&held);
        }
        let mut page = OwedPage::default();
        for (id, obligations) in tally.count(held.iter(), order, &mut page) {
            let Some(mark) = self.core.held_mark(&id) else { continue };
            let Some(appraisal) = self.appraised(appraiser, id, mark)? else { continue };
            let name = self.core.listed_name(&id, &self.store)?;
            page.of.push(OwedOf { name, appraisal, obligations });
        }
        tally.keep(order, sum, &page);
        Ok(page)
    }

    /// Reads the clocks of one dossier.
    pub(in crate::engine) fn count_dossier(
        &mut self,
        appraiser: &mut Appraiser,
        tally: &mut Tally,
        id: DossierId,
        mark: Hash,
    ) -> Result<(), EngineError> {
        let packed = self.appraised(appraiser, id, mark)?;
        if let Some(appraisal) = packed.and_then(|packed| packed.open()) {
            tally.take(mark, &appraisal);
        }
        Ok(())
    }

    /// What can be said of one dossier, judged where that is not known; `None` when it is gone.
    pub(in crate::engine) fn appraised(
        &mut self,
        appraiser: &mut Appraiser,
        id: DossierId,
        mark: Hash,
    ) -> Result<Option<Packed>, EngineError> {
        if let Some(known) = appraiser.recall(&id, &mark) {
            return Ok(Some(known.clone()));
        }
        let surveyed = self.core.survey(&id, &self.store)?;
        let tree = &self.core.tree().tree;
        Ok(surveyed.map(|it| appraiser.take(&it, mark, tree)))
    }
}
