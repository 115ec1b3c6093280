//! The story, act by act: what is done to the nodes, and what must be seen of it.
//!
//! **Invariants:** every figure told was asked of a node; every acknowledgement that a node gave
//! the demonstration is kept in [`Kept`], and looked for at the end.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use dossier::{
    DossierId, Edit, FieldPath, Hash, LegalBasis, PartialDate, Review, Role, UnitId, Value,
};
use protocol::{
    core::{DossierShown, Entry, ListRow},
    envelope::Meta,
};

use super::{
    Narrator,
    import::{DISTRICT_LIST, Entered, OLD_LIST, Reader, send},
    province::{CENTRE, COMMUNE, DISTRICT, HOSPITAL, Province, TOP, unit},
    words,
};
use crate::environment::entropy::SplitMix64;
use crate::import::ImportPlan;

/// What nodes have acknowledged to the demonstration.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Dossiers, with the units whose nodes opened them: one change each, their first.
    pub(super) entered: BTreeMap<DossierId, UnitId>,
    /// Dossiers that were handed over, with the units that keep them since.
    pub(super) moved: BTreeMap<DossierId, UnitId>,
    /// Edits, in order.
    pub(super) edits: Vec<KeptEdit>,
}

/// An edit that a node acknowledged.
#[derive(Debug)]
pub(super) struct KeptEdit {
    pub(super) dossier: DossierId,
    /// The unit whose node made it.
    pub(super) author: UnitId,
    pub(super) path: FieldPath,
    pub(super) change: Hash,
}

impl Kept {
    pub(super) fn enter(&mut self, entered: &[Entered]) {
        for (id, custodian, _) in entered {
            self.entered.insert(*id, custodian.clone());
        }
    }

    /// The unit that keeps a dossier.
    pub(super) fn custodian(&self, id: &DossierId) -> Option<&UnitId> {
        self.moved.get(id).or_else(|| self.entered.get(id))
    }

    /// The dossiers of all acknowledged changes, with the unit whose node made each.
    pub(super) fn written(&self) -> impl Iterator<Item = (&DossierId, &UnitId)> {
        self.entered.iter().chain(self.edits.iter().map(|edit| (&edit.dossier, &edit.author)))
    }
}

/// The plans of the lists, made while the province is founded.
pub(super) struct Plans {
    pub(super) reader: Reader,
    pub(super) district: ImportPlan,
    pub(super) teachers: ImportPlan,
    pub(super) old: ImportPlan,
}

/// A story in the telling.
pub(super) struct Story<'a> {
    pub(super) province: &'a mut Province,
    pub(super) plans: &'a Plans,
    pub(super) narrator: Narrator,
    pub(super) dice: SplitMix64,
    pub(super) kept: Kept,
    /// The dossier of the conflict, once there is one.
    pub(super) disputed: Option<ListRow>,
}

/// Names of new persons; they are nobody's.
const NAMES: [&str; 10] = [
    "Bùi Thị Hạnh",
    "Đinh Công Sơn",
    "Quách Văn Lâm",
    "Hà Thị Duyên",
    "Xa Văn Thủy",
    "Lường Thị Mơ",
    "Bàn Văn Phúc",
    "Nguyễn Thị Thu Hà",
    "Trần Quốc Việt",
    "Phùng Thị Nga",
];
const VILLAGES: [&str; 5] = ["Xóm Phổn", "Xóm Bon", "Xóm Thùng Lùng", "Xóm Náy", "Xóm Tre"];
const JOBS: [&str; 3] = ["Địa chính - Xây dựng", "Tư pháp - Hộ tịch", "Văn phòng - Thống kê"];
const COMMUNE_POSTS: [&str; 2] = ["Công chức Văn hóa - Xã hội", "Công chức Tài chính - Kế toán"];
const DISTRICT_POSTS: [&str; 2] = ["Phó Chủ tịch UBND xã", "Chủ tịch Hội Nông dân xã"];

/// New dossiers that a health unit opens.
const OPENED: usize = 5;

