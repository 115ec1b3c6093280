//! What clap finds wrong with a command line, in Vietnamese.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::CliError;

/// The sentence for a command line that makes no sense.
pub(in crate::cli) fn from_clap(error: &clap::Error) -> CliError {
    let named = |kind| error.get(kind).map(shown).unwrap_or_default();
    let argument = named(ContextKind::InvalidArg);
    let (code, message) = match error.kind() {
        ErrorKind::UnknownArgument => ("DL-0101", format!("Không có tham số «{argument}».")),
        ErrorKind::InvalidSubcommand => {
            let verb = named(ContextKind::InvalidSubcommand);
            ("DL-0102", format!("Không có lệnh «{verb}»."))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("DL-0103", "Chưa cho biết làm việc gì.".to_owned())
        }
        ErrorKind::MissingRequiredArgument => ("DL-0104", format!("Còn thiếu: {argument}.")),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = named(ContextKind::InvalidValue);
            if value.is_empty() {
                ("DL-0105", format!("«{argument}» cần một giá trị."))
            } else {
                ("DL-0105", format!("«{argument}» không nhận giá trị «{value}»."))
            }
        }
        ErrorKind::ArgumentConflict => {
            let other = named(ContextKind::PriorArg);
            ("DL-0106", format!("Không dùng «{argument}» cùng với «{other}»."))
        }
        ErrorKind::InvalidUtf8 => ("DL-0107", "Tham số không phải UTF-8.".to_owned()),
        _ => ("DL-0100", format!("Dòng lệnh sai ở «{argument}».")),
    };
    CliError::usage(code, message).hint(advice(error))
}

fn advice(error: &clap::Error) -> String {
    let choices = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
        ContextKind::ValidValue,
        ContextKind::ValidSubcommand,
    ];
    let found = choices.into_iter().find_map(|kind| {
        let text = shown(error.get(kind)?);
        let likely = !matches!(kind, ContextKind::ValidValue | ContextKind::ValidSubcommand);
        let lead = if likely { "Có phải là" } else { "Nhận một trong" };
        (!text.is_empty()).then(|| format!("{lead}: {text}? "))
    });
    format!("{}Xem «hoso ... --help».", found.unwrap_or_default())
}

/// What clap names, without what a terminal would obey.
fn shown(value: &ContextValue) -> String {
    let text = match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(list) => list.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        _ => String::new(),
    };
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
