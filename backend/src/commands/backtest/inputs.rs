//! Predictions and signals that were made elsewhere, from files; finer bars, from the data set.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use atrium_shared::market::bars::{Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::intake::TimeZoneChoice;
use atrium_shared::research::backtest::{Prepared, RunError, TradedBars};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::{SweepSpec, Use};
use atrium_shared::signal::placing::{ImportReport, Imported, RowTime};
use atrium_shared::signal::prediction::{PredictionSeries, TargetKind};
use atrium_shared::signal::prediction_file::{PredictionColumns, PredictionFile};
use atrium_shared::signal::signal_file::{SignalColumns, SignalFile};
use atrium_shared::signal::signals::SignalSeries;
use atrium_shared::signal::source::Source;
use atrium_shared::signal::table::{BadTable, Limits};
use atrium_shared::surface::report::{RowsKind, RowsReport};
use atrium_shared::surface::share::{RowsRead, SignalTimes};
use atrium_shared::trading::fills::Intrabar;
use atrium_shared::trading::strategy::{Signals, Strategy};

use super::{BacktestError, named};
use crate::store::Stored;

/// Files with a line for a bar, and how they are read.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub(super) struct Files {
    /// Predictions made elsewhere, in a CSV file: a time, a price or a log return, and out_of_sample, which says 1 where
    /// the row was not used for fitting; --target and --horizon-bars say what they predict
    #[arg(
        long,
        value_name = "FILE",
        group = "rows",
        conflicts_with = "prediction",
        help_heading = "Files"
    )]
    predictions: Option<PathBuf>,
    /// Signals made elsewhere, in a CSV file: time, side, and where they are given size, tp, sl; they are traded in place
    /// of predictions
    #[arg(
        long,
        value_name = "FILE",
        group = "rows",
        conflicts_with_all = ["prediction", "predictions"],
        help_heading = "Files"
    )]
    signals: Option<PathBuf>,
    /// What a time in the file stands for: bar_start or bar_end of the deciding bar, or known_at, the moment from which the
    /// row is known (default: bar_start)
    #[arg(long, value_name = "WHAT", value_parser = named::<RowTime>, requires = "rows", help_heading = "Files")]
    row_time: Option<RowTime>,
    /// The zone of times that are written without one (default: utc)
    #[arg(
        long,
        value_enum,
        value_name = "ZONE",
        requires = "rows",
        help_heading = "Files"
    )]
    time_zone: Option<RowZone>,
    /// The column of time, value, in_sample, out_of_sample or confidence, or of time, side, size, target or stop, where it
    /// has another name; may be given more than once
    #[arg(
        long = "column",
        value_name = "ROLE=NAME",
        requires = "rows",
        help_heading = "Files"
    )]
    columns: Vec<String>,
    /// Whether predictions are given as a price or a log_return, where the column's name does not say
    #[arg(long, value_name = "KIND", value_parser = named::<TargetKind>, requires = "predictions", conflicts_with = "signals", help_heading = "Files")]
    value_kind: Option<TargetKind>,
}

impl Files {
    /// The same, where how times are read is said by the address of a link unless a flag says it.
    pub(super) fn of_link(&self, times: Option<SignalTimes>) -> Self {
        let times = times.unwrap_or_default();
        let zone = times.of_exchange.then_some(RowZone::Exchange);
        Self {
            row_time: self.row_time.or(Some(times.row_time)),
            time_zone: self.time_zone.or(zone),
            ..self.clone()
        }
    }

    /// How the times of the file are read; as by default where there is none.
    pub(super) fn times(&self) -> SignalTimes {
        SignalTimes {
            row_time: self.row_time.unwrap_or_default(),
            of_exchange: self.time_zone == Some(RowZone::Exchange),
        }
    }

    /// The file and how it is read, as a command line says it.
    pub(super) fn words(&self) -> RowsRead {
        let file = self.signals.as_ref().or(self.predictions.as_ref());
        let mut flags = self.times().flags();
        let columns = self.columns.iter();
        flags.extend(columns.map(|column| ("--column", column.clone())));
        flags.extend(self.value_kind.map(|kind| {
            let name = match kind {
                TargetKind::Price => "price",
                TargetKind::LogReturn => "log_return",
            };
            ("--value-kind", name.to_owned())
        }));
        RowsRead {
            file: file.map(|path| path.display().to_string()),
            flags,
        }
    }

    /// Makes a configuration ask for what the files give. Other flags come after.
    pub(super) fn choose(&self, config: &mut RunConfig) {
        if self.predictions.is_some() {
            config.prediction.source = Source::Series;
        }
        if self.signals.is_some() {
            config.prediction.source = Source::None;
            if config.strategy.predicted_move().is_some() {
                config.strategy = Strategy::Signals(Signals::default());
            }
        }
    }

