//! Certificates over a life of months: renewed at half life, through tier 2, whatever happens in
//! between.

use config::Profile;
use node::home::{KEYS, KeysFile, Resident};
use protocol::{Answer, Command};

use crate::stage::{DEPARTMENT, SCHOOL, Stage, Up, until};

/// After the latest moment of renewal (half of 45 days and a tenth), before the first end.
const RENEWED: i64 = 26;
/// After the end of the certificates of day 0, before the renewal of those of day 26.
const FIRST_ENDED: i64 = 46;

const NODES: [&str; 3] = ["p", "so", "truong"];

/// A province of three nodes that have spoken.
pub(crate) async fn province() -> (Stage, [Up; 3]) {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    let below = stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(1).await;
    (stage, [top, middle, below])
}

pub(crate) async fn renewed(stage: &Stage, name: &str, old: &Resident) {
    let fresh = async || {
        // A node at rest looks at a clock that was set when something next happens there.
        stage.status(name).await;
        let new = stage.resident(name);
        new.identity.spki_hash != old.identity.spki_hash
            && new.identity.not_before > old.identity.not_before
            && new.next_tls.is_none()
    };
    until(&format!("a new certificate of {name}"), fresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_renewed_at_half_life_and_the_province_goes_on() {
    let (stage, [top, middle, below]) = province().await;
    let old = NODES.map(|name| stage.resident(name));
    stage.days_later(RENEWED);
    for (name, old) in NODES.iter().zip(&old) {
        renewed(&stage, name, old).await;
    }
    stage.write(2).await;

    // From here on only the new certificates open doors: the listening sides of the top and of
    // the middle show theirs to nodes that dial afresh, and so does the enrolment door.
    stage.days_later(FIRST_ENDED);
    stage.stop("truong", below).await;
    let below = stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(3).await;
    stage.stop("so", middle).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    stage.stop("truong", below).await;
    stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(4).await;
    stage.join(&top, "khac", "syt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_issue_and_installation_costs_a_question_and_no_entry() {
    let (stage, [_top, middle, below]) = province().await;
    let identity = stage.at("truong").join("identity.json");
    let (home, disk) = (stage.home("truong"), stage.environment().disk);
    let before = std::fs::read(&identity).expect("identity");
    let old = stage.resident("truong");
    stage.days_later(RENEWED);
    renewed(&stage, "truong", &old).await;
    let new = stage.resident("truong");
    stage.stop("truong", below).await;

    // The moment before the certificate was written: both keys are there, the old one is in use.
    let seed = |resident: &Resident| dossier::Hash::from_bytes(*resident.tls.seed());
    let keys: KeysFile = home.read_sealed(&*disk, KEYS).expect("keys");
    let both = KeysFile { tls: seed(&old), next_tls: Some(seed(&new)), ..keys.clone() };
    home.write_sealed(&*disk, KEYS, &both).expect("written");
    std::fs::write(&identity, &before).expect("written");
    assert_eq!(stage.resident("truong").identity, old.identity);
    let entries = stage.status("p").await.members;
    let below = stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(2).await;
    renewed(&stage, "truong", &old).await;
    assert_eq!(stage.resident("truong").identity.spki_hash, new.identity.spki_hash);
    assert_eq!(stage.status("p").await.members, entries, "the key was on the list already");

    // A directory put back from a copy of before the renewal: its old key still opens the door,
    // and the next certificate is for a key the province has not seen.
    stage.stop("truong", below).await;
    let keys_of_old = KeysFile { tls: seed(&old), next_tls: None, ..keys };
    home.write_sealed(&*disk, KEYS, &keys_of_old).expect("written");
    std::fs::write(&identity, &before).expect("written");
    stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(3).await;
    renewed(&stage, "truong", &old).await;
    assert_ne!(stage.resident("truong").identity.spki_hash, new.identity.spki_hash);
    let agreed = async || stage.ask("truong", Command::Sync).await == Answer::Synced(Some(true));
    until("agreement", agreed).await;
}
