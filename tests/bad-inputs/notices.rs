//! Notices that must not be taken: each is refused with its code and leaves the store as it was.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Hash, Timestamp, UnitId,
    account::Paper,
    conduct::{ConductAct, ConductFault, Regulation, Severity, Ticket, TicketKind},
    grant::{Giving, GrantAct, GrantFault, GrantKind, Grantee, Officer, Period, Scope},
};
use protocol::wire::{Frame, RefusalCode};
use protocol::{
    Answer, Command, Table,
    notice::{Posting, Saying, SignedNotice},
};

use crate::door::Door;
use simulation::cores::{A, C, PROVINCE, SO, World};

fn unit(text: &str) -> UnitId {
    text.parse().expect("unit")
}

fn officer(login: Option<&str>) -> Officer {
    let login = login.map(|it| it.parse().expect("login"));
    Officer { full_name: "Hà Văn Tú".to_owned(), login }
}

fn paper() -> Paper {
    Paper { number: "12/GP".to_owned(), signed_on: "1970-01-01".parse().expect("a day") }
}

fn giving(kind: GrantKind, grantee: Grantee, over: &str, dossiers: &[u8]) -> Giving {
    Giving {
        kind,
        document: paper(),
        issuer: "Sở".to_owned(),
        by: officer(Some("tu.hv")),
        grantee,
        scope: Scope {
            units: BTreeSet::from([unit(over)]),
            dossiers: dossiers.iter().map(|it| DossierId::from_bytes([*it; 16])).collect(),
            sections: BTreeSet::new(),
        },
        period: Period {
            from: "1970-01-01".parse().expect("a day"),
            to: "1970-01-20".parse().expect("a day"),
        },
        purpose: "xác minh".to_owned(),
    }
}

fn outsider() -> Grantee {
    Grantee::Outsider { full_name: "Đinh Văn Lực".to_owned(), papers: "GT 5".to_owned() }
}

fn consent(over: &str) -> Giving {
    giving(GrantKind::Consent, outsider(), over, &[1])
}

fn signed(world: &World, place: usize, act: GrantAct) -> SignedNotice {
    let node = &world.nodes[place];
    let at = Timestamp::from_millis(world.now);
    SignedNotice::issue(node.core.notice(at, Saying::Grant(Box::new(act))), &node.key)
}

fn narrow(grant: Hash, dossiers: &[u8]) -> GrantAct {
    let scope = Some(consent("so.a").scope).map(|scope| Scope {
        dossiers: dossiers.iter().map(|it| DossierId::from_bytes([*it; 16])).collect(),
        ..scope
    });
    GrantAct::Narrow { grant, scope, period: None, document: paper(), by: officer(None) }
}

/// What is brought in place of a lawful notice, and the rule it breaks.
fn unlawful(world: &World, known: Hash) -> Vec<(&'static str, SignedNotice, GrantFault)> {
    let give = |place, giving| signed(world, place, GrantAct::Give(giving));
    let delegation =
        |to: &str, over: &str| giving(GrantKind::Delegation, Grantee::Unit(unit(to)), over, &[]);
    let order = giving(GrantKind::Correction, Grantee::Unit(unit("so.a")), "so.a", &[1]);
    let end = GrantAct::End { grant: known, reason: "xong".to_owned(), by: officer(None) };
    let mut endless = consent("so.a");
    endless.period.to = "1999-01-01".parse().expect("a day");
    let mut silent = consent("so.a");
    silent.purpose = " ".to_owned();
    let confirm = GrantAct::Confirm { grant: known, by: officer(Some("tu.hv")) };
    vec![
        ("a consent over a foreign unit", give(C, consent("so.a")), GrantFault::NotManagingBody),
        ("onward delegation", give(A, delegation("so.b", "so.a")), GrantFault::Onward),
        ("delegation aside", give(SO, delegation("c", "so")), GrantFault::NotBelow),
        (
            "a mission of a school",
            give(A, giving(GrantKind::Mission, outsider(), "so.a", &[])),
            GrantFault::TierThreeOnly,
        ),
        ("an order of a school", give(A, order), GrantFault::TierThreeOnly),
        ("a consent for thirty years", give(A, endless), GrantFault::TooLong),
        ("a consent without a purpose", give(A, silent), GrantFault::Malformed),
        ("a widened consent", signed(world, A, narrow(known, &[1, 2])), GrantFault::Wider),
        ("another's consent ended", signed(world, C, end), GrantFault::ForeignIssuer),
        ("a consent with a second officer", signed(world, A, confirm), GrantFault::NeedsNoSecond),
        (
            "an end of nothing",
            signed(world, A, narrow(Hash::of(b"?"), &[1])),
            GrantFault::UnknownGrant,
        ),
    ]
}

