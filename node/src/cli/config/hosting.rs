//! `hoso config hosting`: where data lies, who hosts it, how long backups are kept, as a document (Điều
//! 4.1).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::library::Library;
use crate::cli::node::write_new;
use crate::cli::{Outcome, keys, words};
use crate::control::{ConductAnswer, ConductOrder, Request, Response};
use crate::seal::Vault;

pub(super) const EXAMPLES: &str = "\
Ví dụ:
  hoso config hosting --operator \"Trung tâm CNTT, Sở TTTT\" --place \"phòng máy chủ, 15 Lê Lợi\" \\
      --level 3 --keep-backups \"90 ngày, tủ sắt phòng lưu trữ\" --out luu-tru.txt

Điều máy biết (thư mục, cách niêm phong, địa chỉ, lần kiểm tra gần nhất) do máy ghi; điều người biết ghi
ở tham số. Máy nút phải đang chạy.";

#[derive(Debug, Args)]
pub(in crate::cli) struct Hosting {
    /// Cơ quan vận hành máy
    #[arg(long, value_name = "TÊN")]
    operator: String,
    /// Nơi đặt máy
    #[arg(long, value_name = "NƠI")]
    place: String,
    /// Cấp độ an toàn hệ thống thông tin, 1 đến 5
    #[arg(long, value_name = "CẤP", value_parser = clap::value_parser!(u8).range(1..=5))]
    level: u8,
    /// Giữ bản sao lưu bao lâu, ở đâu
    #[arg(long, value_name = "CÂU")]
    keep_backups: String,
    /// Tệp sẽ ghi; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: Option<PathBuf>,
}

impl Hosting {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let settings = desk.settings(&[])?.settings;
        let library = Library::of(desk)?;
        let mut asker = desk.ask()?;
        let state = asker.status()?;
        let waiting = asker.call(&Request::Conduct(ConductOrder::Waiting))?;
        let checks = match waiting {
            Response::Conduct(ConductAnswer::Waiting { checks, .. }) => checks,
            _ => Vec::new(),
        };
        let sealed = Vault::status(&*desk.environment.disk, &settings.data_dir)?;
        let key = keys::opening_place(&settings, sealed.profile);
        let now = words::instant(desk.environment.clock.now());
        let mut facts = vec![
            ("Đơn vị", library.unit_name(&state.unit)),
            ("Máy nút", state.node.to_string()),
            ("Cơ quan vận hành", dossier::fold::tidy(&self.operator)),
            ("Nơi đặt máy", dossier::fold::tidy(&self.place)),
            ("Cấp độ an toàn", self.level.to_string()),
            ("Thư mục dữ liệu", settings.data_dir.display().to_string()),
            ("Niêm phong", format!("{}, khóa: {key}", sealed.profile.name())),
            ("Địa chỉ nhận máy khác", format!("{} (QUIC, TLS 1.3)", settings.listen_peer)),
            ("Số hồ sơ", state.totals.dossiers.to_string()),
            ("Giữ bản sao lưu", dossier::fold::tidy(&self.keep_backups)),
        ];
        let tried = checks.iter().map(crate::cli::check::standing);
        facts.extend(tried.map(|line| ("An toàn", line)));
        facts.push(("Lập lúc", now));
        let title = "HỒ SƠ PHÂN LOẠI AN TOÀN THÔNG TIN, NƠI LƯU DỮ LIỆU (Điều 4.1)";
        let lines: Vec<String> =
            facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        if let Some(out) = &self.out {
            write_new(out, &format!("{title}\n\n{}\n", lines.join("\n")))?;
        }
        if desk.out.is_json() {
            desk.out.answer(&json!({ "title": title, "facts": facts, "out": self.out }));
            return Ok(Exit::Done);
        }
        match &self.out {
            Some(out) => desk.out.say(format_args!("Đã ghi vào {}.", out.display())),
            None => {
                desk.out.heading(title);
                lines.iter().for_each(|line| desk.out.say(line));
            }
        }
        Ok(Exit::Done)
    }
}
