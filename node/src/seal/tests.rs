use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::account::{Cost, Secret};
use crate::environment::{Disk as _, MemoryDisk, RealDisk, SeededEntropy};
use dossier::{DossierId, Timestamp};

const HOME: &str = "/hoso";

struct Desk {
    disk: MemoryDisk,
}

impl Desk {
    fn new() -> Self {
        let disk = MemoryDisk::new();
        disk.create_home(Path::new(HOME)).expect("created");
        Self { disk }
    }

    fn founding(profile: Profile, passphrase: &str) -> Founding {
        let passphrase = Some(Secret::new(passphrase.to_owned()));
        let means = Means { passphrase, ..Means::beside(Path::new(HOME)) };
        Founding { profile, means, cost: Cost::LEAST }
    }

    fn create(&self, founding: &Founding) -> Result<(Vault, RecoveryCode), SealError> {
        let entropy = Arc::new(SeededEntropy::new(1));
        Vault::create(Arc::new(self.disk.clone()), Path::new(HOME), entropy, now(), founding)
    }

    fn open(&self, founding: &Founding) -> Result<Vault, SealError> {
        let entropy = Arc::new(SeededEntropy::new(2));
        Vault::open(Arc::new(self.disk.clone()), Path::new(HOME), entropy, &founding.means)
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_767_546_000_000)
}

fn label<'a>(kind: &'a str, dossier: u8, key: &'a [u8]) -> Label<'a> {
    Label { kind, dossier: Some(DossierId::from_bytes([dossier; 16])), key }
}

const WORDS: &str = "bốn chữ dễ nhớ hôm nay";

#[test]
fn each_profile_opens_by_its_own_means_alone() {
    for (profile, name) in Profile::ALL {
        let desk = Desk::new();
        let right = Desk::founding(profile, WORDS);
        let (vault, _) = desk.create(&right).expect("made");
        let sealed = vault.seal_file("keys", b"secret");
        let opened = desk.open(&right).expect("opens");
        assert_eq!(opened.unseal_file("keys", &sealed).expect("the same keys")[..], *b"secret");
        let wrong = Desk::founding(profile, "một câu khác hẳn");
        let outcome = desk.open(&wrong);
        assert_eq!(outcome.is_err(), profile.asks_passphrase(), "{name}");
        let none = Founding { means: Means::beside(Path::new(HOME)), ..right.clone() };
        assert_eq!(desk.open(&none).is_err(), profile.asks_passphrase(), "{name}");
        if profile.has_key_file() {
            desk.disk.remove(&right.means.key_file).expect("removed");
            assert!(matches!(desk.open(&right), Err(SealError::KeyFileMissing(_))));
            desk.disk.create(&right.means.key_file).expect("an empty one");
            assert!(matches!(desk.open(&right), Err(SealError::KeyFileDamaged(_))));
        }
    }
}

#[test]
fn a_moved_or_changed_value_does_not_open() {
    let vault = Vault::in_memory(1);
    let here = label("parcel", 1, b"k");
    let sealed = vault.seal(&here, b"a value");
    assert_eq!(vault.unseal(&here, &sealed).expect("opens"), b"a value");
    let elsewhere = [label("copy", 1, b"k"), label("parcel", 2, b"k"), label("parcel", 1, b"l")];
    for other in elsewhere.iter().chain([&Label { dossier: None, ..here }]) {
        assert_eq!(vault.unseal(other, &sealed), Err(Shut::Altered));
    }
    assert_eq!(Vault::in_memory(2).unseal(&here, &sealed), Err(Shut::Altered));
    for at in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[at] ^= 1;
        assert_eq!(vault.unseal(&here, &flipped), Err(Shut::Altered), "byte {at}");
        assert_eq!(vault.unseal(&here, &sealed[..at]), Err(Shut::Altered), "length {at}");
    }
}

#[test]
fn another_epoch_has_another_key_and_the_old_one_still_opens() {
    let vault = Vault::in_memory(1);
    let here = label("parcel", 1, b"k");
    let old = vault.seal(&here, b"old");
    assert_eq!(vault.advance(&here.dossier.expect("one")).expect("advanced"), 1);
    let new = vault.seal(&here, b"new");
    assert_eq!(vault.unseal(&here, &old).expect("opens"), b"old");
    assert_eq!(vault.unseal(&here, &new).expect("opens"), b"new");
    let mut moved = new;
    moved[1..5].copy_from_slice(&old[1..5]);
    assert_eq!(vault.unseal(&here, &moved), Err(Shut::Altered));
}

