//! Identifiers and instants. Each is a newtype, parsed at the edge and never validated again.
//!
//! Binary forms serialise as raw bytes; in human-readable formats (JSON, TOML) they are lower-case
//! hexadecimal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

/// Text that does not spell the identifier it was offered as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub struct InvalidIdentifier {
    kind: &'static str,
}

macro_rules! byte_identifier {
    ($(#[$doc:meta])* $name:ident, $length:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $length;

            /// Wraps raw bytes.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Reads exactly [`Self::LENGTH`] bytes; `None` for any other length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; $length];
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| InvalidIdentifier { kind: $kind })?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(&hex::encode(self.0))
                } else {
                    serde_bytes_array::serialize(&self.0, serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = String::deserialize(deserializer)?;
                    text.parse().map_err(D::Error::custom)
                } else {
                    serde_bytes_array::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

/// Fixed-size byte arrays of any length, as a tuple of bytes without a length prefix.
mod serde_bytes_array {
    use serde::de::{Error, SeqAccess, Visitor};
    use serde::ser::SerializeTuple;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for byte in bytes {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        struct Bytes<const N: usize>;

        impl<'de, const N: usize> Visitor<'de> for Bytes<N> {
            type Value = [u8; N];

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{N} bytes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<[u8; N], A::Error> {
                let mut bytes = [0; N];
                for (position, byte) in bytes.iter_mut().enumerate() {
                    *byte = sequence
                        .next_element()?
                        .ok_or_else(|| A::Error::invalid_length(position, &self))?;
                }
                Ok(bytes)
            }
        }

        deserializer.deserialize_tuple(N, Bytes::<N>)
    }
}

byte_identifier!(
    /// Names a dossier (hồ sơ) for life: 16 random bytes, never derived from a citizen number.
    DossierId, 16, "dossier id"
);
byte_identifier!(
    /// Names a node of the federation: the first 16 bytes of the hash of its first change key.
    NodeId, 16, "node id"
);
byte_identifier!(
    /// One life of a node's store. Renewed whenever the store may have gone back in time, so that
    /// no sequence number is ever used twice; it is also the id of the node's feed.
    Incarnation, 16, "incarnation"
);
byte_identifier!(
    /// An author of changes inside one document: derived from node key, incarnation, dossier, epoch.
    ActorId, 16, "actor id"
);
byte_identifier!(
    /// Key of a table row inside a document, so that rows added at two places never collide.
    RowId, 16, "row id"
);
byte_identifier!(
    /// A SHA-256 digest.
    Hash, 32, "hash"
);

impl Hash {
    /// The digest that stands before the first link of every chain.
    pub const ZERO: Self = Self([0; 32]);

    /// Hashes `parts` under a domain tag; each part is preceded by its length, so that no two
    /// lists of parts share a digest.
    pub fn tagged(tag: &str, parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        digest.update(tag.as_bytes());
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// Hashes bytes as they are.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// Names an organisational unit of the province, e.g. `sgddt` or `d151.04894`.
///
/// 1 to 96 characters of `a-z`, `0-9`, `.`, `-`; the first is a letter or a digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UnitId(String);

impl UnitId {
    /// The longest name, in bytes.
    pub const LENGTH_MAX: usize = 96;

    /// The text of the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnitId {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let shaped = !text.is_empty()
            && text.len() <= Self::LENGTH_MAX
            && text.bytes().all(|byte| allowed(byte) || byte == b'.' || byte == b'-')
            && text.bytes().next().is_some_and(allowed);
        if shaped { Ok(Self(text.to_owned())) } else { Err(InvalidIdentifier { kind: "unit id" }) }
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnitId({})", self.0)
    }
}

impl<'de> Deserialize<'de> for UnitId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Evidence for people, never an ordering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_round_trip_through_text() {
        let id = DossierId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("07".parse::<DossierId>().is_err());
        let json = serde_json::to_string(&id).expect("serialises");
        assert_eq!(json, "\"07070707070707070707070707070707\"");
        assert_eq!(serde_json::from_str::<DossierId>(&json).expect("parses"), id);
    }

    #[test]
    fn unit_ids_are_narrow() {
        for good in ["sgddt", "d151.04894", "sgddt.thpt-chuyen-hoang-van-thu", "2-a"] {
            assert!(good.parse::<UnitId>().is_ok(), "{good}");
        }
        for bad in ["", ".a", "A", "a/b", "đ", &"x".repeat(97)] {
            assert!(bad.parse::<UnitId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tagged_hash_separates_parts() {
        assert_ne!(Hash::tagged("t", &[b"ab", b"c"]), Hash::tagged("t", &[b"a", b"bc"]));
    }
}
