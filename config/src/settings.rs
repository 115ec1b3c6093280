//! Typed settings of an installation, layered: profile, file, environment, flags.
//!
//! **Invariant:** settings exist only whole and checked; each value remembers where it came from.
//! A key that is not known is refused, never ignored.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use dossier::{
    UnitId,
    deadline::{
        self, BeforeReading, EffectReading, InForceReading, RuleSet, outage::OutageReading,
    },
};

mod document;
mod keys;
mod problem;

use keys::{Checked, Key};
pub use problem::{Problem, ProblemKind};

/// What kind of node an installation is; gives the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Tier 1.
    Unit,
    /// Tier 2.
    Department,
    /// Tier 3.
    Province,
}

impl Profile {
    /// Name of the profile.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Department => "department",
            Self::Province => "province",
        }
    }

    /// The text of the profile, fit as a first settings file.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unit => include_str!("../profiles/unit.toml"),
            Self::Department => include_str!("../profiles/department.toml"),
            Self::Province => include_str!("../profiles/province.toml"),
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "department" => Self::Department,
            "province" => Self::Province,
            _ => Self::Unit,
        }
    }
}

/// Which index stands over the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// sled 0.34.7.
    Sled,
    /// redb 4.
    Redb,
}

/// Everything an installation is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Kind of node.
    pub profile: Profile,
    /// Root unit of the province, e.g. `hoabinh`; fixed once the node is enrolled.
    pub province: UnitId,
    /// Folder of the store; absolute, never a root.
    pub data_dir: PathBuf,
    /// UDP address for peers; port 0 takes any.
    pub listen_peer: SocketAddr,
    /// UDP address for enrolment; `None` where nobody enrols here.
    pub listen_enrol: Option<SocketAddr>,
    /// TCP address of the pages, on this machine alone; port 0 takes any, a port that is taken leads
    /// to the next free one. `None` where there are no pages.
    pub listen_pages: Option<SocketAddr>,
    /// Host and port of the node above; `None` at tier 3 and where bundles go by hand.
    pub parent_address: Option<String>,
    /// Index over the journal.
    pub storage_index: IndexKind,
    /// Whether communes keep dossiers (Điều 2a).
    pub communes_hold_dossiers: bool,
    /// How persons use accounts here.
    pub accounts: AccountSettings,
    /// How the data is sealed.
    pub seal: SealSettings,
    /// Whether attachments marked Mật, Tối mật, Tuyệt mật are taken: the installation was declared fit
    /// for them (Điều 5.3). Off in every profile.
    pub secret_attachments: bool,
    /// By which rules the clocks run, and how their open words are read.
    pub deadlines: deadline::Profile,
}

/// How the data of a node is sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealSettings {
    /// What locks it when it is founded or locked anew; what lies on the disk says what does now.
    pub profile: SealProfile,
    /// Where the key file is; beside the data directory when `None`.
    pub key_file: Option<PathBuf>,
}

/// What locks the data of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SealProfile {
    /// A passphrase, given at each start.
    Passphrase,
    /// A key file, kept apart from the data.
    #[default]
    KeyFile,
    /// Both.
    KeyFileAndPassphrase,
    /// A key file that is always at hand, so that the machine starts alone.
    Unattended,
}

/// How persons use accounts at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Whether a second session of a person is refused; else it ends the first (Điều 5.2).
    pub second_session_refused: bool,
    /// Days without word from a superior on which accounts are usable.
    pub offline_days: u16,
    /// Whether nobody works before she answered for her duties of the year (Điều 12.3).
    pub acknowledge: bool,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self { second_session_refused: false, offline_days: 30, acknowledge: true }
    }
}

