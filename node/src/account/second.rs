//! The second factor: time-based one-time passwords (RFC 6238), 30 seconds, six digits.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use dossier::{Timestamp, account::Login};
use serde::{Deserialize, Serialize};

/// Length of a step, in seconds.
const STEP_S: i64 = 30;
/// Steps before and after the present one that are taken: clocks of telephones differ.
const DRIFT: u64 = 1;

/// What node and telephone share. SHA-1, because that is what the telephones' programs know; as an
/// HMAC it is sound.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed([u8; 20]);

impl Seed {
    /// Wraps fresh random bytes.
    pub fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The seed in the last of so many fresh random bytes.
    pub(super) fn of(fresh: &[u8; 52]) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&fresh[32..]);
        Self(bytes)
    }

    /// The address a telephone reads.
    pub fn address(&self, login: &Login) -> String {
        let secret = BASE32_NOPAD.encode(&self.0);
        format!("otpauth://totp/hoso:{login}?secret={secret}&issuer=hoso")
    }

    /// What a telephone reads from such an address, for those who play one.
    pub fn read(address: &str) -> Option<Self> {
        let secret = address.split("secret=").nth(1)?.split('&').next()?;
        let bytes = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The step `digits` belong to, if they are right at `now` and its step comes after `last`: no
    /// code counts twice.
    pub(super) fn accept(&self, digits: &str, now: Timestamp, last: u64) -> Option<u64> {
        let present = u64::try_from(now.as_seconds() / STEP_S).ok()?;
        let digits: String = digits.chars().filter(|letter| !letter.is_whitespace()).collect();
        let near = present.saturating_sub(DRIFT)..=present + DRIFT;
        near.filter(|step| *step > last).find(|step| self.digits(*step) == digits)
    }

    fn digits(&self, step: u64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0x0f);
        let mut word = [0; 4];
        word.copy_from_slice(&tag[offset..offset + 4]);
        let number = u32::from_be_bytes(word) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }

    /// The digits a telephone shows at `now`, for those who play one.
    pub fn shown(&self, now: Timestamp) -> String {
        self.digits(u64::try_from(now.as_seconds() / STEP_S).unwrap_or_default())
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn the_vectors_of_rfc_6238_hold_in_their_last_six_digits() {
        let seed = Seed::new(*b"12345678901234567890");
        let rows = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (second, digits) in rows {
            assert_eq!(seed.shown(at(second)), digits);
            assert_eq!(seed.accept(digits, at(second), 0), Some(second as u64 / 30));
        }
    }

    #[test]
    fn a_step_counts_once_and_one_step_aside() {
        let seed = Seed::new([7; 20]);
        let now = at(3_000_000);
        let digits = seed.shown(now);
        let step = seed.accept(&digits, now, 0).expect("right");
        assert_eq!(seed.accept(&digits, now, step), None, "used");
        assert_eq!(seed.accept(&digits, at(3_000_030), 0), Some(step));
        assert_eq!(seed.accept(&digits, at(2_999_970), 0), Some(step));
        assert_eq!(seed.accept(&digits, at(3_000_060), 0), None);
        assert_eq!(seed.accept("", now, 0), None);
        let address = seed.address(&"tu.hv".parse().expect("login"));
        assert!(address.starts_with("otpauth://totp/"));
        assert_eq!(Seed::read(&address), Some(seed));
    }
}
