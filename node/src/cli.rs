//! The command line `hoso`: one file per verb; people are spoken to in Vietnamese.
//!
//! Verbs on dossiers ask the running node over its control socket and never open its store.
//!
//! **Invariants:** standard output carries the answer alone, as one JSON object with `--json`;
//! what went wrong is told on standard error as `code: sentence`, and [`error`] alone decides code,
//! sentence and exit code. Nothing is asked of the person at the keyboard.

mod account;
mod archive;
mod arguments;
mod ask;
mod attachment;
pub mod audit;
mod backup;
mod basis;
mod calendar;
mod campaign;
mod check;
mod claim;
mod config;
mod consent;
mod custody;
mod demo;
mod desk;
pub(crate) mod dossier;
pub(crate) mod entry;
mod error;
mod export;
mod federation;
mod form;
mod grant;
mod import;
mod inspect;
mod keys;
mod kind;
mod library;
mod named;
mod node;
pub(crate) mod obligations;
mod outage;
mod output;
mod paper;
mod progress;
mod province;
mod quality;
mod regulation;
mod reorg;
mod report;
mod secret;
mod serve;
pub(crate) mod shared;
mod status;
mod survey;
mod sync;
mod takeover;
pub mod telling;
mod ticket;
pub(crate) mod transfer;
mod verify;
mod version;
pub(crate) mod words;

use std::ffi::OsString;

pub use demo::DemoArguments;
pub use error::{CliError, Exit};

use arguments::{Parsed, parse};
use desk::Desk;
use output::Output;

use crate::environment::Environment;

/// Plays the demonstration and answers the exit code.
pub type Story = fn(DemoArguments) -> anyhow::Result<i32>;

/// What a verb ends with.
type Outcome = Result<Exit, CliError>;

/// Does what the command line asks; `tell` plays the demonstration. Answers the exit code of the
/// process.
pub fn run(
    environment: Environment,
    words: impl IntoIterator<Item = OsString>,
    tell: Story,
) -> i32 {
    let words: Vec<OsString> = words.into_iter().collect();
    let json = words.iter().any(|word| word == "--json");
    let mut out = Output::to_terminal(json);
    let outcome = match parse(words) {
        Parsed::Arguments(arguments) => {
            let arguments = *arguments;
            let mut desk = Desk::new(environment, arguments.common, tell, &mut out);
            arguments.verb.run(&mut desk)
        }
        Parsed::Help(text) => {
            out.help(&text);
            Ok(Exit::Done)
        }
        Parsed::Wrong(error) => Err(error),
    };
    let exit = outcome.unwrap_or_else(|error| {
        out.complain(&error);
        error.exit
    });
    out.finish(exit).code()
}
