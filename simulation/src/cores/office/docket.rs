//! What is done with dossiers: verdicts, phiếu, statuses, comparisons with the paper.

use std::collections::BTreeMap;

use dossier::{
    DossierId, Edit, LegalBasis, Review, Role, RowId,
    attachment::Link,
    docket::{Comparison, Event, FormVersion, Match, Sheet, Status},
};
use protocol::{Answer, Command, core::DocketOrder, envelope::Meta};

use crate::checker::authority::Deed;
use crate::cores::life::Life;
use crate::cores::province::{HUYEN, PROVINCE, SO, grounds, set};

impl Life {
    /// Somebody gives a verdict on what was entered.
    pub(super) fn review(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let body = match self.luck.below(4) {
            0 | 1 => SO,
            2 => HUYEN,
            _ => self.writer(&dossier),
        };
        let Some(place) = self.successor(body) else { return };
        let Some(reading) = self.read(place, &dossier) else { return };
        let entered: Vec<_> =
            reading.cases.all.iter().filter(|it| it.deed.verdicts.is_empty()).collect();
        let Some(case) = entered.get(self.luck.below(entered.len() as u64) as usize) else {
            return;
        };
        let change = case.change;
        let role = if self.luck.below(5) == 0 { Role::Clerk } else { Role::Approver };
        let mut meta = self.person(place, role);
        if self.luck.below(4) == 0 {
            meta.person.clone_from(&case.meta.person);
        }
        meta.basis = LegalBasis::Office;
        let approve = self.luck.below(3) > 0;
        let reason = self.token();
        let order =
            DocketOrder::Judge { change, items: Vec::new(), approve, reason: reason.clone() };
        let deed = Deed { verdicts: [change].into(), ..Deed::default() };
        self.order_in_docket(place, dossier, (&meta, deed), Some(reason), order);
    }

    fn order_in_docket(
        &mut self,
        place: usize,
        dossier: DossierId,
        (meta, deed): (&Meta, Deed),
        token: Option<String>,
        order: DocketOrder,
    ) -> Option<Answer> {
        let command = Command::Docket { dossier, order: Box::new(order), meta: meta.clone() };
        self.act(place, dossier, (meta, deed), token, command)
    }

    /// Somebody submits a phiếu, or feeds a dossier from one.
    pub(super) fn deal_with_forms(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let place = self.writer(&dossier);
        let Some(reading) = self.read(place, &dossier) else { return };
        let version = reading.forms.get(self.luck.below(reading.forms.len() as u64) as usize);
        match version {
            Some(version) if self.luck.below(2) == 0 => self.feed(place, dossier, *version),
            _ => self.submit(place, dossier),
        }
    }

    fn submit(&mut self, place: usize, dossier: DossierId) {
        let mut sheet = Sheet::default();
        let token = self.token();
        let field = ["phone", "main_post"][self.luck.below(2) as usize];
        sheet.write(set(field, &token));
        let campaign = if self.luck.below(2) == 0 { self.some_campaign() } else { None };
        let (staff_type, number) = ("cong_chuc".to_owned(), 0);
        let version = FormVersion { number, staff_type, campaign, guided_on: None, sheet };
        let mut meta = self.person(place, Role::Clerk);
        meta.review = Review::Awaiting;
        if self.luck.below(6) > 0 {
            meta.basis = grounds(true);
        }
        let deed = Deed { forms: true, ..Deed::default() };
        let order = DocketOrder::Submit(Box::new(version));
        let answer = self.order_in_docket(place, dossier, (&meta, deed), Some(token), order);
        // Another person looks at it at once, or later, or never.
        if let Some(Answer::Edited { change, .. }) = answer
            && self.luck.below(2) == 0
        {
            let mut meta = self.person(place, Role::Approver);
            meta.person = "người duyệt".to_owned();
            meta.basis = LegalBasis::Office;
            let reason = self.token();
            let deed = Deed { verdicts: [change].into(), ..Deed::default() };
            let order = DocketOrder::Judge {
                change,
                items: Vec::new(),
                approve: true,
                reason: reason.clone(),
            };
            self.order_in_docket(place, dossier, (&meta, deed), Some(reason), order);
        }
    }

