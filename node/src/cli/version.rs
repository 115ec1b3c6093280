//! `hoso version`: the program and every format it reads and writes.

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::desk::Desk;
use super::error::Exit;

const EXAMPLES: &str = "\
Ví dụ:
  hoso version
  hoso version --json";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
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
