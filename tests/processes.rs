//! Three tiers as real processes of the built program: killed, restored, cloned, shut out.
//!
//! The everyday run kills for about a minute. The long run is a command:
//!
//! ```text
//! HOSO_KILLS=200 cargo test -p tests --release --test processes kills
//! ```
//!
//! `HOSO_SEED` repeats the killer's choices; the moments at which they strike are the machine's.

#[path = "processes/kills.rs"]
mod kills;
#[path = "processes/lives.rs"]
mod lives;
#[path = "processes/writers.rs"]
mod writers;
