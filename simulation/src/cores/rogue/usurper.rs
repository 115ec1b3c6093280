//! Lies about rights: verdicts on its own entries, closings without a decision, entries and papers in
//! the name of the body above.

use std::collections::BTreeSet;

use dossier::{
    Edit, LegalBasis, Review, Role, RowId, Timestamp,
    account::Paper,
    docket::{Event, Ruling, Status, Verdict},
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use protocol::{
    authoring,
    envelope::Meta,
    notice::{Posting, Saying, SignedNotice},
    parcel::Parcel,
    wire::Frame,
};

use super::Loot;
use crate::cores::province::{grounds, meta};
use crate::cores::world::World;

impl Loot {
    fn put_row(
        &mut self,
        world: &World,
        table: &str,
        cells: std::collections::BTreeMap<String, dossier::Value>,
        meta: &Meta,
    ) -> Option<Parcel> {
        let mut row = [9; 16];
        row[..8].copy_from_slice(&self.luck.to_le_bytes());
        let edits = [Edit::PutRow { table: table.to_owned(), row: RowId::from_bytes(row), cells }];
        let (pen, key) = (self.pen(world), &world.nodes[self.place].key);
        authoring::edit(&mut self.opened, &edits, meta, pen, key).ok()
    }

    /// What it entered, approved by the same person.
    pub(super) fn approving_its_own(&mut self, world: &World) -> Option<Parcel> {
        let own = self.author(world).node;
        let entered = self.opened.document.changes().filter_map(|change| {
            let (author, meta) = self.opened.provenance(change)?;
            (author.node == own).then(|| (change.hash, meta.person.clone()))
        });
        let (change, person) = entered.last()?;
        let verdict = Verdict {
            change,
            item: None,
            ruling: Ruling::Approved,
            reason: String::new(),
            replaces: BTreeSet::new(),
        };
        let meta = Meta {
            person,
            role: Role::Approver,
            basis: LegalBasis::Office,
            review: Review::NotRequired,
        };
        self.put_row(world, "reviews", verdict.cells(), &meta)
    }

    /// Somebody retires by a clerk's word.
    pub(super) fn closing_without_a_decision(&mut self, world: &World) -> Option<Parcel> {
        let effective_on = "1970-01-05".parse().ok()?;
        let event =
            Event::Became { status: Status::Retired, effective_on, reason: "kẻ gian".to_owned() };
        let clerk = self.luck.is_multiple_of(2);
        let meta = match clerk {
            true => Meta { basis: grounds(false), ..meta("kẻ gian") },
            false => Meta { role: Role::Approver, ..meta("kẻ gian") },
        };
        self.put_row(world, "statuses", event.cells(), &meta)
    }

    /// A dossier of the body above, which let nobody enter, or did and wants to review it.
    pub(super) fn entering_for_the_body(&mut self, world: &World) -> Option<Parcel> {
        let mut id = [8; 16];
        id[..8].copy_from_slice(&self.luck.to_le_bytes());
        let edits = [super::set("full_name", "người không có thật")];
        let key = &world.nodes[self.place].key;
        let made = authoring::create(
            dossier::DossierId::from_bytes(id),
            world.nodes[self.upper].identity.unit.clone(),
            "2c-bnv-2008",
            &edits,
            &meta("kẻ gian"),
            self.pen(world),
            key,
        );
        made.ok().map(|(_, parcel)| parcel)
    }

    /// A delegation to itself: `forged` in the name of the body above, or in its own.
    pub(super) fn false_right(&self, world: &World, forged: bool) -> Vec<Vec<u8>> {
        let (own, upper) = (&world.nodes[self.place], &world.nodes[self.upper]);
        let day = |text: &str| text.parse().expect("a day");
        let giving = Giving {
            kind: GrantKind::Delegation,
            document: Paper { number: "1/QĐ".to_owned(), signed_on: day("1970-01-01") },
            issuer: "kẻ gian".to_owned(),
            by: Officer { full_name: "kẻ gian".to_owned(), login: None },
            grantee: Grantee::Unit(own.identity.unit.clone()),
            scope: Scope {
                units: BTreeSet::from([upper.identity.unit.clone()]),
                ..Scope::default()
            },
            period: Period { from: day("1970-01-01"), to: day("1970-01-28") },
            purpose: format!("kẻ gian {}", self.luck),
        };
        let saying = Saying::Grant(Box::new(GrantAct::Give(giving)));
        let mut notice = own.core.notice(Timestamp::from_millis(world.now), saying);
        if forged {
            notice.node = upper.identity.node;
        }
        let signed = SignedNotice::issue(notice, &own.key);
        vec![Frame::Notices(Posting::Some(vec![signed])).encode()]
    }
}
