//! The keys an installation may set, and what each takes.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Component, Path};

use dossier::{UnitId, deadline::outage::WorkingHours};

use super::document::Raw;
use super::{Problem, ProblemKind, Source};

/// What a key takes.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Id,
    Path,
    Listen,
    Pages,
    Address,
    Choice(&'static [&'static str]),
    Flag,
    Hours,
}

/// Stands for no pages at all.
const OFF: &str = "off";

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    shape: Shape,
}

/// A value that passed its check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    Id(UnitId),
    Path(String),
    Listen(SocketAddr),
    Pages(Option<SocketAddr>),
    Address(String),
    Choice(&'static str),
    Flag(bool),
    Hours(String, WorkingHours),
}

pub(super) const KEYS: [Key; 23] = [
    Key { name: "profile", shape: Shape::Choice(&["unit", "department", "province"]) },
    Key { name: "province", shape: Shape::Id },
    Key { name: "data_dir", shape: Shape::Path },
    Key { name: "listen.peer", shape: Shape::Listen },
    Key { name: "listen.enrol", shape: Shape::Listen },
    Key { name: "listen.pages", shape: Shape::Pages },
    Key { name: "parent.address", shape: Shape::Address },
    Key { name: "storage.index", shape: Shape::Choice(&["sled", "redb"]) },
    Key { name: "units.communes_hold_dossiers", shape: Shape::Flag },
    Key { name: "accounts.second_session", shape: Shape::Choice(&["ends_first", "refused"]) },
    Key { name: "attachments.secret_marks", shape: Shape::Flag },
    Key { name: "accounts.offline_days", shape: Shape::Choice(&["3", "7", "14", "30"]) },
    Key {
        name: "seal.profile",
        shape: Shape::Choice(&["passphrase", "keyfile", "keyfile+passphrase", "unattended"]),
    },
    Key { name: "accounts.acknowledge", shape: Shape::Choice(&["required", "off"]) },
    Key { name: "seal.key_file", shape: Shape::Path },
    Key { name: "deadlines.rules", shape: Shape::Choice(&["regulation-2014", "decree-2026"]) },
    Key { name: "deadlines.person_days", shape: Shape::Choice(&["5", "10", "15", "20", "30"]) },
    Key { name: "deadlines.in_force", shape: Shape::Choice(&["tenth_day", "after_ten_days"]) },
    Key { name: "deadlines.effect", shape: Shape::Choice(&["later", "literal"]) },
    Key { name: "deadlines.before", shape: Shape::Choice(&["strict", "inclusive"]) },
    Key { name: "deadlines.outage", shape: Shape::Choice(&["whole", "touched"]) },
    Key {
        name: "deadlines.outage_percent",
        shape: Shape::Choice(&["50", "60", "70", "80", "90", "100"]),
    },
    Key { name: "deadlines.office_hours", shape: Shape::Hours },
];

const SECRETS: [&str; 7] =
    ["password", "passphrase", "secret", "token", "private", "matkhau", "pin"];

impl Key {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Name of the environment variable without `HOSO_`.
    pub(super) fn variable(&self) -> String {
        self.name.replace('.', "_").to_ascii_uppercase()
    }

    /// Checks a value of a file, where types count.
    pub(super) fn check(&self, raw: &Raw) -> Result<Checked, ProblemKind> {
        let expected =
            if matches!(self.shape, Shape::Flag) { "true hoặc false" } else { "chữ" };
        match (raw, self.shape) {
            (Raw::Flag(flag), Shape::Flag) => Ok(Checked::Flag(*flag)),
            (Raw::Text(_), Shape::Flag) => Err(ProblemKind::Type { expected, found: "chữ" }),
            (Raw::Text(text), _) => self.check_text(text),
            (Raw::Flag(_), _) => Err(ProblemKind::Type { expected, found: "true hoặc false" }),
            (Raw::Other(found), _) => Err(ProblemKind::Type { expected, found }),
        }
    }

