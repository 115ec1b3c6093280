//! Notices on their way: what concerns both sides of a session is held by both.
//!
//! A side that holds any says the digest of their ids when the session begins; where it differs
//! from the other's, ids and then notices are exchanged. What is new afterwards is passed on at
//! once. In a province without notices nothing is said about them.

use dossier::{
    DossierId, Hash, NodeId, UnitId, change_kind::KindFault, conduct::ConductFault,
    grant::GrantFault, unit::UnitTree,
};

use super::{ConnId, Core, IncidentKind, Refused, waiting::Late};
use crate::{
    Crypto, Fault, Op, Records, Table, codec,
    envelope::Author,
    limits::LIMITS,
    member::MemberList,
    notice::{Board, Notice, NoticeRefusal, Posting, Saying, SignedNotice},
    wire::{Frame, RefusalCode},
};

/// Reads the board out of the own store, where every notice was judged when it was taken.
pub(super) fn read_board(records: &dyn Records, members: &MemberList) -> Result<Board, Fault> {
    let rows = records.scan(Table::Notice, &[], None, usize::MAX)?;
    let notices: Result<Vec<SignedNotice>, Fault> =
        rows.iter().map(|(_, row)| decode(row)).collect();
    let mut notices = notices?;
    notices.sort_by_key(Board::depth);
    let mut board = Board::default();
    for signed in &notices {
        match board.take(signed, members) {
            // Full by the rules of this version: it stays in the store, and says nothing.
            Ok(_)
            | Err(
                NoticeRefusal::TooMany
                | NoticeRefusal::Rule(GrantFault::TooMany)
                | NoticeRefusal::Kind(KindFault::TooMany)
                | NoticeRefusal::Conduct(ConductFault::TooMany),
            ) => {}
            Err(error) => return Err(Fault(format!("notice: {error}"))),
        }
    }
    Ok(board)
}

fn decode(row: &[u8]) -> Result<SignedNotice, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("notice row: {error}")))
}

fn fingerprint<'a>(ids: impl Iterator<Item = &'a Hash>) -> Hash {
    let bytes: Vec<u8> = ids.flat_map(|id| *id.as_bytes()).collect();
    Hash::tagged("hoso/notices/1", &[&bytes])
}

impl Core {
    /// The notice by which this node says something at this moment, unsigned.
    pub fn notice(&self, at: dossier::Timestamp, saying: Saying) -> Notice {
        Notice { node: self.identity.node, members: self.members.number(), at, saying }
    }

