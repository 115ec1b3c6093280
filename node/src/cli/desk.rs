//! What every verb works with: the world, the settings, the way to the running node, the output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Layers, Loaded};
use jiff::civil::Date;

use super::account::ticket_of;
use super::arguments::Common;
use super::ask::Asker;
use super::error::CliError;
use super::output::Output;
use super::words;
use crate::{audit::Claim, environment::Environment};

/// Name of the settings file in a data directory.
pub(super) const SETTINGS: &str = "hoso.toml";

/// Settings of the whole machine.
const SYSTEM_SETTINGS: &str = "/etc/hoso/hoso.toml";

/// The largest settings file that is read, in bytes; the checks refuse less.
const SETTINGS_BYTES: u64 = 1024 * 1024;

/// The largest file that people carry between nodes and is handed to one, in bytes.
const CARRIED_BYTES: u64 = 12 * 1024 * 1024;

/// Variables of the command line itself, which are no settings.
const OWN_VARIABLES: [&str; 7] = [
    "HOSO_CONFIG",
    "HOSO_LOG",
    "HOSO_PERSON",
    "HOSO_PURPOSE",
    super::secret::VARIABLE,
    super::secret::OPENING,
    super::secret::NEW,
];

/// What a verb works with.
pub(super) struct Desk<'a> {
    pub(super) tell: super::Story,
    pub(super) environment: Environment,
    pub(super) out: &'a mut Output,
    common: Common,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        environment: Environment,
        common: Common,
        tell: super::Story,
        out: &'a mut Output,
    ) -> Self {
        Self { environment, out, common, tell }
    }

    /// The settings: profile, file, environment, flags, and further flags of the verb.
    pub(super) fn settings(&self, flags: &[(&str, String)]) -> Result<Loaded, CliError> {
        let mut environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("HOSO_"))
            .filter(|(name, _)| !OWN_VARIABLES.contains(&name.as_str()))
            .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
            .collect();
        if let Some(directory) = environment.get_mut("HOSO_DATA_DIR") {
            *directory = whole(Path::new(directory));
        }
        let mut over: BTreeMap<String, String> =
            flags.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        if let Some(directory) = &self.common.data_dir {
            over.insert("data_dir".to_owned(), whole(directory));
        }
        let directory = over.get("data_dir").or_else(|| environment.get("HOSO_DATA_DIR"));
        let file = self.settings_file(directory.map(Path::new))?;
        let layers = Layers {
            file: file.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
            environment: Some(&environment),
            flags: Some(&over),
        };
        Ok(config::settings::load(&layers)?)
    }

    /// The settings file: the one named, else the one of the data directory, else the machine's.
    fn settings_file(
        &self,
        data_dir: Option<&Path>,
    ) -> Result<Option<(String, Vec<u8>)>, CliError> {
        let named =
            self.common.config.clone().or_else(|| std::env::var_os("HOSO_CONFIG").map(Into::into));
        let path: PathBuf = match (named, data_dir) {
            (Some(path), _) => path,
            (None, Some(directory)) if directory.join(SETTINGS).is_file() => {
                directory.join(SETTINGS)
            }
            (None, Some(_)) => return Ok(None),
            (None, None) if Path::new(SYSTEM_SETTINGS).is_file() => SYSTEM_SETTINGS.into(),
            (None, None) => return Ok(None),
        };
        let bytes = read_bounded(&path).map_err(|error| CliError {
            exit: super::Exit::Configuration,
            ..CliError::file(&path, &error)
        })?;
        Ok(Some((path.display().to_string(), bytes)))
    }

    /// The node that runs in the data directory.
    pub(super) fn ask(&self) -> Result<Asker, CliError> {
        Asker::connect(&self.settings(&[])?.settings.data_dir)
    }

    /// The same, which records what is asked as this person's.
    pub(super) fn ask_as(&self, claim: Claim) -> Result<Asker, CliError> {
        let mut asker = self.ask()?;
        asker.claim(claim)?;
        Ok(asker)
    }

    /// Whether a person is signed in at this terminal.
    pub(super) fn in_session(&self) -> Result<bool, CliError> {
        Ok(ticket_of(&self.settings(&[])?.settings.data_dir).is_some())
    }

    /// The day it is in Vietnam.
    pub(super) fn today(&self) -> Result<Date, CliError> {
        words::day(self.environment.clock.now())
            .ok_or_else(|| CliError::failed("DL-0140", "Đồng hồ của máy chỉ giờ không có thật."))
    }
}

/// A path as the settings want it: absolute, and without `..` where the folder is there.
fn whole(path: &Path) -> String {
    let whole = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    whole.unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

/// A file that people carry, within the limit of what is read between provinces.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, CliError> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(CARRIED_BYTES).read_to_end(&mut bytes))
        .map_err(|error| CliError::file(path, &error))?;
    Ok(bytes)
}

pub(super) fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(SETTINGS_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
