//! Who is who: the keys of members, and which node answers for a unit.

use dossier::{
    Hash, NodeId, PartialDate, UnitId,
    custody::CustodyRecord,
    unit::{Holding, Tier, UnitTree},
    validity::first_day,
};

use crate::{
    Crypto, PublicKey, Signature,
    member::{Member, MemberList},
};

/// Whose signatures a custody chain rests on; all that is needed to check one offline.
#[derive(Debug, Clone, Copy)]
pub struct Signers<'a> {
    /// Every member, those that were shut out among them: what was witnessed stays valid.
    pub members: &'a MemberList,
    /// The node of the province register.
    pub register: NodeId,
    /// The node that cosigns the register's log.
    pub witness: NodeId,
}

impl Signers<'_> {
    /// The change key of a member.
    pub fn key(&self, node: &NodeId) -> Option<PublicKey> {
        self.members.get(node).map(|member| member.change_key)
    }

    /// Whether `node` signed `digest`.
    pub fn has_signed(
        &self,
        node: &NodeId,
        digest: &Hash,
        signature: &Signature,
        crypto: &dyn Crypto,
    ) -> bool {
        self.key(node).is_some_and(|key| crypto.verify(&key, digest.as_bytes(), signature))
    }

    /// Whether `node` is the one that is named, or served its unit before or after it.
    pub fn stands_for(&self, node: &NodeId, named: &NodeId) -> bool {
        let unit = |node| self.members.get(node).map(|member| &member.unit);
        node == named || unit(node).is_some_and(|it| unit(named) == Some(it))
    }

    /// Whether `node` may have spoken for `unit`: its own node, or the registrar that holds its
    /// dossiers in trust.
    pub fn speaks_for(&self, node: &NodeId, unit: &UnitId, registrar: &NodeId) -> bool {
        self.stands_for(node, registrar)
            || self.members.get(node).is_some_and(|member| member.unit == *unit)
    }
}

/// The province as the machines see it.
#[derive(Debug, Clone, Copy)]
pub struct Province<'a> {
    /// Whose signatures count.
    pub signers: Signers<'a>,
    /// The org tree of today.
    pub tree: &'a UnitTree,
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
    /// The day on which units are asked for.
    pub today: PartialDate,
}

impl Province<'_> {
    /// Register and witness: the node of tier 3, and that of the body of tier 2 whose node joined
    /// first. `None` while there are not both; no custody moves then.
    pub fn notaries(members: &MemberList, tree: &UnitTree) -> Option<(NodeId, NodeId)> {
        let of_tier = |tier: Tier| {
            let served = members
                .iter()
                .filter(move |member| tree.get(&member.unit).is_some_and(|unit| unit.tier == tier));
            served.min_by_key(|member| member.since)
        };
        // The unit stays the same for ever; who serves it may be another node than at first.
        let serving = |first: &Member| {
            members.active_for(&first.unit).map_or(first.node, |member| member.node)
        };
        let (register, witness) = (of_tier(Tier::Three)?, of_tier(Tier::Two)?);
        Some((serving(register), serving(witness)))
    }

    /// The node that answers for `unit`: its own, or that of the nearest body above, which holds its
    /// dossiers in trust.
    pub fn serving(&self, unit: &UnitId) -> Option<NodeId> {
        let members = self.signers.members;
        let own = members.active_for(unit);
        own.or_else(|| members.superior_of(unit, self.tree)).map(|member| member.node)
    }

    /// The node that acts for one a record names: that node, or the one that serves its unit today.
    pub fn acting(&self, named: &NodeId) -> NodeId {
        let unit = self.unit_of(named);
        let member = unit.and_then(|unit| self.signers.members.active_for(unit));
        member.map_or(*named, |member| member.node)
    }

    /// The node that registers the close of the epoch which a record began: the one it names, by
    /// whoever serves that unit today; where the dossier's unit has moved to another body since, that
    /// body's.
    pub fn closing(&self, record: &CustodyRecord) -> NodeId {
        let named = self.acting(&record.next_registrar);
        let stands = |unit: &UnitId| self.tree.is_within(&record.to, unit);
        if named == self.signers.register || self.unit_of(&named).is_some_and(stands) {
            named
        } else {
            self.registrar(&record.to)
        }
    }

    /// The node that registers the close of an epoch at `unit`: that of tier 2 above it, or the
    /// register for bodies of tier 2 and 3.
    pub fn registrar(&self, unit: &UnitId) -> NodeId {
        let members = self.signers.members;
        let body = self.body(unit).filter(|body| body != unit);
        let member = body.and_then(|body| members.active_for(&body));
        member.map_or(self.signers.register, |member| member.node)
    }

    /// The body of tier 2 (or 3) that a unit belongs to or is.
    pub fn body(&self, unit: &UnitId) -> Option<UnitId> {
        let found = self.tree.get(unit)?;
        if matches!(found.tier, Tier::Two | Tier::Three) {
            return Some(found.id.clone());
        }
        self.tree.superior_holder(unit).map(|body| body.id.clone())
    }

    /// Whether `unit` exists today and may keep dossiers (Điều 2, 3).
    pub fn keeps_dossiers(&self, unit: &UnitId) -> Option<bool> {
        let found = self.tree.get(unit)?;
        if !found.validity.covers(first_day(self.today)) {
            return None;
        }
        Some(match found.holds_dossiers {
            Holding::Yes => true,
            Holding::No => false,
            Holding::Optional => self.optional_holders,
        })
    }

    /// Whether `unit` existed and exists no more: it writes nothing, proposes nothing and receives
    /// nothing, and its dossiers are its successor's.
    pub fn has_ended(&self, unit: &UnitId) -> bool {
        let ends = self.tree.get(unit).and_then(|unit| unit.validity.to);
        ends.is_some_and(|to| first_day(to) <= first_day(self.today))
    }

    /// Whom a node asks what it forgot (R9): the registrar of its unit, the register the witness. A
    /// witness that is nothing else asks nobody.
    pub fn asks(&self, node: &NodeId) -> Option<NodeId> {
        let Signers { register, witness, .. } = self.signers;
        if *node == register {
            return Some(witness).filter(|it| it != node);
        }
        let unit = self.unit_of(node)?;
        let idle = *node == witness && self.keeps_dossiers(unit) != Some(true);
        Some(self.registrar(unit)).filter(|it| !idle && it != node)
    }

    /// The unit of a member.
    pub fn unit_of(&self, node: &NodeId) -> Option<&UnitId> {
        self.signers.members.get(node).map(|member| &member.unit)
    }
}
