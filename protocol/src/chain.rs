//! A chain of signed acts: numbered, linked, and each signed by the province's register.
//!
//! What Sở Nội vụ decides for everyone, who is a node and who has an account, is a list that can
//! only grow. Any peer may carry it; an old or shortened copy is recognised by its number, and two
//! lists by their links. What the acts mean is the business of a [`Book`].
//!
//! **Invariant:** an entry that is refused leaves the chain as it was.

use dossier::{Hash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    signature::{Crypto, PublicKey, Signature},
};

/// What an entry of a chain says.
pub trait Act: Serialize {
    /// Domain of the digest, so that no entry of one chain stands for one of another.
    const TAG: &'static str;
}

/// An act with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<A> {
    /// Place, from 1.
    pub number: u64,
    /// Digest of the entry before; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// When the register signed, for people.
    pub at: Timestamp,
    /// What happened.
    pub act: A,
}

/// An entry with the register's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<A> {
    /// The entry.
    pub entry: Entry<A>,
    /// The register's signature over [`Signed::hash`].
    pub signature: Signature,
}

impl<A: Act> Signed<A> {
    /// Signs `entry` with the key behind `register`.
    pub fn issue(entry: Entry<A>, register: &dyn Crypto) -> Self {
        let hash = Self::digest(&entry);
        Self { entry, signature: register.sign(hash.as_bytes()) }
    }

    /// The digest that is signed and linked.
    pub fn hash(&self) -> Hash {
        Self::digest(&self.entry)
    }

    fn digest(entry: &Entry<A>) -> Hash {
        Hash::tagged(A::TAG, &[&codec::encode(entry)])
    }

    fn verify(
        &self,
        hash: &Hash,
        register: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Result<(), LinkRefusal> {
        let holds = crypto.verify(register, hash.as_bytes(), &self.signature);
        if holds { Ok(()) } else { Err(LinkRefusal::Signature) }
    }
}

/// Why an entry is not the next of a chain, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// Not the next number.
    #[error("entry is not the next of the list")]
    Gap,
    /// Does not link to the entry before: two lists exist.
    #[error("entry does not link to the list")]
    Fork,
    /// Not signed by the register.
    #[error("entry is not signed by the register")]
    Signature,
}

/// What the acts of a chain come to.
pub trait Book: Default {
    /// What an entry says.
    type Act: Act;
    /// Why an entry is not taken.
    type Refusal: From<LinkRefusal>;

    /// Takes an act that is in its place and signed.
    ///
    /// # Errors
    /// When it contradicts what was taken before; the book is then as before.
    fn apply(&mut self, entry: &Entry<Self::Act>) -> Result<(), Self::Refusal>;
}

/// A chain as one node knows it.
#[derive(Debug, Clone, Default)]
pub struct Chain<B> {
    pub(crate) book: B,
    number: u64,
    head: Option<Hash>,
}

impl<B: Book> Chain<B> {
    /// What its acts come to.
    pub fn book(&self) -> &B {
        &self.book
    }

    /// Number of the newest entry; 0 for the empty chain.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Digest of the newest entry.
    pub fn head(&self) -> Hash {
        self.head.unwrap_or(Hash::ZERO)
    }

    /// The next entry for `act`, unsigned.
    pub fn next(&self, act: B::Act, at: Timestamp) -> Entry<B::Act> {
        Entry { number: self.number + 1, previous: self.head(), at, act }
    }

    /// Reads the chain out of the own store. Each entry was verified when it was taken, and the
    /// entries are linked: the signature of the newest vouches for all before it.
    ///
    /// # Errors
    /// The book's refusal.
    pub fn read(
        entries: &[Signed<B::Act>],
        register: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Result<Self, B::Refusal> {
        let mut chain = Self::default();
        for signed in entries {
            chain.link(signed, |_| Ok(()))?;
        }
        if let Some(newest) = entries.last() {
            newest.verify(&chain.head(), register, crypto)?;
        }
        Ok(chain)
    }

    /// Takes the next entry of the chain.
    ///
    /// # Errors
    /// The book's refusal; the chain is then as before.
    pub fn push(
        &mut self,
        signed: &Signed<B::Act>,
        register: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Result<(), B::Refusal> {
        self.link(signed, |hash| signed.verify(hash, register, crypto))
    }

    fn link(
        &mut self,
        signed: &Signed<B::Act>,
        judge: impl FnOnce(&Hash) -> Result<(), LinkRefusal>,
    ) -> Result<(), B::Refusal> {
        let entry = &signed.entry;
        if entry.number != self.number + 1 {
            return Err(LinkRefusal::Gap.into());
        }
        if entry.previous != self.head() {
            return Err(LinkRefusal::Fork.into());
        }
        let hash = signed.hash();
        judge(&hash)?;
        self.book.apply(entry)?;
        self.number = entry.number;
        self.head = Some(hash);
        Ok(())
    }
}
