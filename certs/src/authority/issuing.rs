//! The issuing authority: makes node certificates, without the root key.

use dossier::{NodeId, Timestamp, UnitId};
use rcgen::{ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose, SanType};
use rustls_pki_types::CertificateDer;

use super::{AuthorityError, after, dated_back, template};
use crate::chain;
use crate::identity::{self, SERIAL_LENGTH};
use crate::key::{self, CertifiedKey, PrivateKey};
use crate::name::ProvinceName;

/// Life of a node certificate, in days.
pub(super) const NODE_DAYS: i64 = 45;

/// The authority that the node of tier 3 keeps in use.
#[derive(Debug)]
pub struct IssuingCa {
    province: ProvinceName,
    root: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    not_after: Timestamp,
    key: PrivateKey,
}

impl IssuingCa {
    /// Opens the authority from what was stored: two certificates and the seed of the key.
    ///
    /// # Errors
    /// [`AuthorityError::NotOurs`], [`AuthorityError::KeyMismatch`],
    /// [`AuthorityError::IssuingExpired`] or [`AuthorityError::Certificate`].
    pub fn open(
        province: ProvinceName,
        root: CertificateDer<'static>,
        certificate: CertificateDer<'static>,
        seed: [u8; 32],
        now: Timestamp,
    ) -> Result<Self, AuthorityError> {
        let key = PrivateKey::from_seed(seed);
        let (not_after, public) = {
            let parsed = identity::parse(&certificate)?;
            let not_after = identity::instant(parsed.validity().not_after.timestamp());
            (not_after, key::from_spki(parsed.public_key().raw))
        };
        if public.as_ref() != Some(key.public()) {
            return Err(AuthorityError::KeyMismatch);
        }
        let authority = Self { province, root, certificate, not_after, key };
        authority.check_standing(now)?;
        Ok(authority)
    }

    /// The province it issues for.
    pub fn province(&self) -> &ProvinceName {
        &self.province
    }

    /// Its own certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The root certificate above it.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// Its key, to be sealed by the node that keeps it.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// End of its validity; to be replaced by the root a year earlier.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Issues a certificate to a node: 45 days, dated back by ten minutes, never past the
    /// authority's own end. Returns the chain to present, leaf first, without the root.
    ///
    /// # Errors
    /// [`AuthorityError::Name`], [`AuthorityError::Clock`], [`AuthorityError::IssuingExpired`] or
    /// [`AuthorityError::Encoding`].
    pub fn issue(
        &self,
        unit: &UnitId,
        node: NodeId,
        tls_key: &[u8; 32],
        serial: [u8; SERIAL_LENGTH],
        now: Timestamp,
    ) -> Result<Vec<CertificateDer<'static>>, AuthorityError> {
        if now >= self.not_after {
            return Err(AuthorityError::IssuingExpired);
        }
        let not_before = dated_back(now);
        let not_after = after(now, NODE_DAYS).min(self.not_after);
        let name = self.province.dns_name(unit)?;
        let mut params = template::certificate(&node.to_string(), serial, not_before, not_after)?;
        params.subject_alt_names = vec![SanType::DnsName(name.as_ref().try_into()?)];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let issuer = Issuer::from_ca_cert_der(&self.certificate, &self.key)?;
        let leaf = params.signed_by(&CertifiedKey(tls_key), &issuer)?;
        Ok(vec![leaf.into(), self.certificate.clone()])
    }

    /// Checks that the root still stands above this authority. webpki verifies leaves only, so a
    /// leaf for the authority itself is issued and thrown away.
    fn check_standing(&self, now: Timestamp) -> Result<(), AuthorityError> {
        let unit: UnitId = "a".parse().map_err(|_| crate::name::NameError::Unit)?;
        let node = key::node_id(self.key.public());
        let probe = self.issue(&unit, node, self.key.public(), [0; SERIAL_LENGTH], now)?;
        chain::verify(&probe, &self.root, chain::unix_time(now)).map_err(AuthorityError::NotOurs)
    }
}
