//! The one place where values become bytes: bincode 2, fixed configuration, limits on, a version
//! byte in front, every byte consumed.
//!
//! Old versions stay readable beside new ones; `tests/golden` pins each. bincode is frozen, and
//! `wincode` reads the same bytes (tested), so the crate can be exchanged without touching a stored
//! or sent byte.

use serde::{Serialize, de::DeserializeOwned};

/// The largest value any decoder here will build, in bytes.
const DECODE_LIMIT: usize = 16 * 1024 * 1024;

/// The version byte written in front of every value.
pub const VERSION: u8 = 1;

/// Bytes that are no value of the expected type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("empty value")]
    Empty,
    /// A version this program does not know.
    #[error("unknown version {0}")]
    Version(u8),
    /// Not the encoding of the expected type, or over its limit.
    #[error("malformed value")]
    Malformed,
    /// Bytes follow the value.
    #[error("bytes after the end of the value")]
    Trailing,
}

const fn configuration() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<DECODE_LIMIT>,
> {
    bincode::config::standard().with_limit::<DECODE_LIMIT>()
}

/// Encodes `value` behind the version byte.
///
/// # Panics
/// When the value holds something bincode cannot express; no type of this crate does.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard())
        .expect("types of the protocol are encodable");
    bytes
}

/// Decodes what [`encode`] wrote.
///
/// # Errors
/// [`DecodeError`] for anything else; never panics and never allocates beyond the input's size
/// times a small constant.
#[expect(clippy::disallowed_methods, reason = "the one place where bytes become values")]
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (&version, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let (value, consumed) = bincode::serde::decode_from_slice(body, configuration())
        .map_err(|_| DecodeError::Malformed)?;
    if consumed == body.len() { Ok(value) } else { Err(DecodeError::Trailing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_back_and_nothing_else_is() {
        let bytes = encode(&(7u32, "hồ sơ".to_owned()));
        assert_eq!(decode::<(u32, String)>(&bytes), Ok((7, "hồ sơ".to_owned())));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode::<(u32, String)>(&longer), Err(DecodeError::Trailing));
        let mut newer = bytes.clone();
        newer[0] = 9;
        assert_eq!(decode::<(u32, String)>(&newer), Err(DecodeError::Version(9)));
        assert_eq!(decode::<(u32, String)>(&bytes[..3]), Err(DecodeError::Malformed));
        assert_eq!(decode::<u8>(&[]), Err(DecodeError::Empty));
    }

    #[test]
    fn a_claimed_length_of_2_to_the_62_is_an_error_and_no_allocation() {
        let hostile = [VERSION, 253, 0, 0, 0, 0, 0, 0, 0, 0x40];
        assert_eq!(decode::<Vec<u8>>(&hostile), Err(DecodeError::Malformed));
        assert_eq!(decode::<Vec<Vec<u64>>>(&hostile), Err(DecodeError::Malformed));
        assert_eq!(decode::<String>(&hostile), Err(DecodeError::Malformed));
    }
}
