//! Three real nodes in one process.

mod addresses;
mod renewal;
mod stage;
mod story;
mod tree;
