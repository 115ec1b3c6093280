//! Certificates over new keys: asked for upward, issued at tier 3, passed down.

use dossier::unit::Tier;
use serde_bytes::ByteBuf;

use super::{ConnId, Core, Effect, Relation};
use crate::{
    Crypto,
    renewal::{RenewalAnswer, RenewalRequest},
    wire::Frame,
};

impl Core {
    /// Asks the way up for a certificate over a new key; `false` when nobody above is connected.
    pub(super) fn ask_renewal(&mut self, request: Vec<u8>, crypto: &dyn Crypto) -> bool {
        let asked = RenewalRequest::issue(self.identity.node, request, crypto);
        self.pass_up(asked)
    }

    fn pass_up(&mut self, asked: RenewalRequest) -> bool {
        let upper = self
            .sessions
            .values()
            .find(|session| session.node.is_some() && session.relation == Relation::Upper)
            .map(|session| session.conn);
        upper.is_some_and(|conn| {
            self.say(conn, &Frame::RenewRequest(asked));
            true
        })
    }

    /// A member below asks for a certificate: tier 3 issues, the others pass it up.
    pub(super) fn take_renewal_request(
        &mut self,
        conn: ConnId,
        asked: RenewalRequest,
        crypto: &dyn Crypto,
    ) {
        let from_below =
            self.sessions.get(&conn).is_some_and(|session| session.relation == Relation::Lower);
        let member = self.members.get(&asked.node).filter(|member| member.is_active());
        let genuine = member.is_some_and(|member| asked.is_signed_by(&member.change_key, crypto));
        if !from_below || !genuine {
            return;
        }
        if self.tier == Tier::Three {
            let RenewalRequest { node, request, .. } = asked;
            self.effects.push(Effect::IssueRenewal { conn, node, request: request.into_vec() });
        } else {
            self.pass_up(asked);
        }
    }

    /// A chain from above: this node's own, or one to pass down.
    pub(super) fn take_renewal_answer(&mut self, conn: ConnId, answer: RenewalAnswer) {
        let from_above =
            self.sessions.get(&conn).is_some_and(|session| session.relation == Relation::Upper);
        if !from_above {
            return;
        }
        if answer.node == self.identity.node {
            let chain = answer.chain.into_iter().map(ByteBuf::into_vec).collect();
            self.effects.push(Effect::InstallRenewal { chain });
            return;
        }
        let unit = self.members.get(&answer.node).map(|member| member.unit.clone());
        let next = self.sessions.values().find(|session| {
            session.relation == Relation::Lower
                && unit.as_ref().is_some_and(|unit| {
                    session.node.is_some() && self.tree.tree.is_within(unit, &session.unit)
                })
        });
        if let Some(conn) = next.map(|session| session.conn) {
            self.say(conn, &Frame::RenewAnswer(answer));
        }
    }
}
