//! What is covered on pages until a purpose is said, and who opens too many (Điều 5).

use dossier::{Edit, Value};
use node::audit::Claim;
use node::control::{Request, Response};
use node::grant::{GrantAnswer, GrantOrder};

use crate::pages::Scene;
use crate::persons::ask;
use crate::stage::meta;

/// Dossiers within an hour that nobody is told of.
const UNTOLD: usize = 60;

// a page covers what is sensitive as the command line does, one dossier at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_covers_what_is_sensitive_until_its_reader_says_why() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let at = clerk.begin("Bùi Thị Hòa").await;
    let other = clerk.begin("Hà Văn Tú").await;
    for (address, text) in [(&at, "tim mạch"), (&other, "đau lưng")] {
        let id = address.trim_start_matches("/ho-so/").parse().expect("an id");
        let field = "health_status".parse().expect("a field");
        let edits = vec![Edit::Set { field, value: Value::Text(text.to_owned()) }];
        scene.edit(id, edits, meta()).await;
    }
    let mut clerk = scene.signed_in("tu.hv").await;
    let section = format!("{at}/phan/health");
    let sent = format!("{at}/muc-dich");

    for address in [&at, &section] {
        let page = clerk.get(address).await;
        assert!(!page.body.contains("tim mạch"), "{}", page.body);
        assert!(page.body.contains("1 mục đang che"), "{}", page.body);
        assert_eq!(page.value("muc-dich"), "cập nhật hồ sơ", "what a clerk is there for");
    }
    let page = clerk.post(&sent, &[("muc-dich", "  ")]).await;
    assert!(page.status == 422 && page.body.contains("HS-0421"), "{}", page.body);

    let said = [("muc-dich", "xac-minh"), ("ve", section.as_str())];
    let page = clerk.post(&sent, &said).await;
    assert_eq!((page.status, page.header("location")), (303, Some(section.as_str())));
    for address in [&at, &section] {
        let page = clerk.get(address).await;
        assert!(page.body.contains("tim mạch"), "{}", page.body);
        assert!(page.body.contains("xác minh lý lịch"), "the purpose stands on the page");
    }
    let page = clerk.get(&other).await;
    assert!(!page.body.contains("đau lưng"), "another dossier stays covered: {}", page.body);
    assert_eq!(page.value("muc-dich"), "xác minh lý lịch", "what was said last");

    let said = [("che", "1"), ("ve", "//elsewhere.example/ho-so")];
    let page = clerk.post(&sent, &said).await;
    assert_eq!(page.header("location"), Some(at.as_str()), "to no other site");
    assert!(!clerk.get(&at).await.body.contains("tim mạch"));
    let mut again = scene.signed_in("tu.hv").await;
    assert!(!again.get(&at).await.body.contains("tim mạch"), "a purpose is of one sitting");
    scene.end().await;
}

// openings at pages count like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_opens_many_dossiers_at_a_page_is_told_of() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let alerts = async || {
        let token = scene.session("mai.bt").await;
        let order = Request::Grant(GrantOrder::Alerts);
        match ask(&scene.stage, "s", Some(token), &Claim::default(), order).await {
            Response::Grant(GrantAnswer::Alerts(alerts)) => alerts.len(),
            other => panic!("{other:?}"),
        }
    };
    for number in 0..=UNTOLD {
        let at = clerk.begin(&format!("Bùi Thị Hòa {}", letters(number))).await;
        if number == UNTOLD {
            assert_eq!(alerts().await, 0);
        }
        assert_eq!(clerk.get(&at).await.status, 200);
    }
    assert_eq!(alerts().await, 1);
    scene.end().await;
}

/// A name bears no digits.
fn letters(number: usize) -> String {
    let of = |at: usize| char::from(b'A' + u8::try_from(at).expect("a letter"));
    format!("{}{}", of(number / 26), of(number % 26))
}
