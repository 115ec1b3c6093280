//! Campaigns of declarations and requests to named dossiers (Điều 9.2 b).
//!
//! Once a year a body asks the persons of its units for the supplement to their phiếu; at any time it
//! may ask some of them. Who has answered is computed from the phiếu that were submitted. Acts are
//! signed records; together they are a set that only grows.
//!
//! **Invariant:** what a campaign comes to does not depend on the order its acts came in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::permission::{Action, Actor, Authority, Granted, authorize};
use crate::unit::UnitTree;
use crate::{DossierId, Hash, NodeId, PartialDate, Role, Timestamp, UnitId};

/// Units of one campaign.
pub const UNITS_MAX: usize = 256;
/// Dossiers of one request.
pub const DOSSIERS_MAX: usize = 500;
/// Campaigns of one unit that are kept.
pub const CAMPAIGNS_MAX: usize = 1_024;
/// Reminders of one campaign that are kept.
pub const REMINDERS_MAX: usize = 64;
/// The longest title, text or name, in bytes.
pub const TEXT_MAX: usize = 512;

/// What is asked, of whom, until when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// What it is called, or why it is asked.
    pub title: String,
    /// The year of the supplement; `None` for a request at another time.
    pub year: Option<i16>,
    /// The units whose dossiers are asked for, each with all below it.
    pub units: BTreeSet<UnitId>,
    /// Only these dossiers; empty for all of the units.
    pub dossiers: BTreeSet<DossierId>,
    /// The last day to answer.
    pub due_on: PartialDate,
    /// Who entered it.
    pub by: String,
}

/// Logs name no persons.
impl std::fmt::Debug for Campaign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Campaign({:?}, {} dossiers)", self.units, self.dossiers.len())
    }
}

/// An act on campaigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CampaignAct {
    /// Opens one.
    Open(Campaign),
    /// Reminds those who have not answered.
    Remind {
        /// Which.
        campaign: Hash,
        /// What is said beside it.
        text: String,
        /// Who entered it.
        by: String,
    },
    /// Closes it: what is submitted later answers it no more in time.
    Close {
        /// Which.
        campaign: Hash,
        /// Who entered it.
        by: String,
    },
}

impl CampaignAct {
    /// The campaign it follows on; `None` for an opening.
    pub fn campaign(&self) -> Option<Hash> {
        match self {
            Self::Open(_) => None,
            Self::Remind { campaign, .. } | Self::Close { campaign, .. } => Some(*campaign),
        }
    }

    /// Names who enters it, whatever stood there.
    pub fn set_by(&mut self, person: String) {
        match self {
            Self::Open(Campaign { by, .. }) | Self::Remind { by, .. } | Self::Close { by, .. } => {
                *by = person;
            }
        }
    }
}

/// Why an act on campaigns is not taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum CampaignFault {
    /// A text is missing or too long, or the day is no whole day.
    #[error("text_or_day")]
    TextOrDay,
    /// No unit is named, or too many.
    #[error("units")]
    Units,
    /// Too many dossiers are named.
    #[error("dossiers")]
    Dossiers,
    /// A unit that is not known or not below the body that asks.
    #[error("not_below")]
    NotBelow,
    /// The campaign is not known here yet.
    #[error("unknown_campaign")]
    UnknownCampaign,
    /// Another body opened it.
    #[error("foreign")]
    Foreign,
    /// More are kept of one unit, or of one campaign, than there may be.
    #[error("too_many")]
    TooMany,
}

impl CampaignFault {
    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::TextOrDay => "Tên đợt trống hoặc quá dài, hoặc hạn không phải một ngày.",
            Self::Units => "Phải nêu đơn vị của đợt kê khai, không quá 256.",
            Self::Dossiers => "Yêu cầu nêu quá 500 hồ sơ.",
            Self::NotBelow => "Chỉ mở được đợt cho đơn vị mình và đơn vị cấp dưới (Điều 9.2 b).",
            Self::UnknownCampaign => "Máy này không biết đợt kê khai đó.",
            Self::Foreign => "Đợt kê khai do cơ quan khác mở.",
            Self::TooMany => "Có quá nhiều đợt, hoặc quá nhiều lần nhắc.",
        }
    }
}

/// A campaign with what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The unit that opened it.
    pub unit: UnitId,
    /// When.
    pub at: Timestamp,
    /// What is asked.
    pub campaign: Campaign,
    /// Reminders by their ids: when, and what was said.
    pub reminders: BTreeMap<Hash, (Timestamp, String)>,
    /// When it was closed: the earliest, where it was closed more than once.
    pub closed: Option<Timestamp>,
}