impl Story<'_> {
    /// Chooses one of some things.
    pub(super) fn choose<T: Clone>(&mut self, among: &[T]) -> anyhow::Result<T> {
        let place = self.dice.below(among.len() as u64);
        let place = usize::try_from(place).unwrap_or_default();
        among.get(place).cloned().context("there is nothing to choose from")
    }

    /// Chooses a text that tier 3 does not read in a field already: an edit must change something.
    fn choose_other(
        &mut self,
        person: &ListRow,
        field: &str,
        among: &[String],
    ) -> anyhow::Result<String> {
        let shown = self.province.show(&unit(TOP), person.dossier)?;
        let present = field_text(&shown, field);
        let other = among.iter().filter(|text| present.as_ref() != Some(*text));
        self.choose(&other.cloned().collect::<Vec<_>>())
    }

    pub(super) fn now(&self) -> i64 {
        self.province.environment.clock.now().as_millis()
    }

    pub(super) fn name(&self, id: &str) -> String {
        self.province.name(&unit(id))
    }

    /// Tells all acts; an error says what did not come about.
    pub(super) fn tell(&mut self) -> anyhow::Result<()> {
        self.import_lists()?;
        self.edit_at_the_commune()?;
        let row = self.edit_apart()?;
        self.meet_again(&row)?;
        self.kill_while_importing()?;
        self.hand_over()?;
        self.revoke()
    }

    fn import_lists(&mut self) -> anyhow::Result<()> {
        self.narrator.say(&words::act(2, words::ACT_IMPORT));
        let (old, district) = (&self.plans.old, &self.plans.district);
        let (people, findings) = (old.people.len(), old.findings.len());
        let place = self.name(OLD_LIST.unit);
        self.narrator.say_within(&words::dry_run(OLD_LIST.name, people, findings, &place));

        let importer = unit(DISTRICT);
        let with_node = self.province.with_node();
        let entries = self.plans.reader.entries(district, &importer, &with_node, "Hà Văn Tuấn");
        ensure!(entries.len() == district.people.len(), "có người trong danh sách bị giữ lại");
        let (own, below): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.unit == importer);
        self.enter_list(DISTRICT_LIST.name, &importer, &own)?;
        self.enter_below(DISTRICT_LIST.name, below)?;
        for place in [HOSPITAL, CENTRE] {
            self.open_dossiers(&unit(place))?;
        }
        let expected = self.kept.entered.len() as u64;
        self.wait_for_dossiers(&unit(TOP), expected)?;
        let top = self.name(TOP);
        self.narrator.say_within(&words::arrived(expected, &top));
        Ok(())
    }

    fn open_dossiers(&mut self, place: &UnitId) -> anyhow::Result<()> {
        let mut entries = Vec::with_capacity(OPENED);
        for _ in 0..OPENED {
            let set = |field: &str, value| -> anyhow::Result<Edit> {
                Ok(Edit::Set { field: field.parse()?, value })
            };
            let name = Value::Text(self.choose(&NAMES)?.to_owned());
            let born = PartialDate::year(1965 + i16::try_from(self.dice.below(35))?)?;
            let edits = vec![set("full_name", name)?, set("birth_date", Value::Date(born))?];
            let meta = self.declared("Xa Thị Hiền")?;
            entries.push(Entry { key: None, unit: place.clone(), edits, meta });
        }
        self.enter(place, &entries)?;
        self.narrator.say_within(&words::opened(OPENED, &self.province.name(place)));
        Ok(())
    }

    fn enter_list(&mut self, list: &str, at: &UnitId, entries: &[Entry]) -> anyhow::Result<()> {
        self.enter(at, entries)?;
        self.narrator.say_within(&words::entered(list, entries.len(), &self.province.name(at)));
        Ok(())
    }

    /// Units with a node of their own enter their part of a list themselves (Điều 9).
    pub(super) fn enter_below(&mut self, list: &str, entries: Vec<Entry>) -> anyhow::Result<()> {
        let mut parts: BTreeMap<UnitId, Vec<Entry>> = BTreeMap::new();
        for mut entry in entries {
            entry.meta.person = "Lường Văn Thắng".to_owned();
            parts.entry(entry.unit.clone()).or_default().push(entry);
        }
        parts.iter().try_for_each(|(unit, part)| self.enter_list(list, unit, part))
    }

    fn enter(&mut self, at: &UnitId, entries: &[Entry]) -> anyhow::Result<()> {
        let kept = &mut self.kept;
        send(&self.province.data_dir(at), entries, |entered| kept.enter(&entered))
    }

    /// Waits until a node holds so many dossiers.
    pub(super) fn wait_for_dossiers(&self, at: &UnitId, expected: u64) -> anyhow::Result<()> {
        self.province.until(&format!("{expected} hồ sơ ở {at}"), || {
            Ok((self.province.status(at)?.totals.dossiers == expected).then_some(()))
        })
    }

    fn edit_at_the_commune(&mut self) -> anyhow::Result<()> {
        self.narrator.say(&words::act(3, words::ACT_EDIT));
        let (commune, top) = (unit(COMMUNE), unit(TOP));
        let expected = self.kept.entered.values().filter(|unit| **unit == commune).count();
        self.wait_for_dossiers(&commune, expected as u64)?;
        let people = self.province.list(&commune)?;
        let person = self.choose(&people)?;
        let addresses =
            VILLAGES.map(|village| format!("{village}, xã Tân Pheo, huyện Đà Bắc, tỉnh Hòa Bình"));
        let text = self.choose_other(&person, "current_address", &addresses)?;
        let began = self.now();
        let meta = self.declared("Lường Văn Thắng")?;
        let edit = self.edit(COMMUNE, &person, "current_address", &text, meta)?;
        let province = &*self.province;
        province.until("xác nhận của cấp 2 và cấp 3", || {
            let history = province.history(&commune, edit.0, &edit.1)?;
            let held = history
                .iter()
                .filter_map(|write| write.provenance.as_ref())
                .any(|by| by.change == edit.2 && by.held_above == [true, true]);
            Ok(held.then_some(()))
        })?;
        let took = self.now() - began;
        let names = [COMMUNE, DISTRICT, TOP].map(|id| self.name(id));
        self.narrator.say_within(&words::levels(&names[0], &names[1], &names[2], took));
        let shown = self.province.show(&top, person.dossier)?;
        let read = field_text(&shown, "current_address");
        ensure!(read.as_deref() == Some(&text), "cấp 3 đọc được giá trị khác");
        self.narrator.say_within(&words::read_above(&names[2], &text));
        Ok(())
    }

    fn edit_apart(&mut self) -> anyhow::Result<ListRow> {
        self.narrator.say(&words::act(4, words::ACT_OFFLINE));
        let commune = unit(COMMUNE);
        self.province.stop(&commune)?;
        self.province.start_alone(&commune)?;
        let name = self.name(COMMUNE);
        self.narrator.say_within(&words::alone(&name));
        let people = self.province.list(&commune)?;
        let person = self.choose(&people)?;
        let phone = format!("0999{:06}", self.dice.below(1_000_000));
        let job = self.choose_other(&person, "main_job", &JOBS.map(str::to_owned))?;
        let declared = self.declared("Lường Văn Thắng")?;
        self.edit(COMMUNE, &person, "phone", &phone, declared)?;
        let corrected = self.corrected("Hà Văn Tuấn", "UBND huyện Đà Bắc");
        self.edit(DISTRICT, &person, "main_job", &job, corrected)?;
        let post = self.choose_other(&person, "main_post", &COMMUNE_POSTS.map(str::to_owned))?;
        let decided = self.decided("Lường Văn Thắng", "UBND xã Tân Pheo")?;
        self.edit(COMMUNE, &person, "main_post", &post, decided)?;
        let post = self.choose_other(&person, "main_post", &DISTRICT_POSTS.map(str::to_owned))?;
        let corrected = self.corrected("Hà Văn Tuấn", "UBND huyện Đà Bắc");
        self.edit(DISTRICT, &person, "main_post", &post, corrected)?;
        let totals = self.province.status(&commune)?.totals;
        ensure!(totals.own_tier3 < totals.own, "máy mất mạng mà vẫn gửi được");
        self.narrator.say_within(&words::waiting(&name, totals.own, totals.own_tier3));
        Ok(person)
    }

    fn meet_again(&mut self, person: &ListRow) -> anyhow::Result<()> {
        self.narrator.say(&words::act(5, words::ACT_BACK));
        let commune = unit(COMMUNE);
        self.province.stop(&commune)?;
        self.province.start(&commune)?;
        self.province.wait_until_connected(&commune)?;
        let holders = self.province.holders(&commune);
        let (province, kept) = (&*self.province, &self.kept.edits);
        let edits = || kept.iter().filter(|edit| edit.dossier == person.dossier);
        let shown = province.until("hai bên gộp xong ở mọi máy", || {
            let mut seen: Vec<DossierShown> = Vec::new();
            for holder in &holders {
                seen.push(province.show(holder, person.dossier)?);
                for edit in edits() {
                    let history = province.history(holder, edit.dossier, &edit.path)?;
                    let by = history.iter().filter_map(|write| write.provenance.as_ref());
                    if !by.into_iter().any(|by| by.change == edit.change) {
                        return Ok(None);
                    }
                }
            }
            let first = seen.pop();
            let equal = |one: &DossierShown| seen.iter().all(|other| other.digest == one.digest);
            Ok(first.filter(equal))
        })?;
        self.narrator.say_within(&words::merged(["phone", "main_job"], holders.len()));
        let [conflict] = shown.conflicts.as_slice() else {
            anyhow::bail!("đợi đúng một mâu thuẫn, thấy {}", shown.conflicts.len());
        };
        ensure!(conflict.candidates.len() == 2, "mâu thuẫn không đủ hai bản");
        let field = conflict.path.field.as_str();
        self.narrator.say_within(&words::conflict(field, &person.name));
        for candidate in &conflict.candidates {
            let unit = candidate.provenance.as_ref().and_then(|by| by.unit.as_ref());
            let unit = unit.map_or_else(String::new, |unit| self.province.name(unit));
            self.narrator.say_within(&format!("  {}", words::side(candidate, &unit)));
        }
        self.disputed = Some(person.clone());
        Ok(())
    }

    /// Edits a text field at a node, tells it, and keeps the acknowledged change.
    fn edit(
        &mut self,
        at: &str,
        person: &ListRow,
        field: &str,
        text: &str,
        meta: Meta,
    ) -> anyhow::Result<(DossierId, FieldPath, Hash)> {
        let path = FieldPath { field: field.parse()?, row: None };
        let value = Value::Text(text.to_owned());
        let edit = Edit::Set { field: path.field.clone(), value };
        let change = self.province.edit(&unit(at), person.dossier, edit, meta)?;
        let (dossier, author) = (person.dossier, unit(at));
        self.kept.edits.push(KeptEdit { dossier, author, path: path.clone(), change });
        self.narrator.say_within(&words::edited(&self.name(at), &person.name, field, text));
        Ok((dossier, path, change))
    }

    fn today(&self) -> anyhow::Result<PartialDate> {
        let now = jiff::Timestamp::from_millisecond(self.now())?;
        let day = now.to_zoned(words::vietnam()).date();
        Ok(PartialDate::day(day.year(), day.month().cast_unsigned(), day.day().cast_unsigned())?)
    }

    /// A clerk enters what the person declared and signed today.
    fn declared(&self, clerk: &str) -> anyhow::Result<Meta> {
        Ok(clerk_on(clerk, LegalBasis::Declaration { signed_on: self.today()? }))
    }

    /// A clerk enters a decision of today.
    pub(super) fn decided(&mut self, clerk: &str, issuer: &str) -> anyhow::Result<Meta> {
        let number = format!("{}/QĐ-UBND", 100 + self.dice.below(900));
        let basis = LegalBasis::Decision {
            issuer: issuer.to_owned(),
            number,
            signed_on: self.today()?,
            effective_on: None,
            scan: None,
        };
        Ok(clerk_on(clerk, basis))
    }

    /// The body above corrects what a unit below it keeps, for a stated reason (Điều 7.2).
    fn corrected(&mut self, clerk: &str, issuer: &str) -> Meta {
        let number = format!("{}/QĐ-UBND", 100 + self.dice.below(900));
        let reason = format!("Đối chiếu quyết định {number} của {issuer}");
        clerk_on(clerk, LegalBasis::Correction { reason })
    }
}

fn clerk_on(clerk: &str, basis: LegalBasis) -> Meta {
    let review = Review::NotRequired;
    Meta { person: clerk.to_owned(), role: Role::Clerk, basis, review }
}

fn field_text(shown: &DossierShown, field: &str) -> Option<String> {
    let found = shown.fields.iter().find(|shown| shown.path.field.as_str() == field)?;
    Some(words::value(Some(&found.value)))
}
