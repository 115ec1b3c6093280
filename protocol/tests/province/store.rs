//! Keys and stores that live in memory alone.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use dossier::Hash;
use protocol::{
    Crypto, Fault, FeedPosition, Op, PublicKey, Records, Signature, Table, Transaction,
};

pub(crate) struct Key(Ed25519KeyPair);

impl Key {
    pub(crate) fn new(name: &str) -> Self {
        let seed = Hash::of(name.as_bytes());
        Self(Ed25519KeyPair::from_seed_unchecked(seed.as_bytes()).expect("seed"))
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("32 bytes"))
    }
}

impl Crypto for Key {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, key.0);
        key.verify(message, &signature.to_bytes()).is_ok()
    }

    fn sign(&self, message: &[u8]) -> Signature {
        let signature = self.0.sign(message);
        Signature::from_bytes(signature.as_ref().try_into().expect("64 bytes"))
    }
}

/// A store that is a list of transactions and a map; a clone of it is a backup.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    journal: Vec<(Hash, Vec<Op>)>,
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
}

impl Memory {
    pub(crate) fn append(&mut self, ops: Vec<Op>) {
        for op in &ops {
            let key = (op.table, op.key.clone());
            match &op.value {
                Some(value) => self.rows.insert(key, value.clone()),
                None => self.rows.remove(&key),
            };
        }
        let mut bytes = self.feed_head().digest.as_bytes().to_vec();
        bytes.extend(format!("{ops:?}").as_bytes());
        self.journal.push((Hash::of(&bytes), ops));
    }
}

impl Records for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<protocol::Entry>, Fault> {
        let from = after.unwrap_or(prefix).to_vec();
        Ok(self
            .rows
            .range((table, from)..)
            .take_while(|((at, key), _)| *at == table && key.starts_with(prefix))
            .filter(|((_, key), _)| after.is_none_or(|after| key.as_slice() > after))
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }

    fn feed_head(&self) -> FeedPosition {
        self.journal.last().map_or(FeedPosition::START, |(digest, _)| FeedPosition {
            sequence: self.journal.len() as u64,
            digest: *digest,
        })
    }

    fn feed_digest(&self, sequence: u64) -> Result<Option<Hash>, Fault> {
        if sequence == 0 {
            return Ok(Some(Hash::ZERO));
        }
        Ok(self.journal.get(sequence as usize - 1).map(|(digest, _)| *digest))
    }

    fn feed_after(
        &self,
        sequence: u64,
        bytes_max: usize,
        transactions_max: usize,
    ) -> Result<Vec<Transaction>, Fault> {
        let mut bytes = 0;
        let mut all = Vec::new();
        for (place, (digest, ops)) in self.journal.iter().enumerate().skip(sequence as usize) {
            let published: Vec<Op> = ops.iter().filter(|op| op.feed).cloned().collect();
            bytes += published.iter().flat_map(|op| &op.value).map(Vec::len).sum::<usize>();
            let position = FeedPosition { sequence: place as u64 + 1, digest: *digest };
            all.push(Transaction { position, published });
            if bytes >= bytes_max || all.len() >= transactions_max {
                break;
            }
        }
        Ok(all)
    }
}
