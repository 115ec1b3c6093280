//! Sizes tell of content: what is sealed is filled up to one of few lengths.

/// The shortest padded length, in bytes.
const LEAST: usize = 256;
/// Steps of what is too large for doubling, in bytes.
const STEP: usize = 64 * 1024;

/// Where doubling ends for records, in bytes.
const DOUBLED_MAX: usize = 1024 * 1024;

/// The length that `length` bytes are filled up to: 256 bytes times a power of two, and above 1 MiB
/// a multiple of 1 MiB.
pub fn padded(length: usize) -> usize {
    if length <= DOUBLED_MAX {
        length.max(LEAST).next_power_of_two()
    } else {
        length.next_multiple_of(DOUBLED_MAX)
    }
}

/// The length that a file of `length` bytes is filled up to: as [`padded`], and above 64 KiB a
/// multiple of 64 KiB, so that a scan of 40 MiB does not take 64.
pub fn padded_file(length: usize) -> usize {
    if length <= STEP { padded(length) } else { length.next_multiple_of(STEP) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fall_into_few_classes() {
        for (length, wanted) in [(0, 256), (256, 256), (257, 512), (5_000, 8_192)] {
            assert_eq!(padded(length), wanted);
        }
        assert_eq!(padded_file(65_536), 65_536);
        assert_eq!(padded_file(65_537), 131_072);
        assert_eq!(padded_file(200_000), 262_144);
    }
}
