//! A browser of few words, and a server of even fewer.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// A browser with at most one cookie.
#[derive(Debug, Clone)]
pub(super) struct Browser {
    at: SocketAddr,
    cookie: Option<String>,
}

/// One connection of it.
#[derive(Debug)]
pub(super) struct Window {
    browser: Browser,
    sender: SendRequest<Full<Bytes>>,
}

impl Browser {
    pub(super) fn at(at: SocketAddr) -> Self {
        Self { at, cookie: None }
    }

    pub(super) async fn open(&self) -> anyhow::Result<Window> {
        let stream = TcpStream::connect(self.at).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Window { browser: self.clone(), sender })
    }

    /// Sends a form, keeps the cookie it is given, and returns where it is sent on to.
    ///
    /// # Errors
    /// Any other answer than to go on.
    pub(super) async fn post(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let mut coded = form_urlencoded::Serializer::new(String::new());
        let body = Bytes::from(coded.extend_pairs(form).finish());
        let mut window = self.open().await?;
        let answer = window.send(Method::POST, path, body).await?;
        let text = |name| answer.headers().get(name).and_then(|it| it.to_str().ok());
        if let Some(set) = text(SET_COOKIE) {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        let to = text(LOCATION).map(str::to_owned);
        to.with_context(|| format!("{path} was answered with {}", answer.status()))
    }
}

impl Window {
    /// Asks for a page, and returns how many bytes it has.
    ///
    /// # Errors
    /// Any other answer than the page.
    pub(super) async fn get(&mut self, path: &str) -> anyhow::Result<usize> {
        if self.sender.is_closed() {
            // A browser opens another connection where the node has hung up on a still one.
            *self = self.browser.open().await?;
        }
        let answer = self.send(Method::GET, path, Bytes::new()).await?;
        let status = answer.status();
        anyhow::ensure!(status == StatusCode::OK, "{path} was answered with {status}");
        Ok(answer.into_body().len())
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Response<Bytes>> {
        let host = self.browser.at.to_string();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(ORIGIN, format!("http://{host}"))
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = &self.browser.cookie {
            request = request.header(COOKIE, cookie);
        }
        self.sender.ready().await?;
        let answer = self.sender.send_request(request.body(Full::new(body))?).await?;
        let (head, body) = answer.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    }
}

/// Serves so many bytes to whoever asks, until the runtime ends.
pub(super) async fn answer_bare(bytes: usize) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let at = listener.local_addr()?;
    let page = Bytes::from(vec![b'.'; bytes]);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let page = page.clone();
            tokio::spawn(async move {
                let answer = service_fn(move |_| {
                    let page = page.clone();
                    async move { Ok::<_, Infallible>(Response::new(Full::new(page))) }
                });
                http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await
            });
        }
    });
    Ok(at)
}
