//! What of a run does not depend on its parameters: bars with their predictions, signals and finer bars.

use std::sync::{Arc, OnceLock};

use super::RunError;
use super::closes::Closes;
use super::finer::FinerBars;
use super::skip::{Candidates, Laid, Plan, Reason, directions, plan};
use super::traded::TradedBars;
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::{Day, Timestamp};
use crate::base::units::OutOfBounds;
use crate::market::actions::BasisChange;
use crate::market::bars::{BarSeries, Instrument, SessionBars};
use crate::research::run_config::{PredictionConfig, RunConfig};
use crate::signal::error_sigma::ErrorSigma;
use crate::signal::prediction::{
    BadPredictions, Prediction, PredictionRow, PredictionSeries, Target, TargetKind,
};
use crate::signal::signals::{Direction, Signal, SignalSeries};
use crate::signal::source::Source;
use crate::trading::fills::Prices;
use crate::trading::strategy::Strategy;

/// Bars with their predictions, signals and finer bars: everything of a run that does not depend on the parameters of
/// strategy, sizing and costs, so that a slider reruns the engine alone.
#[derive(Debug, Clone)]
pub struct Prepared {
    traded: TradedBars,
    bars_digest: Digest,
    changes: Vec<BasisChange>,
    /// The bars as signals see them, where actions fall between them.
    adjusted: Option<Adjusted>,
    predicted: Predicted,
    /// Where the predictions come from.
    source: PredictionConfig,
    /// The series that was given, whether or not the predictions are its.
    given: Option<Arc<PredictionSeries>>,
    signals: Option<Arc<Signalled>>,
    finer: Option<FinerBars>,
    /// The bars as they are laid out for skipping, once a run has asked for it.
    laid: OnceLock<Arc<Laid>>,
}

/// Bars on the basis of the first of them.
#[derive(Debug, Clone)]
struct Adjusted {
    series: BarSeries,
    /// What the raw prices of each bar were multiplied by.
    scales: Vec<f64>,
}

/// The predictions of each bar, and what became of their series.
#[derive(Debug, Clone)]
struct Predicted {
    by_bar: Vec<Option<Prediction>>,
    /// How many errors the deviation of each bar was computed from, or would have been.
    errors_known: Vec<u8>,
    digest: Digest,
    in_sample_rows: u64,
    first_in_sample: Option<Timestamp>,
    overnight_rows: u64,
    unmatched_rows: u64,
}

#[derive(Debug)]
struct Signalled {
    by_bar: Vec<Option<Signal>>,
    /// Which way they point, where none of them gives more than that.
    directions: Option<Vec<Option<Direction>>>,
    /// Where they point somewhere.
    candidates: Candidates,
    digest: Digest,
    unmatched_rows: u64,
}

/// What became of the rows that a run was given, so that a report can say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Coverage {
    /// Predictions in use that are in-sample: a result on them flatters.
    pub in_sample_rows: u64,
    /// Predictions left out because their horizon ends in another session (`intraday_only`).
    pub overnight_rows: u64,
    /// Predictions of a given series that belong to no bar.
    pub unmatched_predictions: u64,
    /// Signals that belong to no bar.
    pub unmatched_signals: u64,
    /// Bars that the finer bars, where there are any, do not make up.
    pub unrefined_bars: u64,
}

impl Prepared {
    /// Bars with the predictions that a source computes from them.
    ///
    /// # Errors
    /// [`RunError::NoBars`]; [`RunError::NoSeries`] where the source is a series; [`RunError`] where the predictions make no
    /// sense.
    pub fn new(bars: impl Into<TradedBars>, config: PredictionConfig) -> Result<Self, RunError> {
        let (bars, adjusted) = adjust(bars.into())?;
        let seen = as_seen(&bars, &adjusted);
        let computed = config
            .source
            .predict(seen, config.target, config.horizon_bars)?;
        Self::of(bars, adjusted, config, &computed.ok_or(RunError::NoSeries)?)
    }

    /// Bars with a given series of predictions, which must be of the target and horizon that the configuration says; its
    /// source must be `series`.
    ///
    /// # Errors
    /// [`RunError::NoBars`]; [`RunError::OtherTarget`]; [`RunError::InSample`] where a prediction in use was used for fitting
    /// and the configuration does not allow that.
    pub fn with_predictions(
        bars: impl Into<TradedBars>,
        config: PredictionConfig,
        series: &PredictionSeries,
    ) -> Result<Self, RunError> {
        check_given(series, config)?;
        let (bars, adjusted) = adjust(bars.into())?;
        let prepared = Self::of(bars, adjusted, config, series)?;
        Ok(prepared.with_given(series.clone()))
    }

