//! The engine's dealings with rights given by document: orders, what a reading rests on, what is
//! covered in its answer, and alerts.

use dossier::{
    DossierId, RowId, UnitId,
    grant::{self, GrantAct, Scope, Shows},
};
use protocol::{
    Answer, Command, Effect, Event, Fault, Records, Table,
    core::{ListRow, Refused},
    notice::{Saying, SignedNotice},
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
use crate::{
    audit::{Caller, Claim},
    control::Response,
    grant::{
        AlertShown, Comparisons, Cover, GrantAnswer, GrantOrder, GrantShown, Importer, Passage,
        Watch,
    },
};

/// Whose input is being taken, what was said with it, and what came of that.
#[derive(Debug, Default)]
pub(super) struct Sitting {
    pub(super) claim: Claim,
    /// Whether it is for a person, at the control socket or at a page: what programs inside ask is
    /// not covered.
    pub(super) outside: bool,
    pub(super) passage: Passage,
    importer: Importer,
    comparisons: Comparisons,
    /// Whether an import compares a dossier that its list named.
    compares: bool,
    /// Openings and copies of the last hour.
    pub(super) watch: Watch,
}

impl Sitting {
    /// The next input begins.
    pub(super) fn begin(&mut self, caller: &Caller, bearer: Option<&String>) {
        self.claim = caller.claim.clone();
        self.outside = caller.is_person();
        self.passage = Passage::default();
        self.importer = (caller.account, bearer.cloned());
        self.compares = false;
    }

    /// Notes what an import found, which it may then compare.
    pub(super) fn note_found(&mut self, answer: &Answer) {
        if self.claim.comparing {
            self.comparisons.note(&self.importer, answer);
        }
    }

    /// Whether an import compares a dossier: that is part of the import, which is recorded.
    pub(super) fn compares(&self) -> bool {
        self.compares
    }

    /// Who says to be acting, where nobody is signed in.
    pub(super) fn person(&self) -> String {
        self.claim.person.clone()
    }

    /// What the reading rests on.
    pub(super) fn passage(&self) -> &Passage {
        &self.passage
    }

    /// Whether what is sensitive was shown on purpose.
    pub(super) fn unmasked(&self) -> bool {
        self.claim.unmask || self.passage.uncovers
    }
}

impl Engine {
    /// The person the input claims to be.
    pub(super) fn claimed(&self) -> &str {
        &self.sitting.claim.person
    }

    /// What a reading needs beside the session's right: a purpose, where it uncovers what is
    /// sensitive, and a document, where `refused` says that it lies outside the person's reach.
    pub(super) fn open_reading(
        &mut self,
        command: &Command,
        refusal: Option<Refused>,
    ) -> Result<Result<(), Refused>, EngineError> {
        let (dossier, place) = match command {
            Command::Show(dossier) | Command::Chronicle(dossier) => (Some(dossier), None),
            Command::History(dossier, place) => (Some(dossier), Some(place)),
            Command::Attachments(dossier) | Command::ReadAttachment { dossier, .. } => {
                (Some(dossier), None)
            }
            Command::Conflicts => (None, None),
            _ => return Ok(refusal.map_or(Ok(()), Err)),
        };
        if self.sitting.claim.comparing {
            let Sitting { comparisons, importer, .. } = &self.sitting;
            let compared = match command {
                Command::Show(dossier) | Command::History(dossier, _) => Some(dossier),
                _ => None,
            };
            if !compared.is_some_and(|dossier| comparisons.allows(importer, dossier)) {
                return Ok(Err(refused("request", "no list named this dossier")));
            }
            self.sitting.compares = true;
        }
        if self.sitting.claim.unmask && self.sitting.claim.purpose.is_empty() {
            return Ok(Err(refused("purpose-needed", "nothing was said")));
        }
        if let Some(refusal) = refusal {
            let Some(dossier) = dossier.filter(|_| is_of_reach(&refusal)) else {
                return Ok(Err(refusal));
            };
            let seen = view(&self.core, &self.store, self.environment.clock.now());
            let (token, document) = (self.bearer.as_ref(), &self.sitting.claim.document);
            let grants = self.core.board().grants();
            let opened = self.porter.open_by_document(seen, token, dossier, document, grants)?;
            match opened {
                Ok(passage) => self.sitting.passage = passage,
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        if let (Some(place), Some(sections)) = (place, &self.sitting.passage.sections)
            && !crate::grant::is_within(&place.field, sections)
        {
            return Ok(Err(refused("consent-section", &place.field)));
        }
        self.sitting.passage.place = place.cloned();
        match command {
            Command::ReadAttachment { dossier, row } => self.open_file(dossier, *row),
            _ => Ok(Ok(())),
        }
    }

    /// Judges a reading of a file by what the file tells of (Điều 5, 8.1). One that is unknown is
    /// for the core to refuse.
    fn open_file(
        &mut self,
        dossier: &DossierId,
        row: RowId,
    ) -> Result<Result<(), Refused>, EngineError> {
        let Some(file) = self.core.attachment(dossier, row, &self.store)? else {
            return Ok(Ok(()));
        };
        let sections = crate::grant::sections_of(&file);
        if !self.sitting.passage.opens(&sections) {
            return Ok(Err(refused("consent-section", "attachment")));
        }
        self.sitting.passage.uncovers = crate::grant::is_sensitive_scan(&file);
        let silent = self.sitting.outside && self.sitting.claim.purpose.is_empty();
        if self.sitting.passage.uncovers && silent {
            return Ok(Err(refused("purpose-needed", "nothing was said")));
        }
        Ok(Ok(()))
    }

    /// Covers what is not to be shown in the answers that wait since `before`.
    pub(super) fn cover_answers(&mut self, before: usize) {
        let Sitting { claim, outside, passage, compares, .. } = &self.sitting;
        let cover = Cover { passage, sensitive: *outside && !claim.unmask && !compares };
        for pending in &mut self.pending[before..] {
            if let Pending::Effect(Effect::Answer { answer, .. }) = pending {
                cover.draw_over(answer);
            }
        }
    }

    /// Signs and keeps a notice; the refusal, where it is not taken.
    pub(super) fn say(
        &mut self,
        saying: Saying,
    ) -> Result<Result<dossier::Hash, Refused>, EngineError> {
        let notice = self.core.notice(self.environment.clock.now(), saying);
        let signed = SignedNotice::issue(notice, &self.crypto);
        let id = signed.id();
        let before = self.pending.len();
        // Request 0 is nobody's: the board is the answer.
        let command = Box::new(Command::Notices(vec![signed]));
        self.decide(Event::Command { request: 0, command })?;
        let why = self.pending[before..].iter().find_map(|pending| match pending {
            Pending::Effect(Effect::Answer { request: 0, answer }) => match answer.as_ref() {
                Answer::Refused(refusal) => Some(refusal.clone()),
                _ => None,
            },
            _ => None,
        });
        Ok(why.map_or(Ok(id), Err))
    }

    /// An order or a question about grants.
    pub(super) fn order_grant(
        &mut self,
        order: GrantOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let outcome = match order {
            GrantOrder::Act(act) => self.act_on_grants(*act)?,
            GrantOrder::Alerts => Ok(GrantAnswer::Alerts(self.alerts()?)),
            GrantOrder::Inspect(act) => self.act_on_inspection(*act)?,
            GrantOrder::Deliver(notices) => self.deliver_notices(notices)?,
            GrantOrder::Purpose(purpose) => {
                let noted = self.porter.note_purpose(self.bearer.as_ref(), &purpose);
                if noted { Ok(GrantAnswer::Noted) } else { Err(refused("session-needed", "none")) }
            }
            question => self.answer_about_grants(question)?,
        };
        let response = outcome.map_or_else(Response::Refused, Response::Grant);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn act_on_grants(
        &mut self,
        mut act: GrantAct,
    ) -> Result<Result<GrantAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let token = self.bearer.as_ref();
        let officer = match self.porter.officer(seen, token, &self.sitting.claim.person)? {
            Ok(officer) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let today = self.porter.today(seen)?;
        act.set_by(officer);
        if let GrantAct::Give(giving) = &mut act
            && let Err(refusal) = self.fill_units(&mut giving.scope)?
        {
            return Ok(Err(refusal));
        }
        let judged = grant::judge_days(&act, self.core.board().grants(), today);
        if let Err(fault) = judged {
            return Ok(Err(refused("grant-rule", fault)));
        }
        let about = act.grant();
        let said = self.say(Saying::Grant(Box::new(act)))?;
        Ok(said.map(|id| {
            let id = about.unwrap_or(id);
            let grant = self.core.board().grants().get(&id);
            let standing = grant.map_or("", |grant| grant.standing(today)).to_owned();
            GrantAnswer::Acted { id, standing }
        }))
    }

    /// Names the units that keep the listed dossiers, where none are named.
    fn fill_units(&self, scope: &mut Scope) -> Result<Result<(), Refused>, Fault> {
        if !scope.units.is_empty() {
            return Ok(Ok(()));
        }
        for dossier in &scope.dossiers {
            match self.custodian(dossier)? {
                Some(unit) => scope.units.insert(unit),
                None => return Ok(Err(refused("unknown-dossier", dossier))),
            };
        }
        Ok(Ok(()))
    }

    fn custodian(&self, dossier: &DossierId) -> Result<Option<UnitId>, Fault> {
        let row = self.store.get(Table::Listing, dossier.as_bytes())?;
        row.map(|bytes| ListRow::decode(&bytes).map(|row| row.unit)).transpose()
    }

    fn answer_about_grants(
        &mut self,
        question: GrantOrder,
    ) -> Result<Result<GrantAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        if let Err(refusal) = self.porter.open_records(seen, self.bearer.as_ref())? {
            return Ok(Err(refusal));
        }
        let today = self.porter.today(seen)?;
        let grants = self.core.board().grants();
        let shows = Shows { accounts: seen.accounts, grants, tree: seen.tree, today };
        Ok(match question {
            GrantOrder::Who(dossier) => match self.custodian(&dossier)? {
                Some(unit) => {
                    let access = grant::who(&dossier, &unit, shows);
                    Ok(GrantAnswer::Who { unit, access })
                }
                None => Err(refused("unknown-dossier", dossier)),
            },
            GrantOrder::What(login) => Ok(GrantAnswer::What(shows.what(&login))),
            GrantOrder::Papers(after) => self.notice_papers(after)?,
            GrantOrder::Findings => Ok(GrantAnswer::Findings(self.findings_shown())),
            _ => Ok(GrantAnswer::List(
                grants.iter().map(|(id, grant)| shown(*id, grant, today)).collect(),
            )),
        })
    }

    pub(super) fn alerts(&mut self) -> Result<Vec<AlertShown>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let named = self.porter.open_records(seen, self.bearer.as_ref())?.is_ok();
        let mut alerts: Vec<AlertShown> = self
            .core
            .board()
            .alerts()
            .map(|(_, kept)| AlertShown {
                unit: kept.unit.clone(),
                at: kept.at,
                kind: kept.alert.kind,
                person: if named { kept.alert.person.clone() } else { String::new() },
            })
            .collect();
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.at));
        Ok(alerts)
    }
}