    /// Takes notices, those that can be; the first refusal is answered, with the node that signed.
    /// What is new goes to every neighbour it concerns but the one that brought it.
    ///
    /// What is said here is judged by the tree of today; what others said, by the tree of its day.
    pub(super) fn take_notices(
        &mut self,
        from: Option<ConnId>,
        notices: &[SignedNotice],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Option<(NodeId, NoticeRefusal)>, Fault> {
        let (mut refused, mut ops, mut fresh) = (None, Vec::new(), Vec::new());
        for signed in notices {
            if self.board.has(&signed.id()) {
                continue;
            }
            let fresh_here = from.is_none() && signed.notice.node == self.identity.node;
            let former = if fresh_here { &[] } else { self.former.trees() };
            let trees: Vec<&UnitTree> = std::iter::once(&self.tree.tree).chain(former).collect();
            let judged = self.board.judge(signed, &self.members, &trees, crypto);
            match judged.and_then(|()| self.board.take(signed, &self.members)) {
                Ok(id) => {
                    let key = id.as_bytes().to_vec();
                    ops.push(Op::put(Table::Notice, key, codec::encode(signed)));
                    fresh.push((id, signed.clone()));
                }
                Err(refusal) => refused = refused.or(Some((signed.notice.node, refusal))),
            }
        }
        // A change may have waited for the delegation it was entered under, or for its kind.
        let opens = |saying: &Saying| matches!(saying, Saying::Grant(_) | Saying::ChangeKind(_));
        let late = match fresh.iter().any(|(_, signed)| opens(&signed.notice.saying)) {
            true => self.retry_all(records, crypto, &mut ops)?,
            false => Late::new(),
        };
        self.commit(ops);
        self.pass_on(from, &fresh);
        self.acknowledge_late(late, crypto);
        Ok(refused)
    }

    /// Whether the node of `unit` may once have written into dossiers of `keeper`, which does not
    /// stand under it: it stood there before, or delegated entry to it (Điều 15.1); and whether that
    /// may be shown to the superior `above`, which has to stand above the keeper.
    pub(super) fn wrote_lawfully_for(
        &self,
        keeper: &UnitId,
        unit: &UnitId,
        above: &UnitId,
    ) -> bool {
        self.tree.tree.is_within(keeper, above)
            && (self.former.held_within(keeper, unit)
                || self.board.grants().delegated(keeper, unit))
    }

    /// What a delegate wrote came after its grant had ended: it is lawful by its moment, and for the
    /// body that keeps the dossier to look at closely before it approves it (Điều 15.1).
    pub(super) fn note_late_entry(
        &mut self,
        dossier: DossierId,
        keeper: &UnitId,
        authors: Vec<Author>,
        ops: &mut Vec<Op>,
    ) {
        if *keeper != self.identity.unit {
            return;
        }
        for author in authors {
            let unit = self.members.get(&author.node).map(|member| &member.unit);
            let (grants, now) = (self.board.grants(), self.moment.now);
            let late = unit.is_some_and(|unit| {
                unit != keeper
                    && grants.delegated(keeper, unit)
                    && grants.delegations(unit, keeper, Some(&dossier), now).next().is_none()
            });
            if late {
                ops.extend(self.incident(IncidentKind::LateEntry(dossier), Some(author.node)));
            }
        }
    }

    fn pass_on(&mut self, from: Option<ConnId>, fresh: &[(Hash, SignedNotice)]) {
        if fresh.is_empty() {
            return;
        }
        let peers: Vec<(ConnId, UnitId)> = self
            .sessions
            .values()
            .filter(|session| session.node.is_some() && Some(session.conn) != from)
            .filter(|session| session.parked.is_none() && session.greeting.is_none())
            .map(|session| (session.conn, session.scope(&self.identity.unit).clone()))
            .collect();
        for (conn, lower) in peers {
            let concerned =
                |(id, _): &&(Hash, SignedNotice)| self.board.concerns(id, &lower, &self.tree.tree);
            let some: Vec<SignedNotice> =
                fresh.iter().filter(concerned).map(|(_, signed)| signed.clone()).collect();
            self.say_some(conn, some);
        }
    }

    fn say_some(&mut self, conn: ConnId, notices: Vec<SignedNotice>) {
        let mut batch = Vec::new();
        let mut bytes = 0;
        for signed in notices {
            let size = codec::encode(&signed).len();
            if batch.len() >= LIMITS.notices_max || bytes + size > LIMITS.batch_bytes {
                let full = std::mem::take(&mut batch);
                self.say(conn, &Frame::Notices(Posting::Some(full)));
                bytes = 0;
            }
            bytes += size;
            batch.push(signed);
        }
        if !batch.is_empty() {
            self.say(conn, &Frame::Notices(Posting::Some(batch)));
        }
    }

    /// The ids of the notices that concern both sides: those that concern the lower one.
    fn shared_ids(&self, conn: ConnId) -> Option<Vec<Hash>> {
        let session = self.sessions.get(&conn)?;
        let lower = session.scope(&self.identity.unit);
        let ids = self.board.ids_for(lower, &self.tree.tree);
        Some(ids.copied().take(LIMITS.notice_ids_total_max).collect())
    }

    /// Says once a session what is held.
    pub(super) fn spread_notices(&mut self, conn: ConnId) {
        let said = self.sessions.get(&conn).is_none_or(|session| session.notices_said.is_some());
        // Who may have forgotten some names a digest that nobody has, and is answered with the ids.
        let asks = self.is_to_tell(conn);
        if said || (self.board.is_empty() && !asks) {
            return;
        }
        let Some(ids) = self.shared_ids(conn) else { return };
        let held = if asks { Hash::ZERO } else { fingerprint(ids.iter()) };
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.notices_said = Some((held, false));
        }
        if asks || !ids.is_empty() {
            self.say(conn, &Frame::Notices(Posting::Held(held)));
        }
    }

