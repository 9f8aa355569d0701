//! What the page and the study worker say to each other, packed as the messages of the engine's worker are.

use atrium_shared::base::digest::Digest;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::signal::placing::ImportReport;
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::share::SignalTimes;
use atrium_shared::surface::sheets::{Compared, Forced, Sheet};
use serde::{Deserialize, Serialize};

/// The version of these messages. Page and worker are separate files, so a browser's cache may mix two builds.
pub const PROTOCOL: u32 = 3;

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
        /// The share of the stored bars that were filled in.
        filled: f64,
    },
    /// Take finer bars of the same market. Attached: the bars.
    Finer {
        /// The number of the request.
        generation: u64,
    },
    /// Read a file of signals for the bars; what is traded stays as it is. Attached: the file.
    Signals {
        /// The number of the request.
        generation: u64,
        /// How its times are read.
        times: SignalTimes,
    },
    /// Take signals for the bars, which strategies that trade them have from now on. Attached: [`SignalRows`].
    ///
    /// [`SignalRows`]: crate::protocol::SignalRows
    Rows {
        /// The number of the request.
        generation: u64,
    },
    /// Answer about a run.
    Ask {
        /// The number of the request.
        generation: u64,
        /// The parameters of the run.
        config: Box<RunConfig>,
        /// What is asked.
        question: Question,
    },
}

/// What may be asked about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// All that is told of it.
    Sheets,
    /// Why it decided as it did at a bar.
    Bar {
        /// Which, counted from 0.
        row: u32,
    },
    /// What would have come of a trade at a bar.
    Force {
        /// Which, counted from 0.
        row: u32,
        /// Long; else short.
        long: bool,
    },
    /// How far it depends on the fill convention.
    Band {
        /// Why there are no finer bars; empty where there are.
        no_finer: String,
    },
    /// Runs side by side.
    Compare {
        /// The runs.
        runs: Vec<Compared>,
    },
    /// The run as the command line's `--json` writes it.
    Export {
        /// The file whose signals it trades.
        read: Option<FileRead>,
    },
}

/// A file of signals that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRead {
    /// Its name.
    pub name: String,
    /// How its times were read.
    pub times: SignalTimes,
    /// What became of its rows.
    pub report: ImportReport,
}

/// What became of the rows of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalsRead {
    /// In words.
    pub words: String,
    /// In numbers.
    pub report: ImportReport,
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
    /// A request was met.
    Done {
        /// The number of the request.
        generation: u64,
        /// The digest of the run that the answer is about, where it is about one.
        run: Option<Digest>,
        /// What came of it.
        answer: Answer,
    },
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

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// What was given is taken.
    Loaded,
    /// Signals are read. Attached: the signals.
    Signals(SignalsRead),
    /// All that is told of a run.
    Sheets(Vec<Sheet>),
    /// Why it decided as it did.
    Bar(Sheet),
    /// What would have come of a trade.
    Forced(Forced),
    /// The band of conventions.
    Band(Sheet),
    /// Runs side by side.
    Comparison(Sheet),
    /// The run as text, without a newline at its end.
    Exported(String),
}