    /// Checks that a configuration asks for what the files give, and for nothing that they do not.
    ///
    /// # Errors
    /// A message that says what to change.
    pub(super) fn check(&self, config: &RunConfig) -> Result<(), String> {
        let needed = |needed| if needed { Use::Always } else { Use::Never };
        self.check_use(
            needed(config.strategy.predicted_move().is_none()),
            needed(config.prediction.source == Source::Series),
        )
    }

    /// Checks that a sweep asks for what the files give, and that not every trial asks for what they do not.
    ///
    /// # Errors
    /// As [`Files::check`].
    pub(super) fn check_sweep(&self, spec: &SweepSpec) -> Result<(), String> {
        self.check_use(spec.signals(), spec.series())
    }

    fn check_use(&self, signals: Use, series: Use) -> Result<(), String> {
        let wrong = match (&self.signals, &self.predictions) {
            (None, _) if signals == Use::Always => {
                "the strategy trades signals from a file: name it with --signals"
            }
            (Some(_), _) if signals == Use::Never => {
                "--signals gives signals, but the strategy that is chosen (by --set, --param, a configuration or a link) trades none: leave --signals out, or choose another strategy"
            }
            (_, None) if series == Use::Always => {
                "the source of predictions is a series: name its file with --predictions"
            }
            (_, Some(_)) if series == Use::Never => {
                "--predictions gives a series, but the source that is chosen (by --set, --param, a configuration or a link) is another: leave --predictions out, or choose another source"
            }
            _ => return Ok(()),
        };
        Err(wrong.to_owned())
    }

    /// Puts the bars of a run together with predictions, signals and finer bars.
    ///
    /// # Errors
    /// [`BacktestError`] where a file is refused, or the configuration and the bars do not fit.
    pub(super) fn prepare(
        &self,
        bars: SessionBars,
        stored: &Stored,
        config: &RunConfig,
    ) -> Result<(Prepared, Option<RowsReport>), BacktestError> {
        let calendar = stored.card.instrument.calendar;
        let traded = |bars| TradedBars::new(bars, stored.card.actions.clone());
        let mut rows = None;
        let prepared = if let Some(path) = &self.predictions {
            let imported = self.read_predictions(path, &bars, calendar, config)?;
            rows = Some(self.told(RowsKind::Predictions, path, imported.report));
            Prepared::with_predictions(traded(bars), config.prediction, &imported.series)
                .map_err(with_flag)?
        } else if let Some(path) = &self.signals {
            let imported = self.read_signals(path, &bars, &stored.card.instrument)?;
            rows = Some(self.told(RowsKind::Signals, path, imported.report));
            Prepared::new(traded(bars), config.prediction)?.with_signals(&imported.series)?
        } else {
            Prepared::new(traded(bars), config.prediction)?
        };
        let prepared = match config.fills.intrabar {
            Intrabar::Refined => refined(prepared, stored)?,
            _ => prepared,
        };
        Ok((prepared, rows))
    }

    /// Puts the bars of a sweep together with everything that its trials may need and that there is. `written` is the configuration
    /// as it was given, which says what a file of predictions is of.
    ///
    /// # Errors
    /// [`BacktestError`] where a file is refused, or bars and what all trials need do not fit.
    pub(super) fn prepare_sweep(
        &self,
        bars: SessionBars,
        stored: &Stored,
        written: &RunConfig,
        spec: &SweepSpec,
    ) -> Result<Prepared, BacktestError> {
        let (calendar, base) = (stored.card.instrument.calendar, spec.base());
        let series = self.predictions.as_ref().map(|path| {
            let read = self.read_predictions(path, &bars, calendar, written);
            read.map(|imported| imported.series)
        });
        let signals = self.signals.as_ref().map(|path| {
            let read = self.read_signals(path, &bars, &stored.card.instrument);
            read.map(|imported| imported.series)
        });
        let (series, signals) = (series.transpose()?, signals.transpose()?);
        let is_shorter = stored.bars.interval().seconds() < bars.series().interval().seconds();
        let traded = TradedBars::new(bars, stored.card.actions.clone());
        let prepared = match series {
            Some(series) if spec.varies_predictions() => {
                Prepared::new(traded, unpredicted())?.with_given(series)
            }
            Some(series) => {
                Prepared::with_predictions(traded, base.prediction, &series).map_err(with_flag)?
            }
            None if spec.varies_predictions() => Prepared::new(traded, unpredicted())?,
            None => Prepared::new(traded, base.prediction)?,
        };
        let prepared = match signals {
            Some(signals) => prepared.with_signals(&signals)?,
            None => prepared,
        };
        match spec.finer_bars() {
            Use::Always => refined(prepared, stored),
            Use::Sometimes if is_shorter => refined(prepared, stored),
            _ => Ok(prepared),
        }
    }

