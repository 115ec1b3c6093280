//! One node as a process of its own: started, stopped, killed, asked over its control socket.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, ExitStatus, Stdio};
use std::time::Duration;

use config::{IndexKind, Profile};
use dossier::{DossierId, Edit, FieldPath, Hash, LegalBasis, Review, Role, UnitId, Value};
use node::control::{Client, ControlError, Request, Response};
use protocol::{
    Answer, Command,
    core::{Entry, Incident, Refused, SyncState},
    envelope::Meta,
};

use crate::binary;
use crate::patience::eventually;

/// How long a node may take to come up.
const START: Duration = Duration::from_secs(30);
/// How long a question may take: a comparison waits until a dead neighbour is noticed.
const ANSWER: Duration = Duration::from_secs(40);

/// Where a node listens and whom it calls, as loopback ports.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// For peers.
    pub peer: u16,
    /// For joining nodes, at tier 3.
    pub enrol: Option<u16>,
    /// Of the node above.
    pub parent: Option<u16>,
}

/// A value that was written, `None` for a clearing, and the change that did it.
pub type Writing = (Option<Value>, Option<Hash>);

/// A node and its process, which dies with this value.
#[derive(Debug)]
pub struct Machine {
    /// The unit it serves.
    pub unit: UnitId,
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Its ports.
    pub ports: Ports,
    /// The index over its journal.
    pub index: IndexKind,
    profile: Profile,
    child: Option<Child>,
}

impl Machine {
    /// A node that lives in `data_dir` and does not run yet.
    pub fn new(unit: UnitId, profile: Profile, data_dir: PathBuf, ports: Ports) -> Self {
        Self { unit, data_dir, ports, index: IndexKind::Sled, profile, child: None }
    }

    /// The file that gathers what its processes say.
    pub fn log(&self) -> PathBuf {
        let mut path = self.data_dir.clone().into_os_string();
        // Units have dots in their names: an extension would be taken for one.
        path.push(".log");
        path.into()
    }

    fn settings(&self) -> String {
        let Ports { peer, enrol, parent } = self.ports;
        let enrol = enrol.map(|port| format!("enrol = \"127.0.0.1:{port}\"\n"));
        let parent = parent.map(|port| format!("[parent]\naddress = \"127.0.0.1:{port}\"\n"));
        let index = match self.index {
            IndexKind::Sled => "sled",
            IndexKind::Redb => "redb",
        };
        let [profile, directory] =
            [self.profile.name().to_owned(), self.data_dir.display().to_string()];
        format!(
            "profile = \"{profile}\"\nprovince = \"hoabinh\"\ndata_dir = \"{directory}\"\n\
             [listen]\npeer = \"127.0.0.1:{peer}\"\n{}{}[storage]\nindex = \"{index}\"\n",
            enrol.unwrap_or_default(),
            parent.unwrap_or_default(),
        )
    }

