//! Our WASM side of `peers/peers.py`: what `peers/wasm.cjs` calls. Native builds of it are empty.

#![cfg(target_arch = "wasm32")]

use atrium_bench::Comparison;
use wasm_bindgen::prelude::wasm_bindgen;

/// The run to be timed.
#[wasm_bindgen]
pub struct Peer(Comparison);

#[wasm_bindgen]
impl Peer {
    /// Reads bars and computes the signals.
    #[wasm_bindgen(constructor)]
    pub fn new(csv: &str) -> Self {
        Self(Comparison::of(csv))
    }

    /// A backtest with every metric and both digests; how many trades it made.
    pub fn whole(&self) -> usize {
        self.0.whole()
    }

    /// The walk alone; how many fills there were.
    pub fn walk_alone(&self) -> usize {
        self.0.walk_alone()
    }
}
