//! The shell of a node: everything that touches the world.

pub mod cli;
pub mod control;
pub mod environment;
pub mod import;
pub mod link;
pub mod store;
