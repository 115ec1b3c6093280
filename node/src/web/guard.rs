//! What every request passes before a page looks at it, and what every answer is sent with.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::House;
use super::crowd::Guest;

/// The largest body of a form, in bytes.
const BODY_BYTES: usize = 256 * 1024;

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(15);

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a page may use: its own node, and nothing written into the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Sent with every answer.
const ALWAYS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// Lets a request through, with its body read; refuses foreign names, foreign origins and what is
/// too large or too slow.
pub(super) async fn guard(
    State(house): State<Arc<House>>,
    request: Request,
    next: Next,
) -> Response {
    let mut answer = match admit(&house, request).await {
        Ok(request) => {
            // Whoever is still sending may be hung up on; whoever is being answered may not.
            let guest = request.extensions().get::<Arc<Guest>>();
            let _asking = guest.map(Guest::asks);
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    };
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Whatever says nothing else of itself may be about a person.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

async fn admit(house: &House, request: Request) -> Result<Request, (StatusCode, &'static str)> {
    if !is_ours(house, request.headers(), request.uri()) {
        return Err((StatusCode::MISDIRECTED_REQUEST, "Sai địa chỉ máy.\n"));
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !is_from_here(house, request.headers()) {
        return Err((StatusCode::FORBIDDEN, "Yêu cầu không đến từ trang của máy này.\n"));
    }
    let (head, body) = request.into_parts();
    match tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(head, Body::from(bytes))),
        Ok(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, "Nội dung gửi quá lớn.\n")),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "Gửi quá chậm.\n")),
    }
}

/// Whether the browser calls the listener by a name of its own: a foreign name that leads to this
/// machine would make another site's page ours.
fn is_ours(house: &House, headers: &HeaderMap, uri: &Uri) -> bool {
    let mut names = headers.get_all(HOST).iter();
    let host = match (names.next(), names.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    };
    let known = |name: &str| house.hosts.contains(&name.to_ascii_lowercase());
    host.is_some_and(known) && uri.authority().is_none_or(|authority| known(authority.as_str()))
}

/// Whether a page of this listener sends it. Browsers say so in one header or both; those that say
/// the site call the origin `null`, because pages ask them to tell nobody where they come from.
fn is_from_here(house: &House, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or(""));
    let site = text(SEC_FETCH_SITE).map(|site| site == "same-origin");
    let nameless = |origin: &&str| *origin == "null" && site == Some(true);
    let origin = text(ORIGIN).filter(|origin| !nameless(origin)).map(|origin| {
        let name = origin.strip_prefix("http://").unwrap_or_default();
        house.hosts.contains(name) && text(HOST) == Some(name)
    });
    match (site, origin) {
        (None, None) => false,
        (Some(site), None) => site,
        (site, Some(origin)) => origin && site.unwrap_or(true),
    }
}
