//! Import of lists.

pub mod child;
pub mod error;
pub mod legacy;
pub mod limits;
pub mod reader;
pub mod sheet;
