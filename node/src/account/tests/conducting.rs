//! Duties that are answered for, and who speaks of how the regulation is kept.

use dossier::conduct::{ConductAct, Regulation, Severity, Ticket, TicketKind, duties};
use dossier::grant::{Officer, Origin};

use super::*;

fn strict() -> Rules {
    Rules { acknowledge: true, ..cheap() }
}

fn nobody() -> Officer {
    Officer { full_name: "-".to_owned(), login: None }
}

fn acknowledge() -> ConductAct {
    ConductAct::Acknowledge {
        login: "khong-ai".parse().expect("login"),
        year: 2014,
        duties: duties(),
    }
}

fn raise() -> ConductAct {
    let (kind, to) = (TicketKind::Problem(Severity::Minor), id("huyen"));
    ConductAct::Raise(Ticket { kind, to, text: "máy chậm".to_owned(), by: nobody() })
}

fn publish() -> ConductAct {
    ConductAct::Publish(Regulation {
        document: paper("3/QĐ"),
        in_force: "2026-02-01".parse().expect("a day"),
        file: None,
        covers: BTreeMap::new(),
        by: nobody(),
    })
}

impl House {
    /// What the porter makes of a statement, or the code of the refusal.
    fn speak(
        &mut self,
        token: Option<Token>,
        claimed: &str,
        mut act: ConductAct,
    ) -> Result<ConductAct, String> {
        let spoken =
            self.with(|porter, view| porter.speak(view, token.as_ref(), claimed, &mut act));
        spoken.expect("ok").map(|()| act).map_err(|refused| refused.code)
    }

    /// The node keeps a statement that the porter let pass.
    fn keep(&mut self, act: &ConductAct) {
        let at = Timestamp::from_millis(self.now);
        let origin = Origin { id: Hash::of(&self.now.to_be_bytes()), unit: self.unit.clone(), at };
        self.conduct.apply(origin, act).expect("kept");
    }
}

// nobody works before she answered for her duties, at first and each year anew.
#[test]
fn work_begins_when_the_duties_of_the_year_are_answered_for() {
    let mut house = House::of("huyen.truong", strict());
    house.activate(&code(1), PASSWORD).expect("activated");
    let token = house.sign_in().expect("signed in");
    assert_eq!(house.list(Some(token)), "acknowledge-first");
    assert_eq!(house.speak(Some(token), "", raise()), Err("acknowledge-first".to_owned()));
    let who = house.with(|porter, view| porter.who(view, Some(&token))).expect("ok");
    assert!(who.expect("she sees who she is").owes_duties);
    assert_eq!(house.speak(None, "Hà Văn Tú", acknowledge()), Err("session-needed".to_owned()));
    let mut other = acknowledge();
    if let ConductAct::Acknowledge { duties, .. } = &mut other {
        *duties = Hash::ZERO;
    }
    assert_eq!(house.speak(Some(token), "", other), Err("acknowledge-other".to_owned()));
    let said = house.speak(Some(token), "ai đó", acknowledge()).expect("said");
    let expected = ConductAct::Acknowledge { login: login(), year: 2026, duties: duties() };
    assert_eq!(said, expected, "her own, of this year");
    house.keep(&said);
    assert_eq!(house.list(Some(token)), "open");
    // The next year begins in Vietnam, seven hours before it does in Greenwich.
    house.now = 1_798_736_400_000 - 1;
    house.heard();
    let token = house.sign_in().expect("signed in");
    assert_eq!(house.list(Some(token)), "open", "31 December");
    house.now += 1;
    assert_eq!(house.list(Some(token)), "acknowledge-first", "1 January");
    // An installation may do without.
    house.porter = Porter::new(cheap());
    let token = house.sign_in().expect("signed in");
    assert_eq!(house.list(Some(token)), "open");
}

// whoever is assigned reports: rules are made by officers of a body.
#[test]
fn a_clerk_reports_and_an_officer_of_a_body_makes_rules() {
    let mut house = House::begun();
    let token = house.sign_in().expect("signed in");
    let ConductAct::Raise(ticket) = house.speak(Some(token), "ai đó", raise()).expect("said")
    else {
        panic!("another statement")
    };
    assert_eq!(ticket.by.signature(), "Hà Văn Tú (tu.hv)", "whatever was claimed");
    assert_eq!(house.speak(Some(token), "", publish()), Err("tier_two_only".to_owned()));
    assert_eq!(house.speak(None, "", raise()), Err("session-needed".to_owned()));
    // What her unit reported she may close, and answers nothing.
    let raised = house.speak(Some(token), "", raise()).expect("said");
    house.keep(&raised);
    let ticket = Hash::of(&house.now.to_be_bytes());
    let (text, by) = ("đã xong".to_owned(), nobody());
    let close = ConductAct::Close { ticket, text: text.clone(), by: by.clone() };
    assert!(house.speak(Some(token), "", close).is_ok());
    let answer = ConductAct::Answer { ticket, text, by };
    assert_eq!(house.speak(Some(token), "", answer), Err("foreign_unit".to_owned()));
    house.accounts = Accounts::default();
    assert_eq!(house.speak(None, " ", raise()), Err("person-needed".to_owned()));
    assert!(house.speak(None, "Lò Thị Hoa", raise()).is_ok(), "a unit without account says who");
}
