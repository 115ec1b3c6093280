//! Reading frames and values back; every byte given out has had its digest checked.

use std::io;
use std::sync::Arc;

use dossier::Hash;
use protocol::{Fault, FeedPosition, Op};

use super::{Journal, STRIDE};
use crate::environment::DiskFile;
use crate::store::Damage;
use crate::store::frame::{Flaw, HEADER, Header};
use crate::store::pointer::Place;

/// Bytes fetched at once while reading in order.
const CHUNK: usize = 256 * 1024;

/// A frame whose digest matches.
#[derive(Debug)]
pub(in crate::store) struct Frame<'a> {
    pub(in crate::store) header: Header,
    /// Where its payload lies.
    pub(in crate::store) place: Place,
    pub(in crate::store) payload: &'a [u8],
}

impl Frame<'_> {
    pub(in crate::store) fn position(&self) -> FeedPosition {
        FeedPosition { sequence: self.header.sequence, digest: self.header.digest }
    }
}

/// Reads one segment in order through a buffer.
pub(super) struct Cursor {
    segment: u32,
    file: Arc<dyn DiskFile>,
    /// Bytes of the file that may be read.
    pub(super) end: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl Cursor {
    pub(super) fn new(segment: u32, file: Arc<dyn DiskFile>, end: u64) -> Self {
        Self { segment, file, end, buffer: Vec::new(), start: 0 }
    }

    /// `length` bytes at `offset`, or [`Flaw::Short`] when the segment ends before.
    pub(super) fn bytes(&mut self, offset: u64, length: usize) -> io::Result<Result<&[u8], Flaw>> {
        let wanted = offset + length as u64;
        if wanted > self.end {
            return Ok(Err(Flaw::Short));
        }
        if offset < self.start || wanted > self.start + self.buffer.len() as u64 {
            let rest = usize::try_from(self.end - offset).unwrap_or(usize::MAX);
            self.buffer.resize(length.max(CHUNK).min(rest), 0);
            let read = self.file.read_at(offset, &mut self.buffer)?;
            self.buffer.truncate(read);
            self.start = offset;
            if read < length {
                return Ok(Err(Flaw::Short));
            }
        }
        let at = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        Ok(Ok(&self.buffer[at..at + length]))
    }

    /// The header at `offset`, its digest unchecked.
    pub(super) fn header(&mut self, offset: u64) -> io::Result<Result<Header, Flaw>> {
        Ok(self.bytes(offset, HEADER)?.and_then(Header::parse))
    }

    /// The frame at `offset`, its digest checked.
    pub(super) fn frame(&mut self, offset: u64) -> io::Result<Result<Frame<'_>, Flaw>> {
        let header = match self.header(offset)? {
            Ok(header) => header,
            Err(flaw) => return Ok(Err(flaw)),
        };
        let segment = self.segment;
        let frame = match self.bytes(offset, header.frame_len())? {
            Ok(frame) => frame,
            Err(flaw) => return Ok(Err(flaw)),
        };
        if !header.seals(frame) {
            return Ok(Err(Flaw::Digest));
        }
        let Ok(start) = u32::try_from(offset + HEADER as u64) else { return Ok(Err(Flaw::Short)) };
        let place = Place { segment, offset: start };
        Ok(Ok(Frame { header, place, payload: &frame[HEADER..] }))
    }
}

impl Journal {
    /// The bytes of a value; their checksum is the caller's to check.
    pub(in crate::store) fn value(&self, place: Place, length: u32) -> Result<Vec<u8>, Fault> {
        let length = length as usize;
        if length > Op::VALUE_MAX {
            return Err(Fault(format!("a value of {length} bytes cannot be")));
        }
        let mut value = vec![0; length];
        let read = self
            .segments
            .open(place.segment)
            .and_then(|file| file.read_at(u64::from(place.offset), &mut value));
        match read.map_err(unreadable)? {
            read if read == length => Ok(value),
            _ => Err(Fault("a value lies beyond the end of its segment".to_owned())),
        }
    }

    /// The digest of frame `sequence`, or `None` beyond the durable end.
    pub(in crate::store) fn digest(&self, sequence: u64) -> Result<Option<Hash>, Fault> {
        if sequence == 0 || sequence == self.head.sequence {
            return Ok(Some(if sequence == 0 { Hash::ZERO } else { self.head.digest }));
        }
        if sequence > self.head.sequence {
            return Ok(None);
        }
        let mut digest = None;
        self.read_from(sequence, &mut |frame| {
            digest = Some(frame.header.digest);
            Ok(false)
        })?;
        Ok(digest)
    }

    /// Shows durable frames from `sequence` on, in order, until `visit` answers false.
    pub(in crate::store) fn read_from(
        &self,
        sequence: u64,
        visit: &mut dyn FnMut(&Frame<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        if sequence == 0 || sequence > self.head.sequence {
            return Ok(());
        }
        let (mut expected, mut place) = self.near(sequence)?;
        let mut previous: Option<Hash> = None;
        loop {
            let mut cursor = self.cursor(place.segment)?;
            let mut offset = u64::from(place.offset);
            while offset < cursor.end {
                let wrong = |flaw: Flaw| damaged(place.segment, offset, flaw);
                if expected < sequence {
                    let header = cursor.header(offset).map_err(unreadable)?.map_err(wrong)?;
                    in_order(&header, expected, None).map_err(wrong)?;
                    offset += header.frame_len() as u64;
                } else {
                    let frame = cursor.frame(offset).map_err(unreadable)?.map_err(wrong)?;
                    in_order(&frame.header, expected, previous).map_err(wrong)?;
                    if !visit(&frame)? {
                        return Ok(());
                    }
                    previous = Some(frame.header.digest);
                    offset += frame.header.frame_len() as u64;
                }
                expected += 1;
            }
            if expected > self.head.sequence || place.segment >= self.end.segment {
                return Ok(());
            }
            place = Place { segment: place.segment + 1, offset: 0 };
        }
    }

    /// A frame at or shortly before `sequence`: its number and place.
    fn near(&self, sequence: u64) -> Result<(u64, Place), Fault> {
        let index = (sequence - 1) / STRIDE;
        let place = usize::try_from(index).ok().and_then(|index| self.sparse.get(index));
        let place = place.ok_or_else(|| Fault(format!("frame {sequence} has no known place")))?;
        Ok((index * STRIDE + 1, *place))
    }

    fn cursor(&self, segment: u32) -> Result<Cursor, Fault> {
        let file = self.segments.open(segment).map_err(unreadable)?;
        let end = if segment == self.end.segment {
            u64::from(self.end.offset)
        } else {
            file.len().map_err(unreadable)?
        };
        Ok(Cursor::new(segment, file, end))
    }
}

fn in_order(header: &Header, expected: u64, previous: Option<Hash>) -> Result<(), Flaw> {
    if header.sequence != expected {
        return Err(Flaw::Sequence { found: header.sequence, expected });
    }
    match previous {
        Some(previous) if previous != header.previous => Err(Flaw::Chain),
        _ => Ok(()),
    }
}

fn damaged(segment: u32, offset: u64, flaw: Flaw) -> Fault {
    Fault(Damage { segment, offset, reason: flaw.to_string() }.to_string())
}

fn unreadable(error: io::Error) -> Fault {
    Fault(format!("the journal could not be read: {error}"))
}
