//! The way back of a node that was away longer than its certificate lasts.
//!
//! The ordinary dial comes first. When it fails because of time, or fails and the own certificate
//! has ended, the node asks at the renewal door of tier 3, or a person carries the request. What
//! comes back counts by the register's signature alone. A clock that is wrong is told before any
//! other reason: with it, everybody's certificate seems to have ended.

use std::time::Duration;

use certs::{
    DoorRefusal, chain,
    enrolment::{
        LateAnswer, LateRefusal, LateRequest, LateRoad, LateVerdict, RENEW_GRACE_DAYS, clock_error,
    },
};
use dossier::{Hash, Timestamp};
use protocol::core::{Refused, Relation, Session};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending};
use crate::{
    control::{CertificateOrder, CertificateShown, Response},
    errand::{self, Errand, Heard},
    home::HomeError,
    link::CloseReason,
};

/// How long the door is left alone after nobody answered, in milliseconds.
const AGAIN_MS: u64 = 60_000;

/// How long it is left alone after a refusal, which a person must see to, in milliseconds.
const REFUSED_AGAIN_MS: u64 = 600_000;

/// The request that a person carries, in the data directory.
const PAPER: &str = "late.json";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How the last dial to the superior ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dial {
    /// By this node's clock the superior's certificate is out of its time.
    Theirs,
    /// By the superior's clock this node's is.
    Ours,
    /// Anything else.
    Failed,
}

/// What is known of the way back.
#[derive(Debug, Default)]
pub(super) struct Late {
    dial: Option<Dial>,
    under_way: bool,
    /// Whether the last try was answered.
    heard: bool,
    asked: Option<Timestamp>,
    trouble: Option<(Timestamp, Refused)>,
    waiting: Vec<oneshot::Sender<Response>>,
}

impl Late {
    /// Takes note of a dial that came to nothing.
    pub(super) fn dial_failed(&mut self, why: &CloseReason) {
        self.dial = Some(about_time(why).unwrap_or(Dial::Failed));
    }

    /// Takes note of a connection that ended: a dialler may hear only then that it was refused.
    pub(super) fn closed(&mut self, why: &CloseReason) {
        self.dial = about_time(why).or(self.dial);
    }

    fn may_go(&self, now: Timestamp) -> bool {
        self.rest(now) == 0 && !self.under_way
    }

    /// How long, in milliseconds, before the way is taken again.
    fn rest(&self, now: Timestamp) -> u64 {
        let wait = if self.heard { REFUSED_AGAIN_MS } else { AGAIN_MS };
        self.asked
            .map_or(0, |asked| wait.saturating_sub(now.as_millis().abs_diff(asked.as_millis())))
    }
}

/// Whose certificate was found out of its time, if that is why a connection ended.
fn about_time(why: &CloseReason) -> Option<Dial> {
    let time = |refusal| matches!(refusal, DoorRefusal::Expired | DoorRefusal::NotYetValid);
    match why {
        CloseReason::Refused { refusal, .. } if time(*refusal) => Some(Dial::Theirs),
        CloseReason::RefusedByPeer { refusal, .. } if time(*refusal) => Some(Dial::Ours),
        _ => None,
    }
}

/// Whether the door looked at the certificate and stayed shut.
fn is_refusal(why: &CloseReason) -> bool {
    matches!(why, CloseReason::RefusedByPeer { .. })
}

impl Engine {
    /// Goes to the renewal door when the peer door stays shut because of time.
    pub(super) fn come_back_when_due(&mut self) {
        let now = self.environment.clock.now();
        let upper = |session: &Session| session.is_live() && session.relation() == Relation::Upper;
        if self.core.sessions().any(upper) {
            (self.late.dial, self.late.trouble) = (None, None);
        }
        if self.is_late(now) && self.late.may_go(now) {
            self.go(now);
        }
    }

