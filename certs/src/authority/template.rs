//! What every certificate of the province has in common.

use std::time::Duration;

use dossier::Timestamp;
use rcgen::{CertificateParams, DistinguishedName, DnType, SerialNumber, date_time_ymd};

use super::AuthorityError;
use crate::identity::SERIAL_LENGTH;

/// The last second a certificate may name: the end of the year 2499.
const SECONDS_MAX: u64 = 16_725_225_599;

/// Starts a certificate: subject, serial number and validity; no usage, no authority.
pub(super) fn certificate(
    common_name: &str,
    serial: [u8; SERIAL_LENGTH],
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, AuthorityError> {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, common_name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.serial_number = Some(SerialNumber::from_slice(&fixed_length(serial)));
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(not_before)?;
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(not_after)?;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Makes the number positive and without leading zeroes, so that its DER is always 16 bytes.
fn fixed_length(mut serial: [u8; SERIAL_LENGTH]) -> [u8; SERIAL_LENGTH] {
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}

fn since_epoch(instant: Timestamp) -> Result<Duration, AuthorityError> {
    match u64::try_from(instant.as_seconds()) {
        Ok(seconds) if seconds <= SECONDS_MAX => Ok(Duration::from_secs(seconds)),
        _ => Err(AuthorityError::Clock),
    }
}
