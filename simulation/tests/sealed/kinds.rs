//! Canaries beside the fields: in files and what is said of them, in rights given by document, in
//! accounts, and in what people say when they look.

use std::collections::BTreeSet;

use dossier::account::{AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights};
use dossier::attachment::{Description, Kind, Secrecy};
use dossier::grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope};
use dossier::validity::Validity;
use dossier::{DossierId, Hash, PartialDate, Role, RowId, Timestamp};
use node::account::{AccountAnswer, AccountOrder};
use node::audit::{Caller, Claim};
use node::control::{AttachmentAnswer, AttachmentOrder, NewAttachment, Request, Response};
use node::grant::{GrantAnswer, GrantOrder};
use node::node::Node;
use protocol::account::SignedAccountEntry;
use protocol::{Answer, Command};
use serde_bytes::ByteBuf;
use tokio::runtime::Runtime;

use super::{Canaries, meta, order, order_as};

/// Strings that [`accounts`] draws, once.
pub(crate) const IN_ACCOUNTS: usize = 5;
/// Strings that [`write`] draws, each time.
pub(crate) const WRITTEN: usize = 16;

fn paper(canaries: &mut Canaries) -> Paper {
    Paper { number: canaries.next(), signed_on: PartialDate::day(2026, 1, 5).expect("a day") }
}

fn account(node: &mut Node, runtime: &Runtime, order_: AccountOrder) -> AccountAnswer {
    match order(node, runtime, Request::Account(order_)) {
        Response::Account(answer) => answer,
        other => panic!("another answer: {other:?}"),
    }
}

/// Sở Nội vụ gives another district an account and a person; the papers that say so.
pub(crate) fn accounts(
    office: &mut Node,
    runtime: &Runtime,
    canaries: &mut Canaries,
) -> Vec<SignedAccountEntry> {
    let unit = || "d151".parse().expect("a unit");
    let signed_on = PartialDate::day(2026, 1, 5).expect("a day");
    let delegated =
        AccountAct::DelegateAdministration { document: paper(canaries), scope: canaries.next() };
    let rights = Rights { acts: [Right::Read, Right::Enter].into(), ..Rights::default() };
    let issued = AccountAct::Issue { unit: unit(), rights, agreement: None };
    let assigned = AccountAct::Assign(Assigning {
        unit: unit(),
        person: Person {
            login: "tu.hv".parse().expect("a login"),
            full_name: canaries.next(),
            role: Role::Clerk,
        },
        decision: Decision { number: canaries.next(), signed_on, issuer: canaries.next() },
        validity: Validity::ALWAYS,
        activation: Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) },
    });
    for act in [delegated, issued, assigned] {
        account(office, runtime, AccountOrder::Act(Box::new(act)));
    }
    match account(office, runtime, AccountOrder::Papers(0)) {
        AccountAnswer::Papers(papers) => papers,
        other => panic!("another answer: {other:?}"),
    }
}

/// Takes the papers of accounts, gives a right, looks into the dossier, and attaches a file to it.
pub(crate) fn write(
    node: &mut Node,
    runtime: &Runtime,
    canaries: &mut Canaries,
    (dossier, papers): (DossierId, &[SignedAccountEntry]),
) -> RowId {
    account(node, runtime, AccountOrder::Deliver(papers.to_vec()));
    let giving = Giving {
        kind: GrantKind::Consent,
        document: paper(canaries),
        issuer: canaries.next(),
        by: Officer { full_name: "-".to_owned(), login: None },
        grantee: Grantee::Outsider { full_name: canaries.next(), papers: canaries.next() },
        scope: Scope { dossiers: BTreeSet::from([dossier]), ..Scope::default() },
        period: Period {
            from: PartialDate::day(2026, 1, 5).expect("a day"),
            to: PartialDate::day(2026, 1, 20).expect("a day"),
        },
        purpose: canaries.next(),
    };
    let act = Request::Grant(GrantOrder::Act(Box::new(GrantAct::Give(giving))));
    let claim = Claim { person: canaries.next(), ..Claim::default() };
    let given = order_as(node, runtime, Caller { claim, ..Caller::default() }, act);
    assert!(matches!(given, Response::Grant(GrantAnswer::Acted { .. })), "{given:?}");

    let claim = Claim {
        person: canaries.next(),
        purpose: canaries.next(),
        document: canaries.next(),
        ..Claim::default()
    };
    let caller = Caller { claim, ..Caller::default() };
    let shown = order_as(node, runtime, caller, Request::Core(Command::Show(dossier)));
    assert!(matches!(shown, Response::Core(Answer::Shown(_))), "{shown:?}");
    attach(node, runtime, canaries, dossier)
}

fn attach(
    node: &mut Node,
    runtime: &Runtime,
    canaries: &mut Canaries,
    dossier: DossierId,
) -> RowId {
    let text = canaries.next().repeat(1_000);
    let file = format!(
        "%PDF-1.7\n1 0 obj\n<</Type /Page>>\nstream\n{text}\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    );
    let mut hand = |order_: AttachmentOrder| match order(node, runtime, Request::Attachment(order_))
    {
        Response::Attachment(answer) => answer,
        other => panic!("another answer: {other:?}"),
    };
    let begun = hand(AttachmentOrder::Begin { size: file.len() as u64 });
    let AttachmentAnswer::Begun { file: number } = begun else { panic!("{begun:?}") };
    hand(AttachmentOrder::Piece { file: number, bytes: ByteBuf::from(file.into_bytes()) });
    let description = Description {
        kind: Kind::Health,
        number: canaries.next(),
        issued_on: None,
        issuer: canaries.next(),
        title: canaries.next(),
        links: BTreeSet::new(),
        secrecy: Secrecy::Open,
    };
    let name = format!("{}.pdf", canaries.next());
    let new = Box::new(NewAttachment { dossier, name, description, meta: meta(canaries, false) });
    let attached = hand(AttachmentOrder::Attach { file: number, new });
    let AttachmentAnswer::Attached { row, .. } = attached else { panic!("{attached:?}") };
    row
}
