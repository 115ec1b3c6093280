//! A change overwrites exactly what stood in the state it builds on.
//!
//! Automerge keeps what an operation overwrites only as far as it finds it, so a change that names
//! anything else would come back from a saved document as another change.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, ChangeHash, ObjId, ReadDoc};

use super::check::{ForbiddenOperation, Ground, Incoming, Refused};
use super::lineage::Lineage;
use crate::plant::{self, Plant};

/// Checks, once Automerge holds the changes, that each overwrites what stood before it. `before`
/// are the heads the document had without them.
pub(super) fn check_overwrites(
    automerge: &Automerge,
    lineage: &Lineage,
    before: &[ChangeHash],
    incoming: &[Incoming<'_>],
) -> Result<(), Refused> {
    if plant::is(Plant::SkipOverwrites) {
        return Ok(());
    }
    let mut standing = Standing { heads: before.to_vec(), frontier: before.to_vec(), places: None };
    for one in incoming {
        let ground = Ground::of(automerge, lineage, one.header)?;
        let deps: Vec<_> = one.header.deps.iter().map(|dep| ChangeHash(*dep.as_bytes())).collect();
        standing.advance(&deps, ChangeHash(*one.header.hash.as_bytes()));
        let mut overwrites = Overwrites { ground, standing };
        overwrites.change(one).map_err(|reason| (one.header.hash, reason))?;
        standing = overwrites.standing;
    }
    Ok(())
}

/// An object's counter and actor, and a key in it.
type Spot = (u64, Vec<u8>, String);

fn spot(object: &OpId, key: &str) -> Spot {
    (object.counter(), object.actor().to_bytes().to_vec(), key.to_owned())
}

/// What stands where, in the state a change builds on.
struct Standing {
    /// The state to ask Automerge for.
    heads: Vec<ChangeHash>,
    /// The heads after the last change, as long as each change built on all before it.
    frontier: Vec<ChangeHash>,
    /// What the changes since `heads` wrote; nothing stands where something was deleted.
    places: Option<BTreeMap<Spot, Option<OpId>>>,
}

impl Standing {
    /// Moves on to a change. Where it builds on all before it, what they wrote is remembered and
    /// Automerge need not be asked how it was.
    fn advance(&mut self, deps: &[ChangeHash], hash: ChangeHash) {
        let follows = self.frontier.iter().all(|head| deps.contains(head));
        if follows && !(self.frontier.is_empty() && self.places.is_some()) {
            self.places.get_or_insert_default();
            self.frontier = vec![hash];
        } else {
            self.heads = deps.to_vec();
            self.frontier.clear();
            self.places = Some(BTreeMap::new());
        }
    }

    fn places(&mut self) -> &mut BTreeMap<Spot, Option<OpId>> {
        self.places.get_or_insert_default()
    }
}

struct Overwrites<'a> {
    ground: Ground<'a>,
    standing: Standing,
}

impl Overwrites<'_> {
    fn change(&mut self, one: &Incoming<'_>) -> Result<(), ForbiddenOperation> {
        let author = &one.expanded.actor_id;
        let mut emptied = Vec::new();
        for (op, counter) in one.expanded.operations.iter().zip(one.header.start_op..) {
            // The root is written by the first change alone, over nothing.
            let (Key::Map(key), ObjectId::Id(object)) = (&op.key, &op.obj) else { continue };
            self.operation(op, object, key, &OpId::new(counter, author))?;
            if op.obj == self.ground.fields && op.action == OpType::Delete {
                emptied.push(spot(object, key));
            }
        }
        // A field is emptied by null, which a concurrent value cannot hide.
        let places = self.standing.places();
        if emptied.iter().any(|spot| places.get(spot).is_some_and(Option::is_none)) {
            return Err(ForbiddenOperation::Kind);
        }
        Ok(())
    }

    /// An operation names as overwritten exactly what stood at its place before it.
    fn operation(
        &mut self,
        op: &Op,
        object: &OpId,
        key: &str,
        id: &OpId,
    ) -> Result<(), ForbiddenOperation> {
        let place = spot(object, key);
        let expected: Vec<OpId> = match self.standing.places().get(&place) {
            Some(written) => written.iter().cloned().collect(),
            None => self.stood_before(object, key)?,
        };
        let named = op.pred.len() == expected.len()
            && expected.iter().all(|one| op.pred.iter().any(|pred| pred == one));
        let deletes = op.action == OpType::Delete;
        if !named || (deletes && expected.is_empty()) {
            return Err(ForbiddenOperation::Overwrite);
        }
        self.standing.places().insert(place, (!deletes).then(|| id.clone()));
        Ok(())
    }

    fn stood_before(&self, object: &OpId, key: &str) -> Result<Vec<OpId>, ForbiddenOperation> {
        if self.standing.heads.is_empty() || self.ground.makes(object) {
            return Ok(Vec::new());
        }
        let id = ObjId::Id(object.counter(), object.actor().clone(), 0);
        let all = self.ground.automerge.get_all_at(&id, key, &self.standing.heads);
        let all = all.map_err(|_| ForbiddenOperation::Place)?;
        let ids = all.into_iter().filter_map(|(_, id)| match id {
            ObjId::Id(counter, actor, _) => Some(OpId::new(counter, &actor)),
            ObjId::Root => None,
        });
        Ok(ids.collect())
    }
}
