//! What everything else is written in: units, time and digests.
//!
//! Small value types that cannot hold nonsense. This wing knows nothing of markets and never allocates in a hot loop.

pub mod units;
pub mod digits;
pub mod utf16;
mod civil;
pub mod time;
pub mod zone;
pub mod digest;
pub mod math;
pub mod random;
