//! The clerk's pages over a real socket: who gets in, what is refused, what is kept.

use config::{Profile, Settings};
use dossier::account::Right;
use dossier::{DossierId, Edit, LegalBasis, Review, Role, RowId, Value};
use node::account::{AccountAnswer, AccountOrder, Secret, Token};
use node::audit::Claim;
use node::control::{Request, Response};
use protocol::envelope::Meta;
use protocol::{Answer, Command};

use crate::browser::Browser;
use crate::persons::{Office, acknowledge, ask};
use crate::stage::{SCHOOL, Stage, Up, meta, settings};

const PASSWORD: &str = "năm con trâu đi qua";

/// A school under tier 3, with pages, a clerk and an approver who acknowledged their duties.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    top: Up,
    school: Up,
}

impl Scene {
    pub(crate) async fn set() -> Self {
        let stage = Stage::found();
        let top = stage.start_top().await;
        stage.join(&top, "s", SCHOOL).await;
        let any = "127.0.0.1:0".parse().expect("address");
        let below = settings(Profile::Unit, stage.at("s"), Some(top.ready.listen));
        let school = stage.start(Settings { listen_pages: Some(any), ..below }).await;
        let office = Office::delegated(&stage).await;
        office.issue(SCHOOL, &[Right::Read, Right::Enter, Right::Approve]).await;
        for (login, role) in [("tu.hv", Role::Clerk), ("mai.bt", Role::Approver)] {
            let token: Token = office.seat("s", SCHOOL, login, role).await;
            acknowledge(&stage, "s", token).await;
        }
        Self { stage, top, school }
    }

