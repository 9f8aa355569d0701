//! What all trials of a sweep say together: the best, how values are spread, and some trials for all.

use super::brush::Brush;
use super::places::Places;
use crate::research::sweep::{Measure, Results, SweepSpec};

/// The least and the most of values, without the outermost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// What two in a hundred lie below.
    pub low: f64,
    /// What two in a hundred lie above.
    pub high: f64,
    /// Whether any is less than the least.
    pub below: bool,
    /// Whether any is more than the most.
    pub above: bool,
}

impl Spread {
    /// Of values none of which lies beyond two.
    pub const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            below: false,
            above: false,
        }
    }

    /// Of values in any order; `None` where there is none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let cut = last / 50;
        let (low, high) = (*values.get(cut)?, *values.get(last - cut)?);
        Some(Self {
            low,
            high,
            below: *values.first()? < low,
            above: *values.get(last)? > high,
        })
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The best that the brush holds, the best first; of equal ones the earlier.
    pub top: Vec<u64>,
    /// How the values of each measure that was asked for are spread, over all trials.
    pub spreads: Vec<(Measure, Option<Spread>)>,
    /// Trials that were run.
    pub run: u64,
    /// Those of them that have a value of the measure they are ranked by.
    pub valued: u64,
    /// Those of them that the brush holds.
    pub held: u64,
    /// Trials that stand for all, among them the best; no trial twice, in order.
    pub lines: Vec<u64>,
}

/// Goes through all trials step by step.
#[derive(Debug)]
pub struct Survey {
    measure: Measure,
    most: usize,
    /// The best so far, the best first.
    top: Vec<(f64, u64)>,
    measures: Vec<Measure>,
    /// Trials that tell how values are spread.
    sample: Sample,
    lines: Sample,
    found: Found,
    next: u64,
    end: u64,
    buffer: Vec<u32>,
}

impl Survey {
    /// So many trials at most stand for all, beside the best.
    pub const LINES: usize = 800;
    /// So many trials at most tell how values are spread.
    const SAMPLE: usize = 16_384;

    /// Begins: the `most` best by a measure, and how values of `others` are spread as well.
    pub fn new(spec: &SweepSpec, measure: Measure, others: &[Measure], most: usize) -> Self {
        let mut measures = vec![measure];
        measures.extend(others.iter().filter(|other| **other != measure));
        Self {
            measure,
            most,
            top: Vec::new(),
            measures,
            sample: Sample::new(Self::SAMPLE),
            lines: Sample::new(Self::LINES),
            found: Found::default(),
            next: 0,
            end: spec.trials(),
            buffer: Vec::new(),
        }
    }

    /// Goes on by so many trials at most; whether it is through.
    pub fn step(
        &mut self,
        spec: &SweepSpec,
        places: &Places,
        results: &Results,
        brush: &Brush,
        most: u64,
    ) -> bool {
        let until = self.end.min(self.next.saturating_add(most));
        let open = brush.is_open();
        for trial in self.next..until {
            let Some(stat) = results.stat(self.measure, trial) else {
                continue;
            };
            self.found.run += 1;
            self.sample.see(trial);
            self.lines.see(trial);
            let value = stat.value();
            self.found.valued += u64::from(value.is_some());
            let held = open || {
                let mut buffer = core::mem::take(&mut self.buffer);
                places.read(spec, trial, &mut buffer);
                let held = brush.holds(&buffer, results, trial);
                self.buffer = buffer;
                held
            };
            self.found.held += u64::from(held);
            if let Some(value) = value.filter(|_| held) {
                self.rank(value, trial);
            }
        }
        self.next = until;
        until == self.end
    }

    fn rank(&mut self, value: f64, trial: u64) {
        let full = self.top.len() >= self.most;
        let worst = self.top.last().map(|(worst, _)| *worst);
        if full && worst.is_none_or(|worst| value.total_cmp(&worst).is_le()) {
            return;
        }
        // trials come in order, so that equal ones stand behind
        let at = self
            .top
            .partition_point(|(better, _)| value.total_cmp(better).is_le());
        self.top.insert(at, (value, trial));
        self.top.truncate(self.most);
    }

    /// What was found so far in the results that were gone through.
    pub fn into_found(self, results: &Results) -> Found {
        let mut found = self.found;
        found.top = self.top.into_iter().map(|(_, trial)| trial).collect();
        found.lines = self.lines.trials;
        found.lines.extend(&found.top);
        found.lines.sort_unstable();
        found.lines.dedup();
        let sample = &self.sample.trials;
        let spread = |measure| {
            let value = |trial: &u64| results.stat(measure, *trial)?.value();
            (
                measure,
                Spread::of(sample.iter().filter_map(value).collect()),
            )
        };
        found.spreads = self.measures.into_iter().map(spread).collect();
        found
    }
}

/// Some of the trials that are seen, as even as if they were drawn: all of few, of many one in two, in four, and so on.
#[derive(Debug)]
struct Sample {
    trials: Vec<u64>,
    most: usize,
    /// Trials whose mixed bits end in so many zeros are kept.
    zeros: u32,
}

impl Sample {
    const fn new(most: usize) -> Self {
        Self {
            trials: Vec::new(),
            most,
            zeros: 0,
        }
    }

