//! Which trials did best, and whether those around them did as well.

use super::results::Columns;
use super::spec::SweepSpec;
use super::table::Results;
use crate::research::metrics::{Absent, Stat, Unit};

/// A column of results by which trials are ranked, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Equity at the end.
    FinalEquity,
    /// `final equity / initial equity − 1`.
    TotalReturn,
    /// Compound annual growth rate.
    Cagr,
    /// Annualised Sharpe ratio of session returns.
    Sharpe,
    /// The deepest fall at session closes, which is 0 or less, so that the shallowest is the highest.
    MaxDrawdownSession,
    /// How many round trips.
    Trades,
    /// The share of trades with a net profit.
    WinRate,
    /// Gross profit over gross loss.
    ProfitFactor,
}

impl Measure {
    /// Every measure, in the order of columns.
    pub const ALL: [Self; 8] = [
        Self::Sharpe,
        Self::TotalReturn,
        Self::Cagr,
        Self::MaxDrawdownSession,
        Self::Trades,
        Self::WinRate,
        Self::ProfitFactor,
        Self::FinalEquity,
    ];

    /// Its name, as columns of files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FinalEquity => "final_equity",
            Self::TotalReturn => "total_return",
            Self::Cagr => "cagr",
            Self::Sharpe => "sharpe",
            Self::MaxDrawdownSession => "max_drawdown_session",
            Self::Trades => "trades",
            Self::WinRate => "win_rate",
            Self::ProfitFactor => "profit_factor",
        }
    }

    /// Its unit.
    pub const fn unit(self) -> Unit {
        match self {
            Self::FinalEquity => Unit::Money,
            Self::TotalReturn | Self::Cagr | Self::MaxDrawdownSession | Self::WinRate => {
                Unit::Percent
            }
            Self::Sharpe | Self::ProfitFactor => Unit::Ratio,
            Self::Trades => Unit::Count,
        }
    }

    /// What links know it by: never changed and never used again.
    pub const fn code(self) -> u8 {
        match self {
            Self::Sharpe => 1,
            Self::TotalReturn => 2,
            Self::Cagr => 3,
            Self::MaxDrawdownSession => 4,
            Self::Trades => 5,
            Self::WinRate => 6,
            Self::ProfitFactor => 7,
            Self::FinalEquity => 8,
        }
    }

    /// The measure of a code.
    pub fn coded(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.code() == code)
    }

    /// The measure of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

impl Columns {
    /// A measure of the trial at a place; `None` beyond the end.
    pub fn stat(&self, measure: Measure, place: usize) -> Option<Stat> {
        let column = match measure {
            Measure::FinalEquity => &self.final_equity,
            Measure::TotalReturn => &self.total_return,
            Measure::Cagr => &self.cagr,
            Measure::Sharpe => &self.sharpe,
            Measure::MaxDrawdownSession => &self.max_drawdown_session,
            Measure::WinRate => &self.win_rate,
            Measure::ProfitFactor => &self.profit_factor,
            Measure::Trades => {
                let count = self.trades.get(place).copied()?;
                return Some(match self.final_equity.get(place)? {
                    Stat::Value(_) => Stat::Value(count as f64),
                    none => *none,
                });
            }
        };
        column.get(place).copied()
    }
}

/// The best so many of the trials that have been run, the best first. Of equal ones the earlier comes first; those without a value
/// come never.
pub fn best(results: &Results, measure: Measure, count: usize) -> Vec<u64> {
    if count == 0 {
        return Vec::new();
    }
    let order = |a: &(f64, u64), b: &(f64, u64)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    // more than are asked for are kept, so that most of the others are passed over by one comparison
    let room = count.saturating_mul(2).saturating_add(64);
    let mut kept: Vec<(f64, u64)> = Vec::new();
    let mut least = f64::NEG_INFINITY;
    results.each(measure, |trial, stat| {
        let Some(value) = stat.value().filter(|value| *value >= least) else {
            return;
        };
        kept.push((value, trial));
        if kept.len() >= room {
            let (_, last, _) = kept.select_nth_unstable_by(count - 1, order);
            least = last.0;
            kept.truncate(count);
        }
    });
    kept.sort_unstable_by(order);
    kept.truncate(count);
    kept.into_iter().map(|(_, trial)| trial).collect()
}

