//! `hoso attachment show`: all that is said of one attachment.

use clap::Args;

use super::Which;
use super::words::{as_json, lines};
use crate::cli::Outcome;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;

const EXAMPLES: &str = "\
Ví dụ:
  hoso attachment show 0f3a9c 5d20aa17";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let (_, one) = self.which.find(&mut asker)?;
        if desk.out.is_json() {
            desk.out.answer(&as_json(&one));
        } else {
            lines(&one).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}