impl Kept {
    /// Whether it asks for a dossier of a unit.
    pub fn asks(&self, dossier: &DossierId, unit: &UnitId, tree: &UnitTree) -> bool {
        let named = &self.campaign.dossiers;
        let below = self.campaign.units.iter().any(|it| tree.is_within(unit, it));
        if named.is_empty() { below } else { below && named.contains(dossier) }
    }
}

/// The campaigns that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campaigns(BTreeMap<Hash, Kept>);

impl Campaigns {
    /// A campaign by the id of its opening.
    pub fn get(&self, id: &Hash) -> Option<&Kept> {
        self.0.get(id)
    }

    /// All with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Kept)> {
        self.0.iter()
    }

    /// Judges an act that the node of `unit` signed.
    ///
    /// # Errors
    /// [`CampaignFault`].
    pub fn judge(
        &self,
        act: &CampaignAct,
        node: NodeId,
        unit: &UnitId,
        tree: &UnitTree,
    ) -> Result<(), CampaignFault> {
        match act {
            CampaignAct::Open(campaign) => {
                check(campaign)?;
                let (unit, person) = (unit.clone(), campaign.by.clone());
                // What the person's role gives was asked where she signed in.
                let actor = Actor { node, unit, role: Role::Approver, person };
                let below = |it: &UnitId| tree.get(it).is_some() && may_ask(&actor, it, tree);
                if campaign.units.iter().all(below) { Ok(()) } else { Err(CampaignFault::NotBelow) }
            }
            CampaignAct::Remind { campaign, text, by } => {
                if text.len() > TEXT_MAX || by.len() > TEXT_MAX {
                    return Err(CampaignFault::TextOrDay);
                }
                self.owned(campaign, unit)
            }
            CampaignAct::Close { campaign, by } => {
                if by.len() > TEXT_MAX {
                    return Err(CampaignFault::TextOrDay);
                }
                self.owned(campaign, unit)
            }
        }
    }

    fn owned(&self, id: &Hash, unit: &UnitId) -> Result<(), CampaignFault> {
        let kept = self.0.get(id).ok_or(CampaignFault::UnknownCampaign)?;
        if kept.unit == *unit { Ok(()) } else { Err(CampaignFault::Foreign) }
    }

    /// Takes an act that was judged, or that comes from the own store.
    ///
    /// # Errors
    /// [`CampaignFault`]; everything is then as before.
    pub fn apply(
        &mut self,
        id: Hash,
        unit: &UnitId,
        at: Timestamp,
        act: &CampaignAct,
    ) -> Result<(), CampaignFault> {
        match act {
            CampaignAct::Open(campaign) => {
                check(campaign)?;
                let own = self.0.values().filter(|kept| kept.unit == *unit).count();
                if own >= CAMPAIGNS_MAX && !self.0.contains_key(&id) {
                    return Err(CampaignFault::TooMany);
                }
                let (unit, campaign) = (unit.clone(), campaign.clone());
                let reminders = BTreeMap::new();
                let kept = Kept { unit, at, campaign, reminders, closed: None };
                self.0.entry(id).or_insert(kept);
            }
            CampaignAct::Remind { campaign, text, .. } => {
                self.owned(campaign, unit)?;
                let kept = self.0.get_mut(campaign).ok_or(CampaignFault::UnknownCampaign)?;
                if kept.reminders.len() >= REMINDERS_MAX && !kept.reminders.contains_key(&id) {
                    return Err(CampaignFault::TooMany);
                }
                kept.reminders.insert(id, (at, text.clone()));
            }
            CampaignAct::Close { campaign, .. } => {
                self.owned(campaign, unit)?;
                let kept = self.0.get_mut(campaign).ok_or(CampaignFault::UnknownCampaign)?;
                kept.closed = Some(kept.closed.map_or(at, |known| known.min(at)));
            }
        }
        Ok(())
    }
}

/// Whether somebody may ask the persons of a unit (Điều 9.2 b).
pub fn may_ask(actor: &Actor, unit: &UnitId, tree: &UnitTree) -> bool {
    let authority = Authority {
        tree,
        custodian: Some(unit),
        allow_optional_holders: false,
        granted: &Granted::NOTHING,
    };
    authorize(&Action::RunCampaign, actor, &authority).is_ok()
}

/// What can be known without the tree.
fn check(campaign: &Campaign) -> Result<(), CampaignFault> {
    let Campaign { title, units, dossiers, due_on, by, .. } = campaign;
    let texts = [title, by].iter().all(|text| !text.trim().is_empty() && text.len() <= TEXT_MAX);
    if !texts || due_on.civil().is_none() {
        Err(CampaignFault::TextOrDay)
    } else if units.is_empty() || units.len() > UNITS_MAX {
        Err(CampaignFault::Units)
    } else if dossiers.len() > DOSSIERS_MAX {
        Err(CampaignFault::Dossiers)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
