//! The custody machines, walked: one desk for each machine of a small province, and a net that loses,
//! doubles and reorders what they say.
//!
//! A life draws from one seed who acts, what arrives, which power is cut, whose disk goes back in
//! time and what a rogue signs; then everything is healed and judged
//! ([`crate::checker::custody`]). Keys, signatures and rows are real; the content of a dossier is a
//! set of signed changes with heads.
//!
//! **Invariant:** nothing here reads a clock or draws entropy: a seed is one run.

mod command;
mod ending;
mod heal;
mod leaf;
mod life;
mod people;
mod province;
mod rogue;
mod trouble;
mod walk;

pub use command::{Arguments, live_all, live_or_tell};
pub use leaf::{Leaf, Leaves};
pub use life::{Life, Options, Packet, Report, live};
pub use province::{A, B, C, D, Folk, K, NAMES, P, W};
pub use trouble::{Trouble, Troubles};

#[cfg(test)]
mod tests;
