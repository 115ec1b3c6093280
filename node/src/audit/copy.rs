//! The sealed file of a copy of a dossier: JSON that says what it is, and the sealed bytes in hex. The
//! code that opens it goes another way.

use serde::{Deserialize, Serialize};

use super::OpeningCode;

/// What a sealed file says it is.
const FORMAT: &str = "hoso/dossier-copy-sealed/1";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    sealed: String,
}

/// Why a sealed file does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CopyFault {
    /// It is no sealed copy.
    #[error("not a sealed copy")]
    Foreign,
    /// The code is another's, or the bytes were altered.
    #[error("wrong code or altered bytes")]
    Shut,
}

/// Seals a copy into a file; a code seals one.
pub fn seal_copy(plain: String, code: &OpeningCode) -> String {
    let sealed = hex::encode(code.seal_copy(plain.into_bytes()));
    let file = File { format: FORMAT.to_owned(), sealed };
    serde_json::to_string(&file).expect("two texts are JSON")
}

/// Opens such a file.
///
/// # Errors
/// [`CopyFault`], by which people are told what is wrong.
pub fn open_copy(text: &str, code: &OpeningCode) -> Result<String, CopyFault> {
    let file: File = serde_json::from_str(text).map_err(|_| CopyFault::Foreign)?;
    if file.format != FORMAT {
        return Err(CopyFault::Foreign);
    }
    let sealed = hex::decode(&file.sealed).map_err(|_| CopyFault::Foreign)?;
    let plain = code.open_copy(&sealed).and_then(|plain| String::from_utf8(plain).ok());
    plain.ok_or(CopyFault::Shut)
}
