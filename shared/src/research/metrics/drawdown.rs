//! Drawdowns: how far, and for how long, equity lay below its highest point.

use super::RunData;
use super::basis::Basis;
use super::stat::{Absent, Outcome};
use crate::base::time::Timestamp;

const MICROS_PER_DAY: f64 = 86_400e6;

/// One stay below a peak, from the peak to the close that regains it, or to the end.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Episode {
    /// The deepest `equity / peak − 1`, 0 or less.
    pub(super) share: f64,
    /// Its length in bars: closes after the peak's, that of the recovery included.
    pub(super) bars: u64,
    /// Its length in microseconds from the end of the peak's bar to the end of the recovery's; `None` where bar times are
    /// not known.
    pub(super) micros: Option<i64>,
}

impl Episode {
    /// The length in bars.
    pub(super) fn length_bars(&self) -> Outcome {
        Ok(self.bars as f64)
    }

    /// The length in days of 24 hours.
    pub(super) fn length_days(&self) -> Outcome {
        match (self.bars, self.micros) {
            (0, _) => Ok(0.0),
            (_, Some(micros)) => Ok(micros as f64 / MICROS_PER_DAY),
            (_, None) => Err(Absent::NoTimes),
        }
    }
}

/// The drawdowns of a run at bar closes; the initial equity counts as the first peak.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Drawdowns {
    /// The deepest; of equally deep ones the first.
    pub(super) deepest: Episode,
    /// The longest; of equally long ones the first.
    pub(super) longest: Episode,
    /// The sum of the squares of all bars' drawdowns.
    pub(super) squares: f64,
    /// The sum of equity at all bar closes.
    pub(super) equity_sum: f64,
}

impl Drawdowns {
    /// One pass over equity at bar closes.
    pub(super) fn of(run: &RunData<'_>) -> Self {
        let mut drawdowns = Self::default();
        let mut peak = run.initial_equity;
        // how many closes came up to the peak's, its own included: 0 for the initial equity
        let mut peak_closes = 0;
        let mut lowest = 0.0;
        for (index, &equity) in run.equity.iter().enumerate() {
            drawdowns.equity_sum += equity;
            if equity >= peak {
                if lowest < 0.0 {
                    drawdowns.close(run, lowest, peak_closes, index + 1);
                    lowest = 0.0;
                }
                peak = equity;
                peak_closes = index + 1;
            } else {
                let drawdown = equity / peak - 1.0;
                drawdowns.squares += drawdown * drawdown;
                if drawdown < lowest {
                    lowest = drawdown;
                }
            }
        }
        if lowest < 0.0 {
            drawdowns.close(run, lowest, peak_closes, run.equity.len());
        }
        drawdowns
    }

    /// Takes in an episode from the peak to the last of its closes, both as counts of closes.
    fn close(&mut self, run: &RunData<'_>, share: f64, peak: usize, last: usize) {
        let time_after = |closes: usize| -> Option<Timestamp> {
            match closes.checked_sub(1) {
                Some(index) => run.ends.get(index).copied(),
                None => run.span.map(|(first, _)| first),
            }
        };
        let episode = Episode {
            share,
            bars: (last - peak) as u64,
            micros: time_after(last)
                .zip(time_after(peak))
                .map(|(last, peak)| last.micros_since(peak)),
        };
        if share < self.deepest.share {
            self.deepest = episode;
        }
        if episode.bars > self.longest.bars {
            self.longest = episode;
        }
    }
}

/// The deepest fall alone, as [`Drawdowns`] have it. Below one peak the lowest equity falls deepest, so that it alone is divided.
pub(super) fn deepest(initial_equity: f64, equity: &[f64]) -> f64 {
    let mut deepest = 0.0;
    let (mut peak, mut lowest) = (initial_equity, initial_equity);
    let mut regain = |peak: f64, lowest: f64| {
        let share = lowest / peak - 1.0;
        deepest = if share < deepest { share } else { deepest };
    };
    for &equity in equity {
        if equity >= peak {
            if lowest < peak {
                regain(peak, lowest);
            }
            (peak, lowest) = (equity, equity);
        } else if equity < lowest {
            lowest = equity;
        }
    }
    if lowest < peak {
        regain(peak, lowest);
    }
    deepest
}

/// One stay of equity below a peak, with the bars of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    /// The deepest `equity / peak − 1`, below 0.
    pub share: f64,
    /// The bar of the peak; `None` where it is the initial equity.
    pub peak: Option<usize>,
    /// The bar of the lowest close.
    pub trough: usize,
    /// The bar whose close regained the peak; `None` where none did.
    pub recovered: Option<usize>,
    /// Closes after the peak's, that of the recovery included, or up to the end.
    pub bars: u64,
}

/// Every stay of equity at bar closes below a peak, in order of time; the initial equity counts as the first peak.
pub fn falls(initial_equity: f64, equity: &[f64]) -> Vec<Fall> {
    let mut falls = Vec::new();
    let mut peak = (initial_equity, None);
    let mut fall: Option<Fall> = None;
    for (bar, &equity) in equity.iter().enumerate() {
        if equity >= peak.0 {
            falls.extend(fall.take().map(|fall| Fall {
                recovered: Some(bar),
                bars: fall.bars + 1,
                ..fall
            }));
            peak = (equity, Some(bar));
            continue;
        }
        let share = equity / peak.0 - 1.0;
        let now = fall.get_or_insert(Fall {
            share: 0.0,
            peak: peak.1,
            trough: bar,
            recovered: None,
            bars: 0,
        });
        now.bars += 1;
        if share < now.share {
            (now.share, now.trough) = (share, bar);
        }
    }
    falls.extend(fall);
    falls
}

