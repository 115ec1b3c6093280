//! What people and programs of this machine ask for, and the acts among it.

use dossier::{
    DossierId, Edit, FieldPath, Hash, Review, RowId, UnitId,
    attachment::Attachment,
    docket::{self, DocketFault},
    form::Touched,
    permission::{Actor, Entered},
};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Core, CustodyQuestion, DocketOrder, DocketQuestion, Editing, Refused, ReorgOrder,
    ReorgQuestion, TransferOrder, cache::Found, manager, notices, queries, shelf::newest,
};
use crate::{
    Crypto, Fault, Op, Records, Table,
    account::SignedAccountEntry,
    admission::{Asked, Before, Kept},
    authoring::{self, AuthoringError, Keeper, NextEdit, Pen},
    control::SignedTree,
    envelope::Meta,
    holding::Opened,
    member::SignedEntry,
    notice::SignedNotice,
    parcel::Parcel,
};

/// A dossier to be begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Identity of the row it comes from: the same key is entered once.
    pub key: Option<Hash>,
    /// The unit that will hold it.
    pub unit: UnitId,
    /// Its first content.
    pub edits: Vec<Edit>,
    /// Who enters it, on what basis.
    pub meta: Meta,
}

/// A question or an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Begin dossiers, each on its own; at most a few hundred at a time.
    Enter(Vec<Entry>),
    /// Edit a dossier.
    Edit {
        /// Which.
        dossier: DossierId,
        /// The edits of one change.
        edits: Vec<Edit>,
        /// Who, on what basis.
        meta: Meta,
    },
    /// Dossiers, in an order of the node's own, after one, at most `limit`, those whose folded name or code
    /// contains `query`.
    List {
        /// Continue after this dossier.
        after: Option<DossierId>,
        /// At most so many.
        limit: u32,
        /// Folded text; empty for all.
        query: String,
    },
    /// One dossier, whole.
    Show(DossierId),
    /// Every writing of one place.
    History(DossierId, FieldPath),
    /// Open conflicts of all dossiers.
    Conflicts,
    /// What is kept outside, and why.
    Quarantine,
    /// What people must see.
    Incidents,
    /// The member list.
    Members,
    /// Counts, levels and neighbours.
    Status,
    /// Digest of every dossier of the scope, as they are held.
    Digests,
    /// Compare with the superior; answered when it has answered.
    Sync,
    /// A signed entry of the member list, made by the register at this node.
    Member(SignedEntry),
    /// A signed org tree, made by the register at this node.
    Tree(SignedTree),
    /// Ask the way up for a certificate over a new TLS key.
    Renew(Vec<u8>),
    /// The dossiers begun for these import keys.
    Imported(Vec<Hash>),
    /// Signed entries of the account list, made by the register at this node or carried by hand.
    Accounts(Vec<SignedAccountEntry>),
    /// Signed notices, made at this node or carried by hand.
    Notices(Vec<SignedNotice>),
    /// The attachments of a dossier.
    Attachments(DossierId),
    /// One attachment, to read its content.
    ReadAttachment {
        /// The dossier.
        dossier: DossierId,
        /// The attachment.
        row: RowId,
    },
    /// Attach a file whose content is durable here.
    Attach {
        /// The dossier.
        dossier: DossierId,
        /// The key of the new row.
        row: RowId,
        /// What is attached.
        attachment: Box<Attachment>,
        /// Who, on what basis.
        meta: Meta,
    },
    /// Edits of several dossiers that stand or fall together.
    Many(Vec<Editing>),
    /// An act on a dossier beside its data: a review, a phiếu.
    Docket {
        /// The dossier.
        dossier: DossierId,
        /// What is done.
        order: Box<DocketOrder>,
        /// Who, on what basis.
        meta: Meta,
    },
    /// A question about what was done with dossiers.
    AskDocket(DocketQuestion),
    /// Every writing of every place of a dossier.
    Chronicle(DossierId),
    /// How a dossier stands, and the events recorded in its life.
    Life(DossierId),
    /// How a dossier agrees with its paper.
    Parity(DossierId),
    /// An order about a transfer to another unit (Điều 10).
    Transfer {
        /// The dossier.
        dossier: DossierId,
        /// What is ordered.
        order: Box<TransferOrder>,
        /// Who, on what basis.
        meta: Meta,
    },
    /// A question about custody.
    AskCustody(CustodyQuestion),
    /// An order about a reorganisation (Điều 7.3).
    Reorganise {
        /// What is ordered.
        order: Box<ReorgOrder>,
        /// Who.
        meta: Meta,
    },
    /// A question about reorganisations and the trees that follow from them.
    AskReorg(ReorgQuestion),
    /// Take an attachment away; its content stays.
    Detach {
        /// The dossier.
        dossier: DossierId,
        /// The attachment.
        row: RowId,
        /// Why.
        reason: String,
        /// Who, on what basis.
        meta: Meta,
    },
}