#[test]
fn a_destroyed_key_is_gone_after_a_restart_and_all_others_stay() {
    let desk = Desk::new();
    let means = Desk::founding(Profile::KeyFile, "");
    let (vault, _) = desk.create(&means).expect("made");
    let (gone, kept) = (label("copy", 1, b"k"), label("copy", 2, b"k"));
    let (of_gone, of_kept) = (vault.seal(&gone, b"one"), vault.seal(&kept, b"two"));
    vault.advance(&gone.dossier.expect("one")).expect("advanced");
    let later = vault.seal(&gone, b"later");
    vault.destroy(&gone.dossier.expect("one")).expect("destroyed");
    for vault in [vault, desk.open(&means).expect("opens")] {
        assert_eq!(vault.unseal(&gone, &of_gone), Err(Shut::Destroyed));
        assert_eq!(vault.unseal(&gone, &later), Err(Shut::Destroyed));
        assert_eq!(vault.unseal(&kept, &of_kept).expect("opens"), b"two");
        let again = vault.seal(&gone, b"came back");
        assert_eq!(vault.unseal(&gone, &again).expect("opens"), b"came back");
    }
}

#[test]
fn rotating_shuts_the_old_means_out_and_the_recovery_code_opens_either() {
    let desk = Desk::new();
    let old = Desk::founding(Profile::KeyFile, "");
    let (vault, code) = desk.create(&old).expect("made");
    let sealed = vault.seal_file("keys", b"secret");
    let new = Desk::founding(Profile::Passphrase, WORDS);
    assert_eq!(vault.rotate(now(), &new).expect("rotated").generation(), 2);
    assert!(matches!(desk.open(&old), Err(SealError::WrongKey)));
    let opened = desk.open(&new).expect("opens");
    assert_eq!(opened.unseal_file("keys", &sealed).expect("opens")[..], *b"secret");
    assert_eq!(opened.deeds().len(), 1);
    opened.forget_deeds(1).expect("forgotten");
    assert!(desk.open(&new).expect("opens").deeds().is_empty());

    let recover = |code: &RecoveryCode, founding: &Founding| {
        let entropy = Arc::new(SeededEntropy::new(3));
        let disk = Arc::new(desk.disk.clone());
        Vault::recover(disk, Path::new(HOME), entropy, now(), (code, founding))
    };
    let newest = Desk::founding(Profile::Passphrase, "một câu mới, không ai biết");
    let other = RecoveryCode::from_bytes([1; 32]);
    assert!(matches!(recover(&other, &newest), Err(SealError::WrongKey)));
    assert!(desk.open(&new).is_ok(), "a wrong code changes nothing");
    let recovered = recover(&code, &newest).expect("opens");
    assert_eq!(recovered.generation(), 3);
    assert_eq!(recovered.unseal_file("keys", &sealed).expect("opens")[..], *b"secret");
    assert!(matches!(desk.open(&new), Err(SealError::WrongKey)));
}

#[test]
fn a_power_cut_at_any_write_of_a_change_leaves_the_old_or_the_new_lock() {
    let (old, new) = (Desk::founding(Profile::KeyFile, ""), {
        let mut other = Desk::founding(Profile::KeyFile, "");
        other.means.key_file = Path::new("/stick.key").to_owned();
        other
    });
    let desk = Desk::new();
    let (vault, _) = desk.create(&old).expect("made");
    let dossier = DossierId::from_bytes([1; 16]);
    vault.destroy(&dossier).expect("destroyed");
    let before = desk.disk.changes();
    let copy = desk.disk.duplicate();
    vault.rotate(now(), &new).expect("rotated");
    let steps = desk.disk.changes() - before;
    assert!(steps > 5);
    for step in 0..=steps {
        for seed in 0..8 {
            let cut = Desk { disk: copy.duplicate() };
            let vault = cut.open(&old).expect("opens");
            cut.disk.stop_after(step);
            let outcome = vault.rotate(now(), &new);
            assert_eq!(outcome.is_ok(), step == steps, "step {step}");
            cut.disk.crash(seed);
            let opened = [cut.open(&old), cut.open(&new)];
            assert_eq!(opened.iter().filter(|one| one.is_ok()).count(), 1, "step {step}");
        }
    }
}

#[test]
fn a_lock_is_never_changed_to_the_key_that_opens_it() {
    let stick = |profile| {
        let mut founding = Desk::founding(profile, WORDS);
        founding.means.key_file = Path::new("/stick.key").to_owned();
        founding
    };
    for (profile, name) in Profile::ALL {
        let desk = Desk::new();
        let old = Desk::founding(profile, WORDS);
        let (_, code) = desk.create(&old).expect("made");
        let open = || desk.open(&old).expect("opens");
        // The same means under another name for the profile is the same key.
        let both = Desk::founding(Profile::KeyFileAndPassphrase, WORDS);
        for same in [&old, &both] {
            assert!(matches!(open().rotate(now(), same), Err(SealError::SameKey)), "{name}");
            let (disk, entropy) = (Arc::new(desk.disk.clone()), Arc::new(SeededEntropy::new(3)));
            let recovered = Vault::recover(disk, Path::new(HOME), entropy, now(), (&code, same));
            assert!(matches!(recovered, Err(SealError::SameKey)), "{name}");
        }
        assert_eq!(open().generation(), 1, "nothing was changed");
        let other = Desk::founding(profile, "một câu khác hẳn");
        let fresh = if profile.has_key_file() { stick(profile) } else { other };
        assert_eq!(open().rotate(now(), &fresh).expect("another key").generation(), 2);
        assert!(desk.open(&old).is_err(), "{name}");
    }
}

