//! Judging packages: without a data directory, without a network, in bounded memory.
//!
//! Each file is read twice. First everything but the entries: what its signatures lead back to, the
//! digest over all of it, the checkpoints its node keeps of others. Then the logs, entry by entry,
//! against all checkpoints of all files. Several packages together find what one alone cannot: a log
//! that was replaced as a whole differs from what the superiors were shown.
//!
//! **Invariant:** nothing in a file is believed that does not lead back to its root certificate, and
//! whether that is the province's is for the inspector to compare with paper.

mod lines;
mod trust;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use dossier::{Hash, NodeId, Timestamp, UnitId};
use protocol::{
    audit::{
        Inspection, Kept, Sealer,
        inspection::{Departure, Finding, LogReport},
    },
    member::MemberList,
};

use super::{
    AuditKey, OpeningCode,
    deed::package_digest,
    package::{EndLine, Line},
};
use lines::{Lines, Trouble};
use trust::Trust;
pub(crate) use trust::Verifier;

/// What packages are judged with.
#[derive(Debug, Default)]
pub struct Options {
    /// Codes that open entries; each package opens with its own.
    pub codes: Vec<OpeningCode>,
    /// The fingerprint the root certificate must have.
    pub root: Option<Hash>,
}

/// One package, judged.
#[derive(Debug)]
pub struct PackageReport {
    /// The file.
    pub path: PathBuf,
    /// The node it comes from.
    pub node: NodeId,
    /// The node's unit.
    pub unit: UnitId,
    /// When it was made, by the node's clock.
    pub at: Timestamp,
    /// Number of the mission document.
    pub mission: String,
    /// Whether a code opened its entries.
    pub opened: bool,
    /// Its logs.
    pub logs: Vec<LogReport>,
}

/// All packages, judged.
#[derive(Debug)]
pub struct Verdict {
    /// SHA-256 of the root certificate, to be compared with paper; `None` when no file has one.
    pub root: Option<Hash>,
    /// What could be read of each.
    pub packages: Vec<PackageReport>,
    /// What must not be, the first of it.
    pub findings: Vec<Finding>,
    /// How much of it there is.
    pub count: u64,
    /// Logs that ended because a store went back in time: for people to look at, no harm by itself.
    pub departures: Vec<Departure>,
    /// Units of the nodes that are named.
    pub members: MemberList,
}

/// What the first reading of a file gives.
struct Gathered {
    trust: Trust,
    witnessed: Vec<Kept>,
    key: Option<AuditKey>,
    /// What is wrong with the file as a whole; its logs are judged all the same.
    trouble: Option<Finding>,
}

/// Judges the packages in these files.
///
/// # Errors
/// The file system's: a file that cannot be read is no verdict.
pub fn verify(paths: &[PathBuf], options: &Options) -> io::Result<Verdict> {
    let mut troubles = Vec::new();
    let mut files: Vec<(PathBuf, Gathered)> = Vec::new();
    for path in paths {
        match gather(path, options) {
            Ok(gathered) => files.push((path.clone(), gathered)),
            Err(Trouble::Io(error)) => return Err(error),
            Err(Trouble::Wrong { what, line }) => troubles.push(Finding::Package { what, line }),
        }
    }
    let root = files.first().map(|(_, file)| file.trust.root);
    if files.iter().any(|(_, file)| Some(file.trust.root) != root) {
        troubles.push(Finding::Package { what: "other-root", line: 0 });
    }
    if trust::disagree(files.iter().map(|(_, file)| &file.trust)) {
        troubles.push(Finding::Package { what: "other-members", line: 0 });
    }
    let longest = files.iter().max_by_key(|(_, file)| file.trust.members.number());
    let members = longest.map(|(_, file)| file.trust.members.clone()).unwrap_or_default();
    let mut inspection = Inspection::new(members.clone());
    let whole = files.iter().filter_map(|(_, file)| file.trouble.clone());
    whole.chain(troubles).for_each(|trouble| inspection.find(trouble));
    for (_, file) in &files {
        for kept in &file.witnessed {
            inspection.witness(file.trust.head.node, kept, &trust::Verifier);
        }
    }
    let mut packages = Vec::new();
    for (path, file) in files {
        packages.push(judge(&path, file, &mut inspection)?);
    }
    inspection.finish();
    let departures = inspection.departures().to_vec();
    let findings = inspection.findings();
    let (first, count) = (findings.first().to_vec(), findings.count());
    Ok(Verdict { root, packages, findings: first, count, departures, members })
}

fn open(path: &Path) -> Result<Lines<BufReader<File>>, Trouble> {
    Ok(Lines::new(BufReader::with_capacity(1 << 20, File::open(path)?)))
}

/// Reads everything of a file but its entries.
fn gather(path: &Path, options: &Options) -> Result<Gathered, Trouble> {
    let mut lines = open(path)?;
    let first = lines.next()?.ok_or(Trouble::Wrong { what: "empty", line: 0 })?;
    let Line::Package(head) = lines.parse(&first)? else {
        return Err(lines.wrong("head"));
    };
    let mut trust = Trust::of(*head).map_err(|what| lines.wrong(what))?;
    if options.root.is_some_and(|root| root != trust.root) {
        return Err(lines.wrong("root"));
    }
    let mut witnessed = Vec::new();
    let trouble = match scan(&mut lines, &mut trust, &mut witnessed) {
        Ok(()) => None,
        Err(Trouble::Wrong { what, line }) => Some(Finding::Package { what, line }),
        Err(error) => return Err(error),
    };
    if let Err(what) = trust.settle() {
        return Err(Trouble::Wrong { what, line: 1 });
    }
    let wrapped = &trust.head.key.0;
    let key = options.codes.iter().find_map(|code| AuditKey::unwrap(wrapped, code));
    Ok(Gathered { trust, witnessed, key, trouble })
}

