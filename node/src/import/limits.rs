//! The limits every list from outside passes before it is decoded.

/// How large a list may be; the defaults stand the lists of a whole district many times over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of all parts of a workbook together, unpacked.
    pub unzipped_bytes: u64,
    /// Unpacked bytes for each packed byte, over the whole workbook.
    pub ratio: u64,
    /// Parts of a workbook.
    pub zip_entries: usize,
    /// Rows with content, over all sheets, and the highest row number.
    pub rows: u32,
    /// Columns of a sheet.
    pub columns: u32,
    /// Sheets of a workbook.
    pub sheets: usize,
    /// Cells with content, over all sheets.
    pub cells: u64,
    /// Bytes of one cell's text.
    pub cell_bytes: usize,
    /// Bytes of all texts together.
    pub text_bytes: u64,
    /// Shared strings of a workbook.
    pub shared_strings: u64,
    /// Bytes of the part that holds the shared strings, unpacked.
    pub shared_string_bytes: u64,
    /// Bytes of one frame between the reading process and this one.
    pub frame_bytes: usize,
    /// Address space of the reading process, in bytes.
    pub child_memory: u64,
    /// Processor time of the reading process, in seconds.
    pub child_cpu_seconds: u64,
    /// Time the reading process may take altogether, in seconds.
    pub child_wall_seconds: u64,
}

const MIB: u64 = 1024 * 1024;

impl Limits {
    /// The limits of the product.
    pub const DEFAULT: Self = Self {
        file_bytes: 20 * MIB,
        unzipped_bytes: 200 * MIB,
        ratio: 100,
        zip_entries: 64,
        rows: 100_000,
        columns: 256,
        sheets: 64,
        cells: 5_000_000,
        cell_bytes: 32 * 1024,
        text_bytes: 64 * MIB,
        shared_strings: 1_000_000,
        shared_string_bytes: 64 * MIB,
        frame_bytes: 16 * 1024 * 1024,
        child_memory: 512 * MIB,
        child_cpu_seconds: 30,
        child_wall_seconds: 60,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
