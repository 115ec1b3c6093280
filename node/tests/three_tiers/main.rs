//! Three real nodes in one process.

mod addresses;
mod archived;
mod attachments;
mod audit;
mod browser;
mod consented;
mod copies;
mod custody;
mod granted;
mod handed_over;
mod late;
mod late_paper;
mod looked_up;
mod outside;
mod outside_forged;
mod pages;
mod persons;
mod put_back;
mod renewal;
mod revoked;
mod searching;
mod stage;
mod story;
mod taken;
mod tree;
mod upkeep;
