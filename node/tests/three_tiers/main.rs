//! Three real nodes in one process.

mod addresses;
mod attachments;
mod audit;
mod copies;
mod granted;
mod late;
mod late_paper;
mod renewal;
mod stage;
mod story;
mod tree;
