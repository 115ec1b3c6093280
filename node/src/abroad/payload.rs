//! What lies inside a package: a zip archive of stored files whose names say nothing.
//!
//! | file | what |
//! | --- | --- |
//! | `dossier.json` | the dossier by the published JSON Schema, what is enclosed and what is not |
//! | `schema.json` | that schema |
//! | `history.bin` | every change with the envelopes of its authors, as a node stores it |
//! | `README.txt` | how to read all this without the program |
//! | `tep-0001.pdf` … | the attached files |
//!
//! **Invariant:** names without a path, each once, no compression: nothing grows when it is opened, and
//! nothing is written where a name says.

use std::io::{Cursor, Read as _, Write as _};

use dossier::{DossierId, Hash, RowId, attachment::Description};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{LIMITS, Unsound};

/// The format of `dossier.json`.
pub const FORMAT: &str = "hoso/dossier-package/1";

const DOSSIER: &str = "dossier.json";
const SCHEMA: &str = "schema.json";
const HISTORY: &str = "history.bin";
const README: &str = "README.txt";
const README_TEXT: &str = include_str!("package-readme.txt");

/// An attached file, enclosed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnclosedFile {
    /// The row it had.
    pub row: RowId,
    /// Its name in the dossier.
    pub name: String,
    /// What its bytes are.
    pub media: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Hash,
    /// Its name in the package.
    pub file: String,
    /// What is said of it.
    pub description: Description,
}

/// Something that belongs to the dossier and is not in the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// `dossier.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enclosed {
    /// [`FORMAT`].
    pub format: String,
    /// The dossier.
    pub dossier: DossierId,
    /// Hash of the record of EXPORT.
    pub record: Hash,
    /// The values with their provenance, as an exported copy.
    pub copy: Json,
    /// Every writing of every place, oldest first.
    pub history: Vec<Json>,
    /// The attached files.
    pub attachments: Vec<EnclosedFile>,
    /// What was not included.
    pub not_included: Vec<LeftOut>,
}

/// What lies inside a package.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// The dossier.
    pub enclosed: Enclosed,
    /// Every change, as a node stores it.
    pub history: Vec<u8>,
    /// The attached files, in the order of the dossier.
    pub files: Vec<Vec<u8>>,
}

impl Payload {
    /// The name in a package of the file at a place.
    pub fn name_of(place: usize, extension: &str) -> String {
        format!("tep-{:04}.{extension}", place + 1)
    }

    /// Packs it.
    ///
    /// # Errors
    /// [`Unsound`] when it is over a limit.
    pub fn pack(&self) -> Result<Vec<u8>, Unsound> {
        let dossier = serde_json::to_vec_pretty(&self.enclosed).map_err(|_| Unsound("payload"))?;
        if dossier.len() as u64 > LIMITS.dossier_bytes_max
            || self.files.len() > LIMITS.files_max
            || self.files.len() != self.enclosed.attachments.len()
        {
            return Err(Unsound("size"));
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default());
        let fixed: [(&str, &[u8]); 4] = [
            (DOSSIER, &dossier),
            (SCHEMA, config::PACKAGE_SCHEMA.as_bytes()),
            (HISTORY, &self.history),
            (README, README_TEXT.as_bytes()),
        ];
        let named = self.enclosed.attachments.iter().map(|it| it.file.as_str());
        let files = named.zip(self.files.iter().map(Vec::as_slice));
        for (name, bytes) in fixed.into_iter().chain(files) {
            let written = zip.start_file(name, options).map(|()| zip.write_all(bytes));
            written.map_err(|_| Unsound("payload"))?.map_err(|_| Unsound("payload"))?;
        }
        let packed = zip.finish().map_err(|_| Unsound("payload"))?.into_inner();
        if packed.len() as u64 > LIMITS.sealed_bytes_max {
            Err(Unsound("size"))
        } else {
            Ok(packed)
        }
    }

    /// Unpacks it; whoever made it may have meant harm.
    ///
    /// # Errors
    /// [`Unsound`]: the first thing that does not hold.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Unsound> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unsound("payload"))?;
        if zip.len() > LIMITS.files_max + 4 {
            return Err(Unsound("size"));
        }
        let dossier = take(&mut zip, DOSSIER, LIMITS.dossier_bytes_max)?;
        let enclosed: Enclosed =
            serde_json::from_slice(&dossier).map_err(|_| Unsound("dossier"))?;
        if enclosed.format != FORMAT {
            return Err(Unsound("dossier-version"));
        }
        let history = take(&mut zip, HISTORY, LIMITS.sealed_bytes_max)?;
        if zip.len() != enclosed.attachments.len() + 4 {
            return Err(Unsound("files"));
        }
        let mut files = Vec::new();
        for (place, it) in enclosed.attachments.iter().enumerate() {
            if !is_plain(&it.file, place) {
                return Err(Unsound("names"));
            }
            let file = take(&mut zip, &it.file, it.bytes)?;
            if file.len() as u64 != it.bytes || Hash::of(&file) != it.sha256 {
                return Err(Unsound("files"));
            }
            files.push(file);
        }
        Ok(Self { enclosed, history, files })
    }
}

/// Takes one stored file out.
fn take(
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    bytes_max: u64,
) -> Result<Vec<u8>, Unsound> {
    let file = zip.by_name(name).map_err(|_| Unsound("files"))?;
    let plain = file.is_file()
        && !file.is_symlink()
        && !file.encrypted()
        && file.compression() == CompressionMethod::Stored;
    if !plain || file.size() > bytes_max {
        return Err(Unsound("files"));
    }
    let mut bytes = Vec::new();
    let read = file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|_| Unsound("files"))?;
    Ok(bytes)
}

/// Whether a name is one that [`Payload::name_of`] gives.
fn is_plain(name: &str, place: usize) -> bool {
    let Some((_, extension)) = name.rsplit_once('.') else { return false };
    let short = (1..=5).contains(&extension.len());
    short
        && extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && name == Payload::name_of(place, extension)
}
