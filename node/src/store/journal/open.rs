//! Walking the journal at opening, and telling a torn tail from damage.
//!
//! A power cut during a sync leaves any subset of the last batch on the disk. So a bad frame is a
//! torn tail only in the last segment, only above every position known to have been durable (the
//! marks given by the caller), and only if no whole frame behind it was written after it was
//! durable (which the `durable` number of that frame tells). Everything else is damage: the files
//! stay untouched and the store does not open.

use std::sync::Arc;

use protocol::FeedPosition;

use super::read::Cursor;
use super::{Frame, Journal, STRIDE, Segments, State};
use crate::seal::Vault;
use crate::store::frame::{Flaw, HEADER, Header, MAGIC};
use crate::store::payload::{self, Write};
use crate::store::pointer::Place;
use crate::store::{Damage, StoreError};

/// Is shown each frame of a walk, and what it writes.
pub(super) type Visit<'v> = dyn FnMut(&Frame<'_>, Vec<Write>) -> Result<(), StoreError> + 'v;

/// What a walk found.
#[derive(Debug)]
pub(in crate::store) struct Walked {
    head: FeedPosition,
    end: Place,
    bytes: u64,
    sparse: Vec<Place>,
    /// Where the batch of the last frame begins, and what was durable before it.
    batch: Place,
    durable: u64,
    torn: bool,
}

/// Walks all frames, or those before `limit`, and shows each to `visit`. The walk must meet every
/// position in `marks`.
pub(in crate::store) fn walk(
    (segments, vault): (&Segments, &Vault),
    limit: Option<(Place, FeedPosition)>,
    marks: &[FeedPosition],
    visit: &mut Visit<'_>,
) -> Result<Walked, StoreError> {
    let last = last_segment(segments, limit.map(|(end, _)| end.segment))?;
    let mut walked = Walked::default();
    for number in 1..=last {
        let file = segments.open(number).map_err(StoreError::io("open a segment"))?;
        let len = file.len().map_err(StoreError::io("measure a segment"))?;
        let end = limit.filter(|(end, _)| end.segment == number);
        let end = end.map_or(len, |(end, _)| u64::from(end.offset));
        walked.end = Place { segment: number, offset: 0 };
        let mut cursor = Cursor::new(number, file, end);
        let walk = walked.segment(vault, &mut cursor, (marks, u64::MAX), visit)?;
        let Err(flaw) = walk else { continue };
        let offset = u64::from(walked.end.offset);
        if number < last || limit.is_some() {
            return Err(damage(number, offset, &flaw.to_string()));
        }
        walked.judge_tail(&mut cursor, flaw)?;
    }
    walked.meets(limit.map(|(_, head)| head).iter().chain(marks))?;
    Ok(walked)
}

/// The last segment of a journal, which is whole up to there.
fn last_segment(segments: &Segments, limit: Option<u32>) -> Result<u32, StoreError> {
    let numbers = segments.numbers().map_err(StoreError::io("list the journal"))?;
    let last = limit.unwrap_or(numbers.last().copied().unwrap_or(0));
    let gap =
        (1..=last.max(1)).find(|expected| numbers.get(*expected as usize - 1) != Some(expected));
    gap.map_or(Ok(last), |missing| Err(damage(missing, 0, "the segment is missing")))
}

impl Default for Walked {
    /// Nothing was walked.
    fn default() -> Self {
        let start = Place { segment: 1, offset: 0 };
        Self {
            head: FeedPosition::START,
            end: start,
            bytes: 0,
            sparse: Vec::new(),
            batch: start,
            durable: 0,
            torn: false,
        }
    }
}

/// A walk over what was durable when it began, that goes on where it stopped: reading a whole journal
/// takes longer than others can wait.
#[derive(Debug)]
pub struct Round {
    walked: Walked,
    limit: (Place, FeedPosition),
}

impl Round {
    /// Frames that were read.
    pub fn frames(&self) -> u64 {
        self.walked.head.sequence
    }

    /// How many there are to be read.
    pub fn of(&self) -> u64 {
        self.limit.1.sequence
    }
}

