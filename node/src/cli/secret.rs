//! Secrets given to the command line: from a file, the environment or a person at the terminal, never
//! from its words.

use std::io::{IsTerminal, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::CliError;
use crate::account::Secret;
use crate::seal::SealError;

/// The variable that may carry the passphrase.
pub(super) const VARIABLE: &str = "HOSO_PASSPHRASE";

/// The file with the passphrase that opens the data, e.g. `/dev/fd/3`.
pub(super) const OPENING: &str = "HOSO_PASSPHRASE_FILE";
/// The file with the passphrase that is to open it from now on.
pub(super) const NEW: &str = "HOSO_NEW_PASSPHRASE_FILE";

/// The longest secret, in bytes.
pub(super) const BYTES_MAX: u64 = 1024;

/// Reads the passphrase from a file, else from the environment, else from a person at a terminal.
pub(super) fn passphrase(file: Option<&Path>) -> Result<String, CliError> {
    let text = match file {
        Some(path) => from_file(path)?,
        None => match std::env::var(VARIABLE) {
            Ok(text) => text.into(),
            Err(_) if std::io::stdin().is_terminal() => typed()?,
            Err(_) => return Err(missing()),
        },
    };
    let text = within(&text);
    let text = text
        .ok_or_else(|| CliError::usage("DL-0111", "Cụm mật khẩu trống hoặc dài quá 1024 byte."))?;
    Ok(text.to_owned())
}

/// What a file holds, up to one byte more than a secret may have.
pub(super) fn from_file(path: &Path) -> Result<Zeroizing<String>, CliError> {
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| CliError::file(path, &error))?;
    Ok(text)
}

/// The secret in a text, without its line end; `None` where it is empty or too long.
pub(super) fn within(text: &str) -> Option<&str> {
    let plain = text.trim_end_matches(['\r', '\n']);
    (!plain.is_empty() && plain.len() as u64 <= BYTES_MAX).then_some(plain)
}

/// The passphrase of the data: from the file that `variable` names, else from a person at a
/// terminal. Where no new file is named, the one for opening counts.
pub(super) fn seal(variable: &str, twice: bool) -> Result<Secret, CliError> {
    let named = |name: &str| std::env::var_os(name).map(std::path::PathBuf::from);
    if let Some(path) = named(variable).or_else(|| named(OPENING)) {
        return passphrase(Some(&path)).map(Secret::new);
    }
    let first = typed_once("Cụm mật khẩu mở dữ liệu (không hiện khi gõ): ")?;
    if twice && typed_once("Gõ lại: ")? != first {
        return Err(CliError::usage("DL-0113", "Hai lần gõ khác nhau, chưa làm gì."));
    }
    Ok(first)
}

/// Asks once at a terminal, without showing what is typed.
pub(super) fn typed_once(words: &str) -> Result<Secret, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(SealError::PassphraseMissing.into());
    }
    let typed = rpassword::prompt_password(words);
    typed.map(Secret::new).map_err(|_| SealError::PassphraseMissing.into())
}

/// Takes a text that is a secret.
pub(super) fn wrapped(text: String) -> Secret {
    Secret::new(text)
}

/// Asks twice, without showing what is typed.
fn typed() -> Result<Zeroizing<String>, CliError> {
    let ask = |words: &str| rpassword::prompt_password(words).map_err(|_| missing());
    let text = Zeroizing::new(ask("Cụm mật khẩu của khóa gốc (không hiện khi gõ): ")?);
    let again = Zeroizing::new(ask("Gõ lại: ")?);
    if *text == *again {
        Ok(text)
    } else {
        Err(CliError::usage("DL-0113", "Hai lần gõ khác nhau, chưa làm gì."))
    }
}

fn missing() -> CliError {
    CliError::usage("DL-0110", "Chưa có cụm mật khẩu cho khóa gốc.")
        .hint(format!("Ghi vào tệp rồi dùng --passphrase-file TỆP, hoặc đặt {VARIABLE}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_file_is_read_without_its_line_end() {
        let dir = tempfile::tempdir().expect("directory");
        let path = dir.path().join("p");
        for (text, wanted) in [("bốn chữ dễ nhớ\r\n", Some("bốn chữ dễ nhớ")), ("\n", None)]
        {
            std::fs::write(&path, text).expect("written");
            assert_eq!(passphrase(Some(&path)).ok().as_deref(), wanted);
        }
        std::fs::write(&path, "x".repeat(2_000)).expect("written");
        assert_eq!(passphrase(Some(&path)).expect_err("too long").code, "DL-0111");
        assert_eq!(passphrase(Some(&dir.path().join("no"))).expect_err("absent").code, "DL-0120");
    }
}
