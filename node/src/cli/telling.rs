//! What people read of a node's answers, for rooms that tell a story with them.

pub use super::dossier::reason;
pub use super::status::{incident_text as incident, lines as status};
pub use super::sync::compared;
pub use super::words::{level, value};
