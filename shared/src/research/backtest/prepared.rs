//! What of a run does not depend on its parameters: bars with their predictions.

use super::RunError;
use crate::base::digest::Digest;
use crate::market::bars::{Instrument, SessionBars};
use crate::research::run_config::{BadConfig, PredictionConfig, RunConfig};
use crate::signal::error_sigma::ErrorSigma;
use crate::signal::prediction::{BadPredictions, Prediction, PredictionSeries, TargetField};
use crate::signal::signals::Signal;
use crate::trading::fills::Prices;

/// Bars with their predictions: everything of a run that does not depend on the parameters of strategy, sizing and costs,
/// so that a slider reruns the engine alone.
#[derive(Debug, Clone)]
pub struct Prepared {
    bars: SessionBars,
    pub(super) bars_digest: Digest,
    predictions: Vec<Option<Prediction>>,
    pub(super) predictions_digest: Digest,
    /// Where the predictions come from; `None` for a series that was given.
    pub(super) source: Option<PredictionConfig>,
}

impl Prepared {
    /// Bars, each predicted by a baseline.
    ///
    /// # Errors
    /// [`RunError`] where there are no bars or the predictions make no sense.
    pub fn new(bars: SessionBars, source: PredictionConfig) -> Result<Self, RunError> {
        let series = source
            .source
            .predict(bars.series(), source.target, source.horizon_bars)?;
        Ok(Self {
            source: Some(source),
            ..Self::with_predictions(bars, &series)?
        })
    }

    /// Bars with a given series of predictions.
    ///
    /// # Errors
    /// [`RunError::NoBars`]; [`RunError::InSample`] where a prediction was used for fitting.
    pub fn with_predictions(
        bars: SessionBars,
        series: &PredictionSeries,
    ) -> Result<Self, RunError> {
        if bars.series().is_empty() {
            return Err(RunError::NoBars);
        }
        let mut in_sample = series.rows().iter().filter(|row| row.in_sample);
        if let Some(first) = in_sample.next() {
            return Err(RunError::InSample {
                rows: 1 + in_sample.count(),
                first: first.for_bar,
            });
        }
        Ok(Self {
            bars_digest: bars.series().digest()?,
            predictions: align(&bars, series)?,
            predictions_digest: series.digest()?,
            source: None,
            bars,
        })
    }

    /// Predicts the same bars by another baseline; on an error the old predictions stay.
    ///
    /// # Errors
    /// [`RunError::Predictions`] where the new ones make no sense.
    pub fn predict_by(&mut self, source: PredictionConfig) -> Result<(), RunError> {
        if self.source == Some(source) {
            return Ok(());
        }
        let series =
            source
                .source
                .predict(self.bars.series(), source.target, source.horizon_bars)?;
        let (predictions, digest) = (align(&self.bars, &series)?, series.digest()?);
        self.predictions = predictions;
        self.predictions_digest = digest;
        self.source = Some(source);
        Ok(())
    }

    /// The bars.
    pub fn bars(&self) -> &SessionBars {
        &self.bars
    }

    /// The prediction at each bar's close.
    pub fn predictions(&self) -> &[Option<Prediction>] {
        &self.predictions
    }

    /// The signal at each bar's close.
    pub fn signals(&self) -> &[Option<Signal>] {
        &[]
    }

    /// The finer bars inside a bar, where they add up to it.
    pub fn finer(&self, _bar: usize) -> Option<&[Prices]> {
        None
    }

    /// Whether a configuration and an instrument ask for what is prepared.
    pub(super) fn check(
        &self,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Result<(), RunError> {
        let calendars = (instrument.calendar.name(), self.bars.calendar().name());
        if calendars.0 != calendars.1 {
            return Err(RunError::Calendar {
                instrument: calendars.0,
                bars: calendars.1,
            });
        }
        let given = self.bars.series().interval();
        if given != config.interval {
            return Err(RunError::Interval {
                given,
                wanted: config.interval,
            });
        }
        match self.source {
            Some(source) if source != config.prediction => Err(RunError::OtherPredictions),
            _ => Ok(()),
        }
    }
}

/// The prediction of each bar as a price, with the error deviation known at its close.
fn align(
    bars: &SessionBars,
    series: &PredictionSeries,
) -> Result<Vec<Option<Prediction>>, RunError> {
    let target = series.target();
    if target.field == TargetField::Open && target.horizon_bars == 1 {
        return Err(BadConfig::PredictsTheEntry.into());
    }
    let mut sigma = ErrorSigma::new(target);
    let mut rows = series.rows().iter().peekable();
    let mut step = |start, open, close| {
        while rows.next_if(|row| row.for_bar < start).is_some() {}
        let row = rows.next_if(|row| row.for_bar == start);
        let sigma_err = sigma.update(open, close, row);
        let Some(row) = row else { return Ok(None) };
        let price = target.price(row.value, close);
        if !price.is_finite() {
            return Err(BadPredictions::NoPrice {
                for_bar: start,
                value: row.value,
            }
            .into());
        }
        Ok(Some(Prediction {
            price,
            sigma_err,
            confidence: None,
        }))
    };
    bars.series()
        .rows()
        .map(|(start, [open, _, _, close], _)| step(start, open, close))
        .collect()
}
