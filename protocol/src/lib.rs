//! What two nodes must agree on: pure machines over the domain of [`dossier`].
//!
//! **Invariant:** this crate knows no clock, socket, disk, entropy, thread or async runtime. Time,
//! randomness, signatures and stored records are arguments.

pub mod abroad;
pub mod account;
pub mod acknowledgement;
pub mod admission;
pub mod archive;
pub mod attachment;
pub mod audit;
pub mod authoring;
pub mod chain;
pub mod codec;
pub mod control;
pub mod core;
pub mod custody;
pub mod envelope;
pub mod holding;
pub mod limits;
pub mod lines;
pub mod member;
pub mod notice;
pub mod parcel;
pub mod reconciliation;
pub mod records;
pub mod renewal;
pub mod signature;
pub mod wire;

pub use dossier::plant;

pub use core::{Answer, Command, ConnId, Core, Effect, Event, Moment};
pub use limits::LIMITS;
pub use records::{Entry, Fault, FeedPosition, Op, Records, Table, Transaction};
pub use signature::{Crypto, PublicKey, Signature};
