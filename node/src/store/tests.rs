//! One suite over all three indexes, on a disk that can lose power.

mod basics;
mod crashes;
mod damage;
mod faults;
mod reading;
mod workload;
