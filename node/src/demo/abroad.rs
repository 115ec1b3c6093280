//! Out of the province: a second province stands beside the first, and dossiers pass as files (Điều 10.3).
//! The commands are those of the program, each in a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use anyhow::{Context, bail, ensure};
use dossier::{DossierId, Edit, LegalBasis, PartialDate, Review, Role, UnitId, Value};
use protocol::{Answer, Command, core::Entry, envelope::Meta};
use serde::Serialize;

use super::{
    Narrator,
    province::{HEALTH, HOSPITAL, Province, TOP, unit},
    words,
};
use crate::abroad::AnchorFile;

/// The other province, and the unit of it that receives.
const OTHER: &str = "phutho";
const RECEIVER: &str = "snv";
/// Who acts, and who stands beside.
const PERSON: &str = "Hà Văn Tú";
const SECOND: &str = "Bùi Thị Hòa";

/// What became of dossiers that left the province.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Abroad {
    /// Packages that were written.
    sent: u64,
    /// Those that the other province took in and receipted.
    taken: u64,
    /// Those that it sent back, and that lie with their unit again.
    returned: u64,
    /// Files that held, each of which was refused once a byte of it was changed.
    verified: u64,
}

/// The two provinces and the files between them.
struct Stage<'a> {
    here: &'a Province,
    there: Province,
    folder: PathBuf,
    narrator: Narrator,
    shown: Abroad,
}

/// Plays it; what leaves lies in `DIR/export` afterwards.
pub(super) fn play(
    here: &Province,
    directory: &Path,
    narrator: Narrator,
) -> anyhow::Result<Abroad> {
    narrator.say(&words::act(11, words::ACT_ABROAD));
    let other = directory.join("tinh-khac");
    let folder = directory.join("export");
    for path in [&other, &folder] {
        std::fs::create_dir(path).context("no folder for the other province")?;
    }
    let there = Province::found_as(&other, OTHER, &[TOP, RECEIVER], |_| {})?;
    let mut stage = Stage { here, there, folder, narrator, shown: Abroad::default() };
    let told = stage.tell();
    stage.there.stop_all();
    told.map(|()| stage.shown)
}

