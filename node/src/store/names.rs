//! The keys of the index: what names a dossier, a person or a node stands there as a keyed hash,
//! what is a number stands as it is, so that logs and lists are read in their order.
//!
//! The real keys lie sealed in the journal and in the rows. **Invariant:** keys of one table with a
//! common front of whole parts have index keys with a common front, so that what belongs together
//! is found together.

use dossier::DossierId;
use protocol::Table;

use crate::seal::Vault;

/// Bytes of a name.
const NAME: usize = 16;
/// Bytes of a dossier's id.
const ID: usize = 16;
/// Bytes of an envelope's digest by which it is looked for.
const HINT: usize = 8;
/// Bytes of what kind a row between provinces is.
const KIND: usize = 1;

/// What the keys of a table are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Numbers and words of the program: they name nobody.
    Open,
    /// One name.
    Name,
    /// So many bytes are a name, the rest is another.
    Names(usize),
    /// So many bytes are a name, a number follows.
    NameAndNumber(usize),
}

fn shape(table: Table) -> Shape {
    match table {
        Table::Meta
        | Table::Member
        | Table::Control
        | Table::Incident
        | Table::Audit
        | Table::Checkpoint
        | Table::Account
        | Table::Archive
        | Table::Register => Shape::Open,
        Table::Dossier
        | Table::Copy
        | Table::Listing
        | Table::Cursor
        | Table::Acknowledgement
        | Table::ImportKey
        | Table::Proof
        | Table::Credential
        | Table::Guard
        | Table::Notice
        | Table::Draft => Shape::Name,
        Table::Quarantine | Table::Content | Table::Custody | Table::Moving | Table::Found => {
            Shape::Names(ID)
        }
        Table::Tip => Shape::Names(HINT),
        Table::Abroad => Shape::Names(KIND),
        Table::Parcel => Shape::NameAndNumber(ID),
    }
}

/// The dossier under whose key a row is sealed.
pub(super) fn dossier_of(table: Table, key: &[u8]) -> Option<DossierId> {
    let id = match table {
        Table::Dossier
        | Table::Copy
        | Table::Parcel
        | Table::Quarantine
        | Table::Listing
        | Table::Draft
        | Table::Content
        | Table::Custody
        | Table::Moving => key.get(..ID)?,
        // What it is found by stands in front.
        Table::Found => key.get(ID..2 * ID)?,
        // The level stands in front.
        Table::Acknowledgement => key.get(1..=ID)?,
        Table::Meta
        | Table::Cursor
        | Table::Tip
        | Table::Member
        | Table::Control
        | Table::Incident
        | Table::ImportKey
        | Table::Proof
        | Table::Audit
        | Table::Checkpoint
        | Table::Account
        | Table::Credential
        | Table::Guard
        | Table::Notice
        | Table::Archive
        | Table::Abroad
        | Table::Register => return None,
    };
    DossierId::from_slice(id)
}

/// The index key of a store key: the table's number, then its parts.
pub(super) fn index_key(vault: &Vault, table: Table, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + 2 * NAME);
    full.push(table as u8);
    let mut name = |part: &[u8]| full.extend_from_slice(&name_of(vault, table, part));
    match shape(table) {
        Shape::Open => full.extend_from_slice(key),
        Shape::Name => name(key),
        Shape::Names(first) => {
            let (front, rest) = key.split_at(first.min(key.len()));
            name(front);
            if !rest.is_empty() {
                name(rest);
            }
        }
        Shape::NameAndNumber(first) => {
            let (front, rest) = key.split_at(first.min(key.len()));
            name(front);
            full.extend_from_slice(rest);
        }
    }
    full
}

/// The front of the index keys of all keys with this front; it may be that of others too.
pub(super) fn index_prefix(vault: &Vault, table: Table, prefix: &[u8]) -> Vec<u8> {
    let mut full = vec![table as u8];
    match shape(table) {
        Shape::Open => full.extend_from_slice(prefix),
        Shape::Name => {}
        Shape::Names(first) => {
            if let Some(front) = prefix.get(..first) {
                full.extend_from_slice(&name_of(vault, table, front));
            }
        }
        Shape::NameAndNumber(first) => {
            if let Some((front, rest)) = prefix.split_at_checked(first) {
                full.extend_from_slice(&name_of(vault, table, front));
                full.extend_from_slice(rest);
            }
        }
    }
    full
}

fn name_of(vault: &Vault, table: Table, part: &[u8]) -> [u8; NAME] {
    let mut name = [0; NAME];
    name.copy_from_slice(&vault.name("row", &[&[table as u8], part]).as_bytes()[..NAME]);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_has_a_common_front_and_names_tell_nothing() {
        let vault = Vault::in_memory(1);
        let key = |arrival: u8| [&[7; ID][..], &[0, 0, 0, arrival]].concat();
        for table in [Table::Parcel, Table::Quarantine, Table::Dossier, Table::Member] {
            let prefix = index_prefix(&vault, table, &[7; ID]);
            let keys = [1, 2, 3].map(|arrival| index_key(&vault, table, &key(arrival)));
            assert!(keys.iter().all(|key| key.starts_with(&prefix)), "{table:?}");
            let named = table != Table::Member;
            assert_eq!(keys.iter().all(|key| !key.windows(4).any(|w| w == [7; 4])), named);
        }
        let [one, two] = [1, 2].map(|arrival| index_key(&vault, Table::Parcel, &key(arrival)));
        assert!(one < two, "numbers keep their order");
        assert_ne!(one, index_key(&Vault::in_memory(2), Table::Parcel, &key(1)));
    }

    #[test]
    fn a_dossier_is_found_in_the_keys_that_carry_one() {
        let id = DossierId::from_bytes([7; ID]);
        let key = [&[2][..], &[7; ID], &[9; 16]].concat();
        assert_eq!(dossier_of(Table::Acknowledgement, &key), Some(id));
        assert_eq!(dossier_of(Table::Parcel, &[7; ID + 4]), Some(id));
        assert_eq!(dossier_of(Table::Parcel, &[7; ID - 1]), None);
        assert_eq!(dossier_of(Table::Credential, &[7; 32]), None);
    }
}
