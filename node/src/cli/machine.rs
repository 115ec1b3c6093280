//! What the command line sets in motion beyond asking a running node: founding a province, joining
//! it, serving, the demonstration.

use std::net::SocketAddr;
use std::path::PathBuf;

use certs::name::ProvinceName;
use config::Settings;
use dossier::{NodeId, UnitId, unit::UnitTree};

use super::{CliError, DemoArguments};

/// The parts of the program that the verbs start. Times and random bytes come from its environment.
pub trait Machine {
    /// Makes a province: root, issuing authority, tier-3 node, member list, org tree.
    ///
    /// # Errors
    /// [`CliError`]; nothing is left behind.
    fn found(&self, order: Founding) -> Result<Founded, CliError>;

    /// Joins a province over the network.
    ///
    /// # Errors
    /// [`CliError`]; the token is spent only when the node was taken in.
    fn enrol_online(&self, order: &Joining, address: &str) -> Result<Enrolled, CliError>;

    /// Begins to join by hand: keys are made, and a request to be carried to tier 3 is returned.
    ///
    /// # Errors
    /// [`CliError`].
    fn request(&self, order: &Joining) -> Result<String, CliError>;

    /// Answers a request that was carried to the tier-3 node of `data_dir`.
    ///
    /// # Errors
    /// [`CliError`].
    fn answer(&self, data_dir: &std::path::Path, request: &str) -> Result<String, CliError>;

    /// Ends to join by hand with the answer that was carried back.
    ///
    /// # Errors
    /// [`CliError`].
    fn finish(&self, data_dir: &std::path::Path, answer: &str) -> Result<Enrolled, CliError>;

    /// Runs the node until it is told to stop; calls `ready` once it answers.
    ///
    /// # Errors
    /// [`CliError`], with [`super::Exit::Locked`] when the data directory is in use and
    /// [`super::Exit::Upgrade`] when it is of another version.
    fn serve(&self, settings: &Settings, ready: Box<dyn FnOnce(Started)>) -> Result<(), CliError>;

    /// Plays the demonstration; answers the exit code.
    ///
    /// # Errors
    /// Whatever kept the story from being told to its end.
    fn demo(&self, arguments: DemoArguments) -> anyhow::Result<i32>;
}

/// How a province begins.
#[derive(Debug)]
pub struct Founding {
    /// Data directory of the tier-3 node.
    pub data_dir: PathBuf,
    /// Where the root goes, apart from the node.
    pub root_dir: PathBuf,
    /// Name in certificates.
    pub province: ProvinceName,
    /// The units.
    pub tree: UnitTree,
    /// Opens the root's key.
    pub passphrase: String,
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
    /// Where peers are awaited.
    pub listen: SocketAddr,
    /// Where newcomers are awaited.
    pub enrol_listen: SocketAddr,
}

/// A province that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founded {
    /// The tier-3 node.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// Fingerprint of the root, for people to compare.
    pub root_fingerprint: String,
}

/// How a node joins.
#[derive(Debug)]
pub struct Joining {
    /// Its data directory.
    pub data_dir: PathBuf,
    /// The one-time token, or the JSON of the delivery file.
    pub invitation: String,
}

/// A node that joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The node.
    pub node: NodeId,
    /// The unit it serves.
    pub unit: UnitId,
}

/// A node that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The node.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// Its tier.
    pub tier: u8,
    /// Where peers are awaited.
    pub peer: SocketAddr,
    /// Where newcomers are awaited.
    pub enrol: Option<SocketAddr>,
}
