//! What a vault is for: sealing bytes to their place, and naming without telling.

use dossier::{DossierId, Hash};
use zeroize::Zeroizing;

use super::Vault;
use crate::environment::entropy::draw;
use crate::seal::Shut;
use crate::seal::cipher::{Cipher, NONCE, TAG};

/// Version of [`Vault::seal`]'s form.
const SEALED: u8 = 1;
/// Bytes before the cipher's in [`Vault::seal`]'s form: version, epoch, generation, nonce.
const FRONT: usize = 1 + 4 + 4 + NONCE;

/// Where something sealed belongs; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// What it is: a table of the store, a file, a kind of attachment.
    pub kind: &'a str,
    /// The dossier under whose key it is sealed; `None` for what is nobody's.
    pub dossier: Option<DossierId>,
    /// What names it within its kind.
    pub key: &'a [u8],
}

/// Under which of a dossier's keys, and in which generation, something is sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Epoch of the dossier's key; 0 for what is nobody's.
    pub epoch: u32,
    /// Generation of the key of keys.
    pub generation: u32,
}

impl Vault {
    /// By how many bytes [`Vault::seal`] makes something longer.
    pub const OVERHEAD: usize = FRONT + TAG;

    fn associated(label: &Label<'_>, stamp: Stamp) -> Vec<u8> {
        let mut aad = Vec::with_capacity(40 + label.kind.len() + label.key.len());
        aad.push(SEALED);
        aad.push(u8::try_from(label.kind.len()).expect("kinds are short words"));
        aad.extend_from_slice(label.kind.as_bytes());
        aad.push(u8::from(label.dossier.is_some()));
        aad.extend_from_slice(label.dossier.as_ref().map_or(&[], |dossier| dossier.as_bytes()));
        aad.extend_from_slice(&stamp.epoch.to_le_bytes());
        aad.extend_from_slice(&stamp.generation.to_le_bytes());
        aad.extend_from_slice(label.key);
        aad
    }

    fn with_cipher<T>(
        &self,
        label: &Label<'_>,
        stamp: Stamp,
        work: impl FnOnce(&Cipher) -> T,
    ) -> Result<T, Shut> {
        match &label.dossier {
            None => Ok(work(&self.store)),
            Some(dossier) => {
                let key = self.dossier_key(dossier, stamp.epoch).ok_or(Shut::Destroyed)?;
                Ok(work(&Cipher::new(&key)))
            }
        }
    }

    /// Seals `bytes[from..]` where they are and adds a tag of [`TAG`] bytes. The caller keeps stamp
    /// and nonce; a nonce that comes twice under one label and stamp shows only equality.
    ///
    /// # Errors
    /// [`Shut::Destroyed`] for a stamp of a key that is gone.
    pub fn seal_with(
        &self,
        label: &Label<'_>,
        stamp: Stamp,
        nonce: [u8; NONCE],
        bytes: &mut Vec<u8>,
        from: usize,
    ) -> Result<(), Shut> {
        let aad = Self::associated(label, stamp);
        self.with_cipher(label, stamp, |cipher| cipher.seal(nonce, &aad, bytes, from))
    }

    /// Opens what [`Vault::seal_with`] sealed.
    ///
    /// # Errors
    /// [`Shut`].
    pub fn open_with(
        &self,
        label: &Label<'_>,
        stamp: Stamp,
        nonce: [u8; NONCE],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Shut> {
        let aad = Self::associated(label, stamp);
        let mut bytes = sealed.to_vec();
        let length =
            self.with_cipher(label, stamp, |cipher| cipher.open(nonce, &aad, &mut bytes))?;
        bytes.truncate(length.ok_or(Shut::Altered)?);
        Ok(bytes)
    }

    /// Seals bytes into a form of its own: version, stamp, random nonce, cipher text, tag. Lengths
    /// stay visible: fill up by [`super::padded`] or [`super::padded_file`] where they tell.
    pub fn seal(&self, label: &Label<'_>, plain: &[u8]) -> Vec<u8> {
        let stamp = self.stamp(label.dossier.as_ref());
        let nonce: [u8; NONCE] = draw(&*self.entropy);
        let mut bytes = Vec::with_capacity(FRONT + plain.len() + TAG);
        bytes.push(SEALED);
        bytes.extend_from_slice(&stamp.epoch.to_le_bytes());
        bytes.extend_from_slice(&stamp.generation.to_le_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        self.seal_with(label, stamp, nonce, &mut bytes, FRONT)
            .expect("the present key of a dossier is there");
        bytes
    }

    /// Opens what [`Vault::seal`] sealed.
    ///
    /// # Errors
    /// [`Shut`].
    pub fn unseal(&self, label: &Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, Shut> {
        let (front, body) = sealed.split_first_chunk::<FRONT>().ok_or(Shut::Altered)?;
        if front[0] != SEALED {
            return Err(Shut::Altered);
        }
        let number = |at: usize| {
            u32::from_le_bytes(front[at..at + 4].try_into().expect("four bytes of the front"))
        };
        let stamp = Stamp { epoch: number(1), generation: number(5) };
        let nonce: [u8; NONCE] = front[9..].try_into().expect("the rest of the front");
        self.open_with(label, stamp, nonce, body)
    }

    /// Seals a small file of the data directory under the key of the home.
    pub fn seal_file(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = draw(&*self.entropy);
        let mut bytes = Vec::with_capacity(NONCE + plain.len() + TAG);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        self.home.seal(nonce, &file_label(name), &mut bytes, NONCE);
        bytes
    }

    /// Opens what [`Vault::seal_file`] sealed under the same name.
    ///
    /// # Errors
    /// [`Shut::Altered`].
    pub fn unseal_file(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Shut> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Shut::Altered)?;
        let mut bytes = Zeroizing::new(body.to_vec());
        let length = self.home.open(*nonce, &file_label(name), &mut bytes).ok_or(Shut::Altered)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// The name of something under this vault's key: the same for the same parts, and telling
    /// nothing of them to whoever has no key.
    pub fn name(&self, kind: &str, parts: &[&[u8]]) -> Hash {
        let mut all = Vec::with_capacity(1 + parts.len());
        all.push(kind.as_bytes());
        all.extend_from_slice(parts);
        Hash::from_bytes(self.names.name(&all))
    }
}

fn file_label(name: &str) -> Vec<u8> {
    [b"hoso/home/1 ", name.as_bytes()].concat()
}
