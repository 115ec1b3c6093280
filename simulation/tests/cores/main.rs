//! Stories of a small province and lives of many seeds, on hand-driven cores.

mod accounts;
mod attachments;
mod begun;
mod calendar;
mod changes;
mod choices;
mod conduct;
mod crashes;
mod custody;
mod docket;
mod forks;
mod full;
mod handed;
mod hours;
mod kinds;
mod late;
mod lent;
mod lives;
mod members;
mod next;
mod notices;
mod outside;
mod reorg;
mod repairs;
mod stories;
mod taken;
