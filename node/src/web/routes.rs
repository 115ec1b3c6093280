//! Which page answers which address.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use pages::asset;
use pages::sign_in::{Back, Told};

use super::answer::{Answer, status_of, troubled};
use super::visit::{Visit, is_over};
use super::{
    House, dossiers, editing, guard, home, proposing, purpose, reviews, searching, shown, sign_in,
    transfers,
};
use crate::cli::shared::CliError;

/// What a form sends: names and texts, in order.
pub(super) type Form = Vec<(String, String)>;

/// The first text of this name, without spaces around it.
pub(super) fn text<'f>(form: &'f Form, name: &str) -> &'f str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, text)| text.trim())
}

/// What an address and a form ask for.
pub(super) struct Asked {
    /// The words of the path after its fixed part.
    pub(super) words: Vec<String>,
    /// What stands behind the question mark, or in the body.
    pub(super) form: Form,
}

pub(super) type Outcome = Result<Answer, CliError>;

/// A page in a session.
type Act = fn(&mut Visit, &Asked) -> Outcome;

/// A page that needs none.
type OpenAct = fn(&Arc<House>, &Asked) -> Outcome;

/// Every page.
pub(super) fn router(house: Arc<House>) -> Router {
    Router::new()
        .route("/", page(home::show))
        .route("/dang-nhap", open(sign_in::show, sign_in::enter))
        .route("/kich-hoat", open(sign_in::first, sign_in::activate))
        .route("/dang-xuat", post(leave))
        .route("/trach-nhiem", form(sign_in::duties, sign_in::acknowledge))
        .route("/dong-bo", form(home::sync, home::sync_now))
        .route("/ho-so", page(dossiers::show))
        .route("/ho-so/moi", form(editing::new, editing::save_new))
        .route("/ho-so/{dossier}", page(shown::show))
        .route("/ho-so/{dossier}/muc-dich", sent(purpose::of_dossier))
        .route("/ho-so/{dossier}/phan/{section}", form(editing::part, editing::save_part))
        .route("/ho-so/{dossier}/bang/{table}/{row}", form(editing::row, editing::save_row))
        .route("/ho-so/{dossier}/dieu-chuyen", form(proposing::form, proposing::sent))
        .route("/dieu-chuyen", page(transfers::show))
        .route("/dieu-chuyen/{transfer}", form(transfers::one, transfers::act))
        .route("/ho-so/{dossier}/chon/{side}", form(editing::choice, editing::choose))
        .route("/tra-cuu", page(searching::show))
        .route("/kiem-duyet", page(reviews::show))
        .route("/kiem-duyet/muc-dich", sent(purpose::of_reviews))
        .route("/kiem-duyet/{dossier}/{change}", sent(reviews::judge))
        .route("/tep/{name}", get(file))
        .fallback(missing)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(Arc::clone(&house), guard::guard))
        .with_state(house)
}

fn page(act: Act) -> MethodRouter<Arc<House>> {
    get(move |State(house), headers, uri| in_session(house, headers, uri, Bytes::new(), act))
}

fn sent(act: Act) -> MethodRouter<Arc<House>> {
    post(move |State(house), headers, uri, body| in_session(house, headers, uri, body, act))
}

fn form(shown: Act, done: Act) -> MethodRouter<Arc<House>> {
    page(shown).merge(sent(done))
}

fn open(shown: OpenAct, done: OpenAct) -> MethodRouter<Arc<House>> {
    get(move |State(house), uri| without_session(house, uri, Bytes::new(), shown))
        .post(move |State(house), uri, body| without_session(house, uri, body, done))
}

fn asked(uri: &Uri, body: &Bytes) -> Asked {
    let words = uri.path().split('/').skip(2).map(str::to_owned).collect();
    let bytes = if body.is_empty() { uri.query().unwrap_or("").as_bytes() } else { body };
    let form = form_urlencoded::parse(bytes).into_owned().collect();
    Asked { words, form }
}

