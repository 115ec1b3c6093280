//! Chunks put together by hand, so that any part of them can lie.

use super::seal;

/// A change by its parts; the default is well-formed: the first change of its author.
#[derive(Debug, Clone)]
pub struct Forged {
    /// Hashes it claims to build on.
    pub dependencies: Vec<[u8; 32]>,
    /// Author, of any length.
    pub actor: Vec<u8>,
    /// Position in the author's line.
    pub seq: u64,
    /// Counter of the first operation.
    pub start_op: u64,
    /// Seconds since the Unix epoch.
    pub time: i64,
    /// Message.
    pub message: Vec<u8>,
    /// Other actors, of any length.
    pub others: Vec<Vec<u8>>,
    /// Specifications and data of the columns.
    pub columns: Vec<(u32, Vec<u8>)>,
    /// The length every column claims, where not its own.
    pub claimed_length: Option<u64>,
    /// Trailing bytes.
    pub extra: Vec<u8>,
}

impl Default for Forged {
    fn default() -> Self {
        Self {
            dependencies: Vec::new(),
            actor: vec![7; 16],
            seq: 1,
            start_op: 1,
            time: 0,
            message: Vec::new(),
            others: Vec::new(),
            // Put "k" = null at the root.
            columns: vec![
                (21, vec![0x7f, 1, b'k']),
                (52, vec![1]),
                (66, vec![0x7f, 1]),
                (86, vec![0x7f, 0]),
                (112, vec![0x7f, 0]),
            ],
            claimed_length: None,
            extra: Vec::new(),
        }
    }
}

impl Forged {
    /// A change with one column only.
    pub fn with_column(spec: u32, data: Vec<u8>) -> Self {
        Self { columns: vec![(spec, data)], ..Self::default() }
    }

    /// The bytes inside the chunk.
    pub fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        unsigned(&mut body, self.dependencies.len() as u64);
        body.extend(self.dependencies.concat());
        prefixed(&mut body, &self.actor);
        unsigned(&mut body, self.seq);
        unsigned(&mut body, self.start_op);
        signed(&mut body, self.time);
        prefixed(&mut body, &self.message);
        unsigned(&mut body, self.others.len() as u64);
        self.others.iter().for_each(|other| prefixed(&mut body, other));
        unsigned(&mut body, self.columns.len() as u64);
        for (spec, data) in &self.columns {
            unsigned(&mut body, u64::from(*spec));
            unsigned(&mut body, self.claimed_length.unwrap_or(data.len() as u64));
        }
        self.columns.iter().for_each(|(_, data)| body.extend(data));
        body.extend(&self.extra);
        body
    }

    /// The whole chunk with the right checksum.
    pub fn chunk(&self) -> Vec<u8> {
        seal(1, &self.body())
    }
}

/// The body of a saved document with one actor, no heads, no changes, and these operations.
pub(super) fn document(columns: &[(u32, &[u8])]) -> Vec<u8> {
    let mut body = vec![1];
    prefixed(&mut body, &[7; 16]);
    body.extend([0, 0]);
    unsigned(&mut body, columns.len() as u64);
    for (spec, data) in columns {
        unsigned(&mut body, u64::from(*spec));
        unsigned(&mut body, data.len() as u64);
    }
    columns.iter().for_each(|(_, data)| body.extend(*data));
    body
}

/// A run of `length` times `value`.
pub(super) fn run(length: i64, value: &[u8]) -> Vec<u8> {
    let mut column = Vec::new();
    signed(&mut column, length);
    column.extend(value);
    column
}

fn prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    unsigned(out, bytes.len() as u64);
    out.extend(bytes);
}

pub(super) fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let byte = number as u8 & 0x7f;
        number >>= 7;
        let done = (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0);
        if done {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}
