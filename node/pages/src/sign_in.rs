//! Signing in, the first password, the duties of the year, and pages that only tell something.

use askama::Template;

use crate::asset;
use crate::frame::Frame;

/// «Đăng nhập».
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// What stands around it.
    pub frame: Frame,
    /// The login as it was typed; a password is never given back.
    pub login: String,
    /// Whether the unit has an account at all.
    pub has_accounts: bool,
}

/// «Đặt mật khẩu lần đầu».
#[derive(Debug, Template)]
#[template(path = "activate.html")]
pub struct Activate {
    /// What stands around it.
    pub frame: Frame,
    /// The login as it was typed.
    pub login: String,
}

/// The second factor, shown once.
#[derive(Debug, Template)]
#[template(path = "second.html")]
pub struct Second {
    /// What stands around it.
    pub frame: Frame,
    /// What the telephone is told.
    pub secret: String,
}

/// The duties that are to be acknowledged (Điều 12.3).
#[derive(Debug, Template)]
#[template(path = "duties.html")]
pub struct Duties {
    /// What stands around it.
    pub frame: Frame,
    /// Sentence by sentence.
    pub duties: Vec<String>,
}

/// A page whose notices are all it has to say.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub struct Told {
    /// What stands around it.
    pub frame: Frame,
    /// Where to go on.
    pub back: Option<Back>,
}

/// A link that leads on.
#[derive(Debug)]
pub struct Back {
    /// Where to.
    pub href: String,
    /// Its words.
    pub label: String,
}
