//! Messages between the server and the browser.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::base::digest::Digest;
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::actions::{Actions, CorporateAction, PriceBasis};
use crate::market::calendar::Calendar;
use crate::market::curate::{CleanReport, Curated, FillReport, FillRule, MergeReport};
use crate::market::instrument::Instrument;
use crate::market::intake::{Detection, Reading, Rejected, Seen};
use crate::market::price_step::PriceStep;

/// `GET /health`: the server is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Always "ok".
    pub status: String,
    /// The version of the program.
    pub version: String,
    /// The version of the engine; the page's must be the same for digests to agree.
    pub engine: String,
}

/// `GET /api/datasets`: what is in the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataSets {
    /// The data sets that can be used, by name.
    pub sets: Vec<DataSet>,
    /// What is wrong with the others, and what to do about it: one sentence each, with the name.
    pub damaged: Vec<String>,
}

/// A stored data set, as listed by `GET /api/datasets`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    /// Its name in the store, such as "SPY-1min".
    pub name: String,
    /// What was recorded.
    pub instrument: Instrument,
    /// The interval of the stored bars.
    pub interval: BarInterval,
    /// How many bars are stored.
    pub rows: u64,
    /// The start of the first bar.
    pub first: Timestamp,
    /// The start of the last bar.
    pub last: Timestamp,
    /// The content hash of the stored bars.
    pub digest: Digest,
    /// Whether the bars are simulated.
    pub simulated: bool,
    /// Where they came from, in words.
    pub source: String,
    /// How many of the rows are synthetic: made by filling a gap, never traded on.
    #[serde(default)]
    pub synthetic: u64,
    /// Whether there is a spread for each bar.
    #[serde(default)]
    pub spread: bool,
    /// For what the source had adjusted its prices.
    #[serde(default)]
    pub basis: PriceBasis,
    /// The corporate actions that adjust the stored prices.
    #[serde(default, skip_serializing_if = "Actions::is_empty")]
    pub actions: Actions,
    /// Which gaps were filled.
    #[serde(default = "no_filling")]
    pub fill: FillRule,
    /// How many imports it was made of.
    #[serde(default)]
    pub imports: u32,
    /// How many rows are in its quarantine.
    #[serde(default)]
    pub rejected: u64,
}

/// What a data set was filled by before data sets were filled.
fn no_filling() -> FillRule {
    FillRule {
        max_fill_minutes: 0,
        ..FillRule::default()
    }
}

/// `GET /api/datasets/{name}`: all that is known of a data set but its bars. Its coverage, gaps and quality are
/// [`Coverage`](crate::market::curate::Coverage), [`GapReport`](crate::market::curate::GapReport) and
/// [`QualityReport`](crate::market::curate::QualityReport) at `/coverage`, `/gaps` and `/quality` below it, and the file is at
/// `/export?format=csv` or `parquet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSetDetail {
    /// The card.
    pub set: DataSet,
    /// Every import, oldest first.
    pub imports: Vec<ImportRecord>,
    /// Bytes on disk, the raw layer included.
    pub bytes: u64,
    /// The user's own closures over its calendar: the file, whole, which
    /// [`Closures::parse`](crate::market::calendar::Closures::parse) reads; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub closures: String,
}

/// One import into a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// Its number, from 1.
    pub number: u32,
    /// When, in UTC.
    pub at: Timestamp,
    /// The file's name, or where the bars came from, in words.
    pub source: String,
    /// The SHA-256 of the file, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How it was read, where there was a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// By which version of the reader's rules.
    #[serde(default)]
    pub reader: u32,
    /// What cleaning did.
    pub clean: CleanReport,
    /// What merging did.
    pub merge: MergeReport,
    /// Rows in the quarantine.
    pub rejected: u64,
    /// The change of basis that was found against what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebase: Option<CorporateAction>,
}

/// `GET /api/datasets/{name}/rows?from=&to=` (times in UTC): bars as they are stored, raw, synthetic ones and those outside
/// the regular hours included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredRows {
    /// The bars by time, at most [`StoredRows::MOST`].
    pub rows: Vec<StoredRow>,
    /// Whether there are more in that time.
    pub more: bool,
}

impl StoredRows {
    /// So many rows are sent at most.
    pub const MOST: usize = 5_000;

    /// The bars of a market that start from `from` on and before `to`, as they are stored.
    pub fn of(bars: &Curated, calendar: Calendar, from: Timestamp, to: Timestamp) -> Self {
        let start = bars.bars().start();
        let begin = start.partition_point(|at| *at < from);
        let end = start.partition_point(|at| *at < to).max(begin);
        let bases = bars.actions().bases(calendar, bars.interval());
        let factor = |at: Timestamp| {
            let basis = bases.iter().find(|basis| at < basis.until);
            basis.map_or(1.0, |basis| basis.price_factor)
        };
        let rows = bars.bars().rows().enumerate().take(end).skip(begin);
        let rows = rows
            .take(Self::MOST)
            .map(|(index, (start, prices, volume))| StoredRow {
                start,
                prices,
                volume,
                synthetic: bars.synthetic().get(index).copied().unwrap_or_default(),
                spread: bars.spread().and_then(|column| column.get(index)).copied(),
                factor: factor(start),
            });
        Self {
            rows: rows.collect(),
            more: end - begin > Self::MOST,
        }
    }
}

