//! Every family ends in a code, a sentence and an exit code.

use super::*;
use crate::import::ReadFailure;

#[test]
fn the_exit_codes_stay() {
    for code in 0..=6 {
        assert_eq!(Exit::from_code(code).code(), code);
    }
    assert_eq!(Exit::from_code(77), Exit::Failed);
}

#[test]
fn a_refusal_of_the_law_speaks_vietnamese() {
    let refused = Refused { code: "foreign_unit".to_owned(), detail: "no right".to_owned() };
    let error = CliError::from(refused);
    assert_eq!(error.code, "HS-0401");
    assert_eq!(error.message, "Hồ sơ này do đơn vị khác quản lý.");
    for code in ["unknown-dossier", "edit", "basis", "too-large", "something-new"] {
        let error = CliError::from(Refused { code: code.to_owned(), detail: "x".to_owned() });
        assert!(error.code.starts_with("HS-04") && error.exit == Exit::Failed, "{code}");
    }
}

#[test]
fn a_silent_node_is_told_apart_from_an_absent_one() {
    let absent = CliError::from(ControlError::NotRunning);
    let slow = CliError::from(ControlError::Io(io::ErrorKind::WouldBlock.into()));
    let gone = CliError::from(ControlError::Io(io::ErrorKind::UnexpectedEof.into()));
    let codes = [absent.code, slow.code, gone.code];
    assert_eq!(codes, ["MN-0201", "MN-0203", "MN-0204"]);
}

#[test]
fn lists_and_settings_keep_their_own_codes() {
    let error = CliError::from(ImportError::Read(ReadFailure::Encrypted));
    assert_eq!((error.code.as_str(), error.exit), ("NK-0104", Exit::Failed));
    let file = Some(("hoso.toml", &b"datadir = \"/x/y\""[..]));
    let layers = config::Layers { file, ..config::Layers::default() };
    let problems = config::settings::load(&layers).expect_err("unknown key");
    let error = CliError::from(problems);
    assert_eq!((error.code.as_str(), error.exit), ("CH-0006", Exit::Configuration));
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("data_dir")), "{error}");
}
