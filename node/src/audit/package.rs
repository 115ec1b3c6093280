//! The package an inspector takes along: one file of lines, each a JSON object with one field.
//!
//! | line | what |
//! | --- | --- |
//! | `package` | version, node, unit, time, mission; root certificate, charter, the node's certificates; the wrapped audit key |
//! | `member` | one entry of the member list as it is stored, in order |
//! | `log` | a log begins: node, life, number of its entries |
//! | `entry` | number, sealed bytes, chain head after it |
//! | `checkpoint` | a signed head of this log, behind the entry it reaches, with the words of witnesses |
//! | `witness` | a checkpoint of another node's log that this node keeps |
//! | `end` | number of lines before it, SHA-256 of their bytes, the node's signature over both |
//!
//! Binary values are lower-case hexadecimal; instants are milliseconds since 1970. The file's README
//! tells how each digest is formed.
//!
//! **Invariant:** every byte is covered: those before the last line by its digest, the last line by
//! having one spelling only.

mod line;

use std::collections::BTreeMap;
use std::io::{self, Write};

use dossier::{Hash, NodeId};
use protocol::{
    Signature,
    audit::{Kept, LogId},
    codec,
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::control::{AuditAnswer, AuditOrder, ExportPlan};
pub use line::{CheckpointLine, EndLine, EntryLine, Head, Hex, Line, LogLine, VERSION};

/// The longest line that is written or read, in bytes.
pub const LINE_MAX: usize = 64 * 1024;

/// Writes lines and keeps their digest.
struct Writer<W> {
    out: W,
    digest: Sha256,
    lines: u64,
}

impl<W: Write> Writer<W> {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.digest.update(&bytes);
        self.lines += 1;
        self.out.write_all(&bytes)
    }
}

/// A package that was written.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The node.
    pub node: NodeId,
    /// Entries of all its logs.
    pub entries: u64,
    /// Checkpoints of other nodes that it keeps.
    pub witnessed: u64,
    /// The code that opens the entries, to be carried apart.
    pub code: String,
    /// SHA-256 of everything before the last line.
    pub digest: Hash,
}

/// Why no package was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError<E> {
    /// The node did not answer.
    #[error("the node did not answer")]
    Node(E),
    /// The node answered something else, or its log has a hole.
    #[error("the node's answer does not fit: {0}")]
    Answer(&'static str),
    /// The file could not be written.
    #[error("the package could not be written")]
    Write(#[from] io::Error),
}

/// Asks a node, order by order, and writes its package to `out`.
///
/// # Errors
/// [`ExportError`]; what was written so far is no package.
pub fn export<E>(
    mut ask: impl FnMut(AuditOrder) -> Result<AuditAnswer, E>,
    mission: &str,
    out: impl Write,
) -> Result<Exported, ExportError<E>> {
    let mut ask = |order| ask(order).map_err(ExportError::Node);
    let AuditAnswer::Plan(plan) = ask(AuditOrder::Export { mission: mission.to_owned() })? else {
        return Err(ExportError::Answer("no plan"));
    };
    let mut writer = Writer { out, digest: Sha256::new(), lines: 0 };
    writer.line(&Line::Package(Box::new(head(&plan, mission))))?;
    for member in &plan.members {
        writer.line(&Line::Member(Hex(codec::encode(member))))?;
    }
    let mut own: BTreeMap<(LogId, u64), Kept> = BTreeMap::new();
    each_kept(&mut ask, |kept| {
        let checkpoint = &kept.signed.checkpoint;
        if checkpoint.node == plan.node {
            own.insert((checkpoint.log(), checkpoint.size), kept);
        }
        Ok(())
    })?;
    let mut entries = 0;
    for log in &plan.logs {
        let line = LogLine { node: plan.node, incarnation: log.incarnation, entries: log.size };
        writer.line(&Line::Log(line))?;
        let id = LogId::of(&plan.node, &log.incarnation);
        write_log(&mut ask, &mut writer, (log.generation, log.size), |size| {
            own.remove(&(id, size))
        })?;
        entries += log.size;
    }
    let mut witnessed = 0;
    each_kept(&mut ask, |kept| {
        if kept.signed.checkpoint.node != plan.node {
            witnessed += 1;
            writer.line(&Line::Witness(CheckpointLine::of(&kept)))?;
        }
        Ok(())
    })?;
    let (lines, digest) = (writer.lines, Hash::from_bytes(writer.digest.clone().finalize().into()));
    let AuditAnswer::Sealed(signature) = ask(AuditOrder::Seal { digest, lines })? else {
        return Err(ExportError::Answer("no signature"));
    };
    writer.line(&Line::End(end(lines, digest, signature)))?;
    writer.out.flush()?;
    Ok(Exported { node: plan.node, entries, witnessed, code: plan.code, digest })
}

fn head(plan: &ExportPlan, mission: &str) -> Head {
    Head {
        version: VERSION,
        node: plan.node,
        unit: plan.unit.clone(),
        at: plan.at,
        mission: mission.to_owned(),
        root: plan.root.clone(),
        charter: plan.charter.clone(),
        chain: plan.chain.clone(),
        key: Hex(plan.key.to_vec()),
    }
}

fn end(lines: u64, digest: Hash, signature: Signature) -> EndLine {
    EndLine { lines, digest, signature: Hex(signature.to_bytes().to_vec()) }
}

fn each_kept<E>(
    ask: &mut impl FnMut(AuditOrder) -> Result<AuditAnswer, ExportError<E>>,
    mut take: impl FnMut(Kept) -> io::Result<()>,
) -> Result<(), ExportError<E>> {
    let mut after: Option<ByteBuf> = None;
    loop {
        let AuditAnswer::Kept(page) = ask(AuditOrder::Kept { after: after.clone() })? else {
            return Err(ExportError::Answer("no checkpoints"));
        };
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for (_, kept) in page {
            take(kept)?;
        }
    }
}

fn write_log<E, W: Write>(
    ask: &mut impl FnMut(AuditOrder) -> Result<AuditAnswer, ExportError<E>>,
    writer: &mut Writer<W>,
    (log, size): (u32, u64),
    mut checkpoint: impl FnMut(u64) -> Option<Kept>,
) -> Result<(), ExportError<E>> {
    let (mut after, mut chain_head) = (0, Hash::ZERO);
    while after < size {
        let AuditAnswer::Entries(page) = ask(AuditOrder::Entries { log, after })? else {
            return Err(ExportError::Answer("no entries"));
        };
        if page.is_empty() {
            return Err(ExportError::Answer("the log has a hole"));
        }
        for (number, sealed) in page.into_iter().take_while(|(number, _)| *number <= size) {
            chain_head = protocol::audit::chain(&chain_head, &sealed);
            let sealed = Hex(sealed.into_vec());
            writer.line(&Line::Entry(EntryLine { number, sealed, head: chain_head }))?;
            if let Some(kept) = checkpoint(number) {
                writer.line(&Line::Checkpoint(CheckpointLine::of(&kept)))?;
            }
            after = number;
        }
    }
    Ok(())
}
