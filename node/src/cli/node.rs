//! `hoso node`: invites, takes in, renews, lists and revokes the nodes of units.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::ToSocketAddrs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use certs::enrolment::LateRequest;
use clap::{Args, Subcommand};
use dossier::UnitId;
use dossier::unit::Tier;
use protocol::{Answer, Command, core::MemberShown};
use serde_json::json;

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::keys::SealArguments;
use super::library::Library;
use super::serve::{index_of, runtime};
use super::{Outcome, keys, province, words};
use crate::control::{Request, Response};
use crate::enrolment::{Joined, Ticket, enrol_online, finish, request, ticket_from_delivery};
use crate::province::SetupError;
use crate::seal::{Founding, Vault, keep_memory_private};

mod renew;
mod words_of;

/// The largest file carried between nodes, in bytes.
const PAPER_MAX: u64 = 256 * 1024;

/// What can be done with nodes.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lập phiếu cấp máy cho một đơn vị (chỉ ở cấp ba)
    #[command(after_long_help = words_of::INVITE)]
    Invite(InviteArguments),
    /// Trả lời yêu cầu mang tay của một máy mới, hoặc xin gia hạn (chỉ ở cấp ba)
    #[command(after_long_help = words_of::ANSWER)]
    Answer(AnswerArguments),
    /// Nhận máy theo phiếu: qua mạng, hoặc mang tay hai lượt
    #[command(after_long_help = words_of::ENROL)]
    Enrol(EnrolArguments),
    /// Gia hạn chứng thư của máy đã vắng lâu: qua mạng, hoặc mang tay hai lượt
    #[command(after_long_help = words_of::RENEW)]
    Renew(renew::Arguments),
    /// Thu hồi máy của một đơn vị (chỉ ở cấp ba)
    #[command(after_long_help = words_of::REVOKE)]
    Revoke(RevokeArguments),
    /// Ghi địa chỉ máy của một đơn vị để cấp dưới gọi đến (chỉ ở cấp ba)
    #[command(after_long_help = words_of::ADDRESS)]
    Address(AddressArguments),
    /// Xem danh sách máy
    #[command(after_long_help = words_of::LIST)]
    List(ListArguments),
}

#[derive(Debug, Args)]
pub(super) struct InviteArguments {
    /// Đơn vị được cấp máy
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Dùng ngay qua mạng, hết hạn sau 10 phút; nếu không ghi là mang tay, 72 giờ
    #[arg(long)]
    online: bool,
    /// Ghi phiếu vào tệp này để giao tận tay
    #[arg(long, value_name = "TỆP")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct AnswerArguments {
    /// Tệp yêu cầu mang đến
    #[arg(long, value_name = "TỆP")]
    request: PathBuf,
    /// Tệp trả lời để mang về
    #[arg(long, value_name = "TỆP")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct EnrolArguments {
    /// Mã cấp máy dùng một lần
    #[arg(long, value_name = "MÃ", conflicts_with_all = ["delivery", "answer"])]
    token: Option<String>,
    /// Đơn vị của máy, khi dùng --token
    #[arg(long, value_name = "MÃ ĐƠN VỊ", requires = "token")]
    unit: Option<UnitId>,
    /// Phiếu cấp máy dạng tệp
    #[arg(long, value_name = "TỆP", conflicts_with = "answer")]
    delivery: Option<PathBuf>,
    /// Địa chỉ nhận máy mới của cấp ba
    #[arg(long, value_name = "MÁY:CỔNG", conflicts_with_all = ["request_to", "answer"])]
    address: Option<String>,
    /// Ghi yêu cầu vào tệp này để mang đến cấp ba
    #[arg(long, value_name = "TỆP", conflicts_with = "answer")]
    request_to: Option<PathBuf>,
    /// Tệp trả lời mang về từ cấp ba
    #[arg(long, value_name = "TỆP")]
    answer: Option<PathBuf>,
    /// Địa chỉ của cấp trên, ghi vào cấu hình
    #[arg(long, value_name = "MÁY:CỔNG")]
    parent: Option<String>,
    #[command(flatten)]
    seal: SealArguments,
}

#[derive(Debug, Args)]
pub(super) struct RevokeArguments {
    /// Đơn vị có máy bị thu hồi
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Lý do, ghi vào danh sách máy
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
}

