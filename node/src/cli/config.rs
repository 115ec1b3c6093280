//! `hoso config`: the settings, and where each value comes from.

mod hosting;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Outcome;
use super::desk::Desk;
use super::error::Exit;

const EXAMPLES: &str = "\
Ví dụ:
  hoso config show
  hoso config show --effective           Kèm nguồn của từng giá trị

Thứ tự: cấu hình mẫu, tệp hoso.toml, biến HOSO_*, tham số. Cái sau thay cái trước.";

/// What can be asked of the settings.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem cấu hình đang dùng
    #[command(after_long_help = EXAMPLES)]
    Show(ShowArguments),
    /// Lập văn bản nơi lưu dữ liệu, đơn vị vận hành, thời hạn giữ bản sao lưu (Điều 4.1)
    #[command(after_long_help = hosting::EXAMPLES)]
    Hosting(hosting::Hosting),
}

#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// Kèm nguồn của từng giá trị
    #[arg(long)]
    effective: bool,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Show(arguments) => arguments.run(desk),
            Self::Hosting(hosting) => hosting.run(desk),
        }
    }
}

impl ShowArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let loaded = desk.settings(&[])?;
        for warning in &loaded.warnings {
            desk.out.mention(format_args!("Lưu ý: {warning}"));
        }
        if desk.out.is_json() {
            let values: serde_json::Map<String, serde_json::Value> = loaded
                .effective
                .iter()
                .map(|(key, value, source)| {
                    let shown = if self.effective {
                        json!({ "value": value, "source": source.to_string() })
                    } else {
                        json!(value)
                    };
                    ((*key).to_owned(), shown)
                })
                .collect();
            desk.out.answer(&json!({ "settings": values }));
        } else if self.effective {
            desk.out.table(
                ["Mục", "Giá trị", "Nguồn"],
                loaded
                    .effective
                    .into_iter()
                    .map(|(key, value, source)| [key.to_owned(), value, source.to_string()]),
            );
        } else {
            for (key, value, _) in &loaded.effective {
                desk.out.say(format_args!("{key} = {value}"));
            }
        }
        Ok(Exit::Done)
    }
}
