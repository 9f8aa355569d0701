//! Bars as the workers that run the engine keep them: with predictions, with signals, with finer bars.

use atrium_shared::base::time::Day;
use atrium_shared::market::bars::SessionBars;
use atrium_shared::research::backtest::{Prepared, TradedBars};
use atrium_shared::research::run_config::PredictionConfig;
use atrium_shared::research::window::Window;
use atrium_shared::signal::signals::{SignalRow, SignalSeries};
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::wire;
use atrium_shared::trading::strategy::Strategy;

use crate::protocol::SignalRows;

/// Bars, and what was given with them.
pub(crate) struct WorkerBars {
    /// What they are of.
    pub(crate) data: DataReference,
    prepared: Prepared,
    /// The same bars with signals, where there are any.
    signalled: Option<Prepared>,
}

impl WorkerBars {
    /// Takes bars in wire form, of which runs see the sessions of a window: those that lie in it are the first, and how many.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn load(
        data: DataReference,
        window: Window,
        bytes: &[u8],
    ) -> Result<(Self, (u64, u64)), String> {
        let series = wire::decode(bytes).map_err(told)?;
        let sessions = SessionBars::new(series, data.instrument.calendar).map_err(told)?;
        let inside = |session: &Day| window.contains(*session);
        let first = sessions.session().iter().position(inside);
        let sessions = window.cut(sessions).map_err(told)?;
        let kept = (
            first.unwrap_or_default() as u64,
            sessions.series().len() as u64,
        );
        let traded = TradedBars::new(sessions, data.actions.clone());
        let prepared = Prepared::new(traded, PredictionConfig::default()).map_err(told)?;
        let loaded = Self {
            data,
            prepared,
            signalled: None,
        };
        Ok((loaded, kept))
    }

    /// Takes signals. What is wrong with them was told by the worker that read them: runs that need them say that they are
    /// missing.
    pub(crate) fn take_signals(&mut self, bytes: &[u8]) {
        let rows = postcard::from_bytes::<SignalRows>(bytes)
            .unwrap_or_default()
            .0;
        let row = |(for_bar, signal)| SignalRow { for_bar, signal };
        let series = SignalSeries::new(rows.into_iter().map(row).collect());
        self.signalled = series
            .ok()
            .and_then(|series| self.prepared.clone().with_signals(&series).ok());
    }

    /// Takes finer bars. Where they are none, runs that need them say that they are missing.
    pub(crate) fn take_finer(&mut self, bytes: &[u8]) {
        let Ok(finer) = wire::decode(bytes) else {
            return;
        };
        let prepared = [Some(&mut self.prepared), self.signalled.as_mut()];
        for prepared in prepared.into_iter().flatten() {
            if let Ok(refined) = prepared.clone().with_finer(&finer) {
                *prepared = refined;
            }
        }
    }

    /// The bars as a strategy trades them: one that trades signals has those, where there are any.
    pub(crate) fn prepared_for(&mut self, strategy: &Strategy) -> &mut Prepared {
        match (strategy, &mut self.signalled) {
            (Strategy::Signals(_), Some(signalled)) => signalled,
            _ => &mut self.prepared,
        }
    }

    /// The same to look at, with what they are of.
    pub(crate) fn prepared_of(&self, strategy: &Strategy) -> (&Prepared, &DataReference) {
        match (strategy, &self.signalled) {
            (Strategy::Signals(_), Some(signalled)) => (signalled, &self.data),
            _ => (&self.prepared, &self.data),
        }
    }

    /// The bars themselves.
    #[cfg(test)]
    pub(crate) fn bars(&self) -> &SessionBars {
        self.prepared.bars()
    }
}

fn told(error: impl ToString) -> String {
    error.to_string()
}
