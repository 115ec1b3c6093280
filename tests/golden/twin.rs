//! wincode reads the bytes that the codec writes, so that bincode, which is frozen, can be replaced
//! without touching a stored or sent byte. Types are spelled as tuples of what they consist of.

use protocol::{FeedPosition, codec, wire::Frame};
use wincode::config::Configuration;

use super::{fixtures, frames};

type Id = [u8; 16];
type Digest = [u8; 32];
type Position = (u64, Digest);
type Said = (Id, Id, i64, Vec<Digest>);
type Hello = (u32, u16, Id, String, Id, u64, u64, u64, Option<(Id, Position)>, i64);

macro_rules! twin {
    ($type:ty, $value:expr) => {{
        let bytes = codec::encode(&$value);
        let configuration = Configuration::default().with_varint_encoding();
        let read: $type = wincode::config::deserialize(&bytes[1..], configuration)
            .expect("wincode reads what bincode wrote");
        let written = wincode::config::serialize(&read, configuration).expect("wincode writes");
        assert_eq!(written, bytes[1..], "wincode writes what bincode wrote");
        read
    }};
}

#[test]
fn numbers_texts_lists_and_options_are_the_same_bytes() {
    for number in [0, 1, 250, 251, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        assert_eq!(twin!(u64, number), number);
        assert_eq!(twin!(i64, number as i64), number as i64);
    }
    let texts = vec!["hồ sơ".to_owned(), String::new(), "a".repeat(300)];
    assert_eq!(twin!(Vec<String>, texts), texts);
    let mixed = (7_u16, Some(-3_i64), None::<u32>, true, vec![1_u8, 2, 3]);
    assert_eq!(twin!((u16, Option<i64>, Option<u32>, bool, Vec<u8>), mixed), mixed);
}

#[test]
fn a_hello_is_the_same_bytes() {
    let hello = frames::hello();
    let read = twin!(Hello, Frame::Hello(hello.clone()));
    assert_eq!((read.0, read.1, read.3.as_str()), (0, 2, "d151"));
    assert_eq!(read.2, *hello.node.as_bytes());
    assert_eq!(read.5, hello.boot);
    let cursor = read.8.expect("a cursor");
    assert_eq!(cursor.1.0, 250);
}

#[test]
fn a_feed_position_and_an_acknowledgement_are_the_same_bytes() {
    let position = FeedPosition { sequence: 70_000, digest: dossier::Hash::of(b"x") };
    assert_eq!(twin!(Position, position), (70_000, *position.digest.as_bytes()));
    let signed = fixtures::acknowledgement();
    let read = twin!((Said, (Digest, Digest)), signed);
    assert_eq!(read.0.3.len(), 2);
    assert_eq!([read.1.0, read.1.1].concat(), signed.signature.to_bytes());
}

#[test]
fn a_parcel_is_the_same_bytes_up_to_its_changes() {
    let (_, mut parcel, _) = fixtures::dossier();
    parcel.custody.clear();
    parcel.lines.clear();
    let read = twin!((Id, Vec<u8>, u32, Vec<Vec<u8>>, Vec<u8>), parcel);
    assert_eq!(read.0, *parcel.dossier.as_bytes());
    assert_eq!((read.2, read.3.len()), (0, 1), "changes, and one of them");
}
