//! placeholder until store merges
pub mod network;
