//! The content of a dossier: signed changes with what they build on.

use std::collections::BTreeMap;

use dossier::{DossierId, Hash, NodeId, UnitId};
use protocol::{
    Crypto, Fault, Op, Records, Table, codec,
    custody::{Content, Entry, Said, Settling, Signers, Statement, TransferId},
};
use serde::{Deserialize, Serialize};

/// One change, as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// The dossier.
    pub dossier: DossierId,
    /// What custody sees of it.
    pub entry: Entry,
    /// Tells two changes apart that say the same.
    pub nonce: u64,
}

impl Statement for Leaf {
    const TAG: &'static str = "hoso/walked-change/1";
}

impl Leaf {
    /// A change by `node` under a custody record, on top of `deps`.
    pub fn new(
        dossier: DossierId,
        (epoch, record): (u32, Hash),
        node: NodeId,
        deps: Vec<Hash>,
        settles: Option<Settling>,
        nonce: u64,
    ) -> Self {
        let entry = Entry { id: Hash::ZERO, epoch, record, node, deps, settles };
        let mut leaf = Self { dossier, entry, nonce };
        leaf.entry.id = leaf.digest();
        leaf
    }

    fn digest(&self) -> Hash {
        let bare = Entry { id: Hash::ZERO, ..self.entry.clone() };
        Hash::tagged("hoso/walked-id/1", &[&codec::encode(&(self.dossier, bare, self.nonce))])
    }

    /// Whether the change is what its id says and the node it names signed it.
    pub fn is_sound(said: &Said<Self>, signers: &Signers<'_>, crypto: &dyn Crypto) -> bool {
        let leaf = &said.what;
        leaf.entry.id == leaf.digest() && said.by == leaf.entry.node && said.holds(signers, crypto)
    }

    /// The row of a change.
    pub fn row(said: &Said<Self>) -> Op {
        let leaf = &said.what;
        let key = [leaf.dossier.as_bytes().as_slice(), leaf.entry.id.as_bytes()].concat();
        Op::put(Table::Parcel, key, codec::encode(said))
    }
}

/// What a store holds of the content of dossiers.
#[derive(Clone, Copy)]
pub struct Leaves<'a>(pub &'a dyn Records);

impl Leaves<'_> {
    /// Every change of a dossier, signed.
    ///
    /// # Errors
    /// The store's.
    pub fn of(&self, dossier: &DossierId) -> Result<Vec<Said<Leaf>>, Fault> {
        let rows = self.0.scan(Table::Parcel, dossier.as_bytes(), None, usize::MAX)?;
        let read = |(_, row): &(Vec<u8>, Vec<u8>)| {
            codec::decode(row).map_err(|error| Fault(format!("leaf: {error}")))
        };
        rows.iter().map(read).collect()
    }
}

impl Content for Leaves<'_> {
    fn entries(&self, dossier: &DossierId) -> Result<BTreeMap<Hash, Entry>, Fault> {
        let leaves = self.of(dossier)?;
        Ok(leaves.into_iter().map(|said| (said.what.entry.id, said.what.entry)).collect())
    }

    fn sealed_key(
        &self,
        dossier: &DossierId,
        tid: &TransferId,
        to: &UnitId,
        registrar: &NodeId,
    ) -> Result<Vec<u8>, Fault> {
        // Its name stands for the key: who is handed it, and when, is what is judged.
        let parts: [&[u8]; 4] =
            [dossier.as_bytes(), tid.0.as_bytes(), to.as_str().as_bytes(), registrar.as_bytes()];
        Ok(Hash::tagged("hoso/walked-key/1", &parts).as_bytes().to_vec())
    }
}
