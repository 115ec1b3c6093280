//! The province as a tree, one row a machine: its faults, its states, what it waited for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::marks::{condition_words, fault_words, sign, stretch};
use super::record::{Look, Machine, Record};
use super::scale::{RIGHT, Scale, WIDTH, escaped, moment, shortened};
use crate::world::Place;

/// Height of a row: signs, states, lag.
const ROW: u64 = 38;
const SIGNS: u64 = 8;
const STATES: u64 = 15;
const LAG_BASE: u64 = 36;
const LAG_HIGH: f64 = 8.0;
/// Signs stand at least so far apart, in pixels.
const APART: f64 = 11.0;
/// Letters of a name that fit beside the tree, less for those further in.
const NAME: usize = 37;

/// The rows' picture.
pub(super) fn svg(record: &Record, scale: Scale) -> String {
    let height = record.machines.len() as u64 * ROW + 4;
    let most = record.machines.iter().flat_map(|it| it.looks.iter().map(waiting)).max();
    let mut svg = format!(
        r#"<svg width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Trạng thái từng máy theo thời gian">{}"#,
        scale.ground(height, record.healed_ms)
    );
    svg.push_str(&branches(&record.machines));
    for (row, machine) in (0..).zip(&record.machines) {
        let top = row * ROW;
        svg.push_str(&label(machine, top));
        svg.push_str(&states(machine, record, scale, top));
        svg.push_str(&lag(machine, record, scale, top, most.unwrap_or(0)));
        svg.push_str(&signs(machine, record, scale, top));
        svg.push_str(&counts(machine, top));
    }
    svg + "</svg>"
}

/// The heads of the columns at the right, at these places.
pub(super) const COLUMNS: [(u64, &str, &str); 3] = [
    (1184, "chờ", "Nhiều nhất bao nhiêu lần ghi của máy chờ cấp 3 xác nhận"),
    (1246, "chọn", "Mục chờ người chọn khi kết thúc"),
    (1308, "sự cố", "Sự cố máy đã báo cho người dùng"),
];

fn waiting(look: &Look) -> u64 {
    look.counts.own.saturating_sub(look.counts.tier3)
}

/// How far in a machine's name stands.
fn indent(machine: &Machine) -> u64 {
    10 + u64::from(3 - machine.tier.min(3)) * 16
}

fn branches(machines: &[Machine]) -> String {
    let middle = |row: usize| row as u64 * ROW + STATES + 6;
    let rows: BTreeMap<Place, usize> =
        machines.iter().enumerate().map(|(row, it)| (it.place, row)).collect();
    let mut svg = String::new();
    for (row, machine) in machines.iter().enumerate() {
        let Some(above) = machine.parent.and_then(|parent| rows.get(&parent)) else { continue };
        let x = indent(&machines[*above]) - 4;
        let (from, to, end) = (middle(*above) + 6, middle(row), indent(machine) - 7);
        let _ = write!(svg, r#"<path class="branch" d="M{x} {from}V{to}H{end}"/>"#);
    }
    svg
}

fn label(machine: &Machine, top: u64) -> String {
    let (x, y) = (indent(machine), top + STATES + 10);
    let room = NAME.saturating_sub(usize::try_from(x / 8).unwrap_or(0));
    let name = escaped(&shortened(&machine.name, room));
    let (tier, full, place) = (machine.tier, escaped(&machine.name), machine.place);
    let dot = format!(r#"<circle class="t{tier}" cx="{}" cy="{}" r="3.5"/>"#, x - 4, y - 4);
    format!(
        r#"{dot}<text class="name t{tier}" x="{}" y="{y}">{name}<title>{full}: máy {place}, cấp {tier}</title></text>"#,
        x + 4
    )
}

fn states(machine: &Machine, record: &Record, scale: Scale, top: u64) -> String {
    let mut svg = String::new();
    let mut from = 0;
    for look in 1..=machine.looks.len() {
        let state = |look: &Look| (look.condition, look.copied);
        let now = machine.looks.get(look).map(state);
        if now == Some(state(&machine.looks[from])) {
            continue;
        }
        let (begun, ended) =
            (record.moments[from], record.moments.get(look).copied().unwrap_or(record.end_ms()));
        let (x, width) = (scale.x(begun), scale.x(ended) - scale.x(begun));
        let (condition, copied) = state(&machine.looks[from]);
        let words = condition_words(condition);
        let hint = format!("{words}, {} – {}", moment(begun), moment(ended));
        svg.push_str(&stretch(condition, x, top + STATES, width, &hint));
        if copied {
            let (high, low) = (top + STATES - 2, top + STATES + 14);
            let end = x + width;
            let _ = write!(
                svg,
                r#"<path class="copy" d="M{x:.1} {high}H{end:.1}M{x:.1} {low}H{end:.1}"/>"#
            );
        }
        from = look;
    }
    svg
}

/// What waits for tier 3, as an area of its own below the states; equal heights are equal numbers
/// in every row.
fn lag(machine: &Machine, record: &Record, scale: Scale, top: u64, most: u64) -> String {
    let highest = machine.looks.iter().map(waiting).max().unwrap_or(0);
    if highest == 0 {
        return String::new();
    }
    let base = (top + LAG_BASE) as f64;
    let y = |count: u64| base - LAG_HIGH * (count as f64 / most.max(1) as f64).sqrt();
    let mut path = format!("M{:.1} {base:.1}", scale.x(record.moments[0]));
    for (look, at) in machine.looks.iter().zip(&record.moments) {
        let _ = write!(path, "H{:.1}V{:.1}", scale.x(*at), y(waiting(look)));
    }
    let _ = write!(path, "V{base:.1}Z");
    format!(
        r#"<path class="lag" d="{path}"><title>chờ cấp 3 xác nhận: nhiều nhất {highest} lần ghi</title></path>"#
    )
}

fn signs(machine: &Machine, record: &Record, scale: Scale, top: u64) -> String {
    let mut svg = String::new();
    let mut free = 0.0;
    for fault in record.faults.iter().filter(|fault| fault.place == machine.place) {
        let x = scale.x(fault.at_ms).max(free).min(RIGHT as f64);
        free = x + APART;
        let (y, words) = (top + SIGNS, fault_words(fault.kind));
        let hours = fault.for_ms / 3_600_000;
        let length = if hours > 0 { format!(", {hours} giờ") } else { String::new() };
        let _ = write!(
            svg,
            r#"<g transform="translate({x:.1} {y})">{}<title>{words}, {}{length}</title></g>"#,
            sign(fault.kind),
            moment(fault.at_ms)
        );
    }
    svg
}

fn counts(machine: &Machine, top: u64) -> String {
    let last = machine.looks.last();
    let numbers = [
        machine.looks.iter().map(waiting).max().unwrap_or(0),
        last.map_or(0, |look| look.counts.conflicts),
        machine.incidents as u64,
    ];
    let y = top + STATES + 10;
    COLUMNS
        .iter()
        .zip(numbers)
        .map(|((x, _, _), number)| {
            let class = if number == 0 { "num none" } else { "num" };
            format!(r#"<text class="{class}" x="{x}" y="{y}">{number}</text>"#)
        })
        .collect()
}
