//! A reader over bytes that never allocates and never panics.

use super::PrecheckError;

/// The bytes not read yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn take(&mut self, length: u64) -> Result<&'a [u8], PrecheckError> {
        let length = usize::try_from(length).map_err(|_| PrecheckError::Truncated)?;
        let (head, tail) = self.bytes.split_at_checked(length).ok_or(PrecheckError::Truncated)?;
        self.bytes = tail;
        Ok(head)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, PrecheckError> {
        let (head, tail) = self.bytes.split_first().ok_or(PrecheckError::Truncated)?;
        self.bytes = tail;
        Ok(*head)
    }

    /// An unsigned LEB128 number in its shortest spelling.
    pub(crate) fn unsigned(&mut self) -> Result<u64, PrecheckError> {
        let mut number = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(PrecheckError::Number);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let overlong = shift > 0 && byte == 0;
                return if overlong { Err(PrecheckError::Number) } else { Ok(number) };
            }
        }
        Err(PrecheckError::Number)
    }

    /// An unsigned number of at most `limit`; `error` above it.
    pub(crate) fn unsigned_up_to(
        &mut self,
        limit: u64,
        error: PrecheckError,
    ) -> Result<u64, PrecheckError> {
        let number = self.unsigned()?;
        if number > limit { Err(error) } else { Ok(number) }
    }

    /// A signed LEB128 number in its shortest spelling.
    pub(crate) fn signed(&mut self) -> Result<i64, PrecheckError> {
        let mut number = 0i64;
        let mut previous = 0u8;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(PrecheckError::Number);
            }
            number |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                let repeats_sign =
                    (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if shift > 0 && repeats_sign {
                    return Err(PrecheckError::Number);
                }
                if negative && shift < 63 {
                    number |= -1i64 << (shift + 7);
                }
                return Ok(number);
            }
            previous = byte;
        }
        Err(PrecheckError::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_numbers_have_one_spelling() {
        for (bytes, expected) in [
            (&[0x00][..], Ok(0)),
            (&[0x7f], Ok(127)),
            (&[0x80, 0x01], Ok(128)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Ok(u64::MAX)),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
                Err(PrecheckError::Number),
            ),
            (&[0x81; 12], Err(PrecheckError::Number)),
            (&[0x81, 0x00], Err(PrecheckError::Number)),
            (&[0xff], Err(PrecheckError::Truncated)),
        ] {
            assert_eq!(Cursor::new(bytes).unsigned(), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn signed_numbers_have_one_spelling() {
        for (bytes, expected) in [
            (&[0x7f][..], Ok(-1)),
            (&[0x3f], Ok(63)),
            (&[0x40], Ok(-64)),
            (&[0x80, 0x01], Ok(128)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], Ok(i64::MAX)),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], Ok(i64::MIN)),
            (
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
                Err(PrecheckError::Number),
            ),
            (&[0xbf, 0x00], Err(PrecheckError::Number)),
            (&[0xff, 0x7f], Err(PrecheckError::Number)),
        ] {
            assert_eq!(Cursor::new(bytes).signed(), expected, "{bytes:x?}");
        }
    }
}
