//! The local control socket: how the programs of this machine ask the running node.
//!
//! `control.sock` lies in the data directory and is open to its owner alone. Requests and
//! responses are values of [`protocol::codec`] behind a length of 4 bytes (little endian); one
//! request has one response, and a connection carries as many as its caller likes.
//!
//! **Invariants:** no frame larger than [`FRAME_MAX`] is read or written; a caller that sends
//! anything else than a request is told so and hung up on.

mod abroad;
mod archive;
mod attachment;
mod audit;
mod campaign;
mod certificate;
mod conduct;
mod copy;
mod disruption;
mod kind;

use std::fs::{File, Permissions};
use std::future::Future;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Stream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dossier::{NodeId, Timestamp, UnitId, unit::UnitTree};
use protocol::{Answer, Command, codec, core::Refused};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use crate::{
    account::{AccountAnswer, AccountOrder, Token},
    audit::{Caller, Claim},
    calendar::{CalendarAnswer, CalendarOrder},
    grant::{GrantAnswer, GrantOrder},
    office::TreeReport,
    search::{SearchOrder, SearchPage},
    survey::{OwedPage, SurveyOrder, SurveyPage},
};

pub use abroad::{AbroadAnswer, AbroadOrder};
pub use archive::{ArchiveAnswer, ArchiveOrder, ArchivePage, ArchivedFile};
pub use attachment::{AttachmentAnswer, AttachmentOrder, NewAttachment};
pub use audit::{AuditAnswer, AuditOrder, ExportPlan};
pub use campaign::{CampaignAnswer, CampaignOrder, CampaignShown};
pub use certificate::{CertificateOrder, CertificateShown};
pub use conduct::{
    CheckDue, CheckShown, ConductAnswer, ConductOrder, RegulationShown, ReportOrder, ReportShown,
    TicketShown, Trial,
};
pub use copy::{Copied, CopyKind, CopyOrder, Taken};
pub use disruption::{DisruptionAnswer, DisruptionOrder};
pub use kind::{KindAnswer, KindOrder};

/// The largest request or response, in bytes.
pub const FRAME_MAX: usize = 16 * 1024 * 1024;

/// The most callers served at once; the next ones wait.
const CALLERS_MAX: usize = 64;

/// The socket's name in the data directory.
const SOCKET: &str = "control.sock";

/// The longest path the system takes for a socket, with room for its end.
const PATH_MAX: usize = 100;

