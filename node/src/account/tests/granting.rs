//! Readings that rest on a document, and who signs one.

use std::collections::BTreeSet;

use dossier::grant::{
    Giving, GrantAct, GrantKind, Grantee, Grants, Officer, Origin, Period, Scope,
};
use dossier::permission::Action;
use dossier::{DossierId, RowId};
use protocol::codec;
use protocol::core::ListRow;

use super::*;
use crate::grant::DUTY;

fn dossier() -> DossierId {
    DossierId::from_bytes([7; 16])
}

/// A dossier of another unit, as a node of a body above both would hold it.
fn house() -> (House, Token) {
    holding("huyen.tram", Role::Clerk)
}

/// The school's node with a dossier that `keeper` keeps, and its one person signed in.
fn holding(keeper: &str, role: Role) -> (House, Token) {
    let mut house = House::staffed("huyen.truong", cheap(), role);
    house.activate(&code(1), PASSWORD).expect("activated");
    let row = ListRow {
        dossier: dossier(),
        unit: id(keeper),
        name: "Đinh Thị Lan".to_owned(),
        staff_code: String::new(),
        birth_date: String::new(),
        changes: 1,
        conflicts: 0,
        status: None,
        unreviewed: Some(false),
    };
    let key = dossier().as_bytes().to_vec();
    house.rows.write(vec![Op::put(Table::Listing, key, codec::encode(&row))]);
    let token = house.sign_in().expect("signed in");
    (house, token)
}

/// A consent to `login` for the dossier, from 2 to 10 March.
fn consent(login: &str) -> Grants {
    let mut grants = Grants::default();
    give(&mut grants, b"1", GrantKind::Consent, login, &["identity"]);
    grants
}

/// Gives a grant to read by one and the same document.
fn give(grants: &mut Grants, id_of: &[u8], kind: GrantKind, login: &str, sections: &[&str]) {
    let day = |text: &str| text.parse().expect("a day");
    let giving = Giving {
        kind,
        document: paper("12/GP"),
        issuer: "UBND huyện".to_owned(),
        by: Officer { full_name: "Lò Thị Hoa".to_owned(), login: None },
        grantee: Grantee::Person { unit: id("huyen.truong"), login: login.parse().expect("login") },
        scope: Scope {
            units: BTreeSet::from([id("huyen.tram")]),
            dossiers: BTreeSet::from([dossier()]),
            sections: sections.iter().map(|it| (*it).to_owned()).collect(),
        },
        period: Period { from: day("2026-03-02"), to: day("2026-03-10") },
        purpose: "xác minh".to_owned(),
    };
    let origin =
        Origin { id: Hash::of(id_of), unit: id("huyen"), at: Timestamp::from_millis(START) };
    grants.apply(origin, &GrantAct::Give(giving)).expect("given");
}

impl House {
    /// What the door says to questions about the files of the dossier.
    fn files(&mut self, token: Token) -> [String; 2] {
        let read = Command::ReadAttachment { dossier: dossier(), row: RowId::from_bytes([1; 16]) };
        [Command::Attachments(dossier()), read].map(|mut command| {
            let opened =
                self.with(|porter, view| porter.open_for(view, Some(&token), &mut command));
            opened.expect("ok").map_or_else(|refused| refused.code, |()| "open".to_owned())
        })
    }

    fn read(&mut self, token: Token, document: &str, grants: &Grants) -> String {
        let opened = self.with(|porter, view| {
            porter.open_by_document(view, Some(&token), &dossier(), document, grants)
        });
        match opened.expect("ok") {
            Ok(passage) => {
                format!("{} {:?}", passage.document.expect("a number"), passage.sections)
            }
            Err(refused) => refused.code,
        }
    }
}

// R-8.1a: a consent opens what it lists, to whom it names.
#[test]
fn outside_ones_reach_the_number_of_the_consent_is_asked() {
    let (mut house, token) = house();
    let grants = consent("tu.hv");
    let mut show = Command::Show(dossier());
    let opened = house.with(|porter, view| porter.open_for(view, Some(&token), &mut show));
    assert_eq!(refusal(opened.expect("ok")), "foreign_unit");
    assert_eq!(house.read(token, "12/GP", &grants), "consent-unknown", "it begins tomorrow");
    house.now += DAY;
    let token = house.sign_in().expect("signed in");
    assert_eq!(house.read(token, "", &grants), "consent-needed");
    assert_eq!(house.read(token, "13/GP", &grants), "consent-unknown");
    assert_eq!(house.read(token, "12/GP", &consent("hoa.lt")), "consent-unknown", "another's");
    assert_eq!(house.read(token, "12/GP", &Grants::default()), "consent-unknown");
    assert_eq!(house.read(token, "12/GP", &grants), "12/GP Some({\"identity\"})");
    assert_eq!(house.read(Token([9; 32]), "12/GP", &grants), "session-ended");
}