    fn spawn(&self) -> Child {
        std::fs::write(self.data_dir.join("hoso.toml"), self.settings()).expect("settings");
        let log = OpenOptions::new().create(true).append(true).open(self.log()).expect("log");
        let out = log.try_clone().expect("log");
        let mut program = Program::new(binary::hoso());
        // The settings file alone counts.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HOSO_") {
                program.env_remove(name);
            }
        }
        program
            .arg("serve")
            .arg("--data-dir")
            .arg(&self.data_dir)
            .env("HOSO_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::from(out))
            .stderr(Stdio::from(log))
            .spawn()
            .expect("the program starts")
    }

    /// Starts the process and waits until it answers.
    ///
    /// # Panics
    /// When it ends or does not answer in time.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.unit);
        let mut child = self.spawn();
        eventually(&format!("{} comes up", self.unit), START, || {
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none(), "{} ended at once: {}", self.unit, self.log_tail());
            Client::connect(&self.data_dir).is_ok()
        });
        self.child = Some(child);
    }

    /// Starts a second process on the same data directory and waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn start_beside(&self) -> ExitStatus {
        let mut second = self.spawn();
        let mut ended = None;
        eventually("the second process ends", START, || {
            ended = second.try_wait().expect("a child");
            ended.is_some()
        });
        ended.expect("it ended")
    }

    /// Sends SIGKILL and waits for the end; a process that has ended by itself is a failure.
    ///
    /// # Panics
    /// When the process had ended before.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let ended = child.try_wait().expect("a child");
        assert!(ended.is_none(), "{} ended by itself: {}", self.unit, self.log_tail());
        child.kill().expect("killed");
        child.wait().expect("a child");
    }

    /// The number of its process.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Ends the process as a fault of the program would, and tells how it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn abort(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let signal = Program::new("kill").args(["-ABRT", &child.id().to_string()]).status();
        assert!(signal.is_ok_and(|sent| sent.success()), "the signal is sent");
        child.wait().expect("a child")
    }

    /// Stops the process in order.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        // The node may hang up before its last word is read.
        drop(self.client().and_then(|mut client| client.call(&Request::Shutdown)));
        let mut ended = None;
        eventually(&format!("{} stops", self.unit), START, || {
            ended = child.try_wait().expect("a child");
            ended.is_some()
        });
        let status = ended.expect("it ended");
        assert!(status.success(), "{} stopped with {status}: {}", self.unit, self.log_tail());
    }

    fn client(&self) -> Result<Client, ControlError> {
        connect(&self.data_dir)
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When there is no response.
    pub fn call(&self, request: &Request) -> Response {
        let answer = self.client().and_then(|mut client| client.call(request));
        answer.unwrap_or_else(|error| panic!("{}: {error}: {}", self.unit, self.log_tail()))
    }

    /// Asks the core.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn ask(&self, command: Command) -> Answer {
        match self.call(&Request::Core(command)) {
            Response::Core(answer) => answer,
            other => panic!("{}: {other:?}", self.unit),
        }
    }

    /// Counts and neighbours.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn status(&self) -> SyncState {
        match self.ask(Command::Status) {
            Answer::Status(status) => *status,
            other => panic!("{other:?}"),
        }
    }

    /// The same, where there is an answer.
    pub fn try_status(&self) -> Option<SyncState> {
        let mut client = self.client().ok()?;
        match client.call(&Request::Core(Command::Status)) {
            Ok(Response::Core(Answer::Status(status))) => Some(*status),
            _ => None,
        }
    }

    /// What people must see.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn incidents(&self) -> Vec<Incident> {
        match self.ask(Command::Incidents) {
            Answer::Incidents(incidents) => incidents,
            other => panic!("{other:?}"),
        }
    }

    /// The digest of every dossier held.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn digests(&self) -> Vec<(DossierId, UnitId, Hash)> {
        match self.ask(Command::Digests) {
            Answer::Digests(digests) => digests,
            other => panic!("{other:?}"),
        }
    }

    /// Begins a dossier of `unit`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn enter(&self, unit: &UnitId, name: &str) -> DossierId {
        match self.ask(entry(unit, name)) {
            Answer::Entered(made) => made[0].clone().expect("entered").0,
            other => panic!("{other:?}"),
        }
    }

    /// Writes one field of a dossier and returns the change.
    ///
    /// # Panics
    /// When it is refused.
    pub fn write(&self, dossier: DossierId, field: &str, text: &str) -> Hash {
        match self.ask(edit(dossier, &path(field), text)) {
            Answer::Edited { change, .. } => change,
            other => panic!("{other:?}"),
        }
    }

    /// Every writing of a field: value and change.
    ///
    /// # Errors
    /// The node's refusal, when it does not hold the dossier.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn history(&self, dossier: DossierId, field: &str) -> Result<Vec<Writing>, Refused> {
        self.history_of(dossier, &path(field))
    }

    /// Every writing of a field or of a cell: value and change.
    ///
    /// # Errors
    /// The node's refusal, when it does not hold the dossier.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn history_of(
        &self,
        dossier: DossierId,
        path: &FieldPath,
    ) -> Result<Vec<Writing>, Refused> {
        match self.ask(Command::History(dossier, path.clone())) {
            Answer::History(all) => Ok(all
                .into_iter()
                .map(|shown| (shown.value, shown.provenance.map(|known| known.change)))
                .collect()),
            Answer::Refused(refused) => Err(refused),
            other => panic!("{other:?}"),
        }
    }

    /// The last lines its processes said.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        format!("\n{}", lines[lines.len().saturating_sub(30)..].join("\n"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // The process may have ended; nothing is left to be done then.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Connects to the node of a data directory; every answer is waited for within a bound.
///
/// # Errors
/// [`ControlError`].
pub fn connect(data_dir: &Path) -> Result<Client, ControlError> {
    let mut client = Client::connect(data_dir)?;
    client.wait_at_most(Some(ANSWER))?;
    Ok(client)
}

/// The order to begin a dossier.
///
/// # Panics
/// Never for the field it writes.
pub fn entry(unit: &UnitId, name: &str) -> Command {
    let field = "full_name".parse().expect("field");
    let edits = vec![Edit::Set { field, value: Value::Text(name.to_owned()) }];
    Command::Enter(vec![Entry { key: None, unit: unit.clone(), edits, meta: meta() }])
}

/// The place of a single field, or of a column without its row.
///
/// # Panics
/// When the field has no valid name.
pub fn path(field: &str) -> FieldPath {
    FieldPath { field: field.parse().expect("field"), row: None }
}

/// The order to write one field, or one cell of a row.
///
/// # Panics
/// When a row is named and the field is no column.
pub fn edit(dossier: DossierId, path: &FieldPath, text: &str) -> Command {
    let value = Value::Text(text.to_owned());
    let field = path.field.clone();
    let edit = match path.row {
        Some(row) => {
            let table = field.table().expect("a column").to_owned();
            let cells = BTreeMap::from([(field.column().to_owned(), value)]);
            Edit::PutRow { table, row, cells }
        }
        None => Edit::Set { field, value },
    };
    Command::Edit { dossier, edits: vec![edit], meta: meta() }
}

fn meta() -> Meta {
    Meta {
        person: "Nguyễn Văn A".to_owned(),
        role: Role::Clerk,
        basis: LegalBasis::Correction { reason: "nhập sai".to_owned() },
        review: Review::NotRequired,
    }
}
