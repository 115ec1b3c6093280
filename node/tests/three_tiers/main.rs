//! Three real nodes in one process.

mod renewal;
mod stage;
mod story;
