//! `hoso custody`: who kept a dossier when, by which document, and the proof of it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use dossier::custody::CustodyKind;
use protocol::core::{ChainShown, CustodyAnswer, CustodyQuestion, StepShown};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::ask::Asker;
use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::library::Library;
use super::{Outcome, words};
use crate::home::{Home, IDENTITY, IdentityFile};
use crate::proof::{Papers, ProofFile};

const SHOW: &str = "\
Ví dụ:
  hoso custody show 0f3a9c
  hoso custody show 0f3a9c --json

Ai giữ hồ sơ từ khi nào, theo văn bản nào; in ra là biên bản bàn giao. Đơn vị đã giao hồ sơ vẫn xem được.";

const PROVE: &str = "\
Ví dụ:
  hoso custody prove 0f3a9c --out ban-giao.json
  hoso verify ban-giao.json

Tệp có chữ ký của các bên và của sổ đăng ký tỉnh, không có nội dung hồ sơ; ai cũng kiểm tra được, không
cần mạng.";

/// What can be asked of custody.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem ai giữ hồ sơ qua từng kỳ (biên bản bàn giao)
    #[command(after_long_help = SHOW)]
    Show(Show),
    /// Ghi chứng cứ bàn giao ra tệp
    #[command(after_long_help = PROVE)]
    Prove(Prove),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Show(arguments) => arguments.run(desk),
            Self::Prove(arguments) => arguments.run(desk),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    reader: Reader,
}

impl Show {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = super::transfer::dossier(&mut asker, &self.dossier)?;
        let CustodyAnswer::Chain(chain) = ask(&mut asker, CustodyQuestion::Chain(id))? else {
            return Err(CliError::unexpected());
        };
        let library = Library::of(desk)?;
        if desk.out.is_json() {
            desk.out.answer(&as_json(&chain));
            return Ok(Exit::Done);
        }
        desk.out.say("BIÊN BẢN BÀN GIAO HỒ SƠ");
        desk.out.say(format!("Hồ sơ {} {}", chain.dossier, chain.name).trim_end());
        for step in &chain.steps {
            step_lines(step, &library).iter().for_each(|line| desk.out.say(line));
        }
        if chain.forked {
            desk.out.say("CÓ HAI BIÊN BẢN TRÁI NHAU CỦA MỘT KỲ: hồ sơ bị khóa, hãy báo Sở Nội vụ.");
        }
        Ok(Exit::Done)
    }
}

#[derive(Debug, Args)]
pub(super) struct Prove {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Tệp sẽ ghi; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: PathBuf,
    #[command(flatten)]
    reader: Reader,
}

impl Prove {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = super::transfer::dossier(&mut asker, &self.dossier)?;
        let CustodyAnswer::Proof { links, receipts, members, tree } =
            ask(&mut asker, CustodyQuestion::Proof(id))?
        else {
            return Err(CliError::unexpected());
        };
        let home = Home::at(&desk.settings(&[])?.settings.data_dir);
        let file: IdentityFile =
            home.read(&*desk.environment.disk, IDENTITY).map_err(|_| CliError::unexpected())?;
        let papers = Papers::of(file, members, *tree).map_err(|_| CliError::unexpected())?;
        let bytes = ProofFile::new(papers, &links, &receipts).to_bytes();
        let mut out = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.out)
            .map_err(|error| CliError::file(&self.out, &error))?;
        out.write_all(&bytes)
            .and_then(|()| out.sync_all())
            .map_err(|error| CliError::file(&self.out, &error))?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "file": self.out, "dossier": id, "records": links.len(),
                "receipts": receipts.len() }));
        } else {
            desk.out.say(format_args!("Đã ghi chứng cứ bàn giao «{}».", self.out.display()));
            desk.out.say("Kiểm tra: hoso verify TỆP");
        }
        Ok(Exit::Done)
    }
}

pub(crate) fn ask(asker: &mut Asker, question: CustodyQuestion) -> Result<CustodyAnswer, CliError> {
    match asker.core(Command::AskCustody(question))? {
        Answer::Custody(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}

fn step_lines(step: &StepShown, library: &Library) -> Vec<String> {
    let unit = |id: &dossier::UnitId| library.unit_name(id);
    let at = words::instant(step.issued_at);
    let what = match (&step.from, step.kind) {
        (None, CustodyKind::Import) => format!("{} nhận hồ sơ của tỉnh khác, {at}", unit(&step.to)),
        (None, _) => format!("{} lập hồ sơ, {at}", unit(&step.to)),
        (Some(from), CustodyKind::Export) => {
            format!("{} cho hồ sơ ra ngoài tỉnh, {at}", unit(from))
        }
        (Some(from), CustodyKind::Reopen) => format!("hồ sơ trở lại {}, {at}", unit(from)),
        (Some(from), kind) => {
            let act = match kind {
                CustodyKind::Takeover => "thay",
                CustodyKind::Reorg => "kế thừa từ",
                _ => "nhận từ",
            };
            format!("{} {act} {}, {at}", unit(&step.to), unit(from))
        }
    };
    let mut lines = vec![format!("Kỳ {}: {what}", step.epoch)];
    lines.push(format!("  căn cứ: {}", words::basis(&step.basis)));
    if let (Some(number), Some(registrar)) = (step.number, &step.registrar) {
        let by = unit(registrar);
        lines.push(format!("  đăng ký bởi {by}, mục {number} của sổ đăng ký tỉnh"));
        let received =
            if step.received { "đã nhận đủ" } else { "chưa xác nhận đã nhận đủ" };
        lines.push(format!("  bên nhận {received}"));
    }
    lines
}

fn as_json(chain: &ChainShown) -> Json {
    json!({ "dossier": chain.dossier, "name": chain.name, "forked": chain.forked,
        "custodian": chain.steps.last().map(|step| &step.to), "steps": steps_json(chain) })
}

fn steps_json(chain: &ChainShown) -> Vec<Json> {
    let one = |step: &StepShown| {
        json!({ "epoch": step.epoch, "kind": step.kind, "from": step.from, "to": step.to,
            "basis": step.basis, "at_ms": step.issued_at.as_millis(), "record": step.record,
            "registrar": step.registrar, "number": step.number, "received": step.received })
    };
    chain.steps.iter().map(one).collect()
}
