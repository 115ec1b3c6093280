//! Layer 1: hand-driven cores. The decisions of a small province, without sockets, disks or
//! runtime: thousands of seeds in the time in which the whole world lives through one.
//!
//! A [`World`] holds real [`protocol::Core`]s over stores in memory and the wires between them. A
//! life draws what happens from one seed, heals everything, and asks the judges. Keys and signatures
//! are real. What belongs to the shell alone (QUIC, files, fsync) is lived in [`crate::world`].
//!
//! **Invariant:** nothing here reads a clock or draws entropy: a seed is one run.

mod chronicle;
mod clocks;
mod command;
mod custodians;
mod desk;
mod door;
mod heal;
mod judges;
mod lapses;
mod lasting;
mod life;
mod notary;
mod office;
mod province;
mod reading;
mod register;
mod rights;
mod rogue;
mod store;
mod transfers;
mod trouble;
mod wires;
mod world;

pub use command::{Arguments, live_all, live_or_tell};
pub use life::{Options, Report, live};
pub use notary::Notary;
pub use province::{A, B, C, HUYEN, PROVINCE, SO, UNITS, grounds, meta, node_id, set, sides, tree};
pub use store::Memory;
pub use trouble::{Trouble, Troubles};
pub use world::{Fate, Node, Standing, World};
