//! `hoso transfer check`: what keeps a dossier from being handed over, and what of it is open.

use clap::Args;
use protocol::core::{CustodyAnswer, CustodyQuestion, ReadyShown};
use serde_json::json;

use super::words_of::cover_line;
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::survey::Survey;
use crate::cli::{Outcome, custody};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let CustodyAnswer::Ready(ready) = custody::ask(&mut asker, CustodyQuestion::Ready(id))?
        else {
            return Err(CliError::unexpected());
        };
        let survey = Survey::of(desk, Some(&ready.unit), self.reader.claim())?;
        let appraised = survey.appraisals().find(|it| it.facts.dossier == id);
        let (missing, errors) = appraised.as_ref().map_or((0, 0), |it| (it.missing, it.errors));
        let obstacles = obstacles(&ready);
        if desk.out.is_json() {
            desk.out.answer(
                &json!({ "dossier": id, "unit": ready.unit, "ready": obstacles.is_empty(),
                "obstacles": obstacles, "cover": ready.cover, "missing": missing,
                "errors": errors, "late": ready.late }),
            );
        } else {
            desk.out.say(format_args!("{} {id}", ready.cover.name));
            let library = Library::of(desk)?;
            desk.out.say(cover_line(&ready.cover, &library));
            desk.out.say(format_args!(
                "{missing} mục phải có còn thiếu, {errors} lỗi (xem «hoso dossier check»); {} thay \
                 đổi đến muộn chờ xét",
                ready.late
            ));
            for obstacle in &obstacles {
                desk.out.say(format_args!("CHƯA chuyển được: {obstacle}"));
            }
            if obstacles.is_empty() {
                desk.out.say("Chuyển được; bên nhận đọc bìa hồ sơ trước khi nhận.");
            }
        }
        Ok(if obstacles.is_empty() { Exit::Done } else { Exit::Failed })
    }
}

/// What keeps a dossier where it is.
pub(crate) fn obstacles(ready: &ReadyShown) -> Vec<&'static str> {
    let found = [
        (ready.contents_owed, "tài liệu kèm theo chưa lên đủ cấp trên"),
        (ready.moving, "đã có một lần chuyển đang làm"),
        (ready.halted.is_some(), "hồ sơ đang bị khóa"),
        (ready.cover.changes == 0, "hồ sơ chưa có nội dung"),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect()
}
