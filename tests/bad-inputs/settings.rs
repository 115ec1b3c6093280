//! Settings that must not be taken: each problem has its stable code, and is told in Vietnamese.

use std::collections::BTreeMap;

use config::settings::{self, Layers, Problem};

fn problems(bytes: &[u8]) -> Vec<Problem> {
    let layers = Layers { file: Some(("hoso.toml", bytes)), ..Layers::default() };
    settings::load(&layers).expect_err("is refused")
}

fn codes(problems: &[Problem]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.kind.code()).collect()
}

#[test]
fn a_file_with_an_unknown_key_is_refused_with_a_suggestion() {
    let found = problems(b"[storage]\nindxe = \"redb\"\n");
    assert_eq!(codes(&found), ["CH-0006"]);
    let told = found[0].to_string();
    assert!(told.contains("storage.index"), "{told}");
    assert!(told.contains("hoso.toml"), "{told}");
    assert_eq!(codes(&problems(b"colour = \"blue\"\n")), ["CH-0006"]);
}

#[test]
fn files_of_every_other_kind_are_refused_with_their_code() {
    let large = vec![b'#'; 256 * 1024 + 1];
    let deep = format!("a = {}1{}", "[".repeat(1_000), "]".repeat(1_000));
    let cases: Vec<(&str, &[u8], &[&str])> = vec![
        ("too large", &large, &["CH-0001"]),
        ("UTF-16", b"\xff\xfea\0=\x001\0", &["CH-0002"]),
        ("not UTF-8", b"a = \"\xff\"", &["CH-0002"]),
        ("NUL", b"province = \"a\0b\"", &["CH-0003"]),
        ("no TOML", b"province = ", &["CH-0004"]),
        ("deep", deep.as_bytes(), &["CH-0005", "CH-0004"]),
        ("wrong type", b"[listen]\npeer = 80\n", &["CH-0007"]),
        ("no port", b"[listen]\npeer = \"0.0.0.0:70000\"\n", &["CH-0008"]),
        ("a root as folder", b"data_dir = \"/\"\n", &["CH-0008"]),
        ("a table twice", b"[listen]\n[listen]\n", &["CH-0012", "CH-0004"]),
        ("a key twice", b"province = \"a\"\nprovince = \"b\"\n", &["CH-0012", "CH-0004"]),
    ];
    for (name, bytes, allowed) in cases {
        let found = problems(bytes);
        assert!(!found.is_empty(), "{name}");
        assert!(codes(&found).iter().all(|code| allowed.contains(code)), "{name}: {found:?}");
    }
}

#[test]
fn an_unknown_flag_is_refused_and_an_unknown_variable_is_pointed_out() {
    let flags = BTreeMap::from([("storage.indx".to_owned(), "redb".to_owned())]);
    let layers = Layers { flags: Some(&flags), ..Layers::default() };
    assert_eq!(codes(&settings::load(&layers).expect_err("refused")), ["CH-0006"]);
    let environment = BTreeMap::from([("HOSO_STORAGE_INDX".to_owned(), "redb".to_owned())]);
    let layers = Layers { environment: Some(&environment), ..Layers::default() };
    let loaded = settings::load(&layers).expect("loads");
    assert_eq!(codes(&loaded.warnings), ["CH-0006"]);
}
