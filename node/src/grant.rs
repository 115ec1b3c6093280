//! Rights given by document at a node: what is asked about them, what a reading rests on, what of a
//! dossier stays covered, and who opens too many.
//!
//! The law of grants is in the domain, their way through the federation in the protocol. Here they
//! meet the person who sits at this node: an act is signed in the name of her session, a reading
//! outside her reach needs the number of a document that holds for her (Điều 8.1), and what is
//! sensitive stays covered until she says to what purpose she looks (Điều 5).
//!
//! **Invariant:** what is covered has left the answer before it leaves the engine.

mod comparing;
mod cover;
mod order;
mod purpose;
mod scan;
mod watch;

use std::collections::BTreeSet;

use dossier::FieldPath;

pub use comparing::{Comparisons, Importer};
pub use cover::{COVERED, Cover, is_sensitive, is_table, is_within};
pub use order::{AlertShown, FindingShown, GrantAnswer, GrantOrder, GrantShown};
pub use purpose::{DUTY, PURPOSES, purpose};
pub use scan::{is_sensitive_scan, sections_of};
pub(crate) use watch::HOUR_MS;
pub use watch::{COPIES_PER_HOUR, OPENED_PER_HOUR, Watch};

/// On what a reading rests, and what of the dossier it opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// Number of the consent or mission, where one was needed.
    pub document: Option<String>,
    /// Only these sections; `None` for the whole form.
    pub sections: Option<BTreeSet<String>>,
    /// The place whose history is read.
    pub place: Option<FieldPath>,
    /// Whether a file is read that shows what is sensitive.
    pub uncovers: bool,
}

impl Passage {
    /// Whether all of these sections are opened.
    pub fn opens(&self, sections: &BTreeSet<String>) -> bool {
        self.sections.as_ref().is_none_or(|opened| sections.is_subset(opened))
    }
}
