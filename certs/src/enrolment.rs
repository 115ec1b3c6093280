//! Enrolment: how a machine becomes a node of a unit, over the network or by files in hand.
//!
//! The province writes an [`Invite`] and hands over its [`InviteToken`] (a secret and the root's
//! fingerprint) in a [`Delivery`]. The joining node makes its keys at home and sends an
//! [`EnrolRequest`]; [`check_request`] decides; the issuing authority answers with an
//! [`EnrolAnswer`], which [`check_answer`] judges on the joining side. Both screens show the same
//! six [`comparison_words`]. A node that was away longer than its certificate lasts proves itself
//! with a [`LateRequest`] and needs no invite. Every function is pure; the caller persists the invite in the same
//! transaction as the entry in the member list.

mod answer;
mod invite;
mod late;
mod renewal;
mod request;
mod signing_request;
mod token;
mod words;

pub use crate::encoding::DocumentError;
pub use answer::{AnswerRefusal, EnrolAnswer, Enrolled, check_answer};
pub use invite::{Delivery, DeliveryError, Invite, MAIL_LIFE_MS, ONLINE_LIFE_MS};
pub use late::{
    CLOCK_FAR_MS, LateAnswer, LateClaim, LateKeys, LateRefusal, LateRequest, LateRoad, LateTerms,
    LateVerdict, check_late_request, clock_error,
};
pub use renewal::{RENEW_GRACE_DAYS, RenewRefusal, RenewRequest, check_renewal, renew_at};
pub use request::{ATTEMPTS_MAX, Accepted, EnrolRefusal, EnrolRequest, check_request};
pub use token::{InviteToken, TokenError};
pub use words::comparison_words;
