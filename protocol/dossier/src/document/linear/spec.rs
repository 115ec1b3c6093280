//! The columns of the format, by their specifications: a column's id in the upper bits, its type in
//! the lower three.

// Of a change in a saved document.
pub(super) const AUTHOR: u32 = 1;
pub(super) const SEQ: u32 = 3;
pub(super) const MAX_OP: u32 = 19;
pub(super) const TIME: u32 = 35;
pub(super) const MESSAGE: u32 = 53;
pub(super) const DEPS_COUNT: u32 = 64;
pub(super) const DEPS: u32 = 67;
pub(super) const NOTE_META: u32 = 86;

// Of an operation, in a saved document and in a change.
pub(super) const OBJECT_ACTOR: u32 = 1;
pub(super) const OBJECT_COUNTER: u32 = 2;
pub(super) const KEY_ACTOR: u32 = 17;
pub(super) const KEY_COUNTER: u32 = 19;
pub(super) const KEY: u32 = 21;
pub(super) const INSERT: u32 = 52;
pub(super) const ACTION: u32 = 66;
pub(super) const VALUE_META: u32 = 86;
pub(super) const VALUE: u32 = 87;
pub(super) const EXPAND: u32 = 148;
pub(super) const MARK: u32 = 165;

// In a saved document alone: who made it, and what overwrites it.
pub(super) const ID_ACTOR: u32 = 33;
pub(super) const ID_COUNTER: u32 = 35;
pub(super) const SUCC_COUNT: u32 = 128;
pub(super) const SUCC_ACTOR: u32 = 129;
pub(super) const SUCC_COUNTER: u32 = 131;

// In a change alone: what it overwrites.
pub(super) const PRED_COUNT: u32 = 112;
pub(super) const PRED_ACTOR: u32 = 113;
pub(super) const PRED_COUNTER: u32 = 115;
