//! The data directory of a node: what lies where, and who this node is.
//!
//! | file | what |
//! | --- | --- |
//! | `identity.json` | province, unit, node, certificates, charter: public |
//! | `seal.json` | the vault, locked: see [`crate::seal`] |
//! | `keys.sealed` | seeds of TLS key, change key and audit key |
//! | `authority.sealed` | tier 3 alone: issuing CA, register key, open invites |
//! | `pending.sealed` | keys and token of a node whose answer has not come yet |
//! | `late.json` | a late request on its way to tier 3 by hand: public |
//! | `session` | token of the person signed in at this machine's terminal: secret, mode 0600 |
//! | `store/` | the journal and its index |
//! | `attachments/` | the contents of attachments, in chunks |
//! | `control.sock` | where the running node answers |
//!
//! The directory is 0700, its files 0600. Small files are replaced whole and synced before the name
//! moves. The session's token is worth nothing once the node has stopped.

mod renewal;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certs::{
    Charter, NodeIdentity, ProvinceName, chain,
    enrolment::Invite,
    key::{self, PrivateKey},
};
use dossier::{Hash, UnitId};
use protocol::{PublicKey, core::Identity};
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::audit::AuditKey;
use crate::environment::{
    Disk, Environment,
    disk::{read_whole, replace_file},
};
use crate::seal::{Founding, Means, RecoveryCode, SealError, Vault};

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
    /// The vault does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
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
    vault: Option<Arc<Vault>>,
}

impl Home {
    /// The directory, whether or not a node lives there; what is sealed in it stays shut.
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), vault: None }
    }

    /// Opens the vault of the node that lives, or is about to live, in the directory.
    ///
    /// # Errors
    /// [`HomeError::Missing`], [`HomeError::Seal`]; nothing was touched then.
    pub fn open(
        environment: &Environment,
        directory: &Path,
        means: &Means,
    ) -> Result<Self, HomeError> {
        let disk = Arc::clone(&environment.disk);
        let lived_in = disk.open(&directory.join(IDENTITY)).is_ok();
        if !lived_in && !Vault::is_there(&*disk, directory) {
            return Err(HomeError::Missing(directory.to_owned()));
        }
        let vault = Vault::open(disk, directory, Arc::clone(&environment.entropy), means)?;
        Ok(Self::unlocked(directory, Arc::new(vault)))
    }

    /// The directory with its open vault.
    pub fn unlocked(directory: &Path, vault: Arc<Vault>) -> Self {
        Self { vault: Some(vault), ..Self::at(directory) }
    }

    /// Makes an empty directory for a new node, and its vault, whose recovery code is told once.
    ///
    /// # Errors
    /// [`HomeError::Occupied`] when something is in it, [`HomeError::Seal`], or the disk's.
    pub fn found(
        environment: &Environment,
        directory: &Path,
        founding: &Founding,
    ) -> Result<(Self, RecoveryCode), HomeError> {
        let home = Self::at(directory);
        home.create(&*environment.disk)?;
        let (disk, entropy) = (Arc::clone(&environment.disk), Arc::clone(&environment.entropy));
        let now = environment.clock.now();
        let (vault, code) = Vault::create(disk, directory, entropy, now, founding)?;
        Ok((Self::unlocked(directory, Arc::new(vault)), code))
    }

    /// The vault.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] when it was not opened.
    pub fn vault(&self) -> Result<&Arc<Vault>, SealError> {
        self.vault.as_ref().ok_or(SealError::WrongKey)
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
        let bytes = self.read_bytes(disk, name)?;
        serde_json::from_slice(&bytes).map_err(|_| HomeError::Damaged(name))
    }

    /// Reads one of the sealed files.
    ///
    /// # Errors
    /// As [`Home::read`]; [`HomeError::Seal`] when the vault is shut.
    pub fn read_sealed<T: DeserializeOwned>(
        &self,
        disk: &dyn Disk,
        name: &'static str,
    ) -> Result<T, HomeError> {
        let sealed = self.read_bytes(disk, name)?;
        let bytes = self.vault()?.unseal_file(name, &sealed);
        let bytes = bytes.map_err(|_| HomeError::Damaged(name))?;
        serde_json::from_slice(&bytes).map_err(|_| HomeError::Damaged(name))
    }

    fn read_bytes(&self, disk: &dyn Disk, name: &str) -> Result<Vec<u8>, HomeError> {
        let path = self.directory.join(name);
        read_whole(disk, &path, FILE_MAX).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => HomeError::Missing(self.directory.clone()),
            _ => io_error("read", &path, source),
        })
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
        let json = serde_json::to_vec_pretty(value).expect("plain structs are JSON");
        self.write_bytes(disk, name, &json)
    }

    /// Seals and replaces one of the sealed files.
    ///
    /// # Errors
    /// The disk's; [`HomeError::Seal`] when the vault is shut.
    pub fn write_sealed<T: Serialize>(
        &self,
        disk: &dyn Disk,
        name: &'static str,
        value: &T,
    ) -> Result<(), HomeError> {
        let json = Zeroizing::new(serde_json::to_vec(value).expect("plain structs are JSON"));
        self.write_bytes(disk, name, &self.vault()?.seal_file(name, &json))
    }

    fn write_bytes(&self, disk: &dyn Disk, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        let path = self.directory.join(name);
        replace_file(disk, &path, bytes).map_err(|source| io_error("write", &path, source))?;
        // The directory is closed to others already; the mode guards against a later copy of it.
        disk.make_private(&path).map_err(|source| io_error("protect", &path, source))
    }

    /// Reads identity and keys of the node that lives here.
    ///
    /// # Errors
    /// As [`Home::read`].
    pub fn resident(&self, disk: &dyn Disk) -> Result<Resident, HomeError> {
        let file: IdentityFile = self.read(disk, IDENTITY)?;
        let keys: KeysFile = self.read_sealed(disk, KEYS)?;
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
        self.write_sealed(disk, KEYS, &keys)
    }
}

/// Name of the public file.
pub const IDENTITY: &str = "identity.json";
/// Name of the key file.
pub const KEYS: &str = "keys.sealed";
/// Name of tier 3's file.
pub const AUTHORITY: &str = "authority.sealed";

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
mod tests;
