//! The province in one process, and benchmarks, on the production code.

pub mod bench;
pub mod workload;
