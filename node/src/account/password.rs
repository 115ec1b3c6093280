//! Passwords: what may be one, and how one is recognised.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use dossier::account::Login;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{Code, Secret};

/// The shortest password that is no passphrase, in characters.
const LETTERS_MIN: usize = 12;
/// The shortest passphrase, in words of at least two letters.
const WORDS_MIN: usize = 4;
/// The fewest different characters.
const VARIETY_MIN: usize = 5;
/// The longest password, in bytes.
const BYTES_MAX: usize = 1024;

/// The cost of one evaluation by argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// 64 MiB, 3 passes, 4 lanes: the second choice of RFC 9106.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// 256 MiB, 3 passes, 1 lane: for the passphrase that locks a data directory, which can be
    /// guessed at leisure wherever a copy of it is.
    pub const SLOW: Self = Self { memory_kib: 256 * 1024, passes: 3, lanes: 1 };
    /// The cheapest there is, for tests of everything else.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

/// What recognises a password without holding it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    salt: [u8; 16],
    hash: [u8; 32],
    cost: Cost,
}

impl Verifier {
    /// Makes one for a new password.
    pub fn of(password: &Secret, salt: [u8; 16], cost: Cost) -> Self {
        Self { salt, hash: evaluate(password, &salt, cost), cost }
    }

    /// One that recognises nothing, at the same price: for logins that nobody has.
    pub fn of_nobody(salt: [u8; 16], cost: Cost) -> Self {
        Self { salt, hash: [0; 32], cost }
    }

    /// Whether this is the password. Takes as long either way.
    pub fn matches(&self, password: &Secret) -> bool {
        let found = evaluate(password, &self.salt, self.cost);
        verify_slices_are_equal(&found, &self.hash).is_ok() && self.hash != [0; 32]
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// One evaluation. People type the same letters in different compositions: NFC settles it.
fn evaluate(password: &Secret, salt: &[u8; 16], cost: Cost) -> [u8; 32] {
    let mut hash = [0; 32];
    derive_into(password, salt, cost, &mut hash);
    hash
}

fn derive_into(password: &Secret, salt: &[u8], cost: Cost, out: &mut [u8; 32]) {
    let Cost { memory_kib, passes, lanes } = cost;
    let params = Params::new(memory_kib, passes, lanes, Some(32)).unwrap_or_default();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let text: Zeroizing<String> = Zeroizing::new(password.as_str().nfc().collect());
    argon.hash_password_into(text.as_bytes(), salt, out).expect("lengths are fixed");
}

/// 32 bytes that follow from a passphrase at this price.
pub(crate) fn stretch(passphrase: &Secret, salt: &[u8], cost: Cost) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    derive_into(passphrase, salt, cost, &mut key);
    key
}

/// Why a text is no password. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Fewer than 12 characters, and no passphrase of four words.
    #[error("password-short")]
    Short,
    /// Too few different characters.
    #[error("password-plain")]
    Plain,
    /// Longer than anyone types.
    #[error("password-long")]
    Long,
    /// It contains the login.
    #[error("password-login")]
    Login,
    /// It is the code that was given (Điều 16.1).
    #[error("password-code")]
    Code,
    /// It is one of the last five (Điều 6.3).
    #[error("password-used")]
    Used,
}

/// Judges a new password by its text; whether it was used before is for [`Verifier`]s to say.
///
/// # Errors
/// [`PolicyFault`].
pub fn judge_password(password: &Secret, login: &Login) -> Result<(), PolicyFault> {
    let text: Zeroizing<String> = Zeroizing::new(password.as_str().nfc().collect());
    if text.len() > BYTES_MAX {
        return Err(PolicyFault::Long);
    }
    // Whatever reads as a code is one: nobody thinks of such a text.
    if text.parse::<Code>().is_ok() {
        return Err(PolicyFault::Code);
    }
    let folded = Zeroizing::new(dossier::fold(&text));
    if folded.contains(login.as_str()) {
        return Err(PolicyFault::Login);
    }
    let words = text.split_whitespace().filter(|word| word.chars().count() >= 2).count();
    if text.trim().chars().count() < LETTERS_MIN && words < WORDS_MIN {
        return Err(PolicyFault::Short);
    }
    let letters: std::collections::BTreeSet<char> = text.chars().collect();
    if letters.len() < VARIETY_MIN { Err(PolicyFault::Plain) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    // weak passwords are refused.
    #[test]
    fn the_policy_is_one_table() {
        let login: Login = "tu.hv".parse().expect("login");
        let code = Code::new([5; 16]).text();
        let rows = [
            ("ngắn quá", Err(PolicyFault::Short)),
            ("mười hai chữ", Ok(())),
            ("ba ba na na", Err(PolicyFault::Plain)),
            ("đi ra sông", Err(PolicyFault::Short)),
            ("đi ra bờ ao", Ok(())),
            ("a b c d e f", Err(PolicyFault::Short)),
            ("aaaaaaaaaaaaaa", Err(PolicyFault::Plain)),
            ("xin-chao-TU.HV-2026", Err(PolicyFault::Login)),
            (code.as_str(), Err(PolicyFault::Code)),
            (&"dài ".repeat(400), Err(PolicyFault::Long)),
        ];
        for (text, judged) in rows {
            assert_eq!(judge_password(&secret(text), &login), judged, "{text}");
        }
    }

    // a password is kept as a salted slow hash.
    #[test]
    fn a_verifier_knows_its_password_in_every_composition_and_no_other() {
        let verifier = Verifier::of(&secret("mật khẩu dài"), [1; 16], Cost::LEAST);
        let decomposed: String = "mật khẩu dài".nfd().collect();
        assert!(verifier.matches(&secret("mật khẩu dài")));
        assert!(verifier.matches(&secret(&decomposed)));
        assert!(!verifier.matches(&secret("mật khẩu dai")));
        assert!(!Verifier::of_nobody([1; 16], Cost::LEAST).matches(&secret("mật khẩu dài")));
        assert!(!format!("{verifier:?}").contains("salt"));
    }

    #[test]
    fn argon2id_is_the_published_one() {
        // First vector of the reference implementation's test file: version 19, t=2, m=256 KiB, p=1.
        let cost = Cost { memory_kib: 256, passes: 2, lanes: 1 };
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).expect("fits");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = [0; 32];
        argon.hash_password_into(b"password", b"somesalt", &mut hash).expect("fits");
        let known = "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe";
        assert_eq!(hex::encode(hash), known);
    }
}
