use super::*;
use crate::unit::Tier;
use crate::unit::{Holding, Unit};
use crate::validity::Validity;

fn node() -> NodeId {
    NodeId::from_bytes([1; 16])
}

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

fn tree() -> UnitTree {
    let unit = |name: &str, parent: Option<&str>, tier: u8| Unit {
        id: id(name),
        parent: parent.map(id),
        tier: Tier::try_from(tier).expect("tier"),
        name: name.to_owned(),
        kind: "so".to_owned(),
        holds_dossiers: Holding::Yes,
        validity: Validity::ALWAYS,
        successor: None,
    };
    let units = vec![
        unit("tinh", None, 0),
        unit("tier3", Some("tinh"), 3),
        unit("huyen", Some("tier3"), 2),
        unit("huyen.truong", Some("huyen"), 1),
        unit("so", Some("tier3"), 2),
    ];
    UnitTree::new(units).expect("tree")
}

fn campaign(units: &[&str]) -> Campaign {
    Campaign {
        title: "Bổ sung lý lịch năm 2026".to_owned(),
        year: Some(2026),
        units: units.iter().map(|it| id(it)).collect(),
        dossiers: BTreeSet::new(),
        due_on: "2026-12-01".parse().expect("a day"),
        by: "Hà Văn Tú".to_owned(),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// R-9.2b.1: a body opens a campaign for its units, and for no others.
#[test]
fn a_body_asks_its_own_units() {
    let (tree, known) = (tree(), Campaigns::default());
    let judge = |unit: &str, campaign: Campaign| {
        known.judge(&CampaignAct::Open(campaign), node(), &id(unit), &tree)
    };
    assert_eq!(judge("huyen", campaign(&["huyen"])), Ok(()));
    assert_eq!(judge("huyen", campaign(&["huyen.truong"])), Ok(()));
    assert_eq!(judge("huyen.truong", campaign(&["huyen.truong"])), Ok(()));
    assert_eq!(judge("tier3", campaign(&["so", "huyen"])), Ok(()));
    for (unit, units) in [("huyen", "so"), ("huyen.truong", "huyen"), ("tinh", "huyen")] {
        assert_eq!(judge(unit, campaign(&[units])), Err(CampaignFault::NotBelow), "{unit}");
    }
    assert_eq!(judge("huyen", campaign(&["nowhere"])), Err(CampaignFault::NotBelow));
    assert_eq!(judge("huyen", campaign(&[])), Err(CampaignFault::Units));
    let untitled = Campaign { title: " ".to_owned(), ..campaign(&["huyen"]) };
    assert_eq!(judge("huyen", untitled), Err(CampaignFault::TextOrDay));
    let undated = Campaign { due_on: "2026".parse().expect("a year"), ..campaign(&["huyen"]) };
    assert_eq!(judge("huyen", undated), Err(CampaignFault::TextOrDay));
    let many = (0..=500u16).map(|it| {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&it.to_be_bytes());
        DossierId::from_bytes(bytes)
    });
    let crowded = Campaign { dossiers: many.collect(), ..campaign(&["huyen"]) };
    assert_eq!(judge("huyen", crowded), Err(CampaignFault::Dossiers));
}

/// R-9.2b.1: a campaign is reminded of and closed by the body that opened it.
#[test]
fn acts_come_to_the_same_in_any_order() {
    let (tree, own) = (tree(), id("huyen"));
    let opening = Hash::of(b"opening");
    let remind = |text: &str| {
        let (text, by) = (text.to_owned(), "A".to_owned());
        CampaignAct::Remind { campaign: opening, text, by }
    };
    let close = CampaignAct::Close { campaign: opening, by: "A".to_owned() };
    let acts = [
        (b"1", at(5), remind("còn năm ngày")),
        (b"2", at(9), close.clone()),
        (b"3", at(7), close.clone()),
        (b"4", at(6), remind("còn ba ngày")),
    ];
    let mut backwards = acts.to_vec();
    backwards.reverse();
    let come_to = |acts: &[(&[u8; 1], Timestamp, CampaignAct)]| {
        let mut known = Campaigns::default();
        let open = CampaignAct::Open(campaign(&["huyen"]));
        known.apply(opening, &own, at(1), &open).expect("opens");
        for (id, at, act) in acts {
            known.judge(act, node(), &own, &tree).expect("is lawful");
            known.apply(Hash::of(*id), &own, *at, act).expect("is taken");
        }
        known
    };
    let known = come_to(&acts);
    assert_eq!(known, come_to(&backwards));
    let kept = known.get(&opening).expect("is known");
    assert_eq!((kept.reminders.len(), kept.closed), (2, Some(at(7))));
    assert_eq!(known.judge(&close, node(), &id("so"), &tree), Err(CampaignFault::Foreign));
    let unknown = CampaignAct::Close { campaign: Hash::ZERO, by: "A".to_owned() };
    assert_eq!(known.judge(&unknown, node(), &own, &tree), Err(CampaignFault::UnknownCampaign));
}

/// R-9.2b.1: a request asks for the dossiers it names, a campaign for all of its units.
#[test]
fn a_request_asks_for_named_dossiers() {
    let (tree, school) = (tree(), id("huyen.truong"));
    let [one, two] = [1, 2].map(|it| DossierId::from_bytes([it; 16]));
    let kept = |dossiers: &[DossierId]| Kept {
        unit: id("huyen"),
        at: at(0),
        campaign: Campaign { dossiers: dossiers.iter().copied().collect(), ..campaign(&["huyen"]) },
        reminders: BTreeMap::new(),
        closed: None,
    };
    assert!(kept(&[]).asks(&one, &school, &tree) && kept(&[]).asks(&two, &school, &tree));
    assert!(kept(&[one]).asks(&one, &school, &tree) && !kept(&[one]).asks(&two, &school, &tree));
    assert!(!kept(&[]).asks(&one, &id("so"), &tree));
}
