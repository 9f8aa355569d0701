//! The one pinned random number generator: ChaCha8, a stream for each `(seed, stream)`.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::math;

/// Draws that depend on nothing but `(seed, stream)`.
pub struct Random(ChaCha8Rng);

impl Random {
    /// The generator of one stream of a seed; streams do not overlap.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A uniform draw from the open interval (0, 1), on a grid of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// A draw from the standard normal distribution (Box–Muller, one of the pair).
    pub fn normal(&mut self) -> f64 {
        let radius = math::sqrt(-2.0 * math::ln(self.uniform()));
        radius * math::cos(2.0 * core::f64::consts::PI * self.uniform())
    }
}
