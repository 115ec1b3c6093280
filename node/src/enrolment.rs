//! Joining a province: keys are made here, the request goes over the network or as a file, and
//! nothing of an answer is kept that the pinned root does not vouch for.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use certs::{
    PrivateKey, chain,
    enrolment::{
        Delivery, EnrolAnswer, EnrolRequest, Enrolled, InviteToken, check_answer, comparison_words,
    },
    tls::{ENROL_SERVER_NAME, enrol_client},
};
use dossier::{
    Hash, UnitId,
    unit::{Tier, UnitTree},
};
use protocol::{codec, control::SignedTree, member::SignedEntry};
use serde::{Deserialize, Serialize};

use crate::{
    environment::{Environment, entropy::draw},
    home::{Home, HomeError, IDENTITY, IdentityFile, KEYS, KeysFile},
    link::{
        CloseReason, LinkError,
        enrolment::{TRY_INTERVAL, enrol_over_network},
    },
    province::{SetupError, found_store},
    seal::{Founding, Means, RecoveryCode},
    store::IndexKind,
    tls_time::TlsTime,
};

/// What an enrolling node is told besides its certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bundle {
    /// The member list, this node's own entry included.
    pub members: Vec<SignedEntry>,
    /// The org tree.
    pub tree: SignedTree,
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
}

/// An invite in the hands of the joining node.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The token.
    pub token: InviteToken,
    /// The unit to serve.
    pub unit: UnitId,
    /// Where tier 3 is found again, `host:port`, if known.
    pub door: Option<String>,
}

/// A node that has joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Who it is.
    pub identity: certs::NodeIdentity,
    /// The tier of its unit, as the org tree says.
    pub tier: Option<Tier>,
    /// Six words to compare with the province by telephone.
    pub words: [&'static str; 6],
    /// What opens the node's data when its key is lost, where its vault was just made; told once.
    pub recovery: Option<RecoveryCode>,
}

/// A joining node between request and answer, when both travel as files.
#[derive(Serialize, Deserialize)]
struct PendingFile {
    token: String,
    unit: UnitId,
    keys: KeysFile,
    #[serde(default)]
    door: Option<String>,
}

/// How often a busy door is tried again.
const BUSY_TRIES: u32 = 10;

const PENDING: &str = "pending.sealed";

/// Reads a ticket from a delivery file.
///
/// # Errors
/// [`SetupError::Refused`] when the file contradicts itself.
pub fn ticket_from_delivery(text: &[u8]) -> Result<(Ticket, Delivery), SetupError> {
    let (delivery, token, _root) = Delivery::open(text).map_err(refused)?;
    let door = Some(delivery.address.clone()).filter(|address| is_reachable(address));
    Ok((Ticket { token, unit: delivery.unit.clone(), door }, delivery))
}

/// Whether others can dial an address: a door that listens everywhere does not say where it is.
fn is_reachable(address: &str) -> bool {
    let everywhere = |socket: SocketAddr| socket.ip().is_unspecified();
    !address.is_empty() && !address.parse().is_ok_and(everywhere)
}

/// Makes keys in a new directory and the request to be carried to the province; the recovery code
/// of the directory's vault comes with it the first time.
///
/// # Errors
/// [`SetupError`].
pub fn request(
    environment: &Environment,
    data_dir: &Path,
    ticket: &Ticket,
    seal: &Founding,
) -> Result<(EnrolRequest, Option<RecoveryCode>), SetupError> {
    let disk = &*environment.disk;
    let opened = Home::open(environment, data_dir, &seal.means);
    let known = opened.and_then(|home| {
        let pending = home.read_sealed::<PendingFile>(disk, PENDING);
        Ok((home, pending?))
    });
    let mut recovery = None;
    let pending = match known {
        // The same keys again: a request whose answer was lost may be repeated.
        Ok((home, mut pending)) => {
            if ticket.door.is_some() && pending.door != ticket.door {
                pending.door.clone_from(&ticket.door);
                home.write_sealed(disk, PENDING, &pending)?;
            }
            pending
        }
        Err(HomeError::Missing(_)) => {
            let (home, code) = Home::found(environment, data_dir, seal)?;
            recovery = Some(code);
            let entropy = &*environment.entropy;
            let keys = KeysFile {
                tls: Hash::from_bytes(draw(entropy)),
                next_tls: None,
                change: Hash::from_bytes(draw(entropy)),
                audit: None,
            };
            let token = ticket.token.text();
            let (unit, door) = (ticket.unit.clone(), ticket.door.clone());
            let pending = PendingFile { token, unit, keys, door };
            home.write_sealed(disk, PENDING, &pending)?;
            pending
        }
        Err(error) => return Err(error.into()),
    };
    Ok((request_of(ticket, &pending.keys), recovery))
}

