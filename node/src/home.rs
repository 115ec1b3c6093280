//! The data directory of a node: what lies where, and who this node is.
//!
//! | file | what |
//! | --- | --- |
//! | `identity.json` | province, unit, node, certificates, charter: public |
//! | `keys.json` | seeds of TLS key, change key and audit key: secret, mode 0600 |
//! | `authority.json` | tier 3 alone: issuing CA, register key, open invites: secret, mode 0600 |
//! | `late.json` | a late request on its way to tier 3 by hand: public |
//! | `session` | token of the person signed in at this machine's terminal: secret, mode 0600 |
//! | `store/` | the journal and its index |
//! | `attachments/` | the contents of attachments, in chunks |
//! | `control.sock` | where the running node answers |
//!
//! The directory is 0700. Small files are replaced whole and synced before the name moves.

use std::io;
use std::path::{Path, PathBuf};

use certs::{
    Charter, NodeIdentity, ProvinceName, chain,
    enrolment::Invite,
    key::{self, PrivateKey},
};
use dossier::{Hash, UnitId};
use protocol::{PublicKey, core::Identity};
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::audit::AuditKey;
use crate::environment::{
    Disk,
    disk::{read_whole, replace_file},
};

const FILE_MAX: usize = 4 * 1024 * 1024;

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// No node lives there.
    #[error("no node in {0}")]
    Missing(PathBuf),
    /// A node lives there already.
    #[error("a node lives in {0} already")]
    Occupied(PathBuf),
    /// The disk refused.
    #[error("could not {action} {path}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
    /// The time this machine's clock shows lies outside the life of the issuing certificate.
    #[error("the issuing certificate is not valid at the time this machine shows")]
    Clock,
    /// A file is not what it should be.
    #[error("{0} is damaged")]
    Damaged(&'static str),
}

/// What a node tells everybody about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IdentityFile {
    /// Its province.
    pub province: ProvinceName,
    /// The unit it serves.
    pub unit: UnitId,
    /// Its certificate and the issuing one, PEM.
    pub chain: String,
    /// The root, PEM.
    pub root: String,
    /// The charter that names the register key.
    pub charter: Charter,
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
    /// Where tier 3 takes in nodes and renews certificates that ended, `host:port`, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
}

/// The seeds of a node's keys.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeysFile {
    /// Of the TLS key.
    pub tls: Hash,
    /// Of the TLS key for which a certificate was asked. It is the one in use as soon as the
    /// certificate names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_tls: Option<Hash>,
    /// Of the change key.
    pub change: Hash,
    /// Of the audit key; made when the node is first opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Hash>,
}

/// What tier 3 needs to let nodes in and out.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthorityFile {
    /// The issuing certificate, PEM.
    pub issuing: String,
    /// Seed of the issuing key.
    pub issuing_key: Hash,
    /// Seed of the register key.
    pub register_key: Hash,
    /// Invites that were given out.
    pub invites: Vec<Invite>,
}

/// A data directory.
#[derive(Debug, Clone)]
pub struct Home {
    directory: PathBuf,
}

impl Home {
    /// The directory, whether or not a node lives there.
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Makes an empty directory for a new node.
    ///
    /// # Errors
    /// [`HomeError::Occupied`] when something is in it, or the disk's.
    pub fn create(&self, disk: &dyn Disk) -> Result<(), HomeError> {
        let path = &self.directory;
        disk.create_home(path).map_err(|source| match source.kind() {
            io::ErrorKind::DirectoryNotEmpty => HomeError::Occupied(path.clone()),
            _ => io_error("create", path, source),
        })
    }

    /// Where the store lies.
    pub fn store(&self) -> PathBuf {
        self.directory.join("store")
    }

    /// Where the contents of attachments lie.
    pub fn attachments(&self) -> PathBuf {
        self.directory.join("attachments")
    }

