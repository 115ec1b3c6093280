//! Lists as clerks keep them, read by the real binary in its reading process.

mod import {
    pub(crate) mod bad_inputs;
    pub(crate) mod clean_lists;
    pub(crate) mod error_files;
    pub(crate) mod expected;
    pub(crate) mod faulty_list;
    pub(crate) mod other_layouts;
    pub(crate) mod support;
}
