//! The province as a whole over time: what was written and how far it was held, machines that were
//! away, places that wait for a person.

use std::fmt::Write as _;

use super::record::{Look, Record};
use super::scale::{LEFT, RIGHT, Scale, WIDTH};
use crate::world::observation::Condition;

/// Height of one picture.
const HEIGHT: u64 = 120;
const TOP: f64 = 14.0;
const BASE: f64 = 112.0;

/// One curve: its name, its class, its value at every look.
struct Curve {
    name: &'static str,
    class: &'static str,
    values: Vec<u64>,
}

/// The pictures, one below the other.
pub(super) fn svg(record: &Record, scale: Scale) -> String {
    let is = |condition: Condition| move |look: &Look| u64::from(look.condition == condition);
    let levels = [
        Curve {
            name: "đã ghi máy này", class: "c-own", values: record.sum(|it| it.counts.own)
        },
        Curve { name: "đã có ở cấp 2", class: "c-two", values: record.sum(at_tier_2) },
        Curve {
            name: "đã có ở cấp 3", class: "c-three", values: record.sum(|it| it.counts.tier3)
        },
    ];
    let waiting = |it: &Look| it.counts.own.saturating_sub(it.counts.tier3);
    let lag =
        [Curve { name: "chờ cấp 3 xác nhận", class: "c-lag", values: record.sum(waiting) }];
    let away = [
        Curve { name: "máy tắt", class: "c-down", values: record.sum(is(Condition::Down)) },
        Curve {
            name: "mất liên lạc", class: "c-two", values: record.sum(is(Condition::Apart))
        },
    ];
    let met = [
        Curve {
            name: "mục chờ người chọn",
            class: "c-lag",
            values: record.sum(|it| it.counts.conflicts),
        },
        Curve {
            name: "thay đổi bị giữ bên ngoài",
            class: "c-down",
            values: record.sum(|it| it.counts.outside),
        },
    ];
    [
        chart("Lần ghi theo mức xác nhận", &levels, record, scale),
        chart("Lần ghi chờ xác nhận", &lag, record, scale),
        chart("Máy vắng mặt", &away, record, scale),
        chart("Xung đột và thay đổi bị giữ", &met, record, scale),
    ]
    .concat()
}

/// A department is tier 2 itself: what it wrote is there.
fn at_tier_2(look: &Look) -> u64 {
    look.counts.tier2.max(look.counts.tier3)
}

fn chart(title: &str, curves: &[Curve], record: &Record, scale: Scale) -> String {
    let most = curves.iter().flat_map(|curve| curve.values.iter().copied()).max().unwrap_or(0);
    let y = |value: u64| BASE - (BASE - TOP) * value as f64 / most.max(1) as f64;
    let mut svg = format!(
        r#"<svg class="curve" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">{}<text class="head" x="8" y="22">{title}</text>"#,
        scale.ground(HEIGHT, record.healed_ms)
    );
    let marks = [(0, BASE), (most, TOP)];
    for (value, at) in marks.into_iter().take(1 + usize::from(most > 0)) {
        let (x, y) = (LEFT - 8, at + 4.0);
        let _ = write!(
            svg,
            r#"<path class="rule" d="M{LEFT} {at}H{RIGHT}"/><text class="num" x="{x}" y="{y}">{value}</text>"#
        );
    }
    for (place, curve) in (0..).zip(curves) {
        let mut path = String::new();
        for (value, at) in curve.values.iter().zip(&record.moments) {
            let step = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{step}{:.1} {:.1}", scale.x(*at), y(*value));
        }
        let (key, last) = (46 + place * 20, curve.values.last().copied().unwrap_or(0));
        let _ = write!(
            svg,
            r#"<path class="{0}" d="{path}"/><path class="{0}" d="M10 {1}H40"/><text x="48" y="{2}">{3}</text><text class="last" x="{4}" y="{2}">cuối: {last}</text>"#,
            curve.class,
            key,
            key + 4,
            curve.name,
            RIGHT + 12,
        );
    }
    svg + "</svg>"
}
