//! The session of the person at this terminal: its token in a file for her eyes, beside the socket
//! it opens.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::CliError;
use crate::account::Token;

/// The file's name in the data directory.
const FILE: &str = "session";

/// The token, if a person signed in.
pub(in crate::cli) fn read(data_dir: &Path) -> Option<Token> {
    let mut text = String::new();
    std::fs::File::open(data_dir.join(FILE)).ok()?.take(128).read_to_string(&mut text).ok()?;
    let mut token = [0; 32];
    hex::decode_to_slice(text.trim(), &mut token).ok()?;
    Some(Token(token))
}

pub(super) fn write(data_dir: &Path, token: &Token) -> Result<(), CliError> {
    let path = data_dir.join(FILE);
    remove(data_dir)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written =
        options.open(&path).and_then(|mut file| writeln!(file, "{}", hex::encode(token.0)));
    written.map_err(|error| CliError::file(&path, &error))
}

pub(super) fn remove(data_dir: &Path) -> Result<(), CliError> {
    let path = data_dir.join(FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CliError::file(&path, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_kept_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("directory");
        assert_eq!(read(dir.path()), None);
        for token in [Token([1; 32]), Token([2; 32])] {
            write(dir.path(), &token).expect("written");
            assert_eq!(read(dir.path()), Some(token));
        }
        let mode = std::fs::metadata(dir.path().join(FILE)).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        remove(dir.path()).expect("gone");
        remove(dir.path()).expect("still gone");
        assert_eq!(read(dir.path()), None);
    }
}
