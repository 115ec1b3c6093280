//! When a tick has something to do, and clocks that are set back.

use dossier::Hash;
use protocol::{ConnId, Event, Records as _};

use simulation::cores::{A, PROVINCE, SO, World};

const DAY_MS: i64 = 86_400_000;

fn next_tick_ms(world: &World, place: usize) -> Option<u128> {
    let node = &world.nodes[place];
    let now = dossier::Timestamp::from_millis(world.now);
    node.core.next_tick(now, &node.store).map(|rest| rest.as_millis())
}

#[test]
fn a_node_at_rest_asks_for_no_tick_before_its_daily_comparison() {
    let mut world = World::new(30);
    world.connect_all();
    world.create(A, "so.a", "Một");
    world.settle();
    for _ in 0..20 {
        world.pass(3_700_000);
    }
    let rest = next_tick_ms(&world, A).expect("connected");
    assert!(rest > 600_000, "{rest} ms");
    let (carried, head) = (world.carried, world.nodes[A].store.feed_head());
    world.now += i64::try_from(rest).expect("short") - 1_000;
    world.handle(A, Event::Tick);
    assert_eq!((world.carried, world.nodes[A].store.feed_head()), (carried, head));
    assert_eq!(next_tick_ms(&World::new(31), PROVINCE), None, "alone, nothing is due");
}

#[test]
fn a_clock_that_is_set_back_lets_no_silent_caller_stay() {
    let mut world = World::new(32);
    let unit = "so.a".parse().expect("unit");
    let (conn, tls_key) = (ConnId(9_999), Hash::of(b"so.a"));
    world.handle(SO, Event::Opened { conn, tls_key, unit, dialled: false });
    assert!(next_tick_ms(&world, SO).is_some_and(|rest| rest <= 5_001));
    world.now -= 3_650 * DAY_MS;
    world.pass(1);
    assert_eq!(world.nodes[SO].core.sessions().count(), 1);
    assert!(next_tick_ms(&world, SO).is_some_and(|rest| rest <= 5_001));
    world.pass(6_000);
    assert_eq!(world.nodes[SO].core.sessions().count(), 0);
}