impl Core {
    pub(super) fn obey(
        &mut self,
        request: u64,
        command: Command,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        // Điều 12.3: nobody works before she answered, and who does not work frees no room.
        let of_duties = matches!(&command, Command::Notices(notices)
            if notices.iter().all(SignedNotice::is_of_duties));
        let answer = match command {
            Command::Enter(_)
            | Command::Edit { .. }
            | Command::Attach { .. }
            | Command::Detach { .. }
            | Command::Many(_)
            | Command::Docket { .. }
            | Command::Transfer { .. }
            | Command::Reorganise { .. }
            | Command::Notices(_)
                if self.full && !of_duties =>
            {
                Answer::Refused(Refused::new("disk-full", "no room for new work"))
            }
            Command::Edit { edits, .. } if Self::touches_attachments(&edits) => {
                Answer::Refused(Refused::new("edit", "attachments have orders of their own"))
            }
            Command::Enter(entries)
                if entries.iter().any(|entry| Self::touches_attachments(&entry.edits)) =>
            {
                Answer::Refused(Refused::new("edit", "attachments have orders of their own"))
            }
            Command::Attach { dossier, row, attachment, meta } => {
                self.attach(&dossier, row, &attachment, &meta, records, crypto)?
            }
            Command::Detach { dossier, row, reason, meta } => {
                self.detach(&dossier, row, &reason, &meta, records, crypto)?
            }
            Command::Many(all) if all.iter().any(|it| Self::touches_attachments(&it.edits)) => {
                Answer::Refused(Refused::new("edit", "attachments have orders of their own"))
            }
            Command::Many(all) => self.edit_all(all, records, crypto)?,
            Command::Docket { dossier, order, meta } => {
                self.act_in_docket(&dossier, *order, &meta, records, crypto)?
            }
            Command::Transfer { dossier, order, meta } => {
                self.order_transfer(&dossier, &order, &meta, records, crypto)?
            }
            Command::AskCustody(question) => self.answer_custody(&question, records, crypto)?,
            Command::Reorganise { order, meta } => self.order_reorganisation(&order, &meta)?,
            Command::AskReorg(question) => self.answer_reorg(&question, records)?,
            Command::Enter(entries) => self.enter(entries, records, crypto)?,
            Command::Edit { dossier, edits, meta } => {
                self.edit(&dossier, &edits, &meta, records, crypto)?
            }
            Command::Sync => return self.begin_check(request, records),
            Command::Member(signed) => {
                if self.take_members(std::slice::from_ref(&signed), records, crypto)? {
                    Answer::Done
                } else {
                    Answer::Refused(Refused::new("member", "the entry does not continue the list"))
                }
            }
            Command::Tree(tree) => {
                if tree.version > self.tree.version && self.take_tree(tree, records, crypto)? {
                    Answer::Done
                } else {
                    Answer::Refused(Refused::new("tree", "not a newer, signed tree of this unit"))
                }
            }
            Command::Accounts(entries) => {
                if self.take_accounts(&entries, crypto) {
                    Answer::Done
                } else {
                    Answer::Refused(Refused::new("accounts", "the list is not continued"))
                }
            }
            Command::Notices(notices) => {
                match self.take_notices(None, &notices, records, crypto)? {
                    None => Answer::Done,
                    Some((_, refusal)) => Answer::Refused(notices::refused(refusal)),
                }
            }
            Command::Renew(request) => match self.ask_renewal(request, crypto) {
                true => Answer::Done,
                false => Answer::Refused(Refused::new("offline", "no superior is connected")),
            },
            question => self.answer(question, records)?,
        };
        self.reply(request, answer);
        Ok(())
    }

