//! Faults planted behind everybody's back, to show that a judge sees them.

use dossier::{DossierId, Hash, NodeId, Timestamp};
use node::{
    crypto::KeyCrypto,
    environment::{Clock, Entropy as _},
    home::HomeError,
    store::{Store, StoreError},
};
use protocol::{
    Command, Core, Effect, Event, Fault, Moment, Op, Records as _, Table,
    admission::{HoldReason, Outside},
    codec,
    core::OpenError,
    holding,
};

use super::disk::{NodeDisk, store_options};
use super::people::set;
use super::{Place, World};

/// What is done to a machine without telling anybody.
#[derive(Debug, Clone)]
pub enum Sabotage {
    /// Its disk goes back to this state, as if a commit had not reached it.
    LoseCommitted(NodeDisk),
    /// Its own change in a dossier counts as received by tier 3, which never said so.
    ForgeReceipt(DossierId),
    /// A node of another unit has written into a dossier it keeps.
    AdmitForeign(DossierId, Place),
    /// Its line to the superior is never mended.
    StayCut,
    /// Its audit log is tampered with.
    Tamper(Harm),
    /// More parcels lie outside a dossier than there may.
    Swell(DossierId),
}

/// What is done to an audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// A bit of an entry is flipped.
    Bend,
    /// The last entries are taken away.
    Cut,
    /// Two entries change places.
    Swap,
}

/// Why a fault could not be planted.
#[derive(Debug, thiserror::Error)]
pub enum SabotageError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The decisions that are misused.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The data directory.
    #[error(transparent)]
    Home(#[from] node::home::HomeError),
    /// There is nothing to spoil.
    #[error("the machine holds nothing to spoil")]
    Nothing,
}

impl World {
    /// A copy of a machine's disk, as [`Sabotage::LoseCommitted`] takes it.
    pub fn copy_disk(&self, place: Place) -> NodeDisk {
        self.nodes[&place].disk.copy()
    }

    /// Plants a fault; the machine is off and on again for it.
    ///
    /// # Errors
    /// [`SabotageError`].
    pub async fn sabotage(
        &mut self,
        place: Place,
        sabotage: Sabotage,
    ) -> Result<(), SabotageError> {
        if let Sabotage::StayCut = sabotage {
            self.unmended = self.nodes[&place].parent.map(|parent| (place, parent));
            self.cut_planted();
            return Ok(());
        }
        if let Some(node) = self.nodes.get_mut(&place) {
            node.end(&self.fabric).await;
        }
        match sabotage {
            Sabotage::LoseCommitted(disk) => {
                if let Some(node) = self.nodes.get_mut(&place) {
                    node.disk = disk;
                }
            }
            Sabotage::ForgeReceipt(dossier) => self.forge_receipt(place, &dossier)?,
            Sabotage::AdmitForeign(dossier, author) => {
                self.admit_foreign(place, dossier, author)?;
            }
            Sabotage::Tamper(harm) => self.tamper(place, harm)?,
            Sabotage::Swell(dossier) => self.swell(place, &dossier)?,
            Sabotage::StayCut => {}
        }
        self.start(place);
        Ok(())
    }

    fn write(&self, place: Place, ops: &[Op]) -> Result<(), SabotageError> {
        let disk = &self.nodes[&place].disk;
        let home = disk.home().map_err(HomeError::from)?;
        let vault = home.vault().map_err(HomeError::from)?;
        let mut store = Store::open(disk.seam(), &home.store(), vault, store_options())?;
        store.stage(ops)?;
        store.commit()?;
        store.close()?;
        Ok(())
    }

    fn forge_receipt(&self, place: Place, dossier: &DossierId) -> Result<(), SabotageError> {
        let store = self.nodes[&place].disk.look()?;
        let holding = holding::read_holding(&store, dossier)?.ok_or(SabotageError::Nothing)?;
        let mut ops = Vec::new();
        for line in &holding.lines {
            let mut key = vec![3];
            key.extend(dossier.as_bytes());
            key.extend(line.actor.as_bytes());
            let row = codec::encode(&(line.sequence, Hash::ZERO));
            ops.push(Op::put(Table::Acknowledgement, key, row));
        }
        drop(store);
        self.write(place, &ops)
    }

    /// Opens the decisions of one node over the key of another, and lets them edit.
    fn admit_foreign(
        &self,
        place: Place,
        dossier: DossierId,
        author: Place,
    ) -> Result<(), SabotageError> {
        let victim = &self.nodes[&place];
        let other = &self.nodes[&author].disk;
        let intruder = other.home().map_err(HomeError::from)?.resident(&*other.seam())?;
        let keeper = victim.disk.home().map_err(HomeError::from)?.resident(&*victim.disk.seam())?;
        let mut identity = keeper.to_core();
        identity.node = intruder.identity.node;
        identity.change_key = intruder.to_core().change_key;
        let crypto = KeyCrypto::new(intruder.change.clone());
        let store = victim.disk.look()?;
        let mut seed = [0; 32];
        node::environment::SeededEntropy::new(self.options.seed).fill(&mut seed);
        let moment = Moment { now: victim.clock.now(), seed };
        let mut core = Core::open(identity, crate::cores::sides(), 0, moment, &store, &crypto)?;
        let meta = protocol::envelope::Meta {
            person: "kẻ gian".to_owned(),
            role: dossier::Role::Clerk,
            basis: super::people::correction(),
            review: dossier::Review::NotRequired,
        };
        let command = Command::Edit { dossier, edits: vec![set("note", "kẻ gian ghi")], meta };
        let event = Event::Command { request: 1, command: Box::new(command) };
        let effects = core.handle(moment, event, &store, &crypto)?;
        let ops: Vec<Op> = effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Commit(ops) => Some(ops),
                _ => None,
            })
            .flatten()
            .collect();
        drop(store);
        if ops.is_empty() { Err(SabotageError::Nothing) } else { self.write(place, &ops) }
    }

    fn tamper(&self, place: Place, harm: Harm) -> Result<(), SabotageError> {
        let store = self.nodes[&place].disk.look()?;
        // Entries stand before the subtrees over them.
        let rows = store.scan(Table::Audit, &[0], None, usize::MAX)?;
        drop(store);
        let (Some(first), Some(second), true) = (rows.first(), rows.get(1), rows.len() > 4) else {
            return Err(SabotageError::Nothing);
        };
        let ops = match harm {
            Harm::Bend => {
                let mut bent = second.1.clone();
                bent[20] ^= 8;
                vec![Op::put(Table::Audit, second.0.clone(), bent)]
            }
            Harm::Cut => rows[rows.len() - 3..]
                .iter()
                .map(|(key, _)| Op::remove(Table::Audit, key.clone()))
                .collect(),
            Harm::Swap => vec![
                Op::put(Table::Audit, first.0.clone(), second.1.clone()),
                Op::put(Table::Audit, second.0.clone(), first.1.clone()),
            ],
        };
        self.write(place, &ops)
    }

    fn swell(&self, place: Place, dossier: &DossierId) -> Result<(), SabotageError> {
        let mut ops = Vec::new();
        let waits = Outside::Held(HoldReason::UnknownDossier);
        let nothing = serde_bytes::ByteBuf::new();
        let row = codec::encode(&(Timestamp::from_millis(0), None::<NodeId>, waits, nothing));
        for number in 0..=protocol::LIMITS.quarantine_per_dossier_max as u64 {
            let mut key = dossier.as_bytes().to_vec();
            key.extend(Hash::of(&number.to_be_bytes()).as_bytes());
            ops.push(Op::put(Table::Quarantine, key, row.clone()));
        }
        self.write(place, &ops)
    }
}