impl Walked {
    /// Walks one segment to its end, to the first flaw, or until `stop` bytes were walked in all.
    fn segment(
        &mut self,
        vault: &Vault,
        cursor: &mut Cursor,
        (marks, stop): (&[FeedPosition], u64),
        visit: &mut Visit<'_>,
    ) -> Result<Result<(), Flaw>, StoreError> {
        while u64::from(self.end.offset) < cursor.end && self.bytes < stop {
            let offset = u64::from(self.end.offset);
            let frame = match cursor.frame(offset).map_err(StoreError::io("read the journal"))? {
                Ok(frame) => frame,
                Err(flaw) => return Ok(Err(flaw)),
            };
            // The digest matches: what disagrees from here on was not torn, it was changed.
            let changed = |flaw: Flaw| damage(self.end.segment, offset, &flaw.to_string());
            self.continues(&frame.header).map_err(changed)?;
            let writes = payload::open(vault, frame.header.sequence, frame.payload);
            let writes = writes.map_err(changed)?;
            let position = frame.position();
            if marks.iter().any(|mark| mark.sequence == position.sequence && *mark != position) {
                return Err(damage(self.end.segment, offset, "the history is not the one marked"));
            }
            visit(&frame, writes)?;
            self.take(&frame.header);
        }
        Ok(Ok(()))
    }

    fn continues(&self, header: &Header) -> Result<(), Flaw> {
        let expected = self.head.sequence + 1;
        if header.sequence != expected {
            return Err(Flaw::Sequence { found: header.sequence, expected });
        }
        if header.previous != self.head.digest {
            return Err(Flaw::Chain);
        }
        let new_batch = header.durable == self.head.sequence;
        let same_batch = header.durable == self.durable && self.batch.segment == self.end.segment;
        if new_batch || same_batch { Ok(()) } else { Err(Flaw::Batch) }
    }

    fn take(&mut self, header: &Header) {
        if (header.sequence - 1).is_multiple_of(STRIDE) {
            self.sparse.push(self.end);
        }
        if header.durable == self.head.sequence {
            self.batch = self.end;
            self.durable = header.durable;
        }
        self.head = FeedPosition { sequence: header.sequence, digest: header.digest };
        self.end = self.end.forward(header.frame_len());
        self.bytes += header.frame_len() as u64;
    }

    /// Accepts a bad frame in the last segment as a torn tail, or calls it damage.
    fn judge_tail(&mut self, cursor: &mut Cursor, flaw: Flaw) -> Result<(), StoreError> {
        let offset = u64::from(self.end.offset);
        let rest = usize::try_from(cursor.end - offset).unwrap_or(usize::MAX);
        let tail = cursor.bytes(offset, rest).map_err(StoreError::io("read the journal"))?;
        let expected = self.head.sequence + 1;
        let proof = tail.ok().and_then(|tail| durable_frame_in(tail, expected));
        if let Some(at) = proof {
            let later = offset + at as u64;
            let reason = format!("{flaw}, yet the frame at {later} was written after it");
            return Err(damage(self.end.segment, offset, &reason));
        }
        self.torn = true;
        Ok(())
    }

    fn meets<'m>(
        &self,
        mut marks: impl Iterator<Item = &'m FeedPosition>,
    ) -> Result<(), StoreError> {
        let Some(beyond) = marks.find(|mark| mark.sequence > self.head.sequence) else {
            return Ok(());
        };
        let reason = format!(
            "the journal ends at {}, but {} was durable",
            self.head.sequence, beyond.sequence
        );
        Err(damage(self.end.segment, u64::from(self.end.offset), &reason))
    }
}

/// Finds a whole frame which says that frame `expected` was durable before it was written.
fn durable_frame_in(tail: &[u8], expected: u64) -> Option<usize> {
    let plausible = expected + (tail.len() / HEADER) as u64;
    let found = tail.windows(MAGIC.len()).enumerate().filter(|(_, window)| **window == MAGIC);
    found.map(|(at, _)| at).find(|at| {
        let Ok(header) = Header::parse(&tail[*at..]) else { return false };
        let within = header.sequence > expected && header.sequence <= plausible;
        let frame = tail.get(*at..*at + header.frame_len());
        within && header.durable >= expected && frame.is_some_and(|frame| header.seals(frame))
    })
}

fn damage(segment: u32, offset: u64, reason: &str) -> StoreError {
    Damage { segment, offset, reason: reason.to_owned() }.into()
}

