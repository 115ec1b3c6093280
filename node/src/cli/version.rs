//! `hoso version`: the program and every format it reads and writes.

use clap::Args;
use config::Requirement;
use serde_json::json;

use super::Outcome;
use super::desk::Desk;
use super::error::Exit;

const EXAMPLES: &str = "\
Ví dụ:
  hoso version
  hoso version --json
  hoso version --requirements            Điều nào của Quy chế đã có kiểm tra nào";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Từng yêu cầu của Quy chế: đã có kiểm tra tự động nào
    #[arg(long)]
    requirements: bool,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        if self.requirements {
            return requirements(desk);
        }
        let program = env!("CARGO_PKG_VERSION");
        let wire = protocol::wire::PROTOCOL_VERSION;
        let values = protocol::codec::VERSION;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "name": "hoso", "version": program,
                "wire": wire, "values": values, "form": "2c-bnv-2008" }));
        } else {
            desk.out.say(format_args!("hoso {program}"));
            desk.out.say(format_args!("giao thức {wire}, định dạng giá trị {values}"));
            desk.out.say("mẫu phiếu 2c-bnv-2008");
        }
        Ok(Exit::Done)
    }
}

/// Every requirement with the tests that carry its id.
fn requirements(desk: &mut Desk<'_>) -> Outcome {
    let list = config::load_requirements(&config::Files::embedded())?;
    if desk.out.is_json() {
        let rows: Vec<_> = list
            .iter()
            .map(|it| {
                json!({ "id": it.id, "article": it.article, "kind": it.kind,
                    "state": state(it).0, "tests": it.tests })
            })
            .collect();
        desk.out.answer(&json!({ "requirements": rows }));
        return Ok(Exit::Done);
    }
    let proven = list.iter().filter(|it| !it.tests.is_empty()).count();
    let asked = list.iter().filter(|it| it.kind != NOT_SOFTWARE).count();
    let rows = list.iter().map(|it| {
        let tests = if it.tests.is_empty() { String::new() } else { it.tests.len().to_string() };
        [it.id.clone(), it.article.clone(), state(it).1.to_owned(), tests]
    });
    desk.out.table(["Yêu cầu", "Điều", "Tình trạng", "Số kiểm tra"], rows);
    desk.out
        .say(format_args!("{proven} trong {asked} yêu cầu đối với phần mềm có kiểm tra tự động."));
    Ok(Exit::Done)
}

/// A requirement that people meet and no program.
const NOT_SOFTWARE: &str = "not-software";

fn state(requirement: &Requirement) -> (&'static str, &'static str) {
    match (requirement.kind.as_str(), requirement.tests.is_empty()) {
        (_, false) => ("tested", "có kiểm tra"),
        (NOT_SOFTWARE, true) => ("not_software", "không thuộc phần mềm"),
        (_, true) => ("untested", "chưa có kiểm tra"),
    }
}
