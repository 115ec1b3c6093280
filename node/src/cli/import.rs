//! `hoso import`: takes in what another province sent out (Điều 10.3).

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use dossier::attachment::TABLE;
use dossier::{Edit, Hash, LegalBasis};
use protocol::core::{Arrival, CustodyAnswer, TransferOrder};
use protocol::custody::AnswerCode;
use protocol::envelope::Meta;
use protocol::{Answer, Command, attachment::CHUNK_BYTES};
use serde_bytes::ByteBuf;
use serde_json::json;

use super::Outcome;
use super::ask::Asker;
use super::attachment::order as attend;
use super::basis::Officer;
use super::desk::Desk;
use super::error::{CliError, Exit, unsound};
use super::federation::ask;
use super::grant::Signer;
use super::node::write_new;
use super::transfer::Why;
use crate::abroad::{Manifest, PackageShown, Payload, package, sealing};
use crate::control::{AbroadAnswer, AbroadOrder, AttachmentAnswer, AttachmentOrder, NewAttachment};
use crate::import::CopyRead;

const PACKAGE: &str = "\
Ví dụ:
  hoso import package ho-so.goi --receipt giay-nhan.json --person \"Bùi Thị Hòa\"
  hoso import package ho-so.goi --dry-run --person \"Bùi Thị Hòa\"
  hoso import package ho-so.goi --refuse wrong-person --receipt tra-lai.json --person \"Bùi Thị Hòa\"

Gói phải của tỉnh đã tin, gửi cho đơn vị của máy này, còn hạn. Giấy ghi ra phải giao lại bên gửi: có giấy
ấy việc chuyển mới xong. Nhận lại lần nữa thì ra đúng giấy cũ.";

/// What can be taken in.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Nhận gói hồ sơ của tỉnh khác, hoặc trả lại
    #[command(after_long_help = PACKAGE)]
    Package(Package),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Package(arguments) => arguments.run(desk),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Package {
    /// Gói hồ sơ
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Tệp giấy nhận (hoặc giấy trả lại) sẽ ghi
    #[arg(long, value_name = "TỆP", required_unless_present = "dry_run")]
    receipt: Option<PathBuf>,
    /// Trả lại, vì: wrong-person, wrong-dossier, incomplete, no-decision, other
    #[arg(long, value_enum, value_name = "LÝ DO")]
    refuse: Option<Why>,
    /// Chỉ mở ra xem, chưa nhận
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    signer: Signer,
}

impl Package {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        if let Some(path) = self.receipt.as_deref().filter(|path| path.exists()) {
            return Err(CliError::file(path, &std::io::ErrorKind::AlreadyExists.into()));
        }
        let (line, shown, sealed) = read(&self.file)?;
        let mut asker = desk.ask_as(self.signer.claim())?;
        let order = AbroadOrder::Welcome { line: line.clone() };
        let AbroadAnswer::Welcome { province, given } = ask(&mut asker, order)? else {
            return Err(CliError::unexpected());
        };
        if let (Some(text), Some(path)) = (&given, &self.receipt) {
            write_new(path, text)?;
            return told(desk, &shown.manifest, path, "again");
        }
        if let Some(why) = self.refuse {
            return self.answer(desk, &mut asker, line, &shown.manifest, why.code());
        }
        let payload = open(&mut asker, &shown.manifest, &sealed)?;
        drop(sealed);
        let copy =
            CopyRead::parse(&payload.enclosed.copy.to_string()).map_err(|_| unsound("dossier"))?;
        if copy.dossier != shown.manifest.dossier {
            return Err(unsound("dossier"));
        }
        if self.dry_run {
            preview(desk, &shown, &payload, &copy, &province);
            return Ok(Exit::Done);
        }
        self.take_in(desk, &mut asker, &shown, &payload, &copy, &province)?;
        self.answer(desk, &mut asker, line, &shown.manifest, AnswerCode::Accepted)
    }

    /// Begins the dossier and attaches its files; done again, it goes on where it stopped.
    fn take_in(
        &self,
        desk: &Desk<'_>,
        asker: &mut Asker,
        shown: &PackageShown,
        payload: &Payload,
        copy: &CopyRead,
        province: &str,
    ) -> Result<(), CliError> {
        let manifest = &shown.manifest;
        let unit = manifest.addressee.unit.clone().ok_or_else(|| unsound("recipients"))?;
        let person = Some(self.signer.claim().person).filter(|person| !person.is_empty());
        let basis = LegalBasis::Import {
            list: format!("Gói hồ sơ của {province}"),
            file: manifest.sealed_sha256,
            row: 1,
        };
        let meta = Meta { basis, ..Officer::approver(person).meta(desk.in_session()?)? };
        let dossier = manifest.dossier;
        let edits = copy.edits().into_iter().filter(|edit| !attaches(edit)).collect();
        let arrival = Box::new(Arrival { unit, sent: manifest.record, edits });
        let order = Box::new(TransferOrder::Arrive(arrival));
        let command = Command::Transfer { dossier, order, meta: meta.clone() };
        let Answer::Custody(CustodyAnswer::Ordered { .. }) = asker.core(command)? else {
            return Err(CliError::unexpected());
        };
        let Answer::Attachments(present) = asker.core(Command::Attachments(dossier))? else {
            return Err(CliError::unexpected());
        };
        for (it, bytes) in payload.enclosed.attachments.iter().zip(&payload.files) {
            let known = present.attachments.iter().any(|one| {
                one.attachment.description == it.description
                    && one.attachment.content.size == it.bytes
            });
            if known {
                continue;
            }
            let file = hand_in(asker, bytes)?;
            let (name, description) = (it.name.clone(), it.description.clone());
            let new = Box::new(NewAttachment { dossier, name, description, meta: meta.clone() });
            attend(asker, AttachmentOrder::Attach { file, new })?;
        }
        Ok(())
    }

    fn answer(
        &self,
        desk: &mut Desk<'_>,
        asker: &mut Asker,
        line: ByteBuf,
        manifest: &Manifest,
        code: AnswerCode,
    ) -> Outcome {
        let AbroadAnswer::Paper(text) = ask(asker, AbroadOrder::Give { line, code })? else {
            return Err(CliError::unexpected());
        };
        let Some(path) = &self.receipt else { return Err(CliError::unexpected()) };
        write_new(path, &text)?;
        let what = if code == AnswerCode::Accepted { "taken" } else { "refused" };
        told(desk, manifest, path, what)
    }
}

