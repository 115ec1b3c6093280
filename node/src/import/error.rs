//! Why a list could not be taken, each with a code that stays.

use serde::{Deserialize, Serialize};

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ReadFailure {
    /// More bytes than a list may have.
    #[error("the file is larger than {limit} bytes")]
    FileTooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The bytes are no workbook and no text.
    #[error("the file is neither a workbook nor text with separators")]
    UnknownFormat,
    /// A web page or an XML file under the name of a workbook.
    #[error("the file is a web page or xml, not a workbook")]
    MarkupFile,
    /// A workbook with a password.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// A workbook with macros.
    #[error("the workbook carries macros")]
    Macros,
    /// A part with an unsafe or repeated name, or too many parts.
    #[error("the workbook's package is unsafe")]
    UnsafePackage,
    /// Far more bytes unpacked than packed.
    #[error("the workbook unpacks to too many bytes")]
    Unpacked,
    /// Too many shared strings.
    #[error("the workbook holds too many shared strings")]
    SharedStrings,
    /// A document type declaration inside a part.
    #[error("the workbook carries a document type declaration")]
    DocumentType,
    /// A cell below the last row a list may have.
    #[error("row {row} is beyond the limit of {limit} rows")]
    TooManyRows {
        /// The row, counted from 1.
        row: u64,
        /// The limit.
        limit: u32,
    },
    /// A cell right of the last column a list may have.
    #[error("row {row} has more than {limit} columns")]
    TooManyColumns {
        /// The row, counted from 1.
        row: u64,
        /// The limit.
        limit: u32,
    },
    /// A cell with too much text.
    #[error("a cell of row {row} holds more than {limit} bytes")]
    CellTooLong {
        /// The row, counted from 1.
        row: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// More sheets, cells or text altogether than a list may have.
    #[error("the list holds too much content")]
    TooMuchContent,
    /// The workbook breaks the rules of its own format.
    #[error("the workbook is damaged")]
    Damaged,
    /// The reading process ended before it was done: out of memory or of processor time.
    #[error("the reading process was stopped by its limits")]
    Stopped,
    /// The reading process took too long.
    #[error("the reading process took longer than {seconds} s")]
    TimedOut {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The reading process said something that makes no sense.
    #[error("the reading process answered out of form")]
    Garbled,
}

impl ReadFailure {
    /// The stable code, for people to name and for scripts to test.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FileTooLarge { .. } => "NK-0101",
            Self::UnknownFormat => "NK-0102",
            Self::MarkupFile => "NK-0103",
            Self::Encrypted => "NK-0104",
            Self::Macros => "NK-0105",
            Self::UnsafePackage => "NK-0106",
            Self::Unpacked => "NK-0107",
            Self::SharedStrings => "NK-0108",
            Self::DocumentType => "NK-0109",
            Self::TooManyRows { .. } => "NK-0110",
            Self::TooManyColumns { .. } => "NK-0111",
            Self::CellTooLong { .. } => "NK-0112",
            Self::TooMuchContent => "NK-0113",
            Self::Damaged => "NK-0114",
            Self::Stopped => "NK-0120",
            Self::TimedOut { .. } => "NK-0121",
            Self::Garbled => "NK-0122",
        }
    }

    /// The sentence for the clerk, in Vietnamese.
    pub fn vietnamese(&self) -> String {
        match self {
            Self::FileTooLarge { limit } => {
                format!("Tệp lớn hơn {} MB. Hãy tách danh sách thành nhiều tệp.", limit >> 20)
            }
            Self::UnknownFormat => {
                "Tệp không phải bảng tính Excel (.xlsx, .xls) hay văn bản CSV.".to_owned()
            }
            Self::MarkupFile => "Tệp là trang web hoặc XML mang đuôi bảng tính. Hãy mở bằng \
                 Excel và lưu lại thành .xlsx."
                .to_owned(),
            Self::Encrypted => "Tệp có mật khẩu. Hãy bỏ mật khẩu rồi lưu lại.".to_owned(),
            Self::Macros => "Tệp có macro. Hãy lưu lại thành .xlsx không macro.".to_owned(),
            Self::UnsafePackage => {
                "Tệp .xlsx có thành phần lạ hoặc trùng tên, không an toàn để mở.".to_owned()
            }
            Self::Unpacked => {
                "Tệp nén bất thường: giải nén ra quá lớn, không an toàn để mở.".to_owned()
            }
            Self::SharedStrings => "Tệp chứa quá nhiều chuỗi văn bản.".to_owned(),
            Self::DocumentType => {
                "Tệp .xlsx có khai báo DTD, không an toàn để mở. Hãy lưu lại bằng Excel.".to_owned()
            }
            Self::TooManyRows { row, limit } => {
                format!("Có dữ liệu ở dòng {row}, quá giới hạn {limit} dòng.")
            }
            Self::TooManyColumns { row, limit } => {
                format!("Dòng {row} có quá {limit} cột.")
            }
            Self::CellTooLong { row, limit } => {
                format!("Dòng {row} có ô dài quá {} KB; có thể thiếu dấu nháy kép.", limit >> 10)
            }
            Self::TooMuchContent => "Danh sách có quá nhiều dữ liệu. Hãy tách thành nhiều \
                 tệp."
                .to_owned(),
            Self::Damaged => {
                "Tệp hỏng hoặc sai định dạng. Hãy mở bằng Excel và lưu lại.".to_owned()
            }
            Self::Stopped => {
                "Tiến trình đọc bảng tính đã bị dừng vì vượt giới hạn bộ nhớ hoặc thời gian."
                    .to_owned()
            }
            Self::TimedOut { seconds } => format!("Đọc bảng tính quá {seconds} giây."),
            Self::Garbled => "Tiến trình đọc bảng tính trả lời sai.".to_owned(),
        }
    }
}