/// How flat the surroundings of a trial of a whole grid are: the median of the trials around it, which are one step away on any of
/// the axes or on several at once, over its own value. Near 1 a plateau, far below a peak by chance.
///
/// Absent where the trial or every neighbour has no value, the value is not above 0, or there are more than ten thousand neighbours.
pub fn plateau(spec: &SweepSpec, results: &Results, measure: Measure, trial: u64) -> Stat {
    let value = |trial| results.stat(measure, trial)?.value();
    let none = Stat::Absent(Absent::NoRun);
    let Some(own) = value(trial) else {
        return none;
    };
    if own <= 0.0 {
        return Stat::Absent(Absent::ZeroDenominator);
    }
    let neighbours = spec.neighbours(trial).into_iter();
    let mut near: Vec<f64> = neighbours.filter_map(value).collect();
    near.sort_unstable_by(f64::total_cmp);
    let half = near.len() / 2;
    let median = match (
        near.get(half),
        half.checked_sub(1).and_then(|at| near.get(at)),
    ) {
        (Some(upper), Some(lower)) if near.len().is_multiple_of(2) => lower + (upper - lower) / 2.0,
        (Some(middle), _) => *middle,
        (None, _) => return none,
    };
    match median / own {
        ratio if ratio.is_finite() => Stat::Value(ratio),
        _ => Stat::Absent(Absent::Overflow),
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Axis;
    use super::super::results::Stretch;
    use super::super::spec::Method;
    use super::*;
    use crate::research::run_config::RunConfig;

    fn grid() -> SweepSpec {
        let axes = ["k_sigma_err=0:2:1", "reward_risk_ratio=1:4:1"];
        let axes = axes.map(|text| Axis::read(text).unwrap()).to_vec();
        SweepSpec::new(RunConfig::default(), axes, Method::Grid).unwrap()
    }

    /// What came of so many of the grid's trials from the first on.
    fn results(sharpes: &[Option<f64>]) -> Results {
        let stat = |value: &Option<f64>| match value {
            Some(value) => Stat::Value(*value),
            None => Stat::Absent(Absent::NoTrades),
        };
        let stats: Vec<Stat> = sharpes.iter().map(stat).collect();
        let count = stats.len() as u64;
        let columns = Columns {
            final_equity: stats.clone(),
            sharpe: stats.clone(),
            trades: (0..count).collect(),
            total_return: stats.clone(),
            cagr: stats.clone(),
            max_drawdown_session: stats.clone(),
            win_rate: stats.clone(),
            profit_factor: stats,
        };
        let mut results = Results::new(&grid());
        assert!(results.take(&Stretch {
            trials: 0..count,
            columns
        }));
        results
    }

    #[test]
    fn the_best_come_first_and_of_equal_ones_the_earlier() {
        let results = results(&[Some(1.0), None, Some(3.0), Some(3.0), Some(-1.0)]);
        assert_eq!(best(&results, Measure::Sharpe, 3), [2, 3, 0]);
        assert_eq!(best(&results, Measure::Sharpe, 9), [2, 3, 0, 4]);
        assert_eq!(best(&results, Measure::Trades, 2), [4, 3]);
        assert_eq!(best(&results, Measure::Sharpe, 0), [0; 0]);
        assert_eq!(results.stat(Measure::Sharpe, 5), None);
        for measure in Measure::ALL {
            assert_eq!(Measure::named(measure.name()), Some(measure));
        }
    }

    #[test]
    fn neighbours_are_one_step_away_in_any_combination() {
        let grid = grid();
        // 3 by 4 trials, the last axis fastest
        assert_eq!(grid.neighbours(5), [0, 1, 2, 4, 6, 8, 9, 10]);
        assert_eq!(grid.neighbours(0), [1, 4, 5]);
        assert_eq!(grid.neighbours(11), [6, 7, 10]);
        // of two values each has one neighbour: 2¹⁰ − 1 in all, far fewer than three to the tenth
        let of_two = [
            "exit_at_session_end=false,true",
            "intraday_only=false,true",
            "risk_includes_costs=false,true",
            "daily_loss_for_good=false,true",
            "size_at_fill=false,true",
            "finalize_trades=false,true",
            "entry=limit,market",
            "fills.limit=touch,through",
            "k_sigma_err=0,1",
            "k_atr_min_tp=0,1",
        ];
        let axes = of_two.map(|text| Axis::read(text).unwrap()).to_vec();
        let many = SweepSpec::new(RunConfig::default(), axes, Method::Grid).unwrap();
        assert_eq!(many.neighbours(5).len(), 1_023);
        let mut sharpes = [Some(1.0); 12];
        sharpes[5] = Some(2.0);
        let of = |sharpes: &[Option<f64>], trial| {
            plateau(&grid, &results(sharpes), Measure::Sharpe, trial)
        };
        assert_eq!(of(&sharpes, 5), Stat::Value(0.5));
        assert_eq!(of(&sharpes, 11), Stat::Value(1.0));
        sharpes[11] = Some(0.0);
        assert_eq!(of(&sharpes, 11), Stat::Absent(Absent::ZeroDenominator));
    }
}