/// Statements on how the regulation is kept that are not the unit's to make, and the rule they break.
fn unlawful_statements(world: &World) -> Vec<(&'static str, SignedNotice, ConductFault)> {
    let said = |place: usize, act| {
        let node = &world.nodes[place];
        let saying = Saying::Conduct(Box::new(act));
        SignedNotice::issue(node.core.notice(Timestamp::from_millis(world.now), saying), &node.key)
    };
    let raise = |kind, to: &str, text: &str| {
        let (to, text) = (unit(to), text.to_owned());
        ConductAct::Raise(Ticket { kind, to, text, by: officer(None) })
    };
    let problem = TicketKind::Problem(Severity::Minor);
    let rules = ConductAct::Publish(Regulation {
        document: paper(),
        in_force: "1970-01-01".parse().expect("a day"),
        file: None,
        covers: std::collections::BTreeMap::new(),
        by: officer(None),
    });
    let (ticket, text, by) = (Hash::of(b"?"), "xong".to_owned(), officer(None));
    let year = ConductAct::Acknowledge {
        login: "tu.hv".parse().expect("login"),
        year: -1,
        duties: Hash::ZERO,
    };
    vec![
        ("a problem laid aside", said(A, raise(problem, "huyen", "x")), ConductFault::NotAbove),
        (
            "a proposal to a department",
            said(A, raise(TicketKind::Proposal, "so", "x")),
            ConductFault::NotProvince,
        ),
        ("a problem without words", said(A, raise(problem, "so", " ")), ConductFault::Malformed),
        ("rules of a school", said(A, rules), ConductFault::NoBody),
        (
            "a closing of nothing",
            said(A, ConductAct::Close { ticket, text, by }),
            ConductFault::Unknown,
        ),
        ("duties of no year", said(A, year), ConductFault::Malformed),
    ]
}

#[test]
fn an_unlawful_statement_is_refused_by_its_code_wherever_it_comes_in() {
    let (world, _) = stage();
    for (name, notice, fault) in unlawful_statements(&world) {
        let (mut world, _) = stage();
        let before = world.nodes[SO].core.board().clone();
        let answer = world.order(SO, Command::Notices(vec![notice.clone()]));
        let Answer::Refused(refused) = answer else { panic!("{name}: {answer:?}") };
        let told = (refused.code.as_str(), refused.detail.as_str());
        assert_eq!(told, ("conduct-rule", fault.code()), "{name}");
        let door = Door::seated(&mut world, SO, A);
        let reply = door.say(&mut world, &Frame::Notices(Posting::Some(vec![notice])));
        reply.assert_only(&[Table::Incident], name);
        assert_eq!(*world.nodes[SO].core.board(), before, "{name}");
    }
}

/// A province in which everybody knows one consent of `so.a`.
fn stage() -> (World, Hash) {
    let mut world = World::new(31);
    let lawful = signed(&world, A, GrantAct::Give(consent("so.a")));
    let id = lawful.id();
    for place in [PROVINCE, SO, A, C] {
        assert_eq!(world.ask(place, Command::Notices(vec![lawful.clone()])), Answer::Done);
    }
    (world, id)
}

#[test]
fn an_unlawful_notice_is_refused_by_its_code_wherever_it_comes_in() {
    let (world, known) = stage();
    for (name, notice, fault) in unlawful(&world, known) {
        let (mut world, _) = stage();
        let before = world.nodes[SO].core.board().clone();
        let answer = world.order(SO, Command::Notices(vec![notice.clone()]));
        let Answer::Refused(refused) = answer else { panic!("{name}: {answer:?}") };
        assert_eq!(
            (refused.code.as_str(), refused.detail.as_str()),
            ("grant-rule", fault.code()),
            "{name}"
        );

        let door = Door::seated(&mut world, SO, A);
        let reply = door.say(&mut world, &Frame::Notices(Posting::Some(vec![notice])));
        reply.assert_only(&[Table::Incident], name);
        assert_eq!(*world.nodes[SO].core.board(), before, "{name}");
        // A rule may be judged by a tree that one side lacks: it costs a strike, not the session.
        assert_eq!(reply.closed, None, "{name}");
    }
}