    /// Keeps a series at hand for [`predict_by`](Self::predict_by); the predictions stay what they are.
    pub fn with_given(self, series: PredictionSeries) -> Self {
        Self {
            given: Some(Arc::new(series)),
            ..self
        }
    }

    fn of(
        traded: TradedBars,
        adjusted: Option<Adjusted>,
        config: PredictionConfig,
        series: &PredictionSeries,
    ) -> Result<Self, RunError> {
        if traded.bars().series().is_empty() {
            return Err(RunError::NoBars);
        }
        Ok(Self {
            bars_digest: traded.digest()?,
            changes: traded.changes(),
            predicted: Predicted::new(&traded, &adjusted, config, series)?,
            source: config,
            given: None,
            signals: None,
            finer: None,
            laid: OnceLock::new(),
            adjusted,
            traded,
        })
    }

    /// Adds signals for the same bars, in the place of those it had.
    ///
    /// # Errors
    /// [`RunError::NoSignals`] where none belongs to a bar.
    pub fn with_signals(self, series: &SignalSeries) -> Result<Self, RunError> {
        let mut rows = series.rows().iter().peekable();
        let mut matched = 0;
        let by_bar: Vec<Option<Signal>> = self
            .bars()
            .series()
            .start()
            .iter()
            .map(|start| {
                while rows.next_if(|row| row.for_bar < *start).is_some() {}
                let row = rows.next_if(|row| row.for_bar == *start)?;
                matched += 1;
                Some(row.signal)
            })
            .collect();
        if matched == 0 {
            return Err(RunError::NoSignals);
        }
        let signals = Signalled {
            directions: directions(&by_bar),
            candidates: Candidates::of_signals(&by_bar),
            by_bar,
            digest: series.digest()?,
            unmatched_rows: series.rows().len() as u64 - matched,
        };
        Ok(Self {
            signals: Some(Arc::new(signals)),
            ..self
        })
    }

    /// Adds finer bars of the same market, which show the path through each bar that they make up.
    ///
    /// A bar's finer bars are those that start within it, and the closing print that starts at a session's close where the
    /// finer bars are of a minute at most. They make the bar up if first open, highest high, lowest low and last close are
    /// its own to the last bit.
    ///
    /// # Errors
    /// [`RunError::NotFiner`] where they are not shorter than the bars.
    pub fn with_finer(self, finer: &BarSeries) -> Result<Self, RunError> {
        Ok(Self {
            finer: Some(FinerBars::new(self.bars(), finer)?),
            ..self
        })
    }

    /// Predicts the same bars by another source: one that is computed from them, or the series that was given; on an error the old
    /// predictions stay.
    ///
    /// # Errors
    /// As [`Prepared::new`], and for a series as [`Prepared::with_predictions`]; [`RunError::NoSeries`] where none was given.
    pub fn predict_by(&mut self, config: PredictionConfig) -> Result<(), RunError> {
        if self.source == config {
            return Ok(());
        }
        let computed =
            config
                .source
                .predict(self.adjusted(), config.target, config.horizon_bars)?;
        let series = match computed {
            Some(computed) => Arc::new(computed),
            None => self.given.clone().ok_or(RunError::NoSeries)?,
        };
        if config.source == Source::Series {
            check_given(&series, config)?;
        }
        self.predicted = Predicted::new(&self.traded, &self.adjusted, config, &series)?;
        self.source = config;
        Ok(())
    }

    /// The bars, raw.
    pub fn bars(&self) -> &SessionBars {
        self.traded.bars()
    }

    /// The bars as signals see them: on the basis of the first of them, whatever corporate actions fall between them.
    pub fn adjusted(&self) -> &BarSeries {
        as_seen(&self.traded, &self.adjusted)
    }

    /// Where corporate actions change the basis of the bars, in order.
    pub fn changes(&self) -> &[BasisChange] {
        &self.changes
    }

    /// Where the predictions come from.
    pub fn source(&self) -> PredictionConfig {
        self.source
    }

    /// The prediction at each bar's close.
    pub fn predictions(&self) -> &[Option<Prediction>] {
        &self.predicted.by_bar
    }

    /// How many errors of predictions were known at each bar's close, of the last [`WINDOW`].
    ///
    /// [`WINDOW`]: crate::signal::error_sigma::WINDOW
    pub fn errors_known(&self) -> &[u8] {
        &self.predicted.errors_known
    }

    /// The signal at each bar's close; empty where the run was given none.
    pub fn signals(&self) -> &[Option<Signal>] {
        let signals = self.signals.as_ref();
        signals.map_or(&[], |signals| &signals.by_bar)
    }

