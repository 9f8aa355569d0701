//! What a reader must know beside the numbers, in sentences.

use super::{RunReport, count, money};
use crate::surface::numbers::exact_percent;
use crate::trading::fills::Intrabar;
use crate::trading::risk::{Breach, Halt};

/// Something that makes the numbers of a run less than they seem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// What it is, a sentence.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
}

/// What makes the numbers of a run less than they seem, each a sentence.
pub fn cautions(report: &RunReport) -> Vec<String> {
    let all = advised_cautions(report).into_iter();
    all.map(|caution| caution.what).collect()
}

/// The same with what to do about each.
pub fn advised_cautions(report: &RunReport) -> Vec<Caution> {
    let (coverage, config) = (&report.coverage, &report.config);
    let number = |value: u64| count(value as f64);
    let mut notes = Vec::new();
    let mut push = |what: String, advice| notes.push(Caution { what, advice });
    if config.prediction.source.is_oracle() {
        push(
            "ORACLE: the predictions look ahead. This is a reference that no strategy can reach."
                .to_owned(),
            "Compare strategies with it, and never read it as one.",
        );
    }
    if coverage.in_sample_rows > 0 {
        push(
            format!(
                "IN-SAMPLE: {} predictions were made with the data they are judged on, or do not say that they were not, so the result flatters.",
                number(coverage.in_sample_rows)
            ),
            "Judge by predictions of a period that no fit has seen.",
        );
    }
    if coverage.unmatched_predictions > 0 {
        push(
            format!(
                "{} predictions belong to no bar and were left out.",
                number(coverage.unmatched_predictions)
            ),
            "Make predictions for bars of this interval and span.",
        );
    }
    if coverage.unmatched_signals > 0 {
        push(
            format!(
                "{} signals belong to no bar and were left out.",
                number(coverage.unmatched_signals)
            ),
            "Check interval and time zone of the file of signals.",
        );
    }
    if coverage.overnight_rows > 0 {
        push(
            format!(
                "{} predictions for a bar of another session were left out (intraday_only).",
                number(coverage.overnight_rows)
            ),
            "Nothing, if positions are not to be held overnight; else turn intraday_only off.",
        );
    }
    if config.fills.intrabar == Intrabar::Refined && coverage.unrefined_bars > 0 {
        push(
            format!(
                "The finer bars do not make up {} of {} bars: there the stop is first (pessimistic).",
                number(coverage.unrefined_bars),
                number(report.bars)
            ),
            "Import finer bars of the same source and span.",
        );
    }
    notes
}

/// How the account stood against its limits and goals, each a sentence; nothing where there is nothing to say.
pub fn account_notes(report: &RunReport) -> Vec<String> {
    let (account, config) = (&report.account, &report.config);
    let for_good = config.limits.daily_loss_for_good;
    let breaches = account.breaches.iter();
    let mut notes: Vec<String> = breaches.map(|breach| breached(breach, for_good)).collect();
    if notes.is_empty()
        && let (Some(at), Some(halt)) = (report.halted_at, report.halted_by)
    {
        notes.push(format!("Trading was halted at {at}: {}.", reason(halt)));
    }
    if let Some(share) = config.limits.profit_target {
        let target = exact_percent(share);
        notes.push(match account.profit_target_reached_at {
            Some(at) => format!("The profit target of {target} was reached at {at}."),
            None => format!(
                "The profit target of {target} was not reached: equity was never above {}.",
                money(account.highest_equity)
            ),
        });
    }
    if let Some(least) = config.limits.min_trading_days {
        notes.push(format!(
            "There were {} trading days; at least {least} are asked for.",
            count(account.trading_days as f64)
        ));
    }
    notes
}

fn reason(halt: Halt) -> &'static str {
    match halt {
        Halt::Ruin => "the account was lost",
        Halt::TotalLoss => "the limit of the total loss was breached",
        Halt::DailyLoss => "the limit of the daily loss was breached",
        Halt::Command => "a command asked for it",
    }
}