#[test]
fn of_several_grants_by_one_document_each_is_tried() {
    let (mut house, _) = house();
    house.now += DAY;
    let token = house.sign_in().expect("signed in");
    // A mission opens nothing to a clerk, whichever of the two comes first by its id.
    for (mission, consent) in [(b"1", b"2"), (b"2", b"1")] {
        let mut grants = Grants::default();
        give(&mut grants, mission, GrantKind::Mission, "tu.hv", &["identity"]);
        assert_eq!(house.read(token, "12/GP", &grants), "foreign_unit");
        give(&mut grants, consent, GrantKind::Consent, "tu.hv", &["identity"]);
        assert_eq!(house.read(token, "12/GP", &grants), "12/GP Some({\"identity\"})");
        give(&mut grants, b"3", GrantKind::Consent, "tu.hv", &["health"]);
        let both = "12/GP Some({\"health\", \"identity\"})";
        assert_eq!(house.read(token, "12/GP", &grants), both);
        give(&mut grants, b"4", GrantKind::Consent, "tu.hv", &[]);
        assert_eq!(house.read(token, "12/GP", &grants), "12/GP None", "one opens all of it");
    }
}

#[test]
fn files_open_to_whom_the_dossier_opens() {
    let (mut house, token) = holding("huyen.truong", Role::Clerk);
    assert_eq!(house.files(token), ["open", "open"], "her own unit's");
    let (mut house, token) = holding("huyen.tram", Role::Clerk);
    assert_eq!(house.files(token), ["foreign_unit", "foreign_unit"]);
    let (mut house, token) = holding("huyen.truong", Role::Inspector);
    assert_eq!(house.files(token), ["mission_required", "mission_required"], "Điều 14.4");
}

// R-8.1a: the day after its last it is over.
#[test]
fn the_day_after_its_last_a_consent_is_over_whatever_the_clock_says() {
    let (mut house, _) = house();
    let grants = consent("tu.hv");
    house.now = START + 9 * DAY;
    let token = house.sign_in().expect("10 March");
    assert_eq!(house.read(token, "12/GP", &grants), "12/GP Some({\"identity\"})");
    house.now += DAY;
    house.heard();
    let token = house.sign_in().expect("11 March");
    assert_eq!(house.read(token, "12/GP", &grants), "consent-unknown");
    // The clock is set back into the days of the consent; the superior's word is remembered.
    house.now -= 3 * DAY;
    let token = house.sign_in().expect("signed in");
    assert_eq!(house.read(token, "12/GP", &grants), "consent-unknown");
}

#[test]
fn a_clerk_signs_no_grant_and_a_unit_without_account_names_who_does() {
    let (mut house, token) = house();
    let officer =
        house.with(|porter, view| porter.officer(view, Some(&token), "ai đó")).expect("ok");
    assert_eq!(refusal(officer), "account-right");
    house.accounts = Accounts::default();
    let officer = house.with(|porter, view| porter.officer(view, None, " ")).expect("ok");
    assert_eq!(refusal(officer), "person-needed");
    let officer = house.with(|porter, view| porter.officer(view, None, "Lò Thị Hoa")).expect("ok");
    assert_eq!(officer.expect("named").signature(), "Lò Thị Hoa");
}

// R-9.2b.1: who runs a campaign is judged by her own role, for each unit that is asked.
#[test]
fn a_campaign_is_run_by_who_answers_for_the_body_that_asks() {
    let run = |role: Role, units: &[&str]| {
        let (mut house, token) = holding("huyen.tram", role);
        let units: Vec<_> = units.iter().map(|it| id(it)).collect();
        let runs = &Action::RunCampaign;
        let asked = house.with(|porter, view| porter.signer(view, Some(&token), "", runs, &units));
        asked.expect("ok").map(|officer| officer.signature()).map_err(|refused| refused.code)
    };
    assert!(run(Role::Approver, &["huyen.truong"]).is_ok());
    assert_eq!(run(Role::Clerk, &["huyen.truong"]), Err("wrong_role".to_owned()));
    let foreign = run(Role::Approver, &["huyen.truong", "huyen.tram"]);
    assert_eq!(foreign, Err("foreign_unit".to_owned()), "a unit beside it");
}

#[test]
fn a_session_has_a_purpose() {
    let (mut house, token) = house();
    assert_eq!(house.porter.purpose(None), None);
    assert_eq!(house.porter.purpose(Some(&token)), Some(DUTY));
    assert!(house.porter.note_purpose(Some(&token), "bổ nhiệm"));
    assert_eq!(house.porter.purpose(Some(&token)), Some("bổ nhiệm"));
    assert!(!house.porter.note_purpose(Some(&Token([9; 32])), "bổ nhiệm"));
}
