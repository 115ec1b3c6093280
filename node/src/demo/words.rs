//! What the demonstration tells, in Vietnamese: every sentence in one place.

use dossier::{LegalBasis, PartialDate, Value};
use jiff::tz::{Offset, TimeZone};
use protocol::core::{ChangeShown, Provenance};

/// Vietnam's zone; the country has one and no summer time.
pub(super) fn vietnam() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

/// A number with dots between thousands.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// A field as the form calls it, for the fields of the story.
pub(super) fn field(id: &str) -> &str {
    match id {
        "current_address" => "Nơi ở hiện nay",
        "phone" => "Điện thoại",
        "main_job" => "Công việc chính được giao",
        "main_post" => "Chức vụ",
        other => other,
    }
}

/// A text value.
pub(super) fn value(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text)) => text.clone(),
        Some(other) => format!("{other:?}"),
        None => "(xóa)".to_owned(),
    }
}

fn day(date: PartialDate) -> String {
    date.civil().map_or_else(|| date.to_string(), |day| day.strftime("%d/%m/%Y").to_string())
}

fn basis(basis: &LegalBasis) -> String {
    match basis {
        LegalBasis::Decision { issuer, number, signed_on, .. }
        | LegalBasis::OfKind { issuer, number, signed_on, .. } => {
            format!("Quyết định {number} ngày {} của {issuer}", day(*signed_on))
        }
        LegalBasis::Declaration { signed_on } | LegalBasis::Received { signed_on, .. } => {
            format!("kê khai ngày {}", day(*signed_on))
        }
        LegalBasis::Correction { reason } => format!("đính chính: {reason}"),
        LegalBasis::Import { list, row, .. } => format!("danh sách {list}, dòng {row}"),
        LegalBasis::Office => "việc của cơ quan".to_owned(),
    }
}

/// Who wrote a value, when, by which document.
fn source(provenance: &Provenance, unit: &str) -> String {
    let at = jiff::Timestamp::from_second(provenance.at_seconds).map_or_else(
        |_| "không rõ lúc nào".to_owned(),
        |at| at.to_zoned(vietnam()).strftime("%H:%M:%S %d/%m/%Y").to_string(),
    );
    let Provenance { meta, .. } = provenance;
    format!("{} ({unit}), {at}, theo {}", meta.person, basis(&meta.basis))
}

/// One side of a conflict.
pub(super) fn side(change: &ChangeShown, unit: &str) -> String {
    let source = change.provenance.as_ref().map(|provenance| source(provenance, unit));
    let source = source.unwrap_or_else(|| "không rõ nguồn".to_owned());
    format!("«{}»: {source}", value(change.value.as_ref()))
}

/// Begins an act.
pub(super) fn act(number: u32, title: &str) -> String {
    format!("\n{number}. {title}")
}

pub(super) const TITLE: &str =
    "Trình diễn: 10 máy của tỉnh Hòa Bình, mỗi máy một tiến trình, dữ liệu và khóa riêng.";
pub(super) const ACT_FOUND: &str = "Lập hệ thống của tỉnh";
pub(super) const ACT_IMPORT: &str = "Nhập danh sách thật";
pub(super) const ACT_EDIT: &str = "Xã cập nhật, ba cấp xác nhận";
pub(super) const ACT_OFFLINE: &str = "Xã mất mạng, xã và huyện cùng sửa một người";
pub(super) const ACT_BACK: &str = "Có mạng lại: gộp, và một mâu thuẫn chờ người quyết";
pub(super) const ACT_KILL: &str = "Máy chết giữa lúc nhập danh sách";
pub(super) const ACT_HAND_OVER: &str =
    "Bàn giao hồ sơ trong huyện, giữa hai sở, và một hồ sơ bị trả lại";
pub(super) const ACT_REVOKE: &str = "Thu hồi một máy";
pub(super) const ACT_INSPECT: &str = "Gói kiểm tra: nhật ký của mọi máy, kiểm tra từ tệp";
pub(super) const ACT_ABROAD: &str = "Sang tỉnh khác: gói hồ sơ, giấy nhận, và một gói bị trả lại";
pub(super) const ACT_CHECK: &str = "Đối chiếu toàn tỉnh";

/// Where everything lies.
pub(super) fn directory(path: &std::path::Path) -> String {
    format!("Thư mục: {}", path.display())
}

/// A node that joined.
pub(super) fn joined(tier: u8, name: &str, unit: &str) -> String {
    match tier {
        3 => format!("Cấp 3: {name} ({unit}), giữ sổ thành viên, cấp chứng thư"),
        2 if unit == super::province::DISTRICT => {
            format!("Cấp 2: {name} ({unit}), nhận máy qua mạng")
        }
        2 => format!("Cấp 2: {name} ({unit}), nhận máy bằng tệp mang tay"),
        _ => format!("Cấp 1: {name} ({unit}), nhận máy bằng tệp mang tay"),
    }
}

