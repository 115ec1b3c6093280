//! A vault as it lies on the disk: its file, its key file and its recovery code.

use std::path::Path;
use std::sync::Arc;

use dossier::Timestamp;
use node::account::Cost;
use node::environment::disk::read_whole;
use node::environment::{Disk as _, MemoryDisk, SeededEntropy};
use node::seal::{Founding, Means, RecoveryCode, Vault};
use tests::golden::compare;

const HOME: &str = "/hoso";

#[test]
fn a_vault_has_these_files_and_opens_from_them() {
    let disk = MemoryDisk::new();
    disk.create_home(Path::new(HOME)).expect("created");
    let (seam, entropy) = (Arc::new(disk.clone()), Arc::new(SeededEntropy::new(1)));
    let now = Timestamp::from_millis(1_767_546_000_000);
    let founding = Founding { cost: Cost::LEAST, ..Founding::beside(Path::new(HOME)) };
    let (vault, code) =
        Vault::create(seam, Path::new(HOME), entropy, now, &founding).expect("made");
    let label = node::seal::Label { kind: "golden", dossier: None, key: b"k" };
    let sealed = vault.seal(&label, b"a value");
    let text = |path: &str| {
        let bytes = read_whole(&disk, Path::new(path), 1 << 20).expect("is there");
        String::from_utf8(bytes).expect("text")
    };
    let parts =
        [text("/hoso/seal.json"), text("/hoso.key"), code.text().to_string(), hex::encode(sealed)];
    let told = parts.map(|part| part.trim_end().to_owned()).join("\n---\n");
    compare("seal-v1.txt", &told);
    opens(&told);
}

/// Lays the stored files on a fresh disk; key file and code open them, and the value.
fn opens(told: &str) {
    let parts: Vec<&str> = told.split("\n---\n").collect();
    let disk = MemoryDisk::new();
    disk.create_home(Path::new(HOME)).expect("created");
    for (path, text) in [("/hoso/seal.json", parts[0].to_owned()), ("/hoso.key", parts[1].into())] {
        let file = disk.create(Path::new(path)).expect("created");
        file.write_at(0, text.as_bytes()).expect("written");
    }
    let (disk, entropy) = (Arc::new(disk), Arc::new(SeededEntropy::new(2)));
    let founding = Founding { cost: Cost::LEAST, ..Founding::beside(Path::new(HOME)) };
    let means = &founding.means;
    let opened = Vault::open(disk.clone(), Path::new(HOME), entropy.clone(), means);
    let label = node::seal::Label { kind: "golden", dossier: None, key: b"k" };
    let sealed = hex::decode(parts[3]).expect("hex");
    let value = opened.expect("opens").unseal(&label, &sealed);
    assert_eq!(value.as_deref(), Ok(&b"a value"[..]));
    let code: RecoveryCode = parts[2].parse().expect("a code");
    let now = Timestamp::from_millis(1_767_546_000_000);
    let elsewhere = Founding { means: Means::key_file(Path::new("/next.key")), ..founding };
    let lock = (&code, &elsewhere);
    let recovered = Vault::recover(disk, Path::new(HOME), entropy, now, lock).expect("opens");
    assert_eq!(recovered.generation(), 2);
}
