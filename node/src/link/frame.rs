//! Frames on a stream: a length in four bytes, big-endian, and that many opaque bytes.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Length of the prefix, in bytes.
pub(crate) const PREFIX: usize = 4;

/// Frames up to this size, in bytes, are copied out, so that a short frame that is kept for long
/// does not keep the large buffer it arrived in.
const COPY_MAX: usize = 4 * 1024;

/// What a peer did wrong on its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// A frame of zero bytes.
    #[error("empty frame")]
    Empty,
    /// A frame over the limit; nothing was allocated for it.
    #[error("frame of {0} bytes is over the limit")]
    TooLarge(u32),
    /// The stream ended, or was reset, inside a frame.
    #[error("stream ended inside a frame")]
    Truncated,
    /// The peer gave up the stream that carries the frames.
    #[error("stream abandoned")]
    Abandoned,
    /// Streams beyond the one of the protocol, too many times.
    #[error("too many extra streams")]
    ExtraStreams,
}

/// Puts frames together from whatever pieces arrive. Holds at most one frame and one piece.
#[derive(Debug)]
pub(crate) struct FrameAssembler {
    buffer: BytesMut,
    frame_max: usize,
}

impl FrameAssembler {
    /// An assembler of frames up to `frame_max` bytes.
    pub(crate) fn new(frame_max: usize) -> Self {
        Self { buffer: BytesMut::new(), frame_max }
    }

    /// Takes the next piece of the stream.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next complete frame. The length is judged as soon as it is known.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Bytes>, FrameFault> {
        let Some(prefix) = self.buffer.first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let announced = u32::from_be_bytes(*prefix);
        let length = usize::try_from(announced).unwrap_or(usize::MAX);
        if length == 0 {
            return Err(FrameFault::Empty);
        }
        if length > self.frame_max {
            return Err(FrameFault::TooLarge(announced));
        }
        if self.buffer.len() < PREFIX + length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX);
        let frame = self.buffer.split_to(length);
        Ok(Some(if length <= COPY_MAX { Bytes::copy_from_slice(&frame) } else { frame.freeze() }))
    }

    /// Whether no frame has begun.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

/// Appends `frame` with its prefix.
///
/// # Panics
/// When the frame is over 4 GiB; the queue's limit stands in front.
pub(crate) fn write_frame(target: &mut BytesMut, frame: &[u8]) {
    target.put_u32(u32::try_from(frame.len()).expect("limited before it was queued"));
    target.put_slice(frame);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collect(assembler: &mut FrameAssembler) -> Vec<Bytes> {
        std::iter::from_fn(|| assembler.next_frame().expect("no fault")).collect()
    }

    proptest! {
        #[test]
        fn frames_survive_any_cut(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..9000), 1..6),
            step in 1usize..7000,
        ) {
            let mut wire = BytesMut::new();
            for frame in &frames {
                write_frame(&mut wire, frame);
            }
            let mut assembler = FrameAssembler::new(9000);
            let mut arrived = Vec::new();
            for piece in wire.chunks(step) {
                assembler.push(piece);
                arrived.extend(collect(&mut assembler));
            }
            prop_assert_eq!(arrived, frames);
            prop_assert!(assembler.is_empty());
        }
    }

    #[test]
    fn the_limit_is_exact() {
        for (length, fits) in [(1, true), (10, true), (11, false), (10_000, false)] {
            let mut wire = BytesMut::new();
            write_frame(&mut wire, &vec![7; length]);
            let mut assembler = FrameAssembler::new(10);
            assembler.push(&wire);
            assert_eq!(assembler.next_frame().is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn a_bad_length_is_refused_before_a_body_arrives() {
        let cases = [(0, FrameFault::Empty), (u32::MAX, FrameFault::TooLarge(u32::MAX))];
        for (length, fault) in cases {
            let mut assembler = FrameAssembler::new(1024);
            assembler.push(&u32::to_be_bytes(length));
            assert_eq!(assembler.next_frame(), Err(fault));
        }
    }
}