/// All nodes are connected.
pub(super) fn connected(nodes: usize, members: u64) -> String {
    format!("{nodes} máy đã nối, QUIC và TLS hai chiều; sổ thành viên có {members} mục")
}

/// A list that was read and not entered.
pub(super) fn dry_run(list: &str, people: usize, findings: usize, unit: &str) -> String {
    format!(
        "{list} (chạy thử): đọc được {people} người, chữ TCVN3 đã đổi sang Unicode, {findings} chỗ \
         cần xem lại; không nhập vì {unit} không có máy ở đây"
    )
}

/// A list that was entered.
pub(super) fn entered(list: &str, people: usize, name: &str) -> String {
    let people = count(people as u64);
    format!("{list}: {people} hồ sơ do {name} giữ, đã nằm trên đĩa")
}

/// New dossiers entered one by one.
pub(super) fn opened(people: usize, name: &str) -> String {
    format!("{name}: lập mới {people} hồ sơ tại chỗ")
}

/// All levels hold what was entered.
pub(super) fn arrived(dossiers: u64, top: &str) -> String {
    format!("{top} đã có {} hồ sơ", count(dossiers))
}

/// An edit at a node.
pub(super) fn edited(place: &str, person: &str, id: &str, text: &str) -> String {
    format!("{place} sửa «{}» của {person}: «{text}»", field(id))
}

/// How far an edit is held.
pub(super) fn levels(commune: &str, above: &str, top: &str, millis: i64) -> String {
    format!(
        "Xác nhận có chữ ký: đã lưu ở {commune}; đã có ở cấp 2 ({above}); đã có ở cấp 3 ({top}), \
         sau {millis} ms"
    )
}

/// What tier 3 reads.
pub(super) fn read_above(top: &str, text: &str) -> String {
    format!("{top} đọc được: «{text}»")
}

/// A node works alone.
pub(super) fn alone(name: &str) -> String {
    format!("{name} mất mạng, vẫn làm việc trên máy mình")
}

/// What waits at a node that is alone.
pub(super) fn waiting(name: &str, own: u64, above: u64) -> String {
    format!("{name}: {own} thay đổi trên đĩa, {above} đã có ở cấp 3, {} chờ gửi", own - above)
}

/// Edits of different fields met.
pub(super) fn merged(fields: [&str; 2], nodes: usize) -> String {
    let [one, other] = fields.map(field);
    format!("Hai mục khác nhau («{one}», «{other}») gộp đủ cả hai ở {nodes} máy")
}

/// One conflict, before its sides.
pub(super) fn conflict(id: &str, person: &str) -> String {
    format!("Mâu thuẫn ở «{}» của {person}, không bản nào bị mất:", field(id))
}

/// A node was killed.
pub(super) fn killed(name: &str, acknowledged: usize, all: usize) -> String {
    format!(
        "SIGKILL máy {name} khi đã xác nhận {} trong {} hồ sơ",
        count(acknowledged as u64),
        count(all as u64)
    )
}

/// What a restarted node holds.
pub(super) fn survived(acknowledged: usize, found: usize, unsaid: usize) -> String {
    format!(
        "Chạy lại: còn đủ {} trong {} hồ sơ đã xác nhận, thêm {unsaid} hồ sơ đã ghi mà chưa kịp báo",
        count(found as u64),
        count(acknowledged as u64)
    )
}

/// The list was entered again.
pub(super) fn again(list: &str, new: usize, known: usize, all: usize) -> String {
    format!(
        "Nhập lại {list}: {} hồ sơ mới, {} đã có, tổng {}, không ai bị nhập hai lần",
        count(new as u64),
        count(known as u64),
        count(all as u64)
    )
}

/// A dossier passed from one unit to another.
pub(super) fn passed(names: [&str; 2], person: &str, millis: i64) -> String {
    let [from, to] = names;
    format!("Hồ sơ {person}: {from} → {to}, có biên bản và giấy nhận sau {millis} ms")
}

/// A dossier was sent back.
pub(super) fn sent_back(by: &str, to: &str, person: &str) -> String {
    format!("Hồ sơ {person}: {by} trả lại vì không phải người của đơn vị; {to} vẫn giữ")
}

/// What proves who keeps a dossier was left as a file.
pub(super) fn proven(person: &str, keepers: &[String]) -> String {
    let chain = keepers.join(" → ");
    format!("Chứng cứ của hồ sơ {person} ({chain}): mọi chữ ký khớp, sửa một byte là lộ")
}

/// Transfers by their end, and dossiers by who keeps them.
pub(super) fn custody(transfers: [u64; 3], custodians: [u64; 3]) -> String {
    let [committed, aborted, open] = transfers.map(count);
    let [one, none, more] = custodians.map(count);
    format!(
        "Chuyển hồ sơ: {committed} xong, {aborted} không thành, {open} đang làm; {one} hồ sơ có đúng \
         một đơn vị giữ, {none} không có, {more} có hơn một"
    )
}

/// A node was shut out.
pub(super) fn revoked(name: &str, millis: i64) -> String {
    format!("Thu hồi máy {name}: phiên bị đóng sau {millis} ms")
}