    /// Checks a value of the environment or the command line, where all is text.
    pub(super) fn check_text(&self, text: &str) -> Result<Checked, ProblemKind> {
        let wrong = |reason: &str| ProblemKind::Value(reason.to_owned());
        match self.shape {
            Shape::Id => text.parse().map(Checked::Id).map_err(|_| {
                wrong("phải là mã đơn vị: chữ thường không dấu, số, dấu chấm, gạch nối")
            }),
            Shape::Path => {
                if is_safe_folder(text) {
                    Ok(Checked::Path(text.to_owned()))
                } else {
                    Err(wrong(
                        "phải là đường dẫn đầy đủ đến một thư mục hoặc tệp riêng, không phải gốc ổ đĩa",
                    ))
                }
            }
            Shape::Listen => text.parse().map(Checked::Listen).map_err(|_| {
                wrong("phải là địa chỉ IP và cổng từ 0 đến 65535, ví dụ 0.0.0.0:7443")
            }),
            Shape::Pages => pages(text).map(Checked::Pages).ok_or_else(|| {
                wrong("phải là địa chỉ của chính máy này, ví dụ 127.0.0.1:8888, hoặc off để tắt")
            }),
            Shape::Address => {
                if is_address(text) {
                    Ok(Checked::Address(text.to_owned()))
                } else {
                    Err(wrong("phải là tên máy hoặc IP và cổng, ví dụ snv.hoabinh.gov.vn:7443"))
                }
            }
            Shape::Choice(choices) => choices
                .iter()
                .find(|choice| **choice == text)
                .map(|choice| Checked::Choice(choice))
                .ok_or_else(|| {
                    ProblemKind::Value(format!("phải là một trong: {}", choices.join(", ")))
                }),
            Shape::Hours => match text.parse() {
                Ok(hours) => Ok(Checked::Hours(text.to_owned(), hours)),
                Err(_) => {
                    Err(wrong("phải là giờ làm việc trong ngày, ví dụ 07:30-11:30, 13:30-17:30"))
                }
            },
            Shape::Flag => text
                .parse()
                .map(Checked::Flag)
                .map_err(|_| ProblemKind::Type { expected: "true hoặc false", found: "chữ" }),
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Path(text) | Self::Address(text) | Self::Hours(text, _) => f.write_str(text),
            Self::Listen(address) | Self::Pages(Some(address)) => write!(f, "{address}"),
            Self::Pages(None) => f.write_str(OFF),
            Self::Choice(choice) => f.write_str(choice),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// The problem of a key that does not exist: a secret in the wrong place, or a slip of the pen.
pub(super) fn unknown(name: &str, source: Option<Source>) -> Problem {
    let plain: String =
        name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let secret = SECRETS.iter().any(|word| plain == *word)
        || SECRETS[..6].iter().any(|word| plain.contains(word));
    let kind = if secret {
        ProblemKind::Secret
    } else {
        ProblemKind::Unknown { suggestion: suggestion(name) }
    };
    let shown: String = name.chars().take(80).collect();
    Problem { key: Some(shown), source, kind }
}

fn suggestion(name: &str) -> Option<&'static str> {
    let name: String = name.chars().take(80).collect::<String>().to_ascii_lowercase();
    let name = name.strip_prefix("hoso_").unwrap_or(&name);
    let likeness = |key: &Key| {
        let last = key.name.rsplit('.').next().unwrap_or(key.name);
        let whole = strsim::jaro_winkler(name, key.name);
        let variable = strsim::jaro_winkler(name, &key.variable().to_ascii_lowercase());
        whole.max(variable).max(strsim::jaro_winkler(name, last))
    };
    KEYS.iter()
        .map(|key| (likeness(key), key.name))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// An absolute folder below a root, without `..`; what stands on the disk is for the shell to see.
fn is_safe_folder(text: &str) -> bool {
    let path = Path::new(text);
    text.len() <= 1_024
        && !text.contains('\0')
        && path.is_absolute()
        && path.components().any(|part| matches!(part, Component::Normal(_)))
        && !path.components().any(|part| part == Component::ParentDir)
}

/// Where the pages are; `Some(None)` where there are none. Only this machine may ask for them: what
/// goes over a network in the clear can be read on the way.
fn pages(text: &str) -> Option<Option<SocketAddr>> {
    if text == OFF {
        return Some(None);
    }
    let address: SocketAddr = text.parse().ok()?;
    address.ip().is_loopback().then_some(Some(address))
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let named =
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let numbered = text.parse::<SocketAddr>().is_ok();
    let port_fits = port.parse::<u16>().is_ok_and(|port| port > 0);
    port_fits && !host.is_empty() && host.len() <= 253 && (named || numbered)
}