#[test]
fn a_fresh_key_file_takes_the_place_of_the_old_one_whatever_is_cut() {
    let lock = Desk::founding(Profile::KeyFile, "");
    let desk = Desk::new();
    desk.create(&lock).expect("made");
    let key_of = |desk: &Desk| {
        crate::environment::disk::read_whole(&desk.disk, &lock.means.key_file, 4096).expect("read")
    };
    let old = key_of(&desk);
    let rotate = |desk: &Desk| {
        let vault = desk.open(&lock)?;
        Vault::with_fresh_key_file(&desk.disk, &lock, |lock| vault.rotate(now(), lock))
    };
    let copy = desk.disk.duplicate();
    let before = desk.disk.changes();
    assert_eq!(rotate(&desk).expect("rotated").generation(), 2);
    let steps = desk.disk.changes() - before;
    assert_ne!(key_of(&desk), old);
    assert_eq!(desk.open(&lock).expect("opens").generation(), 2);
    desk.disk.overwrite(&lock.means.key_file, old.clone()).expect("put back");
    assert!(matches!(desk.open(&lock), Err(SealError::WrongKey)), "the old key opens no more");

    for step in 0..=steps {
        for seed in 0..8 {
            let cut = Desk { disk: copy.duplicate() };
            cut.disk.stop_after(step);
            assert_eq!(rotate(&cut).is_ok(), step == steps, "step {step}");
            cut.disk.crash(seed);
            let generation = cut.open(&lock).expect("one of the two opens").generation();
            assert_eq!(key_of(&cut) == old, generation == 1, "step {step}");
            assert_eq!(cut.open(&lock).expect("opens again").generation(), generation);
        }
    }
}

#[test]
fn damage_and_other_versions_are_told_apart() {
    let desk = Desk::new();
    let means = Desk::founding(Profile::KeyFile, "");
    assert!(matches!(desk.open(&means), Err(SealError::Unsealed(_))));
    desk.create(&means).expect("made");
    let path = Path::new(HOME).join("seal.json");
    let whole = crate::environment::disk::read_whole(&desk.disk, &path, 1 << 20).expect("read");
    let text = String::from_utf8(whole.clone()).expect("JSON");
    let newer = text.replace("\"format\": 1", "\"format\": 2");
    desk.disk.overwrite(&path, newer.into_bytes()).expect("written");
    assert!(matches!(desk.open(&means), Err(SealError::NewerFormat { found: 2, .. })));
    for at in (0..whole.len()).step_by(7) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        desk.disk.overwrite(&path, flipped).expect("written");
        assert!(desk.open(&means).is_err(), "byte {at}");
    }
    for way in ["/hoso/k", "/hoso/../hoso/k", "/elsewhere/../hoso/k"] {
        let means = Means::key_file(Path::new(way));
        let inside = Founding { means, ..Desk::founding(Profile::KeyFile, "") };
        assert!(matches!(desk.create(&inside), Err(SealError::KeyFileInside(_))), "{way}");
    }
    let weak = Desk::founding(Profile::Passphrase, "ngắn");
    assert!(matches!(Desk::new().create(&weak), Err(SealError::WeakPassphrase)));
}

#[test]
fn no_link_leads_a_key_file_into_the_directory_it_locks() {
    let folder = tempfile::tempdir().expect("folder");
    let (home, link) = (folder.path().join("data"), folder.path().join("link"));
    std::fs::create_dir(&home).expect("made");
    std::os::unix::fs::symlink(&home, &link).expect("linked");
    std::os::unix::fs::symlink(home.join("k"), folder.path().join("k")).expect("linked");
    let create = |data: &Path, key_file: &Path| {
        let (disk, entropy) = (Arc::new(RealDisk), Arc::new(SeededEntropy::new(1)));
        let founding =
            Founding { means: Means::key_file(key_file), ..Desk::founding(Profile::KeyFile, "") };
        Vault::create(disk, data, entropy, now(), &founding).map(drop)
    };
    for (data, key_file) in [
        (&home, link.join("k")),
        (&link, home.join("k")),
        (&home, folder.path().join("link/../data/k")),
    ] {
        let outcome = create(data, &key_file);
        assert!(matches!(outcome, Err(SealError::KeyFileInside(_))), "{}", key_file.display());
    }
    create(&home, &folder.path().join("beside.key")).expect("made");
    std::fs::copy(folder.path().join("beside.key"), home.join("k")).expect("copied");
    let outcome = create(&home, &folder.path().join("k"));
    assert!(matches!(outcome, Err(SealError::KeyFileInside(_))), "the file is a link");
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let (vault, code) =
        Desk::new().create(&Desk::founding(Profile::KeyFileAndPassphrase, WORDS)).expect("made");
    let shown = format!("{vault:?} {code:?} {:?}", Desk::founding(Profile::Passphrase, WORDS));
    assert!(!shown.contains(WORDS) && !shown.contains(&code.text()[..4]), "{shown}");
}
