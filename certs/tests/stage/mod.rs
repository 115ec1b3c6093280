//! A small province to play on: Hòa Bình, with one authority and nodes made to order.

#![allow(dead_code, reason = "each test file uses its own part of the stage")]

use std::sync::Arc;
use std::time::Duration;

use certs::{CaSeeds, Door, PrivateKey, ProvinceCa, ProvinceName, RevokedKeys, TlsIdentity, key};
use dossier::{Timestamp, UnitId};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, ClientConnection, Connection, Error, HandshakeKind, ServerConfig,
    ServerConnection,
};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// 2026-03-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_772_323_200_000);

pub(crate) fn later(days: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + days * DAY_MS)
}

pub(crate) fn hoabinh() -> ProvinceName {
    "hoabinh".parse().expect("a province")
}

pub(crate) fn unit(id: &str) -> UnitId {
    id.parse().expect("a unit")
}

/// Founds a province; other seeds give a look-alike of the same name.
pub(crate) fn found(province: &ProvinceName, seed: u8) -> ProvinceCa {
    let seeds = CaSeeds {
        root_key: [seed; 32],
        issuing_key: [seed + 1; 32],
        root_serial: [seed; 16],
        issuing_serial: [seed + 1; 16],
    };
    let register = PrivateKey::from_seed([seed + 2; 32]);
    ProvinceCa::init(province, &seeds, *register.public(), NOW).expect("a province")
}

/// A node of `unit` with keys from `seed`, its certificate issued at `at`.
pub(crate) fn node(ca: &ProvinceCa, unit_id: &str, seed: u8, at: Timestamp) -> TlsIdentity {
    let key = PrivateKey::from_seed([seed; 32]);
    let change_key = PrivateKey::from_seed([seed + 100; 32]);
    let node = key::node_id(change_key.public());
    let issued = ca.issuing.issue(&unit(unit_id), node, key.public(), [seed; 16], at);
    TlsIdentity { chain: issued.expect("a certificate"), key }
}

/// The hash under which a node's TLS key is revoked.
pub(crate) fn spki(identity: &TlsIdentity) -> dossier::Hash {
    key::spki_hash(identity.key.public())
}

/// A certificate that the issuing key signs although the authority never would: `spoil` changes
/// an otherwise good one.
pub(crate) fn forged(
    ca: &ProvinceCa,
    seed: u8,
    spoil: impl FnOnce(&mut CertificateParams),
) -> TlsIdentity {
    let key = PrivateKey::from_seed([seed; 32]);
    let mut params = good_params("unit-sgddt.hoabinh.hoso.internal");
    spoil(&mut params);
    let issuer = Issuer::from_ca_cert_der(ca.issuing.certificate(), ca.issuing.key());
    let leaf = params.signed_by(&key, &issuer.expect("an issuer")).expect("a certificate");
    TlsIdentity { chain: vec![leaf.into(), ca.issuing.certificate().clone()], key }
}

pub(crate) fn good_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "07".repeat(16));
    params.distinguished_name = subject;
    params.serial_number = Some(vec![0x55; 16].into());
    params.not_before = rcgen::date_time_ymd(2026, 2, 1);
    params.not_after = rcgen::date_time_ymd(2026, 4, 1);
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct Stopped(pub(crate) Timestamp);

impl TimeProvider for Stopped {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.as_seconds().try_into().expect("after 1970");
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

pub(crate) fn clock(at: Timestamp) -> Arc<dyn TimeProvider> {
    Arc::new(Stopped(at))
}

/// The door of `ca`'s province at `at`, with nobody revoked.
pub(crate) fn door(ca: &ProvinceCa, at: Timestamp) -> Door {
    Door {
        province: hoabinh(),
        root: ca.root.certificate().clone(),
        revoked: Arc::new(RevokedKeys::default()),
        clock: clock(at),
    }
}

/// How a handshake ended on both sides.
pub(crate) struct Met {
    pub(crate) client: Result<(), Error>,
    pub(crate) server: Result<(), Error>,
    pub(crate) kinds: (Option<HandshakeKind>, Option<HandshakeKind>),
    pub(crate) protocol: Option<Vec<u8>>,
    pub(crate) seen_by_server: Option<Vec<CertificateDer<'static>>>,
}

/// Lets two configurations meet in memory until both have nothing to say.
pub(crate) fn meet(client: ClientConfig, server: ServerConfig, name: ServerName<'static>) -> Met {
    let mut client: Connection =
        ClientConnection::new(Arc::new(client), name).expect("a client").into();
    let mut server: Connection = ServerConnection::new(Arc::new(server)).expect("a server").into();
    let (mut client_end, mut server_end) = (Ok(()), Ok(()));
    for _ in 0..8 {
        carry(&mut client, &mut server, &mut server_end);
        carry(&mut server, &mut client, &mut client_end);
    }
    Met {
        client: client_end,
        server: server_end,
        kinds: (client.handshake_kind(), server.handshake_kind()),
        protocol: server.alpn_protocol().map(<[u8]>::to_vec),
        seen_by_server: server.peer_certificates().map(<[_]>::to_vec),
    }
}

fn carry(from: &mut Connection, to: &mut Connection, end: &mut Result<(), Error>) {
    let mut wire = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut wire).expect("memory");
    }
    let mut rest = wire.as_slice();
    while !rest.is_empty() && end.is_ok() {
        to.read_tls(&mut rest).expect("memory");
        if let Err(error) = to.process_new_packets() {
            *end = Err(error);
        }
    }
}
