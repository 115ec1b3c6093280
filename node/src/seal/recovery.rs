//! The recovery code: what opens a vault when passphrase or key file is lost.
//!
//! 256 random bits and a check, told once when the vault is made, written on paper and kept by the
//! head of the unit. Its letters are those of base32, which nobody takes for one another in
//! handwriting: no 0, 1, 8 or 9, and those typed by mistake are understood.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use dossier::Hash;
use zeroize::Zeroizing;

use super::cipher::KeyBytes;

/// Bytes of the check.
const CHECK: usize = 3;
/// Letters of a group.
const GROUP: usize = 4;

/// A recovery code.
#[derive(Clone)]
pub struct RecoveryCode(KeyBytes);

/// Text that is no recovery code, or a mistyped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a recovery code")]
pub struct InvalidRecoveryCode;

impl RecoveryCode {
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The code as it is written on paper: fourteen groups of four letters.
    pub fn text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([&self.0[..], &check(&self.0)].concat());
        let letters = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
        let groups = letters.as_bytes().chunks(GROUP).map(|group| group.escape_ascii().to_string());
        Zeroizing::new(groups.collect::<Vec<_>>().join("-"))
    }
}

fn check(code: &[u8; 32]) -> [u8; CHECK] {
    let digest = Hash::tagged("hoso/seal/recovery/1", &[code]);
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest.as_bytes()[..CHECK]);
    check
}

impl FromStr for RecoveryCode {
    type Err = InvalidRecoveryCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |letter: char| match letter {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            other => other.to_ascii_uppercase(),
        };
        let letters = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
        let letters: Zeroizing<String> = Zeroizing::new(letters.take(64).map(read).collect());
        let decoded = BASE32_NOPAD.decode(letters.as_bytes()).map_err(|_| InvalidRecoveryCode)?;
        let decoded = Zeroizing::new(decoded);
        let (code, found) = decoded.split_first_chunk::<32>().ok_or(InvalidRecoveryCode)?;
        if *found != check(code) {
            return Err(InvalidRecoveryCode);
        }
        Ok(Self(Zeroizing::new(*code)))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_as_people_type_it() {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(0_u8..).for_each(|(byte, at)| *byte = at.wrapping_mul(37) ^ 0xe4);
        let code = RecoveryCode::from_bytes(bytes);
        let text = code.text().to_string();
        assert_eq!(text.len(), 14 * 4 + 13);
        let typed = text.to_lowercase().replace('-', " ").replace('o', "0").replace('b', "8");
        for text in [text.clone(), typed] {
            let read: RecoveryCode = text.parse().expect("the code");
            assert_eq!(read.bytes(), code.bytes());
        }
        assert!(!format!("{code:?}").contains(&text[..4]));
    }

    #[test]
    fn a_slip_of_one_letter_is_noticed() {
        let text = RecoveryCode::from_bytes([3; 32]).text().to_string();
        for at in (0..text.len()).filter(|at| text.as_bytes()[*at] != b'-') {
            let other = if text.as_bytes()[at] == b'Z' { 'Y' } else { 'Z' };
            let mut slip = text.clone();
            slip.replace_range(at..=at, &other.to_string());
            assert!(slip.parse::<RecoveryCode>().is_err(), "letter {at}");
        }
        assert!("".parse::<RecoveryCode>().is_err());
        assert!(text[..text.len() - 5].parse::<RecoveryCode>().is_err());
    }
}
