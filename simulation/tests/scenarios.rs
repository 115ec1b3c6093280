//! Every story in `tests/scenarios` is played again; what was answered then must be answered again.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use simulation::scenario::{Script, difference, play};

/// Set to `1` to write transcripts where there is none.
const BLESS: &str = "HOSO_BLESS";

/// Stories there are at least.
const STORIES_MIN: usize = 20;

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios");
    let entries = std::fs::read_dir(folder).expect("the folder of stories");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// What is wrong with a story; empty when nothing is.
fn complaint(path: &Path) -> String {
    let stored = std::fs::read_to_string(path).expect("a story is text");
    let script = Script::read(&stored);
    let told = script.preface().collect::<Vec<_>>().join(" ");
    for word in ["Broke:", "Must hold:"] {
        if !told.contains(word) {
            return format!("it does not begin with `# {word}`");
        }
    }
    let played = match play(&script) {
        Ok(played) => played,
        Err(error) => return format!("{:#}", anyhow::Error::new(error)),
    };
    if !played.failures.is_empty() {
        return format!("{}\n{}", played.failures.join("\n"), played.text);
    }
    if !played.judged {
        return "it does not end with `judge`".to_owned();
    }
    let blessed = std::env::var(BLESS).is_ok_and(|set| set == "1");
    if blessed && !script.has_transcript() {
        std::fs::write(path, played.text).expect("a transcript is written");
        return String::new();
    }
    let changed = difference(&stored, &played.text);
    if changed.is_empty() {
        return changed;
    }
    format!(
        "answered otherwise than written ({BLESS}=1 writes only a missing transcript)\n{changed}"
    )
}

#[test]
fn every_story_is_answered_as_it_is_written() {
    let all = stories();
    assert!(all.len() >= STORIES_MIN, "{} stories", all.len());
    let waiting = Mutex::new(VecDeque::from(all));
    let complaints = Mutex::new(Vec::new());
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("a queue").pop_front();
                    let Some(path) = next else { return };
                    let complaint = complaint(&path);
                    if !complaint.is_empty() {
                        let words = format!("{}: {complaint}", name(&path));
                        complaints.lock().expect("a list").push(words);
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().expect("a list");
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn a_story_whose_expectation_fails_is_told() {
    let story = "node snv\nnode da-bac under snv\nnode tu-ly under da-bac\nfound\n\
        create d1 \"Hà Văn Tú\" at tu-ly\nexpect no dossier d1 at tu-ly\n";
    let played = play(&Script::read(story)).expect("it can be played");
    assert_eq!(played.failures, ["not so: expect no dossier d1 at tu-ly"]);
    assert!(played.text.contains("    SAI\n") && !played.judged, "{}", played.text);
}
