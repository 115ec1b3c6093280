//! The README tells the truth: its map, its paths and its commands exist.

use std::path::PathBuf;
use std::process::{Command, Output};

use cargo_metadata::MetadataCommand;
use tests::repository;

/// The two commands everything else is reached from.
const DEMO: &str = "cargo run --release --locked -- demo";
const TESTS: &str = "./tests/run";

#[test]
fn the_code_map_names_every_crate() {
    let readme = repository::read("README.md");
    let map = section(&readme, "## Code map");
    let metadata = MetadataCommand::new()
        .manifest_path(repository::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace");
    for package in metadata.workspace_packages() {
        let row = format!("| `{}` |", package.name);
        assert!(map.contains(&row), "the code map lacks {}", package.name);
    }
}

#[test]
fn every_path_in_the_papers_exists() {
    for (paper, folder) in [
        ("README.md", ""),
        ("certs/README.md", "certs/src"),
        ("node/src/store/README.md", "node/src/store"),
    ] {
        let text = repository::read(paper);
        let mut paths = 0;
        for code in code_spans(&text).filter(|code| is_path(code)) {
            let places = [repository::root(), repository::root().join(folder)];
            let beside = repository::root().join(paper);
            let known = places
                .into_iter()
                .chain(beside.parent().map(PathBuf::from))
                .any(|place| place.join(code).exists());
            assert!(known, "{paper}: {code} does not exist");
            paths += 1;
        }
        assert!(paths > 0 || paper != "README.md", "{paper} names no path");
    }
}

#[test]
fn the_two_commands_are_the_ones_that_run() {
    let readme = repository::read("README.md");
    let blocks = shell_lines(&readme);
    assert!(blocks.iter().any(|line| line == DEMO), "README shows {DEMO}");
    assert!(blocks.iter().any(|line| line == TESTS), "README shows {TESTS}");
    let ci = repository::read(".ci/run");
    for wanted in [
        "cargo fmt --all -- --check",
        "cargo clippy --workspace --all-targets --release --locked -- -D warnings",
        "cargo deny --locked check bans licenses sources",
        TESTS,
    ] {
        assert!(ci.contains(wanted), ".ci/run runs {wanted}");
    }
    let tests = repository::read("tests/run");
    assert!(tests.contains("cargo test --workspace --release --locked"));
}

#[cfg(unix)]
#[test]
fn the_scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    for script in [".ci/run", "tests/run"] {
        let metadata = std::fs::metadata(repository::root().join(script)).expect("the script");
        assert!(metadata.permissions().mode() & 0o111 != 0, "{script} is not executable");
        assert!(repository::read(script).starts_with("#!/usr/bin/env bash\n"), "{script}");
    }
}

#[test]
fn every_alias_is_shown_and_every_shown_alias_exists() {
    let config = repository::read(".cargo/config.toml");
    let config: toml::Table = config.parse().expect("cargo's settings");
    let aliases = config["alias"].as_table().expect("aliases");
    let readme = repository::read("README.md");
    let lines = shell_lines(&readme);
    for alias in aliases.keys() {
        let shown = format!("cargo {alias} ");
        assert!(lines.iter().any(|line| line.starts_with(&shown)), "README lacks {shown}");
    }
    for line in lines.iter().filter_map(|line| line.strip_prefix("cargo ")) {
        let verb = line.split(' ').next().unwrap_or_default();
        let known = aliases.contains_key(verb) || matches!(verb, "run" | "test");
        assert!(known, "README shows cargo {verb}, which nobody defines");
    }
}

#[test]
fn every_command_the_readme_shows_exists() {
    let readme = repository::read("README.md");
    let mut shown = 0;
    for line in shell_lines(&readme) {
        let (program, arguments) = match line.split_once(' ') {
            Some(("hoso", arguments)) => (HOSO, arguments),
            Some(("cargo", rest)) => match rest.split_once(' ') {
                Some(("simulate", arguments)) => (SIMULATE, arguments),
                Some(("run", arguments)) => (HOSO, arguments),
                _ => continue,
            },
            _ => continue,
        };
        let arguments = arguments.split_once("-- ").map_or(arguments, |(_, after)| after);
        let words: Vec<&str> = arguments.split(' ').take_while(|word| is_verb(word)).collect();
        let output = ask(program, &[words.as_slice(), &["--help"]].concat());
        assert!(output.status.success(), "README shows `{line}`, the program does not know it");
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        for flag in arguments.split(' ').filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "README shows `{line}`, its help lacks {flag}");
        }
        shown += 1;
    }
    assert!(shown > 10, "the README shows {shown} commands");
}

/// Packages and their programs.
const HOSO: (&str, &str) = ("node", "hoso");
const SIMULATE: (&str, &str) = ("simulation", "simulate");

/// Runs the program that stands beside this test, building it when it does not.
fn ask((package, name): (&str, &str), arguments: &[&str]) -> Output {
    let this = std::env::current_exe().expect("this test is a file");
    let profile = this.parent().and_then(|deps| deps.parent()).expect("target folder");
    let binary = profile.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !binary.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--locked", "--package", package, "--bin", name]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let built = build.current_dir(repository::root()).status().expect("cargo runs");
        assert!(built.success(), "{name} builds");
    }
    Command::new(binary).args(arguments).output().expect("it runs")
}

fn is_verb(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
        && !word.starts_with('-')
}

fn is_path(code: &str) -> bool {
    let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || "./-_".contains(c));
    let known = [".rs", ".md", ".toml", ".csv", ".txt", ".hex", "/"];
    plain && !code.starts_with("./") && known.iter().any(|ending| code.ends_with(ending))
        || matches!(code, "tests/run" | ".ci/run")
}

/// What stands between backticks on one line.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.starts_with("```"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The commands of every `sh` block.
fn shell_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => lines.push(line.to_owned()),
            _ => {}
        }
    }
    lines
}

fn section<'a>(text: &'a str, title: &str) -> &'a str {
    let (_, after) = text.split_once(title).unwrap_or_else(|| panic!("README lacks {title}"));
    after.split("\n## ").next().unwrap_or(after)
}
