//! What persons type in secret: at the terminal without an echo, from a file, or as the next line
//! of standard input.

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;

use super::CliError;
use crate::account::Secret;

/// The longest secret, in bytes.
const BYTES_MAX: u64 = 1024;

/// Reads one secret; `words` ask the person at a terminal for it.
pub(super) fn secret(file: Option<&Path>, words: &str) -> Result<Secret, CliError> {
    let text = match file {
        Some(path) => {
            let mut text = String::new();
            std::fs::File::open(path)
                .and_then(|file| file.take(BYTES_MAX + 1).read_to_string(&mut text))
                .map_err(|error| CliError::file(path, &error))?;
            text
        }
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(words).map_err(|_| missing())?
        }
        None => {
            let mut line = String::new();
            let input = std::io::stdin().lock();
            input.take(BYTES_MAX + 1).read_line(&mut line).map_err(|_| missing())?;
            line
        }
    };
    let plain = text.trim_end_matches(['\r', '\n']);
    if plain.is_empty() || plain.len() as u64 > BYTES_MAX {
        return Err(missing());
    }
    Ok(Secret::new(plain.to_owned()))
}

/// A new password, typed twice at a terminal.
pub(super) fn new_password(file: Option<&Path>) -> Result<Secret, CliError> {
    let first = secret(file, "Mật khẩu mới: ")?;
    let typed = file.is_none() && std::io::stdin().is_terminal();
    if typed && secret(None, "Nhắc lại mật khẩu mới: ")? != first {
        return Err(CliError::usage("TK-0102", "Hai lần gõ không giống nhau."));
    }
    Ok(first)
}

fn missing() -> CliError {
    CliError::usage("TK-0101", "Chưa có mật khẩu hoặc mã, hoặc dài quá 1024 byte.")
        .hint("Gõ tại màn hình, ghi vào tệp rồi dùng tùy chọn …-file, hoặc đưa qua đầu vào chuẩn.")
}