    fn is_late(&self, now: Timestamp) -> bool {
        let due = match self.late.dial {
            Some(Dial::Theirs | Dial::Ours) => true,
            Some(Dial::Failed) => now > self.resident.identity.not_after,
            None => false,
        };
        due && self.office.is_none()
    }

    /// How long until the renewal door is to be visited, if at all.
    pub(super) fn late_rest(&self, now: Timestamp) -> Option<Duration> {
        let waits = self.is_late(now) && !self.late.under_way;
        waits.then(|| Duration::from_millis(self.late.rest(now)))
    }

    fn go(&mut self, now: Timestamp) {
        self.late.asked = Some(now);
        let Some(door) = self.resident.file.door.clone() else {
            return self.settle(Err(self.or_clock(refused("late-no-door", ""))));
        };
        let next = match self.next_key() {
            Ok(next) => next,
            Err(error) => return self.settle(Err(refused("disk", error))),
        };
        let errand = Errand { resident: self.resident.clone(), next, door, asked: now };
        match self.errands.try_send(errand) {
            Ok(()) => self.late.under_way = true,
            Err(_) => self.settle(Err(refused("late-unreachable", "the node goes down"))),
        }
    }

    /// What an errand brought back.
    pub(super) fn take_late(&mut self, heard: Heard) {
        self.late.under_way = false;
        self.late.heard = heard.answer.is_ok() || heard.answer.as_ref().is_err_and(is_refusal);
        let outcome = match heard.answer {
            Ok((request, bytes)) => self.hear(&bytes, request, heard.asked),
            Err(why) => Err(self.unheard(&why)),
        };
        self.settle(outcome);
    }

    /// Remembers how it went and tells whoever waits for it.
    fn settle(&mut self, outcome: Result<(), Refused>) {
        let now = self.environment.clock.now();
        if let Err(refused) = &outcome {
            tracing::warn!(code = refused.code, "no late renewal");
            self.late.trouble = Some((now, refused.clone()));
        }
        for reply in std::mem::take(&mut self.late.waiting) {
            let response = match &outcome {
                Ok(()) => Response::Certificate(self.certificate()),
                Err(refused) => Response::Refused(refused.clone()),
            };
            self.pending.push(Pending::Respond(reply, response));
        }
    }

    /// Why the door gave no answer.
    fn unheard(&self, why: &CloseReason) -> Refused {
        let now = self.environment.clock.now().as_millis();
        let grace_ends = self.resident.identity.not_after.as_millis() + RENEW_GRACE_DAYS * DAY_MS;
        match why {
            CloseReason::RefusedByPeer { refusal: DoorRefusal::Revoked, .. } => {
                late(LateRefusal::Revoked)
            }
            // By the own clock there is time left: one of the two clocks is wrong.
            CloseReason::RefusedByPeer { refusal: DoorRefusal::Expired, .. }
                if now <= grace_ends =>
            {
                refused("clock", "")
            }
            CloseReason::RefusedByPeer { refusal: DoorRefusal::Expired, .. } => {
                late(LateRefusal::TooOld)
            }
            why => self.or_clock(refused("late-unreachable", why)),
        }
    }

    /// When both clocks are right and the own certificate lasts, it is the superior that was away.
    fn refused(&self, refusal: LateRefusal) -> Refused {
        match (refusal, self.late.dial) {
            (LateRefusal::NotEnded, Some(Dial::Theirs)) => refused("late-superior", ""),
            _ => late(refusal),
        }
    }

    /// Where tier 3 cannot be asked, a superior that seems out of its time, too, speaks against the
    /// own clock.
    fn or_clock(&self, reason: Refused) -> Refused {
        if self.late.dial == Some(Dial::Theirs) { refused("clock", "superior") } else { reason }
    }

