//! Attached files: what is said of them in dossiers, and their contents on the way up.
//!
//! A content is a note in the store that it is here; what carries its bytes belongs to the shell.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Edit, Hash, Role, RowId,
    attachment::{Attachment, Content, ContentKey, Description, Kind, MediaType, Secrecy},
};
use protocol::{Command, envelope::Meta};

use crate::checker::authority::Deed;
use crate::cores::life::Life;
use crate::cores::province::grounds;

impl Life {
    /// Somebody attaches a file, or takes one off the list.
    pub(super) fn deal_with_files(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let place = self.writer(&dossier);
        let Some(reading) = self.read(place, &dossier) else { return };
        let row = reading.files.get(self.luck.below(reading.files.len() as u64) as usize);
        match row {
            Some(row) if self.luck.below(4) == 0 => self.detach(place, dossier, *row),
            _ => self.attach(place, dossier),
        }
    }

    fn basis(&mut self, place: usize) -> Meta {
        let mut meta = self.person(place, Role::Clerk);
        if self.luck.below(2) == 0 {
            meta.basis = grounds(self.luck.below(2) == 0);
        }
        meta
    }

    fn attach(&mut self, place: usize, dossier: DossierId) {
        let title = self.token();
        let content = Content {
            name: "quyết định.pdf".to_owned(),
            media: MediaType::Pdf,
            size: 9,
            id: Hash::of(title.as_bytes()),
            key: ContentKey::from_bytes([1; 32]),
        };
        let description = Description {
            kind: Kind::Decision,
            number: String::new(),
            issued_on: None,
            issuer: String::new(),
            title: title.clone(),
            links: BTreeSet::new(),
            secrecy: Secrecy::Open,
        };
        let attachment = Attachment { description, content, removed: None };
        let (row, meta) = (self.fresh_row(), self.basis(place));
        let edit = Edit::PutRow { table: "attachment".to_owned(), row, cells: attachment.cells() };
        let deed = Deed::of(false, [&edit]);
        let attachment = Box::new(attachment);
        let command = Command::Attach { dossier, row, attachment, meta: meta.clone() };
        self.act(place, dossier, (&meta, deed), Some(title), command);
    }

    fn detach(&mut self, place: usize, dossier: DossierId, row: RowId) {
        let (reason, meta) = (self.token(), self.basis(place));
        let deed = Deed { attaches: true, ..Deed::default() };
        let command = Command::Detach { dossier, row, reason: reason.clone(), meta: meta.clone() };
        self.act(place, dossier, (&meta, deed), Some(reason), command);
    }
}
