//! How an attachment is written as a row, and read from one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Attachment, AttachmentFault, Content, ContentKey, Description, Kind, LINKS_MAX, Link,
    MediaType, Secrecy,
};
use crate::{FieldId, Hash, RowId, Value};

/// Column that tells why an attachment was taken away.
pub(crate) const REMOVED: &str = "removed";

impl Attachment {
    /// The cells of the row.
    pub fn cells(&self) -> BTreeMap<String, Value> {
        let Description { kind, number, issued_on, issuer, title, links, secrecy } =
            &self.description;
        let Content { name, media, size, id, key } = &self.content;
        let text = |text: &str| Value::Text(text.to_owned());
        let key = Hash::from_bytes(*key.as_bytes()).to_string();
        let size = Value::Integer(i64::try_from(*size).unwrap_or(i64::MAX));
        let mut cells: BTreeMap<String, Value> = [
            ("kind", text(kind.code())),
            ("title", text(title)),
            ("secrecy", text(secrecy.code())),
            ("name", text(name)),
            ("media", text(media.mime())),
            ("size", size),
            ("content", text(&id.to_string())),
            ("key", text(&key)),
        ]
        .map(|(column, value)| (column.to_owned(), value))
        .into();
        // An empty text is no value.
        for (column, words) in [("number", number), ("issuer", issuer)] {
            if !words.is_empty() {
                cells.insert(column.to_owned(), text(words));
            }
        }
        if let Some(date) = issued_on {
            cells.insert("issued_on".to_owned(), Value::Date(*date));
        }
        if !links.is_empty() {
            let words: Vec<String> = links.iter().map(Link::to_string).collect();
            cells.insert("links".to_owned(), Value::Text(words.join(" ")));
        }
        if let Some(reason) = &self.removed {
            cells.extend(Self::removal(reason));
        }
        cells
    }

    /// The cells that take an attachment away.
    pub fn removal(reason: &str) -> BTreeMap<String, Value> {
        BTreeMap::from([(REMOVED.to_owned(), Value::Text(reason.to_owned()))])
    }

    /// Reads a row, which may have come from anywhere.
    ///
    /// # Errors
    /// [`AttachmentFault`] for anything but an attachment within its limits.
    pub fn read(cells: &BTreeMap<String, Value>) -> Result<Self, AttachmentFault> {
        let cell = AttachmentFault::Cell;
        let words = |column: &str| match cells.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            None => Ok(None),
            Some(_) => Err(cell),
        };
        let needed = |column: &str| words(column)?.ok_or(cell);
        let owned = |column: &str| Ok(words(column)?.unwrap_or_default().to_owned());
        let issued_on = match cells.get("issued_on") {
            Some(Value::Date(date)) => Some(*date),
            None => None,
            Some(_) => return Err(cell),
        };
        let size = match cells.get("size") {
            Some(Value::Integer(size)) => u64::try_from(*size).map_err(|_| cell)?,
            _ => return Err(cell),
        };
        let digest = |column: &str| needed(column)?.parse::<Hash>().map_err(|_| cell);
        let read = Self {
            description: Description {
                kind: Kind::from_code(needed("kind")?).ok_or(cell)?,
                number: owned("number")?,
                issued_on,
                issuer: owned("issuer")?,
                title: needed("title")?.to_owned(),
                links: read_links(words("links")?.unwrap_or_default())?,
                secrecy: Secrecy::from_code(needed("secrecy")?).ok_or(cell)?,
            },
            content: Content {
                name: needed("name")?.to_owned(),
                media: MediaType::from_mime(needed("media")?).ok_or(cell)?,
                size,
                id: digest("content")?,
                key: ContentKey::from_bytes(*digest("key")?.as_bytes()),
            },
            removed: words(REMOVED)?.map(str::to_owned),
        };
        read.check()?;
        Ok(read)
    }
}

fn read_links(text: &str) -> Result<BTreeSet<Link>, AttachmentFault> {
    let mut links = BTreeSet::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if links.len() == LINKS_MAX {
            return Err(AttachmentFault::Links);
        }
        links.insert(word.parse().map_err(|()| AttachmentFault::Cell)?);
    }
    Ok(links)
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(field) => write!(f, "{field}"),
            Self::Row { table, row } => write!(f, "{table}/{row}"),
        }
    }
}

impl std::str::FromStr for Link {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let Some((table, row)) = text.split_once('/') else {
            return text.parse().map(Self::Field).map_err(|_| ());
        };
        let named: FieldId = table.parse().map_err(|_| ())?;
        if named.table().is_some() {
            return Err(());
        }
        let row: RowId = row.parse().map_err(|_| ())?;
        Ok(Self::Row { table: table.to_owned(), row })
    }
}