impl Stage<'_> {
    fn tell(&mut self) -> anyhow::Result<()> {
        self.shake_hands()?;
        let gone = self.send("Lường Thị Thắm", "di.goi")?;
        let receipt = self.file("giay-nhan.json");
        self.import("di.goi", &["--receipt", &text(&receipt)])?;
        self.answer(&receipt)?;
        self.shown.taken += 1;
        let (from, to) = (self.here.name(&unit(HEALTH)), self.there.name(&unit(RECEIVER)));
        self.narrator.say_within(&words::left(&from, &to, &gone.to_string()));
        let back = self.send("Quách Thị Lệ", "tra-lai.goi")?;
        let word = self.file("tra-lai.json");
        let refuse = ["--refuse", "wrong-person", "--receipt", &text(&word)].map(str::to_owned);
        self.import("tra-lai.goi", &refuse.each_ref().map(String::as_str))?;
        self.answer(&word)?;
        let hospital = unit(HOSPITAL);
        self.here.until("hồ sơ bị trả lại về đơn vị cũ", || {
            Ok(self.here.list(&hospital)?.into_iter().find(|row| row.dossier == back))
        })?;
        self.shown.returned += 1;
        self.narrator.say_within(&words::came_back(&self.here.name(&hospital)));
        self.verify_all()
    }

    /// Two administrators of each side compare words, and each believes the other province.
    fn shake_hands(&self) -> anyhow::Result<()> {
        let receiver = unit(RECEIVER);
        let spoken = self.run(&self.there, &receiver, &["federation", "recipient", "--json"])?;
        let spoken: serde_json::Value = serde_json::from_slice(&spoken)?;
        let key = spoken["recipient"].as_str().context("no recipient")?;
        let opener = format!("{RECEIVER}={key}");
        let (ours, theirs) = (self.file("hoa-binh.json"), self.file("phu-tho.json"));
        let (our_path, their_path) = (text(&ours), text(&theirs));
        let make = ["federation", "anchor", "--name"];
        let words = [&make[..], &["Hòa Bình", "--out", &our_path]].concat();
        self.run(self.here, &unit(TOP), &words)?;
        let words = [&make[..], &["Phú Thọ", "--unit", &opener, "--out", &their_path]].concat();
        self.run(&self.there, &unit(TOP), &words)?;
        let bytes = std::fs::read(&theirs)?;
        let file = AnchorFile::read(&bytes)?;
        self.narrator.say_within(&words::compared(&file.words()));
        for (province, who, path) in [
            (self.here, unit(TOP), &theirs),
            (self.here, unit(HEALTH), &theirs),
            (&self.there, receiver, &ours),
        ] {
            let words = AnchorFile::read(&std::fs::read(path)?)?.words();
            let path = text(path);
            let accept = ["federation", "accept", &path, "--words", &words, "--second", SECOND];
            self.run(province, &who, &accept)?;
        }
        Ok(())
    }

    /// The hospital opens a dossier, its department sends it out, tier 3 writes the package.
    fn send(&mut self, name: &str, file: &str) -> anyhow::Result<DossierId> {
        let (hospital, top) = (unit(HOSPITAL), unit(TOP));
        let id = self.open(name)?;
        self.here.until("hồ sơ ở cấp ba", || {
            Ok(self.here.list(&top)?.into_iter().find(|row| row.dossier == id))
        })?;
        self.here.until("mọi cấp xác nhận", || {
            let totals = self.here.status(&hospital)?.totals;
            Ok((totals.own_tier3 == totals.own).then_some(()))
        })?;
        let (dossier, to) = (id.to_string(), format!("{OTHER}/{RECEIVER}"));
        let order = [
            "export",
            "package",
            &dossier,
            "--to",
            &to,
            "--contact",
            "0210 3846 000",
            "--decision",
            "45/QĐ-UBND|UBND tỉnh Hòa Bình|2/3/2026",
        ];
        self.run(self.here, &unit(HEALTH), &order)?;
        let out = text(&self.file(file));
        let write = ["export", "package", &dossier, "--out", &out, "--purpose", "can-bo"];
        self.run(self.here, &top, &write)?;
        ensure!(
            self.here.list(&hospital)?.iter().all(|row| row.dossier != id),
            "the old unit still holds what left"
        );
        self.shown.sent += 1;
        Ok(id)
    }

    fn open(&self, name: &str) -> anyhow::Result<DossierId> {
        let text = |field: &str, text: &str| -> anyhow::Result<Edit> {
            Ok(Edit::Set { field: field.parse()?, value: Value::Text(text.to_owned()) })
        };
        let basis = LegalBasis::Decision {
            issuer: "Sở Y tế".to_owned(),
            number: "9/QĐ-SYT".to_owned(),
            signed_on: PartialDate::day(2026, 2, 2)?,
            effective_on: None,
            scan: None,
        };
        let review = Review::NotRequired;
        let meta = Meta { person: PERSON.to_owned(), role: Role::Clerk, basis, review };
        let edits = vec![text("full_name", name)?];
        let entry = Entry { key: None, unit: unit(HOSPITAL), edits, meta };
        match self.here.ask(&unit(HOSPITAL), Command::Enter(vec![entry]))? {
            Answer::Entered(made) => match made.into_iter().next() {
                Some(Ok((id, _))) => Ok(id),
                other => bail!("the hospital opens no dossier: {other:?}"),
            },
            other => bail!("the hospital opens no dossier: {other:?}"),
        }
    }

    fn import(&self, file: &str, rest: &[&str]) -> anyhow::Result<()> {
        let file = text(&self.file(file));
        let words = [&["import", "package", &file], rest].concat();
        self.run(&self.there, &unit(RECEIVER), &words).map(drop)
    }

    fn answer(&self, word: &Path) -> anyhow::Result<()> {
        self.run(self.here, &unit(TOP), &["export", "answer", &text(word)]).map(drop)
    }

    /// Every file holds, and none does once a byte of it is another.
    fn verify_all(&mut self) -> anyhow::Result<()> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        let bent = self.folder.with_extension("sua");
        for file in &files {
            ensure!(self.verify(file)? == Some(0), "{} does not hold", file.display());
            let mut bytes = std::fs::read(file)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&bent, &bytes)?;
            ensure!(self.verify(&bent)? == Some(6), "{} holds when it is bent", file.display());
            self.shown.verified += 1;
        }
        std::fs::remove_file(&bent)?;
        self.narrator.say_within(&words::verified(files.len()));
        Ok(())
    }

    fn verify(&self, file: &Path) -> anyhow::Result<Option<i32>> {
        let mut program = program()?;
        let run = program.arg("verify").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(run.status()?.code())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a command of the program at a unit's node; answers what it printed.
    fn run(&self, province: &Province, at: &UnitId, words: &[&str]) -> anyhow::Result<Vec<u8>> {
        let mut program = program()?;
        let run = program.arg("--data-dir").arg(province.data_dir(at)).args(words);
        let done = run.args(["--person", PERSON]).stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "hoso {}: {}", words.join(" "), said.trim());
        Ok(done.stdout)
    }
}

fn program() -> anyhow::Result<Process> {
    Ok(Process::new(std::env::current_exe().context("the program's own path is unknown")?))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
