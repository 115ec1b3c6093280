use std::sync::Arc;

use super::*;
use crate::environment::{Environment, ManualClock, MemoryDisk, SeededEntropy, UdpNetwork};
use crate::province::{InitOptions, init};
use crate::store::IndexKind;

#[test]
fn a_node_killed_between_the_two_files_of_a_renewal_opens_with_the_key_its_certificate_names() {
    let disk = MemoryDisk::new();
    let environment = Environment {
        clock: Arc::new(ManualClock::starting_at(dossier::Timestamp::from_millis(
            1_767_546_000_000,
        ))),
        entropy: Arc::new(SeededEntropy::new(1)),
        disk: Arc::new(disk.clone()),
        network: Arc::new(UdpNetwork),
    };
    let options = InitOptions {
        province: "hoabinh".parse().expect("a name"),
        tree: config::load_tree(&config::Files::embedded()).expect("a tree"),
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: IndexKind::Memory,
        seal: Founding::beside(Path::new("/hoso")),
    };
    let (data, root) = (Path::new("/hoso"), Path::new("/root"));
    init(&environment, data, root, &options).expect("founded");
    let home = Home::open(&environment, data, &Means::beside(data)).expect("opens");
    let keys: KeysFile = home.read_sealed(&disk, KEYS).expect("keys");
    let other = Hash::from_bytes([9; 32]);
    for (tls, next_tls) in [(keys.tls, Some(other)), (other, Some(keys.tls))] {
        let half = KeysFile { tls, next_tls, change: keys.change, audit: None };
        home.write_sealed(&disk, KEYS, &half).expect("written");
        let resident = home.resident(&disk).expect("opens");
        assert_eq!(key::spki_hash(resident.tls.public()), resident.identity.spki_hash);
    }
}
