//! The embedded data: complete, and fit for the rules.

use std::collections::BTreeMap;

use dossier::finding::{Record, judge};
use dossier::form::FieldKind;
use dossier::{Coded, FieldId, UnitId, Value};

use super::*;

const FILES: Files<'_> = Files::embedded();

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

#[test]
fn the_tree_is_the_province_of_2014() {
    let tree = load_tree(&FILES).expect("tree");
    assert_eq!(tree.len(), 1_357);
    assert_eq!(tree.units().filter(|unit| unit.tier == Tier::Two).count(), 36);
    assert!(tree.units().filter(|unit| unit.tier == Tier::Two).all(|unit| {
        tree.superior_holder(&unit.id).is_some_and(|above| above.id == id("tier3"))
    }));
    let school = &tree.find("trường mầm non giáp đắt", &id("d150"))[0].id;
    assert_eq!(tree.superior_holder(school).map(|unit| &unit.id), Some(&id("d150")));
}

#[test]
fn the_form_has_every_field_and_every_catalog_it_names() {
    let (form, catalogs) =
        (load_form(&FILES).expect("form"), load_catalogs(&FILES).expect("catalogs"));
    let own = form.items().iter().filter(|item| item.id.as_str() != "salary.decision");
    assert_eq!(own.count(), 140);
    for field in form.fields() {
        if let FieldKind::Enum { catalog, .. } = &field.kind {
            assert!(catalogs.get(catalog).is_some(), "{} names {catalog}", field.id);
        }
    }
    for table in ["salary", "training", "work", "family", "award", "discipline", "allowance"] {
        assert!(form.columns(table).count() > 3, "{table}");
    }
    assert_eq!(form.items().iter().filter(|item| item.is_required()).count(), 19);
    for kind in catalogs.get("training_kind").expect("kinds").entries() {
        let levels = kind.attribute("levels");
        assert!(levels.is_none_or(|name| catalogs.get(name).is_some()), "{}", kind.code);
    }
}

/// R-9.1b.1 R-2b.2: the phiếu asks of each kind of staff what the form and the catalogs know.
#[test]
fn the_phieu_asks_of_each_kind_of_staff_what_the_form_knows() {
    let (form, rules) = (load_form(&FILES).expect("form"), load_form_rules(&FILES).expect("rules"));
    let catalogs = load_catalogs(&FILES).expect("catalogs");
    let kinds = catalogs.get("staff_type").expect("kinds of staff").entries();
    let known: Vec<&str> = rules.staff.iter().map(|it| it.staff_type.as_str()).collect();
    assert!(kinds.iter().map(|entry| entry.code.as_str()).eq(known), "one for each kind");
    for staff in &rules.staff {
        for field in staff.required.iter().chain(&staff.barred) {
            assert!(form.named(field.as_str()).is_some(), "{}: {field}", staff.staff_type);
        }
        assert!(staff.required.iter().any(|field| field.as_str() == "birth_date"));
        assert!(staff.required.iter().all(|field| !staff.barred.contains(field)));
    }
    let of = |code: &str| rules.staff.iter().find(|it| it.staff_type == code).expect("known");
    assert!(of("contract_68").required.len() < of("cong_chuc").required.len());
    let judged = rules.judge(&dossier::docket::Sheet::default(), "cong_chuc", &form);
    let Err(dossier::docket::SubmissionFault::Missing(missing)) = judged else { panic!("missing") };
    assert_eq!(missing, of("cong_chuc").required);
}

#[test]
fn labels_of_real_lists_find_their_codes() {
    let catalogs = load_catalogs(&FILES).expect("catalogs");
    for (catalog, label, code) in [
        ("staff_type", "Hợp đồng 68", "contract_68"),
        ("dossier_status", "Tập sự", "probation"),
        ("dossier_status", "Nghỉ dài hạn", "long_leave"),
        ("professional", "ThS", "thac_si"),
        ("professional", "Chưa qua đào tạo", "none"),
        ("state_management", "CVC", "chuyen_vien_chinh"),
        ("informatics", "Ứng dụng CNTT nâng cao", "cntt_nang_cao"),
        ("informatics", "Đại học", "dai_hoc_tro_len"),
        ("language", "Bậc 3 (B1)", "bac_3"),
        ("training_form", "Vừa làm vừa học", "tai_chuc"),
        ("training_kind", "Quốc phòng - an ninh", "qpan"),
        ("health", "Loại II", "loai_2"),
        ("policy_family", "Con liệt sĩ", "con_liet_si"),
        ("ethnic_group", "Khmer", "Khơ-me"),
        ("ethnic_group", "Hmông", "HMông"),
        ("religion", "không", "99"),
        ("family_relation", "Chị ruột", "anh_chi_em"),
        ("family_side", "Bên chồng", "spouse"),
        ("sex", "NỮ", "nữ"),
        ("grade", "01.003", "01.003"),
    ] {
        let found = catalogs.get(catalog).and_then(|list| list.find(label));
        assert_eq!(found.map(|entry| entry.code.as_str()), Some(code), "{catalog}: {label}");
    }
    let ethnic = catalogs.get("ethnic_group").expect("catalog");
    assert!(ethnic.find("Mừơng").is_none() && ethnic.find("Mán").is_none());
    let muong = ethnic.get("Mường").expect("entry");
    assert_eq!(
        (muong.attribute("code_1979"), muong.attribute("code_2008")),
        (Some("06"), Some("04"))
    );
}

