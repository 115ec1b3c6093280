//! Stories of a small province, told on hand-driven cores: no clock, socket or disk.

mod stories;
mod world;
