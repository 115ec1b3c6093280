//! What a node keeps of a person: how she is recognised, and when she was here.
//!
//! **Invariant:** rows of these tables are private: no peer is ever offered them, and their keys
//! carry digests of logins only.

use dossier::{Hash, Timestamp, account::Login};
use protocol::{Fault, Op, Records, Table, codec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Seed, Verifier, guard::Guard};

/// Passwords that may not come back, the present one among them (Điều 6.3).
const REMEMBERED: usize = 5;
/// Sign-ins that are shown to the person.
const SIGN_INS: usize = 5;
/// Places for guesses at logins nobody has: enough that they do not meet, few enough to keep.
const STRANGERS: u16 = 1024;

/// How a person is recognised at this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Credential {
    /// Number of the act whose code set the first password. It is dead once there is a newer one.
    pub(super) activated: u64,
    /// The password.
    pub(super) verifier: Verifier,
    /// The passwords before it, newest first.
    pub(super) former: Vec<Verifier>,
    /// The second factor, where the tier asks for one.
    pub(super) seed: Option<Seed>,
    /// The newest step of it that was used.
    pub(super) step: u64,
    /// The last sign-ins, newest last.
    pub(super) sign_ins: Vec<Timestamp>,
}

impl Credential {
    /// Takes a new password in the place of the present one.
    pub(super) fn replace(&mut self, verifier: Verifier) {
        let before = std::mem::replace(&mut self.verifier, verifier);
        self.former.insert(0, before);
        self.former.truncate(REMEMBERED - 1);
    }

    /// Notes a sign-in and answers those before it.
    pub(super) fn sign_in(&mut self, now: Timestamp) -> Vec<Timestamp> {
        let before = self.sign_ins.clone();
        self.sign_ins.push(now);
        let surplus = self.sign_ins.len().saturating_sub(SIGN_INS);
        self.sign_ins.drain(..surplus);
        before
    }

    /// The row to write.
    pub(super) fn op(&self, login: &Login) -> Op {
        Op::put(Table::Credential, key_of(login), codec::encode(self))
    }
}

/// The credential of a login, if it was ever set at this node.
pub(super) fn read_credential(
    records: &dyn Records,
    login: &Login,
) -> Result<Option<Credential>, Fault> {
    read(records, Table::Credential, &key_of(login))
}

fn key_of(login: &Login) -> Vec<u8> {
    Hash::tagged("hoso/login/1", &[login.as_str().as_bytes()]).as_bytes().to_vec()
}

/// Who a guard stands before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gate {
    /// A login that is known.
    Login(Login),
    /// A login that nobody has. They share places, so that guessing names fills no disk.
    Stranger(u16),
    /// Where guesses come from.
    Source(String),
}

impl Gate {
    /// The gate of a login as it was typed.
    pub(super) fn of_stranger(typed: &str) -> Self {
        let digest = Hash::tagged("hoso/stranger/1", &[typed.as_bytes()]);
        let front = u16::from_be_bytes([digest.as_bytes()[0], digest.as_bytes()[1]]);
        Self::Stranger(front % STRANGERS)
    }

    fn key(&self) -> Vec<u8> {
        match self {
            Self::Login(login) => [&b"login/"[..], &key_of(login)].concat(),
            Self::Stranger(place) => [&b"stranger/"[..], &place.to_be_bytes()].concat(),
            Self::Source(source) => {
                let digest = Hash::tagged("hoso/source/1", &[source.as_bytes()]);
                [&b"source/"[..], digest.as_bytes()].concat()
            }
        }
    }

    pub(super) fn read(&self, records: &dyn Records) -> Result<Guard, Fault> {
        Ok(read(records, Table::Guard, &self.key())?.unwrap_or_default())
    }

    pub(super) fn op(&self, guard: &Guard) -> Op {
        Op::put(Table::Guard, self.key(), codec::encode(guard))
    }
}

/// Key of the row that tells when a superior was last heard.
const HEARD: &[u8] = b"heard";

/// When a superior was last heard; `None` before the first note of it.
pub(super) fn read_heard(records: &dyn Records) -> Result<Option<Timestamp>, Fault> {
    read(records, Table::Guard, HEARD)
}

/// The row that tells when a superior was last heard.
pub(super) fn heard_op(at: Timestamp) -> Op {
    Op::put(Table::Guard, HEARD, codec::encode(&at))
}

fn read<T: DeserializeOwned>(
    records: &dyn Records,
    table: Table,
    key: &[u8],
) -> Result<Option<T>, Fault> {
    let row = records.get(table, key)?;
    row.map(|bytes| codec::decode(&bytes).map_err(|error| Fault(format!("{table:?} row: {error}"))))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::super::Cost;
    use super::*;

    /// The rows as they are stored; a change of theirs is a new version beside this one.
    #[test]
    fn rows_have_their_bytes() {
        let verifier = Verifier::of_nobody([1; 16], Cost::LEAST);
        let credential = Credential {
            activated: 3,
            verifier: verifier.clone(),
            former: vec![verifier],
            seed: Some(Seed::new([2; 20])),
            step: 59_000_000,
            sign_ins: vec![Timestamp::from_millis(1_772_326_800_000)],
        };
        let mut guard = Guard::default();
        guard.note_guess(Timestamp::from_millis(1_772_326_800_000));
        let digest = |bytes: &[u8]| Hash::of(bytes).to_string()[..16].to_owned();
        assert_eq!(digest(&codec::encode(&credential)), "f951e6fbbf85e49c");
        assert_eq!(digest(&codec::encode(&guard)), "dde41d754f81a4df");
        assert_eq!(codec::decode(&codec::encode(&credential)), Ok(credential));
    }
}
