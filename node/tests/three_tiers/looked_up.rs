//! «Tra cứu» over a real socket: who is found, why, and what is answered to what may not be asked.

use dossier::{Edit, Value};

use crate::pages::Scene;
use crate::stage::meta;

// R-12.1a: by name without marks, with the reason; a refusal keeps what was typed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_finds_a_person_without_marks_and_is_told_what_stays_covered() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let at = clerk.begin("Bùi Thị Hòa").await;
    let other = clerk.begin("Hà Văn Tú").await;
    let id = at.trim_start_matches("/ho-so/").parse().expect("an id");
    let set = |field: &str, text: &str| Edit::Set {
        field: field.parse().expect("a field"),
        value: Value::Text(text.to_owned()),
    };
    let edits = vec![set("health_status", "tim mạch"), set("phone", "0999123450")];
    scene.edit(id, edits, meta()).await;
    let mut clerk = scene.signed_in("tu.hv").await;

    let start = clerk.get("/tra-cuu").await;
    assert!(start.status == 200 && start.body.contains("autofocus"), "{}", start.body);
    let page = clerk.get("/tra-cuu?q=BUI+hoa").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for words in ["<mark>Bùi</mark> Thị <mark>Hòa</mark>", &at, "09/1985", "Tìm được 1 hồ sơ."]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(page.body.contains("Đang tìm trong: "), "{}", page.body);
    assert!(!page.body.contains(&other));
    let page = clerk.get("/tra-cuu?q=0999123").await;
    assert!(page.body.contains("<mark>0999123</mark>450"), "{}", page.body);

    let page = clerk.get("/tra-cuu?q=khong+co+ai").await;
    assert!(page.body.contains("Không có hồ sơ nào khớp."), "{}", page.body);
    let page = clerk.get("/tra-cuu?muc=birth_date&phep=den&tri=1986").await;
    assert!(page.body.contains(&at) && page.body.contains(&other), "{}", page.body);
    let page = clerk.get("/tra-cuu?muc=birth_date&phep=den&tri=hom+qua").await;
    assert!(page.status == 422 && page.body.contains("DL-0154"), "{}", page.body);
    assert_eq!(page.value("tri"), "hom qua", "what was typed is kept");

    // What is covered is not found by a word; a purpose uncovers it.
    let page = clerk.get("/tra-cuu?q=tim+mach").await;
    assert!(!page.body.contains(&at), "{}", page.body);
    let covered = "/tra-cuu?muc=health_status&phep=co&tri=tim";
    let page = clerk.get(covered).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("UQ-0215") && page.body.contains("href=\"#muc-dich\""));
    assert!(!page.body.contains("--"), "no words of a terminal: {}", page.body);
    let page = clerk.get(&format!("{covered}&muc-dich=xac-minh")).await;
    assert!(page.body.contains(&at) && page.body.contains("<mark>tim</mark>"), "{}", page.body);
    let page = clerk.get("/tra-cuu?q=hoa&don-vi=d150").await;
    assert!(page.status == 403 && page.body.contains("TK-0233"), "{}", page.body);
    let page = clerk.get("/tra-cuu?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
    scene.end().await;
}
