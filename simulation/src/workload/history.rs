//! The hundred changes of one dossier.
//!
//! One lays out the structure, eight fill the groups of fields, six half of each table; the others
//! append rows, edit a cell or edit one to three fields, over ten years. What is entered first
//! rests on the import of a list, what follows on the person's yearly declaration; the bodies above
//! correct.

use std::collections::BTreeMap;

use dossier::{
    Edit, Hash, LegalBasis, PartialDate, Review, Role, RowId, Timestamp, document::EditError,
};
use node::environment::entropy::SplitMix64;
use protocol::{
    Crypto, PublicKey, Signature,
    authoring::{self, AuthoringError, Pen},
    envelope::{Meta, sign},
    holding::Opened,
};

use super::cast::{Cast, LEAF};
use super::values::{GROUP_FIELDS, GROUPS, TABLES, cell_value, column, field, field_value, row};
use super::{AUTHORS, DEVICES, SEED, dossier_id};

/// Changes after the layout, the groups and the tables.
const LATER: u64 = 85;
const FORM: &str = "2c-bnv-2008";
/// 1 January 2016.
const BEGIN_MS: i64 = 1_451_606_400_000;
/// 100 changes in ten years.
const STEP_MS: i64 = 3_155_760_000;

/// Writes the `index`-th dossier with its whole history.
///
/// # Errors
/// An edit that the document refuses.
pub fn compose(index: u64, cast: &Cast) -> Result<Opened, AuthoringError> {
    let numbers = SplitMix64::new(SEED ^ index.wrapping_mul(0xD6E8_FEB8_6659_FD93));
    let mut writer = Writer { index, cast, numbers, made: 0, rows: Default::default() };
    let mut opened = writer.begin()?;
    for group in 0..GROUPS {
        let places = group * GROUP_FIELDS..(group + 1) * GROUP_FIELDS;
        let edits = places.map(|place| writer.set(place)).collect();
        writer.make(&mut opened, edits)?;
    }
    for (table, (_, _, full)) in TABLES.into_iter().enumerate() {
        let edits = (0..full / 2).map(|_| writer.append(table)).collect();
        writer.make(&mut opened, edits)?;
    }
    for _ in 0..LATER {
        loop {
            let edits = writer.later();
            match writer.make(&mut opened, edits) {
                Err(AuthoringError::Edit(EditError::Unchanged)) => {}
                made => break made?,
            }
        }
    }
    for line in &mut opened.holding.lines {
        let member = cast.members.iter().find(|member| member.node == line.author.node);
        let key = &member.expect("the cast has written it").change_key;
        line.signature = sign(&line.tip, key);
    }
    Ok(opened)
}

/// The edits of the one change that a changed dossier gets: two fields and a new row of pay.
pub fn mutation(index: u64) -> Vec<Edit> {
    let mut numbers = SplitMix64::new(SEED ^ 0x77 ^ index.wrapping_mul(0xD6E8_FEB8_6659_FD93));
    let mut edits = Vec::new();
    for place in [numbers.below(5), 10 + numbers.below(5)] {
        edits.push(Edit::Set { field: field(place), value: field_value(place, &mut numbers) });
    }
    edits.push(put_row(2, row(&mut numbers), &mut numbers));
    edits
}

/// On what the change of [`mutation`] rests, made at `place`: a unit enters what its people declare,
/// the bodies above correct.
pub fn mutation_meta(place: usize) -> Meta {
    let basis = if place == LEAF { declared(2026) } else { correction() };
    meta(place as u64, basis)
}

fn correction() -> LegalBasis {
    LegalBasis::Correction { reason: "đối chiếu hồ sơ giấy".to_owned() }
}

fn meta(device: u64, basis: LegalBasis) -> Meta {
    let person = format!("u{device:05}");
    Meta { person, role: Role::Clerk, basis, review: Review::NotRequired }
}

fn declared(year: i16) -> LegalBasis {
    let signed_on = PartialDate::day(year, 6, 30).expect("a day");
    LegalBasis::Declaration { signed_on }
}

fn put_row(table: usize, row: RowId, numbers: &mut SplitMix64) -> Edit {
    let (name, columns, _) = TABLES[table];
    let cells = (0..columns).map(|place| (column(place), cell_value(place, numbers)));
    Edit::PutRow { table: name.to_owned(), row, cells: cells.collect() }
}

