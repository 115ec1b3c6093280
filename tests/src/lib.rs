//! What the tests of the product share: the repository as files, golden files, and a province of
//! real processes.

pub mod binary;
pub mod golden;
pub mod machine;
pub mod patience;
pub mod province;
pub mod repository;
