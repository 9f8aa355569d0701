//! Studies: what reruns the engine to see how far a result can be trusted.

mod conventions_band;

pub use conventions_band::{Band, ConventionsBand, Flip, conventions_band};