#[test]
fn who_brings_unlawful_notices_again_and_again_is_hung_up_on() {
    let (mut world, known) = stage();
    let door = Door::seated(&mut world, SO, A);
    let wider = signed(&world, A, narrow(known, &[1, 2]));
    let frame = Frame::Notices(Posting::Some(vec![wider]));
    let closed = (0..20).find_map(|_| door.say(&mut world, &frame).closed);
    assert_eq!(closed, Some(RefusalCode::Strikes));
}

#[test]
fn a_forged_or_altered_notice_ends_the_session() {
    let (world, _) = stage();
    let other = giving(GrantKind::Consent, outsider(), "so.a", &[2]);
    let mut forged = signed(&world, C, GrantAct::Give(other));
    forged.notice.node = world.nodes[A].identity.node;
    let mut altered = signed(&world, A, GrantAct::Give(consent("so.a")));
    altered.notice.at = Timestamp::from_millis(5);
    for (name, notice) in [("forged", forged), ("altered", altered)] {
        let (mut world, _) = stage();
        let door = Door::seated(&mut world, SO, A);
        let reply = door.say(&mut world, &Frame::Notices(Posting::Some(vec![notice.clone()])));
        reply.assert_refused(RefusalCode::Protocol, name);
        let answer = world.order(SO, Command::Notices(vec![notice]));
        assert!(matches!(answer, Answer::Refused(refused) if refused.code == "notice"), "{name}");
    }
}

#[test]
fn a_notice_of_a_stranger_or_from_a_member_list_to_come_waits_outside() {
    for ahead in [false, true] {
        let (mut world, _) = stage();
        let (newcomer, entry) = world.join("so.d", "so.d");
        let other = giving(GrantKind::Consent, outsider(), "so.a", &[2]);
        let notice = if ahead {
            let mut notice = signed(&world, A, GrantAct::Give(other)).notice;
            notice.members += 1;
            SignedNotice::issue(notice, &world.nodes[A].key)
        } else {
            signed(&world, newcomer, GrantAct::Give(consent("so.d")))
        };
        let id = notice.id();
        let door = Door::seated(&mut world, SO, A);
        let reply = door.say(&mut world, &Frame::Notices(Posting::Some(vec![notice.clone()])));
        reply.assert_only(&[], "a notice that comes early");
        assert_eq!(reply.closed, None);
        assert!(!world.nodes[SO].core.board().has(&id));
        door.close(&mut world);

        assert_eq!(world.order(PROVINCE, Command::Member(entry)), Answer::Done);
        world.connect(SO, PROVINCE);
        world.settle();
        // Whoever holds it offers it again with the next session, unless it was remembered.
        let door = Door::seated(&mut world, SO, A);
        if !world.nodes[SO].core.board().has(&id) {
            let reply = door.say(&mut world, &Frame::Notices(Posting::Ids(vec![id])));
            let lacks = |frame: &Frame| match frame {
                Frame::Notices(Posting::Ids(own)) => !own.contains(&id),
                _ => false,
            };
            assert!(reply.said.iter().any(lacks), "it is not asked for: {:?}", reply.said);
            door.say(&mut world, &Frame::Notices(Posting::Some(vec![notice])));
        }
        assert!(world.nodes[SO].core.board().has(&id), "ahead: {ahead}");
    }
}

#[test]
fn too_much_of_it_is_no_frame() {
    let ids = vec![Hash::ZERO; protocol::LIMITS.notice_ids_max + 1];
    let (world, _) = stage();
    let one = signed(&world, A, GrantAct::Give(consent("so.a")));
    let many = vec![one.clone(); protocol::LIMITS.notices_max + 1];
    let mut wordy = consent("so.a");
    wordy.purpose = "x".repeat(protocol::LIMITS.notice_bytes_max);
    let wordy = vec![signed(&world, A, GrantAct::Give(wordy))];
    for posting in [Posting::Ids(ids), Posting::Some(many), Posting::Some(wordy)] {
        assert!(Frame::decode(&Frame::Notices(posting).encode()).is_err());
    }
    assert!(Frame::decode(&Frame::Notices(Posting::Some(vec![one])).encode()).is_ok());
}
