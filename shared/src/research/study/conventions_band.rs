//! How far a result depends on what nobody knows: which of two levels inside one bar the price met first.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::market::bars::Instrument;
use crate::research::backtest::{Backtest, Prepared, RunError, backtest};
use crate::research::metrics::{CATALOG, Stat};
use crate::research::run_config::RunConfig;
use crate::trading::fills::Intrabar;
use crate::trading::orders::{ExitReason, InstId, Side};
use crate::trading::portfolio::Trade;

/// One run read by every convention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConventionsBand {
    /// The conventions, the run's own columns in all that follows; refined is among them where finer bars are at hand.
    pub conventions: Vec<Intrabar>,
    /// Every metric of the catalogue, in its order.
    pub metrics: Vec<Band>,
    /// Trades that every convention makes, and that win by one and do not by another, in order of entry.
    pub flips: Vec<Flip>,
    /// For each convention, how many of its trades another one does not make: an exit at another time leaves room for other
    /// entries.
    pub unmatched: Vec<u64>,
}

/// A metric by every convention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The key of its definition in the catalogue.
    pub key: String,
    /// Its least value, where any convention gives one.
    pub low: Option<f64>,
    /// Its largest.
    pub high: Option<f64>,
    /// What each convention gives.
    pub by_convention: Vec<Stat>,
}

/// A trade whose outcome depends on the convention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// Which instrument.
    pub inst: InstId,
    /// Which way.
    pub side: Side,
    /// Its entry.
    pub entry_at: Timestamp,
    /// How it ended by each convention: why, and its net profit in account currency.
    pub by_convention: Vec<(ExitReason, f64)>,
}

/// What a trade is known by in another run.
type Key = (Timestamp, InstId, u8);

fn key(trade: &Trade) -> Key {
    (trade.entry_at, trade.inst, trade.side as u8)
}

/// Makes a run by every convention: pessimistic, optimistic, path, and refined where `prepared` has finer bars.
///
/// # Errors
/// [`RunError`] where configuration and bars do not fit, and where the fill rules are another tool's, which knows no other
/// convention than its own.
pub fn conventions_band(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
) -> Result<ConventionsBand, RunError> {
    let mut conventions = vec![Intrabar::Pessimistic, Intrabar::Optimistic, Intrabar::Path];
    if prepared.has_finer() {
        conventions.push(Intrabar::Refined);
    }
    let run = |&intrabar: &Intrabar| {
        let mut config = *config;
        config.fills.intrabar = intrabar;
        backtest(prepared, instrument, &config)
    };
    let runs: Vec<Backtest> = conventions.iter().map(run).collect::<Result<_, _>>()?;
    let metrics = CATALOG.iter().map(|definition| {
        let by_convention: Vec<Stat> = runs
            .iter()
            .map(|run| (definition.value)(&run.metrics, &run.benchmark_metrics))
            .collect();
        let values = || by_convention.iter().filter_map(|stat| stat.value());
        Band {
            key: definition.key.to_owned(),
            low: values().min_by(f64::total_cmp),
            high: values().max_by(f64::total_cmp),
            by_convention,
        }
    });
    let metrics = metrics.collect();
    let (flips, unmatched) = compare(&runs);
    Ok(ConventionsBand {
        conventions,
        metrics,
        flips,
        unmatched,
    })
}

