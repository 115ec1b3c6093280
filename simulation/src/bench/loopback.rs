//! Nodes of this process on loopback, each with a data directory on the real disk, as they run at an
//! office: started, joined and asked the way a person at the machine asks them.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use config::{Profile, Settings};
use dossier::{Edit, LegalBasis, Review, Role, UnitId};
use node::{
    control::{Client, Request, Response},
    enrolment::{enrol_online, ticket_from_delivery},
    environment::Environment,
    link::LinkLimits,
    node::{Options, Ready, serve},
    seal::Founding,
    store::IndexKind,
};
use protocol::core::Entry;
use protocol::{Answer, Command, envelope::Meta};
use tokio::{runtime::Runtime, sync::oneshot};

use super::founding::{initialise, settings};

/// The directory of the tier-3 node; another node's bears the name of its unit.
pub(super) const TOP: &str = "p";
/// Dossiers that are entered by one order.
const ENTRIES: u64 = 50;
/// How long anything may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_mins(10);

pub(super) fn meta(person: &str, role: Role, basis: LegalBasis) -> Meta {
    Meta { person: person.to_owned(), role, basis, review: Review::NotRequired }
}

/// The nodes of one directory.
pub(super) struct Province<'a> {
    home: &'a Path,
    pub(super) runtime: &'a Runtime,
}

impl<'a> Province<'a> {
    /// Founds a province in `home` and starts its tier-3 node, with pages.
    pub(super) fn found(home: &'a Path, runtime: &'a Runtime) -> anyhow::Result<(Self, Ready)> {
        initialise(&Environment::real(), home)?;
        let province = Self { home, runtime };
        let settings = settings(Profile::Province, &home.join(TOP))?;
        let any = Some(settings.listen_peer);
        let settings = Settings { listen_enrol: any, listen_pages: any, ..settings };
        let ready = province.serve(settings)?;
        Ok((province, ready))
    }

    /// Joins a tier-2 unit to the province and starts its node.
    pub(super) fn join(&self, unit: &str, top: &Ready) -> anyhow::Result<Ready> {
        self.enrol(unit, top.enrol.context("tier 3 has no door")?)?;
        let settings = settings(Profile::Department, &self.home.join(unit))?;
        let parent_address = Some(top.listen.to_string());
        self.serve(Settings { parent_address, ..settings })
    }

    /// Starts a node, and waits until it is up.
    fn serve(&self, settings: Settings) -> anyhow::Result<Ready> {
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

    fn enrol(&self, unit: &str, door: SocketAddr) -> anyhow::Result<()> {
        let data = self.home.join(unit);
        let unit: UnitId = unit.parse()?;
        let invited = self.call(TOP, &Request::Invite { unit, online: true })?;
        let Response::Invited { delivery, .. } = invited else { bail!("{invited:?}") };
        let (ticket, _) = ticket_from_delivery(delivery.as_bytes())?;
        let (environment, seal) = (Environment::real(), Founding::beside(&data));
        let how = (IndexKind::Sled, &seal);
        self.runtime.block_on(enrol_online(&environment, &data, how, &ticket, door))?;
        Ok(())
    }

    /// Enters so many dossiers of `unit` at the node `name`; `edits` says what stands in each.
    ///
    /// # Errors
    /// An entry that is refused.
    pub(super) fn enter(
        &self,
        (name, unit): (&str, &str),
        dossiers: u64,
        basis: &LegalBasis,
        edits: impl Fn(u64) -> anyhow::Result<Vec<Edit>>,
    ) -> anyhow::Result<()> {
        let meta = meta("Nguyễn Văn A", Role::Clerk, basis.clone());
        for from in (0..dossiers).step_by(usize::try_from(ENTRIES)?) {
            let entries = (from..dossiers.min(from + ENTRIES)).map(|number| {
                let (unit, edits) = (unit.parse()?, edits(number)?);
                Ok(Entry { key: None, unit, edits, meta: meta.clone() })
            });
            let entries = entries.collect::<anyhow::Result<Vec<Entry>>>()?;
            let answer = self.ask(name, Command::Enter(entries))?;
            let Answer::Entered(made) = answer else { bail!("{answer:?}") };
            anyhow::ensure!(made.iter().all(Result::is_ok), "{made:?}");
        }
        Ok(())
    }

    /// What the node `name` answers.
    pub(super) fn ask(&self, name: &str, command: Command) -> anyhow::Result<Answer> {
        match self.call(name, &Request::Core(command))? {
            Response::Core(answer) => Ok(answer),
            other => bail!("{other:?}"),
        }
    }

    /// The same for any request of the control socket.
    pub(super) fn call(&self, name: &str, request: &Request) -> anyhow::Result<Response> {
        Ok(Client::connect(&self.home.join(name))?.call(request)?)
    }

    /// Waits until it holds.
    ///
    /// # Errors
    /// Where it does not come about, or asking fails.
    pub(super) fn until(
        &self,
        what: &str,
        holds: impl Fn() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
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
