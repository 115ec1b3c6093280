//! The values behind the golden files: fixed keys, fixed times, two changes of one dossier.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use dossier::{
    DossierId, Edit, Hash, Incarnation, LegalBasis, NodeId, PartialDate, Review, Role, Timestamp,
    UnitId, Value,
    account::{
        AccountAct, Activation, Agreement, Assigning, Decision, Paper, Person, Right, Rights,
    },
    unit::{Holding, Tier, Unit, UnitTree},
    validity::Validity,
};
use protocol::{
    Crypto, PublicKey, Signature,
    account::{AccountList, SignedAccountEntry},
    acknowledgement::{Acknowledgement, SignedAcknowledgement},
    audit::Checkpoint,
    authoring::{self, Pen},
    control::SignedTree,
    envelope::{Author, Meta},
    holding::Opened,
    member::{MemberAct, MemberEntry, SignedEntry},
    parcel::Parcel,
};

/// A key whose seed is the digest of its name.
pub(super) struct Key(Ed25519KeyPair);

impl Key {
    pub(super) fn new(name: &str) -> Self {
        let seed = Hash::of(name.as_bytes());
        Self(Ed25519KeyPair::from_seed_unchecked(seed.as_bytes()).expect("32 bytes of seed"))
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("32 bytes"))
    }
}

impl Crypto for Key {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, key.0).verify(message, &signature.to_bytes()).is_ok()
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).as_ref().try_into().expect("64 bytes"))
    }
}

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

pub(super) fn node() -> NodeId {
    NodeId::from_bytes([0x11; 16])
}

pub(super) fn dossier_id() -> DossierId {
    DossierId::from_bytes([0x22; 16])
}

pub(super) fn incarnation() -> Incarnation {
    Incarnation::from_bytes([0x33; 16])
}

pub(super) fn unit() -> UnitId {
    "d151".parse().expect("unit")
}

pub(super) fn author() -> Author {
    Author { node: node(), incarnation: incarnation(), epoch: 0 }
}

pub(super) fn meta(role: Role, basis: LegalBasis) -> Meta {
    Meta { person: "Bùi Văn Hoà".to_owned(), role, basis, review: Review::NotRequired }
}

pub(super) fn decision() -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND huyện Đà Bắc".to_owned(),
        number: "45/QĐ-UBND".to_owned(),
        signed_on: PartialDate::day(2024, 12, 31).expect("a day"),
        effective_on: Some(PartialDate::month(2025, 1).expect("a month")),
        scan: Some(Hash::of(b"scan")),
    }
}

pub(super) fn import() -> LegalBasis {
    LegalBasis::Import { list: "huyen-da-bac.xlsx".to_owned(), file: Hash::of(b"list"), row: 7 }
}

fn set(field: &str, value: Value) -> Edit {
    Edit::Set { field: field.parse().expect("field"), value }
}

/// A dossier of two changes and the parcels in which they travelled.
pub(super) fn dossier() -> (Opened, Parcel, Parcel) {
    let key = Key::new("node");
    let pen = Pen { author: author(), key: key.public(), at: at(0) };
    let first = [set("full_name", Value::Text("Bùi Thị Tuyết".to_owned()))];
    let meta_first = meta(Role::Clerk, import());
    let created =
        authoring::create(dossier_id(), unit(), "2c-bnv-2008", &first, &meta_first, pen, &key);
    let (mut opened, one) = created.expect("created");
    let second = [
        set("phone", Value::Text("0912345678".to_owned())),
        set("birth_date", Value::Date(PartialDate::year(1980).expect("a year"))),
    ];
    let pen = Pen { at: at(60_000), ..pen };
    let meta_second = meta(Role::Clerk, decision());
    let two = authoring::edit(&mut opened, &second, &meta_second, pen, &key).expect("edited");
    (opened, one, two)
}

/// A member list: two nodes enrol, one renews, one is shut out.
pub(super) fn members() -> Vec<SignedEntry> {
    let register = Key::new("register");
    let other = NodeId::from_bytes([0x44; 16]);
    let enrol = |node, unit: &str, key: &str| MemberAct::Enrol {
        node,
        unit: unit.parse().expect("unit"),
        change_key: Key::new(key).public(),
        tls_key: Hash::of(key.as_bytes()),
    };
    let acts = [
        enrol(node(), "d151", "node"),
        enrol(other, "d151.x1", "other"),
        MemberAct::Renew { node: node(), tls_key: Hash::of(b"renewed") },
        MemberAct::Revoke { node: other, reason: "mất máy".to_owned() },
    ];
    let mut entries: Vec<SignedEntry> = Vec::new();
    for (number, act) in (1..).zip(acts) {
        let previous = entries.last().map_or(Hash::ZERO, SignedEntry::hash);
        let entry = MemberEntry { number, previous, at: at(number as i64), act };
        entries.push(SignedEntry::issue(entry, &register));
    }
    entries
}

