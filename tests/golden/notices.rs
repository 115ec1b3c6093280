//! Notices: rights given by document and alerts, as they are signed, stored and sent.

use std::collections::BTreeSet;

use dossier::{
    Hash, PartialDate,
    account::Paper,
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
    inspection::{Finding, InspectAct},
};
use protocol::{
    codec,
    member::MemberList,
    notice::{Alert, AlertKind, Board, Notice, Posting, Saying, SignedNotice},
};
use tests::golden::{bytes_of, compare, hex_lines};

use super::fixtures::{self, Key};

fn officer(login: &str) -> Officer {
    Officer { full_name: "Bùi Văn Hoà".to_owned(), login: Some(login.parse().expect("login")) }
}

fn paper(number: &str) -> Paper {
    let signed_on = PartialDate::day(2025, 1, 2).expect("a day");
    Paper { number: number.to_owned(), signed_on }
}

fn day(day: u8) -> PartialDate {
    PartialDate::day(2025, 1, day).expect("a day")
}

fn giving(kind: GrantKind, grantee: Grantee) -> Giving {
    let listed = matches!(kind, GrantKind::Consent | GrantKind::Correction);
    Giving {
        kind,
        document: paper("12/GP-UBND"),
        issuer: "UBND huyện Kỳ Sơn".to_owned(),
        by: officer("hoa.bv"),
        grantee,
        scope: Scope {
            units: BTreeSet::from([fixtures::unit()]),
            dossiers: listed.then(fixtures::dossier_id).into_iter().collect(),
            sections: BTreeSet::from(["identity".to_owned()]),
        },
        period: Period { from: day(3), to: day(20) },
        purpose: "xác minh lý lịch".to_owned(),
    }
}

fn signed(number: i64, saying: Saying) -> SignedNotice {
    let notice = Notice { node: fixtures::node(), members: 1, at: fixtures::at(number), saying };
    SignedNotice::issue(notice, &Key::new("node"))
}

/// One notice of each kind, in an order in which they can be taken.
pub(super) fn one_of_each() -> Vec<SignedNotice> {
    let give = |number, kind, grantee| {
        signed(number, Saying::Grant(Box::new(GrantAct::Give(giving(kind, grantee)))))
    };
    let below = Grantee::Unit("d151.x1".parse().expect("unit"));
    let login = "tuyet.bt".parse().expect("login");
    let person = Grantee::Person { unit: fixtures::unit(), login };
    let outsider = Grantee::Outsider {
        full_name: "Đinh Văn Lực".to_owned(),
        papers: "GT 5/CA".to_owned(),
    };
    let consent = give(2, GrantKind::Consent, person);
    let order = give(4, GrantKind::Correction, Grantee::Unit(fixtures::unit()));
    let narrow = GrantAct::Narrow {
        grant: consent.id(),
        scope: Some(giving(GrantKind::Consent, outsider.clone()).scope),
        period: Some(Period { from: day(4), to: day(9) }),
        document: paper("13/GP-UBND"),
        by: officer("hoa.bv"),
    };
    let end = GrantAct::End {
        grant: consent.id(),
        reason: "đã xem xong".to_owned(),
        by: officer("hoa.bv"),
    };
    let confirm = GrantAct::Confirm { grant: order.id(), by: officer("tuyet.bt") };
    let alert = Alert {
        kind: AlertKind::ManyOpened { opened: 61 },
        person: "Bùi Văn Hoà (hoa.bv)".to_owned(),
    };
    vec![
        give(1, GrantKind::Delegation, below),
        consent,
        give(3, GrantKind::Mission, outsider),
        order,
        signed(5, Saying::Grant(Box::new(narrow))),
        signed(6, Saying::Grant(Box::new(end))),
        signed(7, Saying::Grant(Box::new(confirm))),
        signed(8, Saying::Alert(alert)),
    ]
}

#[test]
fn notices_have_their_bytes() {
    let mut text = String::new();
    for notice in one_of_each() {
        text.push_str(&format!("# {}\n{}", notice.id(), hex_lines(&codec::encode(&notice))));
    }
    for posting in [Posting::Held(Hash::of(b"held")), Posting::Ids(vec![Hash::of(b"one")])] {
        text.push_str(&format!("# posting\n{}", hex_lines(&codec::encode(&posting))));
    }
    compare("notices-v1.txt", &text);
    let (register, key) = (Key::new("register"), Key::new("node"));
    let mut members = MemberList::default();
    for entry in &fixtures::members() {
        members.push(entry, &register.public(), &register).expect("continues the chain");
    }
    let mut board = Board::default();
    for stored in text.split("# ").skip(1).take(one_of_each().len()) {
        let (_, hex) = stored.split_once('\n').expect("a head and bytes");
        let notice: SignedNotice = codec::decode(&bytes_of(hex)).expect("a notice");
        assert!(notice.is_within_limits() && notice.is_signed_by(&key.public(), &key));
        let carried = serde_json::to_string(&notice).expect("JSON");
        assert_eq!(serde_json::from_str::<SignedNotice>(&carried).expect("reads"), notice);
        board.take(&notice, &members).expect("is taken");
    }
    assert_eq!((board.len(), board.grants().iter().count(), board.alerts().count()), (8, 4, 1));
}

#[test]
fn words_on_an_inspection_have_their_bytes() {
    let mission = one_of_each()[2].id();
    let found = InspectAct::Find(Finding {
        mission,
        unit: fixtures::unit(),
        text: "thiếu quyết định nâng lương".to_owned(),
        due: day(30),
        by: officer("hoa.bv"),
    });
    let found = signed(9, Saying::Inspection(Box::new(found)));
    let word = |text: &str| (found.id(), text.to_owned(), officer("tuyet.bt"));
    let (finding, text, by) = word("đã bổ sung");
    let answer = InspectAct::Answer { finding, text, by };
    let (finding, text, by) = word("đạt");
    let close = InspectAct::Close { finding, text, by };
    let answer = signed(10, Saying::Inspection(Box::new(answer)));
    let close = signed(11, Saying::Inspection(Box::new(close)));
    let mut text = String::new();
    for notice in [&found, &answer, &close] {
        text.push_str(&format!("# {}\n{}", notice.id(), hex_lines(&codec::encode(notice))));
    }
    compare("notices-inspection-v1.txt", &text);
    for stored in text.split("# ").skip(1) {
        let (_, hex) = stored.split_once('\n').expect("a head and bytes");
        let notice: SignedNotice = codec::decode(&bytes_of(hex)).expect("a notice");
        assert!(
            notice.is_within_limits()
                && notice.is_signed_by(&Key::new("node").public(), &Key::new("node"))
        );
    }
}