fn request_of(ticket: &Ticket, keys: &KeysFile) -> EnrolRequest {
    let tls = PrivateKey::from_seed(*keys.tls.as_bytes());
    let change = PrivateKey::from_seed(*keys.change.as_bytes());
    EnrolRequest::new(&ticket.token, ticket.unit.clone(), &tls, &change)
}

/// Takes the answer that came back as a file.
///
/// # Errors
/// [`SetupError`]; nothing of the answer is kept then.
pub fn finish(
    environment: &Environment,
    data_dir: &Path,
    (index, means): (IndexKind, &Means),
    answer: &[u8],
) -> Result<Joined, SetupError> {
    let home = Home::open(environment, data_dir, means)?;
    let disk = &*environment.disk;
    let pending: PendingFile = home.read_sealed(disk, PENDING)?;
    let token: InviteToken = pending.token.parse().map_err(refused)?;
    let ticket = Ticket { token, unit: pending.unit, door: pending.door };
    let request = request_of(&ticket, &pending.keys);
    let answer = EnrolAnswer::from_json(answer).map_err(refused)?;
    let now = environment.clock.now();
    let enrolled = check_answer(&ticket.token, &request, answer, now).map_err(refused)?;
    let words = words_of(&ticket, &pending.keys);
    let tree = settle(environment, &home, index, &pending.keys, &enrolled, ticket.door)?;
    let tier = tree.get(&enrolled.identity.unit).map(|unit| unit.tier);
    disk.remove(&data_dir.join(PENDING))
        .map_err(|source| SetupError::RootFile(data_dir.join(PENDING), source))?;
    Ok(Joined { identity: enrolled.identity, tier, words, recovery: None })
}

/// Joins over the network.
///
/// # Errors
/// [`SetupError`].
pub async fn enrol_online(
    environment: &Environment,
    data_dir: &Path,
    (index, seal): (IndexKind, &Founding),
    ticket: &Ticket,
    door: SocketAddr,
) -> Result<Joined, SetupError> {
    let (request, recovery) = request(environment, data_dir, ticket, seal)?;
    let clock = Arc::new(TlsTime::new(Arc::clone(&environment.clock)));
    let tls = enrol_client(ticket.token.root_fingerprint(), clock).map_err(refused)?;
    let tls = Arc::new(tls);
    let mut tries = 0;
    let answer = loop {
        let seed = draw(&*environment.entropy);
        let (network, tls) = (&*environment.network, Arc::clone(&tls));
        let bytes = request.to_json();
        match enrol_over_network(network, tls, door, ENROL_SERVER_NAME, bytes.as_bytes(), seed)
            .await
        {
            // The door takes one try a second of each address; neighbours behind one wait in turn.
            Err(LinkError::Connection(CloseReason::Busy)) if tries < BUSY_TRIES => {
                tries += 1;
                tokio::time::sleep(TRY_INTERVAL).await;
            }
            outcome => break outcome.map_err(SetupError::Unreachable)?,
        }
    };
    let joined = finish(environment, data_dir, (index, &seal.means), &answer)?;
    Ok(Joined { recovery, ..joined })
}

fn words_of(ticket: &Ticket, keys: &KeysFile) -> [&'static str; 6] {
    let tls = PrivateKey::from_seed(*keys.tls.as_bytes());
    let change = PrivateKey::from_seed(*keys.change.as_bytes());
    comparison_words(ticket.token.root_fingerprint(), tls.public(), change.public())
}

/// Writes the new node's files and store, and tells the units of its province.
fn settle(
    environment: &Environment,
    home: &Home,
    index: IndexKind,
    keys: &KeysFile,
    enrolled: &Enrolled,
    door: Option<String>,
) -> Result<UnitTree, SetupError> {
    let bundle: Bundle = codec::decode(&enrolled.bundle).map_err(refused)?;
    found_store(environment, home, index, &bundle.members, &bundle.tree)?;
    let disk = &*environment.disk;
    home.write_sealed(disk, KEYS, keys)?;
    let identity = IdentityFile {
        province: enrolled.charter.province.clone(),
        unit: enrolled.identity.unit.clone(),
        chain: chain::to_pem(&enrolled.chain),
        root: chain::to_pem(std::slice::from_ref(&enrolled.root)),
        charter: enrolled.charter.clone(),
        optional_holders: bundle.optional_holders,
        door,
    };
    home.write(disk, IDENTITY, &identity)?;
    Ok(bundle.tree.tree)
}

fn refused(error: impl std::fmt::Display) -> SetupError {
    SetupError::Refused(error.to_string())
}
