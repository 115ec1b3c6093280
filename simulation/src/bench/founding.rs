//! A founded province for benchmarks of one engine.

use std::path::Path;

use config::{IndexKind, Profile, Settings};
use node::{
    engine::Engine,
    environment::Environment,
    link::LinkLimits,
    node::{Node, Options},
    province::{InitOptions, init},
    seal::Founding,
};

/// Founds a province in `home` and opens its tier-3 node.
pub(super) fn found(environment: &Environment, home: &Path) -> anyhow::Result<Engine> {
    initialise(environment, home)?;
    open(environment, Profile::Province, &home.join("p"))
}

/// Founds a province in `home`; its tier-3 node's data lies in `home/p`.
pub(super) fn initialise(environment: &Environment, home: &Path) -> anyhow::Result<()> {
    let data = home.join("p");
    let founding = InitOptions {
        province: "hoabinh".parse()?,
        tree: config::load_tree(&config::Files::embedded())?,
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: node::store::IndexKind::Sled,
        seal: Founding::beside(&data),
    };
    init(environment, &data, &home.join("root"), &founding)?;
    Ok(())
}

/// The settings of a node whose data lies in `data`: it listens at any port of this machine, opens no
/// door and dials nobody.
pub(super) fn settings(profile: Profile, data: &Path) -> anyhow::Result<Settings> {
    Ok(Settings {
        profile,
        province: "hoabinh".parse()?,
        data_dir: data.to_owned(),
        listen_peer: "127.0.0.1:0".parse()?,
        listen_enrol: None,
        listen_pages: None,
        parent_address: None,
        storage_index: IndexKind::Sled,
        accounts: config::AccountSettings::default(),
        deadlines: dossier::deadline::Profile::default(),
        seal: config::SealSettings::default(),
        secret_attachments: false,
        communes_hold_dossiers: true,
    })
}

/// Opens the node whose data lies in `data`.
pub(super) fn open(
    environment: &Environment,
    profile: Profile,
    data: &Path,
) -> anyhow::Result<Engine> {
    let settings = settings(profile, data)?;
    let options = Options::of(&settings, LinkLimits::default());
    let Node { engine, .. } = Node::open(environment, &settings, &options)?;
    Ok(engine)
}