fn breached(breach: &Breach, daily_for_good: bool) -> String {
    let consequence = match breach.halt {
        Halt::DailyLoss if !daily_for_good => "nothing was opened till the next day",
        Halt::Ruin | Halt::TotalLoss | Halt::DailyLoss | Halt::Command => {
            "nothing was opened from then on"
        }
    };
    let equity = match breach.halt {
        Halt::Ruin => format!("equity was {}", money(breach.equity)),
        _ => format!(
            "equity was {}, below {}",
            money(breach.equity),
            money(breach.limit)
        ),
    };
    format!(
        "{}: {} ({equity}), and {consequence}.",
        breach.at,
        reason(breach.halt)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;
    use crate::market::bars::Instrument;
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};
    use crate::research::backtest::{Prepared, backtest};
    use crate::research::run_config::RunConfig;
    use crate::signal::source::Source;
    use crate::surface::report::DataReference;
    use crate::trading::risk::RiskLimits;

    fn report(change: impl FnOnce(&mut RunConfig)) -> RunReport {
        let mut config = RunConfig::default();
        change(&mut config);
        let to = Day(SAMPLE.from.0 + 120);
        let minutes = simulate(&Simulation { to, ..SAMPLE }).unwrap();
        let cut = resample(&minutes, config.interval, Calendar::Nyse).unwrap();
        let prepared = Prepared::new(cut.bars, config.prediction).unwrap();
        let instrument = Instrument::us_share("SIM");
        let run = backtest(&prepared, &instrument, &config).unwrap();
        let data = DataReference {
            data_set: "SIM-1min".to_owned(),
            instrument,
            simulated: true,
            actions: crate::market::actions::Actions::default(),
        };
        RunReport::new(data, config, &prepared, &run)
    }

    #[test]
    fn a_plain_run_has_nothing_to_say() {
        let plain = report(|_| {});
        assert_eq!((cautions(&plain), account_notes(&plain)), (vec![], vec![]));
        let oracle = report(|config| {
            config.prediction.source = Source::Oracle;
            config.prediction.intraday_only = true;
        });
        let said = cautions(&oracle);
        assert!(said[0].contains("look ahead"), "{said:?}");
        assert!(said[1].contains("(intraday_only)"), "{said:?}");
    }

    #[test]
    fn limits_and_goals_are_told() {
        let challenge = report(|config| {
            config.limits = RiskLimits::ftmo();
            config.limits.daily_loss = Some(0.002);
        });
        let account = &challenge.account;
        assert!(!account.breaches.is_empty());
        assert!(
            account
                .breaches
                .windows(2)
                .all(|pair| pair[0].at < pair[1].at)
        );
        let first = account.breaches[0];
        assert_eq!(challenge.halted_at, Some(first.at));
        assert_eq!(challenge.halted_by, Some(Halt::DailyLoss));
        let notes = account_notes(&challenge);
        assert_eq!(notes.len(), account.breaches.len() + 2);
        assert!(notes[0].contains("till the next day"), "{notes:?}");
        let tail = notes[notes.len() - 2..].join(" ");
        assert!(
            tail.contains("10 %") && tail.contains("at least 4"),
            "{tail}"
        );
        assert!(account.trading_days >= account.breaches.len() as u64);

        let lucky = report(|config| {
            config.prediction.source = Source::Oracle;
            config.sizing.leverage = 4.0;
            config.limits.profit_target = Some(0.01);
        });
        let reached = lucky.account.profit_target_reached_at.unwrap();
        assert!(Some(reached) < lucky.last_bar_end);
        assert!(account_notes(&lucky)[0].contains(&format!("reached at {reached}")));
    }

    #[test]
    fn the_loss_of_the_account_is_not_the_breach_of_a_limit() {
        let breach = |halt| Breach {
            at: crate::base::time::Timestamp::from_seconds(0),
            halt,
            equity: -5.0,
            limit: 9_000.0,
        };
        let lost = breached(&breach(Halt::Ruin), false);
        assert!(lost.contains("the account was lost (equity was \u{2212}5.00), and"));
        let total = breached(&breach(Halt::TotalLoss), false);
        assert!(total.contains("below 9,000.00") && total.contains("from then on"));
    }
}
