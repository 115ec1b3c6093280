//! Stories of a small province, told on hand-driven cores: no clock, socket or disk.

mod accounts;
mod changes;
mod crashes;
mod full;
mod hours;
mod late;
mod members;
mod repairs;
mod store;
mod stories;
mod world;
