//! The clerk's pages: a node's screens in the browsers of its own machine.
//!
//! The listener answers on loopback alone; work from other machines of the office needs TLS with a
//! certificate of the province, which this room does not speak, so settings that ask for another
//! address are refused. Every page asks the node what the command line asks it, through the same
//! handler and in the session of the person who signed in, so that what she may do is decided where
//! it always is. Nothing of a dossier is decided or kept here.
//!
//! **Invariants:** nothing is answered to a foreign `Host`, and nothing is changed for a foreign
//! origin; only `POST` changes anything; a page that shows a person's data is never cached; the
//! session's token never leaves the process.

mod answer;
mod basis;
mod crowd;
mod dossiers;
mod editing;
mod guard;
mod home;
mod inputs;
mod listener;
mod marked;
mod proposing;
mod purpose;
mod reviews;
mod routes;
mod searching;
mod shown;
mod sign_in;
mod sitting;
mod transfers;
mod visit;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use dossier::calendar::{Calendar, Decisions};
use dossier::deadline;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::account::Rules;
use crate::cli::shared::Library;
use crate::environment::Environment;
use crate::node::Desk;
use sitting::Sittings;

pub use listener::Listener;

/// Pages that are made at once; the next ones wait.
const PAGES_AT_ONCE: usize = 16;

/// What every page is made with.
struct House {
    desk: Desk,
    environment: Environment,
    deadlines: deadline::Profile,
    sittings: Sittings,
    /// What a browser may call this listener.
    hosts: BTreeSet<String>,
    /// Name of the cookie; browsers tell hosts apart by name, not by port.
    cookie: String,
    runtime: Handle,
    pages: Arc<Semaphore>,
    /// Form, catalogs and units, with the version of the units.
    library: Mutex<Option<(u64, Arc<Library>)>>,
    /// The calendar in force, with the decisions it follows.
    calendar: Mutex<Option<(Decisions, Arc<Calendar>)>>,
}

impl House {
    fn new(
        desk: Desk,
        environment: Environment,
        deadlines: deadline::Profile,
        rules: Rules,
        address: SocketAddr,
    ) -> Self {
        let port = address.port();
        let hosts = [address.to_string(), format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Self {
            desk,
            sittings: Sittings::new(rules, Arc::clone(&environment.entropy)),
            environment,
            deadlines,
            hosts: hosts.into_iter().collect(),
            cookie: format!("hoso-{port}"),
            runtime: Handle::current(),
            pages: Arc::new(Semaphore::new(PAGES_AT_ONCE)),
            library: Mutex::default(),
            calendar: Mutex::default(),
        }
    }
}
