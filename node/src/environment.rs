//! The seams between a node and the world: clock, entropy, disk, network.
//!
//! **Invariant:** wall time, randomness, files and datagrams enter the node only through this
//! module, so that the simulated province runs the production code on doubles of it. Monotonic time comes from the
//! async runtime, which the simulation pauses.

pub mod clock;
pub mod disk;
pub mod entropy;
pub mod network;

use std::sync::Arc;

pub use clock::{Clock, ManualClock, SystemClock};
pub use disk::{Disk, DiskFile, DiskLock, MemoryDisk, RealDisk};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use network::{Network, UdpNetwork};

/// Everything a node asks of the world around it.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Files.
    pub disk: Arc<dyn Disk>,
    /// Datagrams.
    pub network: Arc<dyn Network>,
}

impl Environment {
    /// The real world: system clock, the operating system's entropy, the file system, UDP.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            disk: Arc::new(RealDisk),
            network: Arc::new(UdpNetwork),
        }
    }
}