    pub(super) fn reply(&mut self, request: u64, answer: Answer) {
        self.effects.push(super::Effect::Answer { request, answer: Box::new(answer) });
    }

    fn pen(&self) -> Pen {
        Pen { author: self.author(), key: self.identity.change_key, at: self.moment.now }
    }

    fn enter(
        &mut self,
        entries: Vec<Entry>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let mut made = Vec::new();
        for (index, entry) in (0u64..).zip(entries) {
            if let Some(key) = &entry.key
                && let Some(known) = records.get(Table::ImportKey, key.as_bytes())?
            {
                made.push(DossierId::from_slice(&known).map_or_else(
                    || Err(Refused::new("import-key", "damaged row")),
                    |id| Ok((id, false)),
                ));
                continue;
            }
            let id = DossierId::from_bytes(self.moment.draw("hoso/dossier/1", index));
            made.push(self.enter_one(id, &entry, None, crypto).map(|ops| {
                self.commit(ops);
                (id, true)
            }));
        }
        Ok(Answer::Entered(made))
    }

    pub(super) fn enter_one(
        &mut self,
        id: DossierId,
        entry: &Entry,
        sent: Option<Hash>,
        crypto: &dyn Crypto,
    ) -> Result<Vec<Op>, Refused> {
        self.judge_forms(&entry.edits)?;
        self.judge_manager(None, &entry.edits, &entry.meta)?;
        let mut touched = self.sides.of_edits(FORM, &entry.edits);
        touched.opens = true;
        let now = self.moment.now.as_seconds();
        let before = Before::NOTHING;
        let meta = self.permit(&id, &entry.unit, &entry.meta, &touched, now, &before)?;
        let unit = entry.unit.clone();
        let keeper = Keeper { registrar: self.registrar_of(&unit), unit, sent };
        let (mut opened, parcel) =
            authoring::create_at(id, keeper, FORM, &entry.edits, &meta, self.pen(), crypto)
                .map_err(|error| refused(&error))?;
        let mut ops = Vec::new();
        self.keep(&mut opened, Kept::Parcel, &parcel.encode(), None, &[], &mut ops);
        if let Some(key) = &entry.key {
            ops.push(Op::put(Table::ImportKey, key.as_bytes().to_vec(), id.as_bytes().to_vec()));
        }
        self.cache.put(opened);
        Ok(ops)
    }

    /// Asks the law about a change at this node, made after whatever its dossier tells of; answers
    /// what its envelope says. What is entered by delegation waits for review, whatever was typed
    /// (Điều 15.1).
    fn permit(
        &self,
        dossier: &DossierId,
        custodian: &UnitId,
        meta: &Meta,
        touched: &Touched,
        at_seconds: i64,
        before: &Before<'_>,
    ) -> Result<Meta, Refused> {
        let actor = Actor {
            node: self.identity.node,
            unit: self.identity.unit.clone(),
            role: meta.role,
            person: meta.person.clone(),
        };
        let let_in = false;
        let asked = Asked { actor: &actor, dossier: Some(dossier), custodian, at_seconds, let_in };
        let authority = self.authority();
        let mut meta = meta.clone();
        if actor.unit != *custodian && authority.grants.held(&asked).delegation.is_some() {
            meta.review = Review::Awaiting;
        }
        let permitted = authority.permit_change(&meta, touched, &asked, before);
        permitted.map(|()| meta).map_err(|refusal| Refused::new(refusal.code(), Refused::NO_RIGHT))
    }

