//! `hoso export`: a dossier leaves for another province or a body outside as one signed file, and what
//! the other side says of it (Điều 10.3).

mod after;
mod pack;
mod words_of;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use dossier::{DossierId, LegalBasis, UnitId, docket::Outside};
use protocol::core::{CustodyAnswer, CustodyQuestion, TransferOrder};
use protocol::custody::{Addressee, Chain};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::json;

use super::ask::Asker;
use super::basis::{Officer, decision};
use super::claim::{Reader, Second};
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::federation::anchors;
use super::{Outcome, custody};

/// How long the record of a dossier that is to go out is waited for.
const WAIT: Duration = Duration::from_secs(60);

/// What can be done with dossiers that leave.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Cho hồ sơ đi ra ngoài tỉnh, ghi gói hồ sơ
    #[command(after_long_help = words_of::PACKAGE)]
    Package(Box<Package>),
    /// Lược đồ JSON của nội dung gói
    #[command(after_long_help = words_of::SCHEMA)]
    Schema,
    /// Nhận lời của bên kia: giấy nhận thì xong, trả lại thì hồ sơ về đơn vị cũ
    #[command(after_long_help = words_of::ANSWER)]
    Answer(after::Told),
    /// Ghi giấy biên nhận của cơ quan không có phần mềm, hai người cùng thấy
    #[command(after_long_help = words_of::PAPER)]
    Paper(after::Paper),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Package(package) => package.run(desk),
            Self::Schema => {
                desk.out.say(::config::PACKAGE_SCHEMA.trim_end());
                Ok(Exit::Done)
            }
            Self::Answer(told) => told.run(desk),
            Self::Paper(paper) => paper.run(desk),
        }
    }
}

/// A kind of body outside, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindWord {
    Party,
    MassOrganisation,
    OtherProvince,
    CentralBody,
}

/// Who is to receive.
#[derive(Debug, Args)]
struct Receiver {
    /// Tỉnh khác và đơn vị nhận ở đó: TỈNH/ĐƠN VỊ, như trong «hoso federation list»
    #[arg(long, value_name = "TỈNH/ĐƠN VỊ", conflicts_with_all = ["kind", "name"])]
    to: Option<String>,
    /// Loại cơ quan nhận không có phần mềm: party, mass-organisation, other-province, central-body
    #[arg(long, value_enum, value_name = "LOẠI", requires = "name")]
    kind: Option<KindWord>,
    /// Tên cơ quan nhận không có phần mềm
    #[arg(long, value_name = "TÊN", requires = "kind")]
    name: Option<String>,
    /// Cách liên hệ với nơi nhận: địa chỉ, điện thoại
    #[arg(long, value_name = "LIÊN HỆ", default_value = "")]
    contact: String,
}

#[derive(Debug, Args)]
pub(super) struct Package {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    receiver: Receiver,
    /// Quyết định: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: Option<String>,
    /// Tệp gói sẽ ghi (chỉ ở cấp ba); không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: Option<PathBuf>,
    /// Khóa age1… của cơ quan nhận không có phần mềm
    #[arg(long, value_name = "KHÓA")]
    recipient: Option<String>,
    #[command(flatten)]
    reader: Reader,
    #[command(flatten)]
    second: Second,
}

impl Package {
    fn run(self: Box<Self>, desk: &mut Desk<'_>) -> Outcome {
        if self.out.is_none() && !self.receiver.is_named() {
            return Err(CliError::usage("GH-0151", "Chưa ghi --to hoặc --kind, hoặc --out."));
        }
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = super::transfer::dossier(&mut asker, &self.dossier)?;
        let sent = self.receiver.is_named() && !is_outside(&mut asker, id)?;
        if sent {
            self.send(desk, &mut asker, id)?;
        }
        let Some(out) = &self.out else {
            if desk.out.is_json() {
                desk.out.answer(&json!({ "dossier": id, "sent": sent }));
            } else {
                desk.out.say(format_args!("Đang cho hồ sơ {id} ra ngoài tỉnh."));
                desk.out.say("Gói do Sở Nội vụ ghi: hoso export package HỒ SƠ --out TỆP");
            }
            return Ok(Exit::Done);
        };
        let chain = waited(&mut asker, id)?;
        pack::write(desk, &mut asker, &self, &chain, out)
    }

