//! A browser of few words: requests over a socket, one cookie, forms as they stand on a page.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Page {
    /// The value of a header; the first of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The value of the field of this name on the page, as its author wrote it.
    pub(crate) fn value(&self, name: &str) -> String {
        let (_, after) = self.body.split_once(&format!("name=\"{name}\" value=\"")).expect("there");
        let value = after.split('"').next().expect("it ends");
        value
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
            .replace("&#38;", "&")
    }
}

/// A browser at one listener.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) at: SocketAddr,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn at(at: SocketAddr) -> Self {
        Self { at, cookie: None }
    }

    /// Sends these bytes and reads all that comes.
    pub(crate) async fn raw(&self, bytes: Vec<u8>) -> Page {
        let at = self.at;
        let talk = move || {
            let mut stream = TcpStream::connect(at).expect("the pages listen");
            stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
            stream.write_all(&bytes).expect("written");
            let mut all = Vec::new();
            stream.read_to_end(&mut all).expect("answered");
            let text = String::from_utf8_lossy(&all).into_owned();
            let (head, body) = text.split_once("\r\n\r\n").expect("a head");
            let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
            Page { status: status.expect("a status"), head: head.to_owned(), body: body.to_owned() }
        };
        tokio::task::spawn_blocking(talk).await.expect("joins")
    }

    fn head(&self, line: &str, more: &str) -> String {
        let cookie = self.cookie.as_ref().map(|it| format!("Cookie: {it}\r\n")).unwrap_or_default();
        format!("{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{cookie}{more}\r\n", self.at)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let page = self.raw(self.head(&format!("GET {path}"), "").into_bytes()).await;
        self.keep(&page);
        page
    }

    /// Sends a form as a page of the listener does.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let here = format!("Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n", self.at);
        self.post_from(path, form, &here).await
    }

    /// Sends a form with headers that say where it comes from.
    pub(crate) async fn post_from(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        from: &str,
    ) -> Page {
        let coded =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let pairs: Vec<String> =
            form.iter().map(|(key, text)| format!("{}={}", coded(key), coded(text))).collect();
        let body = pairs.join("&");
        let more = format!(
            "{from}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            body.len()
        );
        let page = self.raw((self.head(&format!("POST {path}"), &more) + &body).into_bytes()).await;
        self.keep(&page);
        page
    }

    fn keep(&mut self, page: &Page) {
        if let Some(set) = page.header("set-cookie") {
            let pair = set.split(';').next().unwrap_or_default().to_owned();
            self.cookie = (!set.contains("Max-Age=0")).then_some(pair);
        }
    }
}
