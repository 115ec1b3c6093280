//! Bad inputs, a few lines each: every one gets its typed refusal, leaves the store as it was, and
//! takes bounded time.

#[path = "bad-inputs/attachments.rs"]
mod attachments;
#[path = "bad-inputs/custody.rs"]
mod custody;
#[path = "bad-inputs/disks.rs"]
mod disks;
#[path = "bad-inputs/docket.rs"]
mod docket;
#[path = "bad-inputs/door.rs"]
mod door;
#[path = "bad-inputs/frames.rs"]
mod frames;
#[path = "bad-inputs/hellos.rs"]
mod hellos;
#[path = "bad-inputs/notices.rs"]
mod notices;
#[path = "bad-inputs/parcels.rs"]
mod parcels;
#[path = "bad-inputs/settings.rs"]
mod settings;
#[path = "bad-inputs/witnesses.rs"]
mod witnesses;
