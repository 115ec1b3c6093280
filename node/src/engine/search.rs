//! The engine's answers to searches and tables: page by page over the index in memory.

use dossier::{DossierId, FieldId, Hash, permission::Action};
use protocol::core::Refused;
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view, survey::Readers};
use crate::{
    audit::{Caller, Deed},
    control::Response,
    grant::{is_sensitive, is_table},
    search::{Axis, HITS_MAX, Index, Looker, SearchOrder, SearchPage, Wanted},
    survey::Ground,
};

/// The most dossiers looked at for one page.
const LOOKED_MAX: u32 = 5_000;

/// The most dossiers that are read for one page: whoever else waits has her turn then.
const READ_MAX: usize = 20;

/// How far a node has read its dossiers while nobody asked it for anything.
#[derive(Debug, Default)]
pub(super) enum Warmth {
    /// Nothing was read.
    #[default]
    Cold,
    /// This one was read last.
    After(DossierId),
    /// All were, on this ground; what changes is read when somebody asks.
    Warm(Ground),
}

impl Engine {
    /// A page of what was found, recorded before it leaves (Điều 5.1, 12.1).
    pub(super) fn take_search(
        &mut self,
        order: &SearchOrder,
        reply: oneshot::Sender<Response>,
        caller: &Caller,
    ) -> Result<(), EngineError> {
        let mut found = self.search(order)?;
        let deed = Deed::of_search(order, caller, &found, &self.audit.key);
        let (person, recorded) = match deed {
            Some((person, record)) => (person, self.record(record)),
            None => (caller.claim.person.clone(), Ok(())),
        };
        match recorded {
            Err(EngineError::Store(error)) if error.is_disk_full() => {
                let response = super::refused("disk-full", "no room to record it");
                self.pending.push(Pending::Respond(reply, response));
                return Ok(());
            }
            outcome => outcome?,
        }
        if let Ok(page) = &mut found {
            page.taken = Some(self.taken(&person, caller, caller.claim.document.clone()));
        }
        let response = found.map_or_else(Response::Refused, |page| Response::Found(Box::new(page)));
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    /// Reads a dossier for searches and home pages to come, while nobody waits; whether there may be
    /// more to read. One that cannot be read is told to whoever asks for it. A new day begins anew:
    /// its clocks stand elsewhere.
    pub fn warm(&mut self) -> bool {
        let ground = self.ground();
        let after = match &self.readers.warmth {
            Warmth::Cold => None,
            Warmth::After(dossier) => Some(*dossier),
            Warmth::Warm(of) if *of == ground => return false,
            Warmth::Warm(_) => None,
        };
        let root = self.core.tree().tree.root().id.clone();
        let next = self.core.held_within(&root, after).next();
        let Some((id, mark)) = next else {
            self.readers.warmth = Warmth::Warm(ground);
            return false;
        };
        if let Err(error) = self.warm_up(id, mark) {
            tracing::debug!(dossier = %id, %error, "not read before it is asked for");
        }
        self.readers.warmth = Warmth::After(id);
        true
    }

    /// Reads one dossier for whatever asks about all of them.
    fn warm_up(&mut self, id: DossierId, mark: Hash) -> anyhow::Result<()> {
        let mut index = self.readers.index()?;
        let known = index.knows(&id, &mark);
        let surveyed = if known { Ok(None) } else { self.core.survey(&id, &self.store) };
        if let Ok(Some(surveyed)) = &surveyed {
            index.take(surveyed.into(), mark);
        }
        self.readers.index = Some(index);
        let surveyed = surveyed?;
        let (mut appraiser, mut tally) = self.clocks()?;
        if let Some(surveyed) = surveyed.filter(|_| appraiser.recall(&id, &mark).is_none()) {
            appraiser.take(&surveyed, mark, &self.core.tree().tree);
        }
        let counted = match tally.knows(&id, &mark) {
            true => Ok(()),
            false => self.count_dossier(&mut appraiser, &mut tally, id, mark),
        };
        self.keep_clocks(appraiser, tally);
        Ok(counted?)
    }

    fn search(&mut self, order: &SearchOrder) -> Result<Result<SearchPage, Refused>, EngineError> {
        let claim = &self.sitting.claim;
        let unmask = !self.sitting.outside || claim.unmask;
        if claim.unmask && claim.purpose.is_empty() {
            return Ok(Err(no("purpose-needed", "nothing was said")));
        }
        if let Err(refusal) = judge(order, unmask) {
            return Ok(Err(refusal));
        }
        let action = match order.wanted {
            Wanted::Hits(_) => Action::Search,
            Wanted::Table { .. } => Action::Statistics,
        };
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let scope = match self.porter.search_scope(seen, self.bearer.as_ref(), &action)? {
            Ok(scope) => scope,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let wanted = order.unit.as_ref();
        let within = |wanted| scope.iter().any(|root| seen.tree.is_within(wanted, root));
        if let Some(unit) = wanted.filter(|wanted| !within(*wanted)) {
            return Ok(Err(no("account-scope", unit)));
        }
        let mut index = match self.readers.index() {
            Ok(index) => index,
            Err(error) => return Ok(Err(no("data", error))),
        };
        let page = SearchPage { scope, ..SearchPage::default() };
        let page = self.search_by(&mut index, order, page, unmask);
        self.readers.index = Some(index);
        page.map(Ok)
    }

    fn search_by(
        &mut self,
        index: &mut Index,
        order: &SearchOrder,
        mut page: SearchPage,
        unmask: bool,
    ) -> Result<SearchPage, EngineError> {
        let tree = self.core.tree().tree.clone();
        let scope = page.scope.clone();
        let looker = Looker { scope: &scope, unit: order.unit.as_ref(), tree: &tree, unmask };
        let root = tree.root().id.clone();
        if order.after.is_none() {
            index.keep_only(&self.core.held_within(&root, None).collect::<Vec<_>>());
        }
        let wanted: Vec<_> =
            self.core.held_within(&root, order.after).take(LOOKED_MAX as usize + 1).collect();
        let (mut fresh, mut last): (usize, Option<DossierId>) = (0, None);
        for (id, mark) in wanted {
            let full = match order.wanted {
                Wanted::Hits(most) => page.hits.len() >= most.min(HITS_MAX) as usize,
                Wanted::Table { .. } => false,
            };
            if full || fresh == READ_MAX || page.looked == LOOKED_MAX {
                page.next = last;
                break;
            }
            last = Some(id);
            if !index.knows(&id, &mark) {
                fresh += 1;
                let Some(surveyed) = self.core.survey(&id, &self.store)? else { continue };
                index.take((&surveyed).into(), mark);
            }
            page.looked += 1;
            match &order.wanted {
                Wanted::Hits(_) => page.hits.extend(index.find(&id, &order.query, &looker)),
                Wanted::Table { rows, columns } => {
                    let axes = (rows, columns.as_ref());
                    if let Some((rows, columns)) = index.sides(&id, &order.query, axes, &looker) {
                        page.table.count(&rows, &columns);
                    }
                }
            }
        }
        Ok(page)
    }
}

impl Readers {
    /// The index, taken out, or an empty one.
    fn index(&mut self) -> Result<Index, config::DataError> {
        self.index.take().map_or_else(Index::new, Ok)
    }
}

/// What is asked of a field that is covered is refused: an empty answer would tell something too.
fn judge(order: &SearchOrder, unmask: bool) -> Result<(), Refused> {
    if !order.query.is_well_formed() {
        return Err(no("search-form", "a word or a condition is empty or too long"));
    }
    let asked = order.query.criteria.iter().map(|criterion| &criterion.field);
    let along = |axis: &'_ Axis| match axis {
        Axis::Field(field) => Some(field.clone()),
        Axis::Unit => None,
    };
    let axes = match &order.wanted {
        Wanted::Table { rows, columns } => {
            [along(rows), columns.as_ref().and_then(along)].into_iter().flatten().collect()
        }
        Wanted::Hits(_) => Vec::new(),
    };
    // Of a table each column is covered by itself.
    let covered = |field: &&FieldId| !is_table(field) && is_sensitive(field);
    let covered = asked.chain(&axes).find(covered);
    match covered.filter(|_| !unmask) {
        Some(field) => Err(no("search-covered", field)),
        None => Ok(()),
    }
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
