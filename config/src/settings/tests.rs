//! Bad settings, and where each value comes from.

use super::*;

fn file(text: &str) -> Result<Loaded, Vec<Problem>> {
    bytes(text.as_bytes())
}

fn bytes(bytes: &[u8]) -> Result<Loaded, Vec<Problem>> {
    load(&Layers { file: Some(("hoso.toml", bytes)), ..Layers::default() })
}

fn codes(answer: Result<Loaded, Vec<Problem>>) -> Vec<String> {
    answer.expect_err("refused").iter().map(|problem| problem.kind.code().to_owned()).collect()
}

fn first(answer: Result<Loaded, Vec<Problem>>) -> String {
    answer.expect_err("refused")[0].to_string()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn every_profile_stands_on_its_own() {
    for profile in [Profile::Unit, Profile::Department, Profile::Province] {
        let text = format!("profile = \"{}\"", profile.name());
        let loaded = file(&text).expect("loads");
        assert_eq!(loaded.settings.profile, profile);
        assert_eq!(loaded.settings.listen_enrol.is_some(), profile != Profile::Unit);
        assert_eq!(loaded.settings.storage_index, IndexKind::Sled);
        assert!(file(profile.text()).is_ok(), "the profile is a settings file");
    }
    assert_eq!(load(&Layers::default()).expect("loads").settings.profile, Profile::Unit);
}

#[test]
fn the_later_layer_wins_and_is_remembered() {
    let environment = map(&[
        ("HOSO_STORAGE_INDEX", "redb"),
        ("HOSO_UNITS_COMMUNES_HOLD_DOSSIERS", "false"),
        ("HOSO_LISTEN_PEAR", "x"),
        ("PATH", "/bin"),
    ]);
    let flags = map(&[("data_dir", "/srv/hoso")]);
    let text = "data_dir = \"/opt/hoso\"\n\n[parent]\naddress = \"snv.hoabinh:7443\"\n[storage]\nindex = \"sled\"\n";
    let loaded = load(&Layers {
        file: Some(("hoso.toml", text.as_bytes())),
        environment: Some(&environment),
        flags: Some(&flags),
    })
    .expect("loads");
    let settings = &loaded.settings;
    assert_eq!(settings.data_dir, Path::new("/srv/hoso"));
    assert_eq!((settings.storage_index, settings.communes_hold_dossiers), (IndexKind::Redb, false));
    assert_eq!(settings.parent_address.as_deref(), Some("snv.hoabinh:7443"));
    let story: Vec<String> = loaded
        .effective
        .iter()
        .map(|(key, value, source)| format!("{key} = {value} ({source})"))
        .collect();
    assert_eq!(
        story,
        [
            "province = hoabinh (cấu hình mẫu unit)",
            "data_dir = /srv/hoso (tham số data_dir)",
            "listen.peer = 0.0.0.0:0 (cấu hình mẫu unit)",
            "listen.pages = 127.0.0.1:8888 (cấu hình mẫu unit)",
            "parent.address = snv.hoabinh:7443 (tệp hoso.toml, dòng 4)",
            "storage.index = redb (biến môi trường HOSO_STORAGE_INDEX)",
            "units.communes_hold_dossiers = false (biến môi trường HOSO_UNITS_COMMUNES_HOLD_DOSSIERS)",
        ]
    );
    let warnings: Vec<&ProblemKind> = loaded.warnings.iter().map(|problem| &problem.kind).collect();
    assert_eq!(warnings, [&ProblemKind::Unknown { suggestion: Some("listen.peer") }]);
}

#[test]
fn d1_an_unknown_key_is_refused_with_a_suggestion() {
    assert_eq!(
        first(file("\n[storage]\nindeks = \"redb\"")),
        "CH-0006 tệp hoso.toml, dòng 3, mục storage.indeks: không có mục này. Có phải là “storage.index”?"
    );
    assert_eq!(codes(file("xyz = 1\nabc = 2")), ["CH-0006", "CH-0006"], "all of them at once");
    let flags = map(&[("datadir", "/srv")]);
    let answer = load(&Layers { flags: Some(&flags), ..Layers::default() });
    assert!(first(answer).ends_with("Có phải là “data_dir”?"));
}

#[test]
fn d2_types_and_ranges_are_told_with_their_line() {
    for (text, expected) in [
        ("data_dir = 80", "CH-0007"),
        ("[units]\ncommunes_hold_dossiers = \"true\"", "CH-0007"),
        ("storage = \"redb\"", "CH-0006"),
        ("[storage]\nindex = [\"redb\"]", "CH-0007"),
        ("[listen]\npeer = \"0.0.0.0:70000\"", "CH-0008"),
        ("[listen]\npeer = \"0.0.0.0\"", "CH-0008"),
        ("[listen]\npages = \"0.0.0.0:8888\"", "CH-0008"),
        ("[parent]\naddress = \"snv:0\"", "CH-0008"),
        ("[parent]\naddress = \"http://snv:80\"", "CH-0008"),
        ("[storage]\nindex = \"sqlite\"", "CH-0008"),
        ("province = \"Hòa Bình\"", "CH-0008"),
        ("[listen]\npeer = \"0.0.0.0:7443\"\nenrol = \"0.0.0.0:7443\"", "CH-0008"),
    ] {
        assert_eq!(codes(file(text)), [expected], "{text}");
    }
    let message = first(file("\n\ndata_dir = 80"));
    assert_eq!(message, "CH-0007 tệp hoso.toml, dòng 3, mục data_dir: phải là chữ, đang ghi số.");
}

#[test]
fn pages_are_for_this_machine_or_not_at_all() {
    let pages = |text: &str| {
        let text = format!("[listen]\npages = \"{text}\"");
        file(&text).map(|loaded| loaded.settings.listen_pages)
    };
    assert_eq!(pages("off").expect("loads"), None);
    assert_eq!(pages("[::1]:0").expect("loads"), Some("[::1]:0".parse().expect("address")));
    assert_eq!(codes(file("[listen]\npages = \"192.168.1.5:8888\"")), ["CH-0008"]);
}

#[test]
fn d3_nothing_stands_twice() {
    assert_eq!(
        codes(file("[storage]\nindex = \"sled\"\n[storage]\nindex = \"redb\"")),
        ["CH-0012"]
    );
    assert_eq!(codes(file("province = \"a\"\nprovince = \"b\"")), ["CH-0012"]);
}

#[test]
fn d4_editors_leave_their_marks() {
    let plain = "province = \"hoabinh\"\r\n[storage]\r\nindex = \"redb\"\r\n";
    let marked = [b"\xef\xbb\xbf", plain.as_bytes()].concat();
    assert_eq!(bytes(&marked).expect("loads").settings.storage_index, IndexKind::Redb);
    let little: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for wide in [[b"\xff\xfe", little.as_slice()].concat(), little] {
        assert!(first(bytes(&wide)).contains("UTF-16"));
    }
    assert_eq!(codes(bytes(b"province = \"hoa\0binh\"")), ["CH-0003"]);
    assert_eq!(codes(bytes(b"province = \"H\xf2a\"")), ["CH-0002"]);
    assert_eq!(codes(file("province = ")), ["CH-0004"]);
}

#[test]
fn d5_a_file_has_a_size() {
    let padded = |size: usize| format!("#{}\n", "x".repeat(size - 2));
    assert!(file(&padded(document::SIZE_MAX)).is_ok());
    assert_eq!(codes(file(&padded(document::SIZE_MAX + 1))), ["CH-0001"]);
    assert_eq!(codes(file(&padded(document::SIZE_MAX * 1_000))), ["CH-0001"]);
}

#[test]
fn d6_a_file_has_a_depth() {
    let nested = |depth: usize| format!("{}1{}", "a = {".repeat(depth), "}".repeat(depth));
    let table = |depth: usize| {
        let value = (0..depth).fold("1".to_owned(), |inner, _| format!("{{a={inner}}}"));
        format!("a = {value}")
    };
    assert_eq!(codes(file(&table(document::DEPTH_MAX - 1))), ["CH-0006"], "deep, but unknown only");
    assert_eq!(codes(file(&table(document::DEPTH_MAX))), ["CH-0005"]);
    assert_eq!(codes(file(&table(1_000))), ["CH-0005"]);
    assert_eq!(codes(file(&format!("a = {}", "[".repeat(1_000)))).len(), 1);
    assert_eq!(codes(file(&format!("a{} = 1", ".a".repeat(1_000)))), ["CH-0005"]);
    assert_eq!(codes(file(&format!("[a{}]", ".a".repeat(100_000)))), ["CH-0005"]);
    assert_eq!(codes(file(&nested(50_000))).len(), 1);
}

#[test]
fn d7_the_folder_is_a_folder_of_its_own() {
    for folder in ["/", "//", "/.", "/..", "/srv/../etc", "hoso", "", "/a\\u0000b"] {
        assert_eq!(codes(file(&format!("data_dir = \"{folder}\""))), ["CH-0008"], "{folder}");
    }
}

#[test]
fn d9_the_province_of_the_enrolment_stays() {
    let settings = file("province = \"phutho\"").expect("loads").settings;
    assert_eq!(settings.confirm_province(&settings.province.clone()), Ok(()));
    let changed = settings.confirm_province(&"hoabinh".parse().expect("unit id"));
    assert_eq!(changed.map_err(|problem| problem.kind.code()), Err("CH-0011"));
}

#[test]
fn d10_a_secret_in_the_file_is_refused_and_not_repeated() {
    for key in ["password", "storage_secret", "mat_khau", "pin"] {
        let message = first(file(&format!("{key} = \"hunter2\"")));
        assert!(message.starts_with("CH-0010") && !message.contains("hunter2"), "{message}");
    }
}

#[test]
fn accounts_are_told_how_they_are_used() {
    let read = |text: &str| {
        let text = format!("{text}\n");
        let layers = Layers { file: Some(("f", text.as_bytes())), ..Layers::default() };
        load(&layers).map(|loaded| loaded.settings.accounts)
    };
    assert_eq!(read(""), Ok(AccountSettings::default()));
    let strict =
        "[accounts]\nsecond_session = \"refused\"\noffline_days = \"7\"\nacknowledge = \"off\"";
    let told =
        AccountSettings { second_session_refused: true, offline_days: 7, acknowledge: false };
    assert_eq!(read(strict), Ok(told));
    assert!(read("[accounts]\noffline_days = \"31\"").is_err(), "no longer than thirty days");
}

#[test]
fn d12_limits_are_no_setting() {
    for value in ["0", "18446744073709551615"] {
        let text = format!("[limits]\nframe = {value}");
        assert_eq!(codes(file(&text)), ["CH-0006"]);
    }
}

#[test]
fn how_data_is_sealed_is_told_and_checked() {
    let load_text =
        |text: &str| load(&Layers { file: Some(("f", text.as_bytes())), ..Layers::default() });
    let base = "province = \"hoabinh\"\n";
    let settings = load_text(base).expect("loads").settings;
    assert_eq!(settings.seal, SealSettings::default());
    let told = format!(
        "{base}[seal]\nprofile = \"keyfile+passphrase\"\nkey_file = \"/media/usb/hoso.key\"\n"
    );
    let settings = load_text(&told).expect("loads").settings;
    let key_file = Some(PathBuf::from("/media/usb/hoso.key"));
    assert_eq!(
        settings.seal,
        SealSettings { profile: SealProfile::KeyFileAndPassphrase, key_file }
    );
    for wrong in ["profile = \"none\"", "key_file = \"hoso.key\"", "passphrase = \"x\""] {
        assert!(load_text(&format!("{base}[seal]\n{wrong}\n")).is_err(), "{wrong}");
    }
}

// the reading, its threshold and the office hours are settings.
#[test]
fn an_installation_says_by_which_reading_and_hours_an_outage_binds() {
    let set = |text: &str| {
        load(&Layers { file: Some(("hoso.toml", text.as_bytes())), ..Layers::default() })
    };
    let base = "province = \"hoabinh\"\ndata_dir = \"/srv/hoso\"\n[deadlines]\n";
    let deadlines = |lines: &str| set(&format!("{base}{lines}")).expect("loads").settings.deadlines;
    assert_eq!(deadlines(""), deadline::Profile::REGULATION_2014);
    assert_eq!(deadlines("outage = \"touched\"").outage, OutageReading::Touched);
    let strict = deadlines("outage_percent = \"100\"\noffice_hours = \"08:00-12:00\"");
    assert_eq!(strict.outage, OutageReading::Whole { percent: 100 });
    assert_eq!(Ok(strict.hours), "8:00-12:00".parse());
    assert!(set(&format!("{base}office_hours = \"12:00-8:00\"")).is_err());
}
