//! The pages of commands under `tests/cli` are run as they stand.
//!
//! A line that begins with `$ ` is a command for the shell; below it stand `? CODE` where the exit
//! code is not 0, then what is printed: `[..]` stands for any text within a line, a line `...` for
//! any number of lines. A command that ends with ` &` is a node that stays up until the page ends.
//! `$DIR` is a fresh folder, `$SAMPLES` holds the lists, `$TOP`, `$DOOR`, `$A` and `$B` are free addresses.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tests::{
    binary::hoso,
    patience::{eventually, throughout},
    province::free_port,
    repository,
};

/// The pages in the order in which they build on one another, and the nodes each finds running.
const PAGES: &[(&str, &[&str])] = &[
    ("version", &[]),
    ("calendar", &[]),
    ("province", &[]),
    ("serve", &[]),
    ("keys", &[]),
    ("node", &["cap3"]),
    ("dossier", &["huyen"]),
    ("obligations", &["huyen"]),
    ("as-of", &["huyen"]),
    ("quality", &["huyen"]),
    ("status", &["huyen"]),
    ("compare", &["huyen"]),
    ("import-again", &["huyen"]),
    ("sync", &["huyen"]),
    ("attachment", &["huyen"]),
    ("audit", &["huyen"]),
    ("review", &["huyen"]),
    ("form", &["huyen"]),
    ("campaign", &["huyen"]),
    ("apply", &["huyen"]),
    ("resolve", &["huyen"]),
    ("transfer", &["huyen"]),
    ("search", &["huyen"]),
    ("upkeep", &["huyen"]),
    ("handover", &["huyen"]),
    ("tree", &[]),
    ("renew", &["tinh"]),
    ("calendar-decide", &["tinh"]),
    ("outage", &["tinh"]),
    ("kind", &["tinh"]),
    ("account", &["tinh"]),
    ("grant", &["tinh"]),
    ("correction", &["tinh"]),
    ("takeover", &["tinh"]),
    ("archive", &["tinh"]),
    ("abroad", &["tinh"]),
    ("ticket", &["tinh"]),
    ("reorg", &["tinh"]),
];

/// One command of a page.
struct Act {
    command: String,
    code: i32,
    expected: Vec<String>,
}

/// Nodes that run while a page is read; stopped when dropped.
#[derive(Default)]
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // A node that has ended by itself needs no stopping.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

// R-4.1.1: where data lies and who hosts it is a document of its own (page `upkeep`).
#[test]
fn every_command_of_every_page_does_what_the_page_says() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("mk.txt"), "một câu dài để niêm phong\n").expect("written");
    for (page, nodes) in PAGES {
        let mut running = Running::default();
        for node in *nodes {
            let command = format!("hoso serve --data-dir $DIR/{node}");
            start(folder.path(), &command, &mut running, "sẵn sàng");
        }
        for act in read(&repository::read(&format!("tests/cli/{page}.md"))) {
            play(folder.path(), page, &act, &mut running);
        }
    }
}

#[test]
fn no_page_is_left_out() {
    let folder = std::fs::read_dir(repository::root().join("tests/cli")).expect("folder");
    let mut names: Vec<String> = folder
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    let mut known: Vec<String> = PAGES.iter().map(|(page, _)| (*page).to_owned()).collect();
    names.sort();
    known.sort();
    assert_eq!(names, known);
}

fn read(page: &str) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            acts.push(Act { command: command.to_owned(), code: 0, expected: Vec::new() });
        } else if let Some(act) = acts.last_mut().filter(|_| inside && !line.is_empty()) {
            match line.strip_prefix("? ") {
                Some(code) => act.code = code.parse().expect("an exit code"),
                None => act.expected.push(line.to_owned()),
            }
        }
    }
    acts
}

fn play(folder: &Path, page: &str, act: &Act, running: &mut Running) {
    let printed = match act.command.strip_suffix(" &") {
        Some(command) => {
            let first = act.expected.first().map(String::as_str).unwrap_or_default();
            let words = first.split("[..]").next().unwrap_or_default().to_owned();
            start(folder, command, running, &words)
        }
        None => {
            let output = shell(folder, &act.command).output().expect("the shell runs");
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let code = output.status.code();
            assert_eq!(code, Some(act.code), "{page}: $ {}\n{printed}", act.command);
            printed
        }
    };
    let lines: Vec<&str> = printed.lines().filter(|line| !line.trim().is_empty()).collect();
    let expected: Vec<&str> = act.expected.iter().map(String::as_str).collect();
    let same = fits(&expected, &lines);
    let wanted = act.expected.join("\n");
    assert!(same, "{page}: $ {}\nexpected:\n{wanted}\nprinted:\n{printed}", act.command);
}

/// Starts a node and gives what it printed once `words` are among it.
fn start(folder: &Path, command: &str, running: &mut Running, words: &str) -> String {
    let log = folder.join(format!("daemon-{}.log", running.0.len()));
    let file = File::create(&log).expect("log");
    let mut shell = shell(folder, &format!("exec {command}"));
    shell.stdout(file).stdin(Stdio::null());
    running.0.push(shell.spawn().expect("the node starts"));
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let what = format!("$ {command} says «{words}»");
    eventually(&what, Duration::from_secs(30), || said().contains(words));
    // The rest of what it says on starting follows at once.
    throughout(&what, Duration::from_millis(300), || said().contains(words));
    said()
}

/// Addresses of this machine that the pages may name, the same for all of them.
fn addresses() -> impl Iterator<Item = (&'static str, String)> {
    static PORTS: OnceLock<[u16; 4]> = OnceLock::new();
    let ports = PORTS.get_or_init(|| std::array::from_fn(|_| free_port()));
    ["TOP", "DOOR", "A", "B"].into_iter().zip(ports.iter().map(|port| format!("127.0.0.1:{port}")))
}

fn shell(folder: &Path, command: &str) -> Command {
    let binary = hoso();
    let beside = binary.parent().expect("a folder").to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!("{command} 2>&1")])
        .env("PATH", format!("{}:{path}", beside.display()))
        .env("DIR", folder)
        .envs(addresses())
        // What a node says on starting is the same whatever ports are free; `serve` asks for pages.
        .env("HOSO_LISTEN_PAGES", "off")
        .env("SAMPLES", repository::root().join("tests/samples"))
        .env_remove("HOSO_BIN")
        .env_remove("HOSO_DATA_DIR")
        .env_remove("HOSO_CONFIG");
    shell
}

/// Whether the printed lines are what the page expects.
fn fits(expected: &[&str], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..])),
        Some((line, rest)) => lines
            .split_first()
            .is_some_and(|(first, others)| fits_line(line, first) && fits(rest, others)),
    }
}

fn fits_line(expected: &str, line: &str) -> bool {
    let parts: Vec<&str> = expected.trim_end().split("[..]").collect();
    let line = line.trim_end();
    if parts.len() == 1 {
        return parts[0] == line;
    }
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    if !line.starts_with(first) || line.len() < first.len() + last.len() || !line.ends_with(last) {
        return false;
    }
    let mut rest = &line[first.len()..line.len() - last.len()];
    for part in &parts[1..parts.len() - 1] {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    true
}
