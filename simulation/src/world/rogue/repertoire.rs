//! One kind of evil at a time, for stories that tell what becomes of it.

use std::str::FromStr;

use anyhow::Context;
use node::environment::entropy::SplitMix64;
use protocol::{
    authoring, holding,
    parcel::{Body, Parcel},
};
use serde_bytes::ByteBuf;

use super::{Loot, arsenal, items, meta};
use crate::world::people::set;

/// Changes of an orphan flood.
const ORPHANS: usize = 60;

/// What a machine in wrong hands says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evil {
    /// Changes and saved documents of a few bytes that would take gigabytes to open.
    Bombs,
    /// Changes in the name of its superior.
    StolenName,
    /// Changes of its own in a role it has not.
    FalseRole,
    /// Dossiers of another unit.
    ForeignUnit,
    /// Changes whose predecessor never comes.
    Orphans,
    /// Bytes that are no frame, and a frame that breaks off.
    Noise,
}

/// A name that is no evil's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no evil is named {0:?}")]
pub struct UnknownEvil(String);

impl FromStr for Evil {
    type Err = UnknownEvil;

    fn from_str(name: &str) -> Result<Self, UnknownEvil> {
        Ok(match name {
            "bombs" => Self::Bombs,
            "stolen-name" => Self::StolenName,
            "false-role" => Self::FalseRole,
            "foreign-unit" => Self::ForeignUnit,
            "orphans" => Self::Orphans,
            "noise" => Self::Noise,
            _ => return Err(UnknownEvil(name.to_owned())),
        })
    }
}

impl Loot {
    /// One visit in which only this is said.
    ///
    /// # Errors
    /// When the machine holds no dossier to do it with.
    pub(super) fn only(
        &self,
        evil: Evil,
        luck: &mut SplitMix64,
    ) -> anyhow::Result<Vec<Vec<Vec<u8>>>> {
        let parcel = self.parcels.first().context("a dossier to begin with")?;
        let said = match evil {
            Evil::Bombs => bombs(parcel),
            Evil::StolenName => self.in_a_stolen_name(parcel.dossier).into_iter().collect(),
            Evil::FalseRole => self.in_a_false_role(parcel.dossier).into_iter().collect(),
            Evil::ForeignUnit => (0..3).filter_map(|_| self.of_a_foreign_unit(luck)).collect(),
            Evil::Orphans => self.orphans(parcel)?,
            Evil::Noise => {
                let whole = items(parcel);
                let half = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
                return Ok(vec![vec![b"no frame at all".to_vec()], vec![half]]);
            }
        };
        Ok(vec![said])
    }

    /// Changes of one line without its first.
    fn orphans(&self, parcel: &Parcel) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut opened =
            holding::open(&self.store, &parcel.dossier)?.context("the dossier it holds")?;
        let mut said = Vec::new();
        for number in 0..=ORPHANS {
            let edits = [set("note", &format!("mồ côi số {number}"))];
            let pen = self.pen(self.hello.node);
            let made = authoring::edit(
                &mut opened,
                &edits,
                &meta(dossier::Role::Clerk),
                pen,
                &self.crypto,
            )?;
            said.push(items(&made));
        }
        said.remove(0);
        Ok(said)
    }
}

fn bombs(parcel: &Parcel) -> Vec<Vec<u8>> {
    let all = arsenal::bombs();
    let bytes = |bomb: &Vec<u8>| ByteBuf::from(bomb.clone());
    let changes = all.changes.iter().map(|bomb| Body::Changes(vec![bytes(bomb)]));
    let saved = all.saved.iter().map(|bomb| Body::Saved(bytes(bomb)));
    changes.chain(saved).map(|body| items(&Parcel { body, ..parcel.clone() })).collect()
}