    /// How a configuration is run on these bars.
    pub fn plan(&self, config: &RunConfig) -> Plan {
        match plan(config) {
            walks @ Plan::Walk(_) => walks,
            _ if !self.changes.is_empty() => Plan::Walk(Reason::CorporateActions),
            skips => skips,
        }
    }

    /// The bars laid out for skipping: O(bars) the first time.
    ///
    /// # Errors
    /// None, as [`Laid::of`].
    pub(super) fn laid(&self) -> Result<&Laid, OutOfBounds> {
        if let Some(laid) = self.laid.get() {
            return Ok(laid);
        }
        let laid = Arc::new(Laid::of(self.bars())?);
        Ok(self.laid.get_or_init(|| laid))
    }

    /// Which way signals point at each bar's close, where none of them gives more than that.
    pub(super) fn directions(&self) -> Option<&[Option<Direction>]> {
        self.signals.as_ref()?.directions.as_deref()
    }

    /// The bars at whose close signals point somewhere; `None` where the run was given none.
    pub(super) fn signalled(&self) -> Option<&Candidates> {
        let signals = self.signals.as_ref()?;
        Some(&signals.candidates)
    }

    /// The prices of the finer bars that make up a bar, in order; `None` where they do not, or there are none.
    pub fn finer(&self, bar: usize) -> Option<&[Prices]> {
        self.finer.as_ref()?.of(bar)
    }

    /// Whether finer bars were given, whatever they make up.
    pub fn has_finer(&self) -> bool {
        self.finer.is_some()
    }

    /// Whether a series of predictions was given, whether or not the predictions are its.
    pub fn has_given(&self) -> bool {
        self.given.is_some()
    }

    /// What became of the rows that were given.
    pub fn coverage(&self) -> Coverage {
        let signals = self.signals.as_ref();
        Coverage {
            in_sample_rows: self.predicted.in_sample_rows,
            overnight_rows: self.predicted.overnight_rows,
            unmatched_predictions: self.predicted.unmatched_rows,
            unmatched_signals: signals.map_or(0, |signals| signals.unmatched_rows),
            unrefined_bars: self.finer.as_ref().map_or(0, |finer| finer.unrefined),
        }
    }

    /// The content of the bars.
    pub(in crate::research) fn bars_digest(&self) -> Digest {
        self.bars_digest
    }

    /// The content of the finer bars, where there are any.
    pub(in crate::research) fn finer_digest(&self) -> Option<Digest> {
        self.finer.as_ref().map(|finer| finer.digest)
    }

    /// The content of the series of predictions.
    pub(in crate::research) fn predictions_digest(&self) -> Digest {
        self.predicted.digest
    }

    /// The content of the series of predictions that was given, whether or not the predictions are its.
    ///
    /// # Errors
    /// [`NotFinite`] where a value is.
    pub(in crate::research) fn given_digest(&self) -> Result<Option<Digest>, NotFinite> {
        let given = self.given.as_ref();
        given.map(|series| digest(&self.traded, series)).transpose()
    }

    /// The content of the series of signals, where there is one.
    pub(in crate::research) fn signals_digest(&self) -> Option<Digest> {
        self.signals.as_ref().map(|signals| signals.digest)
    }

    /// Whether a configuration and an instrument ask for what is prepared.
    pub(in crate::research) fn check(
        &self,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Result<(), RunError> {
        let calendars = (instrument.calendar.name(), self.bars().calendar().name());
        if calendars.0 != calendars.1 {
            return Err(RunError::Calendar {
                instrument: calendars.0,
                bars: calendars.1,
            });
        }
        let given = self.bars().series().interval();
        if given != config.interval {
            return Err(RunError::Interval {
                given,
                wanted: config.interval,
            });
        }
        if self.source != config.prediction {
            return Err(RunError::OtherPredictions);
        }
        if matches!(config.strategy, Strategy::Signals(_)) && self.signals.is_none() {
            return Err(RunError::SignalsMissing);
        }
        Ok(())
    }
}

impl Predicted {
    /// Finds the prediction of each bar, as a price, with the error deviation known at its close.
    ///
    /// With `intraday_only` a prediction whose horizon ends in another session does not exist: it is neither traded on nor
    /// scored.
    fn new(
        traded: &TradedBars,
        adjusted: &Option<Adjusted>,
        config: PredictionConfig,
        series: &PredictionSeries,
    ) -> Result<Self, RunError> {
        let bars = traded.bars();
        let target = series.target();
        let mut found = Self {
            by_bar: Vec::with_capacity(bars.series().len()),
            errors_known: Vec::with_capacity(bars.series().len()),
            digest: digest(traded, series)?,
            in_sample_rows: 0,
            first_in_sample: None,
            overnight_rows: 0,
            unmatched_rows: 0,
        };
        let mut sigma = ErrorSigma::new(target);
        let mut closes = Closes::new(bars.calendar());
        let length = i64::from(bars.series().interval().seconds());
        let ahead = i64::from(target.horizon_bars) * length;
        let mut rows = series.rows().iter().peekable();
        let days = bars.session();
        for (row, ((start, [open, _, _, close], _), day)) in
            bars.series().rows().zip(days).enumerate()
        {
            let scale = scale(traded, adjusted, target.kind, (row, *day));
            while rows.next_if(|row| row.for_bar < start).is_some() {
                found.unmatched_rows += 1;
            }
            // by the calendar, for at this close nobody knows which of the bars to come will be missing
            let is_overnight = config.intraday_only
                && closes
                    .of(*day)
                    .is_none_or(|close| start.plus_seconds(ahead) >= close.at);
            let given = rows.next_if(|row| row.for_bar == start);
            let used = given.filter(|_| !is_overnight);
            found.overnight_rows += u64::from(used.is_none() && given.is_some());
            let sigma_err = sigma.update(open * scale, close * scale, used);
            found.errors_known.push(sigma.errors_known() as u8);
            found.take(target, used, (close, scale), sigma_err)?;
        }
        found.unmatched_rows += rows.count() as u64;
        match found.first_in_sample {
            Some(first) if !config.allow_in_sample => Err(RunError::InSample {
                rows: found.in_sample_rows,
                first,
            }),
            _ => Ok(found),
        }
    }