/// The dossier into which an order looks.
pub(super) fn opens(command: &Command) -> Option<&DossierId> {
    match command {
        Command::Show(dossier)
        | Command::History(dossier, _)
        | Command::Attachments(dossier)
        | Command::ReadAttachment { dossier, .. } => Some(dossier),
        _ => None,
    }
}

/// A grant with what is left of it.
fn shown(id: dossier::Hash, grant: &grant::Grant, today: grant::Today) -> GrantShown {
    let (giving, terms) = (&grant.giving, &grant.terms);
    // Every list must cover: what is in the smallest is what people want to see first.
    let units = terms.units.iter().min_by_key(|list| list.len()).cloned().unwrap_or_default();
    GrantShown {
        id,
        kind: giving.kind,
        unit: grant.origin.unit.clone(),
        document: giving.document.clone(),
        issuer: giving.issuer.clone(),
        by: giving.by.clone(),
        grantee: giving.grantee.clone(),
        scope: Scope {
            units,
            dossiers: terms.dossiers.clone().unwrap_or_default(),
            sections: terms.sections.clone().unwrap_or_default(),
        },
        period: terms.period,
        purpose: giving.purpose.clone(),
        standing: grant.standing(today).to_owned(),
    }
}

/// Whether a document may open what was refused: the dossier lies outside the person's reach, or
/// she reads by missions alone.
fn is_of_reach(refusal: &Refused) -> bool {
    matches!(refusal.code.as_str(), "account-scope" | "foreign_unit" | "mission_required")
}

fn refused(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
