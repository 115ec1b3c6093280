//! Which crate may know which, proved from cargo's metadata and from the `use` lines inside `node`.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use tests::repository;

/// The rooms, and the rooms each may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("dossier", &[]),
    ("protocol", &["dossier"]),
    ("certs", &["dossier"]),
    ("config", &["dossier"]),
    ("pages", &[]),
    ("node", &["certs", "config", "dossier", "pages", "protocol"]),
    ("simulation", &["certs", "config", "dossier", "node", "protocol"]),
    ("tests", &["certs", "config", "dossier", "node", "protocol", "simulation"]),
];

/// Crates that one room keeps to itself, and who may know them.
const KEPT: &[(&str, &[&str])] = &[
    ("age", &["node"]),
    ("age-core", &["node"]),
    ("argon2", &["node"]),
    ("askama", &["pages"]),
    ("axum", &["node"]),
    ("hyper", &["node", "simulation"]),
    ("hyper-util", &["node", "simulation"]),
    ("automerge", &["dossier", "simulation"]),
    ("bincode", &["protocol"]),
    ("negentropy", &["protocol"]),
    ("quinn", &["node", "simulation"]),
    ("redb", &["node"]),
    ("sled", &["node"]),
    ("rcgen", &["certs"]),
    ("rpassword", &["node"]),
    ("clap", &["node", "simulation"]),
    ("tokio", &["node", "simulation", "tests"]),
];

/// What a pure room never names: runtimes, sockets, TLS, files, clocks, entropy, cryptography.
const IMPURE: &[&str] = &[
    "async-std",
    "aws-lc-rs",
    "axum",
    "fs4",
    "getrandom",
    "hyper",
    "mio",
    "quinn",
    "rand",
    "rand_core",
    "redb",
    "rustix",
    "rustls",
    "sled",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "tracing-subscriber",
    "uuid",
];

/// What must not even arrive through another crate. `rand` and `getrandom` come with Automerge; the
/// lints forbid the one function of it that would draw.
const IMPURE_THROUGH_OTHERS: &[&str] = &[
    "async-std",
    "aws-lc-rs",
    "axum",
    "fs4",
    "hyper",
    "mio",
    "quinn",
    "redb",
    "rustls",
    "sled",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
];

/// Cryptographic providers beside the one we use.
const OTHER_PROVIDERS: &[&str] =
    &["boring", "mbedtls", "native-tls", "openssl", "openssl-sys", "ring", "schannel"];

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(repository::root().join("Cargo.toml"));
    command.no_deps().other_options(["--locked".to_owned()]);
    command.exec().expect("cargo describes the workspace")
}

/// Direct dependencies of a room that its product code uses.
fn direct(metadata: &Metadata, room: &str) -> BTreeSet<String> {
    let package = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| package.name.as_str() == room)
        .unwrap_or_else(|| panic!("there is no room {room}"));
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .collect()
}

/// Every crate that the product code of `room` pulls in on this machine. Asked of `cargo tree`,
/// which resolves the features of one platform; the metadata unites those of all.
fn pulled_in(room: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", room, "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(repository::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names of crates");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn rooms_import_one_another_along_the_arrows_only() {
    let metadata = metadata();
    let rooms: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let known: BTreeSet<String> = ARROWS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(rooms, known, "the rooms of the house");
    for (room, allowed) in ARROWS {
        for dependency in direct(&metadata, room).intersection(&rooms) {
            assert!(allowed.contains(&dependency.as_str()), "{room} must not know {dependency}");
        }
    }
}

#[test]
fn crates_that_one_room_keeps_are_named_nowhere_else() {
    let metadata = metadata();
    for (room, _) in ARROWS {
        let dependencies = direct(&metadata, room);
        for (name, keepers) in KEPT {
            let named = dependencies.contains(*name);
            assert!(!named || keepers.contains(room), "{room} must not name {name}");
        }
    }
    for (name, keepers) in KEPT {
        let kept = keepers.iter().any(|room| direct(&metadata, room).contains(*name));
        assert!(kept, "nobody names {name}: take it off the list");
    }
}

#[test]
fn pure_rooms_know_no_runtime_socket_tls_file_or_randomness() {
    let metadata = metadata();
    for room in ["dossier", "protocol", "pages"] {
        let (named, through) = (direct(&metadata, room), pulled_in(room));
        for name in IMPURE {
            assert!(!named.contains(*name), "{room} names {name}");
        }
        for name in IMPURE_THROUGH_OTHERS {
            assert!(!through.contains(*name), "{room} pulls in {name}");
        }
    }
    for room in ["certs", "config"] {
        let through = pulled_in(room);
        for name in ["tokio", "quinn", "sled", "redb", "socket2"] {
            assert!(!through.contains(name), "{room} pulls in {name}");
        }
    }
}

#[test]
fn one_cryptographic_provider_serves_the_whole_program() {
    for (room, _) in ARROWS {
        let through = pulled_in(room);
        for name in OTHER_PROVIDERS {
            assert!(!through.contains(*name), "{room} pulls in {name}");
        }
    }
    assert!(pulled_in("node").contains("aws-lc-rs"));
}

#[test]
fn the_demo_is_the_default_member_and_its_default_binary() {
    let metadata = metadata();
    let members = metadata.workspace_default_packages();
    let names: Vec<&str> = members.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["node"]);
    assert_eq!(members[0].default_run.as_deref(), Some("hoso"));
}

