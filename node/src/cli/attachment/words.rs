//! An attachment as people and programs read it.

use dossier::attachment::{Attachment, Secrecy};
use protocol::core::AttachmentShown;
use serde_json::{Value as Json, json};

use crate::cli::words;

/// The beginning of an attachment's key, as people see it.
pub(super) fn short(shown: &AttachmentShown) -> String {
    shown.row.to_string()[..8].to_owned()
}

/// How far the content is known to be held, and whether it is here.
pub(super) fn level(shown: &AttachmentShown) -> String {
    match (shown.here, shown.held_above) {
        (true, held) => words::level(held).to_owned(),
        (false, [false, false]) => "chưa có ở máy này".to_owned(),
        (false, held) => format!("chưa có ở máy này, {}", words::level(held)),
    }
}

/// A size as people read it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} byte"),
        1024..=1_048_575 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => {
            let tenths = (bytes * 10).div_ceil(1_048_576);
            format!("{},{} MiB", tenths / 10, tenths % 10)
        }
    }
}

/// All that is said of an attachment, one line each.
pub(super) fn lines(shown: &AttachmentShown) -> Vec<String> {
    let Attachment { description, content, removed } = &shown.attachment;
    let mut lines = vec![
        format!("Tài liệu {}", shown.row),
        format!("  Loại: {}", description.kind.name_vi()),
        format!("  Trích yếu: {}", description.title),
    ];
    let mut add = |label: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("  {label}: {text}"));
        }
    };
    add("Số", &description.number);
    add("Ngày", &description.issued_on.map(words::date).unwrap_or_default());
    add("Cơ quan ban hành", &description.issuer);
    let links: Vec<String> = description.links.iter().map(ToString::to_string).collect();
    add("Gắn với", &links.join(", "));
    if links.is_empty() {
        add("Gắn với", "chưa gắn với mục nào");
    }
    if description.secrecy != Secrecy::Open {
        add("Dấu mật", description.secrecy.name_vi());
    }
    let file = format!("{}, {}, {}", content.name, content.media.name_vi(), size(content.size));
    add("Tệp", &file);
    add("Nội dung", &level(shown));
    if let Some(provenance) = &shown.provenance {
        let row = words::level(provenance.held_above);
        add("Người đưa vào", &format!("{} — {row}", words::writer(provenance)));
        add("Căn cứ", &words::basis(&provenance.meta.basis));
    }
    add("Đã bỏ, lý do", removed.as_deref().unwrap_or_default());
    lines
}

/// The same for programs. The content key stays inside.
pub(super) fn as_json(shown: &AttachmentShown) -> Json {
    let Attachment { description, content, removed } = &shown.attachment;
    let links: Vec<String> = description.links.iter().map(ToString::to_string).collect();
    json!({
        "attachment": shown.row, "kind": description.kind.code(), "number": description.number,
        "issued_on": description.issued_on, "issuer": description.issuer,
        "title": description.title, "fields": links, "secrecy": description.secrecy.code(),
        "name": content.name, "media": content.media.mime(), "size": content.size,
        "content": content.id, "removed": removed, "here": shown.here,
        "level": match shown.held_above { [_, true] => 3, [true, _] => 2, _ => u8::from(shown.here) },
        "level_text": level(shown),
        "source": shown.provenance.as_ref().map(words::provenance_json),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up() {
        for (bytes, text) in [
            (0, "0 byte"),
            (1023, "1023 byte"),
            (1025, "2 KiB"),
            (1_048_576, "1,0 MiB"),
            (52_428_800, "50,0 MiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