/// Takes members and checkpoints from a file, to its end.
fn scan(
    lines: &mut Lines<BufReader<File>>,
    trust: &mut Trust,
    witnessed: &mut Vec<Kept>,
) -> Result<(), Trouble> {
    loop {
        let before = lines.digest();
        let line = lines.next()?.ok_or(Trouble::Wrong { what: "cut", line: 0 })?;
        if line.starts_with(b"{\"entry\"") {
            continue;
        }
        match lines.parse(&line)? {
            Line::Member(bytes) => {
                trust.member(&bytes.0).map_err(|what| lines.wrong(what))?;
            }
            Line::Checkpoint(it) | Line::Witness(it) => {
                let kept = it.kept().ok_or_else(|| lines.wrong("checkpoint"))?;
                if witnessed.len() >= protocol::audit::inspection::WITNESSED_MAX {
                    return Err(lines.wrong("too-many-checkpoints"));
                }
                witnessed.push(kept);
            }
            Line::Log(_) => {}
            Line::End(end) => return check_end(&end, before(), &line, lines, trust),
            Line::Package(_) | Line::Entry(_) => return Err(lines.wrong("order")),
        }
    }
}

/// The last line has one spelling, counts and hashes what stands before it, and is the file's last.
fn check_end(
    end: &EndLine,
    digest: Hash,
    line: &[u8],
    lines: &mut Lines<BufReader<File>>,
    trust: &Trust,
) -> Result<(), Trouble> {
    let spelling = serde_json::to_vec(&Line::End(end.clone())).unwrap_or_default();
    if spelling != line {
        return Err(lines.wrong("end-spelling"));
    }
    if end.lines + 1 != lines.number() || end.digest != digest {
        return Err(lines.wrong("digest"));
    }
    let signed = package_digest(&end.digest, end.lines);
    if !end.signature.signature().is_some_and(|it| trust.has_signed(&signed, &it)) {
        return Err(lines.wrong("signature"));
    }
    match lines.next()? {
        None => Ok(()),
        Some(_) => Err(lines.wrong("behind-the-end")),
    }
}

/// Reads the logs of a file against everything that is known.
fn judge(path: &Path, file: Gathered, inspection: &mut Inspection) -> io::Result<PackageReport> {
    let Gathered { trust, key, trouble, .. } = file;
    let sealer = key.as_ref().map(|key| key as &dyn Sealer);
    let mut logs = Vec::new();
    let mut claimed = None;
    let read = read_logs(path, &trust, sealer, inspection, &mut logs, &mut claimed);
    logs.extend(claimed.and_then(|claimed| inspection.end(claimed)));
    match read {
        Ok(()) => {}
        Err(Trouble::Io(error)) => return Err(error),
        // What the first reading stumbled over was told.
        Err(Trouble::Wrong { .. }) if trouble.is_some() => {}
        Err(Trouble::Wrong { what, line }) => inspection.find(Finding::Package { what, line }),
    }
    match trouble {
        None => inspection.close(trust.head.node, trust.head.at),
        Some(_) => inspection.abandon(),
    }
    let head = trust.head;
    Ok(PackageReport {
        path: path.to_owned(),
        node: head.node,
        unit: head.unit,
        at: head.at,
        mission: head.mission,
        opened: key.is_some(),
        logs,
    })
}

fn read_logs(
    path: &Path,
    trust: &Trust,
    sealer: Option<&dyn Sealer>,
    inspection: &mut Inspection,
    logs: &mut Vec<LogReport>,
    claimed: &mut Option<u64>,
) -> Result<(), Trouble> {
    let mut lines = open(path)?;
    let (node, at) = (trust.head.node, trust.head.at);
    while let Some(line) = lines.next()? {
        let parsed = match lines.parse(&line) {
            Err(_) if line.starts_with(b"{\"entry\"") && claimed.is_some() => {
                inspection.spoiled();
                continue;
            }
            parsed => parsed?,
        };
        match parsed {
            Line::Log(log) => {
                logs.extend(claimed.take().and_then(|claimed| inspection.end(claimed)));
                if log.node != node {
                    return Err(lines.wrong("another-node"));
                }
                inspection.begin(log.node, log.incarnation, at);
                *claimed = Some(log.entries);
            }
            Line::Entry(entry) if claimed.is_some() => {
                inspection.entry(entry.number, &entry.sealed.0, entry.head, sealer);
            }
            Line::Entry(_) => return Err(lines.wrong("order")),
            Line::Checkpoint(it) => {
                let kept = it.kept().ok_or_else(|| lines.wrong("checkpoint"))?;
                inspection.checkpoint(&kept, &trust::Verifier);
            }
            Line::Package(_) | Line::Member(_) | Line::Witness(_) | Line::End(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
