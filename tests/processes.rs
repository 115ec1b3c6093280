//! Three tiers as real processes of the built program: killed, cut off, restored, cloned, shut out.
//!
//! The everyday runs take about a minute each. The long ones are commands:
//!
//! ```text
//! HOSO_KILLS=200 cargo test -p tests --release --test processes kills_at
//! HOSO_CUTS=30 cargo test -p tests --release --test processes cut_lines
//! ```
//!
//! `HOSO_CUTS` is in minutes. `HOSO_SEED` repeats the killer's choices; the moments at which they strike are the machine's.

#![allow(clippy::disallowed_methods, reason = "processes live in real time")]

#[path = "processes/cuts.rs"]
mod cuts;
#[path = "processes/kills.rs"]
mod kills;
#[path = "processes/lives.rs"]
mod lives;
#[path = "processes/memory.rs"]
mod memory;
#[path = "processes/relay.rs"]
mod relay;
#[path = "processes/verdict.rs"]
mod verdict;
#[path = "processes/writers.rs"]
mod writers;

/// A number that the person who runs the tests asks for.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}
