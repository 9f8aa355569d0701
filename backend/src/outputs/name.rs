//! What the files of a run are called.

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::report::RunReport;

/// `SYMBOL-FREQ-k_sigma_err-k_atr_min_tp-risk-rr-from-to-run id`, such as
/// `SPY-60min-0.5-1.5-0.01-2-20240102-20240628-1f0c63a2b7de`: dates are UTC, the run id is the beginning of the run's digest.
/// A run of signals has no gates and no ratio: `SPY-60min-signals-0.01-20240102-…`.
///
/// Letters, digits, `.`, `_` and `-` only, so that every file system takes it.
pub fn stem(report: &RunReport) -> String {
    let config = &report.config;
    let (symbol, interval) = (&report.data.instrument.symbol, config.interval);
    let risk = number(config.sizing.risk_per_trade);
    let rules = match config.strategy.predicted_move() {
        Some(strategy) => format!(
            "{}-{}-{risk}-{}",
            number(strategy.k_sigma_err),
            number(strategy.k_atr_min_tp),
            number(strategy.reward_risk_ratio)
        ),
        None => format!("signals-{risk}"),
    };
    let (from, to) = (date(report.first_bar), date(report.last_bar_end));
    let run = report.digests.run.short();
    safe(&format!("{symbol}-{interval}-{rules}-{from}-{to}-{run}"))
}

/// At most six decimals: the run id tells what they do not.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The day, UTC, without separators.
fn date(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| at.utc_day().to_string().replace('-', ""))
}

/// Replaces what some file system does not take.
fn safe(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    let letters = name.chars().map(|c| if allowed(c) { c } else { '_' });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_nothing_leaves_the_folder() {
        for (value, text) in [
            (0.5, "0.5"),
            (2.0, "2"),
            (10.0, "10"),
            (0.0, "0"),
            (0.01, "0.01"),
            (1.0 / 3.0, "0.333333"),
            (1e-9, "0"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(safe("../a:b/c\\d*é-1.5_x"), ".._a_b_c_d__-1.5_x");
        let at = Timestamp::from_seconds(1_711_459_845);
        assert_eq!(
            (date(Some(at)).as_str(), date(None).as_str()),
            ("20240326", "")
        );
    }
}
