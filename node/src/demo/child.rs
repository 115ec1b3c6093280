//! One node of the demonstration as a process of its own: this binary run again.
//!
//! **Invariant:** no node outlives the demonstration. It asks the system to be killed with the
//! process that started it, and is killed when its [`Process`] is dropped.

use std::ffi::OsString;
use std::fs::File;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use config::{Layers, Settings};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use crate::{
    environment::Environment,
    link::LinkLimits,
    node::{Options, serve},
    seal::keep_memory_private,
};

/// The hidden subcommand under which the binary runs a node of the demonstration.
pub const SUBCOMMAND: &str = "demo-node";

/// Sessions of one source address: every node of the demonstration has the same.
const SESSIONS_PER_SOURCE: usize = 64;

/// The whole life of a node's process; answers its exit code.
///
/// The binary calls it with the words after [`SUBCOMMAND`]: the node's settings file.
pub fn node_main(mut words: impl Iterator<Item = OsString>) -> i32 {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let outcome = words.next().context("no settings file").and_then(|file| run(Path::new(&file)));
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            tracing::error!("{error:#}");
            1
        }
    }
}

fn run(file: &Path) -> anyhow::Result<()> {
    keep_memory_private();
    set_parent_process_death_signal(Some(Signal::KILL)).context("no signal of the parent's end")?;
    let settings = read(file)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no runtime")?;
    let limits = LinkLimits { sessions_per_source: SESSIONS_PER_SOURCE, ..LinkLimits::default() };
    let ready = |ready: &crate::node::Ready| tracing::info!(unit = %ready.unit, "the node is up");
    let options = Options::of(&settings, limits);
    runtime.block_on(serve(Environment::real(), &settings, &options, ready))?;
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Settings> {
    let bytes = std::fs::read(file).context("the settings file is not readable")?;
    let layers = Layers { file: Some(("settings", &bytes)), ..Layers::default() };
    let loaded = config::settings::load(&layers)
        .map_err(|problems| anyhow::anyhow!("the settings are wrong: {problems:?}"))?;
    Ok(loaded.settings)
}

/// A running process; killed when dropped.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts the node that a settings file describes; what it logs is added to `log`.
    pub(super) fn start(settings: &Path, log: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("the program's own path is unknown")?;
        let log = File::options().create(true).append(true).open(log).context("no log file")?;
        let child = Command::new(program)
            .arg(SUBCOMMAND)
            .arg(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("the node's process does not start")?;
        Ok(Self(child))
    }

    /// Its exit, when it has ended by itself.
    pub(super) fn ended(&mut self) -> anyhow::Result<Option<std::process::ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// Asks it to stop in order (SIGTERM) and waits for its end.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.ask_to_stop();
        self.0.wait().context("the stopped process cannot be waited for")?;
        Ok(())
    }

    /// Asks it to stop in order, without waiting.
    pub(super) fn ask_to_stop(&self) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // A process that has ended already needs no signal.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Ends it at once (SIGKILL), as a power cut would, and waits for its end.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.0.kill().context("the process cannot be killed")?;
        self.0.wait().context("the killed process cannot be waited for")?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A loopback address whose UDP port is free at this moment.
pub(super) fn free_address() -> anyhow::Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("no free port on loopback")?;
    Ok(socket.local_addr()?)
}

/// The first address from this port on whose TCP port is free at this moment.
pub(super) fn free_page(from: u16) -> anyhow::Result<SocketAddr> {
    let addresses = (from..=u16::MAX).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    let free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    addresses.into_iter().find(free).context("no free port for the pages")
}

/// What a node of the demonstration is told.
#[derive(Debug, Clone)]
pub(super) struct NodeSettings {
    pub(super) profile: config::Profile,
    pub(super) data_dir: PathBuf,
    pub(super) listen: SocketAddr,
    pub(super) enrol: Option<SocketAddr>,
    pub(super) pages: SocketAddr,
    pub(super) parent: Option<SocketAddr>,
}

impl NodeSettings {
    /// The settings as the text of a file.
    pub(super) fn to_toml(&self) -> anyhow::Result<String> {
        let mut listen = toml::Table::new();
        listen.insert("peer".to_owned(), self.listen.to_string().into());
        listen.insert("pages".to_owned(), self.pages.to_string().into());
        if let Some(enrol) = self.enrol {
            listen.insert("enrol".to_owned(), enrol.to_string().into());
        }
        let data_dir = self.data_dir.to_str().context("the directory's name is not UTF-8")?;
        let mut table = toml::Table::new();
        table.insert("profile".to_owned(), self.profile.name().into());
        table.insert("province".to_owned(), super::province::PROVINCE.into());
        table.insert("data_dir".to_owned(), data_dir.into());
        table.insert("listen".to_owned(), listen.into());
        if let Some(parent) = self.parent {
            let address =
                toml::Table::from_iter([("address".to_owned(), parent.to_string().into())]);
            table.insert("parent".to_owned(), address.into());
        }
        Ok(toml::to_string(&table)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_reads_the_settings_it_was_given() {
        let folder = tempfile::tempdir().expect("folder");
        let written = NodeSettings {
            profile: config::Profile::Department,
            data_dir: folder.path().join("nút"),
            listen: free_address().expect("address"),
            enrol: None,
            pages: free_page(8_888).expect("address"),
            parent: Some(free_address().expect("address")),
        };
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, written.to_toml().expect("toml")).expect("writes");
        let settings = read(&file).expect("settings");
        assert_eq!(settings.data_dir, written.data_dir);
        assert_eq!(settings.listen_peer, written.listen);
        assert_eq!(settings.listen_pages, Some(written.pages));
        assert_eq!(settings.parent_address, written.parent.map(|parent| parent.to_string()));
        assert_eq!(settings.profile, config::Profile::Department);
    }
}