    /// Says which notices are held, unless the same was said in this session.
    fn say_ids(&mut self, conn: ConnId, ids: Vec<Hash>) {
        let held = fingerprint(ids.iter());
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        if session.notices_said == Some((held, true)) {
            return;
        }
        session.notices_said = Some((held, true));
        if ids.len() <= LIMITS.notice_ids_max {
            return self.say(conn, &Frame::Notices(Posting::Ids(ids)));
        }
        let mut pages = ids.chunks(LIMITS.notice_ids_max).peekable();
        while let Some(page) = pages.next() {
            let page = Posting::Page { ids: page.to_vec(), ends: pages.peek().is_none() };
            self.say(conn, &Frame::Notices(page));
        }
    }

    /// Gives the peer what it lacks, once for the same telling, and tells it what is held where it
    /// has more.
    fn compare_notices(
        &mut self,
        conn: ConnId,
        own: Vec<Hash>,
        theirs: &[Hash],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        self.await_notices(conn, theirs, records, crypto)?;
        // What concerns both sides grows with the org tree too: the same told again is answered then.
        let compared = (fingerprint(theirs.iter()), fingerprint(own.iter()));
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        if session.notices_answered.replace(compared) == Some(compared) {
            return Ok(());
        }
        let lacking = own.iter().filter(|id| theirs.binary_search(id).is_err());
        let mut notices = Vec::new();
        for id in lacking {
            if let Some(row) = records.get(Table::Notice, id.as_bytes())? {
                notices.push(decode(&row)?);
            }
        }
        notices.sort_by_key(Board::depth);
        self.say_some(conn, notices);
        if theirs.iter().any(|id| own.binary_search(id).is_err()) {
            self.say_ids(conn, own);
        }
        Ok(())
    }

    pub(super) fn hear_notices(
        &mut self,
        conn: ConnId,
        posting: Posting,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let Some(own) = self.shared_ids(conn) else { return Ok(()) };
        match posting {
            Posting::Held(held) => {
                if held != fingerprint(own.iter()) {
                    self.say_ids(conn, own);
                }
            }
            Posting::Ids(theirs) => self.compare_notices(conn, own, &theirs, records, crypto)?,
            Posting::Page { ids, ends } => {
                let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
                session.notices_told.extend(ids);
                if session.notices_told.len() > LIMITS.notice_ids_total_max {
                    self.refuse(conn, RefusalCode::Protocol, "more notices than a province has");
                } else if ends {
                    let theirs = std::mem::take(&mut session.notices_told);
                    self.compare_notices(conn, own, &theirs, records, crypto)?;
                }
            }
            Posting::Some(notices) => {
                let refused = self.take_notices(Some(conn), &notices, records, crypto)?;
                self.note_told(conn, &notices, records, crypto)?;
                let peer = self.sessions.get(&conn).and_then(|session| session.node);
                match refused {
                    Some((_, NoticeRefusal::Signature | NoticeRefusal::Malformed)) => {
                        self.refuse(conn, RefusalCode::Protocol, "a notice that does not hold");
                    }
                    // Who passes on may have heard another part first, or know another tree.
                    Some((author, refusal)) if Some(author) == peer && !refusal.is_early() => {
                        self.strike(conn, 1);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// What an order about a notice that is not taken is told.
pub(super) fn refused(refusal: NoticeRefusal) -> Refused {
    match refusal {
        NoticeRefusal::Rule(fault) => Refused::new("grant-rule", fault),
        NoticeRefusal::Campaign(fault) => Refused::new("campaign-rule", fault),
        NoticeRefusal::Conduct(fault) => Refused::new("conduct-rule", fault),
        NoticeRefusal::Kind(fault) => Refused::new("kind-rule", fault),
        NoticeRefusal::Disruption(fault) => Refused::new("disruption-rule", fault),
        NoticeRefusal::NoRight(refusal) => Refused::new(refusal.code(), "no right"),
        other => Refused::new("notice", other),
    }
}
