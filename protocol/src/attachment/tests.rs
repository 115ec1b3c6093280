use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use dossier::{DossierId, Hash, attachment::FILE_BYTES_MAX};
use proptest::prelude::*;
use serde_bytes::ByteBuf;

use super::*;
use crate::codec::DecodeError;

struct Key(u8);

impl KeyedDigest for Key {
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Hash {
        let mut context =
            hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &[self.0; 32]));
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        Hash::from_slice(context.sign().as_ref()).expect("32 bytes")
    }
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 31 % 251) as u8).collect()
}

fn place(content: Hash) -> ContentPlace {
    ContentPlace { dossier: DossierId::from_bytes([4; 16]), content }
}

#[test]
fn equal_files_have_different_names_in_different_dossiers() {
    let bytes = content(CHUNK_BYTES + 5);
    let (here, there) = (Manifest::of(&bytes, &Key(1)), Manifest::of(&bytes, &Key(2)));
    assert_ne!(here.id(&Key(1)), there.id(&Key(2)));
    assert_ne!(here.chunks, there.chunks);
    assert_eq!(here.id(&Key(1)), Manifest::of(&bytes, &Key(1)).id(&Key(1)));
}

#[test]
fn chunks_are_counted_to_the_byte() {
    for (size, count, last) in [
        (1, 1, 1),
        (CHUNK_BYTES - 1, 1, CHUNK_BYTES - 1),
        (CHUNK_BYTES, 1, CHUNK_BYTES),
        (CHUNK_BYTES + 1, 2, 1),
    ] {
        let manifest = Manifest::of(&content(size), &Key(1));
        assert_eq!((manifest.count(), manifest.length(count - 1)), (count, Some(last)), "{size}");
        assert_eq!(manifest.length(count), None);
    }
    assert_eq!(CHUNKS_MAX, 200);
    let largest = Manifest { size: FILE_BYTES_MAX, chunks: vec![Hash::ZERO; CHUNKS_MAX] };
    assert!(largest.encode().len() < 8 * 1024);
    let frame = BulkFrame::Chunk { index: 199, bytes: ByteBuf::from(content(CHUNK_BYTES)) };
    assert!(frame.encode().len() <= BULK_FRAME_BYTES_MAX);
}

#[test]
fn a_manifest_of_something_else_is_refused() {
    let manifest = Manifest::of(&content(CHUNK_BYTES * 2), &Key(1));
    let (id, size) = (manifest.id(&Key(1)), manifest.size);
    let read = |manifest: &Manifest, size| Manifest::read(&manifest.encode(), size, &id, &Key(1));
    assert_eq!(read(&manifest, size).as_ref(), Some(&manifest));
    assert_eq!(read(&manifest, size + 1), None);
    let mut swapped = manifest.clone();
    swapped.chunks.reverse();
    assert_eq!(read(&swapped, size), None);
    let mut longer = manifest.clone();
    longer.chunks.push(Hash::ZERO);
    assert_eq!(read(&longer, size), None);
    assert_eq!(Manifest::read(&manifest.encode(), size, &id, &Key(2)), None);
    assert_eq!(Manifest::read(&[], size, &id, &Key(1)), None);
    let empty = Manifest { size: 0, chunks: Vec::new() };
    assert_eq!(Manifest::read(&empty.encode(), 0, &empty.id(&Key(1)), &Key(1)), None);
}

/// Takes a content from a sender that is cut off after `patience` chunks; returns what is here.
fn take(
    bytes: &[u8],
    here: Option<(Manifest, BTreeSet<u32>)>,
    patience: usize,
) -> (Option<(Manifest, BTreeSet<u32>)>, usize, bool) {
    let whole = Manifest::of(bytes, &Key(1));
    let had = here.as_ref().map(|(_, chunks)| chunks.clone()).unwrap_or_default();
    let mut intake = Intake::begin(place(whole.id(&Key(1))), bytes.len() as u64, here);
    let (mut taken, mut sent) = (had, 0);
    while let Some(want) = intake.poll_want() {
        assert!(want.chunks.len() <= WINDOW);
        if want.manifest {
            intake.handle_manifest(&whole.encode(), &Key(1)).expect("the manifest");
        }
        for index in want.chunks {
            if sent == patience {
                return (intake.manifest().map(|it| (it.clone(), taken)), sent, false);
            }
            let start = index as usize * CHUNK_BYTES;
            let chunk = &bytes[start..(start + CHUNK_BYTES).min(bytes.len())];
            intake.handle_chunk(index, chunk, &Key(1)).expect("a chunk");
            assert!(taken.insert(index), "chunk {index} came twice");
            sent += 1;
        }
    }
    (intake.manifest().map(|it| (it.clone(), taken)), sent, intake.is_complete())
}

