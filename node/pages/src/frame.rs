//! What stands around every screen: where one is, who is signed in, how far the work has come.

/// A screen of the main row of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// «Việc cần làm».
    Home,
    /// «Hồ sơ».
    Dossiers,
    /// «Tra cứu».
    Search,
    /// «Kiểm duyệt».
    Reviews,
    /// «Điều chuyển».
    Transfers,
    /// None of them.
    Elsewhere,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The page's name.
    pub title: String,
    /// Name of the node's unit.
    pub unit: String,
    /// Where the page belongs.
    pub place: Place,
    /// Who is signed in.
    pub person: Option<Person>,
    /// How far the work of this node has come; only for people who are signed in.
    pub strip: Option<Strip>,
    /// What is to be told before anything else.
    pub notices: Vec<Notice>,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Her name.
    pub name: String,
    /// Her capacity.
    pub role: String,
}

/// How far the changes of this node have come, in changes.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// Written on this machine's disk.
    pub saved: u64,
    /// Not handed to the superior.
    pub unsent: u64,
    /// Handed over, and not acknowledged.
    pub sent: u64,
    /// Acknowledged by the superior.
    pub confirmed: u64,
    /// Whether nothing stands above.
    pub top: bool,
    /// When and of whom something was last heard.
    pub contact: String,
    /// What must be known at once.
    pub warning: Option<String>,
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Something was refused or failed.
    Error,
    /// Something should be looked at.
    Warning,
    /// Something was done.
    Done,
}

impl Grade {
    /// The class of its box.
    pub fn class(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warn",
            Self::Done => "done",
        }
    }

    /// How it is read aloud.
    pub fn role(self) -> &'static str {
        match self {
            Self::Error => "alert",
            Self::Warning | Self::Done => "status",
        }
    }

    /// Whether it is an error.
    pub fn is_error(self) -> bool {
        self == Self::Error
    }
}

/// Something to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// How grave.
    pub kind: Grade,
    /// What happened.
    pub text: String,
    /// What was kept, and what to do.
    pub lines: Vec<Line>,
    /// The code to read to somebody by telephone.
    pub code: Option<String>,
}

/// A line of a notice.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its words.
    pub text: String,
    /// The element of the page it is about.
    pub at: Option<String>,
}

impl Notice {
    /// That something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: Grade::Done, text: text.into(), lines: Vec::new(), code: None }
    }

    /// With further lines.
    #[must_use]
    pub fn with(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines.into_iter().map(|text| Line { text, at: None }));
        self
    }
}

/// A link of the main row.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Where to.
    pub href: &'static str,
    /// Its words.
    pub label: &'static str,
    /// Whether the page belongs there.
    pub here: bool,
}

impl Frame {
    /// The main row of links.
    pub fn links(&self) -> [Link; 5] {
        [
            (Place::Home, "/", "Việc cần làm"),
            (Place::Dossiers, "/ho-so", "Hồ sơ"),
            (Place::Search, "/tra-cuu", "Tra cứu"),
            (Place::Reviews, "/kiem-duyet", "Kiểm duyệt"),
            (Place::Transfers, "/dieu-chuyen", "Điều chuyển"),
        ]
        .map(|(place, href, label)| Link { href, label, here: place == self.place })
    }
}