    fn read_predictions(
        &self,
        path: &Path,
        bars: &SessionBars,
        calendar: Calendar,
        config: &RunConfig,
    ) -> Result<Imported<PredictionSeries>, BacktestError> {
        let mut columns = PredictionColumns {
            kind: self.value_kind,
            ..PredictionColumns::default()
        };
        self.name_columns([
            ("time", &mut columns.time),
            ("value", &mut columns.value),
            ("in_sample", &mut columns.in_sample),
            ("out_of_sample", &mut columns.out_of_sample),
            ("confidence", &mut columns.confidence),
        ])?;
        let file = PredictionFile {
            row_time: self.row_time.unwrap_or_default(),
            zone: self.zone(calendar),
            columns,
            ..PredictionFile::of(config.prediction.target, config.prediction.horizon_bars)
        };
        let read = |bytes: &[u8]| file.read(bytes, bars);
        read_table("--predictions", path, read)
    }

    fn read_signals(
        &self,
        path: &Path,
        bars: &SessionBars,
        instrument: &Instrument,
    ) -> Result<Imported<SignalSeries>, BacktestError> {
        let mut columns = SignalColumns::default();
        self.name_columns([
            ("time", &mut columns.time),
            ("side", &mut columns.side),
            ("size", &mut columns.size),
            ("target", &mut columns.target),
            ("stop", &mut columns.stop),
        ])?;
        let file = SignalFile {
            row_time: self.row_time.unwrap_or_default(),
            zone: self.zone(instrument.calendar),
            columns,
            symbol: Some(instrument.symbol.clone()),
        };
        let read = |bytes: &[u8]| file.read(bytes, bars);
        read_table("--signals", path, read)
    }

    /// Takes in `--column ROLE=NAME`.
    fn name_columns(
        &self,
        mut roles: [(&str, &mut Option<String>); 5],
    ) -> Result<(), BacktestError> {
        for given in &self.columns {
            let known = roles.each_ref().map(|(role, _)| *role).join(", ");
            let wrong = || {
                BacktestError::Flags(format!(
                    "--column {given}: write a role and a column's name, as in --column time=Date; the roles are {known}"
                ))
            };
            let (role, name) = given.split_once('=').ok_or_else(wrong)?;
            let slot = roles.iter_mut().find(|(known, _)| *known == role);
            let (_, slot) = slot.ok_or_else(wrong)?;
            **slot = Some(name.to_owned());
        }
        Ok(())
    }

    fn told(&self, what: RowsKind, path: &Path, report: ImportReport) -> RowsReport {
        let file = path.display().to_string();
        self.times().report(what, file, report)
    }

    fn zone(&self, calendar: Calendar) -> TimeZoneChoice {
        match self.time_zone {
            Some(RowZone::Exchange) => TimeZoneChoice::Exchange(calendar),
            Some(RowZone::Utc) | None => TimeZoneChoice::Utc,
        }
    }
}

/// Whether a run needs a file with rows.
pub(super) fn needs_rows(config: &RunConfig) -> bool {
    config.strategy.predicted_move().is_none() || config.prediction.source == Source::Series
}

/// The zone of times that are written without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RowZone {
    /// UTC.
    Utc,
    /// The exchange's local time.
    Exchange,
}

/// Predictions that can be made of any bars: none.
fn unpredicted() -> PredictionConfig {
    PredictionConfig {
        source: Source::None,
        ..PredictionConfig::default()
    }
}

/// In-sample predictions are refused in the words of the command line.
fn with_flag(error: RunError) -> BacktestError {
    match error {
        RunError::InSample { .. } => BacktestError::Flags(format!("{error} (--allow-in-sample)")),
        other => other.into(),
    }
}

/// Adds the stored bars, which show the path inside those of the run.
fn refined(prepared: Prepared, stored: &Stored) -> Result<Prepared, BacktestError> {
    prepared
        .with_finer(&stored.bars)
        .map_err(|error| match error {
            RunError::NotFiner { finer, bars } => BacktestError::NotFiner {
                data_set: stored.card.name.clone(),
                stored: finer,
                interval: bars,
            },
            other => other.into(),
        })
}

/// Reads a table from a file, which is not even opened where it might never end.
fn read_table<T>(
    flag: &'static str,
    path: &Path,
    read: impl FnOnce(&[u8]) -> Result<T, BadTable>,
) -> Result<T, BacktestError> {
    let path_buf = || path.to_path_buf();
    let unreadable = |source| BacktestError::Read {
        flag,
        path: path_buf(),
        source,
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        let what = match metadata.is_dir() {
            true => "a folder",
            false => "a pipe or a device",
        };
        return Err(BacktestError::NoFile {
            flag,
            path: path_buf(),
            what,
        });
    }
    let refused = |reason| BacktestError::Table {
        flag,
        path: path_buf(),
        reason,
    };
    let most = Limits::default().bytes;
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if size > most {
        return Err(refused(BadTable::TooLarge { bytes: size, most }));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    // it may grow while it is read
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    read(&bytes).map_err(refused)
}