/// Runs an act where blocking is allowed, so many at once as the machine bears.
async fn off_the_loop<T: Send + 'static>(
    house: &House,
    act: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let place = Arc::clone(&house.pages).acquire_owned().await.ok()?;
    let done = tokio::task::spawn_blocking(move || {
        let done = act();
        drop(place);
        done
    });
    done.await.ok()
}

async fn without_session(house: Arc<House>, uri: Uri, body: Bytes, act: OpenAct) -> Response<Body> {
    let asked = asked(&uri, &body);
    let inside = Arc::clone(&house);
    let done = off_the_loop(&house, move || {
        act(&inside, &asked).unwrap_or_else(|error| {
            let frame = troubled(inside.open_frame("Chưa làm được"), &error);
            Answer::page(&Told { frame, back: None }).status(status_of(&error))
        })
    });
    done.await.map_or_else(failed, Answer::into_response)
}

async fn in_session(
    house: Arc<House>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
    act: Act,
) -> Response<Body> {
    let Some(name) = house.name_of(&headers) else {
        return Answer::go("/dang-nhap").into_response();
    };
    let asked = asked(&uri, &body);
    let (inside, path) = (Arc::clone(&house), uri.path().to_owned());
    let done = off_the_loop(&house, move || act_in_session(&inside, name, &asked, &path, act));
    done.await.map_or_else(failed, Answer::into_response)
}

fn act_in_session(
    house: &Arc<House>,
    name: super::sitting::Name,
    asked: &Asked,
    path: &str,
    act: Act,
) -> Answer {
    let over = || Answer::go(sign_in::OVER).cookie(house.cookie_for(&name, 0));
    let mut visit = match Visit::of(house, name) {
        Ok(Some(visit)) => visit,
        Ok(None) => return over(),
        Err(error) => {
            let frame = troubled(house.open_frame("Chưa làm được"), &error);
            return Answer::page(&Told { frame, back: None }).status(status_of(&error));
        }
    };
    if visit.who.owes_duties && path != sign_in::DUTIES {
        return Answer::go(sign_in::DUTIES);
    }
    match act(&mut visit, asked) {
        Ok(answer) => answer,
        Err(error) if is_over(&error) => over(),
        Err(error) => visit.refuse(&error, "/"),
    }
}

/// Signing out takes the cookie away whatever the node says.
async fn leave(State(house): State<Arc<House>>, headers: HeaderMap) -> Response<Body> {
    let Some(name) = house.name_of(&headers) else {
        return Answer::go("/dang-nhap").into_response();
    };
    let inside = Arc::clone(&house);
    let done = off_the_loop(&house, move || sign_in::leave(&inside, &name));
    done.await.map_or_else(failed, Answer::into_response)
}

/// A file of the pages; its name changes with its bytes.
async fn file(Path(name): Path<String>) -> Response<Body> {
    let Some(asset) = asset::named(&name) else { return nothing() };
    let mut response = Response::new(Body::from(Bytes::from_static(&asset.bytes)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, forever);
    response
}

async fn missing(State(house): State<Arc<House>>) -> Response<Body> {
    let mut frame = house.open_frame("Không có trang này");
    let told = CliError::new(crate::cli::Exit::Failed, "HS-0404", "Không có trang này.");
    frame = troubled(frame, &told);
    let back = Some(Back { href: "/".to_owned(), label: "Về trang đầu".to_owned() });
    Answer::page(&Told { frame, back }).status(StatusCode::NOT_FOUND).into_response()
}

async fn not_so() -> Response<Body> {
    plain(StatusCode::METHOD_NOT_ALLOWED, "Không gửi như vậy được.\n")
}

fn nothing() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "Không có tệp này.\n")
}

/// A page that broke off; what it asked of the node stands or does not, as the node recorded it.
fn failed() -> Response<Body> {
    plain(StatusCode::INTERNAL_SERVER_ERROR, "MN-0204: Mất liên lạc với máy nút giữa chừng.\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
