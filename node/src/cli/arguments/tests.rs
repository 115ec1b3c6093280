//! Command lines, right and wrong.

use super::super::error::Exit;
use super::*;

fn read(line: &str) -> Parsed {
    parse(line.split(' ').map(OsString::from))
}

fn wrong(line: &str) -> CliError {
    match read(line) {
        Parsed::Wrong(error) => error,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn the_definition_holds_together() {
    vietnamese(Arguments::command()).debug_assert();
}

#[test]
fn every_verb_has_help_with_an_example_and_no_english_heading() {
    fn visit(command: &Command, path: &str, seen: &mut usize) {
        for verb in command.get_subcommands() {
            let path = format!("{path} {}", verb.get_name());
            if verb.has_subcommands() {
                visit(verb, &path, seen);
                continue;
            }
            let Parsed::Help(page) = read(&format!("{path} --help")) else { panic!("{path}") };
            assert!(page.contains("Ví dụ:") && page.contains("Cách dùng:"), "{path}\n{page}");
            for english in ["Usage", "Options", "Arguments:", "Print ", "[default", "[possible"] {
                assert!(!page.contains(english), "{path}: {english}\n{page}");
            }
            let Parsed::Help(short) = read(&format!("{path} -h")) else { panic!("{path}") };
            assert!(!short.contains("Ví dụ:"), "{path}");
            *seen += 1;
        }
    }
    let mut seen = 0;
    visit(&Arguments::command(), "hoso", &mut seen);
    assert!(seen >= 22, "{seen}");
}

#[test]
fn common_options_stand_before_or_after_the_verb() {
    for line in ["hoso --json status", "hoso status --json"] {
        let Parsed::Arguments(arguments) = read(line) else { panic!("{line}") };
        assert!(arguments.common.json);
    }
}

#[test]
fn wrong_words_are_told_in_vietnamese() {
    for (line, code) in [
        ("hoso status --jsn", "DL-0101"),
        ("hoso statsu", "DL-0102"),
        ("hoso dossier show", "DL-0104"),
        ("hoso dossier", "DL-0103"),
        ("hoso dossier edit x y=z --role king", "DL-0105"),
        ("hoso node invite --unit Đ", "DL-0105"),
    ] {
        let error = wrong(line);
        assert_eq!((error.code.as_str(), error.exit), (code, Exit::Usage), "{line}: {error}");
        assert!(!error.message.contains("error"), "{error}");
    }
    assert!(wrong("hoso status --jsn").hint.is_some_and(|hint| hint.contains("--json")));
}
