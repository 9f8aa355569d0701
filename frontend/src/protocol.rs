//! What the page and the engine worker say to each other: postcard in transferable buffers.
//!
//! A message is a JavaScript array of one or two `ArrayBuffer`s: the message itself and, with some, a column that would be
//! wasteful to encode. Buffers are transferred, not copied.

use atrium_shared::base::time::Timestamp;
use atrium_shared::research::backtest::{Digests, NoTradeCount};
use atrium_shared::research::metrics::Headline;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::signal::signals::Signal;
use atrium_shared::surface::report::DataReference;
use atrium_shared::trading::portfolio::Trade;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

/// The version of these messages. Page and worker are separate files, so a browser's cache may mix two builds.
pub const PROTOCOL: u32 = 5;

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Take these bars. Attached: the bars as the server sent them.
    Load {
        /// The number of the request.
        generation: u64,
        /// What the bars are of.
        data: DataReference,
        /// The sessions that runs see.
        window: Window,
    },
    /// Run the engine over the bars.
    Run {
        /// The number of the request.
        generation: u64,
        /// The parameters.
        config: Box<RunConfig>,
    },
    /// Take signals for the bars, which strategies that trade them have from now on. Attached: [`SignalRows`].
    Signals,
    /// Take finer bars of the same market, in which runs look where their convention does. Attached: the bars in wire form.
    Finer,
}

/// What the worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker has started. This variant stays first and as it is, so that any two builds understand it.
    Ready {
        /// [`PROTOCOL`] of the worker's build.
        protocol: u32,
        /// The version of the worker's engine.
        engine: String,
    },
    /// The bars are loaded.
    Loaded {
        /// The number of the request.
        generation: u64,
        /// Which of them lie in the window: the first, and how many.
        kept: (u64, u64),
    },
    /// The engine has run. Attached: equity at each bar's close, as `f64`.
    Ran(Box<Ran>),
    /// A request could not be met.
    Failed {
        /// The number of the request.
        generation: u64,
        /// What was wrong and what to do.
        message: String,
    },
    /// The worker is about to stop for good, by a defect.
    Panicked {
        /// What it says of it.
        message: String,
    },
}

/// Signals by the starts of their deciding bars, sorted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SignalRows(pub Vec<(Timestamp, Signal)>);

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// The number of the request.
    pub generation: u64,
    /// How long the engine took, in milliseconds.
    pub milliseconds: f64,
    /// The headline metrics.
    pub headline: Headline,
    /// Trades whose size a cap limited.
    pub trades_capped: u64,
    /// Why decisions did not trade.
    pub no_trades: Vec<NoTradeCount>,
    /// When trading was halted, if it was.
    pub halted_at: Option<Timestamp>,
    /// The digests.
    pub digests: Digests,
    /// Round trips, in order of exit.
    pub trades: Vec<Trade>,
}

/// A message that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the page and its engine do not understand each other: they may be of different versions, reload the page"
)]
pub struct BadMessage;

/// A message ready to be posted, and the list of what it transfers.
///
/// # Errors
/// [`BadMessage`] where it cannot be encoded, which no message that exists can cause.
pub fn pack<T: Serialize>(
    message: &T,
    attachment: Option<ArrayBuffer>,
) -> Result<(Array, Array), BadMessage> {
    let bytes = postcard::to_allocvec(message).map_err(|_| BadMessage)?;
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()).buffer());
    if let Some(buffer) = attachment {
        parts.push(&buffer);
    }
    let transfer = parts.slice(0, parts.length());
    Ok((parts, transfer))
}

/// The message and the attachment in what was received.
///
/// # Errors
/// [`BadMessage`] where it is none.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Result<(T, Option<ArrayBuffer>), BadMessage> {
    let parts: &Array = data.dyn_ref().ok_or(BadMessage)?;
    let buffer = |index| parts.get(index).dyn_into::<ArrayBuffer>().ok();
    let bytes = Uint8Array::new(buffer(0).ok_or(BadMessage)?.as_ref()).to_vec();
    let message = postcard::from_bytes(&bytes).map_err(|_| BadMessage)?;
    Ok((message, buffer(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::base::time::Day;
    use atrium_shared::market::actions::Actions;
    use atrium_shared::market::instrument::Instrument;

    #[test]
    fn a_message_reads_as_it_was_written() {
        // postcard names no fields: one that is left out would be taken for the next
        for instrument in [
            Instrument::us_share("SPY"),
            Instrument::forex_pair("EURUSD"),
        ] {
            let data = DataReference {
                data_set: "SPY-1min".to_owned(),
                instrument,
                simulated: false,
                actions: Actions::default(),
            };
            for request in [
                Request::Load {
                    generation: 7,
                    data,
                    window: Window {
                        from: Some(Day(19_800)),
                        to: None,
                    },
                },
                Request::Run {
                    generation: 8,
                    config: Box::default(),
                },
            ] {
                let bytes = postcard::to_allocvec(&request).unwrap();
                assert_eq!(postcard::from_bytes::<Request>(&bytes), Ok(request));
            }
        }
    }
}
