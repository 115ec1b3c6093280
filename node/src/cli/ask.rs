//! Questions to the running node, and whom a person means by a name, a code or part of an id.

use std::io;
use std::path::Path;
use std::time::Duration;

use dossier::DossierId;
use protocol::core::{ListRow, SyncState};
use protocol::{Answer, Command};
use tokio::runtime::Handle;

use super::account::ticket_of;
use super::error::CliError;
use crate::{
    account::Token,
    audit::{Caller, Claim},
    control::{Client, ControlError, Request, Response},
    node::Desk as NodeDesk,
};

/// Rows asked for at a time.
const PAGE: u32 = 5_000;

/// The shortest beginning of an id that names a dossier or a row.
pub(super) const PREFIX_MIN: usize = 6;

/// Asks the running node.
pub(crate) struct Asker {
    way: Way,
    /// The session of the person who asks.
    token: Option<Token>,
}

/// The way to the node.
enum Way {
    /// The control socket.
    Socket(Client),
    /// The same process: what the control socket passes on, without the socket.
    Inside { desk: Box<NodeDesk>, runtime: Handle, caller: Box<Caller>, patience: Option<Duration> },
}

impl Way {
    fn call(&mut self, request: Request) -> Result<Response, CliError> {
        match self {
            Self::Socket(client) => Ok(client.call(&request)?),
            Self::Inside { desk, runtime, caller, patience } => {
                let answer = desk.answer_to((**caller).clone(), request);
                runtime.block_on(async {
                    match patience {
                        None => Ok(answer.await),
                        Some(patience) => tokio::time::timeout(*patience, answer)
                            .await
                            .map_err(|_| ControlError::Io(io::ErrorKind::TimedOut.into()).into()),
                    }
                })
            }
        }
    }
}

impl Asker {
    pub(super) fn connect(data_dir: &Path) -> Result<Self, CliError> {
        Ok(Self { way: Way::Socket(Client::connect(data_dir)?), token: ticket_of(data_dir) })
    }

    /// Asks the node of this process for a person at a page: what is sensitive is covered until she
    /// says a purpose. To be used where blocking is allowed.
    pub(crate) fn at_a_page(desk: NodeDesk, runtime: Handle, token: Option<Token>) -> Self {
        let caller = Caller { page: true, ..Caller::default() };
        let (desk, caller) = (Box::new(desk), Box::new(caller));
        Self { way: Way::Inside { desk, runtime, caller, patience: None }, token }
    }

    pub(crate) fn wait_at_most(&mut self, time: Duration) -> Result<(), CliError> {
        match &mut self.way {
            Way::Socket(client) => Ok(client.wait_at_most(Some(time))?),
            Way::Inside { patience, .. } => {
                *patience = Some(time);
                Ok(())
            }
        }
    }

    /// Says who asks from here on, and why.
    pub(crate) fn claim(&mut self, claim: Claim) -> Result<(), CliError> {
        if let Way::Inside { caller, .. } = &mut self.way {
            caller.claim = claim;
            return Ok(());
        }
        // It is the connection's, with a session or without.
        match self.way.call(Request::Claim(claim))? {
            Response::Claimed => Ok(()),
            Response::Refused(refused) => Err(refused.into()),
            _ => Err(CliError::unexpected()),
        }
    }

    /// Sends a request; a refusal is an error.
    pub(crate) fn call(&mut self, request: &Request) -> Result<Response, CliError> {
        let response = match self.token {
            Some(token) => {
                let request = Box::new(request.clone());
                self.way.call(Request::InSession { token, request })?
            }
            None => self.way.call(request.clone())?,
        };
        match response {
            Response::Refused(refused) => Err(refused.into()),
            response => Ok(response),
        }
    }

    /// Asks the node's core; a refusal is an error.
    pub(crate) fn core(&mut self, command: Command) -> Result<Answer, CliError> {
        match self.call(&Request::Core(command))? {
            Response::Core(Answer::Refused(refused)) => Err(refused.into()),
            Response::Core(answer) => Ok(answer),
            _ => Err(CliError::unexpected()),
        }
    }

    pub(crate) fn status(&mut self) -> Result<SyncState, CliError> {
        match self.core(Command::Status)? {
            Answer::Status(state) => Ok(*state),
            _ => Err(CliError::unexpected()),
        }
    }

    pub(crate) fn list(
        &mut self,
        after: Option<DossierId>,
        limit: u32,
        query: &str,
    ) -> Result<Vec<ListRow>, CliError> {
        let query = dossier::fold(query);
        match self.core(Command::List { after, limit, query })? {
            Answer::List(rows) => Ok(rows),
            _ => Err(CliError::unexpected()),
        }
    }

    /// The dossier a person means: a whole id, its beginning, a staff code or a name.
    pub(crate) fn dossier(&mut self, text: &str) -> Result<DossierId, CliError> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let rows = if is_beginning(text) { self.beginning(text)? } else { Vec::new() };
        let rows = if rows.is_empty() { self.list(None, PAGE, text)? } else { rows };
        let exact: Vec<&ListRow> = rows
            .iter()
            .filter(|row| row.staff_code.eq_ignore_ascii_case(text))
            .chain(rows.iter().filter(|row| dossier::fold(&row.name) == dossier::fold(text)))
            .collect();
        match (exact.as_slice(), rows.as_slice()) {
            ([row], _) => Ok(row.dossier),
            ([], [row]) => Ok(row.dossier),
            ([], []) => {
                Err(CliError::failed("HS-0404", format!("Không có hồ sơ nào là «{text}»."))
                    .hint("Hãy tìm bằng «hoso dossier list»."))
            }
            _ => Err(CliError::failed("HS-0405", format!("Có nhiều hồ sơ khớp với «{text}»."))
                .hint("Hãy dùng mã hồ sơ trong «hoso dossier list».")),
        }
    }

    fn beginning(&mut self, text: &str) -> Result<Vec<ListRow>, CliError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let rows = self.list(after, PAGE, "")?;
            let Some(last) = rows.last() else { return Ok(found) };
            after = Some(last.dossier);
            let wanted = text.to_ascii_lowercase();
            found.extend(
                rows.into_iter().filter(|row| row.dossier.to_string().starts_with(&wanted)),
            );
        }
    }
}

fn is_beginning(text: &str) -> bool {
    text.len() >= PREFIX_MIN && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
