//! The invite token: a secret of one use and the fingerprint of the root, on paper.
//!
//! 48 bytes and a check of two make 80 characters of Crockford's base 32, in 16 groups of five.

use std::fmt;
use std::str::FromStr;

use dossier::Hash;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_LENGTH: usize = 16;
const BODY_LENGTH: usize = SECRET_LENGTH + Hash::LENGTH;
const CHECK_LENGTH: usize = 2;
const SYMBOLS: usize = (BODY_LENGTH + CHECK_LENGTH) * 8 / 5;
const GROUP: usize = 5;

/// The longest text that is read as a token, in bytes.
const TEXT_MAX: usize = 512;

/// Text that is no token. Never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too few or too many characters after separators are dropped.
    #[error("a token has 80 characters")]
    Length,
    /// A character outside the alphabet, by its place among the counted characters, from one.
    #[error("character {position} cannot stand in a token")]
    Symbol {
        /// Place of the character.
        position: usize,
    },
    /// Every character is possible, but the check does not fit: one was mistyped.
    #[error("the token was mistyped")]
    Check,
}

/// A secret of one use and the fingerprint of the root it belongs to.
#[derive(Clone)]
pub struct InviteToken {
    secret: Zeroizing<[u8; SECRET_LENGTH]>,
    root_fingerprint: Hash,
}

impl InviteToken {
    /// Joins a fresh secret with the fingerprint of the province's root.
    pub fn new(secret: [u8; SECRET_LENGTH], root_fingerprint: Hash) -> Self {
        Self { secret: Zeroizing::new(secret), root_fingerprint }
    }

    /// The pin: SHA-256 of the only root to believe.
    pub fn root_fingerprint(&self) -> Hash {
        self.root_fingerprint
    }

    /// Names the invite without telling the secret.
    pub fn invite_id(&self) -> Hash {
        Hash::tagged("hoso/invite-id/1", &[&self.secret[..], self.root_fingerprint.as_bytes()])
    }

    /// The key under which request and answer are authenticated; the province keeps it in place
    /// of the secret.
    pub(super) fn mac_key(&self) -> Hash {
        Hash::tagged("hoso/invite-mac/1", &[&self.secret[..], self.root_fingerprint.as_bytes()])
    }

    /// The text to print: 16 groups of five characters, hyphens between.
    pub fn text(&self) -> String {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BODY_LENGTH + CHECK_LENGTH));
        bytes.extend_from_slice(&self.secret[..]);
        bytes.extend_from_slice(self.root_fingerprint.as_bytes());
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        let mut text = String::with_capacity(SYMBOLS + SYMBOLS / GROUP);
        for index in 0..SYMBOLS {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[five_bits(&bytes, index)]));
        }
        text
    }
}

/// The `index`-th five bits of `bytes`, from the front.
fn five_bits(bytes: &[u8], index: usize) -> usize {
    let bit = |offset: usize| usize::from(bytes[offset / 8] >> (7 - offset % 8) & 1);
    (0..5).fold(0, |value, place| value << 1 | bit(index * 5 + place))
}

fn check(body: &[u8]) -> [u8; CHECK_LENGTH] {
    let digest = Hash::tagged("hoso/invite-check/1", &[body]);
    [digest.as_bytes()[0], digest.as_bytes()[1]]
}

/// Reads a symbol as Crockford does: either case, `O` as zero, `I` and `L` as one.
fn value(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|&known| char::from(known) == symbol)?;
    u8::try_from(place).ok()
}

/// Whatever people and word processors put between groups.
fn is_separator(symbol: char) -> bool {
    symbol.is_whitespace()
        || symbol.is_control()
        || "-_.,:;/‐‑‒–—−\u{200b}\u{feff}".contains(symbol)
}

impl FromStr for InviteToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > TEXT_MAX {
            return Err(TokenError::Length);
        }
        let mut bytes = Zeroizing::new([0_u8; BODY_LENGTH + CHECK_LENGTH]);
        let mut count = 0;
        for symbol in text.chars().filter(|&symbol| !is_separator(symbol)) {
            let bits = value(symbol).ok_or(TokenError::Symbol { position: count + 1 })?;
            if count == SYMBOLS {
                return Err(TokenError::Length);
            }
            for place in 0..5 {
                let offset = count * 5 + place;
                bytes[offset / 8] |= (bits >> (4 - place) & 1) << (7 - offset % 8);
            }
            count += 1;
        }
        if count != SYMBOLS {
            return Err(TokenError::Length);
        }
        let (body, found) = bytes.split_at(BODY_LENGTH);
        if check(body) != found {
            return Err(TokenError::Check);
        }
        let (secret, fingerprint) = body.split_at(SECRET_LENGTH);
        let secret = secret.try_into().map_err(|_| TokenError::Length)?;
        let fingerprint = Hash::from_slice(fingerprint).ok_or(TokenError::Length)?;
        Ok(Self::new(secret, fingerprint))
    }
}

impl fmt::Debug for InviteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteToken({})", self.invite_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> InviteToken {
        let secret: Vec<u8> = (0..16).collect();
        InviteToken::new(secret.try_into().expect("16 bytes"), Hash::of(b"root"))
    }

    #[test]
    fn text_is_the_golden_text() {
        let golden = include_str!("../../tests/golden/invite-token.txt");
        assert_eq!(token().text(), golden.trim_end());
    }

    #[test]
    fn parser_forgives_what_people_do() {
        let text = token().text();
        let spoken = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', "  ");
        let lines = text.replace('-', "\u{2013}\r\n");
        for spelling in [text.as_str(), &spoken, &lines, &format!("\u{feff} {text}.")] {
            let parsed: InviteToken = spelling.parse().expect("a token");
            assert_eq!(parsed.text(), text);
        }
    }

    #[test]
    fn every_single_mistyped_character_is_seen() {
        let text = token().text();
        for position in (0..text.len()).filter(|&at| text.as_bytes()[at] != b'-') {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'7' { b'8' } else { b'7' };
            let wrong = String::from_utf8(bytes).expect("still ASCII");
            assert_eq!(wrong.parse::<InviteToken>().err(), Some(TokenError::Check), "{position}");
        }
    }

    #[test]
    fn other_text_is_refused_by_kind() {
        let text = token().text();
        let refusal = |text: &str| text.parse::<InviteToken>().expect_err("no token");
        assert_eq!(refusal(""), TokenError::Length);
        assert_eq!(refusal(&text[1..]), TokenError::Length);
        assert_eq!(refusal(&format!("{text}0")), TokenError::Length);
        assert_eq!(refusal(&"-".repeat(513)), TokenError::Length);
        assert_eq!(refusal("0U"), TokenError::Symbol { position: 2 });
        assert_eq!(refusal("đ"), TokenError::Symbol { position: 1 });
    }

    #[test]
    fn debug_does_not_tell_the_secret() {
        let shown = format!("{:?}", token());
        assert!(!shown.contains("00010203"));
        assert!(!shown.contains(&token().mac_key().to_string()));
    }
}
