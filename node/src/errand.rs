//! The way of a node whose certificate ended to the renewal door of tier 3 and back.
//!
//! The engine decides when to go and what the answer is worth; an errand only carries.

use std::sync::{Arc, Mutex, PoisonError};

use certs::{
    PrivateKey, TlsIdentity, chain,
    enrolment::{LateKeys, LateRequest, LateRoad},
    tls::renew_client,
};
use dossier::{Hash, Timestamp};
use tokio::sync::mpsc;

use crate::{
    engine::Input,
    environment::{Environment, entropy::draw},
    home::Resident,
    link::{
        CloseReason, LinkError,
        enrolment::{TRY_INTERVAL, renew_over_network},
    },
    tls_time::TlsTime,
};

/// How often a busy door is tried again.
const BUSY_TRIES: u32 = 10;

/// What the engine sends for.
pub struct Errand {
    /// Who asks, with the certificate that ended.
    pub resident: Resident,
    /// The key that the next certificate is for; on disk already.
    pub next: PrivateKey,
    /// Where the door is, `host:port`.
    pub door: String,
    /// When the engine asked.
    pub asked: Timestamp,
}

impl std::fmt::Debug for Errand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Errand").field("door", &self.door).finish_non_exhaustive()
    }
}

/// What an errand brings back; nothing of it is verified.
#[derive(Debug)]
pub struct Heard {
    /// When the engine asked.
    pub asked: Timestamp,
    /// The digest of the request and the bytes of the answer, or why there is none.
    pub answer: Result<(Hash, Vec<u8>), CloseReason>,
}

/// Runs errands until the engine is gone.
pub async fn run_errands(
    mut errands: mpsc::Receiver<Errand>,
    inputs: mpsc::Sender<Input>,
    environment: Environment,
) {
    while let Some(errand) = errands.recv().await {
        let heard = Heard { asked: errand.asked, answer: errand.run(&environment).await };
        if inputs.send(Input::Late(heard)).await.is_err() {
            return;
        }
    }
}

/// The request of `resident` for a certificate over `next`.
pub(crate) fn request(
    resident: &Resident,
    next: &PrivateKey,
    road: LateRoad,
    asked: Timestamp,
) -> LateRequest {
    let keys = LateKeys { tls: &resident.tls, next, change: &resident.change };
    LateRequest::new(resident.identity.unit.clone(), &resident.chain, keys, road, asked)
}

impl Errand {
    async fn run(&self, environment: &Environment) -> Result<(Hash, Vec<u8>), CloseReason> {
        let mut tries = 0;
        loop {
            match self.visit(environment).await {
                // The door takes one try a second of each address; neighbours wait in turn.
                Err(CloseReason::Busy) if tries < BUSY_TRIES => {
                    tries += 1;
                    tokio::time::sleep(TRY_INTERVAL).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn visit(&self, environment: &Environment) -> Result<(Hash, Vec<u8>), CloseReason> {
        let unreachable = |words: &str| CloseReason::Unreachable(words.to_owned());
        let found = tokio::net::lookup_host(&self.door).await;
        let address = found.ok().and_then(|mut all| all.next());
        let address = address.ok_or_else(|| unreachable("the door's address does not resolve"))?;
        let Resident { chain, tls, root, .. } = &self.resident;
        let own = TlsIdentity { chain: chain.clone(), key: tls.clone() };
        let clock = Arc::new(TlsTime::new(Arc::clone(&environment.clock)));
        let tls = renew_client(&own, chain::fingerprint(root), clock);
        let tls = Arc::new(tls.map_err(|_| unreachable("TLS refused the certificate"))?);
        let digest = Mutex::new(Hash::ZERO);
        let write = |road| {
            let request = request(&self.resident, &self.next, road, self.asked);
            *digest.lock().unwrap_or_else(PoisonError::into_inner) = request.digest(road);
            request.to_json().into_bytes()
        };
        let (network, seed) = (&*environment.network, draw(&*environment.entropy));
        let answer = renew_over_network(network, tls, address, seed, write).await;
        let digest = digest.into_inner().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(bytes) => Ok((digest, bytes)),
            Err(LinkError::Connection(why)) => Err(why),
            Err(other) => Err(unreachable(&other.to_string())),
        }
    }
}
