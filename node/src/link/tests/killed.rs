//! Peers that end without a goodbye.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::stage::{PATIENCE, Province};
use crate::link::{CloseReason, LinkLimits};

/// Far below the silence after which a connection is lost.
const SOON: Duration = Duration::from_secs(1);

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

#[test]
fn a_peer_that_was_killed_and_runs_again_is_known_to_be_another_at_the_first_word() {
    let province = Province::new();
    let (here, first, second) = (runtime(), runtime(), runtime());
    let limits = LinkLimits::default;
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));

    let entered = first.enter();
    let mut district = province.run("d151", any, limits(), [1; 32]);
    drop(entered);
    let address = district.address();
    let entered = here.enter();
    let mut commune = province.run("d151.04894", any, limits(), [2; 32]);
    drop(entered);
    let (conn, _) = here.block_on(commune.meet(&mut district));

    // Tasks, timers and socket end together, and nobody says goodbye.
    first.shutdown_timeout(PATIENCE);
    drop(district);
    let entered = second.enter();
    let mut district = province.run("d151", address, limits(), [3; 32]);
    drop(entered);
    here.block_on(async {
        commune.send(conn, b"are you there?");
        let (closed, why) = timeout(SOON, commune.closed()).await.expect("noticed");
        assert_eq!((closed, why), (conn, CloseReason::Lost("reset by peer".to_owned())));
        let (conn, there) = commune.meet(&mut district).await;
        commune.talk(conn, &mut district, there).await;
    });
}
