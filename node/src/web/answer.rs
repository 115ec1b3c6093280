//! What a request is answered with.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{Response, StatusCode};
use pages::View;
use pages::frame::{Frame, Grade, Line, Notice};

use crate::cli::shared::CliError;

/// A page, or where to go.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: String,
    location: Option<String>,
    cookie: Option<String>,
}

impl Answer {
    /// A page.
    pub(super) fn page(view: &impl View) -> Self {
        match pages::render(view) {
            Ok(body) => Self { status: StatusCode::OK, body, location: None, cookie: None },
            Err(error) => {
                tracing::error!(%error, "a page could not be made");
                let body = "MN-0205: không hiện được trang.".to_owned();
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self { status, body, location: None, cookie: None }
            }
        }
    }

    /// Leads on to a page after something was done.
    pub(super) fn go(location: impl Into<String>) -> Self {
        let location = Some(location.into());
        Self { status: StatusCode::SEE_OTHER, body: String::new(), location, cookie: None }
    }

    /// With another status.
    #[must_use]
    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With a cookie.
    #[must_use]
    pub(super) fn cookie(mut self, cookie: String) -> Self {
        self.cookie = Some(cookie);
        self
    }

    /// As it is sent.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        for (name, value) in [(LOCATION, self.location), (SET_COOKIE, self.cookie)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The status of an error.
pub(super) fn status_of(error: &CliError) -> StatusCode {
    match error.code.as_str() {
        "TK-0232" | "TK-0233" | "UQ-0210" | "UQ-0211" | "UQ-0212" => StatusCode::FORBIDDEN,
        "HS-0404" => StatusCode::NOT_FOUND,
        code if code.starts_with("MN-") => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// An error as people read it on a page.
pub(super) fn trouble(error: &CliError) -> Notice {
    let lines = error.hint.as_deref().map(|hint| on_a_page(&error.code, hint)).unwrap_or_default();
    let lines = lines.into_iter().map(|text| Line { text, at: None }).collect();
    let (text, code) = (error.message.clone(), Some(error.code.clone()));
    Notice { kind: Grade::Error, text, lines, code }
}

/// What to do, where the words are not those of a terminal.
fn on_a_page(code: &str, hint: &str) -> Vec<String> {
    let own = match code {
        "TK-0216" => "Chọn «Lần đầu: đặt mật khẩu bằng mã kích hoạt».",
        "TK-0220" => "Nhập sáu chữ số đang hiện trên điện thoại vào ô «Mã hai lớp».",
        "TK-0215" => "Đề nghị Sở Nội vụ cấp lại mã (Điều 16.6).",
        _ => "",
    };
    if !own.is_empty() {
        return vec![own.to_owned()];
    }
    let of_a_terminal = |line: &str| line.contains("hoso ") || line.contains("--");
    hint.lines().map(str::trim).filter(|line| !of_a_terminal(line)).map(str::to_owned).collect()
}

/// A sentence without the command it tells to run, which stands at its end.
pub(super) fn off_terminal(sentence: &str) -> String {
    let Some((before, _)) = sentence.split_once("«hoso") else { return sentence.to_owned() };
    let cut = before.rfind([',', ';']).map_or(before, |at| &before[..at]);
    format!("{}.", cut.trim_end())
}

/// A frame that tells an error before anything else.
pub(super) fn troubled(mut frame: Frame, error: &CliError) -> Frame {
    frame.notices.insert(0, trouble(error));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_terminal_stay_there() {
        let error = |code: &str, hint: &str| {
            let error = CliError::new(crate::cli::Exit::Failed, code, "Không được.").hint(hint);
            trouble(&error).lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        assert_eq!(
            off_terminal("Chờ người chọn: 2 mục, xem «hoso dossier conflicts»"),
            "Chờ người chọn: 2 mục."
        );
        assert_eq!(off_terminal("Đã đồng bộ với cấp trên."), "Đã đồng bộ với cấp trên.");
        assert!(error("TK-0230", "Hãy đăng nhập: hoso account login --login TÊN").is_empty());
        assert_eq!(error("TK-0220", "Hãy thêm --second.").len(), 1);
        assert_eq!(
            error("HS-0413", "Ngày sinh sai.\n  Thiếu họ."),
            ["Ngày sinh sai.", "Thiếu họ."]
        );
    }
}
