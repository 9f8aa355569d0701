//! `atrium features`: what models are fed, computed from stored bars and written to files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atrium_shared::base::digest::NotFinite;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::{ResampleError, ResampleReport, resample};
use atrium_shared::signal::features::{
    Description, Feature, FeatureError, FeatureMatrix, FeatureSpec, LookAheadError,
    LookAheadReport, StabilityReport, StableHistory, Unstable, check_look_ahead,
    check_stable_history, every_feature,
};
use atrium_shared::surface::report::count;
use serde::Serialize;

use super::words::{closures_note, counted};
use super::{Failure, print_json};
use crate::config::Config;
use crate::outputs::OutputError;
use crate::outputs::features::{Format, Manifest, write};
use crate::store::{Store, StoreError, Stored};

/// After so many bars the future is hidden from the features.
const LOOK_AHEAD_POINTS: usize = 16;
/// At so many bars each feature is computed from its history alone.
const HISTORY_POINTS: usize = 200;

/// Compute features of stored bars and write them as a table
///
/// Bars are cut to the interval, adjusted for corporate actions to the basis of the first of them, and a row is made of each at which every feature has a value.
/// The table is hashed: by its features, its bars and its values.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  atrium features SPY --interval 60min --out spy.parquet
  atrium features SPY --features close,sma_7,rsi_14,log_return_5,sma_20:volume --out spy.csv
  atrium features --all --interval 60min --set A --out features --format csv --json
  atrium features SPY --interval 60min --check-look-ahead --check-history
  atrium features --list")]
pub struct Args {
    /// The data sets, or just their symbols where these have one data set only
    #[arg(value_name = "DATA", required_unless_present_any = ["all", "list"])]
    data: Vec<String>,
    /// Every data set
    #[arg(long, conflicts_with_all = ["data", "list"])]
    all: bool,
    /// List the features that there are, and stop
    #[arg(long, conflicts_with_all = ["data", "interval", "out", "check_look_ahead", "check_history"])]
    list: bool,
    /// A named set of features (default: A)
    #[arg(long, value_name = "NAME", conflicts_with = "features")]
    set: Option<String>,
    /// Features with commas between them, such as close,sma_7,rsi_14
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// The interval of the bars, such as 60min (default: as they are stored)
    #[arg(long, value_name = "INTERVAL")]
    interval: Option<BarInterval>,
    /// Where to write: a file ending in .parquet or .csv for one data set, or a folder, in which each table is named by what it
    /// holds; without this nothing is written
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// The kind of the files in a folder (default: parquet)
    #[arg(long, value_enum, value_name = "KIND", requires = "out")]
    format: Option<Format>,
    /// Hide or change the future in many places and check that no value before it changes
    #[arg(long)]
    check_look_ahead: bool,
    /// Compute values from the history alone that each feature says it needs, and check that they agree to 1e-6
    #[arg(long)]
    check_history: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Why features are not made.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// The features make no sense, or the bars cannot fill them.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// The bars cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bars cannot be cut.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// A feature looks ahead.
    #[error("{0}; this is a defect of the program, please report it")]
    LookAhead(#[from] LookAheadError<FeatureError>),
    /// A feature needs more history than it says.
    #[error("{0}; this is a defect of the program, please report it")]
    History(Unstable),
    /// The table cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The path does not fit what is to be written.
    #[error("--out {}: {reason}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What to change.
        reason: &'static str,
    },
    /// There is nothing to compute from.
    #[error(
        "nothing is stored yet; run `atrium import` on a file of bars, or `atrium demo` for simulated ones"
    )]
    NoData,
    /// Some data sets gave no table.
    #[error("{} of {all} data sets gave no features: {}", .failed.len(), reasons(failed))]
    Some {
        /// How many there are.
        all: usize,
        /// Those that failed.
        failed: Vec<Failed>,
    },
    /// A number is not finite.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

/// A data set that gave no table.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    data_set: String,
    reason: String,
}

fn reasons(failed: &[Failed]) -> String {
    let each = failed
        .iter()
        .map(|one| format!("{}: {}", one.data_set, one.reason));
    each.collect::<Vec<_>>().join("; ")
}

/// All that was made.
#[derive(Debug, Serialize)]
struct Report {
    tables: Vec<Table>,
    failed: Vec<Failed>,
}

/// One table.
#[derive(Debug, Serialize)]
struct Table {
    #[serde(flatten)]
    manifest: Manifest,
    described: Vec<Description>,
    stable_history: StableHistory,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    cut: Cut,
    #[serde(skip_serializing_if = "Option::is_none")]
    look_ahead: Option<LookAheadReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<StabilityReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closures: Option<String>,
}