/// The shut-out node dialled again.
pub(super) fn refused(name: &str, above: &str, code: u16) -> String {
    format!("{name} chạy lại và gọi {above}: bị từ chối với mã {code} (máy đã bị thu hồi)")
}

/// What a node holds at the end.
pub(super) fn held(tier: u8, name: &str, dossiers: u64, digest: &str, revoked: bool) -> String {
    let shut = if revoked { " (đã thu hồi)" } else { "" };
    format!("Cấp {tier}  {:>5} hồ sơ  {digest}  {name}{shut}", count(dossiers))
}

/// Changes by how far they are acknowledged.
pub(super) fn totals(dossiers: u64, changes: u64, levels: [u64; 3]) -> String {
    let [local, tier2, tier3] = levels.map(count);
    format!(
        "{} hồ sơ, {} thay đổi; đã lưu tại chỗ {local}, đã có ở cấp 2 {tier2}, đã có ở cấp 3 {tier3}",
        count(dossiers),
        count(changes)
    )
}

/// Whether all agree.
pub(super) fn agreement(converged: bool, lost: u64, conflicts: u64, quarantined: u64) -> String {
    let same = if converged {
        "Mọi máy giữ cùng nội dung"
    } else {
        "Các máy CHƯA giữ cùng nội dung"
    };
    format!(
        "{same}; mất {lost} thay đổi đã xác nhận; {conflicts} mâu thuẫn chờ quyết; \
         {quarantined} gói bị để riêng"
    )
}

/// All packages were judged together.
pub(super) fn inspected(packages: usize, entries: u64, compared: u64) -> String {
    format!(
        "{packages} gói, {} mục nhật ký: chuỗi, cây, chữ ký đều khớp; đã so với {} dấu ba cấp giữ",
        count(entries),
        count(compared)
    )
}

/// One package was opened with its code.
pub(super) fn opened_package(name: &str, persons: usize, code: &str) -> String {
    format!("Mở gói của {name}: có việc của {persons} người; mã mở gói: {code}")
}

/// What it took.
pub(super) fn cost(bytes: u64, seconds: f64) -> String {
    format!("Đã truyền {} KB trong {seconds:.1} giây", count(bytes / 1_000))
}

/// Two persons compared the words of an anchor.
pub(super) fn compared(words: &str) -> String {
    format!("Hai bên đọc các từ đối chiếu cho nhau, mỗi bên hai người: {words}.")
}

/// A dossier left and was taken in.
pub(super) fn left(from: &str, to: &str, id: &str) -> String {
    format!("{from} cho hồ sơ {id} đi; {to} của Phú Thọ đã nhận, giấy nhận đã về.")
}

/// A package was refused.
pub(super) fn came_back(unit: &str) -> String {
    format!("Gói thứ hai bị trả lại: hồ sơ về {unit}, đơn vị ấy lại ghi được.")
}

/// Files were checked.
pub(super) fn verified(files: usize) -> String {
    format!("{files} tệp trong export/: «hoso verify» đúng cả; sửa một bit thì không tệp nào đúng.")
}

/// The end of a story that held.
pub(super) const HELD: &str = "Kết quả: mọi điều trên đều đúng.";

/// The end of a story that did not hold.
pub(super) fn failed(why: &str) -> String {
    format!("Kết quả: KHÔNG đạt. {why}")
}

/// How to look around.
/// The pages and who signs in there.
pub(super) const ACT_PAGES: &str = "\nTrang làm việc của từng máy, mở bằng trình duyệt:";

pub(super) fn page(unit: &str, address: std::net::SocketAddr) -> String {
    format!("http://{address}/dang-nhap  {unit}")
}

/// Who signs in at the commune.
pub(super) fn person(login: &str, name: &str, role: dossier::Role, password: &str) -> String {
    let role = crate::cli::shared::words::role(role);
    format!("tài khoản xã: {login}, mật khẩu «{password}» ({name}, {role})")
}

pub(super) fn look_around(directory: &std::path::Path, dossier: &str) -> String {
    let at = |unit: &str| directory.join("may").join(unit).display().to_string();
    let (top, commune) = (at(super::province::TOP), at(super::province::COMMUNE));
    let proofs = directory.join("proof/*.json").display().to_string();
    let packages = directory.join("audit/*.audit").display().to_string();
    format!(
        "\nMười máy vẫn chạy. Ở cửa sổ khác:\n  \
         hoso status --data-dir {top}\n  \
         hoso account login --data-dir {commune} --login tu.hv\n  \
         hoso dossier list --data-dir {commune}\n  \
         hoso dossier show {dossier} --data-dir {commune}\n  \
         hoso dossier conflicts --data-dir {top}\n  \
         hoso audit verify {packages}\n  \
         for tep in {proofs}; do hoso verify \"$tep\"; done\n\
         Nhấn Ctrl-C để dừng tất cả."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_910), "1.910");
        assert_eq!(count(1_234_567), "1.234.567");
    }
}
