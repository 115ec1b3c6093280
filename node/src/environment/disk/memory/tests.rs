use super::*;

fn path(name: &str) -> &Path {
    Path::new(name)
}

fn contents(disk: &MemoryDisk, name: &str) -> Vec<u8> {
    super::super::read_whole(disk, path(name), 1 << 20).expect("readable")
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_tears_the_rest_at_sectors() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..200 {
        let disk = MemoryDisk::new();
        let file = disk.create(path("a")).expect("created");
        disk.sync_dir(path("")).expect("synced");
        file.write_at(0, &[1; 700]).expect("written");
        file.sync_data().expect("synced");
        file.write_at(700, &[2; 1400]).expect("written");
        disk.crash(seed);
        let after = contents(&disk, "a");
        assert_eq!(&after[..700], &[1; 700]);
        let sectors: Vec<bool> =
            after[700..].chunks(SECTOR_FOR_TEST).map(|c| c.contains(&2)).collect();
        outcomes.insert((after.len(), sectors));
        assert!(file.read_at(0, &mut [0]).is_err(), "a handle does not outlive the power");
    }
    assert!(outcomes.len() > 5, "only {} different outcomes", outcomes.len());
}

const SECTOR_FOR_TEST: usize = contents::SECTOR;

#[test]
fn a_name_that_was_not_synced_may_vanish() {
    let survived = (0..100).filter(|seed| {
        let disk = MemoryDisk::new();
        disk.create(path("a")).expect("created");
        disk.crash(*seed);
        disk.open(path("a")).is_ok()
    });
    let survived = survived.count();
    assert!(survived > 0 && survived < 100, "{survived} of 100");
}

#[test]
fn bytes_of_a_failed_sync_are_readable_until_the_power_is_cut() {
    for seed in 0..50 {
        let disk = MemoryDisk::new();
        let file = disk.create(path("a")).expect("created");
        disk.sync_dir(path("")).expect("synced");
        file.write_at(0, &[7; 512]).expect("written");
        disk.fail_sync_after(0);
        assert!(file.sync_data().is_err());
        assert_eq!(contents(&disk, "a"), [7; 512]);
        file.sync_data().expect("the kernel calls the pages clean");
        disk.crash(seed);
        assert_eq!(contents(&disk, "a"), [0; 512]);
    }
}

#[test]
fn a_full_disk_takes_what_fits() {
    let disk = MemoryDisk::new();
    disk.set_capacity(Some(10));
    let file = disk.create(path("a")).expect("created");
    let error = file.write_at(0, &[1; 20]).expect_err("too much");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(contents(&disk, "a").len(), 10);
    assert_eq!(disk.free_space(path("")).expect("known"), 0);
}

#[test]
fn a_directory_is_renamed_with_all_it_holds() {
    let disk = MemoryDisk::new();
    disk.create_dir(path("x")).expect("created");
    disk.create(path("x/a")).expect("created").write_at(0, b"1").expect("written");
    disk.rename(path("x"), path("y")).expect("renamed");
    assert_eq!(contents(&disk, "y/a"), b"1");
    assert_eq!(disk.list(path("")).expect("listed"), ["y"]);
}

#[test]
fn nothing_changes_after_the_machine_stopped() {
    let disk = MemoryDisk::new();
    disk.stop_after(1);
    let file = disk.create(path("a")).expect("the one call allowed");
    assert!(file.write_at(0, b"1").is_err());
    assert!(disk.create_dir(path("d")).is_err());
    assert_eq!(disk.changes(), 1);
}