/// What became of the stored bars.
#[derive(Debug, Serialize)]
struct Cut {
    bars: usize,
    left_out: usize,
    folded: usize,
}

/// Makes the features of the data sets.
///
/// # Errors
/// [`Failure`] where a data set or the features cannot be used or written.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    if args.list {
        return list(args, out);
    }
    let spec = args.spec().map_err(FeaturesError::from)?;
    args.check_path()?;
    let store = Store::open(&config.base_dir)?;
    let names = args.names(&store)?;
    let mut report = Report {
        tables: Vec::new(),
        failed: Vec::new(),
    };
    for name in &names {
        match args.table(&store, name, &spec) {
            Ok(table) => report.tables.push(table),
            Err(error) if names.len() == 1 => return Err(error.into()),
            Err(error) => report.failed.push(Failed {
                data_set: name.clone(),
                reason: error.to_string(),
            }),
        }
    }
    if args.json {
        print_json(out, &report)?;
    } else {
        for table in &report.tables {
            print(out, table)?;
        }
    }
    if report.failed.is_empty() {
        return Ok(());
    }
    Err(FeaturesError::Some {
        all: names.len(),
        failed: report.failed,
    }
    .into())
}

impl Args {
    fn spec(&self) -> Result<FeatureSpec, FeatureError> {
        match &self.features {
            Some(list) => FeatureSpec::parse(list),
            None => FeatureSpec::set(self.set.as_deref().unwrap_or("A")),
        }
    }

    /// The format of a single file that `--out` names; `None` for a folder.
    fn file_format(&self) -> Option<Format> {
        let path = self.out.as_deref()?;
        Format::of(path).filter(|_| !path.is_dir())
    }

    fn check_path(&self) -> Result<(), FeaturesError> {
        let Some(path) = &self.out else { return Ok(()) };
        let reason = match (self.file_format(), self.format) {
            (Some(_), _) if self.all || self.data.len() > 1 => {
                "several data sets need a folder, not a file"
            }
            (Some(named), Some(asked)) if named != asked => {
                "the file's ending and --format say different kinds: leave one of them out"
            }
            (None, _) if path.is_file() => "is a file that ends neither in .parquet nor in .csv",
            _ => return Ok(()),
        };
        Err(FeaturesError::Path {
            path: path.clone(),
            reason,
        })
    }