    fn browser(&self) -> Browser {
        Browser::at(self.school.ready.pages.expect("pages"))
    }

    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let form = [("login", login), ("password", PASSWORD), ("second", "")];
        let page = browser.post("/dang-nhap", &form).await;
        assert_eq!((page.status, page.header("location")), (303, Some("/")), "{page:?}");
        browser
    }

    /// A session beside the pages, as the command line has one.
    pub(crate) async fn session(&self, login: &str) -> Token {
        let (login, password) = (login.to_owned(), Secret::new(PASSWORD.to_owned()));
        let order = Request::Account(AccountOrder::SignIn { login, password, second: None });
        match ask(&self.stage, "s", None, &Claim::default(), order).await {
            Response::Account(AccountAnswer::SignedIn { token, .. }) => token,
            other => panic!("{other:?}"),
        }
    }

    /// A change by the clerk that the command line would make.
    pub(crate) async fn edit(&self, dossier: DossierId, edits: Vec<Edit>, meta: Meta) {
        let token = self.session("tu.hv").await;
        let request = Request::Core(Command::Edit { dossier, edits, meta });
        let answer = ask(&self.stage, "s", Some(token), &Claim::default(), request).await;
        assert!(matches!(answer, Response::Core(Answer::Edited { .. })), "{answer:?}");
    }

    pub(crate) async fn end(self) {
        self.stage.stop("s", self.school).await;
        self.stage.stop("p", self.top).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_signed_in_sees_the_door_alone() {
    let scene = Scene::set().await;
    let mut browser = scene.browser();
    let page = browser.get("/").await;
    assert_eq!((page.status, page.header("location")), (303, Some("/dang-nhap")));
    let page = browser.get("/dang-nhap").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let css = page.body.split("href=\"").find(|rest| rest.starts_with("/tep/")).expect("a style");
    let page = browser.get(css.split('"').next().expect("it ends")).await;
    assert_eq!(page.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(browser.get("/tep/hoso.css").await.status, 404);

    let wrong = [("login", "<b>tu.hv"), ("password", "năm con trâu"), ("second", "")];
    let page = browser.post("/dang-nhap", &wrong).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("TK-0210") && !page.body.contains("<b>tu"), "{}", page.body);
    assert!(!page.body.contains("năm con trâu"), "a password is never given back");
    assert!(browser.cookie.is_none());
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_name_a_foreign_origin_and_a_foreign_size_are_refused() {
    let scene = Scene::set().await;
    let mut browser = scene.browser();
    for host in ["evil.example", "evil.example:8888", "127.0.0.1", ""] {
        let request =
            format!("GET /dang-nhap HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(browser.raw(request.into_bytes()).await.status, 421, "{host}");
    }
    let at = browser.at;
    // What Chromium sends from a page that tells nobody where it comes from.
    let own = "Origin: null\r\nSec-Fetch-Site: same-origin\r\n";
    assert_eq!(browser.post_from("/dang-nhap", &[], own).await.status, 422);
    let form = [("login", "tu.hv"), ("password", PASSWORD)];
    for from in [
        "Origin: http://evil.example\r\n".to_owned(),
        format!("Origin: http://{at}\r\nSec-Fetch-Site: cross-site\r\n"),
        format!("Origin: http://{at}\r\nSec-Fetch-Site: same-site\r\n"),
        "Origin: null\r\n".to_owned(),
        String::new(),
    ] {
        let page = browser.post_from("/dang-nhap", &form, &from).await;
        assert_eq!(page.status, 403, "{from}");
    }
    let large = "x".repeat(300 * 1024);
    assert_eq!(browser.post("/dang-nhap", &[("login", &large)]).await.status, 413);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_begun_shown_and_ended() {
    let scene = Scene::set().await;
    let mut browser = scene.signed_in("tu.hv").await;
    let home = browser.get("/").await;
    assert_eq!(home.status, 200, "{}", home.body);
    for words in ["Việc cần làm", "Người tu.hv", "Đã lưu tại đây", "Đã được xác nhận"]
    {
        assert!(home.body.contains(words), "{words}: {}", home.body);
    }
    assert_eq!(browser.get("/dong-bo").await.status, 200);

    let stolen = browser.clone();
    let page = browser.post("/dang-xuat", &[]).await;
    assert_eq!((page.status, browser.cookie.clone()), (303, None));
    let mut thief = stolen;
    assert_eq!(thief.get("/").await.status, 303, "the name of an ended sitting opens nothing");

    let mut first = scene.signed_in("tu.hv").await;
    let _second = scene.signed_in("tu.hv").await;
    let page = first.get("/").await;
    assert_eq!(
        page.header("location"),
        Some("/dang-nhap?het-phien=1"),
        "the second ends the first"
    );
    scene.end().await;
}

/// The ground of a correction, with more fields.
fn corrected<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let ground = [("basis.kind", "correction"), ("basis.reason", "nhập từ giấy")];
    fields.iter().copied().chain(ground).collect()
}

impl Browser {
    /// Begins a dossier and answers its address.
    pub(crate) async fn begin(&mut self, name: &str) -> String {
        let fields = [("full_name", name), ("staff_type", "Công chức"), ("birth_date", "9/1985")];
        let page = self.post("/ho-so/moi", &corrected(&fields)).await;
        assert_eq!(page.status, 303, "{}", page.body);
        page.header("location").expect("its page").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_is_saved_shown_and_found() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let at = clerk.begin("Bùi Thị Hòa").await;
    let shown = clerk.get(&at).await;
    for words in ["Bùi Thị Hòa", "09/1985", "Đã lưu tại đây.", "Đính chính: nhập từ giấy"]
    {
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
    }
    let list = clerk.get("/ho-so?q=bui+thi+hoa").await;
    assert!(list.body.contains(&at) && list.body.contains("Bùi Thị Hòa"), "{}", list.body);

    // What the pages wrote is what every other program of the node reads.
    let id = at.trim_start_matches("/ho-so/").parse().expect("an id");
    let token = scene.session("mai.bt").await;
    let request = Request::Core(Command::Show(id));
    let answer = ask(&scene.stage, "s", Some(token), &Claim::default(), request).await;
    let Response::Core(Answer::Shown(dossier)) = answer else { panic!("{answer:?}") };
    let name = dossier.fields.iter().find(|it| it.path.field.as_str() == "full_name");
    let name = name.expect("a name");
    assert_eq!(name.value, Value::Text("Bùi Thị Hòa".to_owned()));
    let writer = &name.provenance.as_ref().expect("a source").meta.person;
    assert!(writer.contains("tu.hv"), "the node names the person: {writer}");

    let part = format!("{at}/phan/identity");
    let form = clerk.get(&part).await;
    assert_eq!(form.value("basis.reason"), "nhập từ giấy", "the ground is remembered");
    let page = clerk
        .post(&part, &corrected(&[("birth_date", "31/2/1985"), ("was.birth_date", "09/1985")]))
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(page.value("birth_date"), "31/2/1985", "what was typed is kept");
    assert!(page.body.contains("HS-0413"), "{}", page.body);
    let seen = form.value("seen.birth_date");
    let fields =
        [("birth_date", "1985"), ("was.birth_date", "09/1985"), ("seen.birth_date", &seen)];
    let page = clerk.post(&part, &fields).await;
    assert!(page.status == 422 && page.body.contains("DL-0152"), "{}", page.body);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_save_shows_the_others_value_beside_ones_own() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let at = clerk.begin("Hà Thị Mai").await;
    let part = format!("{at}/phan/identity");
    let form = clerk.get(&part).await;
    let (was, seen) = (form.value("was.birth_date"), form.value("seen.birth_date"));
    let save = async |clerk: &mut Browser, typed: &str, was: &str, seen: &str| {
        let fields = [("birth_date", typed), ("was.birth_date", was), ("seen.birth_date", seen)];
        clerk.post(&part, &corrected(&fields)).await
    };
    assert_eq!(save(&mut clerk, "2/9/1985", &was, &seen).await.status, 303);
    let page = save(&mut clerk, "3/9/1985", &was, &seen).await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(page.body.contains("02/09/1985") && page.body.contains("HS-0415"), "{}", page.body);
    assert_eq!(page.value("birth_date"), "3/9/1985");
    let (was, seen) = (page.value("was.birth_date"), page.value("seen.birth_date"));
    assert_eq!(save(&mut clerk, "3/9/1985", &was, &seen).await.status, 303, "a knowing save");
    assert!(clerk.get(&at).await.body.contains("03/09/1985"));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_is_added_changed_and_taken_out() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let at = clerk.begin("Lò Văn Inh").await;
    let rows = format!("{at}/bang/{}", "work");
    let fields = [("work.from", "9/2020"), ("work.title", "Công chức địa chính")];
    let page = clerk.post(&format!("{rows}/new"), &corrected(&fields)).await;
    assert_eq!(page.header("location"), Some(format!("{at}#work").as_str()), "{}", page.body);
    let shown = clerk.get(&at).await;
    assert!(shown.body.contains("Công chức địa chính"), "{}", shown.body);
    let edit = shown
        .body
        .split("href=\"")
        .find(|rest| rest.starts_with(&format!("{rows}/")) && !rest.contains("/new\""));
    let edit = edit.and_then(|rest| rest.split('"').next()).expect("a row").to_owned();
    let form = clerk.get(&edit).await;
    assert_eq!(form.value("work.title"), "Công chức địa chính");
    let page = clerk.post(&edit, &corrected(&[("remove", "yes")])).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(!clerk.get(&at).await.body.contains("Công chức địa chính"));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_run_nowhere() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let payload = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";
    let at = clerk.begin("Bùi Văn Sáu").await;
    let part = format!("{at}/phan/identity");
    let page = clerk.post(&part, &corrected(&[("other_names", payload)])).await;
    assert_eq!(page.status, 422, "what is typed is judged");
    assert!(page.value("other_names").contains("<script>"), "and kept");
    let mut pages = vec![page];

    // What came from another node or another program is shown as text all the same.
    let id = at.trim_start_matches("/ho-so/").parse().expect("an id");
    let text = || Value::Text(payload.to_owned());
    let field = |name: &str| Edit::Set { field: name.parse().expect("a field"), value: text() };
    let cells = [("title".to_owned(), text()), ("unit".to_owned(), text())].into();
    let row = RowId::from_bytes([7; 16]);
    let edits = vec![
        field("full_name"),
        field("other_names"),
        field("staff_code"),
        Edit::PutRow { table: "work".to_owned(), row, cells },
    ];
    let meta = Meta { basis: LegalBasis::Correction { reason: payload.to_owned() }, ..meta() };
    scene.edit(id, edits, Meta { review: Review::Awaiting, ..meta }).await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let query = "/ho-so?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let row = format!("{at}/bang/{}/{row}", "work");
    for path in [query, "/ho-so", at.as_str(), part.as_str(), row.as_str(), "/", "/kiem-duyet"] {
        let page = clerk.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        pages.push(page);
    }
    let shown = pages.iter().filter(|page| page.body.contains("&#60;script&#62;")).count();
    assert!(shown >= 7, "shown as text on {shown} pages");
    for page in pages {
        assert_eq!(page.body.matches("<script").count(), 1, "only our own: {}", page.body);
        assert!(!page.body.contains("<img"), "{}", page.body);
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_gives_verdicts_and_a_clerk_does_not() {
    let scene = Scene::set().await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let at = clerk.begin("Quách Văn Nam").await;
    let id = at.trim_start_matches("/ho-so/").parse().expect("an id");
    let set = |field: &str, text: &str| Edit::Set {
        field: field.parse().expect("a field"),
        value: Value::Text(text.to_owned()),
    };
    let edits = vec![set("phone", "0999123450"), set("staff_code", "DB-0200")];
    scene.edit(id, edits, Meta { review: Review::Awaiting, ..meta() }).await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let mut approver = scene.signed_in("mai.bt").await;
    let queue = approver.get("/kiem-duyet").await;
    assert!(queue.body.contains("Quách Văn Nam"), "{}", queue.body);
    let action = queue.body.split("action=\"").find(|rest| rest.starts_with("/kiem-duyet/"));
    let action = action.and_then(|rest| rest.split('"').next()).expect("a form").to_owned();
    let page = clerk.post(&action, &[("verdict", "approve")]).await;
    assert!(page.status == 403 || page.status == 422, "{}", page.body);
    let page = approver.post(&action, &[("verdict", "return"), ("reason", "")]).await;
    assert!(page.body.contains("HS-0416"), "{}", page.body);
    let none = [("verdict", "approve"), ("so-muc", "2")];
    assert!(approver.post(&action, &none).await.body.contains("HS-0423"));
    let one = [("verdict", "return"), ("reason", "sai số"), ("so-muc", "2"), ("muc", "phone")];
    let page = approver.post(&action, &one).await;
    assert!(page.header("location").is_some_and(|it| it.starts_with("/kiem-duyet#lan-")));
    let left = approver.get("/kiem-duyet").await.body;
    assert_eq!(left.matches("name=\"muc\"").count(), 1, "the other waits: {left}");
    assert!(left.contains("value=\"staff_code\"") && left.contains("sai số"), "{left}");
    let rest = [("verdict", "approve"), ("so-muc", "2"), ("muc", "staff_code")];
    let page = approver.post(&action, &rest).await;
    assert!(page.header("location").is_some_and(|it| it.starts_with("/kiem-duyet")));
    assert!(!approver.get("/kiem-duyet").await.body.contains("Quách Văn Nam"));
    let shown = clerk.get(&at).await.body;
    assert!(shown.contains("sai số"), "the clerk reads why: {shown}");
    let id = at.trim_start_matches("/ho-so/").parse().expect("an id");
    let again = vec![set("phone", "0999123451")];
    scene.edit(id, again, Meta { review: Review::Awaiting, ..meta() }).await;
    let mut clerk = scene.signed_in("tu.hv").await;
    let queue = approver.get("/kiem-duyet").await;
    let action = queue.body.split("action=\"").find(|rest| rest.starts_with("/kiem-duyet/"));
    let action = action.and_then(|rest| rest.split('"').next()).expect("a form").to_owned();
    let page = approver.post(&action, &[("verdict", "approve")]).await;
    assert_eq!(page.header("location"), Some("/kiem-duyet"), "{}", page.body);
    assert!(!approver.get("/kiem-duyet").await.body.contains("Quách Văn Nam"));
    assert!(clerk.get(&at).await.status == 200);
    scene.end().await;
}