/// Leaves the signature out: of each line only the newest travels, and it is made at the end.
struct Unsigned;

impl Crypto for Unsigned {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        false
    }

    fn sign(&self, _: &[u8]) -> Signature {
        Signature::from_bytes([0; 64])
    }
}

struct Writer<'a> {
    index: u64,
    cast: &'a Cast,
    numbers: SplitMix64,
    made: i64,
    rows: [Vec<RowId>; TABLES.len()],
}

impl Writer<'_> {
    fn begin(&mut self) -> Result<Opened, AuthoringError> {
        // Who keeps a dossier opens it.
        let (device, pen) = loop {
            let drawn = self.pen();
            if self.is_keeper(drawn.0) {
                break drawn;
            }
        };
        let member = self.cast.device(device).0;
        let keeper = self.cast.members[LEAF].unit.clone();
        let (id, basis) = (dossier_id(self.index), self.basis(device));
        let meta = meta(device, basis);
        self.made += 1;
        authoring::create(id, keeper, FORM, &[], &meta, pen, &member.change_key)
            .map(|(opened, _)| opened)
    }

    fn make(&mut self, opened: &mut Opened, edits: Vec<Edit>) -> Result<(), AuthoringError> {
        let (device, pen) = self.pen();
        let meta = meta(device, self.basis(device));
        authoring::edit(opened, &edits, &meta, pen, &Unsigned)?;
        self.made += 1;
        Ok(())
    }

    fn pen(&mut self) -> (u64, Pen) {
        let turn = self.numbers.below(AUTHORS);
        let device = (7 * self.index + 13 * turn) % DEVICES;
        let (member, author) = self.cast.device(device);
        let at = Timestamp::from_millis(BEGIN_MS + self.made * STEP_MS);
        (device, Pen { author, key: member.change_key.public(), at })
    }

    fn is_keeper(&self, device: u64) -> bool {
        self.cast.device(device).0.node == self.cast.members[LEAF].node
    }

    fn basis(&self, device: u64) -> LegalBasis {
        if !self.is_keeper(device) {
            // The bodies above correct.
            correction()
        } else if self.made < 15 {
            let row = u32::try_from(self.index + 2).unwrap_or(u32::MAX);
            let list = "danh-sach-ban-dau.xlsx".to_owned();
            LegalBasis::Import { list, file: Hash::of(b"list"), row }
        } else {
            declared(2016 + (self.made / 10) as i16)
        }
    }

    fn set(&mut self, place: u64) -> Edit {
        Edit::Set { field: field(place), value: field_value(place, &mut self.numbers) }
    }

    fn append(&mut self, table: usize) -> Edit {
        let key = row(&mut self.numbers);
        self.rows[table].push(key);
        put_row(table, key, &mut self.numbers)
    }

    fn later(&mut self) -> Vec<Edit> {
        let die = self.numbers.below(100);
        let table = self.numbers.below(TABLES.len() as u64) as usize;
        let (name, columns, full) = TABLES[table];
        if die < 25 && self.rows[table].len() < full {
            vec![self.append(table)]
        } else if (25..40).contains(&die) {
            let place = self.numbers.below(self.rows[table].len() as u64) as usize;
            let cell = self.numbers.below(columns);
            let value = cell_value(cell, &mut self.numbers);
            let cells = BTreeMap::from([(column(cell), value)]);
            vec![Edit::PutRow { table: name.to_owned(), row: self.rows[table][place], cells }]
        } else {
            let count = 1 + self.numbers.below(3);
            (0..count)
                .map(|_| {
                    let place = self.numbers.below(GROUPS * GROUP_FIELDS);
                    self.set(place)
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier::Document;
    use protocol::parcel::Body;

    #[test]
    fn a_dossier_has_a_hundred_changes_of_four_authors_and_stands_every_check() {
        let cast = Cast::new().expect("a cast");
        let opened = compose(3, &cast).expect("composed");
        assert_eq!((opened.holding.changes, opened.holding.lines.len()), (100, 4));
        let Body::Saved(saved) = opened.compact().body else { panic!("not whole") };
        let document = Document::load_foreign(&saved).expect("a foreign document");
        assert_eq!(document.heads(), opened.holding.heads);
        assert!((4_500..8_000).contains(&saved.len()), "{} bytes", saved.len());
        let again = compose(3, &cast).expect("composed").compact();
        assert_eq!(again, opened.compact(), "equal numbers give equal bytes");
    }
}