    /// Orders the dossier out; from its record on nobody in the province writes into it.
    fn send(&self, desk: &Desk<'_>, asker: &mut Asker, id: DossierId) -> Result<(), CliError> {
        let addressee = Box::new(self.receiver.addressee(asker)?);
        let typed = self.decision.as_deref().map(|text| decision(text, desk.today()?));
        let basis = typed.transpose()?.unwrap_or(LegalBasis::Office);
        let person = Some(self.reader.claim().person).filter(|person| !person.is_empty());
        let meta = Meta { basis, ..Officer::approver(person).meta(desk.in_session()?)? };
        order(asker, id, TransferOrder::SendOut(addressee), meta)
    }
}

impl Receiver {
    fn is_named(&self) -> bool {
        self.to.is_some() || self.kind.is_some()
    }

    fn addressee(&self, asker: &mut Asker) -> Result<Addressee, CliError> {
        let contact = self.contact.clone();
        let Some(to) = &self.to else {
            let kind = match self.kind {
                Some(KindWord::Party) => Outside::Party,
                Some(KindWord::MassOrganisation) => Outside::MassOrganisation,
                Some(KindWord::CentralBody) => Outside::CentralBody,
                Some(KindWord::OtherProvince) | None => Outside::OtherProvince,
            };
            let name = self.name.clone().unwrap_or_default();
            return Ok(Addressee { kind, name, contact, province: None, unit: None });
        };
        let unknown = || {
            CliError::failed("GH-0152", format!("Không có nơi nhận «{to}»."))
                .hint("Xem «hoso federation list».")
        };
        let (province, unit) = to.split_once('/').ok_or_else(unknown)?;
        let unit: UnitId = unit.parse().map_err(|_| unknown())?;
        let files = anchors(asker)?;
        let named = files.iter().map(|file| file.anchor());
        let anchor = named.filter(|it| it.opener(&unit).is_some()).find(|it| {
            it.province == province || dossier::fold(&it.name) == dossier::fold(province)
        });
        let anchor = anchor.ok_or_else(unknown)?;
        Ok(Addressee {
            kind: Outside::OtherProvince,
            name: anchor.name.clone(),
            contact,
            province: Some(anchor.root),
            unit: Some(unit),
        })
    }
}

/// Orders something of a dossier that leaves or has left.
fn order(
    asker: &mut Asker,
    dossier: DossierId,
    order: TransferOrder,
    meta: Meta,
) -> Result<(), CliError> {
    let command = Command::Transfer { dossier, order: Box::new(order), meta };
    match asker.core(command)? {
        Answer::Custody(CustodyAnswer::Ordered { .. }) => Ok(()),
        _ => Err(CliError::unexpected()),
    }
}

/// The chain of a dossier with what proves it.
fn proof(asker: &mut Asker, id: DossierId) -> Result<Chain, CliError> {
    let CustodyAnswer::Proof { links, .. } = custody::ask(asker, CustodyQuestion::Proof(id))?
    else {
        return Err(CliError::unexpected());
    };
    Chain::read(&links).map_err(|_| CliError::unexpected())
}

fn is_outside(asker: &mut Asker, id: DossierId) -> Result<bool, CliError> {
    Ok(proof(asker, id)?.is_outside())
}

/// The chain once the record of EXPORT counts.
#[expect(clippy::disallowed_methods, reason = "the command line waits in a process of its own")]
fn waited(asker: &mut Asker, id: DossierId) -> Result<Chain, CliError> {
    let step = Duration::from_millis(200);
    for _ in 0..WAIT.as_millis() / step.as_millis() {
        let chain = proof(asker, id)?;
        if chain.is_outside() {
            return Ok(chain);
        }
        std::thread::sleep(step);
    }
    Err(CliError::failed("GH-0153", "Biên bản chuyển ra chưa có hiệu lực.")
        .hint("Hãy xem «hoso transfer status»; gói ghi được khi hồ sơ đã rời đơn vị."))
}