    fn see(&mut self, trial: u64) {
        if mixed(trial).trailing_zeros() < self.zeros {
            return;
        }
        self.trials.push(trial);
        while self.trials.len() > self.most && self.zeros < u64::BITS {
            self.zeros += 1;
            let zeros = self.zeros;
            self.trials
                .retain(|trial| mixed(*trial).trailing_zeros() >= zeros);
        }
    }
}

impl Found {
    /// How values of a measure are spread; `None` where there are none, or it was not asked for.
    pub fn spread(&self, measure: Measure) -> Option<Spread> {
        let mut spreads = self.spreads.iter();
        spreads.find(|(of, _)| *of == measure)?.1
    }
}

/// Sixty-four bits of which each depends on all of a number: which trials stand for all must not depend on how long axes are.
fn mixed(number: u64) -> u64 {
    let bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{grid, results};
    use super::*;
    use crate::research::sweep::best;

    fn survey(spec: &SweepSpec, results: &Results, brush: &Brush, most: usize, step: u64) -> Found {
        let places = Places::new(spec);
        let mut survey = Survey::new(spec, Measure::Sharpe, &[Measure::Trades], most);
        while !survey.step(spec, &places, results, brush, step) {}
        survey.into_found(results)
    }

    #[test]
    fn the_best_are_those_of_the_command_line() {
        let spec = grid(&["k_sigma_err=0:3:0.1", "reward_risk_ratio=1:4:0.1"]);
        let value = |trial: u64| (trial % 7 != 3).then(|| f64::from((trial * 37 % 101) as u32 / 3));
        let results = results(&spec, value);
        for most in [0, 1, 10, 100, 5_000] {
            let found = survey(&spec, &results, &Brush::default(), most, 10);
            assert_eq!(found.top, best(&results, Measure::Sharpe, most), "{most}");
            assert_eq!((found.run, found.held), (961, 961));
            assert_eq!(
                found.valued,
                (0..961).filter(|trial| trial % 7 != 3).count() as u64
            );
        }
        let mut brush = Brush::default();
        brush.pick_places(0, Some((2, 3)));
        let found = survey(&spec, &results, &brush, 3, 1_000);
        assert_eq!(found.held, 62);
        let held = best(&results, Measure::Sharpe, 5_000).into_iter();
        let held: Vec<u64> = held
            .filter(|trial| (62..124).contains(trial))
            .take(3)
            .collect();
        assert_eq!(found.top, held);
    }

    #[test]
    fn some_stand_for_all_and_outliers_do_not_count() {
        let spec = grid(&["k_sigma_err=0:3:0.01", "reward_risk_ratio=1:4:0.01"]);
        let value = |trial: u64| match trial {
            5 => Some(1e9),
            trial => Some((trial % 101) as f64),
        };
        let results = results(&spec, value);
        let found = survey(&spec, &results, &Brush::default(), 20, 100_000);
        let count = found.lines.len() as u64;
        assert!((300..=820).contains(&count), "{count}");
        assert!(found.lines.is_sorted() && found.lines.contains(&5));
        // not all of one value of an axis
        let columns: std::collections::BTreeSet<u64> =
            found.lines.iter().map(|trial| trial % 301).collect();
        assert!(columns.len() > 150);
        let spread = found.spread(Measure::Sharpe).unwrap();
        assert!((1.0..4.0).contains(&spread.low) && (96.0..100.0).contains(&spread.high));
        assert!(found.spread(Measure::Trades).is_some());
        assert_eq!(found.spread(Measure::Cagr), None);
    }

    #[test]
    fn what_was_run_of_many_is_sampled_all_the_same() {
        let spec = grid(&["k_sigma_err=0:50:0.01", "reward_risk_ratio=1:50:0.01"]);
        let few: Vec<u64> = (0..200).map(|step| step * 100_003).collect();
        let stats: Vec<_> = (0..200)
            .map(|step| crate::research::metrics::Stat::Value(f64::from(step)))
            .collect();
        let columns = crate::research::sweep::Columns {
            final_equity: stats.clone(),
            sharpe: stats.clone(),
            trades: vec![1; 200],
            total_return: stats.clone(),
            cagr: stats.clone(),
            max_drawdown_session: stats.clone(),
            win_rate: stats.clone(),
            profit_factor: stats,
        };
        let mut results = Results::new(&spec);
        assert_eq!(results.put(&few, &columns), 200);
        let found = survey(&spec, &results, &Brush::default(), 5, 1_000_000);
        assert_eq!(found.lines, few);
        let spread = found.spread(Measure::Sharpe).unwrap();
        let expected = Spread {
            below: true,
            above: true,
            ..Spread::between(3.0, 196.0)
        };
        assert_eq!(spread, expected);
    }

    #[test]
    fn few_values_are_spread_from_the_first_to_the_last() {
        assert_eq!(Spread::of(Vec::new()), None);
        let spread = Spread::of(vec![3.0, 1.0, 2.0]);
        assert_eq!(spread, Some(Spread::between(1.0, 3.0)));
        // of many only what differs from the ends is beyond them
        let many = (0..200).map(|at| f64::from(at.max(10)));
        let expected = Spread {
            above: true,
            ..Spread::between(10.0, 196.0)
        };
        assert_eq!(Spread::of(many.collect()), Some(expected));
    }
}