    /// Judges an answer to the request of this digest, and takes the certificate it grants.
    fn hear(&mut self, bytes: &[u8], request: Hash, asked: Timestamp) -> Result<(), Refused> {
        let unbelieved = |why: &str| refused("late-answer", why);
        let answer = LateAnswer::from_json(bytes).map_err(|_| unbelieved("not an answer"))?;
        let verdict = answer.verdict(request, &self.resident.file.charter);
        let verdict = verdict.ok_or_else(|| unbelieved("not signed for this request"))?;
        let now = self.environment.clock.now();
        let clock = clock_error(asked, answer.at, now).map(|ahead| refused("clock", ahead));
        match verdict {
            LateVerdict::Refused(refusal) => Err(clock.unwrap_or_else(|| self.refused(*refusal))),
            LateVerdict::Granted(pem) => {
                let chain = chain::from_pem(pem).map_err(|_| unbelieved("not certificates"))?;
                self.try_install(chain, answer.at).map_err(unbelieved)?;
                let until = self.resident.identity.not_after.as_millis();
                tracing::info!(until_ms = until, "certificate renewed late");
                self.late.trouble = clock.map(|refused| (now, refused));
                self.late.dial = None;
                // Whoever waits to dial again need not.
                self.hurries += 1;
                Ok(())
            }
        }
    }

    /// A question or an order of this machine about the certificate.
    pub(super) fn order_certificate(
        &mut self,
        order: CertificateOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let response = match order {
            CertificateOrder::Show => Ok(Response::Certificate(self.certificate())),
            _ if self.office.is_some() => Err(refused("late-own", "")),
            CertificateOrder::Renew => {
                self.late.waiting.push(reply);
                if !self.late.under_way {
                    self.go(self.environment.clock.now());
                }
                return Ok(());
            }
            CertificateOrder::WritePaper => self
                .write_paper()
                .map(|request| Response::LatePaper { request })
                .map_err(|error| refused("disk", error)),
            CertificateOrder::TakePaper(answer) => {
                self.take_paper(&answer).map(|()| Response::Certificate(self.certificate()))
            }
        };
        let response = response.unwrap_or_else(Response::Refused);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn certificate(&self) -> CertificateShown {
        let identity = &self.resident.identity;
        CertificateShown {
            not_before: identity.not_before,
            not_after: identity.not_after,
            door: self.resident.file.door.clone(),
            trouble: self.late.trouble.clone(),
        }
    }

    /// The request to be carried; kept, since the answer must be to it.
    fn write_paper(&mut self) -> Result<String, HomeError> {
        let next = self.next_key()?;
        let now = self.environment.clock.now();
        let paper = errand::request(&self.resident, &next, LateRoad::Paper, now);
        self.home.write(&*self.environment.disk, PAPER, &paper)?;
        Ok(paper.to_json())
    }

    fn take_paper(&mut self, answer: &str) -> Result<(), Refused> {
        let disk = std::sync::Arc::clone(&self.environment.disk);
        let paper: Result<LateRequest, HomeError> = self.home.read(&*disk, PAPER);
        let paper = paper.map_err(|_| refused("late-no-paper", ""))?;
        self.hear(answer.as_bytes(), paper.digest(LateRoad::Paper), paper.made_at)?;
        // A paper that stays behind is for a key that is in use: nothing more comes of it.
        if let Err(error) = disk.remove(&self.home.directory().join(PAPER)) {
            tracing::warn!(%error, "the request could not be removed");
        }
        Ok(())
    }
}

/// The code under which a refusal of tier 3 is told.
pub(crate) fn late(refusal: LateRefusal) -> Refused {
    let code = match refusal {
        LateRefusal::Revoked => "late-revoked",
        LateRefusal::TooOld => "late-too-old",
        LateRefusal::NotEnded => "late-not-ended",
        LateRefusal::Unlisted => "late-unlisted",
        LateRefusal::Stale => "late-stale",
        LateRefusal::WrongUnit => "late-wrong-unit",
        LateRefusal::NoProof => "late-no-proof",
    };
    refused(code, refusal)
}

fn refused(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
