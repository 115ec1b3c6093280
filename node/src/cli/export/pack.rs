//! Putting a package together: everything the province holds of the dossier, sealed and signed.

use std::path::Path;

use dossier::{DossierId, Hash};
use protocol::core::AttachmentShown;
use protocol::custody::Chain;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::Package;
use crate::abroad::{
    Enclosed, EnclosedFile, LeftOut, Manifest, Payload, Recipient, Unsound, payload, sealing,
};
use crate::audit::Claim;
use crate::cli::Outcome;
use crate::cli::ask::Asker;
use crate::cli::attachment::order as attend;
use crate::cli::desk::Desk;
use crate::cli::dossier::{exported, writing_json};
use crate::cli::error::{CliError, Exit, unsound};
use crate::cli::federation::{anchors, ask};
use crate::cli::library::Library;
use crate::cli::node::write_new_bytes;
use crate::control::{
    AbroadAnswer, AbroadOrder, AttachmentAnswer, AttachmentOrder, CopyKind, CopyOrder, Request,
    Response,
};

/// Writes the package of a dossier that is outside.
pub(super) fn write(
    desk: &mut Desk<'_>,
    asker: &mut Asker,
    asked: &Package,
    chain: &Chain,
    out: &Path,
) -> Outcome {
    if out.exists() {
        return Err(CliError::file(out, &std::io::ErrorKind::AlreadyExists.into()));
    }
    let id = chain.dossier();
    let recipients = recipients(asker, asked, chain)?;
    // The whole dossier leaves, what is sensitive with it.
    let claim = asked.reader.claim();
    asker.claim(Claim { unmask: true, second: asked.second.read()?, ..claim })?;
    let order = CopyOrder { dossier: id, kind: CopyKind::Export };
    let Response::Copied(copied) = asker.call(&Request::Copy(order))? else {
        return Err(CliError::unexpected());
    };
    let library = Library::of(desk)?;
    let copy = exported(&copied, &library);
    let mut payload = Payload {
        enclosed: Enclosed {
            format: payload::FORMAT.to_owned(),
            dossier: id,
            record: chain.head(),
            copy,
            history: history(asker, id)?,
            attachments: Vec::new(),
            not_included: Vec::new(),
        },
        history: Vec::new(),
        files: Vec::new(),
    };
    let AbroadAnswer::History(bytes) = ask(asker, AbroadOrder::History(id))? else {
        return Err(CliError::unexpected());
    };
    payload.history = bytes.into_vec();
    enclose_files(asker, id, &mut payload)?;
    let told = |it: Unsound| unsound(it.0);
    let plain = payload.pack().map_err(told)?;
    let keys: Vec<String> = recipients.iter().map(|it| it.key.clone()).collect();
    let sealed = sealing::seal(&plain, &keys).map_err(told)?;
    let current = chain.current();
    let manifest = Manifest {
        dossier: id,
        record: chain.head(),
        from: current.to.clone(),
        addressee: chain.addressee().cloned().ok_or_else(CliError::unexpected)?,
        basis: current.basis.clone(),
        recipients,
        copy: copied.taken.number.clone(),
        made_at: copied.taken.at,
        open_until: chain.open_until().ok_or_else(CliError::unexpected)?,
        sealed_bytes: sealed.len() as u64,
        sealed_sha256: Hash::of(&sealed),
        payload_bytes: plain.len() as u64,
        payload_sha256: Hash::of(&plain),
    };
    let text = serde_json::to_vec(&manifest).map_err(|_| CliError::unexpected())?;
    let AbroadAnswer::Line(line) = ask(asker, AbroadOrder::Sign { manifest: text.into() })? else {
        return Err(CliError::unexpected());
    };
    write_new_bytes(out, &[line.as_bytes(), &sealed].concat())?;
    tell(desk, &manifest, &payload, out);
    Ok(Exit::Done)
}

