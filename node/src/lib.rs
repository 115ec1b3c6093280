//! The shell of a node: everything that touches the world.

pub mod environment;
pub mod store;
