//! Words and numbers that the command line and the page share, beside those of the report.

use super::numbers::fixed;
pub use super::numbers::{exact_money, exact_percent};
use crate::research::backtest::NoTradeCount;
use crate::research::parameters::{Kind, Parameter, Unit, Value};
use crate::trading::costs::Commission;
use crate::trading::strategy::NoTrade;

/// More decimals than this are never shown.
const MOST_DECIMALS: usize = 8;

/// How many decimals tell multiples of `step` apart: 2 for 0.01 and for 0.25, 0 for 1.
pub fn decimals_of(step: f64) -> usize {
    let text = step.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, after)| after.len());
    decimals.min(MOST_DECIMALS)
}

/// A price with the decimals of its tick.
pub fn price(value: f64, tick_size: f64) -> String {
    fixed(value, decimals_of(tick_size))
}

/// A quantity or a volume with as many decimals as it has, at most those of a lot.
pub fn quantity(value: f64, lot_size: f64) -> String {
    let text = fixed(value, decimals_of(lot_size));
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What a parameter is set to, for people: "0.5 σ", "1 %", "Long only", "on", "none".
pub fn value_words(parameter: &Parameter, value: Value) -> String {
    let with_unit = |number: String| match parameter.unit.suffix() {
        "" => number,
        unit => format!("{number} {unit}"),
    };
    match (&parameter.kind, value) {
        (_, Value::Absent) => "none".to_owned(),
        (_, Value::Flag(on)) => if on { "on" } else { "off" }.to_owned(),
        (_, Value::Number(share)) if parameter.unit == Unit::Share => exact_percent(share),
        (_, Value::Number(number)) => with_unit(number.to_string()),
        (Kind::Interval, Value::Whole(_)) => parameter.text(value),
        (_, Value::Whole(count)) => with_unit(count.to_string()),
        (_, Value::Choice(code)) => {
            let choice = parameter
                .choices()
                .iter()
                .find(|choice| choice.code == code);
            choice.map_or_else(|| code.to_string(), |choice| choice.label.to_owned())
        }
    }
}

/// How the parameters of a run are called where words are read.
#[derive(Debug, Clone, Copy)]
pub struct ParameterNames {
    interval: &'static str,
    source: &'static str,
    horizon: &'static str,
    both_sides: &'static str,
    error_gate: &'static str,
    atr_gate: &'static str,
    reward_risk: &'static str,
    /// What a size depends on.
    size: &'static str,
    /// How to do without known prediction errors.
    without_errors: &'static str,
}

impl ParameterNames {
    /// As options of the command line.
    pub const OPTIONS: Self = Self {
        interval: "--interval",
        source: "--prediction",
        horizon: "--horizon-bars",
        both_sides: "--side both",
        error_gate: "--k-sigma-err",
        atr_gate: "--k-atr-min-tp",
        reward_risk: "--reward-risk-ratio",
        size: "--initial-equity, --risk-per-trade or --leverage",
        without_errors: "--k-sigma-err 0, or --sigma atr",
    };
    /// As the labels of controls.
    pub const LABELS: Self = Self {
        interval: "interval",
        source: "source",
        horizon: "the horizon",
        both_sides: "long and short",
        error_gate: "the error gate",
        atr_gate: "the ATR gate",
        reward_risk: "the reward to risk",
        size: "the risk per trade or the leverage",
        without_errors: "an error gate of 0",
    };
}

/// What to change where nothing traded: the last check that any decision reached is the one that kept it from trading.
pub fn hint(no_trades: &[NoTradeCount], names: &ParameterNames) -> String {
    let furthest = no_trades.iter().map(|entry| entry.reason).max();
    let n = names;
    match furthest {
        Some(NoTrade::NoPrediction | NoTrade::WarmingUp) | None => format!(
            "There are too few bars for the indicators to warm up: use a shorter {} or more data.",
            n.interval
        ),
        Some(NoTrade::NoErrorSigma) => format!(
            "Too few prediction errors are known: use a shorter {} or more data, or {}.",
            n.interval, n.without_errors
        ),
        Some(NoTrade::NoMove) => {
            format!("The predictions are all zero: try another {}.", n.source)
        }
        Some(NoTrade::BelowErrorGate) => format!(
            "Every predicted move falls short of the error gate: lower {}.",
            n.error_gate
        ),
        Some(NoTrade::BelowAtrGate) => format!(
            "Every move that passes the error gate falls short of the ATR gate: lower {}, or raise {}.",
            n.atr_gate, n.horizon
        ),
        Some(NoTrade::SideNotAllowed) => format!(
            "Every move that passes the gates is on the other side: use {}.",
            n.both_sides
        ),
        Some(NoTrade::LevelsTooClose) => format!(
            "Every stop would be closer than one tick: lower {}, or raise {}.",
            n.reward_risk, n.atr_gate
        ),
        Some(NoTrade::NoSignal) => {
            "No signal is for one of these bars: check the times of the signals.".to_owned()
        }
        Some(NoTrade::BelowConfidence) => {
            "Every prediction is less sure than it has to be: lower the least confidence."
                .to_owned()
        }
        Some(NoTrade::NothingToLeave) => {
            "The signals only ever ask to be out of the market.".to_owned()
        }
        Some(NoTrade::PositionOpen | NoTrade::MinHold) => {
            "The only entries were never filled: use more data.".to_owned()
        }
        Some(NoTrade::SessionEnding) => {
            "Every entry falls into the end of a session: shorten the lead of the session exit."
                .to_owned()
        }
        Some(NoTrade::NoStop) => {
            "The size is measured by the risk, and the signals have no stop: choose another sizing."
                .to_owned()
        }
        Some(NoTrade::BelowMinQuantity | NoTrade::BelowMinNotional) => format!(
            "Every size comes to less than the smallest order: raise {}.",
            n.size
        ),
        Some(NoTrade::TooLarge) => format!(
            "Every size is more lots than can be counted: lower {}, or use a larger lot size.",
            n.size
        ),
        Some(NoTrade::Halted) => "The account was lost, which halts trading.".to_owned(),
        Some(
            NoTrade::RateLimited
            | NoTrade::LossLimit
            | NoTrade::OverQuantityLimit
            | NoTrade::OverNotionalLimit
            | NoTrade::OutsidePriceBand
            | NoTrade::OverPositionLimit
            | NoTrade::SessionClosed
            | NoTrade::StaleData
            | NoTrade::DuplicateOrder
            | NoTrade::NotCleared,
        ) => "The limits of the account bar every entry: widen them.".to_owned(),
    }
}

/// A commission in words.
pub fn commission_words(commission: &Commission) -> String {
    match *commission {
        Commission::None => "none".to_owned(),
        Commission::PerShare {
            rate,
            minimum,
            cap_fraction,
        } => format!(
            "{rate} a share, at least {}, at most {} of the notional",
            exact_money(minimum),
            exact_percent(cap_fraction)
        ),
        Commission::IbTiered { monthly_shares } => {
            format!("Interactive Brokers tiered, after {monthly_shares} shares in the month")
        }
        Commission::Percent {
            percent,
            fixed,
            minimum,
        } => format!(
            "{} an order and {percent} % of the notional, at least {}",
            exact_money(fixed),
            exact_money(minimum)
        ),
        Commission::PerContract { rate } => format!("{rate} a contract"),
        Commission::PerTrade { amount } => format!("{amount} an order"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_and_quantities_have_the_decimals_of_their_units() {
        for (step, decimals) in [(0.01, 2), (0.25, 2), (1.0, 0), (0.00001, 5), (1e-12, 8)] {
            assert_eq!(decimals_of(step), decimals, "{step}");
        }
        assert_eq!(price(0.08123, 0.00001), "0.08123");
        assert_eq!(price(1.1, 0.00005), "1.10000");
        assert_eq!(price(5_000.25, 0.25), "5,000.25");
        for (value, lot, text) in [
            (0.4, 0.0001, "0.4"),
            (1e-6, 1e-6, "0.000001"),
            (1_200.0, 0.0001, "1,200"),
            (1_200.0, 1.0, "1,200"),
            (0.0, 0.01, "0"),
        ] {
            assert_eq!(quantity(value, lot), text);
        }
    }

    #[test]
    fn a_hint_follows_the_furthest_check_in_the_words_of_its_reader() {
        let counts = [
            NoTradeCount {
                reason: NoTrade::WarmingUp,
                decisions: 99,
            },
            NoTradeCount {
                reason: NoTrade::BelowAtrGate,
                decisions: 1,
            },
        ];
        let option = hint(&counts, &ParameterNames::OPTIONS);
        assert!(option.ends_with("lower --k-atr-min-tp, or raise --horizon-bars."));
        let label = hint(&counts, &ParameterNames::LABELS);
        assert!(label.ends_with("lower the ATR gate, or raise the horizon."));
        assert!(hint(&[], &ParameterNames::LABELS).contains("too few bars"));
    }

    #[test]
    fn a_parameter_is_said_in_its_unit() {
        for (key, text, words) in [
            ("k_sigma_err", "0.5", "0.5 σ"),
            ("sizing.risk_per_trade", "0.0035", "0.35 %"),
            ("policy.max_hold_bars", "null", "none"),
            ("policy.max_hold_bars", "12", "12 bars"),
            ("policy.exit_at_session_end", "true", "on"),
            ("interval", "60min", "60min"),
            ("strategy.predicted_move.side", "long_only", "Long only"),
            ("initial_equity", "5000", "5000 in account currency"),
            ("fx", "1.25", "1.25"),
        ] {
            let parameter = crate::research::parameters::named(key).unwrap();
            let value = parameter.parse(text).unwrap();
            assert_eq!(value_words(parameter, value), words, "{key}");
        }
    }

    #[test]
    fn shares_and_money_lose_no_digit() {
        for (share, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (12.5, "1250 %"),
            (0.01, "1 %"),
            (-0.0025, "\u{2212}0.25 %"),
            (0.1, "10 %"),
            (0.07, "7 %"),
            (0.57, "57 %"),
            (0.00025, "0.025 %"),
            (0.123_456_789, "12.3456789 %"),
            (1e-12, "0.0000000001 %"),
        ] {
            assert_eq!(exact_percent(share), text);
        }
        for (amount, text) in [
            (100_000.0, "100,000.00"),
            (0.0, "0.00"),
            (0.35, "0.35"),
            (0.345, "0.345"),
            (1_234.567, "1234.567"),
        ] {
            assert_eq!(exact_money(amount), text);
        }
    }
}