fn tell(desk: &mut Desk<'_>, manifest: &Manifest, payload: &Payload, out: &Path) {
    let left_out = &payload.enclosed.not_included;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "out": out, "dossier": manifest.dossier, "copy": manifest.copy,
            "record": manifest.record, "to": manifest.addressee.name,
            "attachments": payload.files.len(), "not_included": left_out,
            "open_until_ms": manifest.open_until.as_millis() }));
        return;
    }
    desk.out.say(format_args!(
        "Đã ghi gói «{}»: hồ sơ {}, {} tài liệu, gửi {}.",
        out.display(),
        manifest.dossier,
        payload.files.len(),
        manifest.addressee.name
    ));
    for it in left_out {
        desk.out.say(format_args!("  không có trong gói: {} ({})", it.what, it.why));
    }
    desk.out.say("Kiểm tra: hoso verify TỆP. Giao xong, chờ giấy nhận: hoso export answer TỆP");
}

/// To whose keys the package is sealed: the province's and the unit's, by the newest anchor.
fn recipients(
    asker: &mut Asker,
    asked: &Package,
    chain: &Chain,
) -> Result<Vec<Recipient>, CliError> {
    let addressee = chain.addressee().ok_or_else(CliError::unexpected)?;
    let (Some(root), Some(unit)) = (addressee.province, &addressee.unit) else {
        let key = asked.recipient.clone().ok_or_else(|| {
            CliError::usage("GH-0155", "Nơi nhận không có phần mềm: phải có --recipient age1….")
        })?;
        return Ok(vec![Recipient { unit: None, key }]);
    };
    let files = anchors(asker)?;
    let anchor = files.iter().map(|file| file.anchor()).find(|it| it.root == root);
    let opener = anchor.and_then(|it| it.opener(unit));
    let (Some(anchor), Some(opener)) = (anchor, opener) else {
        return Err(CliError::failed("GH-0156", "Máy này chưa có khóa của nơi nhận.")
            .hint("Nhận giấy giới thiệu mới của tỉnh ấy: hoso federation accept TỆP"));
    };
    Ok(vec![
        Recipient { unit: None, key: anchor.recipient.clone() },
        Recipient { unit: Some(unit.clone()), key: opener.recipient.clone() },
    ])
}

fn history(asker: &mut Asker, id: DossierId) -> Result<Vec<Json>, CliError> {
    let Answer::Chronicle(places) = asker.core(Command::Chronicle(id))? else {
        return Err(CliError::unexpected());
    };
    let place = |(path, writings): &(dossier::FieldPath, Vec<_>)| {
        let writings: Vec<Json> = writings.iter().map(writing_json).collect();
        json!({ "field": path.field, "row": path.row, "writings": writings })
    };
    Ok(places.iter().map(place).collect())
}

/// Takes in what is attached; what this node does not hold is listed.
fn enclose_files(asker: &mut Asker, id: DossierId, payload: &mut Payload) -> Result<(), CliError> {
    let Answer::Attachments(all) = asker.core(Command::Attachments(id))? else {
        return Err(CliError::unexpected());
    };
    for AttachmentShown { row, attachment, here, .. } in all.attachments {
        let content = &attachment.content;
        let left_out = |why: &str| LeftOut { what: content.name.clone(), why: why.to_owned() };
        if attachment.removed.is_some() {
            payload.enclosed.not_included.push(left_out("đã gỡ khỏi hồ sơ"));
            continue;
        }
        if !here {
            payload.enclosed.not_included.push(left_out("tệp chưa về đến cấp ba"));
            continue;
        }
        let bytes = read(asker, id, row)?;
        let extension = content.media.extensions().first().copied().unwrap_or("bin");
        payload.enclosed.attachments.push(EnclosedFile {
            row,
            name: content.name.clone(),
            media: content.media.mime().to_owned(),
            bytes: bytes.len() as u64,
            sha256: Hash::of(&bytes),
            file: Payload::name_of(payload.files.len(), extension),
            description: attachment.description.clone(),
        });
        payload.files.push(bytes);
    }
    Ok(())
}

fn read(asker: &mut Asker, id: DossierId, row: dossier::RowId) -> Result<Vec<u8>, CliError> {
    let open = AttachmentOrder::Open { dossier: id, row, wait: 0 };
    let AttachmentAnswer::Opened { reading, chunks, .. } = attend(asker, open)? else {
        return Err(CliError::unexpected());
    };
    let mut bytes = Vec::new();
    for index in 0..chunks {
        match attend(asker, AttachmentOrder::Chunk { reading, index })? {
            AttachmentAnswer::Chunk(chunk) => bytes.extend_from_slice(&chunk),
            _ => return Err(CliError::unexpected()),
        }
    }
    Ok(bytes)
}
