//! One request of a person who is signed in: her session, the node, and the frame of her page.

use std::sync::{Arc, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use dossier::{UnitId, calendar::Calendar};
use jiff::civil::Date;
use pages::frame::{Frame, Person, Place, Strip};
use pages::sign_in::{Back, Told};
use protocol::core::SyncState;
use tokio::time::Instant;

use super::House;
use super::answer::{Answer, status_of, troubled};
use super::sitting::Name;
use crate::account::{AccountAnswer, AccountOrder, WhoShown};
use crate::cli::shared::{Asker, Book, CliError, Library, refusal, waiting, words};
use crate::control::{Request, Response};

/// A request in a session.
pub(super) struct Visit {
    pub(super) house: Arc<House>,
    pub(super) name: Name,
    pub(super) asker: Asker,
    pub(super) who: WhoShown,
}

impl House {
    /// The name of the sitting that a browser shows.
    pub(super) fn name_of(&self, headers: &HeaderMap) -> Option<Name> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|text| text.split(';'));
        let shown = pairs.find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == self.cookie).then_some(value)
        })?;
        let mut name = Name::default();
        hex::decode_to_slice(shown, &mut name).ok()?;
        Some(name)
    }

    /// The cookie that a browser keeps for this long, in seconds; 0 takes it away.
    pub(super) fn cookie_for(&self, name: &Name, seconds: u32) -> String {
        let (key, value) = (&self.cookie, hex::encode(name));
        let age = if seconds == 0 { "; Max-Age=0" } else { "" };
        format!("{key}={value}; Path=/; HttpOnly; SameSite=Strict{age}")
    }

    /// Asks the node without a session.
    pub(super) fn asker(&self) -> Asker {
        Asker::at_a_page(self.desk.clone(), self.runtime.clone(), None)
    }

    /// Form, catalogs and units as the node knows them.
    pub(super) fn library(&self, asker: &mut Asker) -> Result<Arc<Library>, CliError> {
        let version = asker.status()?.tree;
        let known = || self.library.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, library)) = &*known()
            && *of == version
        {
            return Ok(Arc::clone(library));
        }
        let Response::OrgTree { version, tree } = asker.call(&Request::OrgTree)? else {
            return Err(CliError::unexpected());
        };
        let library = Arc::new(Library { tree, ..Library::load()? });
        *known() = Some((version, Arc::clone(&library)));
        Ok(library)
    }

    /// The calendar in force, as the node knows it.
    pub(super) fn calendar(&self, asker: &mut Asker) -> Result<Arc<Calendar>, CliError> {
        let decisions = Book::decisions(asker);
        let known = || self.calendar.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, calendar)) = &*known()
            && *of == decisions
        {
            return Ok(Arc::clone(calendar));
        }
        let calendar = Arc::new(Book::load(decisions.clone())?.in_force());
        *known() = Some((decisions, Arc::clone(&calendar)));
        Ok(calendar)
    }

    /// The frame of a page that belongs to nobody.
    pub(super) fn open_frame(&self, title: &str) -> Frame {
        let unit = &self.desk.ready().unit;
        let library = self.library(&mut self.asker()).ok();
        let known = library.as_ref().and_then(|library| library.tree.get(unit));
        Frame {
            title: title.to_owned(),
            unit: known.map_or_else(|| unit.to_string(), |unit| unit.name.clone()),
            place: Place::Elsewhere,
            person: None,
            strip: None,
            notices: Vec::new(),
        }
    }
}

