//! A reorganisation: what a district keeps becomes another's, dossier by dossier, each handed over by
//! the register's own entry and the word of a witness.
//!
//! Three nodes of this process on loopback, each on a disk of its own, as they run at an office. The
//! floor is the disk alone: a dossier's custody changes by two records that wait for one another, the
//! register's and the witness's.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use config::Profile;
use dossier::unit::{Ending, ReorgAct, ReorgPlan};
use dossier::{Edit, LegalBasis, PartialDate, Review, Role, UnitId, Value};
use node::{
    control::{Client, Request, Response},
    enrolment::{enrol_online, ticket_from_delivery},
    environment::Environment,
    link::LinkLimits,
    node::{Options, Ready, serve},
    seal::Founding,
    store::IndexKind,
};
use protocol::core::{Entry, ReorgAnswer, ReorgOrder, ReorgQuestion, ReorgShown, ReorgStage};
use protocol::{Answer, Command, envelope::Meta};
use serde::Serialize;
use tokio::{runtime::Runtime, sync::oneshot};

use super::founding::{initialise, settings};

/// The district that ends, and the one that takes over.
const ENDED: &str = "d151";
const SUCCESSOR: &str = "d150";
/// The tier-3 node's directory; a district's bears its name.
const TOP: &str = "p";
/// Dossiers that are entered by one order.
const ENTRIES: u64 = 50;
/// Appends of the bare disk that are timed.
const SYNCS: u64 = 200;
/// How long anything may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_mins(10);

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Dossiers the district keeps when it ends.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=30_500))]
    dossiers: u64,
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    dossiers: u64,
    /// From the second officer's word until the successor keeps them all.
    reorganised_s: f64,
    /// Two durable appends of each dossier, one after the other, on the bare disk.
    floor_s: f64,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's and the nodes'.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("no directory to measure in")?;
    let report = measure(home.path(), arguments.dossiers)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    let Report { dossiers, reorganised_s, floor_s } = report;
    let each = reorganised_s * 1_000.0 / dossiers as f64;
    writeln!(out, "dossiers       {dossiers}")?;
    writeln!(out, "reorganised    {reorganised_s:.1} s (target 60 for 1,000)")?;
    writeln!(out, "each           {each:.1} ms")?;
    Ok(writeln!(out, "bare disk      {floor_s:.2} s for two durable appends each")?)
}

fn measure(home: &Path, dossiers: u64) -> anyhow::Result<Report> {
    let runtime = Runtime::new()?;
    let province = Province { home, runtime: &runtime };
    let top = province.begin()?;
    let door = top.enrol.context("tier 3 has no door")?;
    for district in [ENDED, SUCCESSOR] {
        province.join(district, door)?;
        province.start(district, Profile::Department, Some(top.listen))?;
    }
    province.enter(dossiers)?;
    province.until("tier 3 has heard of every dossier", || {
        let answer = province.ask(TOP, Command::Status)?;
        Ok(matches!(answer, Answer::Status(state) if state.totals.dossiers == dossiers))
    })?;

    let begin = ReorgOrder::Begin { plan: plan()?, login: "mot.snv".parse()? };
    let ReorgShown { id, .. } = province.order("Trần Thị Một", begin)?;
    let started = Instant::now();
    let confirm = ReorgOrder::Confirm { id, login: "hai.snv".parse()? };
    province.order("Lê Văn Hai", confirm)?;
    province.until("the successor keeps every dossier", || {
        let Answer::Reorg(answer) = province.ask(TOP, Command::AskReorg(ReorgQuestion::All))?
        else {
            bail!("no answer of a reorganisation");
        };
        let shown = only(*answer)?;
        Ok(shown.stage == ReorgStage::Done)
    })?;
    let reorganised_s = started.elapsed().as_secs_f64();
    let floor_s = bare_sync(home)?.as_secs_f64() * 2.0 * dossiers as f64;
    for name in [ENDED, SUCCESSOR, TOP] {
        province.call(name, &Request::Shutdown)?;
    }
    Ok(Report { dossiers, reorganised_s, floor_s })
}

