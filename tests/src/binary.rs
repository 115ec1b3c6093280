//! The built program: found beside the running test, and brought up to date first.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program `hoso` of the same build as the running test; `HOSO_BIN` names another one.
///
/// # Panics
/// When it cannot be built.
pub fn hoso() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("HOSO_BIN").map_or_else(build, PathBuf::from))
}

/// Has cargo bring the program up to date: a test of another package alone leaves it as it was.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let folder = test.parent().and_then(Path::parent).expect("tests lie in deps").to_owned();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--package", "node", "--bin", "hoso"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.arg("--target-dir").arg(folder.parent().expect("a profile lies in a target folder"));
    if folder.ends_with("release") {
        command.arg("--release");
    }
    assert!(command.status().expect("cargo runs").success(), "the program does not build");
    folder.join("hoso")
}
