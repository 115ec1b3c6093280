//! Backups of a node at work: they open with its key, hold what it had, and show nothing to others.

use node::backup::{self, BackupError};

use super::*;

// a backup of a node at work opens with its key alone and holds every dossier; a byte
// that was changed in it is found.
#[test]
fn a_backup_opens_with_its_key_and_a_changed_byte_is_found() {
    let _alone = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let _within = runtime.enter();
    let data = found(folder.path(), &runtime);
    let settings = settings(&data, Profile::Department, IndexKind::Sled);
    let options = Options::of(&settings, LinkLimits::default());
    let mut engine = Node::open(&environment(), &settings, &options).expect("opens").engine;
    let made = live(&mut engine, &mut Canaries::default(), 3);
    let copy = folder.path().join("sao-luu");
    let copied = backup::make(&data, &copy).expect("copied");
    assert!(copied.files > 4 && copied.bytes > 0, "{copied:?}");
    assert_eq!(traces(&copy), BTreeSet::new());
    let again = backup::make(&data, &copy).expect_err("it is there");
    assert!(matches!(again, BackupError::Copy(..)), "{again}");
    // What is written later is not in it.
    live(&mut engine, &mut Canaries::default(), 1);
    engine.close().expect("closed");

    let means = Means::beside(&data);
    let held = backup::try_out(&environment(), &copy, &means).expect("opens");
    assert_eq!(held.dossiers, made.len() as u64);
    assert!(held.frames > 0 && !beside(&copy, ".trial").exists());
    let strange = Means::beside(&folder.path().join("p"));
    let shut = backup::try_out(&environment(), &copy, &strange).expect_err("another key");
    assert!(matches!(shut, BackupError::Home(HomeError::Seal(SealError::WrongKey))), "{shut}");

    let segment = copy.join("store/journal/seg-00000001");
    let mut bytes = std::fs::read(&segment).expect("readable");
    let middle = bytes.iter().rposition(|byte| *byte != 0).expect("written") / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).expect("written");
    let bent = backup::try_out(&environment(), &copy, &means).expect_err("bent");
    assert!(matches!(bent, BackupError::Store(StoreError::Damage(_))), "{bent}");
    assert!(!beside(&copy, ".trial").exists(), "nothing of a trial is left");
}
