//! Numbers as lists hold them: decimal commas, percent signs, identifiers in number cells.

use super::sheet::RawCell;
use dossier::fold::tidy;

/// An identifier out of a number cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Digits, the lost zero put back.
    pub text: String,
    /// Whether a zero was put back.
    pub zero_lost: bool,
}

/// The largest number that a cell holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number; a percent sign and blanks between digits are passed over.
pub fn integer(raw: &RawCell) -> Option<i64> {
    let number = value(raw)?;
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// A number with at most two decimals, in hundredths.
pub fn hundredths(raw: &RawCell) -> Option<i64> {
    let scaled = value(raw)? * 100.0;
    let rounded = scaled.round();
    // What binary fractions add is far below a hundredth; a third decimal is not.
    ((scaled - rounded).abs() < 1e-6 && rounded.abs() < EXACT).then_some(rounded as i64)
}

fn value(raw: &RawCell) -> Option<f64> {
    match raw {
        RawCell::Number(number) => number.is_finite().then_some(*number),
        RawCell::Text(text) => parse(&tidy(text)),
        _ => None,
    }
}

fn parse(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches('%').replace([' ', '\u{a0}'], "");
    let points = digits.matches([',', '.']).count();
    let plain = !digits.is_empty()
        && digits.len() <= 15
        && points <= 1
        && digits.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && digits.chars().skip(1).all(|c| c.is_ascii_digit() || c == ',' || c == '.');
    plain.then(|| digits.replace(',', ".").parse().ok()).flatten()
}

/// The digits of an identifier of one of the `widths`; one digit short is a lost zero.
pub fn identifier(number: f64, widths: &[usize]) -> Identifier {
    let whole = number.fract() == 0.0 && (0.0..EXACT).contains(&number);
    if !whole {
        return Identifier { text: number.to_string(), zero_lost: false };
    }
    let digits = format!("{number:.0}");
    let zero_lost = widths.contains(&(digits.len() + 1)) && !widths.contains(&digits.len());
    let text = if zero_lost { format!("0{digits}") } else { digits };
    Identifier { text, zero_lost }
}

/// The grade code in a number cell: `1.003` is `01.003`; `None` for other cells.
pub fn grade_code(raw: &RawCell) -> Option<Identifier> {
    let RawCell::Number(number) = raw else { return None };
    if !(0.0..100.0).contains(number) {
        return Some(Identifier { text: number.to_string(), zero_lost: false });
    }
    Some(Identifier { text: format!("{number:06.3}"), zero_lost: *number < 10.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> RawCell {
        RawCell::Text(text.to_owned())
    }

    #[test]
    fn coefficients_are_hundredths() {
        for (cell, wanted) in [
            (text("3,33"), Some(333)),
            (text("4.98"), Some(498)),
            (text("5"), Some(500)),
            (RawCell::Number(2.67), Some(267)),
            (RawCell::Number(0.35), Some(35)),
            (RawCell::Number(2.345), None),
            (RawCell::Number(f64::NAN), None),
            (text("1.71E+10"), None),
            (text("3,3,3"), None),
            (text("-"), None),
        ] {
            assert_eq!(hundredths(&cell), wanted, "{cell:?}");
        }
        assert_eq!(integer(&text("10 %")), Some(10));
        assert_eq!(integer(&text("2,5")), None);
    }

    #[test]
    fn lost_zeros_are_put_back_once() {
        let lost = |number, widths: &[usize]| {
            let found = identifier(number, widths);
            (found.text, found.zero_lost)
        };
        assert_eq!(lost(17_078_915_402.0, &[12, 9]), ("017078915402".into(), true));
        assert_eq!(lost(12_309_080.0, &[12, 9]), ("012309080".into(), true));
        assert_eq!(lost(113_019_639.0, &[12, 9]), ("113019639".into(), false));
        assert!(!lost(1.2e30, &[12, 9]).1);
        let grade = grade_code(&RawCell::Number(1.003)).expect("a number");
        assert_eq!((grade.text.as_str(), grade.zero_lost), ("01.003", true));
        let grade = grade_code(&RawCell::Number(13.095)).expect("a number");
        assert_eq!((grade.text.as_str(), grade.zero_lost), ("13.095", false));
    }
}