#[derive(Debug, Args)]
pub(super) struct AddressArguments {
    /// Đơn vị có máy
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Nơi các máy cấp dưới gọi đến
    #[arg(value_name = "MÁY:CỔNG")]
    address: String,
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Invite(arguments) => arguments.run(desk),
            Self::Answer(arguments) => arguments.run(desk),
            Self::Enrol(arguments) => arguments.run(desk),
            Self::Renew(arguments) => arguments.run(desk),
            Self::Revoke(arguments) => arguments.run(desk),
            Self::Address(arguments) => arguments.run(desk),
            Self::List(ListArguments {}) => list(desk),
        }
    }
}

impl InviteArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let request = Request::Invite { unit: self.unit.clone(), online: self.online };
        let Response::Invited { token, delivery, expires_at } = desk.ask()?.call(&request)? else {
            return Err(CliError::unexpected());
        };
        if let Some(path) = &self.to {
            write_new(path, &delivery)?;
        }
        if desk.out.is_json() {
            desk.out.answer(&json!({ "unit": self.unit, "token": token,
                "expires_at_ms": expires_at.as_millis(), "to": self.to }));
            return Ok(Exit::Done);
        }
        let until = words::instant(expires_at);
        desk.out.say(format_args!("Phiếu cấp máy cho {}, hết hạn {until}:", self.unit));
        desk.out.say(format_args!("  {token}"));
        if let Some(path) = &self.to {
            desk.out.say(format_args!("Đã ghi vào {}. Hãy giao tận tay.", path.display()));
        }
        desk.out.say("Phiếu dùng một lần. Ai có phiếu đều nhận được máy của đơn vị này.");
        Ok(Exit::Done)
    }
}

impl AnswerArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let request = read(&self.request)?;
        let late = LateRequest::from_json(request.as_bytes()).is_ok();
        let request = if late { Request::Readmit { request } } else { Request::Enrol { request } };
        let Response::Enrolled { answer } = desk.ask()?.call(&request)? else {
            return Err(CliError::unexpected());
        };
        write_new(&self.to, &answer)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "to": self.to }));
        } else {
            desk.out.say(format_args!("Đã ghi trả lời vào {}.", self.to.display()));
            desk.out.say(if late {
                "Mang về máy đó: hoso node renew --answer TỆP"
            } else {
                "Mang về máy mới: hoso node enrol --answer TỆP"
            });
        }
        Ok(Exit::Done)
    }
}

