//! Questions to the running node, and whom a person means by a name, a code or part of an id.

use std::path::Path;
use std::time::Duration;

use dossier::DossierId;
use protocol::core::{ListRow, SyncState};
use protocol::{Answer, Command};

use super::account::ticket_of;
use super::error::CliError;
use crate::{
    account::Token,
    audit::Claim,
    control::{Client, Request, Response},
};

/// Rows asked for at a time.
const PAGE: u32 = 5_000;

/// The shortest beginning of an id that names a dossier or a row.
pub(super) const PREFIX_MIN: usize = 6;

/// Asks the running node.
pub(super) struct Asker {
    client: Client,
    /// The session of the person at this terminal.
    token: Option<Token>,
}

impl Asker {
    pub(super) fn connect(data_dir: &Path) -> Result<Self, CliError> {
        Ok(Self { client: Client::connect(data_dir)?, token: ticket_of(data_dir) })
    }

    pub(super) fn wait_at_most(&mut self, time: Duration) -> Result<(), CliError> {
        Ok(self.client.wait_at_most(Some(time))?)
    }

    /// Says who asks from here on, and why.
    pub(super) fn claim(&mut self, claim: Claim) -> Result<(), CliError> {
        match self.call(&Request::Claim(claim))? {
            Response::Claimed => Ok(()),
            _ => Err(CliError::unexpected()),
        }
    }

    /// Sends a request; a refusal is an error.
    pub(super) fn call(&mut self, request: &Request) -> Result<Response, CliError> {
        let response = match self.token {
            Some(token) => {
                let request = Box::new(request.clone());
                self.client.call(&Request::InSession { token, request })?
            }
            None => self.client.call(request)?,
        };
        match response {
            Response::Refused(refused) => Err(refused.into()),
            response => Ok(response),
        }
    }

    /// Asks the node's core; a refusal is an error.
    pub(super) fn core(&mut self, command: Command) -> Result<Answer, CliError> {
        match self.call(&Request::Core(command))? {
            Response::Core(Answer::Refused(refused)) => Err(refused.into()),
            Response::Core(answer) => Ok(answer),
            _ => Err(CliError::unexpected()),
        }
    }

    pub(super) fn status(&mut self) -> Result<SyncState, CliError> {
        match self.core(Command::Status)? {
            Answer::Status(state) => Ok(*state),
            _ => Err(CliError::unexpected()),
        }
    }

    pub(super) fn list(
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
    pub(super) fn dossier(&mut self, text: &str) -> Result<DossierId, CliError> {
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