/// The trades that flip, and how many of each run have no match in all others.
fn compare(runs: &[Backtest]) -> (Vec<Flip>, Vec<u64>) {
    let sorted: Vec<Vec<&Trade>> = runs
        .iter()
        .map(|run| {
            let mut trades: Vec<&Trade> = run.trades.iter().collect();
            trades.sort_by_key(|trade| key(trade));
            trades
        })
        .collect();
    let of = |trades: &[&'_ Trade], wanted: Key| {
        let found = trades
            .binary_search_by_key(&wanted, |trade| key(trade))
            .ok()?;
        trades.get(found).map(|&trade| *trade)
    };
    let in_all = |wanted: Key| -> Option<Vec<Trade>> {
        sorted.iter().map(|trades| of(trades, wanted)).collect()
    };
    let unmatched = sorted.iter().map(|trades| {
        let alone = trades.iter().filter(|trade| in_all(key(trade)).is_none());
        alone.count() as u64
    });
    let unmatched = unmatched.collect();
    let flips = sorted.first().into_iter().flatten().filter_map(|trade| {
        let each = in_all(key(trade))?;
        let won = |trade: &Trade| trade.net_profit > 0.0;
        let flips = each.iter().any(|other| won(other) != won(trade));
        flips.then(|| Flip {
            inst: trade.inst,
            side: trade.side,
            entry_at: trade.entry_at,
            by_convention: each
                .iter()
                .map(|trade| (trade.exit_reason, trade.net_profit))
                .collect(),
        })
    });
    (flips.collect(), unmatched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Day};
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};
    use crate::trading::fills::FillDialect;

    fn run() -> (Prepared, Instrument, RunConfig) {
        let market = Simulation {
            to: Day(SAMPLE.from.0 + 120),
            ..SAMPLE
        };
        let minutes = simulate(&market).unwrap();
        let mut config = RunConfig {
            interval: BarInterval::minutes(60),
            ..RunConfig::default()
        };
        let strategy = config.strategy.predicted_move_mut().unwrap();
        (strategy.k_sigma_err, strategy.k_atr_min_tp) = (0.0, 0.2);
        let bars = resample(&minutes, config.interval, Calendar::Nyse)
            .unwrap()
            .bars;
        let prepared = Prepared::new(bars, config.prediction).unwrap();
        let prepared = prepared.with_finer(&minutes).unwrap();
        (prepared, Instrument::us_share("SIM"), config)
    }

    #[test]
    fn a_band_holds_the_runs_of_every_convention() {
        let (prepared, instrument, config) = run();
        let band = conventions_band(&prepared, &instrument, &config).unwrap();
        let all = [
            Intrabar::Pessimistic,
            Intrabar::Optimistic,
            Intrabar::Path,
            Intrabar::Refined,
        ];
        assert_eq!(band.conventions, all);
        let total = &band.metrics[0];
        assert_eq!(total.key, "total_return");
        let by_hand = all.map(|intrabar| {
            let mut config = config;
            config.fills.intrabar = intrabar;
            backtest(&prepared, &instrument, &config).unwrap()
        });
        for (stat, run) in total.by_convention.iter().zip(&by_hand) {
            assert_eq!(*stat, run.metrics.returns.total_return);
        }
        let (low, high) = (total.low.unwrap(), total.high.unwrap());
        assert!(low < high, "{low} {high}");
        assert!(total.by_convention.iter().all(|stat| {
            let value = stat.value().unwrap();
            low <= value && value <= high
        }));
        assert!(!band.flips.is_empty());
        for flip in &band.flips {
            let (why, lost) = flip.by_convention[0];
            let (then, won) = flip.by_convention[1];
            assert_eq!((why, then), (ExitReason::Stop, ExitReason::Target));
            assert!(lost <= 0.0 && won > 0.0, "{flip:?}");
        }
        for (alone, run) in band.unmatched.iter().zip(&by_hand) {
            assert!(*alone < run.trades.len() as u64);
        }
    }

    #[test]
    fn without_finer_bars_nothing_is_refined_and_other_tools_have_no_band() {
        let (prepared, instrument, mut config) = run();
        let bars = prepared.bars().clone();
        let plain = Prepared::new(bars, config.prediction).unwrap();
        let band = conventions_band(&plain, &instrument, &config).unwrap();
        assert_eq!(band.conventions.len(), 3);
        config.fills.dialect = FillDialect::Vectorbt;
        assert!(conventions_band(&plain, &instrument, &config).is_err());
    }
}
