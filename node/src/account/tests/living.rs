//! Sessions, standing, the second factor, and days without a network.

use dossier::{LegalBasis, Review};
use protocol::core::Entry as NewDossier;
use protocol::envelope::Meta;

use super::*;

// who was revoked has no way in.
#[test]
fn whatever_ends_a_standing_ends_the_session_at_once() {
    let reason = || "kiểm tra".to_owned();
    let unit = || id("huyen.truong");
    let rows = [
        (AccountAct::Revoke { unit: unit(), reason: reason() }, "revoked"),
        (AccountAct::EndAssignment { unit: unit(), login: login(), reason: reason() }, "ended"),
        (
            AccountAct::Restrict {
                unit: unit(),
                rights: Rights { acts: [Right::Read].into(), ..Rights::default() },
                reason: reason(),
            },
            "unentitled",
        ),
    ];
    for (act, standing) in rows {
        let mut house = House::begun();
        let token = house.sign_in().expect("signed in");
        assert_eq!(house.list(Some(token)), "open");
        house.act(act);
        assert_eq!(house.list(Some(token)), "session-ended", "{standing}");
        assert_eq!(house.porter.session_count(), 0);
        let again = house.sign_in_with("tu.hv", PASSWORD, None).expect_err("refused");
        assert_eq!((again.code.as_str(), again.detail.as_str()), ("account-standing", standing));
    }
}

// R-15.2b: an assignment that ended yesterday opens nothing.
#[test]
fn an_assignment_that_ended_yesterday_lets_nobody_in() {
    let mut house = House::school();
    let days = Validity { from: None, to: "2026-03-02".parse().ok() };
    house.assign("8/QĐ", days, code(2));
    house.activate(&code(2), PASSWORD).expect("activated");
    let token = house.sign_in().expect("the last day");
    // Sixteen hours on, it is midnight in Vietnam.
    house.now += 16 * HOUR;
    assert_eq!(house.list(Some(token)), "session-ended");
    let refused = house.sign_in_with("tu.hv", PASSWORD, None).expect_err("refused");
    assert_eq!((refused.code.as_str(), refused.detail.as_str()), ("account-standing", "lapsed"));
}

#[test]
fn an_idle_session_ends_and_so_does_an_old_one() {
    let mut house = House::begun();
    let token = house.sign_in().expect("signed in");
    house.now += 15 * MINUTE - 1;
    assert_eq!(house.list(Some(token)), "open");
    house.now += 15 * MINUTE;
    assert_eq!(house.list(Some(token)), "session-ended");
    let token = house.sign_in().expect("signed in");
    for _ in 0..59 {
        house.now += 10 * MINUTE;
        assert_eq!(house.list(Some(token)), "open");
    }
    house.now += 10 * MINUTE;
    assert_eq!(house.list(Some(token)), "session-ended", "ten hours");
}

// two places at once are one session.
#[test]
fn a_person_has_one_session() {
    let mut house = House::begun();
    let first = house.sign_in().expect("signed in");
    let second = house.sign_in().expect("signed in");
    assert_eq!(
        (house.list(Some(first)), house.list(Some(second))),
        ("session-ended".to_owned(), "open".to_owned())
    );
    let rules = Rules { second_session: SecondSession::IsRefused, ..cheap() };
    house.porter = Porter::new(rules);
    let first = house.sign_in().expect("signed in");
    assert_eq!(house.sign_in(), Err("signed-in-elsewhere".to_owned()));
    assert!(house.porter.sign_out(&first));
    house.sign_in().expect("after the first has left");
}

#[test]
fn thirty_days_without_a_superior_and_no_longer() {
    let mut house = House::begun();
    house.heard();
    house.now += 29 * DAY;
    let token = house.sign_in().expect("day 29");
    assert_eq!(house.list(Some(token)), "open");
    house.now += 2 * DAY;
    assert_eq!(house.sign_in(), Err("account-offline".to_owned()), "day 31");
    // The limit outlives the program.
    house.porter = Porter::new(cheap());
    assert_eq!(house.sign_in(), Err("account-offline".to_owned()));
    let mut status = Command::Status;
    let opened = house.with(|porter, view| porter.open_for(view, None, &mut status));
    assert_eq!(opened.expect("ok"), Ok(()), "status is open");
    house.heard();
    house.sign_in().expect("in touch again");
}

#[test]
fn tier_two_proves_itself_twice_and_each_number_counts_once() {
    let mut house = House::of("huyen", cheap());
    let answer = house.activate(&code(1), PASSWORD).expect("activated");
    let AccountAnswer::Activated { second: Some(address) } = answer else { panic!("no factor") };
    let secret = address.as_str().split("secret=").nth(1).and_then(|rest| rest.split('&').next());
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.expect("a secret").as_bytes());
    let seed = Seed::new(bytes.expect("base 32").try_into().expect("20 bytes"));
    assert_eq!(house.sign_in(), Err("second-missing".to_owned()));
    let shown = seed.shown(Timestamp::from_millis(house.now));
    house.sign_in_with("tu.hv", PASSWORD, Some(shown.clone())).expect("signed in");
    let again = house.sign_in_with("tu.hv", PASSWORD, Some(shown));
    assert_eq!(refusal(again), "sign-in", "used");
    house.now += MINUTE;
    let shown = seed.shown(Timestamp::from_millis(house.now));
    house.sign_in_with("tu.hv", PASSWORD, Some(shown)).expect("signed in");
}