    pub(super) fn edit(
        &mut self,
        id: &DossierId,
        edits: &[Edit],
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        if let Some(edited) = self.edit_next(id, edits, meta, records, crypto)? {
            return Ok(edited);
        }
        let Some(mut opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let before = opened.holding.lines.clone();
        // A refused edit leaves the cache without the dossier: it is read again when needed.
        match self.write(&mut opened, edits, meta, crypto) {
            Err(refusal) => Ok(Answer::Refused(refusal)),
            Ok((parcel, change)) => {
                let mut ops = Vec::new();
                self.keep(&mut opened, Kept::Parcel, &parcel.encode(), None, &before, &mut ops);
                self.commit(ops);
                self.cache.put(opened);
                Ok(Answer::Edited { dossier: *id, change })
            }
        }
    }

    /// Makes an edit of an opened dossier, when the law lets it be made; answers the change. Nothing
    /// is kept.
    ///
    /// # Errors
    /// Why not; `opened` must then be read again from the store.
    pub(super) fn write(
        &self,
        opened: &mut Opened,
        edits: &[Edit],
        meta: &Meta,
        crypto: &dyn Crypto,
    ) -> Result<(Parcel, Hash), Refused> {
        self.heed_custody(&opened.id)?;
        let meta = self.judge_edit(opened, edits, meta)?;
        let parcel = authoring::edit(opened, edits, &meta, self.pen(), crypto)
            .map_err(|error| refused(&error))?;
        let change = newest(opened, &parcel);
        Ok((parcel, change))
    }

    /// Whether the law lets an edit of a dossier be made as it stands; answers what is said of it.
    pub(super) fn judge_edit(
        &self,
        opened: &Opened,
        edits: &[Edit],
        meta: &Meta,
    ) -> Result<Meta, Refused> {
        self.judge_forms(edits)?;
        self.judge_manager(Some(&opened.document), edits, meta)?;
        let mut touched = self.sides.of_edits(opened.document.form(), edits);
        if alters_docket(opened, edits) {
            touched.docket.fault = Some(DocketFault::Altered);
        }
        let entered = |change: &Hash| {
            let (author, meta) = opened.provenance(opened.document.change(change)?)?;
            let entered = self.authority().entered(&author, meta, &opened.holding.unit)?;
            let touched = opened.document.touched(change, &self.sides);
            let proposes = touched.is_some_and(|it| it.docket.proposes);
            Some(Entered { proposes, ..entered })
        };
        let closed = opened.document.life().is_closed();
        let lacks_form = opened.document.is_bare() && opened.document.lacks_approval(None);
        let before = Before { entered: &entered, closed, lacks_form };
        let told = opened.document.changes().map(|change| change.time_seconds).max();
        let at = self.moment.now.as_seconds().max(told.unwrap_or(i64::MIN));
        self.permit(&opened.id, &opened.holding.unit, meta, &touched, at, &before)
    }

    /// Edits a dossier that lies closed, without building its document; `None` when it takes that.
    fn edit_next(
        &mut self,
        id: &DossierId,
        edits: &[Edit],
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Option<Answer>, Fault> {
        let Found::Closed(closed) = self.cache.take_closed(records, id)? else { return Ok(None) };
        let wanted = &queries::LISTED;
        // Whatever is refused here is judged again on the document, which knows its own form.
        let touched = self.sides.of_edits(FORM, edits);
        // What else the dossier tells of is not read here, so that no grant holds; of a dossier in
        // whose life something was recorded, the document tells.
        let unit = &closed.holding.unit;
        let permitted = self.permit(id, unit, meta, &touched, i64::MAX, &Before::NOTHING);
        let made = match permitted {
            // Entries of the docket look at those before them.
            Ok(_)
                if !touched.docket.is_empty()
                    || manager::is_about(edits)
                    || self.heed_custody(id).is_err() =>
            {
                None
            }
            Ok(meta) => authoring::edit_next(&closed, edits, &meta, wanted, self.pen(), crypto),
            Err(_) => None,
        };
        let Some(NextEdit { next, parcel, change }) = made else {
            self.cache.put_closed(closed);
            return Ok(None);
        };
        let mut ops = Vec::new();
        let bytes = parcel.encode();
        self.keep_next(closed, next, parcel, bytes, None, records, &mut ops)?;
        self.commit(ops);
        Ok(Some(Answer::Edited { dossier: *id, change }))
    }
}

/// Whether edits write to an entry of the docket that stands already.
fn alters_docket(opened: &Opened, edits: &[Edit]) -> bool {
    edits.iter().any(|edit| {
        let (Edit::PutRow { table, row, .. } | Edit::RemoveRow { table, row }) = edit else {
            return false;
        };
        let entries = docket::Table::named(table).map(|it| opened.document.entries(it));
        entries.is_some_and(|entries| entries.iter().any(|entry| entry.row == *row))
    })
}

/// The form dossiers are opened under.
const FORM: &str = "2c-bnv-2008";

fn refused(error: &AuthoringError) -> Refused {
    let code = match error {
        AuthoringError::Edit(_) => "edit",
        AuthoringError::Meta => "basis",
        AuthoringError::TooLarge => "too-large",
    };
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Refused::new(code, format!("{error}: {cause}"))
}
