//! What this node is to a dossier: whose part it plays, and where the changes stand by what it knows.

use std::collections::BTreeMap;

use dossier::{Hash, NodeId, UnitId, custody::CustodyRecord};

use super::{Chain, Entry, Proposal, Said, Sorting, content, desk::Turn};

impl Turn<'_> {
    /// Where the changes of a dossier stand by what this node knows of its chain.
    pub(super) fn sorted(&self, chain: &Chain, entries: &BTreeMap<Hash, Entry>) -> Sorting {
        let signers = self.desk.province.signers;
        let registrars: Vec<(UnitId, NodeId)> = chain
            .records()
            .records()
            .map(|(record, _)| (record.to.clone(), record.next_registrar))
            .collect();
        let judged = self.desk.content.is_judged();
        let serves = |node: &NodeId, unit: &UnitId| {
            if judged {
                return true;
            }
            let own = signers.members.get(node).is_some_and(|member| member.unit == *unit);
            // A unit that never had a node of its own: its registrar holds in trust.
            own || (registrars.iter().any(|(of, by)| of == unit && by == node)
                && !signers.members.iter().any(|member| member.unit == *unit))
        };
        content::sort(chain.records(), entries, &serves)
    }

    /// Whether this node acts for one that a record names.
    pub(super) fn acts_for(&self, named: &NodeId) -> bool {
        self.province().acting(named) == self.desk.me
    }

    /// Whether this node registers the close of the epoch that a record began.
    pub(super) fn closes(&self, record: &CustodyRecord) -> bool {
        self.province().closing(record) == self.desk.me
    }

    /// Whether this node may carry out a proposal today: the tree may have changed under it, and what
    /// the law forbids comes to nothing.
    pub(super) fn may_carry_out(&self, said: &Said<Proposal>, record: &CustodyRecord) -> bool {
        self.closes(record) && self.is_lawful_at(said, record, &self.me())
    }

    /// Whether the law of today lets a proposal be carried out on top of `record`, with `registrar`
    /// as the body that may have made it.
    pub(super) fn is_lawful_at(
        &self,
        said: &Said<Proposal>,
        record: &CustodyRecord,
        registrar: &NodeId,
    ) -> bool {
        let province = self.province();
        let above = province.signers.stands_for(&said.by, registrar);
        let by = province.unit_of(&said.by).filter(|_| above).unwrap_or(&said.what.from);
        said.what.lawful(by, record, province).is_ok()
    }

    /// Whether this node writes for the custodian of the newest record.
    pub(super) fn keeps(&self, current: &CustodyRecord) -> bool {
        self.desk.province.serving(&current.to) == Some(self.desk.me)
    }
}
