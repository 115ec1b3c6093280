//! Stories as text: acts, one a line, and below each what the nodes answered.
//!
//! A story runs in a [`World`](crate::world::World): production nodes over real QUIC on virtual
//! time, every judge listening. Its file is act and transcript in one; replaying it must give the
//! same file. Lines that begin with `#` are remarks, lines indented by four spaces what was
//! answered, all others acts:
//!
//! | act | what happens |
//! | --- | --- |
//! | `node UNIT [under UNIT]` | casts a machine; the first is tier 3; `found [SEED]` founds them all |
//! | `create D "NAME" at M`, `creates N D at M` | dossiers are begun, kept by the machine's unit |
//! | `edit D FIELD "TEXT" [as ROLE] at M`, `edits N D at M` | somebody writes |
//! | `row D R "TITLE" at M`, `drop-row D R at M` | a row of the career is written, removed |
//! | `show D`, `history D FIELD`, `status`, `sync`, `incidents`, `outside`, each `at M` | somebody asks |
//! | `cut A - B`, `cut A -> B`, `hold A -> B`, `mend A - B`, `line A - B delay MS loss PPM twice PPM late PPM` | lines |
//! | `power-cut M`, `off M`, `on M` | machines |
//! | `disk M room BYTES`, `free`, `fail-sync`, `stop-after N`, `flip` | disks |
//! | `clock M ahead TIME`, `behind TIME`, `right` | clocks |
//! | `backup M as NAME`, `restore M from NAME`, `clone M`, `end-clone M` | disks go back, or live twice |
//! | `rogue M says EVIL`, `end-rogue M` | a machine in wrong hands |
//! | `move M under M`, `revoke M "WHY"`, `retire M`, `replace M` | what tier 3 decides |
//! | `rest TIME` | nobody does anything |
//! | `expect [no] ...` | something must be so: `D FIELD "TEXT"`, `level N D FIELD`, `written D FIELD "TEXT"`, `conflict D FIELD`, `incident KIND`, `dossier D`, `superior`, each `at M` |
//! | `judge` | everything is mended and must settle; every judge is heard |
//!
//! `copy-of-M` names the second life of a cloned machine. **Invariant:** a story depends on nothing
//! but its text.

mod checks;
mod mishaps;
mod office;
mod script;
mod theatre;
mod words;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

pub use script::{Script, difference};
pub use words::ScriptError;

use theatre::Theatre;

/// Which stories to play.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Files of acts, such as those in `tests/scenarios`.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What a story came to.
#[derive(Debug)]
pub struct Played {
    /// The story with what was answered.
    pub text: String,
    /// Expectations that did not hold, and broken promises.
    pub failures: Vec<String>,
    /// Whether every judge was heard at its end.
    pub judged: bool,
}

/// A line that could not be played.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {act}")]
pub struct Unplayable {
    /// Which, counted from 1.
    pub line: usize,
    /// What it says.
    pub act: String,
    /// Why not.
    #[source]
    pub error: ScriptError,
}

impl Arguments {
    /// Plays the stories and writes their transcripts to `out`.
    ///
    /// # Errors
    /// When a file cannot be played, or what it expects did not come true.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut failures = 0;
        for path in &self.files {
            let shown = path.display();
            let text = std::fs::read_to_string(path).with_context(|| shown.to_string())?;
            let played = play(&Script::read(&text)).with_context(|| shown.to_string())?;
            writeln!(out, "{}", played.text)?;
            for failure in &played.failures {
                writeln!(out, "{shown}: {failure}")?;
            }
            failures += played.failures.len();
        }
        if failures > 0 {
            bail!("{failures} failures");
        }
        Ok(())
    }
}

/// Plays a story on a runtime of its own.
///
/// # Errors
/// The first line that could not be played.
pub fn play(script: &Script) -> Result<Played, Unplayable> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut theatre = Theatre::default();
        let mut transcripts = Vec::new();
        for (line, act) in script.acts() {
            let said = theatre.perform(act).await;
            transcripts.push(said.map_err(|error| Unplayable {
                line,
                act: act.to_owned(),
                error,
            })?);
        }
        let judged = script.acts().last().is_some_and(|(_, act)| act == "judge");
        Ok(Played { text: script.render(&transcripts), failures: theatre.failures, judged })
    })
}
