//! The one-time code: 128 random bits in groups a person can type, with a check against slips.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use dossier::{
    Hash,
    account::{Activation, Login},
};
use zeroize::Zeroizing;

const SECRET: usize = 16;
const CHECK: usize = 4;
const GROUP: usize = 4;
/// The longest text that is read as a code, in bytes.
const TEXT_MAX: usize = 128;

/// Crockford's base 32: either case, no letters that look like digits.
static ALPHABET: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.ignore.push_str("- \t\r\n");
    specification.encoding().expect("an alphabet of 32 symbols")
});

/// A one-time code.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<[u8; SECRET]>);

/// Text that is no code, or was mistyped. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code, or mistyped")]
pub struct InvalidCode;

impl Code {
    /// Wraps fresh random bytes.
    pub fn new(secret: [u8; SECRET]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// The text to hand over: eight groups of four, hyphens between.
    pub fn text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(self.0.to_vec());
        bytes.extend_from_slice(&check(&self.0));
        let plain = Zeroizing::new(ALPHABET.encode(&bytes));
        let mut text = Zeroizing::new(String::with_capacity(plain.len() + plain.len() / GROUP));
        for (place, symbol) in plain.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        text
    }

    /// The digest that stands in the account list.
    pub fn digest(&self, login: &Login) -> Hash {
        Activation::digest(login, &self.0)
    }
}

fn check(secret: &[u8; SECRET]) -> [u8; CHECK] {
    let digest = Hash::tagged("hoso/activation-check/1", &[secret]);
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest.as_bytes()[..CHECK]);
    check
}

impl FromStr for Code {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > TEXT_MAX {
            return Err(InvalidCode);
        }
        let bytes = Zeroizing::new(ALPHABET.decode(text.as_bytes()).map_err(|_| InvalidCode)?);
        let (secret, found) = bytes.split_at_checked(SECRET).ok_or(InvalidCode)?;
        let secret: [u8; SECRET] = secret.try_into().map_err(|_| InvalidCode)?;
        if found == check(&secret) { Ok(Self::new(secret)) } else { Err(InvalidCode) }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_the_hands_of_people_and_no_slip() {
        let code = Code::new([0xa7; 16]);
        let text = code.text();
        assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 8]);
        let spoken = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(spoken.parse(), Ok(code.clone()));
        for place in 0..text.len() {
            let mut slip = text.as_bytes().to_vec();
            if slip[place] == b'-' {
                continue;
            }
            slip[place] = if slip[place] == b'7' { b'8' } else { b'7' };
            let slip = String::from_utf8(slip).expect("letters");
            assert_eq!(slip.parse::<Code>(), Err(InvalidCode), "{place}");
        }
        for wrong in ["", "7", "ABCD-EFGH", &"0".repeat(200)] {
            assert_eq!(wrong.parse::<Code>(), Err(InvalidCode));
        }
        assert_eq!(format!("{code:?}"), "Code(…)");
    }
}