    /// Takes the prediction of the next bar, of whose close and of the scale on which the prediction sees it.
    fn take(
        &mut self,
        target: Target,
        row: Option<&PredictionRow>,
        (close, scale): (f64, f64),
        sigma_err: Option<f64>,
    ) -> Result<(), BadPredictions> {
        let Some(row) = row else {
            self.by_bar.push(None);
            return Ok(());
        };
        if row.in_sample {
            self.in_sample_rows += 1;
            self.first_in_sample.get_or_insert(row.for_bar);
        }
        let price = target.price(row.value, close * scale) / scale;
        if !price.is_finite() || price <= 0.0 {
            return Err(BadPredictions::NoPrice {
                for_bar: row.for_bar,
                value: row.value,
            });
        }
        self.by_bar.push(Some(Prediction {
            price,
            sigma_err: sigma_err.map(|sigma| sigma / scale),
            confidence: row.confidence.map(f64::from),
        }));
        Ok(())
    }
}

/// Checks that a series predicts what a configuration says.
fn check_given(series: &PredictionSeries, wanted: PredictionConfig) -> Result<(), RunError> {
    let given = PredictionConfig::of(series);
    if (given.source, given.target, given.horizon_bars)
        != (wanted.source, wanted.target, wanted.horizon_bars)
    {
        return Err(RunError::OtherTarget { given, wanted });
    }
    Ok(())
}

fn adjust(bars: TradedBars) -> Result<(TradedBars, Option<Adjusted>), RunError> {
    let adjusted = bars.adjusted()?;
    let adjusted = adjusted.map(|(series, scales)| Adjusted { series, scales });
    Ok((bars, adjusted))
}

/// The content of a series of predictions. Prices are given on the basis after the last action, so what comes after the last bar
/// is part of what they say.
fn digest(traded: &TradedBars, series: &PredictionSeries) -> Result<Digest, NotFinite> {
    let rows = series.digest()?;
    let last = traded.bars().session().last();
    let to_come = last.map_or(1.0, |last| traded.factor(*last));
    let is_plain = to_come.to_bits() == 1f64.to_bits();
    if series.target().kind != TargetKind::Price || is_plain {
        return Ok(rows);
    }
    let mut hasher = Hasher::new("atrium/predictions-on-basis/1");
    hasher.digest(&rows);
    hasher.f64(to_come);
    hasher.finish()
}

fn as_seen<'a>(traded: &'a TradedBars, adjusted: &'a Option<Adjusted>) -> &'a BarSeries {
    match adjusted {
        Some(adjusted) => &adjusted.series,
        None => traded.bars().series(),
    }
}

/// What the raw prices of a bar are multiplied by where its prediction sees them: returns on the basis of the first bar, so that
/// later actions change nothing, prices that are given on the basis after the last action.
fn scale(
    traded: &TradedBars,
    adjusted: &Option<Adjusted>,
    kind: TargetKind,
    (row, day): (usize, Day),
) -> f64 {
    match (kind, adjusted) {
        (TargetKind::Price, _) => traded.factor(day),
        (TargetKind::LogReturn, Some(adjusted)) => adjusted.scales.get(row).copied().unwrap_or(1.0),
        (TargetKind::LogReturn, None) => 1.0,
    }
}

#[cfg(test)]
mod tests;
