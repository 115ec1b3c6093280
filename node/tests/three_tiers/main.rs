//! Three real nodes in one process.

mod addresses;
mod late;
mod late_paper;
mod renewal;
mod stage;
mod story;
mod tree;
