//! Statements on how the regulation is kept, and the approval of copies by the dozen, as they are
//! signed, stored and sent.

use dossier::{
    Hash,
    account::Paper,
    conduct::{
        ARTICLES, Check, CheckKind, ConductAct, Regulation, Report, Severity, Ticket, TicketKind,
        duties,
    },
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use protocol::{
    codec,
    notice::{Notice, Posting, Saying, SignedNotice},
    wire::Frame,
};
use tests::golden::{bytes_of, compare, hex_lines};

use super::fixtures::{self, Key};

fn officer() -> Officer {
    let login = Some("hoa.bv".parse().expect("login"));
    Officer { full_name: "Bùi Văn Hoà".to_owned(), login }
}

fn paper() -> Paper {
    Paper { number: "3/QĐ-UBND".to_owned(), signed_on: "2025-01-02".parse().expect("a day") }
}

fn signed(number: i64, saying: Saying) -> SignedNotice {
    let notice = Notice { node: fixtures::node(), members: 1, at: fixtures::at(number), saying };
    SignedNotice::issue(notice, &Key::new("node"))
}

fn statements() -> Vec<SignedNotice> {
    let say = |number, act| signed(number, Saying::Conduct(Box::new(act)));
    let login = "hoa.bv".parse().expect("login");
    // The text of the duties may grow; what was said of an older one stays readable.
    let acknowledge = ConductAct::Acknowledge { login, year: 2025, duties: Hash::of(b"duties") };
    let publish = say(
        2,
        ConductAct::Publish(Regulation {
            document: paper(),
            in_force: "2025-02-01".parse().expect("a day"),
            file: Some(Hash::of(b"file")),
            covers: ARTICLES.map(|article| (article, format!("mục {article}"))).collect(),
            by: officer(),
        }),
    );
    let raise = |number, kind| {
        let (to, text) = (fixtures::unit(), "không gửi được phiếu".to_owned());
        say(number, ConductAct::Raise(Ticket { kind, to, text, by: officer() }))
    };
    let problem = raise(4, TicketKind::Problem(Severity::Critical));
    let (regulation, ticket) = (publish.id(), problem.id());
    let (text, by) = ("đã xem".to_owned(), officer());
    let answer = ConductAct::Answer { ticket, text: text.clone(), by: by.clone() };
    let to = fixtures::unit();
    let pass = ConductAct::Pass { ticket, to, text: text.clone(), by: by.clone() };
    let close = ConductAct::Close { ticket, text, by: by.clone() };
    let copies = Giving {
        kind: GrantKind::BulkCopies,
        document: paper(),
        issuer: "Sở Nội vụ".to_owned(),
        by: officer(),
        grantee: Grantee::Unit(fixtures::unit()),
        scope: Scope { units: [fixtures::unit()].into(), ..Scope::default() },
        period: Period {
            from: "2025-01-03".parse().expect("a day"),
            to: "2025-01-20".parse().expect("a day"),
        },
        purpose: "bàn giao".to_owned(),
    };
    vec![
        say(1, acknowledge),
        publish,
        say(3, ConductAct::Settle { regulation, by }),
        problem,
        raise(5, TicketKind::Proposal),
        say(6, answer),
        say(7, pass),
        say(8, close),
        signed(9, Saying::Grant(Box::new(GrantAct::Give(copies)))),
    ]
}

/// Checks of a unit's system, and a report with the word of its head.
fn upkeep() -> Vec<SignedNotice> {
    let say = |number, act| signed(number, Saying::Conduct(Box::new(act)));
    let check = |number, kind, passed| {
        let (note, by) = ("đã xem".to_owned(), officer());
        say(number, ConductAct::Check(Check { kind, passed, looked: 12, note, by }))
    };
    let report = say(
        4,
        ConductAct::Report(Report {
            period: "2026-1".parse().expect("a period"),
            figures: [("dossiers".to_owned(), 12)].into(),
            remarks: "máy hỏng hai ngày".to_owned(),
            missing: [fixtures::unit()].into(),
            despite: "mất mạng".to_owned(),
            by: officer(),
        }),
    );
    let accept = ConductAct::Accept { report: report.id(), by: officer() };
    vec![
        check(1, CheckKind::Integrity, true),
        check(2, CheckKind::Access, false),
        check(3, CheckKind::Restore, true),
        report,
        say(5, accept),
    ]
}

#[test]
fn statements_have_their_bytes() {
    pinned("notices-conduct-v1.txt", &statements());
}

#[test]
fn checks_and_reports_have_their_bytes() {
    pinned("notices-upkeep-v1.txt", &upkeep());
}

fn pinned(file: &str, notices: &[SignedNotice]) {
    let mut text = String::new();
    for notice in notices {
        text.push_str(&format!("# {}\n{}", notice.id(), hex_lines(&codec::encode(notice))));
    }
    let frame = Frame::Notices(Posting::Some(notices.to_vec()));
    text.push_str(&format!("# frame\n{}", hex_lines(&frame.encode())));
    compare(file, &text);
    for (stored, made) in text.split("# ").skip(1).zip(notices) {
        let (_, hex) = stored.split_once('\n').expect("a head and bytes");
        let notice: SignedNotice = codec::decode(&bytes_of(hex)).expect("a notice");
        assert_eq!(notice, *made);
        assert!(notice.is_within_limits());
        let carried = serde_json::to_string(&notice).expect("JSON");
        assert_eq!(serde_json::from_str::<SignedNotice>(&carried).expect("reads"), notice);
    }
}

#[test]
fn the_text_of_the_duties_is_named_by_its_digest() {
    compare("duties-v1.txt", &format!("{}\n{}\n", duties(), dossier::conduct::DUTIES.join("\n")));
}
