//! Where a story is played: its cast, the names it gives to things, what is said aloud.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    DossierId, UnitId,
    unit::{Holding, Tier, Unit, UnitTree},
    validity::Validity,
};
use protocol::{Answer, Command};

use super::words::{ScriptError, Words};
use crate::world::{Place, World, disk::NodeDisk};

/// The province, root of every tree.
const PROVINCE: &str = "hoabinh";

/// Somewhere a person can sit: at a machine, or at the copy of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Desk {
    pub(super) place: Place,
    pub(super) copy: bool,
}

/// A story being played.
#[derive(Debug, Default)]
pub(super) struct Theatre {
    cast: Vec<(UnitId, Option<UnitId>)>,
    world: Option<World>,
    pub(super) dossiers: BTreeMap<String, DossierId>,
    pub(super) backups: BTreeMap<String, (Place, NodeDisk)>,
    up: BTreeSet<Place>,
    told: usize,
    /// Expectations that did not hold, and broken promises.
    pub(super) failures: Vec<String>,
}

impl Theatre {
    /// Plays one act; what is to be read below it.
    pub(super) async fn perform(&mut self, act: &str) -> Result<Vec<String>, ScriptError> {
        let mut words = Words::read(act)?;
        let verb = words.next("an act")?;
        let mut said = match verb.as_str() {
            "node" => self.cast_machine(&mut words)?,
            "found" => self.found(&mut words).await?,
            "rest" => {
                let ms = words.time()?;
                self.world()?.rest(ms).await;
                Vec::new()
            }
            "expect" => self.expect(act, &mut words).await?,
            "judge" => self.judge().await?,
            "create" | "creates" | "edit" | "edits" | "row" | "drop-row" | "show" | "history"
            | "status" | "sync" | "incidents" | "outside" => self.office(&verb, &mut words).await?,
            _ => self.mishap(&verb, &mut words).await?,
        };
        words.end()?;
        said.extend(self.news());
        Ok(said.iter().map(|line| self.plain(line)).collect())
    }

    pub(super) fn world(&mut self) -> Result<&mut World, ScriptError> {
        self.world.as_mut().ok_or(ScriptError::OutOfPlace)
    }

    pub(super) fn stage(&self) -> Result<&World, ScriptError> {
        self.world.as_ref().ok_or(ScriptError::OutOfPlace)
    }

    fn cast_machine(&mut self, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        if self.world.is_some() {
            return Err(ScriptError::OutOfPlace);
        }
        let unit = unit(&words.next("a unit")?)?;
        let above = if words.take("under") { Some(unit_of(words)?) } else { None };
        if above.is_none() != self.cast.is_empty() {
            return Err(ScriptError::Wanted { wanted: "under", found: unit.to_string() });
        }
        self.cast.push((unit, above));
        Ok(Vec::new())
    }

    async fn found(&mut self, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        let seed = words.number().unwrap_or(1);
        let units: Vec<UnitId> = self.cast.iter().map(|(unit, _)| unit.clone()).collect();
        self.world = Some(World::stage(seed, self.tree()?, units).await?);
        self.world()?.rest(60_000).await;
        Ok(Vec::new())
    }

    fn tree(&self) -> Result<UnitTree, ScriptError> {
        let mut tiers: BTreeMap<&UnitId, Tier> = BTreeMap::new();
        let mut units = vec![body(&unit(PROVINCE)?, None, Tier::Province)];
        for (unit, above) in &self.cast {
            let tier = match above {
                None => Tier::Three,
                Some(above) if tiers.get(above) == Some(&Tier::Three) => Tier::Two,
                Some(above) if tiers.get(above) == Some(&Tier::Two) => Tier::One,
                Some(above) => {
                    return Err(ScriptError::Unknown { kind: "superior", name: above.to_string() });
                }
            };
            tiers.insert(unit, tier);
            let above = above.clone().unwrap_or(PROVINCE.parse().map_err(anyhow::Error::from)?);
            units.push(body(unit, Some(above), tier));
        }
        UnitTree::new(units).map_err(|error| ScriptError::World(error.into()))
    }

    /// The machine of this name.
    pub(super) fn machine(&self, name: &str) -> Result<Place, ScriptError> {
        let unknown = || ScriptError::Unknown { kind: "machine", name: name.to_owned() };
        self.stage()?.place_of(&unit(name)?).ok_or_else(unknown)
    }

    /// The desk of this name.
    pub(super) fn desk(&self, name: &str) -> Result<Desk, ScriptError> {
        let original = name.strip_prefix("copy-of-");
        let place = self.machine(original.unwrap_or(name))?;
        Ok(Desk { place, copy: original.is_some() })
    }

    pub(super) fn dossier(&self, name: &str) -> Result<DossierId, ScriptError> {
        let unknown = || ScriptError::Unknown { kind: "dossier", name: name.to_owned() };
        self.dossiers.get(name).copied().ok_or_else(unknown)
    }

