//! A tier-1 machine in wrong hands: a genuine certificate and key, and everything but good will.
//!
//! It speaks the link's own framing and a correct HELLO, so that it stands where an honest node
//! stands, and then says what it must not: bombs, broken parcels, dossiers of others, changes in
//! another's name, changes in a role it has not, noise.

mod arsenal;
mod repertoire;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use certs::{Door, RevokedKeys, TlsIdentity};
use dossier::{DossierId, NodeId, Role, UnitId};
use node::{
    crypto::KeyCrypto,
    environment::{Clock, entropy::SplitMix64},
    home::Resident,
    link::{Link, LinkEvent, PeerTls},
    store::Store,
    tls_time::TlsTime,
};
use protocol::{
    Core, Moment,
    authoring::{self, Pen},
    envelope::{Author, Meta},
    holding,
    parcel::{Body, Parcel},
    wire::{Frame, Hello, Item, PROTOCOL_VERSION},
};
use serde_bytes::ByteBuf;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::network::{Fabric, Group, PEER_PORT, Place, address};
use super::node::{SimulatedNode, link_limits};
use super::people::correction;
use crate::checker::holdings;
use arsenal::Arsenal;
pub use repertoire::Evil;

/// Time between two things it says.
const PAUSE: Duration = Duration::from_secs(20);

/// A rogue at work.
#[derive(Debug)]
pub(super) struct Rogue {
    group: Group,
}

/// What it knows and holds.
struct Loot {
    hello: Hello,
    crypto: KeyCrypto,
    resident: Resident,
    superior: NodeId,
    superior_unit: UnitId,
    foreign: UnitId,
    parcels: Vec<Parcel>,
    store: Store,
}

impl Rogue {
    /// Takes over a machine whose node is stopped; it says everything it knows, or `only` one thing.
    ///
    /// # Errors
    /// When its disk holds no node that could be taken over.
    pub(super) fn begin(
        node: &SimulatedNode,
        fabric: &Fabric,
        seed: u64,
        only: Option<Evil>,
    ) -> anyhow::Result<Self> {
        let mut luck = SplitMix64::new(seed);
        let loot = Loot::take(node, &mut luck)?;
        let parent = address(node.parent.context("a rogue of tier 1")?, PEER_PORT);
        let group = Group::default();
        let environment = node.environment(fabric, &group);
        let door = Door {
            province: loot.resident.file.province.clone(),
            root: loot.resident.root.clone(),
            revoked: Arc::new(RevokedKeys::default()),
            clock: Arc::new(TlsTime::new(environment.clock)),
        };
        let own =
            TlsIdentity { chain: loot.resident.chain.clone(), key: loot.resident.tls.clone() };
        let tls = PeerTls::new(&door, &own)?;
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&luck.next_u64().to_le_bytes());
        let (link, events) = Link::open(&*environment.network, tls, None, link_limits(), secret)?;
        let visits = match only {
            None => loot.inventory(&mut luck),
            Some(evil) => loot.only(evil, &mut luck)?,
        };
        group.spawn(async move {
            let mut events = events;
            for evil in &visits {
                link.dial(parent, loot.superior_unit.clone());
                haunt(&link, &mut events, &loot.hello, evil).await;
                sleep(PAUSE).await;
            }
        });
        Ok(Self { group })
    }

    /// Takes the machine away from it.
    pub(super) async fn end(self, fabric: &Fabric, place: Place) {
        fabric.silence(place);
        self.group.abort().await;
    }
}

/// One visit: HELLO, then everything it has to say, as long as it is let.
async fn haunt(
    link: &Link,
    events: &mut mpsc::Receiver<LinkEvent>,
    hello: &Hello,
    evil: &[Vec<u8>],
) {
    let opened = timeout(PAUSE, events.recv()).await;
    let Ok(Some(LinkEvent::Opened { conn, .. })) = opened else { return };
    let mut said = vec![Frame::Hello(hello.clone()).encode()];
    said.extend(evil.iter().cloned());
    for frame in said {
        if link.send(conn, Bytes::from(frame)).is_err() {
            return;
        }
        let until = tokio::time::Instant::now() + PAUSE;
        while let Ok(heard) = tokio::time::timeout_at(until, events.recv()).await {
            match heard {
                Some(LinkEvent::Closed { .. }) | None => return,
                Some(_) => {}
            }
        }
    }
    link.close(conn, node::link::CloseCode::DONE, "enough");
    sleep(Duration::from_secs(1)).await;
    while events.try_recv().is_ok() {}
}

