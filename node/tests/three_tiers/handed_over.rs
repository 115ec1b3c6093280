//! A hand-over as the people of both sides see it on their pages.

use config::{Profile, Settings};
use dossier::Role;
use dossier::account::Right;

use crate::browser::{Browser, Page};
use crate::custody::OTHER_SCHOOL;
use crate::persons::{Office, acknowledge};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, Up, settings, until};

async fn seated(office: &Office<'_>, name: &str, id: &str, login: &str, node: &Up) -> Browser {
    office.issue(id, &[Right::Read, Right::Enter, Right::Approve]).await;
    let token = office.seat(name, id, login, Role::Approver).await;
    acknowledge(office.stage, name, token).await;
    let mut browser = Browser::at(node.ready.pages.expect("pages"));
    let form = [("login", login), ("password", "năm con trâu đi qua"), ("second", "")];
    assert_eq!(browser.post("/dang-nhap", &form).await.status, 303);
    browser
}

/// The path of the only hand-over on the list.
async fn listed(browser: &mut Browser, group: &str) -> String {
    let mut path = String::new();
    until(&format!("a hand-over under «{group}»"), async || {
        let page = browser.get("/dieu-chuyen").await;
        let found = page.body.split_once(group).and_then(|(_, rest)| rest.split_once("href=\""));
        path = found
            .map(|(_, rest)| rest.split('"').next().unwrap_or_default().to_owned())
            .unwrap_or_default();
        path.starts_with("/dieu-chuyen/")
    })
    .await;
    path
}

fn shows(page: &Page, words: &str) {
    assert!(page.body.contains(words), "«{words}» in {}", page.body);
}

// proposed by a name without marks, read once more before it is sent, sent back with its reason,
// proposed again and taken: the dossier is at the other school and gone from here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dossier_is_handed_over_from_page_to_page() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    for (name, id) in [("so", DEPARTMENT), ("truong", SCHOOL), ("truong-2", OTHER_SCHOOL)] {
        stage.join(&top, name, id).await;
    }
    let so = stage.start_below("so", Profile::Department, &top).await;
    let with_pages = async |name: &str| {
        let any = "127.0.0.1:0".parse().expect("address");
        let below = settings(Profile::Unit, stage.at(name), Some(so.ready.listen));
        stage.start(Settings { listen_pages: Some(any), ..below }).await
    };
    let (here, there) = (with_pages("truong").await, with_pages("truong-2").await);
    let id = stage.enter("truong", SCHOOL, "Đinh Thị Thơ").await;
    until("all of it above", async || stage.status("truong").await.totals.own_tier3 == 1).await;
    let office = Office::delegated(&stage).await;
    let mut gives = seated(&office, "truong", SCHOOL, "mai.bt", &here).await;
    let mut takes = seated(&office, "truong-2", OTHER_SCHOOL, "lan.ht", &there).await;

    let form = format!("/ho-so/{id}/dieu-chuyen");
    shows(&gives.get(&format!("/ho-so/{id}")).await, &form);
    let unknown = gives.post(&form, &[("step", "check"), ("to", "nơi không có")]).await;
    assert_eq!(unknown.status, 422);
    shows(&unknown, "Không tìm thấy đơn vị");
    let many = gives.post(&form, &[("step", "check"), ("to", "truong thpt")]).await;
    shows(&many, "hãy chọn một");
    let typed = [
        ("to", OTHER_SCHOOL),
        ("number", "45/QĐ-SGDĐT"),
        ("issuer", "Sở Giáo dục và Đào tạo"),
        ("signed", "2/3/2026"),
    ];
    let propose = async |gives: &mut Browser| {
        let step = |name| [&[("step", name)][..], &typed].concat();
        let read = gives.post(&form, &step("check")).await;
        shows(&read, "Xem lại trước khi gửi");
        assert!(stage_of_list(gives).await, "nothing is sent before it was read");
        let sent = gives.post(&form, &step("send")).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
    };
    propose(&mut gives).await;

    let path = listed(&mut takes, "Chờ đơn vị này trả lời").await;
    let page = takes.get(&path).await;
    shows(&page, "Đinh Thị Thơ");
    shows(&page, "Điều 10.1");
    let nameless = takes.post(&path, &[("verb", "return"), ("reason", "")]).await;
    assert_eq!(nameless.status, 422);
    let back = takes.post(&path, &[("verb", "return"), ("reason", "wrong-person")]).await;
    assert_eq!(back.status, 303, "{}", back.body);
    until("the reason where it came from", async || {
        gives.get("/dieu-chuyen").await.body.contains("bị trả lại: không phải người của đơn vị")
    })
    .await;

    propose(&mut gives).await;
    let path = listed(&mut takes, "Chờ đơn vị này trả lời").await;
    let taken = takes.post(&path, &[("verb", "accept"), ("remark", "thiếu <ảnh>")]).await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    until("the dossier at the other school", async || {
        takes.get(&format!("/ho-so/{id}")).await.body.contains("Đinh Thị Thơ")
    })
    .await;
    until("the end of it here", async || {
        let page = gives.get(&path).await;
        page.body.contains("bên nhận đã nhận đủ") && page.body.contains("thiếu &#60;ảnh&#62;")
    })
    .await;
    let gone = gives.get(&format!("/ho-so/{id}")).await;
    assert!(gone.status != 200 && !gone.body.contains("Đinh Thị Thơ"), "{}", gone.body);
    let late = takes.post(&path, &[("verb", "withdraw")]).await;
    assert_eq!(late.status, 422, "what is done stays done");
    for (name, node) in [("truong-2", there), ("truong", here), ("so", so), ("p", top)] {
        stage.stop(name, node).await;
    }
}

/// Whether no hand-over is under way on the list.
async fn stage_of_list(browser: &mut Browser) -> bool {
    !browser.get("/dieu-chuyen").await.body.contains("Đang chuyển")
}
