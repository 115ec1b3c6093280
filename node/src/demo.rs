//! `hoso demo`: a small province on one machine. Ten nodes in processes of their own, real QUIC,
//! real certificates, the sample lists; a story that is played, told in Vietnamese, and checked.
//!
//! **Invariants:** every figure comes from the nodes; no process outlives the demonstration;
//! nothing outside its directory is touched.

#![allow(
    clippy::disallowed_methods,
    reason = "drives real processes in real time; no simulation runs this room"
)]

mod abroad;
mod asking;
mod audit;
mod child;
mod desk;
mod handover;
mod import;
mod persons;
mod province;
mod report;
mod story;
mod trials;
mod words;

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

pub use child::{SUBCOMMAND, node_main};

use crate::cli::DemoArguments;
use crate::environment::{
    Environment,
    entropy::{SplitMix64, draw},
};
use import::{DISTRICT_LIST, OLD_LIST, Reader, TEACHERS_LIST};
use province::Province;
use report::{Report, gather};
use story::{Kept, Plans, Story};

/// Tells the story, line by line.
#[derive(Debug, Clone, Copy)]
struct Narrator {
    json: bool,
}

impl Narrator {
    fn say(self, line: &str) {
        // A reader that has gone away does not stop the play.
        let _ = if self.json {
            writeln!(std::io::stderr(), "{line}")
        } else {
            writeln!(std::io::stdout(), "{line}")
        };
    }

    fn say_within(self, line: &str) {
        self.say(&format!("   {line}"));
    }
}

/// Plays the demonstration; answers the exit code: 0 when all of the story held, else 1.
///
/// # Errors
/// Whatever kept the province from being founded or looked at.
pub fn run(args: &DemoArguments) -> anyhow::Result<i32> {
    let environment = Environment::real();
    let began = environment.clock.now().as_millis();
    let narrator = Narrator { json: args.json };
    let directory = directory(&environment, args.dir.as_deref())?;
    narrator.say(words::TITLE);
    narrator.say(&words::directory(&directory));

    narrator.say(&words::act(1, words::ACT_FOUND));
    let (mut province, plans) = found(&directory, narrator)?;
    let mut story = Story {
        province: &mut province,
        plans: &plans,
        narrator,
        dice: SplitMix64::new(args.seed),
        kept: Kept::default(),
        disputed: None,
    };
    let told = story
        .tell()
        .and_then(|()| story.inspect(&directory.join("audit")))
        .and_then(|()| story.check());
    let (kept, disputed) = (std::mem::take(&mut story.kept), story.disputed.take());
    let report = conclude(&province, &directory, &kept, told, began, args.seed, narrator)?;
    if args.json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string(&report)?)?;
    }
    let now = jiff::Timestamp::from_millisecond(environment.clock.now().as_millis())?;
    province.leave_on_desks(now.to_zoned(words::vietnam()).date())?;
    if !args.check {
        let shown = disputed.map_or_else(String::new, |row| row.dossier.to_string());
        narrator.say(words::ACT_PAGES);
        province.seat_persons()?;
        for (id, address) in province.pages() {
            narrator.say_within(&words::page(&province.name(&id), address));
        }
        persons::PERSONS.iter().for_each(|(login, name, role)| {
            narrator.say_within(&words::person(login, name, *role, persons::PASSWORD));
        });
        narrator.say(&words::look_around(&directory, &shown));
        wait_for_the_end()?;
    }
    province.stop_all();
    if args.check && args.dir.is_none() && report.held {
        std::fs::remove_dir_all(&directory).context("the temporary directory stays")?;
    }
    Ok(i32::from(!report.held))
}

/// An empty directory, closed to others.
fn directory(environment: &Environment, wanted: Option<&Path>) -> anyhow::Result<PathBuf> {
    let fresh = || {
        let name = hex::encode(draw::<4>(&*environment.entropy));
        std::env::temp_dir().join(format!("hoso-demo-{name}"))
    };
    let directory = std::path::absolute(wanted.map_or_else(fresh, Path::to_owned))?;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory);
    made.with_context(|| format!("không tạo được thư mục {}", directory.display()))?;
    let mut entries = std::fs::read_dir(&directory)?;
    ensure!(entries.next().is_none(), "thư mục {} không trống", directory.display());
    Ok(directory)
}

/// Founds the province, and reads the lists in the meantime.
fn found(directory: &Path, narrator: Narrator) -> anyhow::Result<(Province, Plans)> {
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read_lists(directory));
        let tree = config::load_tree(&config::Files::embedded())?;
        let province = Province::found(directory, |id| {
            if let Some(unit) = tree.get(id) {
                let line = words::joined(unit.tier.number(), &unit.name, id.as_str());
                narrator.say_within(&line);
            }
        })?;
        let members = province.status(&province::unit(province::TOP))?.members;
        narrator.say_within(&words::connected(province.nodes.len(), members));
        let plans = reading.join().map_err(|_| anyhow::anyhow!("reading the lists failed"))??;
        Ok((province, plans))
    })
}

fn read_lists(directory: &Path) -> anyhow::Result<Plans> {
    let lists = directory.join("danh-sach");
    std::fs::create_dir_all(&lists)?;
    let reader = Reader::new(Environment::real().clock.now())?;
    let district = reader.plan(&lists, &DISTRICT_LIST)?;
    let teachers = reader.plan(&lists, &TEACHERS_LIST)?;
    let old = reader.plan(&lists, &OLD_LIST)?;
    Ok(Plans { reader, district, teachers, old })
}

/// Looks at all nodes once more and says whether everything held.
fn conclude(
    province: &Province,
    directory: &Path,
    kept: &Kept,
    told: anyhow::Result<()>,
    began: i64,
    seed: u64,
    narrator: Narrator,
) -> anyhow::Result<Report> {
    if let Err(error) = &told {
        narrator.say(&words::failed(&format!("{error:#}")));
    }
    let mut report = gather(province, kept, began, seed)?;
    for line in report.lines(province) {
        narrator.say_within(&line);
    }
    if told.is_ok() {
        match abroad::play(province, directory, narrator) {
            Ok(shown) => report.abroad = Some(shown),
            Err(error) => report.failure = Some(format!("{error:#}")),
        }
    }
    let failed = report.failure.take();
    report.failure =
        failed.or_else(|| told.err().map(|error| format!("{error:#}"))).or_else(|| report.judge());
    report.held = report.failure.is_none();
    let end = report.failure.as_deref().map_or(words::HELD.to_owned(), words::failed);
    narrator.say(&format!("\n{end}"));
    Ok(report)
}

/// Waits for Ctrl-C or SIGTERM.
fn wait_for_the_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            biased;
            _ = terminate.recv() => Ok(()),
            pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        }
    })
}