#[test]
fn a_file_may_be_overridden_and_is_checked() {
    let one = |name: &str| {
        (name == "catalogs/religions.csv").then(|| "code,name\r\n01,Phật giáo\r\n".to_owned())
    };
    let catalogs = load_catalogs(&Files::overridden(&one)).expect("catalogs");
    assert_eq!(catalogs.get("religion").expect("catalog").entries().len(), 1);
    let broken = |name: &str| name.starts_with("org/").then(|| "id,parent\na\n".to_owned());
    assert!(matches!(load_tree(&Files::overridden(&broken)), Err(DataError::Table { .. })));
    let huge = |_: &str| Some("x".repeat(Files::SIZE_MAX + 1));
    assert!(matches!(load_form(&Files::overridden(&huge)), Err(DataError::TooLarge(_))));
}

/// A teacher without faults, as the list of a district gives her.
fn teacher() -> Record {
    let mut record = Record::default();
    for (field, value) in [
        ("managing_body", coded("d150")),
        ("using_unit", coded("d150.04840.th")),
        ("staff_type", coded("vien_chuc")),
        ("dossier_status", coded("working")),
        ("full_name", text("Bùi Thị Tình")),
        ("sex", coded("nữ")),
        ("birth_date", date("1991-07-25")),
        ("birth_place_province", text("Hòa Bình")),
        ("home_province", text("Hòa Bình")),
        ("ethnic_group", coded("Mường")),
        ("religion", coded("99")),
        ("citizen_id", text("017191962812")),
        ("current_address", text("Xóm Sưng, xã Yên Hòa")),
        ("recruited_on", date("2016-12-01")),
        ("recruited_by", text("UBND huyện Đà Bắc")),
        ("recruitment_decision_date", date("2016-11-07")),
        ("general_education", text("12/12")),
        ("highest_professional", coded("dai_hoc")),
        ("main_job", text("Giảng dạy môn Địa lí")),
        ("declarant_signed_on", date("2024-12-13")),
        ("salary.grade_code", coded("V.07.04.32")),
        ("salary.step", Value::Integer(3)),
        ("salary.coefficient", Value::Hundredths(300)),
        ("salary.from", date("2023-12-01")),
        ("salary.next_due", date("2026-12-01")),
    ] {
        record.fields.insert(field_id(field), value);
    }
    record
}