impl Loot {
    fn take(node: &SimulatedNode, luck: &mut SplitMix64) -> anyhow::Result<Self> {
        let disk = node.disk.copy();
        let resident = disk.home()?.resident(&*disk.seam())?;
        let store = node.disk.look()?;
        let crypto = KeyCrypto::new(resident.change.clone());
        let now = node.clock.now();
        let moment = Moment { now, seed: [1; 32] };
        let core =
            Core::open(resident.to_core(), crate::cores::sides(), 0, moment, &store, &crypto)?;
        let hello = Hello {
            version: PROTOCOL_VERSION,
            node: core.identity().node,
            unit: core.identity().unit.clone(),
            incarnation: core.incarnation(),
            boot: luck.next_u64(),
            members: core.members().number(),
            tree: core.tree().version,
            cursor: None,
            at: now,
        };
        let tree = &core.tree().tree;
        let above = tree.parent(&node.unit).context("a superior unit")?.id.clone();
        let superior = core.members().active_for(&above).context("a superior")?.node;
        let others = tree.units().filter(|unit| unit.tier == node.tier && unit.id != node.unit);
        let foreign = others.map(|unit| unit.id.clone()).next().context("another unit")?;
        let mut parcels = Vec::new();
        for (id, _) in holdings(&store)?.into_iter().take(3) {
            parcels.extend(holding::open(&store, &id)?.map(|opened| opened.compact()));
        }
        let superior_unit = above;
        Ok(Self { hello, crypto, resident, superior, superior_unit, foreign, parcels, store })
    }

    /// Everything it is going to say, visit by visit, encoded.
    fn inventory(&self, luck: &mut SplitMix64) -> Vec<Vec<Vec<u8>>> {
        let mut frames: Vec<Vec<u8>> = Vec::new();
        let Arsenal { changes: bombs, saved } = arsenal::bombs();
        for parcel in &self.parcels {
            let bomb = &bombs[luck.below(bombs.len() as u64) as usize];
            let body = Body::Changes(vec![ByteBuf::from(bomb.clone())]);
            frames.push(items(&Parcel { body, ..parcel.clone() }));
            let bomb = saved[luck.below(saved.len() as u64) as usize].clone();
            frames
                .push(items(&Parcel { body: Body::Saved(ByteBuf::from(bomb)), ..parcel.clone() }));
            frames.extend(self.in_a_stolen_name(parcel.dossier));
            frames.extend(self.in_a_false_role(parcel.dossier));
        }
        for _ in 0..protocol::LIMITS.strikes_max {
            frames.extend(self.of_a_foreign_unit(luck));
        }
        for end in (1..frames.len()).rev() {
            frames.swap(end, luck.below(end as u64 + 1) as usize);
        }
        let honest = self.parcels.first().map(items).unwrap_or_default();
        let half = honest.iter().take(honest.len() / 2 + 1).copied().collect();
        vec![frames.clone(), vec![b"no frame at all".to_vec()], frames, vec![half]]
    }

    fn written(&self, dossier: DossierId, node: NodeId, role: Role) -> Option<Vec<u8>> {
        let mut opened = holding::open(&self.store, &dossier).ok()??;
        let edits = [super::people::set("note", "kẻ gian ghi")];
        let parcel =
            authoring::edit(&mut opened, &edits, &meta(role), self.pen(node), &self.crypto);
        parcel.ok().map(|parcel| items(&parcel))
    }

    fn in_a_stolen_name(&self, dossier: DossierId) -> Option<Vec<u8>> {
        self.written(dossier, self.superior, Role::Clerk)
    }

    fn in_a_false_role(&self, dossier: DossierId) -> Option<Vec<u8>> {
        self.written(dossier, self.hello.node, Role::Administrator)
    }

    fn of_a_foreign_unit(&self, luck: &mut SplitMix64) -> Option<Vec<u8>> {
        let mut id = [7; 16];
        id[..8].copy_from_slice(&luck.next_u64().to_le_bytes());
        let (id, unit) = (DossierId::from_bytes(id), self.foreign.clone());
        let edits = [super::people::set("full_name", "người không có thật")];
        let pen = self.pen(self.hello.node);
        let meta = meta(Role::Clerk);
        let made = authoring::create(id, unit, "2c-bnv-2008", &edits, &meta, pen, &self.crypto);
        made.ok().map(|(_, parcel)| items(&parcel))
    }

    fn pen(&self, node: NodeId) -> Pen {
        let author = Author { node, incarnation: self.hello.incarnation, epoch: 0 };
        Pen { author, key: self.crypto.public(), at: self.hello.at }
    }
}

fn meta(role: Role) -> Meta {
    Meta {
        person: "kẻ gian".to_owned(),
        role,
        basis: correction(),
        review: dossier::Review::NotRequired,
    }
}

fn items(parcel: &Parcel) -> Vec<u8> {
    let item = Item::Parcel(ByteBuf::from(parcel.encode()));
    Frame::Items { cursor: None, items: vec![item] }.encode()
}
