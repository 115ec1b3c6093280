//! The sectors kept apart against a platter that is kept whole.

use super::*;

/// A file with both copies.
#[derive(Default)]
struct Whole {
    current: Vec<u8>,
    synced: Vec<u8>,
    dirty: BTreeSet<usize>,
    shortest: usize,
}

impl Whole {
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.current.len() < end {
            self.current.resize(end, 0);
        }
        self.current[offset..end].copy_from_slice(bytes);
        self.dirty.extend(offset / SECTOR..=(end - 1) / SECTOR);
    }

    fn set_len(&mut self, len: usize) {
        self.current.resize(len, 0);
        self.shortest = self.shortest.min(len);
    }

    fn sync(&mut self) {
        self.synced.truncate(self.shortest);
        self.synced.resize(self.current.len(), 0);
        for sector in std::mem::take(&mut self.dirty) {
            copy_sector(&self.current, &mut self.synced, sector);
        }
        self.shortest = self.current.len();
    }
}

#[test]
fn the_platter_is_what_a_whole_copy_of_it_says() {
    for seed in 0..200 {
        let mut random = SplitMix64::new(seed);
        let (mut file, mut whole) = (FileContents::default(), Whole::default());
        for _ in 0..60 {
            let offset = usize::try_from(random.below(6_000)).expect("small");
            match random.below(8) {
                0 => {
                    file.set_len(offset);
                    whole.set_len(offset);
                }
                1 => {
                    file.fail_sync();
                    whole.dirty.clear();
                }
                2 | 3 => {
                    file.sync();
                    whole.sync();
                }
                _ => {
                    let len = usize::try_from(1 + random.below(1_500)).expect("small");
                    let bytes = vec![u8::try_from(1 + random.below(255)).expect("byte"); len];
                    file.write(offset, &bytes);
                    whole.write(offset, &bytes);
                }
            }
            assert_eq!(file.current, whole.current, "seed {seed}");
            assert_eq!(file.on_platter(), whole.synced, "seed {seed}");
            assert_eq!(file.dirty, whole.dirty, "seed {seed}");
        }
    }
}

#[test]
fn what_is_synced_is_kept_once() {
    let mut file = FileContents::default();
    file.write(0, &[7; 100_000]);
    file.sync();
    file.write(100_000, &[8; 100_000]);
    assert!(file.apart.len() <= 1, "only the sector in which the old bytes end");
    file.sync();
    assert!(file.apart.is_empty() && file.on_platter() == file.current);
}