#[test]
fn a_taking_that_is_cut_goes_on_where_it_was() {
    let bytes = content(CHUNK_BYTES * 9 + 17);
    let (mut here, mut total) = (None, 0);
    for patience in [0, 1, 3, 2, usize::MAX] {
        let (after, sent, complete) = take(&bytes, here, patience);
        total += sent;
        here = after;
        assert_eq!(complete, patience == usize::MAX);
    }
    assert_eq!(total, 10, "no chunk was sent twice");
}

#[test]
fn what_was_not_asked_for_or_is_not_the_chunk_is_refused() {
    let bytes = content(CHUNK_BYTES * 6);
    let manifest = Manifest::of(&bytes, &Key(1));
    let mut intake = Intake::begin(place(manifest.id(&Key(1))), manifest.size, None);
    let unasked = Err(IntakeFault::Unasked);
    assert_eq!(intake.handle_manifest(&manifest.encode(), &Key(1)).err(), unasked.err());
    assert!(intake.poll_want().is_some_and(|want| want.manifest));
    assert_eq!(intake.poll_want(), None, "it waits");
    assert_eq!(intake.handle_chunk(0, &bytes[..CHUNK_BYTES], &Key(1)), unasked);
    assert_eq!(intake.handle_manifest(&[1, 2], &Key(1)), Err(IntakeFault::Manifest));
    intake.handle_manifest(&manifest.encode(), &Key(1)).expect("the manifest");
    let want = intake.poll_want().expect("chunks");
    assert_eq!(want.chunks.len(), WINDOW);
    assert_eq!(intake.handle_chunk(5, &bytes[..CHUNK_BYTES], &Key(1)), unasked);
    let mut flipped = bytes[..CHUNK_BYTES].to_vec();
    flipped[77] ^= 1;
    assert_eq!(intake.handle_chunk(0, &flipped, &Key(1)), Err(IntakeFault::Chunk));
    assert_eq!(intake.handle_chunk(0, &bytes[..9], &Key(1)), Err(IntakeFault::Chunk));
    intake.handle_chunk(0, &bytes[..CHUNK_BYTES], &Key(1)).expect("the chunk");
    assert_eq!(intake.handle_chunk(0, &bytes[..CHUNK_BYTES], &Key(1)), unasked);
}

#[test]
fn frames_keep_their_limits() {
    let want = |count: usize| {
        let chunks = (0..count as u32).collect();
        BulkFrame::Want(Want { place: place(Hash::ZERO), manifest: false, chunks })
    };
    for (frame, fits) in [
        (want(WINDOW), true),
        (want(WINDOW + 1), false),
        (want(WINDOW * 1000), false),
        (BulkFrame::Offer(place(Hash::ZERO)), true),
        (BulkFrame::Later(Later::Busy), true),
    ] {
        let read = BulkFrame::decode(&frame.encode());
        assert_eq!(read, if fits { Ok(frame) } else { Err(DecodeError::Malformed) });
    }
    let large = BulkFrame::Manifest(ByteBuf::from(vec![0; BULK_FRAME_BYTES_MAX]));
    assert_eq!(BulkFrame::decode(&large.encode()), Err(DecodeError::Malformed));
    assert_eq!(BulkFrame::decode(&[]), Err(DecodeError::Empty));
}

#[test]
fn the_key_of_a_row_names_its_place() {
    let place = place(Hash::from_bytes([9; 32]));
    assert_eq!(ContentPlace::from_key(&place.key()), Some(place));
    assert_eq!(ContentPlace::from_key(&place.key()[1..]), None);
    assert_ne!(held_tip(&place), place.content);
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = BulkFrame::decode(&bytes);
        let _ = Manifest::read(&bytes, 10, &Hash::ZERO, &Key(1));
    }
}
