//! No one reads unseen: every audit log is what its node wrote and its superiors were shown.
//!
//! An inspector's machine is given the logs as they lie on the disks, with all that every other
//! machine keeps of them. Where nobody tampered it must find nothing, whatever was restored, cut
//! off, cloned or crashed; where somebody did it must.

use dossier::{NodeId, Timestamp};
use protocol::{
    Crypto, Fault, PublicKey, Records, Signature,
    audit::{
        self, Inspection, Kept, LogId, Sealer,
        inspection::{Departure, Finding},
    },
    member::MemberList,
};

/// The logs of one machine, as a package would hold them.
pub struct Package<'a> {
    /// The node.
    pub node: NodeId,
    /// What its clock shows.
    pub at: Timestamp,
    /// Its store.
    pub records: &'a dyn Records,
    /// Its audit key.
    pub sealer: &'a dyn Sealer,
}

impl std::fmt::Debug for Package<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package").field("node", &self.node).finish_non_exhaustive()
    }
}

/// Verifies signatures and makes none.
#[derive(Debug)]
struct Verifier;

impl Crypto for Verifier {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        certs::key::verify(&key.0, message, &signature.to_bytes())
    }

    fn sign(&self, _: &[u8]) -> Signature {
        Signature::from_bytes([0; 64])
    }
}

/// What an inspector of the whole province finds, and the logs that ended by a restored store.
///
/// # Errors
/// The store's.
pub fn inspect(
    members: &MemberList,
    packages: &[Package<'_>],
) -> Result<(Vec<Finding>, Vec<Departure>), Fault> {
    let mut inspection = Inspection::new(members.clone());
    for package in packages {
        for (_, kept) in audit::all_kept(package.records, None, usize::MAX)? {
            inspection.witness(package.node, &kept, &Verifier);
        }
    }
    for package in packages {
        let own: Vec<Kept> = audit::all_kept(package.records, None, usize::MAX)?
            .into_iter()
            .map(|(_, kept)| kept)
            .filter(|kept| kept.signed.checkpoint.node == package.node)
            .collect();
        for (generation, life) in audit::lives(package.records)? {
            let log = LogId::of(&package.node, &life);
            let kept: Vec<&Kept> =
                own.iter().filter(|kept| kept.signed.checkpoint.log() == log).collect();
            inspection.begin(package.node, life, package.at);
            let mut head = dossier::Hash::ZERO;
            let mut size = 0;
            for (number, sealed) in
                audit::entries_after(package.records, generation, 0, usize::MAX)?
            {
                head = audit::chain(&head, &sealed);
                inspection.entry(number, &sealed, head, Some(package.sealer));
                size = number;
                for kept in kept.iter().filter(|it| it.signed.checkpoint.size == number) {
                    inspection.checkpoint(kept, &Verifier);
                }
            }
            inspection.end(size);
        }
        inspection.close(package.node, package.at);
    }
    inspection.finish();
    // The newest entries of a node that runs wait for their signature.
    let told = inspection.findings().first().iter();
    let findings = told.filter(|it| !matches!(it, Finding::Uncovered { .. })).cloned().collect();
    Ok((findings, inspection.departures().to_vec()))
}
