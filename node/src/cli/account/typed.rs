//! What persons type in secret: at the terminal without an echo, from a file, or as the next line
//! of standard input.

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::CliError;
use crate::account::Secret;
use crate::cli::secret::{BYTES_MAX, from_file, within};

/// Reads one secret; `words` ask the person at a terminal for it.
pub(in crate::cli) fn secret(file: Option<&Path>, words: &str) -> Result<Secret, CliError> {
    let text = match file {
        Some(path) => from_file(path)?,
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(words).map_err(|_| missing())?.into()
        }
        None => {
            let mut line = Zeroizing::new(String::new());
            let input = std::io::stdin().lock();
            input.take(BYTES_MAX + 1).read_line(&mut line).map_err(|_| missing())?;
            line
        }
    };
    let plain = within(&text).ok_or_else(missing)?;
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
