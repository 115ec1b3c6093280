//! Places in one text, from small to large, and the names of their levels.

use dossier::fold::{fold, tidy};
use dossier::form::PlaceLevel;

/// The parts of a place; empty where the text has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Commune, ward or town.
    pub commune: Option<String>,
    /// District.
    pub district: Option<String>,
    /// Province, without the word `tỉnh`.
    pub province: Option<String>,
}

const COMMUNES: [&str; 4] = ["xa ", "phuong ", "thi tran ", "tt "];
const DISTRICTS: [&str; 4] = ["huyen ", "quan ", "thi xa ", "thanh pho "];

/// Splits a text such as `Xã Thanh Hối, huyện Tân Lạc, tỉnh Hòa Bình`; levels may be missing.
pub fn split(text: &str) -> Place {
    let mut place = Place::default();
    let text = tidy(text);
    let parts: Vec<&str> =
        text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    for (position, part) in parts.iter().enumerate() {
        let folded = fold(part);
        let is = |words: &[&str]| words.iter().any(|word| folded.starts_with(word));
        let last = position + 1 == parts.len();
        if is(&COMMUNES) {
            place.commune.get_or_insert(name(part, PlaceLevel::Commune));
        } else if is(&DISTRICTS) && !(last && place.district.is_some()) {
            place.district.get_or_insert(name(part, PlaceLevel::District));
        } else if last {
            place.province = Some(name(part, PlaceLevel::Province));
        } else if place.commune.is_none() && position + 3 == parts.len() {
            place.commune = Some(name(part, PlaceLevel::Commune));
        } else {
            place.district.get_or_insert(name(part, PlaceLevel::District));
        }
    }
    place
}

/// The name of a tidy text as it is stored: a province without `tỉnh` or `thành phố`, the others with a capital.
pub fn name(text: &str, level: PlaceLevel) -> String {
    let prefixed = text.starts_with(['t', 'T']) && text.contains([' ', '.']);
    if level == PlaceLevel::Province && prefixed {
        for word in ["tinh ", "thanh pho ", "tp "] {
            if fold(text).replace('.', " ").starts_with(word) {
                return text
                    .chars()
                    .skip(word.chars().count())
                    .collect::<String>()
                    .trim()
                    .to_owned();
            }
        }
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> [String; 3] {
        let place = split(text);
        [place.commune, place.district, place.province].map(Option::unwrap_or_default)
    }

    #[test]
    fn places_of_two_and_three_levels() {
        for (text, wanted) in [
            (
                "Xã Thanh Hối, huyện Tân Lạc, tỉnh Hòa Bình",
                ["Xã Thanh Hối", "Huyện Tân Lạc", "Hòa Bình"],
            ),
            ("Huyện Vĩnh Tường, tỉnh Vĩnh Phúc", ["", "Huyện Vĩnh Tường", "Vĩnh Phúc"]),
            (
                "Phường Phương Lâm, thành phố Hòa Bình, tỉnh Hòa Bình",
                ["Phường Phương Lâm", "Thành phố Hòa Bình", "Hòa Bình"],
            ),
            ("Quận Ba Đình, thành phố Hà Nội", ["", "Quận Ba Đình", "Hà Nội"]),
            ("Xã Kỳ Sơn, tỉnh Phú Thọ", ["Xã Kỳ Sơn", "", "Phú Thọ"]),
            ("Nam Định", ["", "", "Nam Định"]),
            ("", ["", "", ""]),
        ] {
            assert_eq!(parts(text), wanted.map(str::to_owned), "{text}");
        }
    }
}
