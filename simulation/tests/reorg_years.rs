//! The reorganisations of 2020 and 2025 on the whole tree of the province: Kỳ Sơn joins the city and
//! communes are merged, then the district level ends. Which commune took over which in 2020 is not known,
//! so neighbours in the list stand for them; what is counted does not hang on it.

use std::collections::BTreeMap;

use config::Files;
use dossier::unit::{Ending, Holding, ReorgAct, ReorgPlan, Tier, Unit, UnitTree};
use dossier::validity::first_day;
use dossier::{DossierId, LegalBasis, PartialDate, UnitId};

/// Communes that ended in 2020.
const MERGED_2020: usize = 59;
/// Communes that become one in 2025, on the average.
const MERGED_2025: usize = 3;

fn id(text: &str) -> UnitId {
    text.parse().expect("a unit id")
}

fn plan(number: &str, signed: &str, effective: &str, acts: Vec<ReorgAct>) -> ReorgPlan {
    let decision = LegalBasis::Decision {
        issuer: "UBTVQH".to_owned(),
        number: number.to_owned(),
        signed_on: signed.parse().expect("a day"),
        effective_on: None,
        scan: None,
    };
    let effective = effective.parse().expect("a day");
    ReorgPlan { decision, effective, without_nodes: false, acts }
}

fn end(unit: &UnitId, rest: &UnitId) -> ReorgAct {
    let (unit, rest) = (unit.clone(), Some(rest.clone()));
    ReorgAct::End(Ending { unit, rest, listed: BTreeMap::new() })
}

fn lives(unit: &Unit, day: PartialDate) -> bool {
    unit.validity.covers(first_day(day))
}

/// The city stands at the district level.
fn is_district(unit: &Unit) -> bool {
    matches!(unit.kind.as_str(), "ubnd_district" | "ubnd_city")
}

fn communes(tree: &UnitTree, day: PartialDate) -> Vec<&Unit> {
    tree.units().filter(|unit| unit.kind == "ubnd_xa" && lives(unit, day)).collect()
}

/// Everybody's dossiers, two at each unit that keeps some, by their custodian.
fn kept(tree: &UnitTree) -> BTreeMap<DossierId, UnitId> {
    let holders = tree.units().filter(|unit| unit.holds_dossiers != Holding::No);
    let twice = holders.flat_map(|unit| [unit, unit]).enumerate();
    twice
        .map(|(number, unit)| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            (DossierId::from_bytes(bytes), unit.id.clone())
        })
        .collect()
}

/// Carries a plan out; every dossier of an ended unit has its one successor.
fn carry_out(
    plan: &ReorgPlan,
    tree: &UnitTree,
    keepers: &mut BTreeMap<DossierId, UnitId>,
) -> UnitTree {
    let next = plan.next(tree).expect("a lawful plan");
    assert!(plan.is_done_in(&next) && !plan.is_done_in(tree));
    let endings: BTreeMap<&UnitId, &Ending> = plan.endings().map(|it| (&it.unit, it)).collect();
    for (dossier, keeper) in keepers.iter_mut() {
        if let Some(ending) = endings.get(keeper) {
            keeper.clone_from(ending.successor_of(dossier).expect("a successor"));
        }
    }
    for keeper in keepers.values() {
        let unit = next.get(keeper).expect("a unit of the tree");
        assert!(lives(unit, plan.effective), "{keeper} has ended and keeps something");
        assert_ne!(unit.holds_dossiers, Holding::No, "{keeper}");
    }
    for unit in next.units().filter(|unit| lives(unit, plan.effective)) {
        let above = next.parent(&unit.id);
        assert!(above.is_none_or(|above| lives(above, plan.effective)), "{} hangs", unit.id);
    }
    next
}

#[test]
fn after_2020_and_2025_every_dossier_has_one_living_keeper() {
    let tree = config::load_tree(&Files::embedded()).expect("the tree of the province");
    let mut keepers = kept(&tree);
    let count = keepers.len();
    let (founded, later) =
        ("2014-01-01".parse().expect("a day"), "2020-01-01".parse().expect("a day"));
    let all = communes(&tree, founded);
    assert_eq!(all.len(), 210);

    let mut acts = vec![end(&id("d151"), &id("d148"))];
    let pairs = all.chunks(2).filter(|pair| pair.len() == 2);
    acts.extend(pairs.take(MERGED_2020).map(|pair| end(&pair[1].id, &pair[0].id)));
    let first = plan("830/NQ-UBTVQH14", "2019-12-17", "2020-01-01", acts);
    let of_2020 = carry_out(&first, &tree, &mut keepers);
    assert_eq!(communes(&of_2020, later).len(), 151);
    assert_eq!(of_2020.body_of(&id("d151.04894")), Some(&id("d148")), "its units came along");

    let last = "2025-07-01".parse().expect("a day");
    let districts: Vec<&Unit> = of_2020
        .units()
        .filter(|unit| unit.tier == Tier::Two && is_district(unit) && lives(unit, last))
        .collect();
    let living = communes(&of_2020, last);
    let mut acts: Vec<ReorgAct> = Vec::new();
    for group in living.chunks(MERGED_2025) {
        let (stays, go) = group.split_first().expect("some");
        acts.push(ReorgAct::Move { unit: stays.id.clone(), under: id("tier3") });
        acts.extend(go.iter().map(|unit| end(&unit.id, &stays.id)));
    }
    let districts: Vec<UnitId> = districts.iter().map(|unit| unit.id.clone()).collect();
    for district in &districts {
        acts.extend(of_2020.children(district).filter_map(|unit| {
            let office = unit.kind != "ubnd_xa" && lives(unit, last);
            office.then(|| end(&unit.id, &id("snv")))
        }));
        acts.push(end(district, &id("snv")));
    }
    let second = plan("1676/NQ-UBTVQH15", "2025-06-16", "2025-07-01", acts);
    let of_2025 = carry_out(&second, &of_2020, &mut keepers);
    assert_eq!(keepers.len(), count, "none is lost");
    let body = |unit: &&Unit| is_district(unit) && lives(unit, last);
    assert_eq!(of_2025.units().filter(body).count(), 0, "the district level ended");
    assert_eq!(communes(&of_2025, last).len(), 151_usize.div_ceil(MERGED_2025));
}