#[test]
fn no_build_but_the_hunt_for_faults_carries_planted_ones() {
    let feature = "planted";
    let metadata = metadata();
    let mut carriers = Vec::new();
    for package in metadata.workspace_packages() {
        for dependency in &package.dependencies {
            let turned_on = dependency.features.iter().any(|name| name == feature);
            assert!(!turned_on, "{} turns it on in {}", package.name, dependency.name);
        }
        for (name, turns_on) in &package.features {
            let passed_on = turns_on.iter().any(|one| one.ends_with(feature));
            assert!(!passed_on || name == feature, "{}: {name} turns it on", package.name);
        }
        if package.features.contains_key(feature) {
            carriers.push(package.name.to_string());
        }
    }
    carriers.sort();
    assert_eq!(carriers, ["dossier", "node", "protocol", "simulation"]);
    let main = repository::read("node/src/main.rs");
    let gate = "#[cfg(feature = \"planted\")]\ncompile_error!(";
    assert!(main.contains(gate), "hoso compiles with planted faults");
    let plants = repository::read("protocol/dossier/src/plant.rs");
    let constant = "#[cfg(not(feature = \"planted\"))]\n#[inline(always)]\npub const fn is";
    assert!(plants.contains(constant), "without the feature a gate is a constant");
}

/// A crate and the files of the product that may name it.
struct Place {
    krate: &'static str,
    files: &'static [&'static str],
}

/// Spells the names it looks for.
const SELF: &str = "tests/tidy/arrows.rs";

const PLACES: &[Place] = &[
    Place { krate: "sled", files: &["node/src/store/", SELF] },
    Place { krate: "redb", files: &["node/src/store/"] },
    Place {
        krate: "quinn",
        files: &["node/src/link", "node/src/environment/network.rs", "simulation/", SELF],
    },
    Place {
        krate: "automerge",
        files: &[
            "protocol/dossier/src/document",
            "protocol/dossier/src/precheck/hostile/",
            "protocol/dossier/src/precheck/tests",
            "simulation/",
        ],
    },
    Place { krate: "bincode", files: &["protocol/src/codec.rs"] },
    Place { krate: "rcgen", files: &["certs/"] },
    Place { krate: "calamine", files: &["node/src/import"] },
    Place { krate: "age", files: &["node/src/abroad/"] },
    Place { krate: "age_core", files: &["node/src/abroad/"] },
    Place { krate: "axum", files: &["node/src/web/"] },
    Place { krate: "hyper", files: &["node/src/web/", "simulation/src/bench/web/"] },
    Place { krate: "hyper_util", files: &["node/src/web/", "simulation/src/bench/web/"] },
    Place { krate: "askama", files: &["node/pages/"] },
    Place { krate: "argon2", files: &["node/src/account/password.rs"] },
];

#[test]
fn inside_the_rooms_a_crate_is_named_only_where_it_belongs() {
    for file in repository::files(&[".rs"]) {
        for Place { krate, files } in PLACES {
            let named = file.text.lines().any(|line| names_crate(line, krate));
            let allowed = files.iter().any(|place| file.path.starts_with(place));
            assert!(!named || allowed, "{} must not name {krate}", file.path);
        }
    }
}

/// Whether a line of code, comments aside, has the path `krate::` at its root.
fn names_crate(line: &str, krate: &str) -> bool {
    let code = line.trim_start();
    if code.starts_with("//") {
        return false;
    }
    let path = format!("{krate}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "_:\"".contains(before))
    })
}

#[test]
fn the_scan_tells_a_crate_from_a_module_of_the_same_name() {
    assert!(names_crate("use quinn::Endpoint;", "quinn"));
    assert!(names_crate("    let db: sled::Db = open();", "sled"));
    assert!(!names_crate("use super::sled::SledIndex;", "sled"));
    assert!(!names_crate("// as quinn::Endpoint does", "quinn"));
}
