//! Links: a run's configuration, its data and the digests of its result in a text that fits into a URL.
//!
//! A link is `1.BODY.CHECKSUM`: the version of its form, base64url, eight hexadecimal digits of CRC-32 over what is before
//! them; in a URL it is `#/backtest?c=1.BODY.CHECKSUM`, a fragment, which no browser sends to a server. Equal runs have equal
//! links. A link states what differs from the defaults of its version, which never change, so that links outlive changes of
//! the program's own defaults.
//!
//! Whatever is read here may come from anybody: it is bounded, checked and refused with a reason; nothing of it runs by itself.

mod defaults_v1;
mod envelope;
mod error;
mod seal;
mod command;
mod wire_v1;
mod sweep_part;

pub(in crate::surface) use command::{RowsFile, Stated, opening, settings};
pub use command::{RowsRead, SignalTimes, command_line, command_line_of_file};
pub use error::BadLink;
pub use seal::{Fingerprint, Part, Seal, Verdict};
pub use sweep_part::SweepPart;

pub use crate::research::window::Window;

use crate::base::time::Timestamp;
use crate::research::run_config::RunConfig;
use crate::trading::fills::Intrabar;

/// The longest text that is looked at, in bytes: a link of every option is shorter than a thousand.
pub const MAX_BYTES: usize = 8 * 1_024;

/// The path of the page that opens links.
const PAGE: &str = "#/backtest?c=";

/// What a link says.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The data set.
    pub data: DataSetId,
    /// The configuration, valid.
    pub config: RunConfig,
    /// The sessions of the run; all of the data where it is open at both ends.
    pub window: Window,
    /// What came of the run where the link was made; `None` where it was not run.
    pub seal: Option<Seal>,
    /// What the chart shows; all of the run where it is absent.
    pub view: Option<View>,
}

/// How a data set is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSetId {
    /// Its name in the store.
    pub name: String,
    /// The symbol of its instrument.
    pub symbol: String,
    /// Its content when the link was made.
    pub content: Fingerprint,
}

/// A stretch of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

impl Link {
    /// The link as text, from its version on.
    ///
    /// # Errors
    /// [`BadLink`] where the configuration is not valid or a name is none.
    pub fn text(&self) -> Result<String, BadLink> {
        let body = wire_v1::write(self)?;
        Ok(envelope::seal(wire_v1::VERSION, &body))
    }

    /// The link as the fragment of a URL.
    ///
    /// # Errors
    /// As [`Link::text`].
    pub fn fragment(&self) -> Result<String, BadLink> {
        Ok(format!("{PAGE}{}", self.text()?))
    }

    /// Reads a link: a whole URL, its fragment, or the text from the version on.
    ///
    /// # Errors
    /// [`BadLink`] says what is wrong and what to do.
    pub fn read(text: &str) -> Result<Self, BadLink> {
        let (version, body) = envelope::open(text, wire_v1::VERSION)?;
        match version {
            wire_v1::VERSION => wire_v1::read(&body),
            newer => Err(BadLink::Newer {
                version: newer,
                known: wire_v1::VERSION,
            }),
        }
    }
}

/// How many bars a run goes through, by which a page decides whether to ask before it opens a link: those that are decided on
/// and, where finer ones decide inside them, these too.
pub fn bars_to_walk(config: &RunConfig, bars: u64, finer_bars: u64) -> u64 {
    match config.fills.intrabar {
        Intrabar::Refined => bars.saturating_add(finer_bars),
        _ => bars,
    }
}

/// The most bars that a link may walk without asking: predicted and walked at 0.6 µs a bar they take about a second in a browser,
/// and they are 100 MB to be sent.
pub const BARS_WITHOUT_ASKING: u64 = 2_000_000;

#[cfg(test)]
mod tests;
