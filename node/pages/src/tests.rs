use super::cover::Outside;
use super::frame::{Frame, Notice, Place};
use super::search::{Condition, Found, Hit, Piece, Search, Why};
use super::sign_in::SignIn;
use super::{asset, render};

fn frame(title: &str) -> Frame {
    Frame {
        title: title.to_owned(),
        unit: "UBND xã Tân Minh".to_owned(),
        place: Place::Elsewhere,
        person: None,
        strip: None,
        notices: vec![Notice::done("<img src=x onerror=alert(1)>")],
    }
}

#[test]
fn what_people_typed_is_never_markup() {
    let login = "\"><script>alert(1)</script>".to_owned();
    let view = SignIn { frame: frame("</title><script>"), login, has_accounts: true };
    let page = render(&view).expect("renders");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(!page.contains("<img"), "{page}");
}

#[test]
fn what_is_searched_and_found_is_never_markup() {
    let bad = || "\"><script>alert(1)</script><img src=x>".to_owned();
    let pieces = || vec![Piece { text: bad(), hit: true }, Piece { text: bad(), hit: false }];
    let why = vec![Why { label: bad(), said: pieces(), waits: true }];
    let (name, number) = (pieces(), bad());
    let (birth, code, unit, status) = (bad(), bad(), bad(), bad());
    let hit = Hit { href: "/ho-so/1".to_owned(), name, birth, code, unit, status, why };
    let (next, hits) = (Some("/tra-cuu?q=%22".to_owned()), vec![hit]);
    let (scope, count) = (bad(), bad());
    let found = Found { scope, count, hits, next, on: "Xem tiếp", nobody: true, number };
    let (field, sign, value) = (bad(), bad(), bad());
    let fault = Some(bad());
    let view = Search {
        frame: frame("Tra cứu"),
        query: bad(),
        units: Vec::new(),
        conditions: vec![Condition { field, sign, value, known: vec![bad()], fault }],
        room: true,
        unfolded: true,
        fields: Vec::new(),
        signs: Vec::new(),
        purpose: bad(),
        purposes: Vec::new(),
        found: Some(found),
    };
    let page = render(&view).expect("renders");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(!page.contains("<img") && page.contains("<mark>&#34;&#62;&#60;script"), "{page}");
    let first = page.find("<button").expect("a button");
    assert!(page[first..].starts_with("<button>Tìm"), "the key «Enter» searches");
}

#[test]
fn pages_name_nothing_outside_and_carry_no_script_or_style_of_their_own() {
    let templates = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"));
    for entry in templates.expect("the templates").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a template");
        let name = entry.file_name();
        for word in ["http:", "https:", "//", "<style", " style=", " onclick", "|safe", "hx-on"] {
            assert!(!text.contains(word), "{name:?}: {word}");
        }
    }
    let css = String::from_utf8(asset::STYLE.bytes.clone()).expect("text");
    let outside = css.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap_or(rest));
    for url in outside {
        let own = asset::named(url).is_some();
        assert!(own || url.trim_start_matches(['"', '\'']).starts_with("data:"), "{url}");
    }
}

#[test]
fn an_asset_is_found_under_its_own_name_alone() {
    for asset in [&*asset::STYLE, &*asset::SCRIPT, &*asset::KEYS] {
        assert!(asset::named(&asset.name).is_some());
        assert!(asset.href().starts_with(asset::FOLDER));
    }
    assert!(asset::named("hoso.css").is_none());
    assert!(asset::named("../secret").is_none());
}

#[test]
fn whoever_has_no_right_is_asked_for_document_and_purpose() {
    let view = Outside {
        frame: frame("Hồ sơ ngoài phạm vi của bạn"),
        action: "/ho-so/1/muc-dich".to_owned(),
        purpose: "\"><script>".to_owned(),
        document: "\"><img src=x>".to_owned(),
        purposes: vec!["xác minh lý lịch"],
        code: "UQ-0210".to_owned(),
    };
    let page = render(&view).expect("renders");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(!page.contains("<img"), "{page}");
    for part in ["name=\"van-ban\"", "name=\"muc-dich\"", "Điều 8.1", "UQ-0210"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
