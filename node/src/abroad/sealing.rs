//! Sealing in the age format, version 1, for X25519 recipients; the crate has no post-quantum
//! recipient of software keys (`abroad/README.md`). Nothing here runs a program: plugins are off.

use std::io::{self, Read, Write};

use age::{Decryptor, Encryptor, secrecy::ExposeSecret as _, x25519};
use age_core::format::{FileKey, Stanza};

use super::{LIMITS, Unsound};

/// Makes a key that opens packages: the secret, and the recipient that others seal to.
pub fn make_key() -> (zeroize::Zeroizing<String>, String) {
    let identity = x25519::Identity::generate();
    let secret = zeroize::Zeroizing::new(identity.to_string().expose_secret().to_owned());
    (secret, identity.to_public().to_string())
}

/// The recipient of a secret key.
///
/// # Errors
/// [`Unsound`] when it is none.
pub fn recipient_of(secret: &str) -> Result<String, Unsound> {
    let identity: x25519::Identity = secret.parse().map_err(|_| Unsound("key"))?;
    Ok(identity.to_public().to_string())
}

/// Seals something to these recipients.
///
/// # Errors
/// [`Unsound`] when one is no recipient.
pub fn seal(plain: &[u8], recipients: &[String]) -> Result<Vec<u8>, Unsound> {
    let keys: Vec<x25519::Recipient> = recipients
        .iter()
        .map(|key| key.parse().map_err(|_| Unsound("recipients")))
        .collect::<Result<_, _>>()?;
    let readers = keys.iter().map(|key| key as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(readers).map_err(|_| Unsound("recipients"))?;
    let write = || -> io::Result<Vec<u8>> {
        let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 1_000 + 1_024);
        let mut writer = encryptor.wrap_output(&mut sealed)?;
        writer.write_all(plain)?;
        writer.finish()?;
        Ok(sealed)
    };
    write().map_err(|_| Unsound("sealed"))
}

/// One wrapped file key, as the head of an age file carries it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wrapped {
    /// What kind of recipient.
    pub tag: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The wrapped key.
    pub body: Vec<u8>,
}

/// Unwraps a file key with a secret key; `None` where it is wrapped for another.
///
/// # Errors
/// [`Unsound`] when the secret is no key.
pub fn unwrap(secret: &str, wrapped: &Wrapped) -> Result<Option<[u8; 16]>, Unsound> {
    let identity: x25519::Identity = secret.parse().map_err(|_| Unsound("key"))?;
    let Wrapped { tag, args, body } = wrapped.clone();
    let stanza = Stanza { tag, args, body };
    let key = age::Identity::unwrap_stanza(&identity, &stanza);
    Ok(key.and_then(Result::ok).map(|key| *key.expose_secret()))
}

/// Opens something sealed; `ask` unwraps the file key, wherever the secret is kept.
///
/// # Errors
/// [`Unsound`]: nobody here can open it, or it is not what was sealed.
pub fn open(
    sealed: &[u8],
    bytes_max: u64,
    ask: &mut dyn FnMut(Wrapped) -> Option<[u8; 16]>,
) -> Result<Vec<u8>, Unsound> {
    check_head(sealed)?;
    let decryptor = Decryptor::new(sealed).map_err(|_| Unsound("age"))?;
    if decryptor.is_scrypt() {
        return Err(Unsound("age"));
    }
    let asking = Asking(std::cell::RefCell::new(ask));
    let reader = decryptor.decrypt(std::iter::once(&asking as &dyn age::Identity));
    let reader = reader.map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => Unsound("reader"),
        _ => Unsound("age"),
    })?;
    let mut plain = Vec::new();
    let read = reader.take(bytes_max.saturating_add(1)).read_to_end(&mut plain);
    read.map_err(|_| Unsound("sealed"))?;
    if plain.len() as u64 > bytes_max { Err(Unsound("size")) } else { Ok(plain) }
}

/// Bounds the head before the library reads it: readers cost a key exchange each, and none but
/// those of our own making are known here.
fn check_head(sealed: &[u8]) -> Result<(), Unsound> {
    let head = sealed.get(..sealed.len().min(LIMITS.age_head_bytes_max)).unwrap_or_default();
    let lines = || head.split(|byte| *byte == b'\n');
    let end = lines().position(|line| line.starts_with(b"---")).ok_or(Unsound("age"))?;
    let stanzas: Vec<&[u8]> = lines().take(end).filter(|line| line.starts_with(b"-> ")).collect();
    let known = stanzas.iter().all(|line| line.starts_with(b"-> X25519 ") || is_grease(line));
    if known && (1..=LIMITS.stanzas_max).contains(&stanzas.len()) {
        Ok(())
    } else {
        Err(Unsound("age"))
    }
}

/// Writers of the format may add a line that means nothing, so that readers learn to skip it.
fn is_grease(line: &[u8]) -> bool {
    line.split(|byte| *byte == b' ').nth(1).is_some_and(|tag| tag.ends_with(b"-grease"))
}

/// A reader that has no secret itself.
struct Asking<'a>(std::cell::RefCell<&'a mut dyn FnMut(Wrapped) -> Option<[u8; 16]>>);

impl age::Identity for Asking<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        let Stanza { tag, args, body } = stanza;
        let wrapped = Wrapped { tag: tag.clone(), args: args.clone(), body: body.clone() };
        let key = (self.0.borrow_mut())(wrapped)?;
        Some(Ok(FileKey::new(Box::new(key))))
    }
}