/// The deepest `equity / highest equity so far − 1` at bar closes, as a share, 0 or less; the initial equity counts as the
/// first peak.
pub(super) fn max_drawdown(basis: &Basis<'_>) -> Outcome {
    Ok(basis.drawdowns.deepest.share)
}

/// The same over equity at session closes alone: what a sweep reports, never deeper than at bar closes.
pub(super) fn max_drawdown_session(basis: &Basis<'_>) -> Outcome {
    let mut peak = basis.run.initial_equity;
    let mut deepest = 0.0;
    for &equity in basis.run.session_equity {
        if equity > peak {
            peak = equity;
        }
        let drawdown = equity / peak - 1.0;
        if drawdown < deepest {
            deepest = drawdown;
        }
    }
    Ok(deepest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::base::random::Random;

    #[test]
    fn measured_from_the_highest_point_before() {
        for (equity, expected) in [
            (&[120.0, 90.0, 130.0, 100.0][..], 90.0 / 120.0 - 1.0),
            (&[80.0, 110.0], 80.0 / 100.0 - 1.0),
            (&[101.0, 102.0], 0.0),
            (&[], 0.0),
        ] {
            let data = run(equity, &[], 4);
            assert_eq!(max_drawdown(&Basis::new(&data)), Ok(expected));
            assert_eq!(max_drawdown_session(&Basis::new(&data)), Ok(expected));
        }
    }

    #[test]
    fn a_length_runs_from_the_peak_to_the_recovery_or_the_end() {
        // the peak of 120 is regained by the fourth close after it; the last fall is not over
        let equity = [120.0, 110.0, 90.0, 100.0, 120.0, 120.0, 119.0];
        let start = Timestamp::from_seconds(0);
        let ends: Vec<Timestamp> = (1..=7)
            .map(|hour| start.plus_seconds(hour * 3_600))
            .collect();
        let data = RunData {
            ends: &ends,
            ..run(&equity, &[], 7)
        };
        let drawdowns = Drawdowns::of(&data);
        assert_eq!(drawdowns.deepest.bars, 4);
        assert_eq!(drawdowns.deepest.length_days(), Ok(4.0 / 24.0));
        assert_eq!(drawdowns.longest, drawdowns.deepest);

        let data = RunData {
            ends: &ends,
            span: Some((start, start)),
            ..run(&[99.0, 99.5, 98.0], &[], 7)
        };
        let drawdowns = Drawdowns::of(&data);
        assert_eq!(drawdowns.deepest.bars, 3, "the initial equity is a peak");
        assert_eq!(drawdowns.deepest.length_days(), Ok(3.0 / 24.0));
        let unknown = Drawdowns::of(&run(&[99.0], &[], 7));
        assert_eq!(unknown.deepest.length_days(), Err(Absent::NoTimes));
        let none = Drawdowns::of(&run(&[101.0], &[], 7));
        assert_eq!(none.deepest.length_days(), Ok(0.0));
    }

    #[test]
    fn falls_are_the_drawdowns_one_by_one() {
        let equity = [99.0, 99.5, 101.0, 101.0, 90.0, 95.0, 101.0, 100.0];
        let all = falls(100.0, &equity);
        let ends: Vec<_> = all
            .iter()
            .map(|fall| (fall.peak, fall.trough, fall.recovered, fall.bars))
            .collect();
        assert_eq!(
            ends,
            [
                (None, 0, Some(2), 3),
                (Some(3), 4, Some(6), 3),
                (Some(6), 7, None, 1)
            ]
        );
        let drawdowns = Drawdowns::of(&run(&equity, &[], 8));
        let sum = equity.iter().sum::<f64>();
        assert_eq!(drawdowns.equity_sum.to_bits(), sum.to_bits());
        let deepest = all
            .iter()
            .min_by(|a, b| a.share.total_cmp(&b.share))
            .unwrap();
        assert_eq!(
            (deepest.share, deepest.bars),
            (drawdowns.deepest.share, drawdowns.deepest.bars)
        );
        assert!(falls(100.0, &[100.0, 101.0]).is_empty());
    }

    #[test]
    fn the_deepest_alone_is_that_of_all() {
        let mut random = Random::new(8, 0);
        for bars in [0, 1, 2, 60] {
            for _ in 0..200 {
                let tick = |_| 97.0 + (random.uniform() * 60.0).floor() / 10.0;
                let equity: Vec<f64> = (0..bars).map(tick).collect();
                let all = Drawdowns::of(&run(&equity, &[], bars));
                let alone = deepest(100.0, &equity);
                assert_eq!(alone.to_bits(), all.deepest.share.to_bits(), "{equity:?}");
            }
        }
    }

    #[test]
    fn the_longest_need_not_be_the_deepest() {
        let drawdowns = Drawdowns::of(&run(&[99.0, 99.0, 101.0, 50.0, 102.0], &[], 5));
        assert_eq!((drawdowns.deepest.bars, drawdowns.longest.bars), (2, 3));
        assert!((drawdowns.longest.share + 0.01).abs() < 1e-15);
    }
}