    /// Asks the node at a desk; `None` when it does not answer.
    pub(super) async fn ask(
        &self,
        desk: Desk,
        command: Command,
    ) -> Result<Option<Answer>, ScriptError> {
        let world = self.stage()?;
        let node = if desk.copy { world.copy_of(desk.place) } else { world.machine(desk.place) };
        match node {
            Some(node) => Ok(node.command(command).await),
            None => Ok(None),
        }
    }

    async fn judge(&mut self) -> Result<Vec<String>, ScriptError> {
        let world = self.world()?;
        world.heal_and_settle().await;
        let (edits, broken) = (world.testimony().count(), world.violations().len());
        Ok(if broken == 0 {
            vec![format!("{edits} lần ghi được đối chiếu; các trọng tài không có gì để nói.")]
        } else {
            Vec::new()
        })
    }

    /// Machines that went off or came up, and what judges said.
    fn news(&mut self) -> Vec<String> {
        let Some(world) = &self.world else { return Vec::new() };
        let up: BTreeSet<Place> =
            world.nodes().filter(|node| node.is_up()).map(|node| node.place).collect();
        let name = |place: &Place| world.machine(*place).map(|node| node.unit.to_string());
        let went = self.up.difference(&up).filter_map(name).map(|name| format!("{name} tắt"));
        let mut news: Vec<String> = went.collect();
        if self.up.is_empty() {
            news.push(format!("{} máy đã chạy", up.len()));
        } else {
            let came = up.difference(&self.up).filter_map(name);
            news.extend(came.map(|name| format!("{name} chạy")));
        }
        for violation in world.violations().iter().skip(self.told) {
            let words = format!("trọng tài {}: {}", violation.judge, violation.words);
            self.failures.push(self.plain(&words));
            news.push(words);
        }
        self.told = world.violations().len();
        self.up = up;
        news
    }

    /// A line with the story's own names, and days where the moment is of no matter.
    pub(super) fn plain(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (name, id) in &self.dossiers {
            line = line.replace(&id.to_string(), name);
        }
        for (node, unit) in self.world.iter().flat_map(World::members) {
            line = line.replace(&node.to_string(), unit.as_str());
        }
        let line = match line.find("; nghe lúc ") {
            Some(end) => {
                let after = line[end..].find("; đồng hồ").map(|at| line[end + at..].to_owned());
                line[..end].to_owned() + &after.unwrap_or_default()
            }
            None => line,
        };
        without_minutes(&line)
    }
}

/// Cuts the minute off every `dd/mm/yyyy hh:mm`: it depends on luck with lines, the day does not.
fn without_minutes(line: &str) -> String {
    const SHAPE: &[u8] = b"00/00/0000 00:00";
    let bytes = line.as_bytes();
    let fits = |at: usize| {
        bytes.get(at..at + SHAPE.len()).is_some_and(|part| {
            part.iter().zip(SHAPE).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                mark => byte == mark,
            })
        })
    };
    let mut plain = String::new();
    let mut from = 0;
    for at in 0..bytes.len() {
        if at >= from && fits(at) {
            plain.push_str(&line[from..at + 10]);
            from = at + SHAPE.len();
        }
    }
    plain + &line[from..]
}

/// Equal lines once, with their number.
pub(super) fn counted(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for line in lines {
        match counts.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => counts.push((line, 1)),
        }
    }
    let tell = |(line, count)| if count == 1 { line } else { format!("{count} × {line}") };
    counts.into_iter().map(tell).collect()
}

pub(super) fn unit(name: &str) -> Result<UnitId, ScriptError> {
    name.parse().map_err(|_| ScriptError::Unknown { kind: "unit", name: name.to_owned() })
}

fn unit_of(words: &mut Words) -> Result<UnitId, ScriptError> {
    unit(&words.next("a unit")?)
}

fn body(id: &UnitId, parent: Option<UnitId>, tier: Tier) -> Unit {
    let keeps = matches!(tier, Tier::One | Tier::Two);
    Unit {
        id: id.clone(),
        parent,
        tier,
        name: id.to_string(),
        kind: "don_vi".to_owned(),
        holds_dossiers: if keeps { Holding::Yes } else { Holding::No },
        validity: Validity::default(),
        successor: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_left_out_and_days_kept() {
        assert_eq!(without_minutes("lúc 05/01/2026 08:00: giống"), "lúc 05/01/2026: giống");
        assert_eq!(without_minutes("ngày 05/01/2026"), "ngày 05/01/2026");
    }

    #[test]
    fn equal_lines_are_counted() {
        let lines = ["a", "b", "a"].map(str::to_owned);
        assert_eq!(counted(lines), ["2 × a", "b"]);
    }
}
