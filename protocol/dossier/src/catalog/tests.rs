//! Lookups that people and old dossiers rely on.

use jiff::civil::date;

use super::*;

fn entry(code: &str, label: &str, also: &[&str]) -> Entry {
    Entry {
        code: code.to_owned(),
        label: label.to_owned(),
        also: also.iter().map(|text| (*text).to_owned()).collect(),
        ..Entry::default()
    }
}

fn grade(code: &str, group: &str, from: Option<&str>, to: Option<&str>) -> Entry {
    let day = |text: Option<&str>| text.map(|text| text.parse().expect("date"));
    Entry {
        validity: Validity { from: day(from), to: day(to) },
        attributes: BTreeMap::from([("salary_group".to_owned(), group.to_owned())]),
        ..entry(code, "Cán sự", &[])
    }
}

fn scale(id: &str, steps: &[i64], raise_months: u16) -> Scale {
    let (id, table) = (id.to_owned(), "Bảng 2".to_owned());
    Scale { id, table, steps: steps.to_vec(), raise_months, frame_percent: 5 }
}

#[test]
fn labels_and_synonyms_find_their_entry() {
    let levels = vec![entry("dai_hoc", "Đại học", &["ĐH"]), entry("cao_dang", "Cao đẳng", &["CĐ"])];
    let catalog = Catalog::new("professional", 1, levels).expect("catalog");
    for label in ["Đại học", " ĐẠI  HỌC", "đh", "dai_hoc"] {
        assert_eq!(
            catalog.find(label).map(|found| found.code.as_str()),
            Some("dai_hoc"),
            "{label}"
        );
    }
    assert!(catalog.find("Đai học").is_none(), "a wrong mark is not guessed");
    assert_eq!(catalog.suggest("Đai học").map(|found| found.code.as_str()), Some("dai_hoc"));
}

#[test]
fn an_old_code_stays_readable_and_has_the_scale_of_its_time() {
    let change = Some("2021-08-01");
    let grades = vec![grade("01.004", "B", None, change), grade("01.004", "A0", change, None)];
    let scales = vec![scale("B", &[186, 206], 24), scale("A0", &[210, 241, 272], 36)];
    let catalogs = Catalogs::new(
        vec![Catalog::new("grade", 1, grades).expect("catalog")],
        Scales::new(scales).expect("scales"),
    )
    .expect("catalogs");
    let on = |year| catalogs.scale_of("01.004", Some(date(year, 1, 1))).map(|s| s.id.as_str());
    assert_eq!((on(2020), on(2022)), (Some("B"), Some("A0")));
    let now = catalogs.scale_of("01.004", None).expect("newest");
    assert_eq!((now.last_step(), now.coefficient(2)), (3, Some(241)));
    assert_eq!(
        (now.coefficient(0), now.coefficient(4), now.coefficient(i64::MIN)),
        (None, None, None)
    );
    assert_eq!(now.next_raise(date(2024, 2, 29), 0), Some(date(2027, 2, 28)));
    assert_eq!(now.next_raise(date(2022, 12, 1), 3), Some(date(2026, 3, 1)));
}

#[test]
fn the_same_form_of_discipline_depends_on_the_staff_type() {
    let form = |code: &str, applies_to: &str| Entry {
        attributes: BTreeMap::from([("applies_to".to_owned(), applies_to.to_owned())]),
        ..entry(code, "Khiển trách", &[])
    };
    let forms = vec![form("vc_khien_trach", "vien_chuc"), form("cc_khien_trach", "cong_chuc")];
    let catalog = Catalog::new("discipline_form", 1, forms).expect("catalog");
    let catalogs = Catalogs::new(vec![catalog], Scales::default()).expect("catalogs");
    let code = |staff| catalogs.discipline("khiển trách", staff).map(|entry| entry.code.as_str());
    assert_eq!(code(Some("cong_chuc")), Some("cc_khien_trach"));
    assert_eq!(code(Some("can_bo")), Some("vc_khien_trach"), "found, and judged not applicable");
}

#[test]
fn what_is_no_catalog_is_refused() {
    let twice = vec![entry("a", "A", &[]), entry("a", "B", &[])];
    assert!(matches!(Catalog::new("x", 1, twice), Err(CatalogError::Duplicate { .. })));
    let nameless = vec![entry("a", "", &[])];
    assert!(matches!(Catalog::new("x", 1, nameless), Err(CatalogError::Malformed { .. })));
    for steps in [&[][..], &[2, 1], &[1, 1]] {
        assert!(Scales::new(vec![scale("S", steps, 36)]).is_err());
    }
}
