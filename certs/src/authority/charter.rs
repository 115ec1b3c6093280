//! The charter: the root's word on which key signs the member list.

use dossier::{Hash, Timestamp};
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::RootCa;
use crate::encoding::bytes;
use crate::name::ProvinceName;
use crate::{chain, identity, key};

/// Ties a province's name, root and register key together, signed by the root key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// The province.
    pub province: ProvinceName,
    /// SHA-256 of the root certificate.
    pub root_fingerprint: Hash,
    /// Ed25519 public key that signs the member list.
    #[serde(with = "bytes")]
    pub register_key: [u8; 32],
    /// When the root signed.
    pub issued_at: Timestamp,
    /// Signature of the root key over all of the above.
    #[serde(with = "bytes")]
    pub signature: [u8; 64],
}

/// A charter that the root did not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the charter is not of this root")]
pub struct ForeignCharter;

impl Charter {
    /// Checks the fingerprint and the signature against the root certificate.
    ///
    /// # Errors
    /// [`ForeignCharter`].
    pub fn verify(&self, root: &CertificateDer<'_>) -> Result<(), ForeignCharter> {
        let certificate = identity::parse(root).map_err(|_| ForeignCharter)?;
        let root_key = key::from_spki(certificate.public_key().raw).ok_or(ForeignCharter)?;
        let named = self.root_fingerprint == chain::fingerprint(root);
        if named && key::verify(&root_key, self.digest().as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(ForeignCharter)
        }
    }

    fn digest(&self) -> Hash {
        let parts: [&[u8]; 4] = [
            self.province.as_str().as_bytes(),
            self.root_fingerprint.as_bytes(),
            &self.register_key,
            &self.issued_at.as_millis().to_be_bytes(),
        ];
        Hash::tagged("hoso/charter/1", &parts)
    }
}

impl RootCa {
    /// Signs a charter for `register_key`.
    pub fn charter(
        &self,
        province: &ProvinceName,
        register_key: [u8; 32],
        now: Timestamp,
    ) -> Charter {
        let mut charter = Charter {
            province: province.clone(),
            root_fingerprint: chain::fingerprint(self.certificate()),
            register_key,
            issued_at: now,
            signature: [0; 64],
        };
        charter.signature = self.key().sign(charter.digest().as_bytes());
        charter
    }
}
