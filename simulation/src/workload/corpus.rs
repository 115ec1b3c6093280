//! A corpus on disk: one record a dossier, read one at a time.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Context as _;
use dossier::DossierId;
use protocol::codec;
use protocol::holding::Holding;
use protocol::parcel::{Body, Parcel};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Cast, compose, dossier_id};

/// Counts up whenever equal numbers give other dossiers.
const VERSION: u32 = 1;
/// Dossiers made between two writes.
const STRETCH: u64 = 256;

/// One dossier as a node holds it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The dossier.
    pub id: DossierId,
    /// Its parcel: the saved document with every line.
    pub parcel: ByteBuf,
    /// Its summary.
    pub holding: Holding,
}

impl Record {
    /// The saved document alone.
    ///
    /// # Errors
    /// A damaged corpus.
    pub fn saved(&self) -> anyhow::Result<Vec<u8>> {
        match Parcel::decode(&self.parcel)?.body {
            Body::Saved(bytes) => Ok(bytes.into_vec()),
            Body::Changes(_) => anyhow::bail!("a record without a saved document"),
        }
    }
}

/// A corpus of dossiers in one file.
#[derive(Debug, Clone)]
pub struct Corpus {
    path: PathBuf,
}

impl Corpus {
    /// The corpus of `dossiers` in `directory`, made there if it is not yet.
    ///
    /// # Errors
    /// The disk's.
    pub fn prepare(directory: &Path, dossiers: u64) -> anyhow::Result<Self> {
        fs::create_dir_all(directory)?;
        let path = directory.join(format!("corpus-{VERSION}-{dossiers}.bin"));
        if !path.exists() {
            let unfinished = path.with_extension("part");
            write(&unfinished, dossiers).context("the corpus could not be made")?;
            fs::rename(&unfinished, &path)?;
        }
        Ok(Self { path })
    }

    /// A corpus that [`Corpus::prepare`] made.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its records, in the order of their numbers.
    ///
    /// # Errors
    /// The disk's, now or at any record; a damaged file.
    pub fn records(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Record>>> {
        let mut file = BufReader::with_capacity(1 << 20, File::open(&self.path)?);
        Ok(std::iter::from_fn(move || next(&mut file).transpose()))
    }
}

fn next(file: &mut impl Read) -> anyhow::Result<Option<Record>> {
    let mut length = [0; 4];
    match file.read_exact(&mut length) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
    file.read_exact(&mut bytes)?;
    Ok(Some(codec::decode(&bytes)?))
}

/// Makes dossiers on all processors and writes them in order.
fn write(path: &Path, dossiers: u64) -> anyhow::Result<()> {
    let cast = Cast::new()?;
    let workers = thread::available_parallelism()?.get() as u64;
    let mut file = BufWriter::new(File::create(path)?);
    for begin in (0..dossiers).step_by(STRETCH as usize) {
        let end = dossiers.min(begin + STRETCH);
        let made = thread::scope(|scope| {
            let work = |worker| {
                let cast = &cast;
                scope.spawn(move || {
                    (begin..end)
                        .skip(worker as usize)
                        .step_by(workers as usize)
                        .map(|index| encode(index, cast))
                        .collect::<anyhow::Result<Vec<_>>>()
                })
            };
            let threads: Vec<_> = (0..workers).map(work).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        let made = made.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        for index in 0..end - begin {
            let bytes = &made[(index % workers) as usize][(index / workers) as usize];
            file.write_all(&u32::try_from(bytes.len())?.to_be_bytes())?;
            file.write_all(bytes)?;
        }
    }
    Ok(file.flush()?)
}

fn encode(index: u64, cast: &Cast) -> anyhow::Result<Vec<u8>> {
    let mut opened = compose(index, cast)?;
    opened.holding.copied = true;
    let parcel = ByteBuf::from(opened.compact().encode());
    Ok(codec::encode(&Record { id: dossier_id(index), parcel, holding: opened.holding }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_is_read_back_in_order() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let corpus = Corpus::prepare(directory.path(), 3).expect("made");
        let records: Vec<Record> =
            corpus.records().expect("opened").map(|record| record.expect("a record")).collect();
        let ids: Vec<DossierId> = records.iter().map(|record| record.id).collect();
        assert_eq!(ids, [dossier_id(0), dossier_id(1), dossier_id(2)]);
        assert!(records.iter().all(|record| record.saved().is_ok_and(|saved| !saved.is_empty())));
    }
}
