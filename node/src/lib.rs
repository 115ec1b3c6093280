//! The shell of a node: everything that touches the world.
//!
//! **Invariant:** nothing here decides about a dossier. Decisions are `protocol`'s, the shell
//! carries, stores and shows.

pub mod abroad;
pub mod account;
pub mod attachment;
pub mod audit;
pub mod backup;
pub mod calendar;
pub mod cli;
pub mod control;
pub mod crypto;
pub mod demo;
pub mod engine;
pub mod enrolment;
pub mod environment;
pub mod errand;
pub mod grant;
pub mod home;
pub mod import;
pub mod link;
pub mod node;
pub mod office;
pub mod proof;
pub mod province;
pub mod seal;
pub mod search;
pub mod store;
pub mod survey;
pub mod tls_time;
pub mod web;
