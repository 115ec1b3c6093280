//! The root: made once, sealed under a passphrase, opened only to appoint.

use dossier::Timestamp;
use pkcs8::der::{Decode, pem};
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef};
use rcgen::{
    BasicConstraints, CertificateParams, GeneralSubtree, IsCa, Issuer, KeyUsagePurpose,
    NameConstraints,
};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::{AuthorityError, IssuingCa, after, dated_back, template};
use crate::identity::{self, SERIAL_LENGTH};
use crate::key::{self, PrivateKey};
use crate::name::ProvinceName;

/// Life of the root certificate, in days.
const ROOT_DAYS: i64 = 3652;

/// Life of the issuing certificate, in days.
const ISSUING_DAYS: i64 = 1096;

/// Cost of scrypt: 16 MiB and five rounds, the OWASP figure that OpenSSL's default memory limit
/// can still open, should this program be gone.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// The longest sealed key that is read, in bytes of text.
const SEALED_MAX: usize = 4096;

const SEALED_LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// The entropy that sealing consumes; never used twice.
pub struct SealSalt {
    /// Salt of scrypt.
    pub salt: [u8; 16],
    /// Initialisation vector of AES-256-CBC.
    pub iv: [u8; 16],
}

/// Why a sealed root key does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootKeyError {
    /// Not an encrypted PKCS#8 document in PEM.
    #[error("not a sealed key")]
    Malformed,
    /// Sealed by another scheme, or at a cost that would exhaust the machine.
    #[error("the key is sealed by an unsupported scheme")]
    Scheme,
    /// The passphrase is wrong.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The key inside is not the one of the root certificate.
    #[error("the key is not the one of this root certificate")]
    OtherRoot,
}

/// The root of a province: its certificate and, while it is open, its key.
#[derive(Debug)]
pub struct RootCa {
    key: PrivateKey,
    certificate: CertificateDer<'static>,
}

impl RootCa {
    /// Makes a self-signed root for ten years.
    ///
    /// # Errors
    /// [`AuthorityError::Clock`] or [`AuthorityError::Encoding`].
    pub fn create(
        province: &ProvinceName,
        seed: [u8; 32],
        serial: [u8; SERIAL_LENGTH],
        now: Timestamp,
    ) -> Result<Self, AuthorityError> {
        let key = PrivateKey::from_seed(seed);
        let name = format!("hoso root {province}");
        let mut params =
            template::certificate(&name, serial, dated_back(now), after(now, ROOT_DAYS))?;
        make_authority(&mut params, BasicConstraints::Constrained(1));
        let certificate = params.self_signed(&key)?.into();
        Ok(Self { key, certificate })
    }

    /// The certificate that every node pins.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Appoints an issuing authority for three years, confined to nodes and to the names of the
    /// province.
    ///
    /// # Errors
    /// [`AuthorityError::Clock`] or [`AuthorityError::Encoding`].
    pub fn appoint_issuing(
        &self,
        province: &ProvinceName,
        seed: [u8; 32],
        serial: [u8; SERIAL_LENGTH],
        now: Timestamp,
    ) -> Result<IssuingCa, AuthorityError> {
        let key = PrivateKey::from_seed(seed);
        let name = format!("hoso issuing {province}");
        let mut params =
            template::certificate(&name, serial, dated_back(now), after(now, ISSUING_DAYS))?;
        make_authority(&mut params, BasicConstraints::Constrained(0));
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(province.domain())],
            excluded_subtrees: Vec::new(),
        });
        let issuer = Issuer::from_ca_cert_der(&self.certificate, &self.key)?;
        let certificate = params.signed_by(&key, &issuer)?.into();
        IssuingCa::open(province.clone(), self.certificate.clone(), certificate, seed, now)
    }

    /// Seals the key under a passphrase: PKCS#8 in PEM, PBES2 with scrypt and AES-256-CBC, as
    /// `openssl pkcs8` opens it too.
    ///
    /// # Errors
    /// [`RootKeyError::Scheme`] when the library refuses the parameters.
    pub fn seal(&self, passphrase: &str, entropy: &SealSalt) -> Result<String, RootKeyError> {
        let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P)
            .map_err(|_| RootKeyError::Scheme)?;
        let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &entropy.salt, entropy.iv)
            .map_err(|_| RootKeyError::Scheme)?;
        let plain = self.key.pkcs8();
        let info = PrivateKeyInfoRef::from_der(&plain).map_err(|_| RootKeyError::Malformed)?;
        let sealed =
            info.encrypt_with_params(scheme, passphrase).map_err(|_| RootKeyError::Scheme)?;
        pem::encode_string(SEALED_LABEL, LineEnding::LF, sealed.as_bytes())
            .map_err(|_| RootKeyError::Malformed)
    }

    /// Opens a sealed key that belongs to `certificate`.
    ///
    /// # Errors
    /// Any [`RootKeyError`]. CBC carries no tag: a wrong passphrase shows itself by what comes out.
    pub fn unseal(
        sealed: &str,
        passphrase: &str,
        certificate: CertificateDer<'static>,
    ) -> Result<Self, RootKeyError> {
        if sealed.len() > SEALED_MAX {
            return Err(RootKeyError::Malformed);
        }
        let (label, document) =
            pem::decode_vec(sealed.as_bytes()).map_err(|_| RootKeyError::Malformed)?;
        let info =
            EncryptedPrivateKeyInfoRef::from_der(&document).map_err(|_| RootKeyError::Malformed)?;
        if label != SEALED_LABEL {
            return Err(RootKeyError::Malformed);
        }
        check_cost(&info)?;
        let plain = info.decrypt(passphrase).map_err(|_| RootKeyError::WrongPassphrase)?;
        let plain = Zeroizing::new(plain.as_bytes().to_vec());
        let key = PrivateKey::from_pkcs8(&plain).ok_or(RootKeyError::WrongPassphrase)?;
        let public = identity::parse(&certificate)
            .ok()
            .and_then(|certificate| key::from_spki(certificate.public_key().raw));
        if public.as_ref() == Some(key.public()) {
            Ok(Self { key, certificate })
        } else {
            Err(RootKeyError::OtherRoot)
        }
    }
}

/// Refuses a document whose own parameters would cost more than those we write.
fn check_cost(info: &EncryptedPrivateKeyInfoRef<'_>) -> Result<(), RootKeyError> {
    let scheme = info.encryption_algorithm.pbes2().ok_or(RootKeyError::Scheme)?;
    let cost = scheme.kdf.scrypt().ok_or(RootKeyError::Scheme)?;
    let bounded = cost.cost_parameter <= 1 << SCRYPT_LOG_N
        && u32::from(cost.block_size) <= SCRYPT_R
        && u32::from(cost.parallelization) <= SCRYPT_P;
    if bounded { Ok(()) } else { Err(RootKeyError::Scheme) }
}

fn make_authority(params: &mut CertificateParams, path: BasicConstraints) {
    params.is_ca = IsCa::Ca(path);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
}