// R-16.1a: a person acts for her own unit, under her own name.
#[test]
fn person_and_role_of_a_change_are_the_sessions() {
    let mut house = House::begun();
    let token = house.sign_in().expect("signed in");
    let claimed = Meta {
        person: "Người khác".to_owned(),
        role: Role::Approver,
        basis: LegalBasis::Correction { reason: "gõ nhầm".to_owned() },
        review: Review::NotRequired,
    };
    let new = |unit: &str| NewDossier {
        key: None,
        unit: id(unit),
        edits: Vec::new(),
        meta: claimed.clone(),
    };
    let mut command = Command::Enter(vec![new("huyen.truong")]);
    let opened = house.with(|porter, view| porter.open_for(view, Some(&token), &mut command));
    assert_eq!(opened.expect("ok"), Ok(()));
    let Command::Enter(entries) = command else { panic!("another command") };
    assert_eq!(entries[0].meta.person, "Hà Văn Tú (tu.hv)");
    assert_eq!(entries[0].meta.role, Role::Clerk);
    let mut elsewhere = Command::Enter(vec![new("huyen.truong"), new("huyen.tram")]);
    let opened = house.with(|porter, view| porter.open_for(view, Some(&token), &mut elsewhere));
    assert_eq!(refusal(opened.expect("ok")), "account-scope");
}

#[test]
fn a_province_without_accounts_stays_as_it_is() {
    let mut house = House::school();
    house.accounts = Accounts::default();
    assert_eq!(house.list(None), "open");
    house.number = 0;
    let ops = house.with(|porter, view| porter.note_heard(view, Some(view.now))).expect("ok");
    assert!(ops.is_empty(), "nothing is noted");
}

#[test]
fn a_person_sits_where_her_nearest_node_stands() {
    let mut house = House::of("huyen.truong", cheap());
    house.activate(&code(1), PASSWORD).expect("activated");
    house.unit = id("huyen");
    let elsewhere = house.sign_in_with("tu.hv", PASSWORD, None).expect_err("refused");
    assert_eq!(elsewhere.code, "account-elsewhere");
    house.with(|_, view| {
        assert!(view.serves(&id("huyen.tram")), "no node stands there");
        assert!(!view.serves(&id("huyen.truong")));
    });
}

/// Sở Nội vụ with a clerk, and with these administrators.
fn office(administrators: &[&str]) -> House {
    let mut house = House::of("snv", cheap());
    let rights =
        Rights { acts: [Right::Read, Right::Enter, Right::Administer].into(), ..Rights::default() };
    house.act(AccountAct::Widen { unit: id("snv"), rights });
    for (number, name) in (10..).zip(administrators) {
        let login: Login = name.parse().expect("login");
        let until = Timestamp::from_millis(house.now + HOUR);
        let activation = Activation { code: code(number).digest(&login), until };
        house.act(AccountAct::Assign(Assigning {
            unit: id("snv"),
            person: Person {
                login, full_name: "Lò Thị Hoa".to_owned(), role: Role::Administrator
            },
            decision: Decision {
                number: format!("{number}/QĐ"),
                signed_on: "2026-01-05".parse().expect("date"),
                issuer: "Sở Nội vụ".to_owned(),
            },
            validity: Validity::ALWAYS,
            activation,
        }));
    }
    house
}

fn office_door(house: &mut House, reissued: Option<&str>) -> String {
    let act = dossier::permission::Action::ManageMembers;
    let login: Option<Login> = reissued.map(|login| login.parse().expect("login"));
    let opened = house.with(|porter, view| porter.open_office(view, None, login.as_ref(), &act));
    opened.expect("ok").map_or_else(|refused| refused.code, |()| "open".to_owned())
}

#[test]
fn the_office_opens_to_administrators_once_it_has_one() {
    assert_eq!(office_door(&mut office(&[]), None), "open", "being set up");
    let mut one = office(&["hoa.lt"]);
    assert_eq!(office_door(&mut one, None), "session-needed");
    assert_eq!(office_door(&mut one, Some("tu.hv")), "session-needed");
    assert_eq!(office_door(&mut one, Some("hoa.lt")), "open", "nobody else could");
    let mut two = office(&["hoa.lt", "hai.nv"]);
    assert_eq!(office_door(&mut two, Some("hoa.lt")), "session-needed");
}

// the review of access asks about whoever should have no way in, and about nobody else.
#[test]
fn the_review_of_access_asks_about_whoever_should_have_no_way_in() {
    let mut house = House::begun();
    let review = |house: &mut House| {
        let review = house.with(|porter, view| porter.review_access(view)).expect("ok");
        (review.looked, review.doubts)
    };
    assert_eq!(review(&mut house), (2, vec![Doubt::Silent(login(), None)]));
    house.sign_in().expect("signed in");
    assert_eq!(review(&mut house), (2, Vec::new()));
    house.now += (SILENT_DAYS + 1) * DAY;
    assert_eq!(review(&mut house).1, [Doubt::Silent(login(), Some(SILENT_DAYS + 1))]);
    house.porter.rules.acknowledge = true;
    assert!(review(&mut house).1.contains(&Doubt::Unacknowledged(login())));
    let ended = Validity { from: None, to: "2026-03-02".parse().ok() };
    house.assign("8/QĐ", ended, code(2));
    let expected = [Doubt::Lapsed(login()), Doubt::Unused(id("huyen.truong"))];
    assert_eq!(review(&mut house).1, expected);
    let (unit, reason) = (id("huyen.truong"), "giải thể".to_owned());
    house.act(AccountAct::Revoke { unit, reason });
    assert_eq!(review(&mut house), (1, Vec::new()), "who is out is out");
}
