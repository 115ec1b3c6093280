use super::*;
use crate::environment::MemoryDisk;

/// An empty index of each kind, with the directory that keeps sled's files.
fn each(test: impl Fn(&dyn Index)) {
    for kind in IndexKind::ALL {
        let machine = tempfile::tempdir().expect("a temporary directory");
        let home = Home {
            kind,
            disk: Arc::new(MemoryDisk::new()),
            directory: PathBuf::new(),
            machine_directory: machine.path().to_owned(),
        };
        let index = home.rebuild(FeedPosition::START, &mut std::iter::empty()).expect("created");
        test(&*index);
    }
}

fn position(sequence: u64) -> FeedPosition {
    FeedPosition { sequence, digest: dossier::Hash::of(&sequence.to_le_bytes()) }
}

fn put(key: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.as_bytes().to_vec(), Some(key.as_bytes().to_vec()))
}

fn keys(entries: Vec<Entry>) -> Vec<String> {
    entries.into_iter().map(|(key, _)| String::from_utf8(key).expect("text")).collect()
}

#[test]
fn every_index_returns_what_was_applied_last() {
    each(|index| {
        index.apply(position(1), &Rows::from([put("a"), put("b")])).expect("applied");
        index.apply(position(2), &Rows::from([(b"a".to_vec(), None)])).expect("applied");
        assert_eq!(index.get(b"a").expect("no fault"), None);
        assert_eq!(index.get(b"b").expect("no fault"), Some(b"b".to_vec()));
        assert_eq!(index.watermark().expect("no fault"), Some(position(2)));
    });
}

#[test]
fn every_index_scans_a_prefix_in_order_and_after_a_key() {
    each(|index| {
        let changes: Rows = ["a", "b", "b1", "b2", "b3", "c"].into_iter().map(put).collect();
        index.apply(position(1), &changes).expect("applied");
        let scan = |prefix: &str, after: Option<&str>, limit| {
            let after = after.map(str::as_bytes);
            keys(index.scan(prefix.as_bytes(), after, limit).expect("no fault"))
        };
        assert_eq!(scan("b", None, 10), ["b", "b1", "b2", "b3"]);
        assert_eq!(scan("b", Some("b1"), 10), ["b2", "b3"]);
        assert_eq!(scan("b", None, 2), ["b", "b1"]);
        assert_eq!(scan("b", Some("a"), 1), ["b"]);
        assert_eq!(scan("b", Some("c"), 1), [""; 0]);
        assert_eq!(scan("", None, 1), ["a"]);
    });
}

#[test]
fn a_load_larger_than_the_flush_limit_arrives_whole() {
    each(|index| {
        let entries = (0..20_000_u32).map(|n| (format!("k{n:08}").into_bytes(), vec![1; 40]));
        index.load(position(9), &mut entries.into_iter()).expect("loaded");
        assert_eq!(index.scan(b"k", None, 30_000).expect("no fault").len(), 20_000);
        assert_eq!(index.watermark().expect("no fault"), Some(position(9)));
    });
}

#[test]
fn the_name_of_an_engine_reads_back() {
    for kind in IndexKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    assert_eq!("rocksdb".parse::<IndexKind>(), Err(UnknownIndex));
}
