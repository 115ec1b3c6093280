//! What the tests of the product share: the repository as files, and golden files.
//!
//! **Invariant:** nothing here knows how the product works; the tests beside it do.

pub mod golden;
pub mod repository;
