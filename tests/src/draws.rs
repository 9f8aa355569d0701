//! Draws for generated cases: everything depends on a seed and a stream, and on nothing else, natively and in WASM.

use atrium_shared::base::math;
use atrium_shared::base::random::Random;

/// A source of draws.
pub struct Draws(Random);

impl Draws {
    /// The draws of one stream of a seed; streams do not overlap.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Random::new(seed, stream))
    }

    /// True in `share` of all cases, from 0 (never) to 1 (always).
    pub fn chance(&mut self, share: f64) -> bool {
        self.0.uniform() < share
    }

    /// A whole number below `count`; 0 where that is 0.
    pub fn below(&mut self, count: u64) -> u64 {
        let drawn = (self.0.uniform() * count as f64) as u64;
        drawn.min(count.saturating_sub(1))
    }

    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).unsigned_abs()) as i64
    }

    /// A number between `low` and `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.uniform()
    }

    /// A number between `low` and `high`, both above 0, each order of magnitude as likely as the next.
    pub fn scaled(&mut self, low: f64, high: f64) -> f64 {
        math::exp(self.between(math::ln(low), math::ln(high)))
    }

    /// A draw from the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        self.0.normal()
    }

    /// One of a slice, each as likely; none of an empty one.
    pub fn pick_of<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        let index = self.below(values.len() as u64) as usize;
        values.get(index).copied()
    }

    /// One of some values, each as likely.
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is below N, and an empty array does not compile into a call"
    )]
    pub fn pick<T: Copy, const N: usize>(&mut self, values: [T; N]) -> T {
        const { assert!(N > 0) };
        values[self.below(N as u64) as usize]
    }
}