/// What a program of this machine asks of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// A question or an order to the node's core.
    Core(Command),
    /// Invites a node for a unit; only the tier-3 node can.
    Invite {
        /// The unit the new node will serve.
        unit: UnitId,
        /// For use over the network within minutes; otherwise carried by hand within days.
        online: bool,
    },
    /// Revokes the node of a unit; only the tier-3 node can.
    Revoke {
        /// The unit.
        unit: UnitId,
        /// Why, in the words of the person who revokes.
        reason: String,
    },
    /// Takes in a node whose request was carried by hand; only the tier-3 node can.
    Enrol {
        /// The request, JSON as it was carried.
        request: String,
    },
    /// Totals of the wire.
    Traffic,
    /// Stops the node in order.
    Shutdown,
    /// The org tree in force.
    OrgTree,
    /// Issues the next org tree; only the tier-3 node can.
    NextTree {
        /// The units.
        tree: UnitTree,
        /// Only tells what would change.
        dry_run: bool,
    },
    /// Tells the province where the node of a unit is reached; only the tier-3 node can.
    Address {
        /// The unit.
        unit: UnitId,
        /// `host:port`.
        address: String,
    },
    /// A question or an order about the node's own certificate.
    Certificate(CertificateOrder),
    /// Judges a late request that was carried by hand; only the tier-3 node can.
    Readmit {
        /// The request, JSON as it was carried.
        request: String,
    },
    /// Who asks from here on over this connection, and why.
    Claim(Claim),
    /// A question or an order about the audit log.
    Audit(AuditOrder),
    /// A question or an order about accounts.
    Account(AccountOrder),
    /// A question or an order about rights given by document.
    Grant(GrantOrder),
    /// A question or an order about campaigns of declarations.
    Campaign(CampaignOrder),
    /// A question or an order about duties, internal rules, problems and proposals.
    Conduct(ConductOrder),
    /// A question or an order about incidents of the system.
    Disruption(DisruptionOrder),
    /// A question or an order about the catalog of kinds of change.
    Kind(KindOrder),
    /// A question or an order about the calendar.
    Calendar(CalendarOrder),
    /// About all dossiers of a unit: days and counts.
    Survey(SurveyOrder),
    /// Dossiers by any field, and tables of them.
    Search(SearchOrder),
    /// Files of attachments, handed in or read in pieces.
    Attachment(AttachmentOrder),
    /// A copy of a dossier that leaves the system.
    Copy(CopyOrder),
    /// The long-term archive; only the tier-3 node has one.
    Archive(ArchiveOrder),
    /// Packages between provinces.
    Abroad(AbroadOrder),
    /// Any of the others, in a person's session.
    InSession {
        /// The session.
        token: Token,
        /// What is asked in it.
        request: Box<Request>,
    },
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// The core's answer.
    Core(Answer),
    /// A node was invited.
    Invited {
        /// The one-time token, for people to type.
        token: String,
        /// The same as JSON, for delivery as a file.
        delivery: String,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// A node was revoked.
    Revoked {
        /// Which.
        node: NodeId,
    },
    /// A node was taken in.
    Enrolled {
        /// The answer to be carried back, JSON.
        answer: String,
    },
    /// Totals of the wire since the node started.
    Traffic {
        /// Bytes of datagrams sent.
        sent_bytes: u64,
        /// Bytes of datagrams received.
        received_bytes: u64,
        /// Open connections.
        connections: u32,
    },
    /// Refused; nothing was changed.
    Refused(Refused),
    /// The node stops.
    Stopping,
    /// The org tree in force and its version.
    OrgTree {
        /// Counts up from 1.
        version: u64,
        /// The units.
        tree: UnitTree,
    },
    /// What the next org tree changes, or has changed.
    NextTree(TreeReport),
    /// The address is on the list.
    Addressed,
    /// The node's own certificate.
    Certificate(CertificateShown),
    /// A late request to be carried to tier 3, JSON.
    LatePaper {
        /// The request.
        request: String,
    },
    /// The claim is noted.
    Claimed,
    /// About the audit log.
    Audit(AuditAnswer),
    /// About accounts.
    Account(AccountAnswer),
    /// About rights given by document.
    Grant(GrantAnswer),
    /// About campaigns of declarations.
    Campaign(CampaignAnswer),
    /// About duties, internal rules, problems and proposals.
    Conduct(ConductAnswer),
    /// About incidents of the system.
    Disruption(DisruptionAnswer),
    /// About the catalog of kinds of change.
    Kind(KindAnswer),
    /// About the calendar.
    Calendar(CalendarAnswer),
    /// A page of appraisals.
    Survey(SurveyPage),
    /// What is owed.
    Owed(OwedPage),
    /// A page of what was found.
    Found(Box<SearchPage>),
    /// About files of attachments.
    Attachment(AttachmentAnswer),
    /// A numbered copy of a dossier.
    Copied(Box<Copied>),
    /// About the long-term archive.
    Archive(ArchiveAnswer),
    /// About packages between provinces.
    Abroad(AbroadAnswer),
}

