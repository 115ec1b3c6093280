//! What is wrong with settings: a stable code, where, and what to do.

use std::fmt;

use super::Source;

/// One thing wrong with the settings. Shown to a person; never holds a value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, where one is meant.
    pub key: Option<String>,
    /// Where it was read.
    pub source: Option<Source>,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// The file is larger than the limit.
    TooLarge,
    /// Not UTF-8; UTF-16 is told apart.
    Encoding {
        /// Whether it looks like UTF-16.
        utf16: bool,
    },
    /// A NUL character.
    Nul,
    /// No TOML.
    Syntax(String),
    /// Tables within tables beyond the limit.
    TooDeep,
    /// No such key.
    Unknown {
        /// A key that is spelt alike.
        suggestion: Option<&'static str>,
    },
    /// A value of another type.
    Type {
        /// What the key takes.
        expected: &'static str,
        /// What was written.
        found: &'static str,
    },
    /// A value that makes no sense, with the reason in Vietnamese.
    Value(String),
    /// A required key has no value.
    Missing,
    /// A secret in a settings file.
    Secret,
    /// The province differs from the one of the enrolment.
    ProvinceChanged {
        /// Province of the enrolment.
        enrolled: String,
    },
    /// A key or a table twice.
    Duplicate,
}

impl ProblemKind {
    /// The stable code; a retired one is never given again.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "CH-0001",
            Self::Encoding { .. } => "CH-0002",
            Self::Nul => "CH-0003",
            Self::Syntax(_) => "CH-0004",
            Self::TooDeep => "CH-0005",
            Self::Unknown { .. } => "CH-0006",
            Self::Type { .. } => "CH-0007",
            Self::Value(_) => "CH-0008",
            Self::Missing => "CH-0009",
            Self::Secret => "CH-0010",
            Self::ProvinceChanged { .. } => "CH-0011",
            Self::Duplicate => "CH-0012",
        }
    }

    fn message_vi(&self) -> String {
        match self {
            Self::TooLarge => "tệp cấu hình lớn hơn 256 KiB.".to_owned(),
            Self::Encoding { utf16: true } => {
                "tệp ở dạng UTF-16. Hãy lưu lại dạng UTF-8.".to_owned()
            }
            Self::Encoding { utf16: false } => {
                "tệp không phải UTF-8. Hãy lưu lại dạng UTF-8.".to_owned()
            }
            Self::Nul => "tệp có ký tự NUL. Hãy gõ lại dòng này.".to_owned(),
            Self::Syntax(reason) => format!("sai cú pháp TOML ({reason})."),
            Self::TooDeep => "lồng nhau quá 8 tầng.".to_owned(),
            Self::Unknown { suggestion: Some(key) } => {
                format!("không có mục này. Có phải là “{key}”?")
            }
            Self::Unknown { suggestion: None } => {
                "không có mục này. Hãy bỏ đi hoặc xem danh sách mục.".to_owned()
            }
            Self::Type { expected, found } => format!("phải là {expected}, đang ghi {found}."),
            Self::Value(reason) => format!("{reason}."),
            Self::Missing => "chưa có giá trị. Hãy bổ sung mục này.".to_owned(),
            Self::Secret => {
                "không ghi mật khẩu, khóa trong tệp cấu hình. Hãy dùng kho bí mật của hệ điều hành."
                    .to_owned()
            }
            Self::ProvinceChanged { enrolled } => {
                format!("máy đã được cấp cho “{enrolled}”, không đổi được tỉnh.")
            }
            Self::Duplicate => "mục hoặc bảng ghi hai lần. Hãy giữ một.".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.code())?;
        if let Some(source) = &self.source {
            write!(f, " {source}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", mục {}", key.escape_debug())?;
        }
        write!(f, ": {}", self.kind.message_vi())
    }
}

impl std::error::Error for Problem {}
