//! The province in one process, and benchmarks, on the production code.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`world`] | real nodes on simulated seams, people and faults, on virtual time |
//! | [`cores`] | layer 1: hand-driven cores, thousands of seeds in seconds |
//! | [`custody`] | the custody machines, walked: loss, restores, rogues, every rule judged |
//! | [`checker`] | the judges: what must hold at every moment, and once all has settled |
//! | [`hazards`] | the kinds of bad luck a life may have |
//! | [`run`] | `simulate run`: one seed, one life of a province |
//! | [`plant`] | `simulate faults`: faults planted in the product, and who finds them |
//! | [`report`] | `simulate report`: one run as a page with pictures |
//! | [`scenario`] | `simulate scenario`: stories as text, acts and answers |
//! | [`bench`] | benchmarks, with the dossiers of [`workload`] |

mod abreast;
pub mod bench;
pub mod checker;
pub mod cores;
pub mod custody;
pub mod hazards;
pub mod plant;
pub mod report;
pub mod run;
pub mod scenario;
pub mod workload;
pub mod world;
