//! What an operation may do, as [`check`](super::super::check) says it, place by place.

use super::super::encoding;
use super::{Authorship, DELETE, MAKE_MAP, Operation, SET};

/// What the place being read is.
#[derive(Clone, Copy)]
enum Ground {
    Root,
    Field,
    RowKey,
    Cell { made_at: u32 },
    Removed { made_at: u32 },
}

/// The counters of the root's operations, and the maps that two of them make.
const ID: u32 = 1;
const FORM: u32 = 2;
const SCHEMA: u32 = 3;
pub(super) const FIELDS: u32 = 4;
pub(super) const TABLES: u32 = 5;

const NULL: u64 = 0;
const FALSE: u64 = 1;
const TRUE: u64 = 2;
const INTEGER: u64 = 4;
const TEXT: u64 = 6;
const BYTES: u64 = 7;

/// The rules at the place being read.
pub(super) struct Rules<'a, 'b> {
    authorship: &'b Authorship,
    ground: Ground,
    /// The last row whose table was looked up.
    row: Option<(u32, &'a str)>,
}

impl<'a, 'b> Rules<'a, 'b> {
    pub(super) fn new(authorship: &'b Authorship) -> Self {
        Self { authorship, ground: Ground::Root, row: None }
    }

    /// Comes to a place whose map was made by `object`; maps stand after the operations that make
    /// them.
    ///
    /// `made` tells an operation that was checked before.
    pub(super) fn enter(
        &mut self,
        object: u32,
        key: &str,
        made: impl FnOnce(u32) -> Option<Operation<'a>>,
    ) -> Option<()> {
        self.ground = match object {
            0 => Ground::Root,
            FIELDS => {
                encoding::is_single(key).then_some(())?;
                Ground::Field
            }
            TABLES => {
                encoding::parse_row_key(key)?;
                Ground::RowKey
            }
            made_at => {
                let table = self.table(made_at, made)?;
                if key == encoding::REMOVED {
                    Ground::Removed { made_at }
                } else {
                    encoding::is_column(table, key).then_some(())?;
                    Ground::Cell { made_at }
                }
            }
        };
        Some(())
    }

    fn table(
        &mut self,
        made_at: u32,
        made: impl FnOnce(u32) -> Option<Operation<'a>>,
    ) -> Option<&'a str> {
        if let Some((_, table)) = self.row.filter(|(known, _)| *known == made_at) {
            return Some(table);
        }
        let maker = made(made_at)?;
        if maker.object != TABLES || maker.action != MAKE_MAP {
            return None;
        }
        let (table, _) = encoding::parse_row_key(maker.key)?;
        self.row = Some((made_at, table));
        Some(table)
    }

    /// Checks an operation at the place come to.
    pub(super) fn check(&self, counter: u32, one: &Operation<'_>) -> Option<()> {
        let kind = one.meta & 15;
        let allowed = match self.ground {
            Ground::Root => self.lays(counter, one),
            // Emptied by null; what deletes a field settles values that met.
            Ground::Field => one.action == SET && (kind == NULL || scalar(kind, one.value)),
            Ground::RowKey => one.action == MAKE_MAP && one.meta == 0 && one.overwrites == 0,
            Ground::Cell { made_at } => {
                made_at < counter
                    && (one.action == DELETE || (one.action == SET && scalar(kind, one.value)))
            }
            Ground::Removed { made_at } => {
                made_at < counter && (one.action == DELETE || (one.action == SET && kind == TRUE))
            }
        };
        allowed.then_some(())
    }

    /// The five operations that lay out the root, by the first change.
    fn lays(&self, counter: u32, one: &Operation<'_>) -> bool {
        let first = self.authorship.changes.first().is_some_and(|change| counter <= change.last);
        let kind = one.meta & 15;
        let text = || std::str::from_utf8(one.value).unwrap_or_default();
        first
            && one.overwrites == 0
            && match (counter, one.key) {
                (ID, encoding::ID) => one.action == SET && kind == BYTES && one.value.len() == 16,
                (FORM, encoding::FORM) => {
                    one.action == SET && kind == TEXT && encoding::is_form(text())
                }
                (SCHEMA, encoding::SCHEMA) => {
                    let version = crate::precheck::signed(one.value);
                    one.action == SET
                        && kind == INTEGER
                        && version == Some(encoding::SCHEMA_VERSION)
                }
                (FIELDS, encoding::FIELDS) | (TABLES, encoding::TABLES) => {
                    one.action == MAKE_MAP && one.meta == 0
                }
                _ => false,
            }
    }
}

fn scalar(kind: u64, bytes: &[u8]) -> bool {
    match kind {
        FALSE | TRUE | INTEGER => true,
        TEXT => std::str::from_utf8(bytes).is_ok_and(|text| encoding::check_spelling(text).is_ok()),
        _ => false,
    }
}