/// Why a request had no response.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No node runs in this data directory.
    #[error("no node is running in this data directory")]
    NotRunning,
    /// The socket failed.
    #[error("the control socket failed")]
    Io(#[from] io::Error),
    /// The other side does not speak this protocol.
    #[error("the node answered something unreadable: {0}")]
    Protocol(&'static str),
}

/// Asks the node of a data directory, one request at a time, and waits.
#[derive(Debug)]
pub struct Client(Stream);

impl Client {
    /// Connects to the node that runs in `data_dir`.
    ///
    /// # Errors
    /// [`ControlError::NotRunning`] when none does, [`ControlError::Io`] for any other failure.
    pub fn connect(data_dir: &Path) -> Result<Self, ControlError> {
        let absent = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ControlError::NotRunning,
            _ => ControlError::Io(error),
        };
        let (path, _guard) = address(data_dir).map_err(absent)?;
        Ok(Self(Stream::connect(path).map_err(absent)?))
    }

    /// Bounds how long a response is waited for; `None` waits for ever.
    ///
    /// # Errors
    /// [`ControlError::Io`] for a time of zero.
    pub fn wait_at_most(&mut self, time: Option<Duration>) -> Result<(), ControlError> {
        Ok(self.0.set_read_timeout(time)?)
    }

    /// Sends a request and waits for its response.
    ///
    /// # Errors
    /// [`ControlError::Io`] when the node stopped or the time is over, [`ControlError::Protocol`]
    /// when the response is none. After an error the client is of no further use.
    pub fn call(&mut self, request: &Request) -> Result<Response, ControlError> {
        self.0.write_all(&frame(request).ok_or(ControlError::Protocol("request too large"))?)?;
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_MAX {
            return Err(ControlError::Protocol("response too large"));
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        codec::decode(&bytes).map_err(|_| ControlError::Protocol("not a response"))
    }
}

/// Opens the socket of `data_dir`, for its owner alone. The caller holds the directory's lock, so
/// a socket that is found there is left over and goes.
///
/// # Errors
/// What the system refuses.
pub fn listen(data_dir: &Path) -> io::Result<UnixListener> {
    let (path, _guard) = address(data_dir)?;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers every caller with what `handler` says; ends only when it is dropped, and then hangs up
/// on all of them.
pub async fn serve_control<H, F>(listener: UnixListener, handler: H)
where
    H: Fn(Caller, Request) -> F + Clone + Send + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let mut callers = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = callers.join_next() => {}
            accepted = listener.accept(), if callers.len() < CALLERS_MAX => match accepted {
                Ok((stream, _)) => { callers.spawn(converse(stream, handler.clone())); }
                // Out of descriptors, most likely: others will hang up in the meantime.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

async fn converse<H, F>(mut stream: UnixStream, handler: H) -> io::Result<()>
where
    H: Fn(Caller, Request) -> F,
    F: Future<Output = Response>,
{
    let refused = |code: &str, detail: &str| {
        Response::Refused(Refused { code: code.to_owned(), detail: detail.to_owned() })
    };
    let account = stream.peer_cred().ok().map(|cred| cred.uid());
    let mut caller = Caller { account, ..Caller::default() };
    while let Ok(length) = stream.read_u32_le().await {
        let request = if length as usize > FRAME_MAX {
            None
        } else {
            let mut bytes = vec![0; length as usize];
            stream.read_exact(&mut bytes).await?;
            codec::decode::<Request>(&bytes).ok()
        };
        let Some(request) = request else {
            let answer = refused("request", "not a request of this version");
            return stream.write_all(&frame(&answer).unwrap_or_default()).await;
        };
        let response = match request {
            Request::Claim(claim) => {
                caller.claim = claim;
                Response::Claimed
            }
            request => handler(caller.clone(), request).await,
        };
        let bytes = frame(&response)
            .or_else(|| frame(&refused("answer-too-large", "the answer is over the limit")));
        stream.write_all(&bytes.unwrap_or_default()).await?;
    }
    Ok(())
}

/// A value with its length in front; `None` when it is too large.
fn frame<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let body = codec::encode(value);
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= FRAME_MAX)?;
    Some([&length.to_le_bytes()[..], &body].concat())
}

/// The socket's path. One that is too long for the system goes through the open directory, which
/// stays open as long as the second value lives.
fn address(data_dir: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let path = data_dir.join(SOCKET);
    if path.as_os_str().len() <= PATH_MAX {
        return Ok((path, None));
    }
    let directory = File::open(data_dir)?;
    let short = format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd());
    Ok((PathBuf::from(short), Some(directory)))
}

#[cfg(test)]
mod tests;