/// Reads a package and checks every byte of it: its first line, what it says, what is sealed.
fn read(path: &Path) -> Result<(ByteBuf, PackageShown, Vec<u8>), CliError> {
    let unreadable = |error: &std::io::Error| CliError::file(path, error);
    let file = || File::open(path).map(BufReader::new).map_err(|error| unreadable(&error));
    let line = package::first_line(&mut file()?).map_err(|error| unreadable(&error))?;
    let line = line.map_err(|it| unsound(it.0))?;
    let mut sealed = Vec::new();
    let shown = package::check(&mut file()?, |bytes| sealed.extend_from_slice(bytes));
    let shown = shown.map_err(|error| unreadable(&error))?.map_err(|it| unsound(it.0))?;
    Ok((line.into(), shown, sealed))
}

/// Opens what is sealed, with the key that lies in the node.
fn open(asker: &mut Asker, manifest: &Manifest, sealed: &[u8]) -> Result<Payload, CliError> {
    let mut unwrap = |wrapped| match ask(asker, AbroadOrder::Unwrap(wrapped)) {
        Ok(AbroadAnswer::Key(key)) => Some(key),
        _ => None,
    };
    let plain = sealing::open(sealed, manifest.payload_bytes, &mut unwrap);
    let plain = plain.map_err(|it| unsound(it.0))?;
    if Hash::of(&plain) != manifest.payload_sha256 {
        return Err(unsound("sealed"));
    }
    let payload = Payload::unpack(&plain).map_err(|it| unsound(it.0))?;
    let enclosed = &payload.enclosed;
    if enclosed.dossier != manifest.dossier || enclosed.record != manifest.record {
        return Err(unsound("dossier"));
    }
    Ok(payload)
}

fn attaches(edit: &Edit) -> bool {
    match edit {
        Edit::PutRow { table, .. } => table == TABLE,
        _ => false,
    }
}

fn hand_in(asker: &mut Asker, bytes: &[u8]) -> Result<u64, CliError> {
    let begin = AttachmentOrder::Begin { size: bytes.len() as u64 };
    let AttachmentAnswer::Begun { file } = attend(asker, begin)? else {
        return Err(CliError::unexpected());
    };
    for piece in bytes.chunks(CHUNK_BYTES) {
        attend(asker, AttachmentOrder::Piece { file, bytes: piece.to_vec().into() })?;
    }
    Ok(file)
}

fn preview(
    desk: &mut Desk<'_>,
    shown: &PackageShown,
    payload: &Payload,
    copy: &CopyRead,
    province: &str,
) {
    let enclosed = &payload.enclosed;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": shown.manifest.dossier, "province": province,
            "values": copy.values.len(), "attachments": payload.files.len(),
            "not_included": enclosed.not_included }));
        return;
    }
    let (values, files) = (copy.values.len(), payload.files.len());
    desk.out.say(format_args!(
        "Hồ sơ {} của {province}: {values} giá trị, {files} tài liệu.",
        shown.manifest.dossier
    ));
    for it in &enclosed.not_included {
        desk.out.say(format_args!("  không có trong gói: {} ({})", it.what, it.why));
    }
    desk.out.say("Chưa nhận. Nhận: bỏ --dry-run, thêm --receipt TỆP.");
}

fn told(desk: &mut Desk<'_>, manifest: &Manifest, path: &Path, what: &str) -> Outcome {
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": manifest.dossier, "receipt": path, "what": what }));
        return Ok(Exit::Done);
    }
    desk.out.say(match what {
        "taken" => format!("Đã nhận hồ sơ {}.", manifest.dossier),
        "refused" => format!("Đã trả lại hồ sơ {}.", manifest.dossier),
        _ => format!("Gói của hồ sơ {} đã được trả lời trước; đây là giấy cũ.", manifest.dossier),
    });
    desk.out.say(format_args!("Giao giấy «{}» cho bên gửi.", path.display()));
    Ok(Exit::Done)
}