/// Why an import stopped before its plan was made.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file was refused.
    #[error("cannot read the list")]
    Read(#[source] ReadFailure),
    /// The file could not be opened or read from disk.
    #[error("cannot open the list")]
    Open(#[source] std::io::Error),
    /// The reading process could not be started.
    #[error("cannot start the reading process")]
    Spawn(#[source] std::io::Error),
    /// No row looks like the header of a list of persons.
    #[error("no header row was recognised")]
    NoHeader,
    /// The header was found, but no person below it.
    #[error("the list names no person")]
    NoPersons,
    /// The mapping of columns is out of form.
    #[error("the column mapping is invalid: {0}")]
    Mapping(String),
    /// The unit given for the list is not in the tree.
    #[error("unit {0} is not in the organisation tree")]
    UnknownUnit(String),
    /// The list with its errors could not be written.
    #[error("cannot write the error file")]
    ErrorFile(#[source] anyhow::Error),
}

impl ImportError {
    /// The stable code, for people to name and for scripts to test.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read(failure) => failure.code(),
            Self::Open(_) => "NK-0100",
            Self::Spawn(_) => "NK-0123",
            Self::NoHeader => "NK-0201",
            Self::NoPersons => "NK-0202",
            Self::Mapping(_) => "NK-0203",
            Self::UnknownUnit(_) => "NK-0204",
            Self::ErrorFile(_) => "NK-0301",
        }
    }

    /// The sentence for the clerk, in Vietnamese.
    pub fn vietnamese(&self) -> String {
        match self {
            Self::Read(failure) => failure.vietnamese(),
            Self::Open(_) => "Không mở được tệp danh sách.".to_owned(),
            Self::Spawn(_) => "Không khởi động được tiến trình đọc bảng tính.".to_owned(),
            Self::NoHeader => "Không nhận ra dòng tiêu đề của danh sách. Hãy chỉ cột bằng \
                 --mapping."
                .to_owned(),
            Self::NoPersons => "Danh sách không có người nào dưới dòng tiêu đề.".to_owned(),
            Self::Mapping(detail) => format!("Tệp chỉ cột (--mapping) sai: {detail}"),
            Self::UnknownUnit(unit) => format!("Không có đơn vị «{unit}» trong cây tổ chức."),
            Self::ErrorFile(_) => "Không ghi được tệp báo lỗi.".to_owned(),
        }
    }
}
