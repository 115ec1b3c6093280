//! Three real nodes in one process.

mod addresses;
mod attachments;
mod audit;
mod consented;
mod copies;
mod custody;
mod granted;
mod late;
mod late_paper;
mod persons;
mod renewal;
mod searching;
mod stage;
mod story;
mod tree;
mod upkeep;
