//! What the pages share with the command line: how the node is asked, what values are measured
//! against, and the words people read. The verbs themselves stay the command line's own.

pub(crate) use super::ask::Asker;
pub(crate) use super::basis::{IN_SESSION, date};
pub(crate) use super::calendar::Book;
pub(crate) use super::custody::ask as ask_custody;
pub(crate) use super::dossier::asked::{Sign, criterion};
pub(crate) use super::dossier::search::born;
pub(crate) use super::dossier::{place, review, status_name};
pub(crate) use super::entry::{Measured, NEW_ROW, Typed, measure};
pub(crate) use super::error::CliError;
pub(crate) use super::library::Library;
pub(crate) use super::outage::known as disruptions;
pub(crate) use super::status::{lines as status_lines, refusal, verdict, waiting};
pub(crate) use super::survey::{Survey, owed};
pub(crate) use super::sync::compared;
pub(crate) use super::{obligations, transfer, words};
