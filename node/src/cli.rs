//! The command line `hoso`: one file per verb; people are spoken to in Vietnamese.
//!
//! Verbs on dossiers ask the running node over its control socket and never open its store.
//!
//! **Invariants:** standard output carries the answer alone, as one JSON object with `--json`;
//! what went wrong is told on standard error as `code: sentence`, and [`error`] alone decides code,
//! sentence and exit code. Nothing is asked of the person at the keyboard.

mod arguments;
mod ask;
mod basis;
mod config;
mod demo;
mod desk;
mod dossier;
mod entry;
mod error;
mod library;
mod machine;
mod node;
mod output;
mod progress;
mod province;
mod secret;
mod serve;
mod status;
mod sync;
mod version;
mod words;

use std::ffi::OsString;

pub use demo::DemoArguments;
pub use error::{CliError, Exit};
pub use machine::{Enrolled, Founded, Founding, Joining, Machine, Started};

use arguments::{Parsed, parse};
use desk::Desk;
use output::Output;

/// What a verb ends with.
type Outcome = Result<Exit, CliError>;

/// Does what the command line asks; answers the exit code of the process.
pub fn run(
    machine: &dyn Machine,
    environment: crate::environment::Environment,
    words: impl IntoIterator<Item = OsString>,
) -> i32 {
    let words: Vec<OsString> = words.into_iter().collect();
    let json = words.iter().any(|word| word == "--json");
    let mut out = Output::to_terminal(json);
    let outcome = match parse(words) {
        Parsed::Arguments(arguments) => {
            let arguments = *arguments;
            let mut desk = Desk::new(machine, environment, arguments.common, &mut out);
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
