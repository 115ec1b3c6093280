//! Links over real loopback sockets, with certificates of a province made for the test.

mod conversation;
mod enrolment_door;
mod flood;
mod framing;
mod killed;
mod peer_door;
mod stage;