    /// Where the running node answers.
    pub fn control_socket(&self) -> PathBuf {
        self.directory.join("control.sock")
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Reads one of the small files.
    ///
    /// # Errors
    /// [`HomeError::Missing`] when it is not there, [`HomeError::Damaged`], or the disk's.
    pub fn read<T: DeserializeOwned>(
        &self,
        disk: &dyn Disk,
        name: &'static str,
    ) -> Result<T, HomeError> {
        let path = self.directory.join(name);
        let bytes = read_whole(disk, &path, FILE_MAX).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => HomeError::Missing(self.directory.clone()),
            _ => io_error("read", &path, source),
        })?;
        serde_json::from_slice(&bytes).map_err(|_| HomeError::Damaged(name))
    }

    /// Replaces one of the small files; readable by this user alone.
    ///
    /// # Errors
    /// The disk's.
    pub fn write<T: Serialize>(
        &self,
        disk: &dyn Disk,
        name: &'static str,
        value: &T,
    ) -> Result<(), HomeError> {
        let path = self.directory.join(name);
        let json = serde_json::to_vec_pretty(value).expect("plain structs are JSON");
        replace_file(disk, &path, &json).map_err(|source| io_error("write", &path, source))?;
        // The directory is closed to others already; the mode guards against a later copy of it.
        disk.make_private(&path).map_err(|source| io_error("protect", &path, source))
    }

    /// Reads identity and keys of the node that lives here.
    ///
    /// # Errors
    /// As [`Home::read`].
    pub fn resident(&self, disk: &dyn Disk) -> Result<Resident, HomeError> {
        let file: IdentityFile = self.read(disk, IDENTITY)?;
        let keys: KeysFile = self.read(disk, KEYS)?;
        let damaged = || HomeError::Damaged(IDENTITY);
        let chain = chain::from_pem(&file.chain).map_err(|_| damaged())?;
        let root = chain::one_from_pem(&file.root).map_err(|_| damaged())?;
        let identity = NodeIdentity::from_chain(&chain, &file.province).map_err(|_| damaged())?;
        let certified = |key: &PrivateKey| key::spki_hash(key.public()) == identity.spki_hash;
        let tls = PrivateKey::from_seed(*keys.tls.as_bytes());
        let next_tls = keys.next_tls.map(|seed| PrivateKey::from_seed(*seed.as_bytes()));
        // The certificate decides: it is replaced in one step, whatever happened around it.
        let (tls, next_tls) = match next_tls {
            Some(next) if certified(&next) => (next, None),
            next => (tls, next),
        };
        if !certified(&tls) {
            return Err(HomeError::Damaged(KEYS));
        }
        let change = PrivateKey::from_seed(*keys.change.as_bytes());
        let audit = keys.audit.map(|seed| AuditKey::from_seed(*seed.as_bytes()));
        Ok(Resident { file, identity, chain, root, tls, next_tls, change, audit })
    }

    /// The audit key of `resident`; it is made from `seed` and written the first time.
    ///
    /// # Errors
    /// The disk's.
    pub fn audit_key(
        &self,
        disk: &dyn Disk,
        resident: &mut Resident,
        seed: impl FnOnce() -> [u8; 32],
    ) -> Result<AuditKey, HomeError> {
        if let Some(key) = &resident.audit {
            return Ok(key.clone());
        }
        let key = AuditKey::from_seed(seed());
        let with_key = Resident { audit: Some(key.clone()), ..resident.clone() };
        self.write_keys(disk, &with_key)?;
        *resident = with_key;
        Ok(key)
    }

    /// Writes the keys of `resident`.
    ///
    /// # Errors
    /// The disk's.
    pub fn write_keys(&self, disk: &dyn Disk, resident: &Resident) -> Result<(), HomeError> {
        let seed = |key: &PrivateKey| Hash::from_bytes(*key.seed());
        let keys = KeysFile {
            tls: seed(&resident.tls),
            next_tls: resident.next_tls.as_ref().map(seed),
            change: seed(&resident.change),
            audit: resident.audit.as_ref().map(|key| Hash::from_bytes(*key.seed())),
        };
        self.write(disk, KEYS, &keys)
    }
}

/// Name of the public file.
pub const IDENTITY: &str = "identity.json";
/// Name of the key file.
pub const KEYS: &str = "keys.json";
/// Name of tier 3's file.
pub const AUTHORITY: &str = "authority.json";

/// The node that lives in a directory.
#[derive(Clone)]
pub struct Resident {
    /// Its public file.
    pub file: IdentityFile,
    /// Who its certificate says it is.
    pub identity: NodeIdentity,
    /// Its chain.
    pub chain: Vec<CertificateDer<'static>>,
    /// The root.
    pub root: CertificateDer<'static>,
    /// Its TLS key.
    pub tls: PrivateKey,
    /// The key for which a certificate was asked, until it is installed.
    pub next_tls: Option<PrivateKey>,
    /// Its change key.
    pub change: PrivateKey,
    /// Its audit key, once it has been opened.
    pub audit: Option<AuditKey>,
}

impl Resident {
    /// Who it is to the machines.
    pub fn to_core(&self) -> Identity {
        Identity {
            node: self.identity.node,
            unit: self.identity.unit.clone(),
            change_key: PublicKey(*self.change.public()),
            register_key: PublicKey(self.file.charter.register_key),
            optional_holders: self.file.optional_holders,
        }
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> HomeError {
    HomeError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
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
        };
        let (data, root) = (Path::new("/hoso"), Path::new("/root"));
        init(&environment, data, root, &options).expect("founded");
        let home = Home::at(data);
        let keys: KeysFile = home.read(&disk, KEYS).expect("keys");
        let other = Hash::from_bytes([9; 32]);
        for (tls, next_tls) in [(keys.tls, Some(other)), (other, Some(keys.tls))] {
            let half = KeysFile { tls, next_tls, change: keys.change, audit: None };
            home.write(&disk, KEYS, &half).expect("written");
            let resident = home.resident(&disk).expect("opens");
            assert_eq!(key::spki_hash(resident.tls.public()), resident.identity.spki_hash);
        }
    }
}