impl Settings {
    /// Checks that the province is the one the node was enrolled in.
    ///
    /// # Errors
    /// A [`Problem`] when the setting was changed after enrolment.
    pub fn confirm_province(&self, enrolled: &UnitId) -> Result<(), Problem> {
        if self.province == *enrolled {
            return Ok(());
        }
        let kind = ProblemKind::ProvinceChanged { enrolled: enrolled.to_string() };
        Err(Problem { key: Some("province".to_owned()), source: None, kind })
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The embedded profile.
    Profile(&'static str),
    /// A settings file, and the line, counted from 1.
    File {
        /// Name as the caller knows it.
        name: String,
        /// Line.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "cấu hình mẫu {name}"),
            Self::File { name, line } => write!(f, "tệp {name}, dòng {line}"),
            Self::Environment(name) => write!(f, "biến môi trường {name}"),
            Self::Flag(name) => write!(f, "tham số {name}"),
        }
    }
}

/// What the settings are read from; the later layer wins.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// Name and bytes of the settings file.
    pub file: Option<(&'a str, &'a [u8])>,
    /// Environment variables; those that start with `HOSO_` count.
    pub environment: Option<&'a BTreeMap<String, String>>,
    /// Flags: key, e.g. `storage.index`, and value.
    pub flags: Option<&'a BTreeMap<String, String>>,
}

/// Settings with the story of each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Key, value as text, and source, in the order of the documentation.
    pub effective: Vec<(&'static str, String, Source)>,
    /// What a person should look at, e.g. a misspelt environment variable.
    pub warnings: Vec<Problem>,
}

type Values = BTreeMap<&'static str, (Checked, Source)>;

/// Reads, layers and checks settings.
///
/// # Errors
/// Every [`Problem`] found, in the order of the layers.
pub fn load(layers: &Layers<'_>) -> Result<Loaded, Vec<Problem>> {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let mut over = Values::new();
    if let Some((name, bytes)) = layers.file {
        let source = |line| Source::File { name: name.to_owned(), line };
        read_file(bytes, &source, &mut over, &mut problems);
    }
    for (name, text) in layers.environment.into_iter().flatten() {
        let Some(rest) = name.strip_prefix("HOSO_") else { continue };
        let source = Source::Environment(name.clone());
        match keys::KEYS.iter().find(|key| key.variable() == rest) {
            Some(key) => take_text(key, text, source, &mut over, &mut problems),
            // Other programs and the command line have variables of their own.
            None => warnings.push(keys::unknown(name, Some(source))),
        }
    }
    for (name, text) in layers.flags.into_iter().flatten() {
        let source = Source::Flag(name.clone());
        match Key::named(name) {
            Some(key) => take_text(key, text, source, &mut over, &mut problems),
            None => problems.push(keys::unknown(name, Some(source))),
        }
    }
    let profile = match over.get("profile") {
        Some((Checked::Choice(name), _)) => Profile::named(name),
        _ => Profile::Unit,
    };
    let mut values = Values::new();
    read_file(
        profile.text().as_bytes(),
        &|_| Source::Profile(profile.name()),
        &mut values,
        &mut problems,
    );
    values.append(&mut over);
    match assemble(profile, &values, &mut problems) {
        Some(settings) if problems.is_empty() => {
            Ok(Loaded { settings, effective: effective(&values), warnings })
        }
        _ => Err(problems),
    }
}

fn read_file(
    bytes: &[u8],
    source: &dyn Fn(usize) -> Source,
    values: &mut Values,
    problems: &mut Vec<Problem>,
) {
    let entries = match document::entries(bytes) {
        Ok(entries) => entries,
        Err((line, kind)) => {
            problems.push(Problem { key: None, source: Some(source(line)), kind });
            return;
        }
    };
    for entry in entries {
        let source = source(entry.line);
        match Key::named(&entry.key) {
            None => problems.push(keys::unknown(&entry.key, Some(source))),
            Some(key) => match key.check(&entry.value) {
                Ok(checked) => {
                    values.insert(key.name, (checked, source));
                }
                Err(kind) => {
                    let key = Some(key.name.to_owned());
                    problems.push(Problem { key, source: Some(source), kind });
                }
            },
        }
    }
}

fn take_text(
    key: &Key,
    text: &str,
    source: Source,
    values: &mut Values,
    problems: &mut Vec<Problem>,
) {
    match key.check_text(text) {
        Ok(checked) => {
            values.insert(key.name, (checked, source));
        }
        Err(kind) => {
            problems.push(Problem { key: Some(key.name.to_owned()), source: Some(source), kind });
        }
    }
}

fn effective(values: &Values) -> Vec<(&'static str, String, Source)> {
    keys::KEYS
        .iter()
        .filter_map(|key| {
            let (value, source) = values.get(key.name)?;
            Some((key.name, value.to_string(), source.clone()))
        })
        .collect()
}

