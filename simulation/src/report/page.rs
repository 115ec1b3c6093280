//! The page around the pictures: head, numbers, judges, legend.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::curves;
use super::marks::{CONDITIONS, PATTERNS, condition_words, fault_words, sign, stretch};
use super::record::Record;
use super::rows::{self, COLUMNS};
use super::scale::{Scale, WIDTH, escaped, moment};
use crate::hazards::Hazard;
use crate::world::FaultKind;

/// Violations that are told in words; the others are counted.
const SHOWN: usize = 40;

const STYLE: &str = include_str!("page.css");

/// The page of a run.
pub(super) fn html(record: &Record) -> String {
    let scale = Scale { end_ms: record.end_ms() };
    let seed = record.options.seed;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"vi\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>hoso: hạt giống {seed}</title>\n<style>{STYLE}</style>\n<body>\n\
         <svg width=\"0\" height=\"0\" class=\"defs\">{PATTERNS}</svg>\n"
    );
    page.push_str(&head(record));
    page.push_str(&numbers(record));
    page.push_str(&legend(record));
    page.push_str("<h2>Từng máy theo thời gian</h2>\n");
    let _ = writeln!(page, "<div class=\"axis\">{}</div>", axis(record, scale));
    let _ = writeln!(page, "{}", rows::svg(record, scale));
    page.push_str("<h2>Toàn tỉnh theo thời gian</h2>\n");
    let _ = writeln!(page, "{}", curves::svg(record, scale));
    page.push_str(&judges(record));
    page + "</body>\n</html>\n"
}

fn command(record: &Record, verb: &str) -> String {
    let options = &record.options;
    format!(
        "cargo simulate {verb} --seed {} --days {} --nodes {} --faults {}",
        options.seed, options.days, options.nodes, options.faults
    )
}

fn head(record: &Record) -> String {
    let broken = record.violations.len();
    let verdict = if broken == 0 {
        "<span class=\"verdict good\">✔ Các trọng tài không có gì để nói</span>".to_owned()
    } else {
        format!("<span class=\"verdict bad\">✘ {broken} lời hứa bị phá</span>")
    };
    let options = &record.options;
    format!(
        "<header><h1>Một tỉnh, {} máy, {} ngày <small>hạt giống {}</small></h1>{verdict}\
         <p>Chạy lại: <code>{}</code></p></header>\n",
        record.machines.len(),
        options.days,
        options.seed,
        escaped(&command(record, "run")),
    )
}

fn numbers(record: &Record) -> String {
    let last = |count: fn(&super::record::Look) -> u64| {
        record.sum(count).last().copied().unwrap_or_default()
    };
    let settled = (record.end_ms() - record.healed_ms.min(record.end_ms())) / 60_000;
    let incidents: usize = record.machines.iter().map(|machine| machine.incidents).sum();
    let cards = [
        (record.edits as u64, "lần ghi được nhận"),
        (last(|look| look.counts.tier3), "lần ghi của các máy hiện có, đã có ở cấp 3"),
        (record.faults.len() as u64, "sự việc xấu"),
        (last(|look| look.counts.conflicts), "mục chờ người chọn, cộng mọi máy"),
        (incidents as u64, "sự cố đã báo"),
        (settled, "phút để yên sau khi sửa hết"),
        (record.events, "gói tin và việc làm"),
    ];
    let mut html = "<div class=\"cards\">".to_owned();
    for (number, words) in cards {
        let _ = write!(html, "<div><b>{}</b>{words}</div>", grouped(number));
    }
    html + "</div>\n"
}

fn axis(record: &Record, scale: Scale) -> String {
    let mut svg = format!(
        "<svg width=\"{WIDTH}\" height=\"24\" viewBox=\"0 0 {WIDTH} 24\">{}<text class=\"head\" \
         x=\"8\" y=\"16\">máy</text>",
        scale.axis(record.healed_ms)
    );
    for (x, name, hint) in COLUMNS {
        let _ = write!(
            svg,
            "<text class=\"num\" x=\"{x}\" y=\"16\">{name}<title>{hint}</title></text>"
        );
    }
    svg + "</svg>"
}

fn legend(record: &Record) -> String {
    let mut html = "<section class=\"legend\"><div><h3>Trạng thái</h3>".to_owned();
    for condition in CONDITIONS {
        let (bar, words) = (stretch(condition, 1.0, 2, 40.0, ""), condition_words(condition));
        let _ = write!(html, "<p><svg width=\"42\" height=\"16\">{bar}</svg>{words}</p>");
    }
    html.push_str(
        "<p><svg width=\"42\" height=\"16\"><path class=\"copy\" d=\"M1 1H41M1 15H41\"/></svg>\
         bản sao của máy đang chạy ở nơi khác</p></div><div><h3>Sự việc xấu</h3>",
    );
    let mut counts: BTreeMap<FaultKind, usize> = BTreeMap::new();
    record.faults.iter().for_each(|fault| *counts.entry(fault.kind).or_default() += 1);
    for (kind, _) in FaultKind::ALL {
        let (mark, words) = (sign(*kind), fault_words(*kind));
        let count = counts.get(kind).copied().unwrap_or(0);
        let _ = write!(
            html,
            "<p><svg width=\"16\" height=\"16\" viewBox=\"-8 -8 16 16\">{mark}</svg>\
             <b>{count}</b> {words}</p>"
        );
    }
    html.push_str(
        "</div><div><h3>Cách đọc</h3>\
         <p><svg width=\"42\" height=\"16\"><path class=\"lag\" d=\"M1 15V9H14V4H28V11H41V15Z\"/></svg>\
         số lần ghi chờ cấp 3, cùng tỷ lệ ở mọi dòng</p>\
         <p><svg width=\"42\" height=\"16\"><rect class=\"off\" width=\"42\" height=\"16\"/></svg>\
         thứ bảy, chủ nhật</p>\
         <p><svg width=\"42\" height=\"16\"><path class=\"healed\" d=\"M21 0V16\"/></svg>\
         từ đây mọi thứ được sửa và phải yên</p>\
         <p>Cột phải: nhiều nhất bao nhiêu lần ghi chờ cấp 3; mục chờ người chọn; sự cố đã báo.</p>\
         <p>Rê chuột lên hình để đọc giờ và tên đầy đủ.</p></div></section>\n",
    );
    html
}

fn judges(record: &Record) -> String {
    let mut html = "<h2>Các trọng tài</h2>\n".to_owned();
    if record.violations.is_empty() {
        html.push_str(
            "<p>Hội tụ, bền vững, thẩm quyền, trung thực, bộ nhớ, nhật ký lỗi: không ai có gì để \
             nói.</p>\n",
        );
    } else {
        html.push_str("<table><tr><th>trọng tài</th><th>lúc</th><th>lời</th></tr>");
        for violation in record.violations.iter().take(SHOWN) {
            let (judge, at) = (violation.judge, moment(violation.at_ms));
            let words = escaped(&violation.words);
            let _ = write!(html, "<tr><td>{judge}</td><td>{at}</td><td>{words}</td></tr>");
        }
        let rest = record.violations.len().saturating_sub(SHOWN);
        if rest > 0 {
            let _ = write!(html, "<tr><td colspan=\"3\">và {rest} lời nữa</td></tr>");
        }
        html.push_str("</table>\n");
    }
    let _ = writeln!(
        html,
        "<p>Dấu vết <code>{}</code>. Trang này: <code>{} --out FILE.html</code></p>",
        record.trace,
        escaped(&command(record, "report"))
    );
    html
}

/// A number with a point after every third digit from its end.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}
