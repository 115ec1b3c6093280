//! What was measured, against what, and whether the targets are reached.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::talk::Case;

/// One case of one system.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Measured {
    pub(super) name: Case,
    /// UDP payload of both directions and 28 bytes a datagram for IPv4 and UDP headers.
    pub(super) wire_bytes: u64,
    /// Processor time of both processes.
    pub(super) cpu_s: f64,
    /// Of it, the hub's.
    pub(super) hub_cpu_s: f64,
    pub(super) wall_s: f64,
    pub(super) round_trips: u64,
    /// Largest resident size of the hub.
    pub(super) rss_bytes: u64,
    /// Rounds of set reconciliation.
    pub(super) reconcile_rounds: u64,
    /// Bytes of its messages, both directions.
    pub(super) reconcile_bytes: u64,
}

/// Documents held one by one, measured on some and scaled.
#[derive(Debug, Serialize)]
pub(super) struct PerDocument {
    /// How many dossiers were measured; bytes, times and turns are scaled linearly from there.
    pub(super) measured_at: u64,
    pub(super) cases: Vec<Measured>,
}

/// One target.
#[derive(Debug, Serialize)]
pub(super) struct Target {
    pub(super) name: &'static str,
    /// The most that is allowed.
    pub(super) limit: f64,
    pub(super) reached: f64,
    pub(super) ok: bool,
}

/// The whole run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) dossiers: u64,
    /// Dossiers that differ in the cases `changed` and `repair`.
    pub(super) changed: u64,
    pub(super) repaired: u64,
    pub(super) saved_bytes_mean: f64,
    pub(super) cases: Vec<Measured>,
    pub(super) raw_quic: Vec<Measured>,
    pub(super) per_document: PerDocument,
    pub(super) ratios: BTreeMap<&'static str, f64>,
    pub(super) targets: Vec<Target>,
}

fn find(cases: &[Measured], case: Case) -> Option<&Measured> {
    cases.iter().find(|one| one.name == case)
}

impl Report {
    /// Computes ratios and targets from the measurements.
    pub(super) fn judge(&mut self) {
        let dossiers = self.dossiers as f64;
        let alone = &self.per_document.cases;
        let mut judged: Vec<(&'static str, f64, Option<f64>)> = Vec::new();
        let unchanged = find(&self.cases, Case::Unchanged);
        judged.push(("unchanged_wire_bytes", 400.0, unchanged.map(|one| one.wire_bytes as f64)));
        judged.push(("unchanged_round_trips", 2.0, unchanged.map(|one| one.round_trips as f64)));
        let changed = find(&self.cases, Case::Changed);
        let raw = find(&self.raw_quic, Case::Changed);
        let wire = |one: &Measured| one.wire_bytes as f64;
        let against =
            |one: Option<&Measured>, other: Option<&Measured>, of: fn(&Measured) -> f64| {
                Some(of(one?) / of(other?))
            };
        let cpu = |one: &Measured| one.cpu_s;
        judged.push(("changed_wire_to_raw", 2.0, against(changed, raw, wire)));
        judged.push((
            "changed_cpu_to_per_document",
            1.0 / 50.0,
            against(changed, find(alone, Case::Changed), cpu),
        ));
        let cold = find(&self.cases, Case::Cold);
        let saved = dossiers * self.saved_bytes_mean;
        judged.push(("cold_wire_to_saved", 1.6, cold.map(|one| wire(one) / saved)));
        judged.push(("cold_cpu_to_per_document", 0.5, against(cold, find(alone, Case::Cold), cpu)));
        let repair = find(&self.cases, Case::Repair);
        let repaired = self.repaired as f64;
        judged.push(("repair_rounds", 2.5, repair.map(|one| one.reconcile_rounds as f64)));
        judged.push((
            "repair_bytes_per_difference",
            500.0,
            repair.map(|one| one.reconcile_bytes as f64 / repaired),
        ));
        let rss = self.cases.iter().map(|one| one.rss_bytes).max();
        judged.push(("hub_rss_per_dossier", 20.0 * 1024.0, rss.map(|one| one as f64 / dossiers)));
        for (name, limit, reached) in judged {
            let Some(reached) = reached else { continue };
            self.ratios.insert(name, reached);
            self.targets.push(Target { name, limit, reached, ok: reached <= limit });
        }
    }

    /// Writes the tables for people.
    pub(super) fn write(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        writeln!(out, "{} dossiers, {:.0} bytes saved", self.dossiers, self.saved_bytes_mean)?;
        writeln!(out, "changed: {}, to repair: {}", self.changed, self.repaired)?;
        writeln!(out, "wire: UDP payload both ways and 28 bytes a datagram")?;
        write_cases(out, "hoso", &self.cases)?;
        write_cases(out, "bare quinn stream, same payload", &self.raw_quic)?;
        let measured_at = self.per_document.measured_at;
        let title = format!("Automerge sync per document, scaled from {measured_at}");
        write_cases(out, &title, &self.per_document.cases)?;
        writeln!(out, "\n{:<30} {:>12} {:>12}", "target", "at most", "reached")?;
        for target in &self.targets {
            let verdict = if target.ok { "" } else { "  missed" };
            let Target { name, limit, reached, .. } = target;
            writeln!(out, "{name:<30} {limit:>12.3} {reached:>12.3}{verdict}")?;
        }
        Ok(())
    }
}

fn write_cases(out: &mut dyn Write, title: &str, cases: &[Measured]) -> anyhow::Result<()> {
    writeln!(out, "\n{title}")?;
    writeln!(
        out,
        "{:<10} {:>12} {:>9} {:>9} {:>9} {:>6} {:>9} {:>7} {:>11}",
        "case", "wire B", "cpu s", "hub cpu", "wall s", "turns", "hub MiB", "rounds", "reconcile B"
    )?;
    for one in cases {
        writeln!(
            out,
            "{:<10} {:>12} {:>9.4} {:>9.4} {:>9.3} {:>6} {:>9.1} {:>7} {:>11}",
            format!("{:?}", one.name).to_lowercase(),
            one.wire_bytes,
            one.cpu_s,
            one.hub_cpu_s,
            one.wall_s,
            one.round_trips,
            one.rss_bytes as f64 / (1024.0 * 1024.0),
            one.reconcile_rounds,
            one.reconcile_bytes,
        )?;
    }
    Ok(())
}
