//! What befalls machines, disks, clocks and lines, and what tier 3 decides.

use node::cli::CliError;
use node::control::Response;
use node::environment::entropy::SplitMix64;

use super::theatre::{Theatre, unit};
use super::words::{ScriptError, Words};
use crate::world::{Evil, Place, Quality};

impl Theatre {
    pub(super) async fn mishap(
        &mut self,
        verb: &str,
        words: &mut Words,
    ) -> Result<Vec<String>, ScriptError> {
        if matches!(verb, "cut" | "mend" | "hold" | "line") {
            return self.line(verb, words);
        }
        if matches!(verb, "revoke" | "retire" | "replace" | "move") {
            return self.decide(verb, words).await;
        }
        let place = self.machine(&words.next("a machine")?)?;
        let mut said = Vec::new();
        match verb {
            "power-cut" => self.world()?.power_cut(place, 1).await,
            "off" => self.world()?.switch_off(place).await,
            "on" => {
                if let Err(error) = self.world()?.switch_on(place) {
                    said.push(format!("không mở được: {error}"));
                }
            }
            "disk" => self.disk(place, words)?,
            "clock" => self.clock(place, words)?,
            "backup" => {
                words.must("as")?;
                let copy = self.stage()?.copy_disk(place);
                self.backups.insert(words.next("a name")?, (place, copy));
            }
            "restore" => {
                words.must("from")?;
                let name = words.next("a backup")?;
                let backup = self.backups.get(&name).filter(|(of, _)| *of == place);
                let (_, disk) =
                    backup.cloned().ok_or(ScriptError::Unknown { kind: "backup", name })?;
                self.world()?.put_back(place, &disk).await;
            }
            "clone" => {
                let woke = self.world()?.wake_copy(place);
                said.push(if woke { "bản sao chạy" } else { "bản sao không mở được" }.to_owned());
            }
            "end-clone" => self.world()?.end_copy(place).await,
            "rogue" => {
                words.must("says")?;
                let evil: Evil = words.next("an evil")?.parse().map_err(anyhow::Error::new)?;
                self.world()?.fall(place, evil).await?;
            }
            "end-rogue" => self.world()?.free(place).await,
            _ => return Err(ScriptError::Unknown { kind: "act", name: verb.to_owned() }),
        }
        Ok(said)
    }

    fn line(&mut self, verb: &str, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        let from = self.machine(&words.next("a machine")?)?;
        let one_way = words.take("->");
        if !one_way {
            words.must("-")?;
        }
        let to = self.machine(&words.next("a machine")?)?;
        let fabric = self.stage()?.fabric();
        if verb == "line" {
            fabric.set_quality(from, to, Some(quality(words)?));
            return Ok(Vec::new());
        }
        let back = (!one_way).then_some((to, from));
        for (from, to) in [(from, to)].into_iter().chain(back) {
            match verb {
                "hold" => fabric.set_held(from, to, true),
                "cut" => fabric.set_cut(from, to, true),
                _ => {
                    fabric.set_cut(from, to, false);
                    fabric.set_held(from, to, false);
                    fabric.set_quality(from, to, None);
                }
            }
        }
        Ok(Vec::new())
    }

    fn disk(&mut self, place: Place, words: &mut Words) -> Result<(), ScriptError> {
        let Some(node) = self.stage()?.machine(place) else { return Ok(()) };
        let disk = &node.disk;
        match words.next("a fault of disks")?.as_str() {
            "room" => disk.fill(words.number()?),
            "free" => disk.raw().set_capacity(None),
            "fail-sync" => disk.raw().fail_sync_after(0),
            "stop-after" => disk.raw().stop_after(words.number()?),
            "flip" => {
                if !disk.flip_bit(&mut SplitMix64::new(1)) {
                    return Err(ScriptError::OutOfPlace);
                }
            }
            name => {
                return Err(ScriptError::Unknown { kind: "fault of disks", name: name.to_owned() });
            }
        }
        Ok(())
    }

    fn clock(&mut self, place: Place, words: &mut Words) -> Result<(), ScriptError> {
        let Some(node) = self.stage()?.machine(place) else { return Ok(()) };
        let clock = &node.clock;
        let way = words.next("ahead, behind or right")?;
        match way.as_str() {
            "right" => clock.correct(),
            "ahead" | "behind" => {
                let ms = i64::try_from(words.time()?).map_err(anyhow::Error::from)?;
                clock.disturb(if way == "ahead" { ms } else { -ms }, 0);
            }
            _ => return Err(ScriptError::Unknown { kind: "way of clocks", name: way }),
        }
        Ok(())
    }

    async fn decide(&mut self, verb: &str, words: &mut Words) -> Result<Vec<String>, ScriptError> {
        let name = words.next("a machine")?;
        let place = self.machine(&name)?;
        let unit = unit(&name)?;
        let response = match verb {
            "retire" => {
                self.world()?.retire(place).await;
                return Ok(Vec::new());
            }
            "replace" => {
                self.world()?.replace(place).await?;
                return Ok(vec![format!("{name} có máy mới")]);
            }
            "revoke" => {
                let why = words.next("why")?;
                self.world()?.revoke(&unit, &why).await
            }
            _ => {
                words.must("under")?;
                let above = self.machine(&words.next("a machine")?)?;
                self.world()?.move_unit(&unit, above).await?
            }
        };
        Ok(match response {
            Some(Response::Revoked { .. }) => vec![format!("{name} bị thu hồi")],
            Some(Response::NextTree(report)) => {
                vec![format!("Cây đơn vị bản {} đã ban hành", report.version)]
            }
            Some(Response::Refused(refused)) => {
                CliError::from(refused).to_string().lines().map(str::to_owned).collect()
            }
            _ => vec!["Máy không trả lời.".to_owned()],
        })
    }
}

fn quality(words: &mut Words) -> Result<Quality, ScriptError> {
    let mut quality = Quality::GOOD;
    let mut said = 0;
    loop {
        if words.take("delay") {
            quality.delay_us = words.number()?.saturating_mul(1_000);
        } else if words.take("loss") {
            quality.loss_ppm = words.number()?;
        } else if words.take("twice") {
            quality.twice_ppm = words.number()?;
        } else if words.take("late") {
            quality.late_ppm = words.number()?;
        } else if said > 0 {
            return Ok(quality);
        } else {
            return Err(ScriptError::Wanted {
                wanted: "delay, loss, twice or late",
                found: String::new(),
            });
        }
        said += 1;
    }
}
