//! Bytes inside the JSON documents of enrolment, as lower-case hexadecimal.

/// Serialises bytes of fixed or variable length.
pub(crate) mod bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer, T: AsRef<[u8]>>(
        bytes: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        T::try_from(bytes).map_err(|_| D::Error::custom("wrong number of bytes"))
    }
}

/// A document that is too long or does not parse.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Longer than the limit of its kind, in bytes.
    #[error("document of {length} bytes, at most {max} are read")]
    TooLong {
        /// Length found.
        length: usize,
        /// Length allowed.
        max: usize,
    },
    /// Not the JSON of its kind.
    #[error("not a document of this kind")]
    Malformed(#[source] serde_json::Error),
}

/// Parses JSON of at most `max` bytes.
pub(crate) fn from_json<'a, T: serde::Deserialize<'a>>(
    text: &'a [u8],
    max: usize,
) -> Result<T, DocumentError> {
    if text.len() > max {
        return Err(DocumentError::TooLong { length: text.len(), max });
    }
    serde_json::from_slice(text).map_err(DocumentError::Malformed)
}

/// Writes JSON that a person can read.
pub(crate) fn to_json<T: serde::Serialize>(document: &T) -> String {
    serde_json::to_string_pretty(document).expect("closed types without maps serialise")
}