/// One bar as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoredRow {
    /// Its start.
    pub start: Timestamp,
    /// Open, high, low, close, raw.
    pub prices: [f64; 4],
    /// Traded quantity.
    pub volume: f64,
    /// Whether it is synthetic.
    pub synthetic: bool,
    /// Ask less bid at the close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    /// `adjusted = raw · factor`.
    pub factor: f64,
}

/// The answer to `POST /api/imports?name=FILE` (the body is the file, its type `application/octet-stream`), and to an order
/// with `dry_run`: what the file is, before anything is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// What `/api/imports/{id}` knows the upload by.
    pub id: String,
    /// The name of the file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// What was found out about it.
    pub detection: Detection,
    /// What it would be stored as: guessed from the name of the file, or as ordered.
    pub instrument: Instrument,
    /// The name of the data set that it would be stored in.
    pub name: String,
    /// That data set, where there is one already.
    pub stored: Option<DataSet>,
}

/// `POST /api/imports/{id}` as JSON: what to do with an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportOrder {
    /// What was recorded.
    pub instrument: Instrument,
    /// Whether a person gave its symbol; what the name of the file proposes is asked about where a column names another one.
    #[serde(default)]
    pub symbol_given: bool,
    /// Whether its price step was stated, or is known of the symbol, so that it stands whatever the prices show.
    #[serde(default)]
    pub step_given: bool,
    /// What is fixed about the file; the rest is detected.
    pub reading: Reading,
    /// For what the prices are adjusted.
    #[serde(default)]
    pub basis: PriceBasis,
    /// Which gaps are filled.
    #[serde(default)]
    pub fill: FillRule,
    /// Whether a data set of that name is replaced; otherwise the bars are merged into it.
    #[serde(default)]
    pub replace: bool,
    /// Whether the file's prices are taken as they are where they do not fit those stored or those known of the symbol, and
    /// nothing explains it: the answer to [`ImportState::Failed`] with `may_accept`.
    #[serde(default)]
    pub accept: bool,
    /// Whether only the preview is wanted: the answer is an [`ImportPreview`], otherwise an [`ImportStatus`].
    #[serde(default)]
    pub dry_run: bool,
    /// Whether storing is only tried: the answer is a [`Rehearsal`].
    #[serde(default)]
    pub rehearse: bool,
}

/// `GET /api/imports/{id}`: how far an import is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportStatus {
    /// What the upload is known by.
    pub id: String,
    /// The name of the file.
    pub file: String,
    /// How far.
    pub state: ImportState,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ImportState {
    /// The file is here and waits for an order.
    Waiting,
    /// It is read and stored.
    Running {
        /// Bytes of the file read so far.
        read: u64,
        /// Bytes of the file.
        bytes: u64,
    },
    /// It is stored. The upload is gone.
    Done(Box<ImportDone>),
    /// It is not stored, and what was stored is as it was. The upload waits for another order.
    Failed {
        /// Why, and what to do.
        detail: String,
        /// Whether that is a question, which the same order with `accept` answers: to take the file's prices as they are.
        #[serde(default)]
        may_accept: bool,
    },
}

/// What became of a data set that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It is new.
    Stored,
    /// Bars were added to what was there, or changed.
    Merged,
    /// The same content was there already.
    Unchanged,
    /// It took the place of another.
    Replaced,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportDone {
    /// What became of the data set.
    pub outcome: ImportOutcome,
    /// The data set as it is now.
    pub set: DataSet,
    /// What cleaning did.
    pub clean: CleanReport,
    /// What merging did.
    pub merge: MergeReport,
    /// What filling did, over the whole data set.
    pub fill: FillReport,
    /// The change of basis that was found against what was stored, now one of the set's actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebase: Option<CorporateAction>,
    /// Rows put into quarantine.
    pub rejected: u64,
    /// The first of them.
    pub quarantine: Vec<Rejected>,
    /// What became of splits that were found in one data set of the symbol and concern the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<SharedSplit>,
    /// What is gone with the data set that it took the place of, where that one could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
    /// What the prices say of the instrument's price step, where they do not stand on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_step: Option<PriceStep>,
}

/// A data set that another took the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// How many imports it was made of.
    pub imports: u32,
    /// How many bars it held, synthetic ones included.
    pub rows: u64,
    /// The start of its first bar.
    pub first: Timestamp,
    /// The start of its last bar.
    pub last: Timestamp,
}

