//! Handshakes at the renewal door, in memory: who may show a certificate that ended.

mod stage;

use certs::tls::{ALPN_ENROL, ALPN_RENEW, ENROL_SERVER_NAME, enrol_client, renew_client};
use certs::{Door, DoorRefusal, ProvinceCa, TlsIdentity, chain};
use dossier::Timestamp;
use stage::{Met, NOW, clock, door, forged, found, hoabinh, later, meet, node, spki, unit};

/// The office as it stands at `at`, with a certificate of that day, and a guest whose clock shows
/// `theirs`.
fn knock(ca: &ProvinceCa, guest: &TlsIdentity, at: Timestamp, theirs: Timestamp) -> Met {
    knock_at(&door(ca, at), ca, guest, at, theirs)
}

fn knock_at(
    door: &Door,
    ca: &ProvinceCa,
    guest: &TlsIdentity,
    at: Timestamp,
    theirs: Timestamp,
) -> Met {
    let office = node(ca, "ubnd", 40, at);
    let pin = chain::fingerprint(ca.root.certificate());
    let client = renew_client(guest, pin, clock(theirs)).expect("client");
    let server = door.entrance(&office).expect("server");
    meet(client, server, ENROL_SERVER_NAME.try_into().expect("a name"))
}

fn refused(met: &Met) -> Option<DoorRefusal> {
    met.server.as_ref().err().map(DoorRefusal::of)
}

#[test]
fn a_certificate_opens_the_door_until_sixty_days_after_its_end() {
    let ca = found(&hoabinh(), 1);
    let guest = node(&ca, "sgddt", 50, NOW);
    for day in [0, 44, 46, 100, 105] {
        let met = knock(&ca, &guest, later(day), later(day));
        assert_eq!((refused(&met), met.client.is_ok()), (None, true), "day {day}");
        assert_eq!(met.protocol.as_deref(), Some(ALPN_RENEW));
        assert_eq!(met.seen_by_server.as_deref(), Some(&guest.chain[..]));
    }
    let met = knock(&ca, &guest, later(106), later(106));
    assert_eq!(refused(&met), Some(DoorRefusal::Expired));
    let met = knock(&ca, &guest, later(-1), later(-1));
    assert_eq!(refused(&met), Some(DoorRefusal::NotYetValid));
}

#[test]
fn a_wrong_clock_of_the_guest_does_not_keep_it_out() {
    let ca = found(&hoabinh(), 1);
    let guest = node(&ca, "sgddt", 50, NOW);
    for theirs in [later(-1000), later(50), later(5000)] {
        let met = knock(&ca, &guest, later(50), theirs);
        assert_eq!((refused(&met), met.client.is_ok()), (None, true));
    }
}

#[test]
fn revoked_foreign_and_malformed_certificates_stay_outside() {
    let (ca, look_alike) = (found(&hoabinh(), 1), found(&hoabinh(), 21));
    let guest = node(&ca, "sgddt", 50, NOW);
    let shut = door(&ca, later(50));
    shut.revoked.insert(spki(&guest));
    let met = knock_at(&shut, &ca, &guest, later(50), later(50));
    assert_eq!(refused(&met), Some(DoorRefusal::Revoked));

    let stranger = node(&look_alike, "sgddt", 50, NOW);
    let met = knock(&ca, &stranger, later(50), later(50));
    assert_eq!(refused(&met), Some(DoorRefusal::Foreign));

    let spoilt = forged(&ca, 60, |params| params.extended_key_usages.truncate(1));
    assert!(refused(&knock(&ca, &spoilt, later(10), later(10))).is_some());

    let mut stolen = node(&ca, "sgddt", 50, NOW);
    stolen.key = certs::PrivateKey::from_seed([99; 32]);
    let pin = chain::fingerprint(ca.root.certificate());
    assert!(renew_client(&stolen, pin, clock(NOW)).is_err(), "the key is not the certificate's");
}

#[test]
fn the_guest_believes_one_root_only() {
    let (ca, look_alike) = (found(&hoabinh(), 1), found(&hoabinh(), 21));
    let guest = node(&ca, "sgddt", 50, NOW);
    let client = renew_client(&guest, chain::fingerprint(ca.root.certificate()), clock(NOW));
    let server = door(&look_alike, NOW).entrance(&node(&look_alike, "ubnd", 40, NOW));
    let name = ENROL_SERVER_NAME.try_into().expect("a name");
    let met = meet(client.expect("client"), server.expect("server"), name);
    assert_eq!(met.client.as_ref().err().map(DoorRefusal::of), Some(DoorRefusal::Foreign));
}

#[test]
fn the_renewal_door_is_no_way_to_the_peers() {
    let ca = found(&hoabinh(), 1);
    let guest = node(&ca, "sgddt", 50, NOW);
    let at = later(50);
    let office = node(&ca, "ubnd", 40, at);
    let pin = chain::fingerprint(ca.root.certificate());
    let client = renew_client(&guest, pin, clock(at)).expect("client");
    let server = door(&ca, at).server(&office).expect("server");
    assert!(meet(client, server, ENROL_SERVER_NAME.try_into().expect("a name")).server.is_err());
    // The peer door keeps refusing what has ended.
    let client = door(&ca, at).client(&guest).expect("client");
    let server = door(&ca, at).server(&office).expect("server");
    let name = hoabinh().server_name(&unit("ubnd")).expect("a name");
    assert_eq!(refused(&meet(client, server, name)), Some(DoorRefusal::Expired));
}

#[test]
fn who_shows_no_certificate_speaks_the_language_of_enrolment() {
    let ca = found(&hoabinh(), 1);
    let client = enrol_client(chain::fingerprint(ca.root.certificate()), clock(NOW));
    let server = door(&ca, NOW).entrance(&node(&ca, "ubnd", 40, NOW));
    let name = ENROL_SERVER_NAME.try_into().expect("a name");
    let met = meet(client.expect("client"), server.expect("server"), name);
    assert_eq!(met.protocol.as_deref(), Some(ALPN_ENROL));
    assert!(met.seen_by_server.is_none());
}
