//! A dossier as it lies in the store: its document is built when somebody reads it.

use std::collections::BTreeMap;

use dossier::{
    DossierId,
    document::{Document, FiledDocument},
};

use super::{
    Holding, Opened, TAIL_MAX, damaged, extend, read_holding, read_parcels, record_history,
};
use crate::{
    Fault, Records,
    envelope::Meta,
    parcel::{Body, LineProof, Parcel},
};

/// Changes behind a copy that is not built.
const CHANGES_MAX: usize = 64;

/// A dossier whose document is not built.
///
/// **Invariant:** it has no more than [`TAIL_MAX`] parcels behind its copy.
#[derive(Debug, Clone)]
pub struct Closed {
    /// Its summary.
    pub holding: Holding,
    id: DossierId,
    /// The copy if any, then the single ones in the order of arrival.
    parcels: Vec<Parcel>,
}

impl Closed {
    /// A dossier that is one parcel.
    pub fn of_copy(holding: Holding, parcel: Parcel) -> Self {
        Self { holding, id: parcel.dossier, parcels: vec![parcel] }
    }

    /// Reads a dossier from the store; `None` when it is not held.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer or its bytes are damaged.
    pub fn read(records: &dyn Records, id: &DossierId) -> Result<Option<Self>, Fault> {
        let Some(holding) = read_holding(records, id)? else { return Ok(None) };
        let mut parcels = Vec::new();
        for stored in read_parcels(records, id, &holding)? {
            parcels.push(Parcel::decode(&stored.parcel).map_err(|error| damaged(id, &error))?);
        }
        Ok(Some(Self { holding, id: *id, parcels }))
    }

    /// The dossier.
    pub fn id(&self) -> DossierId {
        self.id
    }

    /// What the envelopes of its changes say, without building the document.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.parcels.iter().flat_map(|parcel| parcel.lines.iter().flat_map(LineProof::metas))
    }

    /// Builds the document.
    ///
    /// # Errors
    /// [`Fault`] when the parcels cannot be opened.
    pub fn open(self) -> Result<Opened, Fault> {
        let read = self.leaves().and_then(|(saved, since)| Document::filed(saved, &since));
        let Self { holding, id, parcels } = self;
        let mut history = BTreeMap::new();
        for parcel in &parcels {
            record_history(&mut history, &holding, &parcel.lines);
        }
        let document = match read {
            Some(document) => document,
            None => {
                let mut built: Option<Document> = None;
                for parcel in &parcels {
                    built = Some(extend(built, parcel)?);
                }
                built.ok_or_else(|| Fault(format!("dossier {id} has no parcels")))?
            }
        };
        Ok(Opened { id, holding, document, history })
    }

    /// The saved document and what came since, when there is a copy.
    fn leaves(&self) -> Option<(&[u8], Vec<&[u8]>)> {
        let (copy, single) = self.parcels.split_first()?;
        let Body::Saved(saved) = &copy.body else { return None };
        let mut since = Vec::new();
        for parcel in single {
            let Body::Changes(changes) = &parcel.body else { return None };
            since.extend(changes.iter().map(|change| change.as_slice()));
        }
        (self.holding.heads.len() == 1).then_some((saved, since))
    }

    /// The document unbuilt, when one more parcel may wait behind the copy.
    pub(crate) fn filed(&self) -> Option<FiledDocument<'_>> {
        let tail = self.holding.arrivals - self.holding.tail;
        let (saved, since) = self.leaves()?;
        let room = tail + 1 < TAIL_MAX && since.len() <= CHANGES_MAX;
        room.then_some(FiledDocument { saved, since })
    }

    /// Puts a parcel behind the others.
    pub(crate) fn push(&mut self, holding: Holding, parcel: Parcel) {
        self.holding = holding;
        self.parcels.push(parcel);
    }
}
