//! Chains that hold, and records that do not fit.

use super::*;

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

const REGISTRAR: NodeId = NodeId::from_bytes([9; 16]);

fn genesis() -> CustodyRecord {
    let basis = LegalBasis::Correction { reason: "mở hồ sơ".to_owned() };
    let dossier = DossierId::from_bytes([7; 16]);
    CustodyRecord::genesis(dossier, id("truong-a"), REGISTRAR, basis, Timestamp::from_millis(1))
}

fn next(chain: &CustodyChain, kind: CustodyKind, to: &str) -> CustodyRecord {
    let last = chain.current();
    CustodyRecord {
        epoch: last.epoch + 1,
        prev: chain.head(),
        kind,
        tid: Some(Hash::of(b"tid")),
        from: Some(last.to.clone()),
        to: id(to),
        close_heads: vec![Hash::of(b"head")],
        close_set: Hash::of(b"set"),
        ..genesis()
    }
}

fn hash(record: &CustodyRecord) -> Hash {
    Hash::of(&serde_json::to_vec(record).expect("serialises"))
}

fn chain() -> CustodyChain {
    let first = genesis();
    let hash = hash(&first);
    CustodyChain::new(first, hash).expect("chain")
}

#[test]
fn custody_moves_record_by_record() {
    let mut chain = chain();
    for (kind, to) in [
        (CustodyKind::Transfer, "truong-b"),
        (CustodyKind::Reorg, "huyen"),
        (CustodyKind::Retire, "huyen"),
        (CustodyKind::Reopen, "huyen"),
    ] {
        let record = next(&chain, kind, to);
        let hash = hash(&record);
        chain.push(record, hash).expect("fits");
    }
    let keepers: Vec<String> =
        (0..6).filter_map(|epoch| chain.custodian(epoch)).map(UnitId::to_string).collect();
    assert_eq!(keepers, ["truong-a", "truong-b", "huyen", "huyen", "huyen"]);
    assert_eq!((chain.current().epoch, chain.records().count()), (4, 5));
    assert_eq!(chain.dossier(), genesis().dossier);
}

// one chain, one custodian.
#[test]
fn what_does_not_continue_the_chain_is_refused() {
    type Change = fn(&mut CustodyRecord);
    let cases: [(CustodyError, Change); 9] = [
        (CustodyError::Dossier, |r| r.dossier = DossierId::from_bytes([8; 16])),
        (CustodyError::Epoch { expected: 1, found: 2 }, |r| r.epoch = 2),
        (CustodyError::Link, |r| r.prev = Hash::of(b"other")),
        (CustodyError::NotCustodian, |r| r.from = Some(id("truong-x"))),
        (CustodyError::Movement, |r| r.to = id("truong-a")),
        (CustodyError::Movement, |r| r.tid = None),
        (CustodyError::Movement, |r| r.from = None),
        (CustodyError::Opening, |r| r.kind = CustodyKind::Genesis),
        (CustodyError::Heads, |r| r.close_heads = vec![Hash::of(b"head"); 2]),
    ];
    for (expected, change) in cases {
        let mut chain = chain();
        let mut record = next(&chain, CustodyKind::Transfer, "truong-b");
        change(&mut record);
        let hash = hash(&record);
        assert_eq!(chain.push(record, hash), Err(expected));
        assert_eq!(chain, self::chain(), "a refused record leaves no trace");
    }
}

#[test]
fn a_retired_dossier_is_not_transferred() {
    let mut chain = chain();
    let retired = next(&chain, CustodyKind::Retire, "truong-a");
    chain.push(retired, Hash::of(b"retired")).expect("fits");
    let record = next(&chain, CustodyKind::Transfer, "truong-b");
    assert_eq!(chain.push(record, Hash::of(b"x")), Err(CustodyError::Order));
}

#[test]
fn a_chain_opens_with_an_opening_record() {
    let mut late = genesis();
    late.epoch = 1;
    assert_eq!(CustodyChain::new(late, Hash::ZERO), Err(CustodyError::Opening));
    let mut closing = genesis();
    closing.close_heads.push(Hash::of(b"head"));
    assert_eq!(CustodyChain::new(closing, Hash::ZERO), Err(CustodyError::Opening));
    let mut groundless = genesis();
    groundless.basis = LegalBasis::Correction { reason: String::new() };
    assert_eq!(CustodyChain::new(groundless, Hash::ZERO), Err(CustodyError::Basis));
    let mut imported = genesis();
    imported.kind = CustodyKind::Import;
    assert!(CustodyChain::new(imported, Hash::ZERO).is_ok());
}

#[test]
fn heads_are_limited() {
    let chain = chain();
    let mut record = next(&chain, CustodyKind::Transfer, "truong-b");
    let mut heads: Vec<Hash> =
        (0..=CustodyRecord::HEADS_MAX as u8).map(|n| Hash::of(&[n])).collect();
    heads.sort_unstable();
    record.close_heads = heads[..CustodyRecord::HEADS_MAX].to_vec();
    assert_eq!(record.check_shape(), Ok(()));
    record.close_heads = heads;
    assert_eq!(record.check_shape(), Err(CustodyError::Heads));
}
