//! The province's private certificate authority, the enrolment of nodes and the TLS
//! configurations of both doors.
//!
//! **Invariants:** every key is Ed25519. Nothing here reads a clock, entropy or a disk: seeds,
//! serial numbers, salts and instants are arguments, so equal arguments give equal certificates
//! to the byte. The names in a certificate come from the authority's arguments, never from a
//! request. A certificate opens the door only; what a peer may read is decided by the member list
//! after the handshake.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`name`], [`key`], [`chain`] | names of the province, Ed25519 keys, certificates in a row |
//! | [`authority`] | root, issuing authority, charter, the sealed root key |
//! | [`identity`] | who a verified peer is |
//! | [`enrolment`] | token, invite, request, answer, renewal, comparison words |
//! | [`tls`] | the peer door, the enrolment door, revoked keys, refusals |

pub mod authority;
pub mod chain;
mod encoding;
pub mod enrolment;
pub mod identity;
pub mod key;
pub mod name;
pub mod tls;

pub use authority::{AuthorityError, CaSeeds, Charter, IssuingCa, ProvinceCa, RootCa};
pub use identity::NodeIdentity;
pub use key::PrivateKey;
pub use name::ProvinceName;
pub use tls::{Door, DoorRefusal, RevokedKeys, TlsIdentity};