/// What one durable append of a record's size takes, at the middle of many.
fn bare_sync(home: &Path) -> anyhow::Result<Duration> {
    let bare = File::create_new(home.join("raw"))?;
    let mut times = Vec::new();
    for number in 0..SYNCS {
        let started = Instant::now();
        bare.write_all_at(&[7; 1024], number * 1024)?;
        bare.sync_data()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was timed")
}

/// The one district joins the other from a day long past.
fn plan() -> anyhow::Result<Box<ReorgPlan>> {
    let day = |year| PartialDate::day(year, 1, 1);
    let decision = LegalBasis::Decision {
        issuer: "UBTVQH".to_owned(),
        number: "830/NQ-UBTVQH14".to_owned(),
        signed_on: day(2019)?,
        effective_on: None,
        scan: None,
    };
    let rest = Some(SUCCESSOR.parse()?);
    let ending = Ending { unit: ENDED.parse()?, rest, listed: [].into() };
    let acts = vec![ReorgAct::End(ending)];
    Ok(Box::new(ReorgPlan { decision, effective: day(2020)?, without_nodes: false, acts }))
}

fn only(answer: ReorgAnswer) -> anyhow::Result<ReorgShown> {
    match answer {
        ReorgAnswer::All(all) => all.into_iter().next().context("no reorganisation"),
        ReorgAnswer::Tree { .. } => bail!("a tree was not asked for"),
    }
}

fn meta(person: &str, role: Role, basis: LegalBasis) -> Meta {
    Meta { person: person.to_owned(), role, basis, review: Review::NotRequired }
}

/// The nodes of one directory.
struct Province<'a> {
    home: &'a Path,
    runtime: &'a Runtime,
}

impl Province<'_> {
    fn begin(&self) -> anyhow::Result<Ready> {
        initialise(&Environment::real(), self.home)?;
        self.start(TOP, Profile::Province, None)
    }

    /// Starts a node, and waits until it is up.
    fn start(
        &self,
        name: &str,
        profile: Profile,
        parent: Option<SocketAddr>,
    ) -> anyhow::Result<Ready> {
        let mut settings = settings(profile, &self.home.join(name))?;
        settings.parent_address = parent.map(|address| address.to_string());
        if profile == Profile::Province {
            settings.listen_enrol = Some(settings.listen_peer);
        }
        let (up, ready) = oneshot::channel();
        self.runtime.spawn(async move {
            let options = Options::of(&settings, LinkLimits::default());
            let shown = move |ready: &Ready| drop(up.send(ready.clone()));
            if let Err(error) = serve(Environment::real(), &settings, &options, shown).await {
                tracing::error!(%error, "a node has ended");
            }
        });
        self.runtime.block_on(ready).context("a node did not come up")
    }

    fn join(&self, district: &str, door: SocketAddr) -> anyhow::Result<()> {
        let unit: UnitId = district.parse()?;
        let invited = self.call(TOP, &Request::Invite { unit, online: true })?;
        let Response::Invited { delivery, .. } = invited else { bail!("{invited:?}") };
        let (ticket, _) = ticket_from_delivery(delivery.as_bytes())?;
        let data = self.home.join(district);
        let (environment, seal) = (Environment::real(), Founding::beside(&data));
        let how = (IndexKind::Sled, &seal);
        self.runtime.block_on(enrol_online(&environment, &data, how, &ticket, door))?;
        Ok(())
    }

    fn enter(&self, dossiers: u64) -> anyhow::Result<()> {
        let basis = LegalBasis::Correction { reason: "đo".to_owned() };
        let meta = meta("Nguyễn Văn A", Role::Clerk, basis);
        for from in (0..dossiers).step_by(usize::try_from(ENTRIES)?) {
            let entries = (from..dossiers.min(from + ENTRIES)).map(|number| {
                let value = Value::Text(format!("Người {number}"));
                let edits = vec![Edit::Set { field: "full_name".parse()?, value }];
                Ok(Entry { key: None, unit: ENDED.parse()?, edits, meta: meta.clone() })
            });
            let entries = entries.collect::<anyhow::Result<Vec<Entry>>>()?;
            let answer = self.ask(ENDED, Command::Enter(entries))?;
            let Answer::Entered(made) = answer else { bail!("{answer:?}") };
            anyhow::ensure!(made.iter().all(Result::is_ok), "{made:?}");
        }
        Ok(())
    }

    fn order(&self, person: &str, order: ReorgOrder) -> anyhow::Result<ReorgShown> {
        let meta = meta(person, Role::Approver, LegalBasis::Office);
        let order = Box::new(order);
        match self.ask(TOP, Command::Reorganise { order, meta })? {
            Answer::Reorg(answer) => only(*answer),
            other => bail!("{other:?}"),
        }
    }

    fn ask(&self, name: &str, command: Command) -> anyhow::Result<Answer> {
        match self.call(name, &Request::Core(command))? {
            Response::Core(answer) => Ok(answer),
            other => bail!("{other:?}"),
        }
    }

    fn call(&self, name: &str, request: &Request) -> anyhow::Result<Response> {
        Ok(Client::connect(&self.home.join(name))?.call(request)?)
    }

    fn until(&self, what: &str, holds: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if holds()? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("{what}: not within {} s", PATIENCE.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_district_is_merged() {
        let home = tempfile::tempdir().expect("a directory");
        let report = measure(home.path(), 3).expect("measured");
        assert_eq!(report.dossiers, 3);
        assert!(report.reorganised_s > 0.0 && report.floor_s > 0.0);
    }
}