fn field_id(text: &str) -> FieldId {
    text.parse().expect("field id")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn date(text: &str) -> Value {
    Value::Date(text.parse().expect("date"))
}

fn coded(code: &str) -> Value {
    Value::Coded(Coded { code: code.to_owned(), label: code.to_owned(), version: 1 })
}

fn codes(record: &Record) -> Vec<String> {
    let form = load_form(&FILES).expect("form");
    let catalogs = load_catalogs(&FILES).expect("catalogs");
    let tree = load_tree(&FILES).expect("tree");
    let Value::Date(list_date) = date("2024-12-31") else { unreachable!("a date") };
    judge(record, list_date.civil(), &form, &catalogs, &tree)
        .into_iter()
        .map(|finding| {
            let row = finding.path.row.map_or_else(String::new, |row| format!("[{row}]"));
            format!("{}{row} {}", finding.path.field, finding.kind)
        })
        .collect()
}

#[test]
fn a_record_without_faults_has_no_finding() {
    assert_eq!(codes(&teacher()), Vec::<String>::new());
}

#[test]
fn every_rule_on_single_fields_bites() {
    for (field, value, expected) in [
        ("religion", text(" "), "religion required_missing"),
        ("citizen_id", text("O17191962812"), "citizen_id id_format"),
        ("citizen_id", text("003191962812"), "citizen_id id_province_unknown"),
        ("citizen_id", text("017091962812"), "citizen_id id_sex_mismatch"),
        ("citizen_id", text("017119962812"), "citizen_id id_year_mismatch"),
        ("citizen_id_issued_on", date("2005-07-24"), "citizen_id_issued_on age_too_low"),
        ("phone", text("099982418"), "phone format_invalid"),
        ("social_insurance_no", text("171990316"), "social_insurance_no format_invalid"),
        ("general_education", text("13/12"), "general_education format_invalid"),
        ("full_name", text("Bùi\u{202e} Thị"), "full_name forbidden_character"),
        ("main_job", text("<img src=x onerror=alert(1)>"), "main_job unsafe_text"),
        ("current_address", text(&"x".repeat(1_001)), "current_address text_too_long"),
        ("ethnic_group", text("Mán"), "ethnic_group not_in_catalog"),
        ("staff_type", text("Hợp đồng 161"), "staff_type not_in_catalog"),
        ("using_unit", text("Phòng Kế hoạch hóa gia đình"), "using_unit not_in_catalog"),
        ("using_unit", coded("d151.04894.th"), "using_unit not_in_catalog"),
        ("height_cm", Value::Integer(1_600), "height_cm out_of_range"),
        ("joined_current_unit_on", date("2016-11-30"), "joined_current_unit_on date_order"),
        ("declarant_signed_on", date("2025-01-01"), "declarant_signed_on date_in_future"),
        ("salary.step", Value::Integer(10), "salary.step step_out_of_range"),
        ("salary.coefficient", Value::Hundredths(303), "salary.coefficient coefficient_mismatch"),
        ("salary.next_due", date("2025-12-01"), "salary.next_due derived_mismatch"),
        ("salary.grade_on", date("2023-12-02"), "salary.from date_order"),
        ("salary.grade_code", text("01.0033"), "salary.grade_code not_in_catalog"),
    ] {
        let mut record = teacher();
        record.fields.insert(field_id(field), value);
        assert_eq!(codes(&record), [expected], "{field}");
    }
    let mut young = teacher();
    young.fields.insert(field_id("recruited_on"), date("2006-07-24"));
    assert_eq!(codes(&young), ["recruited_on age_too_low"]);
    let mut framed = teacher();
    framed.fields.insert(field_id("salary.frame_percent"), Value::Integer(5));
    assert_eq!(
        codes(&framed),
        ["salary.frame_percent frame_not_allowed", "salary.next_due derived_mismatch"]
    );
}

#[test]
fn an_old_grade_code_is_judged_by_its_validity_and_its_scale() {
    let mut record = teacher();
    record.fields.insert(field_id("salary.grade_code"), coded("V.07.02.05"));
    record.fields.insert(field_id("salary.step"), Value::Integer(8));
    record.fields.insert(field_id("salary.coefficient"), Value::Hundredths(427));
    assert_eq!(codes(&record), ["salary.grade_code grade_not_valid_on_date"]);
}

#[test]
fn unreadable_and_unasked_fields_are_not_missing() {
    let mut record = teacher();
    for field in ["full_name", "sex", "birth_date", "salary.grade_code"] {
        record.fields.remove(&field_id(field));
    }
    record.unreadable.insert((None, field_id("full_name")));
    record.not_asked.extend([field_id("sex"), field_id("birth_date")]);
    assert_eq!(codes(&record), Vec::<String>::new());
}

#[test]
fn rows_are_judged_in_the_order_of_the_list() {
    let row = |cells: &[(&str, Value)]| -> BTreeMap<String, Value> {
        cells.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    };
    let pay = |from: &str, step: i64, hundredths: i64| {
        row(&[
            ("from", date(from)),
            ("grade_code", coded("01.003")),
            ("step", Value::Integer(step)),
            ("coefficient", Value::Hundredths(hundredths)),
        ])
    };
    let mut record = teacher();
    let falling =
        vec![pay("2011-09-01", 2, 267), pay("2014-09-01", 1, 234), pay("2013-01-01", 4, 333)];
    record.rows.insert("salary".to_owned(), falling);
    assert_eq!(codes(&record), ["salary.step[1] step_order", "salary.from[2] date_order"]);

    let mut record = teacher();
    let school = row(&[("kind", coded("chuyen_mon")), ("qualification", text("Cao đẳng"))]);
    record.rows.insert("training".to_owned(), vec![school]);
    assert_eq!(codes(&record), ["highest_professional derived_mismatch"]);

    let mut record = teacher();
    let warned = row(&[("form", coded("vc_khien_trach")), ("from", date("2024-03-01"))]);
    record.rows.insert("discipline".to_owned(), vec![warned]);
    assert_eq!(codes(&record), ["salary.next_due derived_mismatch"]);
    record.fields.insert(field_id("salary.next_due"), date("2027-03-01"));
    assert_eq!(codes(&record), Vec::<String>::new(), "three months later");
    record.fields.insert(field_id("staff_type"), coded("cong_chuc"));
    assert_eq!(codes(&record), ["discipline.form[0] not_applicable"]);
}