impl EnrolArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        keep_memory_private();
        let settings = desk.settings(&self.seal.flags())?.settings;
        let (data_dir, index) = (settings.data_dir.clone(), index_of(&settings));
        let environment = desk.environment.clone();
        if let Some(path) = &self.answer {
            let means = keys::opening_of(desk, &settings)?;
            let answer = read(path)?;
            let joined = finish(&environment, &data_dir, (index, &means), answer.as_bytes())?;
            return self.done(desk, &joined);
        }
        let ticket = self.ticket()?;
        // The second attempt opens what the first one sealed.
        let known = Vault::is_there(&*environment.disk, &data_dir);
        let seal = if known {
            Founding::new(keys::profile_of(&settings), keys::opening_of(desk, &settings)?)
        } else {
            keys::founding_of(&settings)?
        };
        match (&self.address, &self.request_to) {
            (Some(address), None) => {
                let door = address.to_socket_addrs().ok().and_then(|mut all| all.next());
                let door = door.ok_or_else(|| {
                    CliError::usage("DL-0172", format!("Không hiểu địa chỉ «{address}»."))
                        .hint("Ví dụ: --address snv.hoabinh.gov.vn:7444")
                })?;
                let joined = runtime()?.block_on(enrol_online(
                    &environment,
                    &data_dir,
                    (index, &seal),
                    &ticket,
                    door,
                ))?;
                self.done(desk, &joined)
            }
            (None, Some(path)) => {
                let (request, code) = request(&environment, &data_dir, &ticket, &seal)?;
                write_new(path, &request.to_json())?;
                if desk.out.is_json() {
                    let code = code.map(|code| code.text().to_string());
                    desk.out.answer(&json!({ "request_to": path, "recovery_code": code }));
                } else {
                    desk.out.say(format_args!("Đã ghi yêu cầu vào {}.", path.display()));
                    if let Some(code) = &code {
                        keys::tell_recovery(desk, code);
                    }
                    desk.out.say("Mang đến cấp ba: hoso node answer --request TỆP --to TỆP");
                }
                Ok(Exit::Done)
            }
            _ => Err(CliError::usage("DL-0171", "Chưa cho biết nhận máy bằng cách nào.")
                .hint("Qua mạng: --address MÁY:CỔNG. Mang tay: --request-to TỆP.")),
        }
    }

    /// The invitation in the hands of the person.
    fn ticket(&self) -> Result<Ticket, CliError> {
        match (&self.token, &self.unit, &self.delivery) {
            (Some(token), Some(unit), _) => {
                let token = token.trim().parse();
                let token = token.map_err(|error: certs::enrolment::TokenError| {
                    SetupError::Refused(error.to_string())
                })?;
                Ok(Ticket { token, unit: unit.clone(), door: self.address.clone() })
            }
            (Some(_), None, _) => Err(CliError::usage("DL-0173", "Dùng --token phải có --unit.")
                .hint("Mã đơn vị ghi trên phiếu cấp máy.")),
            (None, _, Some(path)) => {
                let (ticket, _) = ticket_from_delivery(read(path)?.as_bytes())?;
                Ok(Ticket { door: self.address.clone().or(ticket.door), ..ticket })
            }
            (None, _, None) => Err(CliError::usage("DL-0170", "Chưa có phiếu cấp máy.")
                .hint("Hãy thêm --token MÃ, --delivery TỆP hoặc --answer TỆP.")),
        }
    }

    fn done(&self, desk: &mut Desk<'_>, joined: &Joined) -> Outcome {
        let enrolled = &joined.identity;
        let compare = joined.words.join(" ");
        let profile = if joined.tier == Some(Tier::Two) { "department" } else { "unit" };
        let mut flags = vec![("profile", profile.to_owned())];
        flags.extend(self.seal.flags());
        flags.extend(self.parent.clone().map(|address| ("parent.address", address)));
        let settings = desk.settings(&flags)?.settings;
        province::keep_settings(&settings)?;
        if desk.out.is_json() {
            let code = joined.recovery.as_ref().map(|code| code.text().to_string());
            desk.out.answer(&json!({ "node": enrolled.node, "unit": enrolled.unit,
                "words": compare, "recovery_code": code }));
        } else {
            desk.out.say(format_args!("Đã nhận máy cho đơn vị {}.", enrolled.unit));
            desk.out.say(format_args!("  Máy {}", enrolled.node));
            desk.out.say(format_args!("  Đọc qua điện thoại cho cấp ba so: {compare}"));
            if let Some(code) = &joined.recovery {
                keys::tell_recovery(desk, code);
            }
            let directory = settings.data_dir.display();
            desk.out.say(format_args!("Tiếp theo: hoso serve --data-dir {directory}"));
        }
        Ok(Exit::Done)
    }
}

impl RevokeArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let request = Request::Revoke { unit: self.unit.clone(), reason: self.reason };
        let Response::Revoked { node } = desk.ask()?.call(&request)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "unit": self.unit, "node": node }));
        } else {
            desk.out.say(format_args!("Đã thu hồi máy {node} của {}.", self.unit));
            desk.out.say("Các máy đang kết nối ngắt máy này trong vài giây.");
        }
        Ok(Exit::Done)
    }
}

impl AddressArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let request = Request::Address { unit: self.unit.clone(), address: self.address.clone() };
        let Response::Addressed = desk.ask()?.call(&request)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "unit": self.unit, "address": self.address }));
        } else {
            desk.out.say(format_args!("Đã ghi địa chỉ máy của {}: {}.", self.unit, self.address));
        }
        Ok(Exit::Done)
    }
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let library = Library::of(desk)?;
    let Answer::Members(members) = desk.ask()?.core(Command::Members)? else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        let list: Vec<_> = members
            .iter()
            .map(|MemberShown { node, unit, active, address }| {
                json!({ "node": node, "unit": unit, "active": active, "address": address })
            })
            .collect();
        desk.out.answer(&json!({ "count": list.len(), "nodes": list }));
        return Ok(Exit::Done);
    }
    desk.out.table(
        ["Đơn vị", "Máy", "Tình trạng", "Địa chỉ"],
        members.iter().map(|MemberShown { node, unit, active, address }| {
            let how = if *active { "đang dùng" } else { "đã thu hồi" };
            let address = address.clone().unwrap_or_default();
            [library.unit_name(unit), node.to_string(), how.to_owned(), address]
        }),
    );
    Ok(Exit::Done)
}

/// Reads a file that was carried here.
pub(super) fn read(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(PAPER_MAX).read_to_string(&mut text))
        .map_err(|error| CliError::file(path, &error))?;
    Ok(text)
}

/// Writes a file for its owner's eyes; one that is there stays as it is.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    write_new_bytes(path, text.as_bytes())
}

/// The same for what is no text.
pub(super) fn write_new_bytes(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| CliError::file(path, &error))
}