fn assemble(profile: Profile, values: &Values, problems: &mut Vec<Problem>) -> Option<Settings> {
    let value = |key: &str| values.get(key).map(|(checked, _)| checked);
    let mut missing = |key: &str| {
        let key = Some(key.to_owned());
        problems.push(Problem { key, source: None, kind: ProblemKind::Missing });
    };
    let Some(Checked::Id(province)) = value("province") else {
        missing("province");
        return None;
    };
    let Some(Checked::Path(data_dir)) = value("data_dir") else {
        missing("data_dir");
        return None;
    };
    let Some(Checked::Listen(listen_peer)) = value("listen.peer") else {
        missing("listen.peer");
        return None;
    };
    let listen_enrol = match value("listen.enrol") {
        Some(Checked::Listen(address)) => Some(*address),
        _ => None,
    };
    if listen_enrol == Some(*listen_peer) && listen_peer.port() != 0 {
        let kind = ProblemKind::Value("phải khác listen.peer".to_owned());
        problems.push(Problem { key: Some("listen.enrol".to_owned()), source: None, kind });
    }
    Some(Settings {
        profile,
        province: province.clone(),
        data_dir: Path::new(data_dir).to_owned(),
        listen_peer: *listen_peer,
        listen_enrol,
        listen_pages: match value("listen.pages") {
            Some(Checked::Pages(address)) => *address,
            _ => None,
        },
        parent_address: match value("parent.address") {
            Some(Checked::Address(address)) => Some(address.clone()),
            _ => None,
        },
        storage_index: match value("storage.index") {
            Some(Checked::Choice("redb")) => IndexKind::Redb,
            _ => IndexKind::Sled,
        },
        communes_hold_dossiers: value("units.communes_hold_dossiers") == Some(&Checked::Flag(true)),
        secret_attachments: value("attachments.secret_marks") == Some(&Checked::Flag(true)),
        deadlines: deadlines(values),
        accounts: AccountSettings {
            second_session_refused: value("accounts.second_session")
                == Some(&Checked::Choice("refused")),
            offline_days: match value("accounts.offline_days") {
                Some(Checked::Choice(days)) => days.parse().unwrap_or(30),
                _ => 30,
            },
            acknowledge: value("accounts.acknowledge") != Some(&Checked::Choice("off")),
        },
        seal: SealSettings {
            profile: match value("seal.profile") {
                Some(Checked::Choice("passphrase")) => SealProfile::Passphrase,
                Some(Checked::Choice("keyfile+passphrase")) => SealProfile::KeyFileAndPassphrase,
                Some(Checked::Choice("unattended")) => SealProfile::Unattended,
                _ => SealProfile::KeyFile,
            },
            key_file: match value("seal.key_file") {
                Some(Checked::Path(path)) => Some(PathBuf::from(path)),
                _ => None,
            },
        },
    })
}

/// The regulation of 2014 in its default readings, but for what is set otherwise.
fn deadlines(values: &Values) -> deadline::Profile {
    let chosen = |key: &str| match values.get(key) {
        Some((Checked::Choice(word), _)) => *word,
        _ => "",
    };
    let usual = deadline::Profile::REGULATION_2014;
    deadline::Profile {
        rules: match chosen("deadlines.rules") {
            "decree-2026" => RuleSet::Decree2026,
            _ => usual.rules,
        },
        in_force: match chosen("deadlines.in_force") {
            "after_ten_days" => InForceReading::AfterTenDays,
            _ => usual.in_force,
        },
        effect: match chosen("deadlines.effect") {
            "literal" => EffectReading::Literal,
            _ => usual.effect,
        },
        before: match chosen("deadlines.before") {
            "inclusive" => BeforeReading::Inclusive,
            _ => usual.before,
        },
        person_days: chosen("deadlines.person_days").parse().unwrap_or(usual.person_days),
        outage: match (chosen("deadlines.outage"), chosen("deadlines.outage_percent").parse()) {
            ("touched", _) => OutageReading::Touched,
            (_, Ok(percent)) => OutageReading::Whole { percent },
            (_, Err(_)) => usual.outage,
        },
        hours: match values.get("deadlines.office_hours") {
            Some((Checked::Hours(_, hours), _)) => *hours,
            _ => usual.hours,
        },
        ..usual
    }
}

#[cfg(test)]
mod tests;