impl Journal {
    /// Begins a round over every durable frame.
    pub(in crate::store) fn begin_round(&self) -> Result<Round, StoreError> {
        last_segment(&self.segments, Some(self.end.segment))?;
        Ok(Round { walked: Walked::default(), limit: (self.end, self.head) })
    }

    /// Reads about so many bytes more; whether the round is at its end.
    pub(in crate::store) fn go_round(
        &self,
        round: &mut Round,
        bytes: u64,
    ) -> Result<bool, StoreError> {
        let Round { walked, limit: (end, head) } = round;
        let stop = walked.bytes.saturating_add(bytes.max(1));
        while walked.bytes < stop {
            let number = walked.end.segment;
            let file = self.segments.open(number).map_err(StoreError::io("open a segment"))?;
            let len = file.len().map_err(StoreError::io("measure a segment"))?;
            let limit = if number == end.segment { u64::from(end.offset) } else { len };
            let mut cursor = Cursor::new(number, file, limit);
            let walk = walked.segment(&self.vault, &mut cursor, (&[], stop), &mut |_, _| Ok(()))?;
            let offset = u64::from(walked.end.offset);
            walk.map_err(|flaw| damage(number, offset, &flaw.to_string()))?;
            if offset < limit {
                continue;
            }
            if number >= end.segment {
                walked.meets(std::iter::once(&*head))?;
                return Ok(true);
            }
            walked.end = Place { segment: number + 1, offset: 0 };
        }
        Ok(false)
    }

    /// Takes over what a walk found: cuts a torn tail, and makes sure that whatever can be read is
    /// durable before anyone is told of it.
    pub(in crate::store) fn from_walk(
        (segments, vault): (Segments, Arc<Vault>),
        walked: Walked,
        marked: u64,
        segment_bytes: u64,
    ) -> Result<Self, StoreError> {
        let journal = Self {
            segments,
            vault,
            segment_bytes,
            head: walked.head,
            end: walked.end,
            bytes: walked.bytes,
            sparse: walked.sparse,
            state: State::Ready,
        };
        if walked.torn || walked.head.sequence > marked {
            journal.settle(walked.batch)?;
        }
        Ok(journal)
    }

    /// After a kill, or a sync that failed, the last batch may be readable from the kernel's
    /// memory without being on the disk, even with its pages marked clean. Writing it once more
    /// makes the sync that follows mean something.
    fn settle(&self, batch: Place) -> Result<(), StoreError> {
        let segment = self.segments.open(self.end.segment);
        let segment = segment.map_err(StoreError::io("open a segment"))?;
        let end = u64::from(self.end.offset);
        segment.set_len(end).map_err(StoreError::io("cut the torn tail"))?;
        if batch.segment == self.end.segment && batch.offset < self.end.offset {
            let mut bytes = vec![0; (self.end.offset - batch.offset) as usize];
            let start = u64::from(batch.offset);
            let read = segment.read_at(start, &mut bytes);
            if read.map_err(StoreError::io("read the last batch"))? < bytes.len() {
                return Err(damage(batch.segment, start, "the segment became shorter"));
            }
            segment.write_at(start, &bytes).map_err(StoreError::io("settle the last batch"))?;
        }
        segment.sync_data().map_err(StoreError::io("sync the journal"))?;
        self.segments.sync_names().map_err(StoreError::io("sync the journal's directory"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier::Hash;

    fn frame(sequence: u64, durable: u64) -> Vec<u8> {
        let mut frame = vec![0; HEADER + 4];
        Header::seal(sequence, durable, Hash::ZERO, &mut frame);
        frame
    }

    #[test]
    fn a_frame_of_the_same_batch_proves_nothing_about_the_bad_one() {
        let tail = [vec![0; 100], frame(6, 4)].concat();
        assert_eq!(durable_frame_in(&tail, 5), None);
    }

    #[test]
    fn a_frame_of_a_later_batch_proves_that_the_bad_one_was_durable() {
        let tail = [vec![0; 100], frame(6, 5)].concat();
        assert_eq!(durable_frame_in(&tail, 5), Some(100));
    }

    #[test]
    fn a_damaged_later_frame_proves_nothing() {
        let mut tail = [vec![0; 100], frame(6, 5)].concat();
        *tail.last_mut().expect("not empty") ^= 1;
        assert_eq!(durable_frame_in(&tail, 5), None);
    }
}
