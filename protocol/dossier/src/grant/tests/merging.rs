//! Acts that were made apart come to the same terms in any order, and never to wider ones.

use proptest::prelude::*;

use super::*;

fn terms() -> impl Strategy<Value = Terms> {
    let scope = (0u8..8, 0u8..8, 0u8..4).prop_map(|(units, dossiers, sections)| Scope {
        units: ["huyen", "huyen.truong", "so"]
            .iter()
            .enumerate()
            .filter(|(place, _)| *place == 0 || units & (1 << place) > 0)
            .map(|(_, it)| unit(it))
            .collect(),
        dossiers: (0..3).filter(|place| dossiers & (1 << place) > 0).map(dossier).collect(),
        sections: ["identity", "family"]
            .iter()
            .enumerate()
            .filter(|(place, _)| sections & (1 << place) > 0)
            .map(|(_, it)| (*it).to_owned())
            .collect(),
    });
    (scope, 1u8..10, 10u8..28, proptest::option::of(1i64..30), any::<bool>()).prop_map(
        |(scope, from, to, ended, waits)| {
            let period = period(&format!("2026-03-{from:02}"), &format!("2026-03-{to:02}"));
            let given = Giving { scope, period, ..consent() };
            Terms { ended: ended.map(noon), waits, ..Terms::of(&given) }
        },
    )
}

fn acts() -> impl Strategy<Value = Vec<GrantAct>> {
    let one = (0u8..3, 1u8..4, 2u8..12, 12u8..21).prop_map(|(kind, dossiers, from, to)| {
        let dossiers = (1..3).filter(|it| dossiers & (1 << (it - 1)) > 0).map(dossier).collect();
        let period = period(&format!("2026-03-{from:02}"), &format!("2026-03-{to:02}"));
        match kind {
            0 => narrow(1, Some(Scope { dossiers, ..consent().scope }), None),
            1 => narrow(1, None, Some(period)),
            _ => end(1),
        }
    });
    proptest::collection::vec(one, 0..6)
}

proptest! {
    #[test]
    fn the_meet_is_a_semilattice(one in terms(), two in terms(), three in terms()) {
        prop_assert_eq!(one.meet(&two), two.meet(&one));
        prop_assert_eq!(one.meet(&two).meet(&three), one.meet(&two.meet(&three)));
        prop_assert_eq!(one.meet(&one), one);
    }

    #[test]
    fn what_both_leave_is_in_each(one in terms(), two in terms(), day in 1i8..30, number in 0u8..3) {
        let tree = tree();
        let left = one.meet(&two);
        let reads = |terms: &Terms| {
            let covers = terms.covers(&unit("huyen.truong"), Some(&dossier(number)), &tree);
            terms.holds(march(day)) && covers
        };
        if reads(&left) {
            prop_assert!(one.period.covers(march(day)) && two.period.covers(march(day)));
            prop_assert!(one.ended.is_none() && two.ended.is_none());
            for terms in [&one, &two] {
                prop_assert!(terms.covers(&unit("huyen.truong"), Some(&dossier(number)), &tree));
            }
        }
    }

    #[test]
    fn acts_come_to_the_same_in_any_order(acts in acts(), order in any::<prop::sample::Index>()) {
        let numbered: Vec<(u8, GrantAct)> = (2..).zip(acts).collect();
        let mut other = numbered.clone();
        if !other.is_empty() {
            let place = order.index(other.len());
            other.rotate_left(place);
            other.reverse();
        }
        let play = |acts: &[(u8, GrantAct)]| {
            let mut grants = book(consent(), "huyen");
            for (number, act) in acts {
                let from = origin(*number, "huyen", i64::from(*number));
                prop_assert_eq!(grants.apply(from.clone(), act), Ok(()));
                prop_assert_eq!(grants.apply(from, act), Err(GrantFault::GivenBefore));
            }
            Ok(grants)
        };
        let (one, two) = (play(&numbered)?, play(&other)?);
        prop_assert_eq!(&one, &two);
        let ended = numbered.iter().any(|(_, act)| matches!(act, GrantAct::End { .. }));
        let terms = &one.get(&id(1)).expect("is there").terms;
        prop_assert_eq!(terms.ended.is_some(), ended);
    }
}
