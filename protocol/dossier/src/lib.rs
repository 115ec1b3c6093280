//! The domain of personnel dossiers (hồ sơ cán bộ, công chức, viên chức): identifiers, units, forms,
//! values, documents and the rules of the regulation.
//!
//! **Invariant:** this crate is the leaf every arrow ends at. It knows no clock, socket, disk,
//! entropy or wire format; time and identifiers are arguments.

pub mod account;
pub mod attachment;
pub mod axes;
pub mod basis;
pub mod calendar;
pub mod campaign;
pub mod catalog;
pub mod change_kind;
pub mod completeness;
pub mod conduct;
pub mod custody;
pub mod deadline;
pub mod disruption;
pub mod docket;
pub mod document;
pub mod finding;
pub mod fold;
pub mod form;
pub mod grant;
pub mod identifier;
pub mod inspection;
pub mod lookup;
pub mod obligation;
pub mod permission;
pub mod plant;
pub mod precheck;
pub mod quality;
pub mod unit;
pub mod validity;
pub mod value;

pub use basis::{LegalBasis, Review, Role};
pub use document::Document;
pub use fold::fold;
pub use identifier::{ActorId, DossierId, Hash, Incarnation, NodeId, RowId, Timestamp, UnitId};
pub use value::{Coded, Edit, FieldId, FieldPath, PartialDate, Value};
