//! Founding a province: root, issuing CA, register, tier-3 node, member list, org tree.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use certs::{
    ProvinceName,
    authority::{CaSeeds, ProvinceCa, SealSalt},
    chain,
    key::{self, PrivateKey},
};
use dossier::{
    Hash, Incarnation, NodeId, UnitId,
    unit::{Tier, UnitTree},
};
use protocol::{
    Core, PublicKey,
    control::SignedTree,
    member::{MemberAct, MemberList, SignedEntry},
};

use crate::{
    crypto::KeyCrypto,
    environment::{Environment, disk::replace_file, entropy::draw},
    home::{AUTHORITY, AuthorityFile, Home, HomeError, IDENTITY, IdentityFile, KEYS, KeysFile},
    seal::{Founding, RecoveryCode},
    store::{IndexKind, Store, StoreError, StoreOptions},
};

/// What a province is founded with.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// Its name in certificates, e.g. `hoabinh`.
    pub province: ProvinceName,
    /// Its units.
    pub tree: UnitTree,
    /// The passphrase that seals the root key.
    pub passphrase: String,
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
    /// The index of the tier-3 node's store.
    pub index: IndexKind,
    /// How its data is sealed.
    pub seal: Founding,
}

/// What was founded.
#[derive(Debug, Clone)]
pub struct InitReport {
    /// The tier-3 node.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// SHA-256 of the root certificate, to be written down.
    pub root_fingerprint: Hash,
    /// The sealed root key, to be put away.
    pub root_key: PathBuf,
    /// How many units the tree has.
    pub units: usize,
    /// What opens the node's data when its key is lost; told this once.
    pub recovery: RecoveryCode,
}

/// Why a node or province was not set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A certificate could not be made.
    #[error("certificate could not be made")]
    Authority(#[from] certs::authority::AuthorityError),
    /// The root key could not be sealed.
    #[error("root key could not be sealed")]
    Root(#[from] certs::authority::RootKeyError),
    /// The tree has no tier-3 unit.
    #[error("the org tree has no tier-3 unit")]
    NoProvinceUnit,
    /// A passphrase of fewer than 12 characters.
    #[error("the passphrase is too short")]
    WeakPassphrase,
    /// The root's files could not be written.
    #[error("could not write {0}")]
    RootFile(PathBuf, #[source] std::io::Error),
    /// The invite or its answer is not believed; the words are for logs.
    #[error("enrolment refused: {0}")]
    Refused(String),
    /// Nobody answered.
    #[error("no answer from the enrolment door")]
    Unreachable(#[source] crate::link::LinkError),
}

/// Characters a passphrase must have.
const PASSPHRASE_MIN: usize = 12;

/// Founds a province in `data_dir`; the sealed root goes to `root_dir`, to be carried away.
///
/// # Errors
/// [`SetupError`]; an unfinished directory is left for the person to look at.
pub fn init(
    environment: &Environment,
    data_dir: &Path,
    root_dir: &Path,
    options: &InitOptions,
) -> Result<InitReport, SetupError> {
    if options.passphrase.chars().count() < PASSPHRASE_MIN {
        return Err(SetupError::WeakPassphrase);
    }
    let unit = options.tree.units().find(|unit| unit.tier == Tier::Three);
    let unit = unit.ok_or(SetupError::NoProvinceUnit)?.id.clone();
    let (home, recovery) = Home::found(environment, data_dir, &options.seal)?;

    let entropy = &*environment.entropy;
    let now = environment.clock.now();
    let register_seed: [u8; 32] = draw(entropy);
    let register = PrivateKey::from_seed(register_seed);
    let seeds = CaSeeds {
        root_key: draw(entropy),
        issuing_key: draw(entropy),
        root_serial: draw(entropy),
        issuing_serial: draw(entropy),
    };
    let ca = ProvinceCa::init(&options.province, &seeds, *register.public(), now)?;
    let root_key = seal_root(environment, root_dir, &ca, &options.passphrase)?;

    let keys = KeysFile {
        tls: Hash::from_bytes(draw(entropy)),
        next_tls: None,
        change: Hash::from_bytes(draw(entropy)),
        audit: None,
    };
    let tls = PrivateKey::from_seed(*keys.tls.as_bytes());
    let change = PrivateKey::from_seed(*keys.change.as_bytes());
    let node = key::node_id(change.public());
    let certificates = ca.issuing.issue(&unit, node, tls.public(), draw(entropy), now)?;

    let register = KeyCrypto::new(register);
    let act = MemberAct::Enrol {
        node,
        unit: unit.clone(),
        change_key: PublicKey(*change.public()),
        tls_key: key::spki_hash(tls.public()),
    };
    let entry = SignedEntry::issue(MemberList::default().next(act, now), &register);
    let tree = SignedTree::issue(1, now, options.tree.clone(), &register);
    found_store(environment, &home, options.index, &[entry], &tree)?;

    let disk = &*environment.disk;
    let authority = AuthorityFile {
        issuing: chain::to_pem(std::slice::from_ref(ca.issuing.certificate())),
        issuing_key: Hash::from_bytes(seeds.issuing_key),
        register_key: Hash::from_bytes(register_seed),
        invites: Vec::new(),
    };
    home.write_sealed(disk, AUTHORITY, &authority)?;
    home.write_sealed(disk, KEYS, &keys)?;
    let identity = IdentityFile {
        province: options.province.clone(),
        unit: unit.clone(),
        chain: chain::to_pem(&certificates),
        root: chain::to_pem(std::slice::from_ref(ca.root.certificate())),
        charter: ca.charter.clone(),
        optional_holders: options.optional_holders,
        door: None,
    };
    home.write(disk, IDENTITY, &identity)?;
    Ok(InitReport {
        node,
        unit,
        root_fingerprint: chain::fingerprint(ca.root.certificate()),
        root_key,
        units: options.tree.len(),
        recovery,
    })
}

fn seal_root(
    environment: &Environment,
    root_dir: &Path,
    ca: &ProvinceCa,
    passphrase: &str,
) -> Result<PathBuf, SetupError> {
    let salt = SealSalt { salt: draw(&*environment.entropy), iv: draw(&*environment.entropy) };
    let sealed = ca.root.seal(passphrase, &salt)?;
    let certificate = chain::to_pem(std::slice::from_ref(ca.root.certificate()));
    let disk = &*environment.disk;
    Home::at(root_dir).create(disk)?;
    for (name, text) in [("root.key.pem", &sealed), ("root.cert.pem", &certificate)] {
        let path = root_dir.join(name);
        replace_file(disk, &path, text.as_bytes())
            .map_err(|source| SetupError::RootFile(path.clone(), source))?;
    }
    Ok(root_dir.join("root.key.pem"))
}

/// Creates the store of a new node with its first life, the member list and the org tree.
///
/// # Errors
/// The store's.
pub(crate) fn found_store(
    environment: &Environment,
    home: &Home,
    index: IndexKind,
    entries: &[SignedEntry],
    tree: &SignedTree,
) -> Result<(), SetupError> {
    let options = StoreOptions { index, ..StoreOptions::default() };
    let vault = home.vault().map_err(HomeError::from)?;
    let mut store = Store::create(Arc::clone(&environment.disk), &home.store(), vault, options)?;
    let incarnation = Incarnation::from_bytes(draw(&*environment.entropy));
    store.stage(&Core::found(incarnation, entries, tree))?;
    store.commit()?;
    store.close()?;
    Ok(())
}
