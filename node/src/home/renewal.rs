//! The files of a new certificate, in the order that survives a kill between any two steps.

use certs::{NodeIdentity, PrivateKey, chain};
use rustls_pki_types::CertificateDer;

use super::{Home, HomeError, IDENTITY, Resident};
use crate::environment::Disk;

impl Home {
    /// Writes the key that the next certificate is for, beside the one in use.
    ///
    /// # Errors
    /// The disk's.
    pub fn keep_next_key(
        &self,
        disk: &dyn Disk,
        resident: &Resident,
        key: &PrivateKey,
    ) -> Result<Resident, HomeError> {
        let resident = Resident { next_tls: Some(key.clone()), ..resident.clone() };
        self.write_keys(disk, &resident)?;
        Ok(resident)
    }

    /// Replaces the certificate in one step, which decides which key is in use; then removes the
    /// old key. Where only that fails, the certificate is in use and the second value says so.
    ///
    /// # Errors
    /// The disk's; the old certificate stays then.
    pub fn install(
        &self,
        disk: &dyn Disk,
        resident: &Resident,
        (chain, identity, tls): (Vec<CertificateDer<'static>>, NodeIdentity, PrivateKey),
    ) -> Result<(Resident, Result<(), HomeError>), HomeError> {
        let mut resident = Resident { chain, identity, tls, next_tls: None, ..resident.clone() };
        resident.file.chain = chain::to_pem(&resident.chain);
        self.write(disk, IDENTITY, &resident.file)?;
        let tidied = self.write_keys(disk, &resident);
        Ok((resident, tidied))
    }
}
