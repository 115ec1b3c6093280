//! Which test proves which requirement of the regulation: the tests say it themselves.
//!
//! A comment line that begins with `R-`, directly above a test, names what it proves. The list that the
//! program shows is written from these marks: `HOSO_BLESS=1 cargo test -p tests --test tidy`.

use std::collections::{BTreeMap, BTreeSet};

use config::Files;
use tests::repository::{self, TextFile};

const LIST: &str = "config/requirements.csv";

#[test]
fn the_list_of_requirements_is_what_the_tests_say() {
    let known = config::load_requirements(&Files::embedded()).expect("the list loads");
    let marked = marked(&repository::files(&[".rs"]));
    let ids: BTreeSet<&str> = known.iter().map(|it| it.id.as_str()).collect();
    let strays: Vec<&String> = marked.keys().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(strays.is_empty(), "the regulation asks nothing of these names: {strays:?}");
    let mut list = String::from("id,article,kind,tests\n");
    for it in &known {
        let tests: Vec<&str> =
            marked.get(&it.id).into_iter().flatten().map(String::as_str).collect();
        list.push_str(&format!("{},{},{},{}\n", it.id, it.article, it.kind, tests.join(" ")));
    }
    if repository::read(LIST) != list {
        let blesses = std::env::var("HOSO_BLESS").is_ok_and(|set| set == "1");
        assert!(blesses, "{LIST} is not what the tests say; HOSO_BLESS=1 writes it anew");
        std::fs::write(repository::root().join(LIST), list).expect("written");
    }
}

#[test]
fn a_mark_counts_only_above_a_test() {
    let file = |text: &str| TextFile { path: "a/b.rs".to_owned(), text: text.to_owned() };
    let found = |text: &str| marked(&[file(text)]).into_keys().collect::<Vec<_>>();
    // The marks are put together here, so that these lines are none.
    let mark = |ids: &str| format!("// {ids}\n");
    let test = "#[test]\nfn it_holds() {}\n";
    assert_eq!(
        found(&format!("{}{test}", mark("R-9.2a, R-9.2b.1: a change has its basis."))),
        ["R-9.2a", "R-9.2b.1"]
    );
    assert!(found(&format!("{}fn plain() {{}}\n{test}", mark("R-9.2a"))).is_empty());
    assert!(found(&format!("let a = 1;\n{test}")).is_empty());
}

/// The tests that carry each id, as `file::name`.
fn marked(files: &[TextFile]) -> BTreeMap<String, BTreeSet<String>> {
    let mut marked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let (mut ids, mut is_test) = (Vec::new(), false);
        for line in file.text.lines().map(str::trim) {
            let comment = line.strip_prefix("///").or_else(|| line.strip_prefix("// "));
            if let Some(comment) = comment {
                ids.extend(ids_of(comment.trim()));
            } else if line.starts_with("#[") {
                is_test |= line.contains("test");
            } else {
                if let (Some(name), true) = (function(line), is_test) {
                    for id in ids.drain(..) {
                        marked.entry(id).or_default().insert(format!("{}::{name}", file.path));
                    }
                }
                ids.clear();
                is_test = false;
            }
        }
    }
    marked
}

/// The ids at the beginning of a comment.
fn ids_of(comment: &str) -> Vec<String> {
    let words = comment.split([' ', ',', ':']).filter(|word| !word.is_empty());
    let ids = words.take_while(|word| word.starts_with("R-"));
    ids.map(|word| word.trim_end_matches('.').to_owned()).collect()
}

fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))?;
    rest.split(['(', '<']).next()
}
