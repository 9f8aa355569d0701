//! Our WASM side of `peers/peers.py` and of the example `sweep`: what `peers/wasm.cjs` and `peers/sweep_worker.js` call. Native builds
//! of it are empty.

#![cfg(target_arch = "wasm32")]

use atrium_bench::{Columns, Comparison};
use atrium_shared::research::sweep::Sweeper;
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

    /// The run alone, before it is judged; how many trades it made.
    pub fn alone(&self) -> usize {
        self.0.alone()
    }

    /// The whole by walking every bar through the engine; how many trades it made.
    pub fn whole_by_walking(&self) -> usize {
        self.0.whole_by_walking()
    }

    /// How many trades the rule makes, filled as backtesting.py does.
    pub fn trades_as_backtesting_py(&self) -> usize {
        self.0.trades_as_backtesting_py()
    }
}

/// The sweep to be timed.
#[wasm_bindgen]
pub struct Sweep {
    columns: &'static Columns,
    sweeper: Sweeper<'static>,
}

#[wasm_bindgen]
impl Sweep {
    /// Makes a workload by its name and lays its bars out, which stay until the worker ends.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str) -> Self {
        let columns: &'static Columns = Box::leak(Box::new(Columns::named(name)));
        let index = Box::leak(Box::new(columns.index()));
        let sweeper = columns.sweeper(index);
        Self { columns, sweeper }
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The headline metrics of a range of columns; how many trades they made.
    pub fn skip(&mut self, from: usize, to: usize) -> f64 {
        self.columns.skip(&mut self.sweeper, from..to) as f64
    }
}