    /// What was accepted of a phiếu is put in: one change for each side, judged as they stand in the
    /// end.
    fn feed(&mut self, place: usize, dossier: DossierId, version: RowId) {
        let meta = Meta { basis: grounds(true), ..self.person(place, Role::Clerk) };
        let order = DocketOrder::Feed { version, decided: Some(grounds(false)) };
        let fate = self.fate();
        let written = self.written_at(place);
        let command = Command::Docket { dossier, order: Box::new(order), meta };
        let answer = self.world.try_order(place, command, fate);
        if let Some(Answer::EditedAll(all)) = answer {
            self.chronicle.written.extend(all.into_iter().map(|(_, it)| (it, written)));
        }
        self.judge_crash(place, fate);
    }

    /// Somebody leaves, comes back, serves elsewhere; or a dossier is taken out of sight.
    pub(super) fn record_status(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        if self.luck.below(4) == 0 {
            return self.take_away(dossier);
        }
        let place = self.writer(&dossier);
        let reason = self.token();
        let status =
            [Status::Retired, Status::Resigned, Status::Working, Status::Working, Status::Seconded];
        let status = status[self.luck.below(5) as usize];
        let effective_on = super::notices::day(1 + self.luck.below(20));
        let event = Event::Became { status, effective_on, reason: reason.clone() };
        let role = if self.luck.below(5) == 0 { Role::Clerk } else { Role::Approver };
        let mut meta = self.person(place, role);
        if self.luck.below(6) > 0 {
            meta.basis = grounds(false);
        }
        self.enter_row(place, dossier, &meta, ("statuses", event.cells()), Some(reason));
    }

    /// Điều 12.2: an officer of tier 3 proposes, another agrees, any brings back.
    fn take_away(&mut self, dossier: DossierId) {
        let place = if self.luck.below(6) == 0 { self.writer(&dossier) } else { PROVINCE };
        let Some(reading) = self.read(place, &dossier) else { return };
        let proposals = reading.cases.all.iter().filter(|case| case.deed.proposes);
        let proposals: Vec<_> = proposals.map(|case| case.change).collect();
        let reason = self.token();
        let proposal = proposals.get(self.luck.below(proposals.len() as u64) as usize).copied();
        let (event, token) = match (self.luck.below(3), proposal) {
            (0, Some(proposal)) | (1, Some(proposal)) => (Event::Removed { proposal }, None),
            (_, Some(_)) => (Event::Restored { reason: reason.clone() }, Some(reason)),
            (_, None) => (Event::RemovalProposed { reason: reason.clone() }, Some(reason)),
        };
        let role = if place == PROVINCE { Role::Administrator } else { Role::Approver };
        let meta = Meta { basis: grounds(false), ..self.person(place, role) };
        self.enter_row(place, dossier, &meta, ("statuses", event.cells()), token);
    }

    /// Somebody compares a dossier with its paper, or says why something was late.
    pub(super) fn compare_with_paper(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let place = self.writer(&dossier);
        let token = self.token();
        let meta = Meta { basis: LegalBasis::Office, ..self.person(place, Role::Clerk) };
        if self.luck.below(5) == 0 {
            let obligation = dossier::Hash::of(token.as_bytes());
            let event = Event::Explained { obligation, reason: token.clone() };
            return self.enter_row(place, dossier, &meta, ("statuses", event.cells()), Some(token));
        }
        let name = Link::Field("full_name".parse().expect("a field"));
        let found = Match::ALL[self.luck.below(3) as usize];
        let items = BTreeMap::from([(name, found)]);
        let comparison = Comparison { reference: token.clone(), items, ..Comparison::default() };
        self.enter_row(place, dossier, &meta, ("parities", comparison.cells()), Some(token));
    }

    fn enter_row(
        &mut self,
        place: usize,
        dossier: DossierId,
        meta: &Meta,
        (table, cells): (&str, BTreeMap<String, dossier::Value>),
        token: Option<String>,
    ) {
        let row = self.fresh_row();
        let edits = vec![Edit::PutRow { table: table.to_owned(), row, cells }];
        let deed = Deed::of(false, &edits);
        let command = Command::Edit { dossier, edits, meta: meta.clone() };
        self.act(place, dossier, (meta, deed), token, command);
    }

    /// The key of a row that is nowhere yet.
    pub(super) fn fresh_row(&mut self) -> RowId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.luck.next_u64().to_le_bytes());
        RowId::from_bytes(bytes)
    }
}
