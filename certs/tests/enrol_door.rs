//! Handshakes at the enrolment door, in memory.

mod stage;

use certs::tls::{ALPN_ENROL, ENROL_SERVER_NAME, enrol_client};
use certs::{DoorRefusal, ProvinceCa, TlsIdentity, chain};
use dossier::{Hash, Timestamp};
use stage::{Met, NOW, clock, door, found, hoabinh, later, meet, node};

fn knock(pin: Hash, own: &TlsIdentity, ca: &ProvinceCa, at: Timestamp) -> Met {
    let client = enrol_client(pin, clock(at)).expect("client");
    let server = door(ca, at).entrance(own).expect("server");
    meet(client, server, ENROL_SERVER_NAME.try_into().expect("a name"))
}

fn why(met: &Met) -> Option<DoorRefusal> {
    met.client.as_ref().err().map(DoorRefusal::of)
}

#[test]
fn one_fingerprint_is_enough_to_enter() {
    let ca = found(&hoabinh(), 1);
    let office = node(&ca, "ubnd", 40, NOW);
    let met = knock(chain::fingerprint(ca.root.certificate()), &office, &ca, NOW);
    assert_eq!((why(&met), met.server.is_ok()), (None, true));
    assert_eq!(met.protocol.as_deref(), Some(ALPN_ENROL));
    assert!(met.seen_by_server.is_none());
}

#[test]
fn fingerprint_one_digit_off_is_refused() {
    let ca = found(&hoabinh(), 1);
    let office = node(&ca, "ubnd", 40, NOW);
    let mut pin = *chain::fingerprint(ca.root.certificate()).as_bytes();
    pin[31] ^= 1;
    assert_eq!(why(&knock(Hash::from_bytes(pin), &office, &ca, NOW)), Some(DoorRefusal::Foreign));
}

#[test]
fn genuine_root_beside_a_foreign_chain_does_not_help() {
    let (ca, look_alike) = (found(&hoabinh(), 1), found(&hoabinh(), 21));
    let pin = chain::fingerprint(ca.root.certificate());
    let spy = node(&look_alike, "ubnd", 40, NOW);
    assert_eq!(why(&knock(pin, &spy, &ca, NOW)), Some(DoorRefusal::Foreign));
    assert_eq!(why(&knock(pin, &spy, &look_alike, NOW)), Some(DoorRefusal::Foreign));
}

#[test]
fn expired_certificate_is_named_as_such() {
    let ca = found(&hoabinh(), 1);
    let office = node(&ca, "ubnd", 40, NOW);
    let pin = chain::fingerprint(ca.root.certificate());
    assert_eq!(why(&knock(pin, &office, &ca, later(46))), Some(DoorRefusal::Expired));
}

#[test]
fn the_two_doors_do_not_open_to_each_other() {
    let ca = found(&hoabinh(), 1);
    let office = node(&ca, "ubnd", 40, NOW);
    let pin = chain::fingerprint(ca.root.certificate());
    let client = enrol_client(pin, clock(NOW)).expect("client");
    let server = door(&ca, NOW).server(&office).expect("server");
    let met = meet(client, server, ENROL_SERVER_NAME.try_into().expect("a name"));
    assert!(met.server.is_err());
    let server = door(&ca, NOW).entrance(&office).expect("server");
    let client = door(&ca, NOW).client(&office).expect("client");
    let name = hoabinh().server_name(&stage::unit("ubnd")).expect("a name");
    assert!(meet(client, server, name).server.is_err());
}