impl Replaced {
    /// What is gone with a data set.
    pub fn of(set: &DataSet) -> Self {
        Self {
            // what was stored before imports were counted was one
            imports: set.imports.max(1),
            rows: set.rows,
            first: set.first,
            last: set.last,
        }
    }
}

/// The answer to an order with `rehearse`: what storing would do. It is tried to the last step, and nothing is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rehearsal", rename_all = "snake_case")]
pub enum Rehearsal {
    /// It would be stored so. What it would tell the other data sets of the symbol is not tried.
    Would(Box<ImportDone>),
    /// It would be refused.
    Refused {
        /// Why, and what to do.
        detail: String,
        /// Whether that is a question, which the same order with `accept` answers.
        #[serde(default)]
        may_accept: bool,
    },
}

/// A split that was found at an import of one data set of a symbol, and what another one tells of its day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedSplit {
    /// The other one tells the day.
    Dated {
        /// The data set that it was found in.
        set: String,
        /// The one that tells its day.
        by: String,
        /// The split as it was found.
        found: CorporateAction,
        /// The split on its day.
        action: CorporateAction,
    },
    /// The prices of the other one jump at it, so that one has it too.
    Given {
        /// The data set that has it now.
        set: String,
        /// The data set that it was found in.
        found_in: String,
        /// The split on its day.
        action: CorporateAction,
    },
    /// The prices of the other one do not jump as it would have it, or do so on several days.
    Unseen {
        /// The data set that tells nothing.
        set: String,
        /// The data set that it was found in.
        found_in: String,
        /// The split on the first day that it may have been.
        action: CorporateAction,
        /// The last day.
        until: Day,
        /// What its prices do in that time.
        prices: InTime,
    },
    /// A data set could not be looked at or changed.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
}

/// What prices do in the time in which a split was that another data set found, where they do not tell its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InTime {
    /// They do not jump.
    Level,
    /// They do not jump up to their last day, which lies in that time.
    LevelUntil {
        /// It.
        last: Day,
    },
    /// They jump by its ratio on several days.
    Jumps {
        /// On how many.
        days: u64,
    },
    /// They jump by less on some days, together by its ratio.
    Steps {
        /// Which.
        days: Vec<Day>,
    },
}

impl fmt::Display for SharedSplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dated {
                set,
                by,
                found,
                action,
            } => write!(
                f,
                "the {found} of {set}, whose day was not known, is the {action}, as {by} tells: the prices of {set} in between are brought to the basis before it"
            ),
            Self::Given {
                set,
                found_in,
                action,
            } => write!(
                f,
                "the prices of {set} jump at the {action} that was found in {found_in}: it adjusts {set} too"
            ),
            Self::Unseen {
                set,
                found_in,
                action,
                until,
                prices,
            } => {
                write!(
                    f,
                    "the {action}, or later up to {until}, was found in {found_in}; "
                )?;
                match prices {
                    InTime::Level => write!(
                        f,
                        "no price of {set} jumps so in that time, so {set} is taken as adjusted for it: if it is not, import the split on its day (`atrium factors import`)"
                    ),
                    InTime::LevelUntil { last } => write!(
                        f,
                        "{set} ends on {last}, and no price of it jumps so before: it is adjusted for it, or ends before it, which nothing tells; it is left as it is"
                    ),
                    InTime::Jumps { days } => write!(
                        f,
                        "the prices of {set} jump so on {days} days of that time: import the split on its day (`atrium factors import`)"
                    ),
                    InTime::Steps { days } => {
                        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
                        let days = days.join(" and ");
                        write!(
                            f,
                            "the prices of {set} jump by as much together on {days}: if these were several splits, import them, each on its day (`atrium factors import`); nothing is adjusted for them yet"
                        )
                    }
                }
            }
            Self::Failed { reason } => write!(
                f,
                "the splits that were found could not be told to all data sets of the symbol: {reason}; import these bars again, or the splits on their days (`atrium factors import`)"
            ),
        }
    }
}

/// `DELETE /api/datasets/{name}?confirm={name}` and `DELETE /api/imports/{id}` answer with status 204.
/// `GET /api/instruments` lists every instrument known, as [`Instrument`]s; `PUT /api/instruments/{symbol}` with an
/// [`Instrument`] as JSON changes one in all its data sets and answers with the [`DataSets`]. `PUT
/// /api/instruments/{symbol}/closures` with a closures file as the body gives all its data sets these closures, fills them anew
/// and answers with the [`DataSets`]; an empty body takes them away. `GET` there answers with the file, empty where there is none.
pub type Instruments = Vec<Instrument>;

/// An error, as RFC 9457 problem details (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A short summary of the kind of problem.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong, where, and what to do.
    pub detail: String,
    /// Whether that is a question about prices, which the same request with `accept` answers.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub may_accept: bool,
    /// What is known of a file that cannot be read by it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Box<Seen>>,
    /// What an upload is known by that cannot be read as it is and waits for somebody to say more of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}
