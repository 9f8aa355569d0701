//! What is said of a sweep.

use crate::research::sweep::{Estimate, Measure};
use crate::surface::numbers::{count, fixed};
use crate::surface::report::duration;

/// What a measure is called.
pub const fn measure_label(measure: Measure) -> &'static str {
    match measure {
        Measure::FinalEquity => "Final equity",
        Measure::TotalReturn => "Total return",
        Measure::Cagr => "CAGR",
        Measure::Sharpe => "Sharpe ratio",
        Measure::MaxDrawdownSession => "Max drawdown, sessions",
        Measure::Trades => "Trades",
        Measure::WinRate => "Win rate",
        Measure::ProfitFactor => "Profit factor",
    }
}

/// What a measure is.
pub const fn measure_meaning(measure: Measure) -> &'static str {
    match measure {
        Measure::FinalEquity => "Equity at the end, in account currency.",
        Measure::TotalReturn => "Final equity over initial equity, less 1.",
        Measure::Cagr => "Compound annual growth rate of equity.",
        Measure::Sharpe => {
            "Mean return of sessions above the risk-free rate over their standard deviation, annualised."
        }
        Measure::MaxDrawdownSession => {
            "The deepest fall of equity from a peak, at session closes; the shallowest ranks first."
        }
        Measure::Trades => "How many round trips.",
        Measure::WinRate => "The share of trades with a net profit.",
        Measure::ProfitFactor => "Gross profit over gross loss.",
    }
}

/// What is shorter is not told to the tenth of a second.
const SHORT_S: f64 = 0.05;

/// A span of time as it is estimated.
pub fn time_words(seconds: f64) -> String {
    match seconds {
        short if short < SHORT_S => "less than 0.1 s".to_owned(),
        short if short < 9.95 => format!("{} s", fixed(short, 1)),
        long => duration(long),
    }
}

/// What a sweep comes to, before it is run.
pub fn estimate_words(of: &Estimate, bars: u64, seconds: Option<f64>, workers: usize) -> String {
    let plural = |number: u64, one: &str| {
        let many = if number == 1 { "" } else { "s" };
        format!("{} {one}{many}", count(number as f64))
    };
    let mut words = format!("{} × {}", plural(of.trials, "trial"), plural(bars, "bar"));
    if of.preparations > 1 {
        words += &format!(", {} sets of predictions", count(of.preparations as f64));
    }
    if let Some(seconds) = seconds {
        let workers = plural(workers as u64, "worker");
        let about = if seconds < SHORT_S { "" } else { "about " };
        words += &format!(", {about}{} with {workers}", time_words(seconds));
    }
    words
}

/// How fast trials are run.
pub fn rate_words(rate_per_s: f64) -> String {
    match rate_per_s {
        slow if slow < 10.0 => format!("{} trials a second", fixed(slow, 1)),
        fast => format!("{} trials a second", count(fast)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::research::metrics::CATALOG;

    #[test]
    fn what_a_sweep_comes_to() {
        let of = |trials, preparations| Estimate {
            trials,
            bar_steps: 0,
            preparations,
        };
        assert_eq!(
            estimate_words(&of(1_386, 1), 12_980, Some(0.42), 2),
            "1,386 trials × 12,980 bars, about 0.4 s with 2 workers"
        );
        assert_eq!(estimate_words(&of(1, 1), 1, None, 1), "1 trial × 1 bar");
        assert_eq!(
            estimate_words(&of(2, 1), 9, Some(0.01), 1),
            "2 trials × 9 bars, less than 0.1 s with 1 worker"
        );
        assert_eq!(
            estimate_words(&of(12, 3), 10, Some(90.0), 1),
            "12 trials × 10 bars, 3 sets of predictions, about 1 min with 1 worker"
        );
        assert_eq!(time_words(0.01), "less than 0.1 s");
        assert_eq!(rate_words(2.345), "2.3 trials a second");
        assert_eq!(rate_words(51_234.0), "51,234 trials a second");
        for measure in Measure::ALL {
            assert!(!measure_label(measure).is_empty() && measure_meaning(measure).ends_with('.'));
        }
        // what has the name of a metric of runs is that metric
        for metric in &CATALOG {
            let mut named = Measure::ALL.into_iter();
            let named = named.find(|measure| measure_label(*measure) == metric.label);
            assert_eq!(named.map(Measure::name), named.map(|_| metric.key));
        }
        assert_eq!(
            measure_label(Measure::MaxDrawdownSession),
            "Max drawdown, sessions"
        );
    }
}
