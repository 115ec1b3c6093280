//! Every format that is stored or sent, pinned byte for byte.
//!
//! Each test makes a value from fixed keys, compares it with the golden file, reads the file's
//! bytes back and encodes them again.

mod golden {
    mod abroad;
    mod archive;
    mod attachments;
    mod audit;
    mod calendar;
    mod conduct;
    mod copy;
    mod custody;
    mod docket;
    mod fixtures;
    mod frames;
    mod journal;
    mod late;
    mod notices;
    mod papers;
    mod records;
    mod seal;
    mod twin;
}
