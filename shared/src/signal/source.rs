//! Where predictions come from.

use serde::{Deserialize, Serialize};

use super::prediction::{
    BadPredictions, PredictionRow, PredictionSeries, Target, TargetField, TargetKind,
};
use super::{baselines, labels};
use crate::base::digest::Hasher;
use crate::market::bars::BarSeries;

/// Where predictions come from: computed from the bars, given as a series, or nowhere.
///
/// In JSON `"drift"`, `{"noise": {"seed": 7}}` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A baseline: `r = h · mean of the last 10 log returns`.
    Drift,
    /// A baseline: `r = sign(SMA_7 − SMA_21) · 2 · ATR_14 / close`.
    SmaCross,
    /// The null: `r = 0`. Never trades.
    Persistence,
    /// A baseline without knowledge: `r = N(0, 1) · ATR_14 / close`.
    Noise {
        /// What the draws depend on, beside the time of the bar.
        seed: u64,
    },
    /// A reference that looks ahead: the target itself. No strategy can know it.
    Oracle,
    /// A series that is given with the bars: stored, or imported from a file. Its digest is part of the run's.
    Series,
    /// No predictions, for strategies that need none, such as signals from a file.
    None,
}

impl Source {
    /// Every source that needs nothing but bars, in the order in which they are offered; noise with a seed of 1.
    pub const COMPUTED: [Self; 5] = [
        Self::Drift,
        Self::SmaCross,
        Self::Persistence,
        Self::Noise { seed: 1 },
        Self::Oracle,
    ];