    /// The names of the data sets, each once.
    fn names(&self, store: &Store) -> Result<Vec<String>, FeaturesError> {
        if !self.all {
            let mut names: Vec<String> = Vec::new();
            for asked in &self.data {
                let name = store.find(asked)?.name;
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            return Ok(names);
        }
        let listing = store.list()?;
        for damage in &listing.damaged {
            tracing::error!("{damage}");
        }
        if listing.sets.is_empty() {
            return Err(FeaturesError::NoData);
        }
        Ok(listing.sets.into_iter().map(|set| set.name).collect())
    }

    fn table(&self, store: &Store, name: &str, spec: &FeatureSpec) -> Result<Table, FeaturesError> {
        let Stored { card, bars } = store.load(name)?;
        let actions = &card.actions;
        let interval = self.interval.unwrap_or(card.interval);
        let cut = resample(&bars, interval, card.instrument.calendar)?;
        let matrix = FeatureMatrix::compute(spec, &cut.bars, actions)?;
        let look_ahead = if self.check_look_ahead {
            let checked = check_look_ahead(&cut.bars, actions, LOOK_AHEAD_POINTS, |bars, known| {
                spec.columns(bars, known)
            });
            Some(checked?)
        } else {
            None
        };
        let history = if self.check_history {
            let checked = check_stable_history(spec, &cut.bars, actions, HISTORY_POINTS)?;
            Some(checked.map_err(FeaturesError::History)?)
        } else {
            None
        };
        let manifest = Manifest {
            data_set: card.name.clone(),
            simulated: card.simulated,
            interval,
            features: spec.clone(),
            data_digest: card.digest,
            bars_digest: cut.bars.series().digest()?,
            matrix_digest: matrix.digest()?,
            rows: matrix.rows(),
            dropped: matrix.dropped().clone(),
            program: format!("atrium {}", env!("CARGO_PKG_VERSION")),
        };
        let written = match &self.out {
            Some(path) => self.write(path, &card.instrument.symbol, &matrix, &manifest)?,
            None => Vec::new(),
        };
        let ResampleReport { left_out, folded } = cut.report;
        Ok(Table {
            described: spec.features().iter().map(Feature::description).collect(),
            stable_history: spec.stable_history(),
            first: matrix.start().first().copied(),
            last: matrix.start().last().copied(),
            cut: Cut {
                bars: cut.bars.series().len(),
                left_out,
                folded,
            },
            look_ahead,
            history,
            written,
            closures: closures_note(store, name)?,
            manifest,
        })
    }

    fn write(
        &self,
        path: &Path,
        symbol: &str,
        matrix: &FeatureMatrix,
        manifest: &Manifest,
    ) -> Result<Vec<PathBuf>, OutputError> {
        if let Some(format) = self.file_format() {
            return write(path, format, matrix, manifest);
        }
        let format = self.format.unwrap_or_default();
        // a symbol, an interval, the name of a set and hexadecimal digits: every file system takes them
        let name = format!(
            "{symbol}-{}-{}-{}.{}",
            manifest.interval,
            manifest.features.name(),
            manifest.matrix_digest.short(),
            format.ending()
        );
        write(&path.join(name), format, matrix, manifest)
    }
}

/// Prints every feature with its defaults.
fn list(args: &Args, out: &mut impl Write) -> Result<(), Failure> {
    let features: Vec<Description> = every_feature().iter().map(Feature::description).collect();
    if args.json {
        return print_json(out, &features);
    }
    let names = features.iter().map(|feature| feature.name.len());
    let width = names.max().unwrap_or_default();
    writeln!(
        out,
        "{:width$}  {:7}  {:>8}  {:>7}  computed from {{inputs}}: formula",
        "feature", "unit", "lookback", "history"
    )?;
    for feature in &features {
        let history = history_words(feature.stable_history);
        writeln!(
            out,
            "{:width$}  {:7}  {:>8}  {history:>7}  {}: {}",
            feature.name,
            feature.unit.name(),
            feature.lookback_bars,
            feature.inputs,
            feature.formula
        )?;
    }
    Ok(())
}

fn history_words(history: StableHistory) -> String {
    if history.whole_session {
        "session".to_owned()
    } else {
        history.bars.to_string()
    }
}

fn print(out: &mut impl Write, table: &Table) -> io::Result<()> {
    let manifest = &table.manifest;
    let simulated = if manifest.simulated {
        " (simulated)"
    } else {
        ""
    };
    let of = |count_of: usize| count(count_of as f64);
    writeln!(
        out,
        "{}{simulated}, {} of {} ({} left out, {} folded)",
        manifest.data_set,
        counted(table.cut.bars as u64, "bar"),
        manifest.interval,
        of(table.cut.left_out),
        of(table.cut.folded)
    )?;
    if let Some(closures) = &table.closures {
        writeln!(out, "  {closures}")?;
    }
    let names: Vec<&str> = manifest.features.names().collect();
    let features = &manifest.features;
    writeln!(
        out,
        "  features   {}: {}",
        features.name(),
        names.join(", ")
    )?;
    let (first, last) = (table.first.zip(table.last)).unwrap_or((Timestamp::MIN, Timestamp::MIN));
    writeln!(
        out,
        "  rows       {} from {first} to {last}",
        of(manifest.rows)
    )?;
    writeln!(
        out,
        "  dropped    {} of warm-up, {} without a value{}",
        counted(manifest.dropped.warm_up as u64, "bar"),
        of(manifest.dropped.undefined),
        undefined_words(table)
    )?;
    let history = table.stable_history;
    let session = if history.whole_session {
        " and the whole session"
    } else {
        ""
    };
    writeln!(
        out,
        "  stable     with {} bars of history{session}, to 1e-6",
        of(history.bars)
    )?;
    writeln!(
        out,
        "  digests    features {}  bars {}  matrix {}",
        features.hash().short(),
        manifest.bars_digest.short(),
        manifest.matrix_digest.short()
    )?;
    if let Some(report) = &table.look_ahead {
        writeln!(
            out,
            "  look-ahead none: {} values compared, the future hidden after {} bars",
            count(report.values as f64),
            report.points
        )?;
    }
    if let Some(report) = &table.history {
        writeln!(
            out,
            "  history    {} values from their history alone agree, the largest difference is {:.1e}",
            count(report.values as f64),
            report.largest_difference
        )?;
    }
    for path in &table.written {
        writeln!(out, "  written    {}", path.display())?;
    }
    Ok(())
}

/// Which features had no value, in brackets.
fn undefined_words(table: &Table) -> String {
    let by_feature = &table.manifest.dropped.by_feature;
    if by_feature.is_empty() {
        return String::new();
    }
    let each = by_feature
        .iter()
        .map(|one| format!("{} {}", one.feature, one.bars));
    format!(" ({})", each.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