impl Visit {
    /// The visit of whoever shows this name; nobody's when her session has ended.
    pub(super) fn of(house: &Arc<House>, name: Name) -> Result<Option<Self>, CliError> {
        let Some(token) = house.sittings.token(&name, Instant::now()) else { return Ok(None) };
        let mut asker = Asker::at_a_page(house.desk.clone(), house.runtime.clone(), Some(token));
        match asker.call(&Request::Account(AccountOrder::Who)) {
            Ok(Response::Account(AccountAnswer::Who(who))) => {
                Ok(Some(Self { house: Arc::clone(house), name, asker, who }))
            }
            Ok(_) => Err(CliError::unexpected()),
            Err(error) if is_over(&error) => {
                house.sittings.end(&name);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Another way to ask in the same session, for what keeps its own.
    pub(super) fn again(&self) -> Asker {
        let token = self.house.sittings.token(&self.name, Instant::now());
        Asker::at_a_page(self.house.desk.clone(), self.house.runtime.clone(), token)
    }

    /// Form, catalogs and units as the node knows them.
    pub(super) fn library(&mut self) -> Result<Arc<Library>, CliError> {
        let house = Arc::clone(&self.house);
        house.library(&mut self.asker)
    }

    /// The calendar in force, as the node knows it.
    pub(super) fn calendar(&mut self) -> Result<Arc<Calendar>, CliError> {
        let house = Arc::clone(&self.house);
        house.calendar(&mut self.asker)
    }

    /// The day it is in Vietnam.
    pub(super) fn today(&self) -> Result<Date, CliError> {
        words::day(self.house.environment.clock.now()).ok_or_else(CliError::unexpected)
    }

    /// The frame of a page, with what was left to be told.
    pub(super) fn frame(&mut self, title: &str, place: Place) -> Result<Frame, CliError> {
        let library = self.library()?;
        let state = self.asker.status()?;
        let unit = library.tree.get(&state.unit);
        Ok(Frame {
            title: title.to_owned(),
            unit: unit.map_or_else(|| state.unit.to_string(), |unit| unit.name.clone()),
            place,
            person: Some(Person {
                name: self.who.full_name.clone(),
                role: words::role(self.who.role).to_owned(),
            }),
            strip: Some(strip(&state, &library)),
            notices: self.house.sittings.told(&self.name),
        })
    }

    /// A page that tells an error and leads back.
    pub(super) fn refuse(&mut self, error: &CliError, back: &str) -> Answer {
        let frame = self.frame("Chưa làm được", Place::Elsewhere);
        let frame = frame.unwrap_or_else(|_| self.house.open_frame("Chưa làm được"));
        let back = Some(Back { href: back.to_owned(), label: "Quay lại".to_owned() });
        Answer::page(&Told { frame: troubled(frame, error), back }).status(status_of(error))
    }
}

/// Whether a session has ended, whatever was asked in it.
pub(super) fn is_over(error: &CliError) -> bool {
    matches!(error.code.as_str(), "TK-0230" | "TK-0231")
}

/// The facts of `hoso status` in one line.
fn strip(state: &SyncState, library: &Library) -> Strip {
    let name =
        |id: &UnitId| library.tree.get(id).map_or_else(|| id.to_string(), |unit| unit.name.clone());
    let [above, top] = waiting(state);
    let upper = state.neighbours.iter().find(|neighbour| neighbour.upper);
    // What a drained connection has passed on is sent; anything else may still lie here.
    let handed = upper.is_some_and(|neighbour| neighbour.live && neighbour.drained);
    let waits = if state.tier < 2 { above } else { top };
    let contact = match upper {
        Some(upper) => {
            format!("Nghe {} lúc {}", name(&upper.unit), words::instant(upper.last_heard))
        }
        None => "Chưa kết nối với cấp trên; vẫn làm việc được".to_owned(),
    };
    let refused = state
        .refused
        .as_ref()
        .map(|it| format!("{} không nhận máy này: {}", name(&it.unit), refusal(it.code)));
    let full = state.disk_full.then(|| "Ổ đĩa đầy: chưa ghi thêm được".to_owned());
    Strip {
        saved: state.totals.own,
        unsent: if handed { 0 } else { waits },
        sent: if handed { waits } else { 0 },
        confirmed: state.totals.own.saturating_sub(waits),
        top: state.tier == 3,
        contact,
        warning: full.or(refused),
    }
}
