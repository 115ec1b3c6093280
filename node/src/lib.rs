//! Skeleton.
pub mod environment;
pub mod link;
