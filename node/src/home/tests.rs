use std::sync::Arc;

use certs::IssuingCa;
use dossier::Timestamp;

use super::*;
use crate::environment::{Environment, ManualClock, MemoryDisk, SeededEntropy, UdpNetwork};
use crate::province::{InitOptions, init};
use crate::store::IndexKind;

const NOW: Timestamp = Timestamp::from_millis(1_767_546_000_000);

fn environment(disk: &MemoryDisk) -> Environment {
    Environment {
        clock: Arc::new(ManualClock::starting_at(NOW)),
        entropy: Arc::new(SeededEntropy::new(1)),
        disk: Arc::new(disk.clone()),
        network: Arc::new(UdpNetwork),
    }
}

fn opened(disk: &MemoryDisk) -> (Home, Resident) {
    let data = Path::new("/hoso");
    let home = Home::open(&environment(disk), data, &Means::beside(data)).expect("opens");
    let resident = home.resident(disk).expect("lives there");
    (home, resident)
}

/// Tier 3 renews its own certificate, as far as the disk lets it.
fn renew(disk: &MemoryDisk, next: &PrivateKey) -> Result<(), HomeError> {
    let (home, resident) = opened(disk);
    let file: AuthorityFile = home.read_sealed(disk, AUTHORITY)?;
    let province = resident.file.province.clone();
    let issuing = chain::one_from_pem(&file.issuing).expect("a certificate");
    let seed = *file.issuing_key.as_bytes();
    let ca = IssuingCa::open(province.clone(), resident.root.clone(), issuing, seed, NOW);
    let (unit, node) = (resident.identity.unit.clone(), resident.identity.node);
    let chain = ca.expect("opens").issue(&unit, node, next.public(), [7; 16], NOW).expect("issued");
    let identity = NodeIdentity::from_chain(&chain, &province).expect("a node's");
    let resident = home.keep_next_key(disk, &resident, next)?;
    home.install(disk, &resident, (chain, identity, next.clone()))?.1
}

#[test]
fn a_node_killed_at_any_step_of_a_renewal_opens_with_the_key_its_certificate_names() {
    let disk = MemoryDisk::new();
    let options = InitOptions {
        province: "hoabinh".parse().expect("a name"),
        tree: config::load_tree(&config::Files::embedded()).expect("a tree"),
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: IndexKind::Memory,
        seal: Founding::beside(Path::new("/hoso")),
    };
    init(&environment(&disk), Path::new("/hoso"), Path::new("/root"), &options).expect("founded");
    let (old, next) = (opened(&disk).1.tls, PrivateKey::from_seed([9; 32]));
    let copy = disk.duplicate();
    let before = disk.changes();
    renew(&disk, &next).expect("renewed");
    let steps = disk.changes() - before;
    let mut lives = std::collections::BTreeMap::new();
    for step in 0..=steps {
        for seed in 0..8 {
            let cut = copy.duplicate();
            cut.stop_after(step);
            assert_eq!(renew(&cut, &next).is_ok(), step == steps, "step {step}");
            cut.crash(seed);
            let resident = opened(&cut).1;
            assert_eq!(key::spki_hash(resident.tls.public()), resident.identity.spki_hash);
            let waits = resident.next_tls.map(|key| *key.public());
            *lives.entry((*resident.tls.public(), waits)).or_insert(0) += 1;
        }
    }
    let (old, next) = (*old.public(), *next.public());
    for state in [(old, None), (old, Some(next)), (next, None)] {
        assert!(lives.contains_key(&state), "each state was met");
    }
    assert_eq!(lives.len(), 3);
}