    /// The name in configurations and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::SmaCross => "sma_cross",
            Self::Persistence => "persistence",
            Self::Noise { .. } => "noise",
            Self::Oracle => "oracle",
            Self::Series => "series",
            Self::None => "none",
        }
    }

    /// The source of a name; `seed` is used by noise alone.
    pub fn named(name: &str, seed: u64) -> Option<Self> {
        let all = Self::COMPUTED.into_iter().chain([Self::Series, Self::None]);
        let found = all.into_iter().find(|source| source.name() == name)?;
        Some(match found {
            Self::Noise { .. } => Self::Noise { seed },
            other => other,
        })
    }

    /// What it is, for people: the words that follow "predictions of".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Drift => "the drift baseline",
            Self::SmaCross => "the SMA cross baseline",
            Self::Persistence => "the persistence null, which never trades",
            Self::Noise { .. } => "seeded noise",
            Self::Oracle => "the oracle, which looks ahead: a reference, not a strategy",
            Self::Series => "an imported series",
            Self::None => "nothing",
        }
    }

    /// Whether it looks ahead, so that a result is a reference and must be labelled as one.
    pub const fn is_oracle(self) -> bool {
        matches!(self, Self::Oracle)
    }

    /// Feeds the source.
    pub fn feed(self, hasher: &mut Hasher) {
        hasher.text(self.name());
        if let Self::Noise { seed } = self {
            hasher.u64(seed);
        }
    }

    /// Log-return predictions for every bar that the source has one for, each out-of-sample; none for [`Source::None`].
    /// `None` for [`Source::Series`], which is not computed.
    ///
    /// # Errors
    /// [`BadPredictions`] where the horizon is 0 or a value overflows `f32`.
    pub fn predict(
        self,
        bars: &BarSeries,
        field: TargetField,
        horizon_bars: u32,
    ) -> Result<Option<PredictionSeries>, BadPredictions> {
        let returns = match self {
            Self::Drift => baselines::drift(bars, horizon_bars),
            Self::SmaCross => baselines::sma_cross(bars),
            Self::Persistence => baselines::persistence(bars),
            Self::Noise { seed } => baselines::noise(bars, seed),
            Self::Oracle => labels::log_returns(bars, field, horizon_bars),
            Self::None => Vec::new(),
            Self::Series => return Ok(None),
        };
        let target = Target {
            field,
            kind: TargetKind::LogReturn,
            horizon_bars,
        };
        let rows = bars.start().iter().zip(returns);
        let rows = rows.filter_map(|(&for_bar, r)| {
            r.map(|r| PredictionRow {
                for_bar,
                value: r as f32,
                in_sample: false,
                confidence: None,
            })
        });
        PredictionSeries::new(target, rows.collect()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::math;
    use crate::base::time::Day;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::bars::BarColumns;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};

    fn rising(count: i64, growth: f64) -> BarSeries {
        let mut columns = BarColumns::default();
        for t in 0..count {
            let price = 100.0 * math::exp(growth * t as f64);
            columns.push(
                Timestamp::from_seconds(t * 60),
                [price, price + 1.0, price - 1.0, price],
                1.0,
            );
        }
        BarSeries::new(BarInterval::minutes(1), columns).unwrap()
    }

    fn rows(source: Source, bars: &BarSeries, field: TargetField, h: u32) -> Vec<PredictionRow> {
        let series = source.predict(bars, field, h).unwrap().unwrap();
        series.rows().to_vec()
    }

    /// Bars `from` to `to` of a series.
    fn part(bars: &BarSeries, from: usize, to: usize) -> BarSeries {
        let mut columns = BarColumns::default();
        for (start, prices, volume) in bars.rows().take(to).skip(from) {
            columns.push(start, prices, volume);
        }
        BarSeries::new(bars.interval(), columns).unwrap()
    }

    fn sample(seed: u64) -> BarSeries {
        let to = Day(SAMPLE.from.0 + 2);
        simulate(&Simulation { seed, to, ..SAMPLE }).unwrap()
    }

    #[test]
    fn drift_extends_the_mean_return() {
        let found = rows(Source::Drift, &rising(30, 0.001), TargetField::Open, 4);
        assert_eq!(found.len(), 20);
        assert_eq!(found[0].for_bar, Timestamp::from_seconds(600));
        assert!((f64::from(found[0].value) - 0.004).abs() < 1e-9);
    }

    #[test]
    fn sma_cross_points_the_way_of_the_fast_average() {
        let up = rows(Source::SmaCross, &rising(40, 0.001), TargetField::Open, 4);
        assert_eq!(up[0].for_bar, Timestamp::from_seconds(20 * 60));
        assert!(up.iter().all(|row| row.value > 0.0));
        let down = rows(Source::SmaCross, &rising(40, -0.001), TargetField::Open, 4);
        assert!(down.iter().all(|row| row.value < 0.0));
    }

    #[test]
    fn noise_is_normal_in_units_of_range_and_the_same_everywhere() {
        // a still price with a range of 2, so that the draw is the value times 50
        let bars = rising(20_014, 0.0);
        let draws = |seed| -> Vec<f64> {
            let found = rows(Source::Noise { seed }, &bars, TargetField::Open, 4);
            found
                .iter()
                .map(|row| f64::from(row.value) * 50.0)
                .collect()
        };
        let found = draws(7);
        assert_eq!(found.len(), 20_000);
        assert!(math::mean(&found).unwrap().abs() < 0.03);
        assert!((math::std_dev(&found).unwrap() - 1.0).abs() < 0.02);
        let neighbours: Vec<f64> = found.iter().zip(&found[1..]).map(|(a, b)| a * b).collect();
        assert!(math::mean(&neighbours).unwrap().abs() < 0.03);
        assert_ne!(found, draws(8));
        // pinned: a change of the generator or of the normal draw changes every run on noise
        let first: Vec<u32> = rows(Source::Noise { seed: 7 }, &bars, TargetField::Open, 4)
            .iter()
            .take(3)
            .map(|row| row.value.to_bits())
            .collect();
        assert_eq!(first, [0xBBCE_B94E, 0xBC95_6313, 0xBD16_821E]);
    }

    #[test]
    fn persistence_stays_and_the_oracle_knows() {
        let bars = sample(3);
        let still = rows(Source::Persistence, &bars, TargetField::Open, 4);
        assert_eq!(still.len(), bars.len());
        assert!(still.iter().all(|row| row.value.to_bits() == 0));
        for (field, targets) in [
            (TargetField::Open, bars.open()),
            (TargetField::Close, bars.close()),
        ] {
            let known = rows(Source::Oracle, &bars, field, 5);
            assert_eq!(known.len(), bars.len() - 5);
            let target = Target {
                field,
                kind: TargetKind::LogReturn,
                horizon_bars: 5,
            };
            for ((row, close), actual) in known.iter().zip(bars.close()).zip(&targets[5..]) {
                let predicted = target.price(row.value, *close);
                assert!((predicted / actual - 1.0).abs() < 1e-8);
            }
        }
        assert!(Source::Oracle.is_oracle() && Source::Oracle.label().contains("looks ahead"));
    }

    #[test]
    fn a_source_is_found_by_its_name_and_reads_as_it_is_written() {
        for source in Source::COMPUTED
            .into_iter()
            .chain([Source::Series, Source::None])
        {
            assert_eq!(Source::named(source.name(), 1), Some(source));
            let text = serde_json::to_string(&source).unwrap();
            assert!(text.contains(source.name()), "{text}");
            assert_eq!(serde_json::from_str::<Source>(&text).unwrap(), source);
        }
        assert_eq!(Source::named("noise", 9), Some(Source::Noise { seed: 9 }));
        assert_eq!(Source::named("Drift", 9), None);
        for bad in [
            r#""noise""#,
            r#"{"noise": {}}"#,
            r#"{"noise": {"seed": 1, "sed": 2}}"#,
            r#""model""#,
        ] {
            assert!(serde_json::from_str::<Source>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_computed_gives_no_rows() {
        let bars = rising(40, 0.001);
        assert_eq!(
            Source::Series.predict(&bars, TargetField::Open, 4),
            Ok(None)
        );
        assert!(rows(Source::None, &bars, TargetField::Open, 4).is_empty());
        for source in Source::COMPUTED {
            let refused = source.predict(&bars, TargetField::Open, 0);
            assert_eq!(refused, Err(BadPredictions::Horizon));
        }
    }

    proptest! {
        /// The oracle is the one that fails this, and so shows that the test can.
        #[test]
        fn truncating_the_future_changes_nothing_earlier(seed in 0u64..50, cut in 25usize..700, h in 1u32..9) {
            let whole = sample(seed);
            let known = part(&whole, 0, cut);
            for source in Source::COMPUTED {
                let (long, short) = (
                    rows(source, &whole, TargetField::Close, h),
                    rows(source, &known, TargetField::Close, h),
                );
                let last = known.start().last().copied();
                let same = long.iter().take_while(|row| Some(row.for_bar) <= last).eq(short.iter());
                prop_assert_eq!(same, !source.is_oracle(), "{}", source.name());
            }
        }

        #[test]
        fn a_draw_depends_on_its_bar_alone(seed in 0u64..50, from in 0usize..300) {
            let whole = rising(400, 0.0);
            let late = part(&whole, from, 400);
            let noise = Source::Noise { seed };
            let (long, short) = (
                rows(noise, &whole, TargetField::Open, 4),
                rows(noise, &late, TargetField::Open, 4),
            );
            let first = short.first().map(|row| row.for_bar);
            prop_assert!(long.iter().filter(|row| Some(row.for_bar) >= first).eq(short.iter()));
        }
    }
}
