//! The account list: it reaches everyone in any order of things, and nothing foreign enters it.

use dossier::{
    Hash, Timestamp,
    account::{
        AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights, Standing,
    },
    validity::{Validity, first_day},
};
use protocol::{
    Answer, Command, Event,
    account::{AccountList, SignedAccountEntry},
    wire::Frame,
};

use simulation::cores::{A, B, C, HUYEN, Notary, PROVINCE, SO, World};

fn paper(number: &str) -> Paper {
    Paper { number: number.to_owned(), signed_on: "2026-01-05".parse().expect("date") }
}

fn acts(at: Timestamp) -> Vec<AccountAct> {
    let unit = || "so.a".parse().expect("unit");
    let rights = Rights { acts: [Right::Read, Right::Enter].into(), ..Rights::default() };
    vec![
        AccountAct::DelegateAdministration {
            document: paper("1/UQ"),
            scope: "toàn tỉnh".to_owned(),
        },
        AccountAct::Issue { unit: unit(), rights, agreement: None },
        AccountAct::Assign(Assigning {
            unit: unit(),
            person: Person {
                login: "tu.hv".parse().expect("login"),
                full_name: "Hà Văn Tú".to_owned(),
                role: dossier::Role::Clerk,
            },
            decision: Decision {
                number: "7/QĐ".to_owned(),
                signed_on: "2026-01-05".parse().expect("date"),
                issuer: "Sở".to_owned(),
            },
            validity: Validity::ALWAYS,
            activation: Activation {
                code: Hash::of(b"code"),
                until: Timestamp::from_millis(at.as_millis() + 3_600_000),
            },
        }),
    ]
}

fn signed(register: &Notary, count: usize) -> Vec<SignedAccountEntry> {
    let at = Timestamp::from_millis(1_000_000);
    let mut list = AccountList::default();
    let issued = acts(at).into_iter().take(count).map(|act| {
        let signed = SignedAccountEntry::issue(list.next(act, at), register);
        list.push(&signed, &register.public(), register).expect("the next");
        signed
    });
    issued.collect()
}

fn numbers(world: &World) -> Vec<u64> {
    world.nodes.iter().map(|node| node.core.accounts().number()).collect()
}

fn active(world: &World, place: usize) -> bool {
    let login = "tu.hv".parse().expect("login");
    let day = first_day("2026-03-01".parse().expect("date"));
    let accounts = world.nodes[place].core.accounts().book();
    matches!(accounts.standing(&login, day), Standing::Active(_))
}

#[test]
fn what_tier_three_issues_reaches_every_node_connected_or_late() {
    let register = Notary::new("register");
    for seed in 1..20 {
        let mut world = World::new(seed);
        world.connect(SO, PROVINCE);
        world.connect(A, SO);
        world.settle();
        let entries = signed(&register, 3);
        let first = Command::Accounts(entries[..2].to_vec());
        assert_eq!(world.ask(PROVINCE, first), Answer::Done);
        assert_eq!(numbers(&world), [2, 2, 0, 2, 0, 0]);
        assert!(!active(&world, A));
        assert_eq!(world.ask(PROVINCE, Command::Accounts(entries)), Answer::Done);
        assert!(active(&world, A));
        world.connect_all();
        world.settle();
        assert_eq!(numbers(&world), [3; 6]);
        for place in [PROVINCE, SO, HUYEN, A, B, C] {
            assert_eq!(
                world.nodes[place].core.accounts().book(),
                world.nodes[PROVINCE].core.accounts().book()
            );
        }
        // A node is rebuilt from its store alone.
        let store = world.nodes[B].store.clone();
        world.restart(B, store);
        assert!(active(&world, B));
    }
}

#[test]
fn a_revocation_reaches_a_connected_node_in_one_breath() {
    let register = Notary::new("register");
    let mut world = World::new(7);
    world.connect_all();
    world.settle();
    let entries = signed(&register, 3);
    world.ask(PROVINCE, Command::Accounts(entries));
    assert!(active(&world, A));
    let revoke = AccountAct::Revoke {
        unit: "so.a".parse().expect("unit"),
        reason: "giải thể".to_owned(),
    };
    let list = world.nodes[PROVINCE].core.accounts();
    let entry = list.next(revoke, Timestamp::from_millis(2_000_000));
    let revoked = SignedAccountEntry::issue(entry, &register);
    // No time passes in this world unless it is told to: the wire alone carries it.
    world.ask(PROVINCE, Command::Accounts(vec![revoked]));
    assert!(!active(&world, A));
}

#[test]
fn a_node_that_hears_nothing_is_told_nothing() {
    let mut world = World::new(3);
    world.connect_all();
    let mut said = 0;
    for place in [PROVINCE, SO, HUYEN, A, B, C] {
        for (_, queue) in world.under_way_to(place) {
            let frames = queue.iter().filter_map(|bytes| Frame::decode(bytes).ok());
            said += frames.filter(|frame| matches!(frame, Frame::Accounts { .. })).count();
        }
    }
    assert_eq!(said, 0);
}

/// What a peer or a file may bring in place of the list, and how far the node goes along.
fn hostile() -> Vec<(&'static str, Vec<SignedAccountEntry>, u64)> {
    let (register, rogue) = (Notary::new("register"), Notary::new("so"));
    let good = signed(&register, 3);
    let mut altered = good.clone();
    altered[1].entry.at = Timestamp::from_millis(5);
    let mut swapped = good.clone();
    swapped.swap(0, 1);
    let mut unlawful = good[..2].to_vec();
    let again = AccountAct::DelegateAdministration {
        document: paper("2/UQ"),
        scope: "toàn tỉnh".to_owned(),
    };
    let mut list = AccountList::default();
    for entry in &unlawful {
        list.push(entry, &register.public(), &register).expect("the next");
    }
    unlawful.push(SignedAccountEntry::issue(list.next(again, entry_at()), &register));
    let mut grafted = good.clone();
    grafted[2].entry.previous = Hash::of(b"another");
    grafted[2] = SignedAccountEntry::issue(grafted[2].entry.clone(), &register);
    vec![
        ("signed by a node of tier 2", signed(&rogue, 3), 0),
        ("altered", altered, 1),
        ("out of order", swapped, 0),
        ("not from the first", good[1..].to_vec(), 0),
        ("against the law, signed all the same", unlawful, 2),
        ("grafted onto another list", grafted, 2),
    ]
}

fn entry_at() -> Timestamp {
    Timestamp::from_millis(1_000_000)
}

// R-6.2a: no other signature puts anything on the list of accounts.
#[test]
fn hostile_entries_are_refused_wherever_they_come_in() {
    for (name, entries, taken) in hostile() {
        let mut world = World::new(5);
        let answer = world.order(A, Command::Accounts(entries.clone()));
        assert!(matches!(answer, Answer::Refused(_)), "{name}: {answer:?}");
        assert_eq!(world.nodes[A].core.accounts().number(), taken, "{name}");

        let mut world = World::new(5);
        world.connect(A, SO);
        world.settle();
        let known = entries.len() as u64;
        let bytes = Frame::Accounts { known, entries }.encode();
        let conn = world.under_way_to(A).first().map(|(conn, _)| *conn).expect("connected");
        world.handle(A, Event::Frame { conn, bytes });
        assert_eq!(world.nodes[A].core.accounts().number(), taken, "{name}");
        assert!(!world.is_connected(A, SO), "{name}: the peer is hung up on");
    }
}
