//! Signed records and parcels: what is stored and what signatures are over.

use dossier::{ActorId, Document, Hash, Timestamp};
use protocol::{
    Crypto as _,
    account::{AccountList, SignedAccountEntry},
    codec,
    control::SignedTree,
    envelope::{Envelope, SignedCustody, is_signed},
    member::{MemberAct, MemberList, MemberRefusal, SignedEntry},
    parcel::{Body, Parcel},
};
use serde::{Serialize, de::DeserializeOwned};
use tests::golden::{bytes_of, compare, hex_lines, stored};

use super::fixtures::{self, Key};

/// Pins the encoding of `value`, reads the stored bytes and encodes them again.
fn pin<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let bytes = codec::encode(value);
    compare(name, &hex_lines(&bytes));
    let read: T = codec::decode(&bytes).expect("what was encoded is read");
    assert_eq!(read, *value);
    assert_eq!(codec::encode(&read), bytes);
}

#[test]
fn the_envelope_that_is_signed_has_its_bytes() {
    let meta = fixtures::meta(dossier::Role::Clerk, fixtures::decision());
    let key = Key::new("node");
    let author = fixtures::author();
    let actor: ActorId = author.actor(&key.public(), &fixtures::dossier_id());
    let envelope = Envelope {
        dossier: fixtures::dossier_id(),
        record: Hash::of(b"record"),
        author,
        actor,
        change: Hash::of(b"change"),
        sequence: 2,
        previous: Hash::of(b"envelope before"),
        meta: &meta,
    };
    let text = format!(
        "actor\n{actor}\nbytes\n{}digest\n{}\nsignature\n{}",
        hex_lines(&codec::encode(&envelope)),
        envelope.hash(),
        hex_lines(&key.sign(envelope.hash().as_bytes()).to_bytes()),
    );
    compare("envelope-v1.txt", &text);
}

#[test]
fn a_parcel_of_changes_has_its_bytes() {
    let (opened, one, two) = fixtures::dossier();
    pin("parcel-changes-v1.hex", &one);
    let mut document = match &one.body {
        Body::Changes(changes) => Document::replay(&[changes[0].to_vec()]).expect("replays"),
        Body::Saved(_) => panic!("a first change travels alone"),
    };
    if let Body::Changes(changes) = &two.body {
        document.apply(&[changes[0].to_vec()]).expect("applies");
    }
    assert_eq!(document.digest(), opened.document.digest());
    let line = &opened.holding.lines[0];
    let key = Key::new("node");
    assert!(is_signed(&line.tip, &key.public(), &line.signature, &key));
}

#[test]
fn a_parcel_of_a_saved_document_is_read_for_ever() {
    let (opened, ..) = fixtures::dossier();
    let name = "parcel-saved-v1.hex";
    let bytes = bytes_of(&stored(name, || hex_lines(&opened.compact().encode())));
    let parcel = Parcel::decode(&bytes).expect("is read");
    assert_eq!(parcel.encode(), bytes);
    let Body::Saved(saved) = &parcel.body else { panic!("{name} holds a saved document") };
    let document = Document::load(saved).expect("loads");
    assert_eq!(document.digest(), opened.document.digest(), "the same content and history");
    assert_eq!(document.heads(), opened.document.heads());
    assert_eq!(parcel.lines, opened.compact().lines);
}

#[test]
fn a_signed_custody_record_has_its_bytes() {
    let (opened, ..) = fixtures::dossier();
    let record: &SignedCustody = &opened.holding.custody[0];
    pin("custody-v1.hex", record);
    let key = Key::new("node");
    assert!(key.verify(&key.public(), record.hash().as_bytes(), &record.signature));
}

#[test]
fn the_member_list_is_a_chain_of_these_bytes() {
    let entries = fixtures::members();
    let mut text = String::new();
    for entry in &entries {
        let number = entry.entry.number;
        text.push_str(&format!(
            "# {number} {}\n{}",
            entry.hash(),
            hex_lines(&codec::encode(entry))
        ));
    }
    compare("members-v1.txt", &text);
    let (key, mut list) = (Key::new("register"), MemberList::default());
    for stored in text.split("# ").skip(1) {
        let (_, hex) = stored.split_once('\n').expect("a head and bytes");
        let entry: SignedEntry = codec::decode(&bytes_of(hex)).expect("an entry");
        list.push(&entry, &key.public(), &key).expect("continues the chain");
    }
    assert_eq!(list.number(), 4);
    assert_eq!(list.iter().filter(|member| member.is_active()).count(), 1);
}

#[test]
fn the_account_list_is_a_chain_of_these_bytes() {
    let mut text = String::new();
    for entry in fixtures::accounts() {
        let number = entry.entry.number;
        let bytes = hex_lines(&codec::encode(&entry));
        text.push_str(&format!("# {number} {}\n{bytes}", entry.hash()));
    }
    compare("accounts-v1.txt", &text);
    let (key, mut list) = (Key::new("register"), AccountList::default());
    for stored in text.split("# ").skip(1) {
        let (_, hex) = stored.split_once('\n').expect("a head and bytes");
        let entry: SignedAccountEntry = codec::decode(&bytes_of(hex)).expect("an entry");
        let carried = serde_json::to_string(&entry).expect("carried as JSON");
        assert_eq!(serde_json::from_str::<SignedAccountEntry>(&carried).expect("reads"), entry);
        list.push(&entry, &key.public(), &key).expect("continues the chain");
    }
    assert_eq!((list.number(), list.book().delegation()), (9, None));
}

#[test]
fn an_address_on_the_member_list_has_its_bytes() {
    let (key, mut list) = (Key::new("register"), MemberList::default());
    for entry in &fixtures::members() {
        list.push(entry, &key.public(), &key).expect("continues the chain");
    }
    let node = list.iter().find(|member| member.is_active()).expect("a member").node;
    let act = MemberAct::Address { node, address: "d150.hoabinh.gov.vn:7443".to_owned() };
    let entry = SignedEntry::issue(list.next(act, Timestamp::from_millis(1_772_323_200_000)), &key);
    pin("member-address-v1.hex", &entry);
    list.push(&entry, &key.public(), &key).expect("continues the chain");
    let member = list.get(&node).expect("a member");
    assert_eq!(member.address.as_deref(), Some("d150.hoabinh.gov.vn:7443"));
    let mute = MemberAct::Address { node, address: String::new() };
    let mute = SignedEntry::issue(list.next(mute, Timestamp::from_millis(0)), &key);
    assert_eq!(list.push(&mute, &key.public(), &key), Err(MemberRefusal::Contradiction));
}

#[test]
fn the_signed_tree_has_its_bytes() {
    let tree: SignedTree = fixtures::tree();
    pin("tree-v1.hex", &tree);
    let key = Key::new("register");
    assert!(tree.is_signed_by(&key.public(), &key));
}

#[test]
fn an_acknowledgement_has_its_bytes() {
    let signed = fixtures::acknowledgement();
    pin("acknowledgement-v1.hex", &signed);
    let key = Key::new("node");
    assert!(signed.is_signed_by(&key.public(), &key));
}
