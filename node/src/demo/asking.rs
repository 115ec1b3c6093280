//! How the nodes on stage are asked, and waited for.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use dossier::{DossierId, Edit, FieldPath, Hash, UnitId};
use protocol::{
    Answer, Command,
    core::{ChangeShown, DossierShown, ListRow, SyncState},
    envelope::Meta,
};

use super::province::Province;
use crate::control::{Client, Request, Response};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a node is asked whether something has come about.
const GLANCE: Duration = Duration::from_millis(50);

impl Province {
    /// Waits until something holds at the nodes, at most a minute; `what` says what, to people.
    pub(super) fn until<T>(
        &self,
        what: &str,
        mut look: impl FnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let clock = &self.environment.clock;
        let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
        let end = clock.now().as_millis().saturating_add(patience);
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            ensure!(
                clock.now().as_millis() < end,
                "đợi {} giây mà vẫn chưa thấy: {what}",
                PATIENCE.as_secs()
            );
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until a node answers.
    pub(super) fn wait_until_up(&mut self, id: &UnitId) -> anyhow::Result<()> {
        let mut process = self.node_mut(id).process.take().context("the node does not run")?;
        let outcome = self.until(&format!("máy {id} chạy"), || {
            if let Some(exit) = process.ended()? {
                bail!("máy {id} không chạy được ({exit}), xem nhật ký của nó");
            }
            Ok(self.status(id).ok())
        });
        self.node_mut(id).process = Some(process);
        outcome.map(|_| ())
    }

    /// Waits until a node answers and has a session with the node above.
    pub(super) fn wait_until_connected(&mut self, id: &UnitId) -> anyhow::Result<()> {
        self.wait_until_up(id)?;
        self.until(&format!("máy {id} nối được lên cấp trên"), || {
            Ok(self.is_connected(id)?.then_some(()))
        })
    }

    /// Whether a node has a live session with the node above.
    pub(super) fn is_connected(&self, id: &UnitId) -> anyhow::Result<bool> {
        let neighbours = self.status(id)?.neighbours;
        Ok(neighbours.iter().any(|neighbour| neighbour.upper && neighbour.live))
    }

    /// Asks a node for anything.
    pub(super) fn call(&self, id: &UnitId, request: &Request) -> anyhow::Result<Response> {
        call(&self.data_dir(id), request).with_context(|| format!("máy {id}"))
    }

    /// Asks a node's core; a refusal is an error.
    pub(super) fn ask(&self, id: &UnitId, command: Command) -> anyhow::Result<Answer> {
        match self.call(id, &Request::Core(command))? {
            Response::Core(Answer::Refused(refused)) => {
                bail!("máy {id} từ chối: {} ({})", refused.code, refused.detail)
            }
            Response::Core(answer) => Ok(answer),
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }

    /// A node's counts and neighbours.
    pub(super) fn status(&self, id: &UnitId) -> anyhow::Result<SyncState> {
        match self.ask(id, Command::Status)? {
            Answer::Status(status) => Ok(*status),
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }

    /// A dossier as a node shows it.
    pub(super) fn show(&self, id: &UnitId, dossier: DossierId) -> anyhow::Result<DossierShown> {
        match self.ask(id, Command::Show(dossier))? {
            Answer::Shown(shown) => Ok(*shown),
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }

    /// Every writing of a field at a node, earliest first.
    pub(super) fn history(
        &self,
        id: &UnitId,
        dossier: DossierId,
        path: &FieldPath,
    ) -> anyhow::Result<Vec<ChangeShown>> {
        match self.ask(id, Command::History(dossier, path.clone()))? {
            Answer::History(history) => Ok(history),
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }

    /// The dossiers a unit keeps, as its node lists them, in the order of staff codes.
    pub(super) fn list(&self, id: &UnitId) -> anyhow::Result<Vec<ListRow>> {
        let all = Command::List { after: None, limit: 10_000, query: String::new() };
        match self.ask(id, all)? {
            Answer::List(mut rows) => {
                rows.sort_by(|a, b| (&a.staff_code, &a.name).cmp(&(&b.staff_code, &b.name)));
                Ok(rows)
            }
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }

    /// Edits a dossier at a node; answers the change, which is durable there.
    pub(super) fn edit(
        &self,
        id: &UnitId,
        dossier: DossierId,
        edit: Edit,
        meta: Meta,
    ) -> anyhow::Result<Hash> {
        match self.ask(id, Command::Edit { dossier, edits: vec![edit], meta })? {
            Answer::Edited { change, .. } => Ok(change),
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }
}

/// Asks the node of a data directory.
pub(super) fn call(data_dir: &Path, request: &Request) -> anyhow::Result<Response> {
    let mut client = Client::connect(data_dir)?;
    client.wait_at_most(Some(PATIENCE))?;
    Ok(client.call(request)?)
}
