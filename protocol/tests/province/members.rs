//! The member list, read back: links and the newest signature vouch for all of it.

use dossier::{Hash, NodeId, Timestamp};
use protocol::{
    PublicKey,
    member::{MemberAct, MemberList, MemberRefusal, SignedEntry},
};

use crate::store::Key;

fn entries(register: &Key, count: u8) -> Vec<SignedEntry> {
    let mut list = MemberList::default();
    let enrolled = (1..=count).map(|number| {
        let act = MemberAct::Enrol {
            node: NodeId::from_bytes([number; 16]),
            unit: format!("so.{number}").parse().expect("a unit"),
            change_key: PublicKey([number; 32]),
            tls_key: Hash::of(&[number]),
        };
        let entry = list.next(act, Timestamp::from_millis(i64::from(number)));
        let signed = SignedEntry::issue(entry, register);
        list.push(&signed, &register.public(), register).expect("the next");
        signed
    });
    enrolled.collect()
}

#[test]
fn a_list_is_read_back_by_its_links_and_its_newest_signature() {
    let register = Key::new("register");
    let key = register.public();
    let read = |entries: &[SignedEntry]| {
        MemberList::read(entries, &key, &register).map(|list| (list.number(), list.head()))
    };
    assert_eq!(read(&[]), Ok((0, Hash::ZERO)));
    let good = entries(&register, 5);
    assert_eq!(read(&good), Ok((5, good[4].hash())));
    assert_eq!(read(&good[..3]), Ok((3, good[2].hash())));

    let mut altered = good.clone();
    altered[1].entry.at = Timestamp::from_millis(99);
    assert_eq!(read(&altered), Err(MemberRefusal::Fork), "the next one links to another");
    let mut altered = good.clone();
    altered[4].entry.at = Timestamp::from_millis(99);
    assert_eq!(read(&altered), Err(MemberRefusal::Signature), "the newest says what is not signed");
    assert_eq!(read(&good[1..]), Err(MemberRefusal::Gap));
    let foreign = entries(&Key::new("somebody"), 5);
    assert_eq!(read(&foreign), Err(MemberRefusal::Signature));
}