/// An account list with one of each act, the last of which takes it all back.
pub(super) fn accounts() -> Vec<SignedAccountEntry> {
    let register = Key::new("register");
    let mut list = AccountList::default();
    let mut entries = Vec::new();
    for (number, act) in (1..).zip(account_acts()) {
        let signed = SignedAccountEntry::issue(list.next(act, at(number)), &register);
        list.push(&signed, &register.public(), &register).expect("lawful");
        entries.push(signed);
    }
    entries
}

fn account_acts() -> Vec<AccountAct> {
    let paper = |number: &str| Paper {
        number: number.to_owned(),
        signed_on: PartialDate::day(2024, 12, 31).expect("a day"),
    };
    let rights =
        |acts: &[Right]| Rights { acts: acts.iter().copied().collect(), scope: [unit()].into() };
    let activation = |code: &[u8]| Activation { code: Hash::of(code), until: at(3_600_000) };
    let login = || "tuyet.bt".parse().expect("login");
    let agreement = Agreement {
        number: "15/TT-SNV".to_owned(),
        signed_on: PartialDate::day(2024, 12, 30).expect("a day"),
        signers: vec!["Bùi Văn Hoà".to_owned(), "Lò Thị Hoa".to_owned()],
        list: [unit()].into(),
        scan: Some(Hash::of(b"scan")),
    };
    let all = [Right::Read, Right::Enter, Right::Approve, Right::Export];
    vec![
        AccountAct::DelegateAdministration {
            document: paper("12/UQ-UBND"),
            scope: "toàn tỉnh".to_owned(),
        },
        AccountAct::Issue {
            unit: unit(),
            rights: rights(&[Right::Read, Right::Enter]),
            agreement: Some(agreement),
        },
        AccountAct::Widen { unit: unit(), rights: rights(&all) },
        AccountAct::Restrict {
            unit: unit(),
            rights: rights(&[Right::Read, Right::Enter]),
            reason: "kiểm tra".to_owned(),
        },
        AccountAct::Assign(Assigning {
            unit: unit(),
            person: Person {
                login: login(),
                full_name: "Bùi Thị Tuyết".to_owned(),
                role: Role::Clerk,
            },
            decision: Decision {
                number: "7/QĐ-UBND".to_owned(),
                signed_on: PartialDate::day(2025, 1, 2).expect("a day"),
                issuer: "UBND huyện Đà Bắc".to_owned(),
            },
            validity: Validity { from: PartialDate::day(2025, 1, 3).ok(), to: None },
            activation: activation(b"code"),
        }),
        AccountAct::Reissue {
            unit: unit(),
            login: login(),
            report_to_head: Some(paper("3/BC")),
            report_to_province: Some(paper("4/BC-UBND")),
            activation: activation(b"another code"),
        },
        AccountAct::EndAssignment {
            unit: unit(),
            login: login(),
            reason: "chuyển công tác".to_owned(),
        },
        AccountAct::Revoke { unit: unit(), reason: "sáp nhập".to_owned() },
        AccountAct::WithdrawAdministration { document: paper("40/UQ-UBND") },
    ]
}

pub(super) fn tree() -> SignedTree {
    let unit = |id: &str, parent: Option<&str>, tier, holds_dossiers| Unit {
        id: id.parse().expect("unit"),
        parent: parent.map(|parent| parent.parse().expect("unit")),
        tier,
        name: format!("Đơn vị {id}"),
        kind: "ubnd".to_owned(),
        holds_dossiers,
        validity: Validity::default(),
        successor: None,
    };
    let units = vec![
        unit("hoabinh", None, Tier::Province, Holding::No),
        unit("snv", Some("hoabinh"), Tier::Three, Holding::No),
        unit("d151", Some("snv"), Tier::Two, Holding::Yes),
        unit("d151.x1", Some("d151"), Tier::One, Holding::Yes),
    ];
    SignedTree::issue(3, at(0), UnitTree::new(units).expect("a tree"), &Key::new("register"))
}

/// What a log's first 256 entries come to.
pub(super) fn checkpoint() -> Checkpoint {
    Checkpoint {
        node: node(),
        incarnation: incarnation(),
        size: 256,
        root: Hash::of(b"root"),
        head: Hash::of(b"head"),
        at: at(1),
    }
}

pub(super) fn acknowledgement() -> SignedAcknowledgement {
    let tips = vec![Hash::of(b"tip one"), Hash::of(b"tip two")];
    let said = Acknowledgement { by: node(), incarnation: incarnation(), at: at(5), tips };
    SignedAcknowledgement::issue(said, &Key::new("node"))
}
