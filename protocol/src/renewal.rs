//! Certificate renewal over the live session, relayed through tier 2.
//!
//! The request is signed with the member's change key, so no node on the way can ask in another's
//! name; the answer is opaque here and checked against the root by whoever asked.

use dossier::{Hash, NodeId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::signature::{Crypto, PublicKey, Signature};

/// Largest request or answer, in bytes.
pub const RENEWAL_BYTES_MAX: usize = 32 * 1024;

/// A member asks for a certificate over a new TLS key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalRequest {
    /// The member.
    pub node: NodeId,
    /// Its request, as the certificate room wrote it.
    pub request: ByteBuf,
    /// Signature of its change key.
    pub signature: Signature,
}

/// The certificate chain for a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalAnswer {
    /// The member.
    pub node: NodeId,
    /// The chain in DER, leaf first.
    pub chain: Vec<ByteBuf>,
}

impl RenewalRequest {
    /// Signs a request as `node`.
    pub fn issue(node: NodeId, request: Vec<u8>, crypto: &dyn Crypto) -> Self {
        let signature = crypto.sign(Self::digest(&node, &request).as_bytes());
        Self { node, request: ByteBuf::from(request), signature }
    }

    /// Whether the holder of `key` asks.
    pub fn is_signed_by(&self, key: &PublicKey, crypto: &dyn Crypto) -> bool {
        let digest = Self::digest(&self.node, &self.request);
        self.request.len() <= RENEWAL_BYTES_MAX
            && crypto.verify(key, digest.as_bytes(), &self.signature)
    }

    fn digest(node: &NodeId, request: &[u8]) -> Hash {
        Hash::tagged("hoso/renew/1", &[node.as_bytes(), request])
    }
}
