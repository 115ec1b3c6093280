//! Backups and checks of a node at work: backups open with its key, hold what it had, and show nothing to
//! others; a check gives way to whoever waits.

use dossier::conduct::CheckKind;
use node::backup::{self, BackupError};
use node::control::{ConductAnswer, ConductOrder};

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

// the check of all records keeps nobody from working, and tells once what it came to.
#[test]
fn a_check_of_all_records_gives_way() {
    let _alone = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let _within = runtime.enter();
    let data = found(folder.path(), &runtime);
    let settings = settings(&data, Profile::Department, IndexKind::Redb);
    let options = Options::of(&settings, LinkLimits::default());
    let mut node = Node::open(&environment(), &settings, &options).expect("opens");
    let made = live(&mut node.engine, &mut Canaries::default(), 1);
    let mut random = node::environment::entropy::SplitMix64::new(7);
    for _ in 0..160 {
        let text: String = (0..1_800).map(|_| format!("{:016x}", random.next_u64())).collect();
        let edits = vec![set("note", Value::Text(text))];
        let command = Command::Edit { dossier: made[0], edits, meta: meta(&mut Canaries(0), true) };
        assert!(matches!(ask(&mut node.engine, command), Answer::Edited { .. }));
    }
    let claim = node::audit::Claim { person: "Hà Văn Tú".to_owned(), ..Default::default() };
    let check = |engine: &mut Engine| {
        let (reply, mut answer) = oneshot::channel();
        let caller = Box::new(Caller { claim: claim.clone(), ..Caller::default() });
        let order = ConductOrder::Check(CheckKind::Integrity);
        let asked = Input::For(caller, Box::new(Input::Conduct(order, reply)));
        engine.turn([asked]).expect("a turn");
        answer.try_recv().expect("an answer")
    };
    let frames = node.engine.store().export_stats().frames;
    let first = check(&mut node.engine);
    let Response::Conduct(ConductAnswer::Underway { looked, of }) = first else {
        panic!("{first:?}")
    };
    assert!(looked > 0 && looked < of && of == frames, "{looked} of {of}");
    assert_eq!(node.engine.store().export_stats().frames, frames, "a part is recorded nowhere");
    assert!(matches!(ask(&mut node.engine, Command::Show(made[0])), Answer::Shown(_)));
    // Whoever asks the node is answered when it is done.
    let caller = Caller { claim: claim.clone(), ..Caller::default() };
    let asked = Request::Conduct(ConductOrder::Check(CheckKind::Integrity));
    let done = order_as(&mut node, &runtime, caller, asked);
    let Response::Conduct(ConductAnswer::Checked { check, .. }) = done else { panic!("{done:?}") };
    assert_eq!((check.passed, check.looked), (true, frames), "{check:?}");
    node.engine.close().expect("closed");
}
