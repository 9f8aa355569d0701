//! A decision in words and numbers: what the page shows of a bar, and what `atrium explain` prints.

use super::numbers::{exact_percent, fixed, money, percent};
use super::words::{price, quantity};
use crate::market::instrument::Instrument;
use crate::research::explain::Explanation;
use crate::research::run_config::RunConfig;
use crate::signal::error_sigma::LEAST;
use crate::trading::engine::{Gates, Outcome, Planned};
use crate::trading::orders::{Side, SizedBy};
use crate::trading::sizing::Steps;
use crate::trading::strategy::{NoTrade, SigmaSource};

/// What was decided, in a sentence.
pub fn verdict(explanation: &Explanation, instrument: &Instrument) -> String {
    let decision = &explanation.decision;
    match decision.outcome {
        Outcome::Enters(bracket) => format!(
            "An order: {} {} units{}.",
            side(bracket.side),
            quantity(
                bracket.lots.0 as f64 * instrument.lot_size,
                instrument.lot_size
            ),
            match bracket.replaces {
                Some(_) => ", which reverses the position",
                None => "",
            }
        ),
        Outcome::Leaves => "The position is closed, and nothing is entered.".to_owned(),
        Outcome::NoTrade(reason) => format!("No trade: {}.", because(reason, decision.gates)),
    }
}

/// A reason with its numbers, where it has some.
fn because(reason: NoTrade, gates: Option<Gates>) -> String {
    let short = |needed: Option<f64>| {
        let (gates, needed) = gates.zip(needed)?;
        let size = gates.predicted_move.abs();
        Some(format!(
            "{} ({} of {}, {})",
            reason.words(),
            fixed(size, 4),
            fixed(needed, 4),
            percent(size / needed)
        ))
    };
    let told = match reason {
        NoTrade::BelowErrorGate => short(gates.and_then(|gates| gates.error_gate)),
        NoTrade::BelowAtrGate => short(gates.and_then(|gates| gates.atr_gate)),
        _ => None,
    };
    told.unwrap_or_else(|| reason.words().to_owned())
}

/// All that a decision was made from, by subject.
pub fn rows(
    explanation: &Explanation,
    instrument: &Instrument,
    config: &RunConfig,
) -> Vec<(&'static str, String)> {
    let decision = &explanation.decision;
    let tick = instrument.tick_size;
    let mut rows = vec![("Close", price(decision.close, tick))];
    if let Some(prediction) = decision.prediction {
        let confidence = prediction.confidence.map_or(String::new(), |confidence| {
            format!(", confidence {}", fixed(confidence, 2))
        });
        rows.push((
            "Prediction",
            format!(
                "{}, a move of {}{confidence}",
                fixed(prediction.price, 4),
                fixed(prediction.price - decision.close, 4)
            ),
        ));
    } else if config.strategy.predicted_move().is_some() {
        rows.push(("Prediction", "none".to_owned()));
    } else {
        let given = decision
            .signal
            .map_or("none", |signal| signal.direction.name());
        rows.push(("Signal", given.to_owned()));
    }
    rows.push((
        "ATR(14)",
        decision.atr.map_or_else(warming_up, |atr| fixed(atr, 4)),
    ));
    if let Some(gates) = decision.gates {
        rows.extend(gate_rows(gates, explanation.errors_known, config));
    }
    if let Some(planned) = decision.levels {
        rows.extend(level_rows(&planned, decision.least_stop, tick));
    }
    if let Some(held) = decision.held {
        let lots = held.lots.0 as f64 * instrument.lot_size;
        let what = match held.entry_price {
            Some(entry) => format!("open at {}", price(entry, tick)),
            None => "pending".to_owned(),
        };
        let units = quantity(lots, instrument.lot_size);
        let then = held.decided_at;
        let text = format!("{} {units} units, {what}, decided {then}", side(held.side));
        rows.push(("Held", text));
    }
    rows.push(("Equity", money(decision.equity)));
    if let Some(steps) = &decision.sizing {
        rows.extend(size_rows(steps, instrument, config));
    }
    rows
}

fn warming_up() -> String {
    "warming up".to_owned()
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}

fn gate_rows(gates: Gates, errors_known: u8, config: &RunConfig) -> Vec<(&'static str, String)> {
    let Some(strategy) = config.strategy.predicted_move() else {
        return Vec::new();
    };
    let size = gates.predicted_move.abs();
    let held_against = |needed: f64| {
        let passes = if size < needed {
            "falls short of"
        } else {
            "reaches"
        };
        format!("{} {passes} {}", fixed(size, 4), fixed(needed, 4))
    };
    let measured = match strategy.sigma {
        SigmaSource::Error => format!("sigma of {errors_known} known errors"),
        SigmaSource::Atr => "ATR(14)".to_owned(),
    };
    let error = match (gates.error_gate, gates.sigma) {
        (Some(needed), Some(sigma)) => format!(
            "{} = {} × {}, {measured}",
            held_against(needed),
            strategy.k_sigma_err,
            fixed(sigma, 4)
        ),
        _ if strategy.k_sigma_err <= 0.0 => "off".to_owned(),
        _ => format!("not known: {errors_known} errors of predictions, {LEAST} are needed"),
    };
    let volatility = match gates.atr_gate {
        Some(needed) => format!(
            "{} = {} × ATR(14)",
            held_against(needed),
            strategy.k_atr_min_tp
        ),
        None => warming_up(),
    };
    vec![("Error gate", error), ("ATR gate", volatility)]
}

fn level_rows(planned: &Planned, least_stop: f64, tick: f64) -> Vec<(&'static str, String)> {
    let level = |raw: Option<f64>, rounded: Option<f64>| match (raw, rounded) {
        (Some(raw), Some(rounded)) => format!("{}, from {}", price(rounded, tick), fixed(raw, 4)),
        _ => "none".to_owned(),
    };
    let distance = planned.stop_distance.map_or(String::new(), |distance| {
        let least = price(least_stop, tick);
        match planned.from_fill {
            true => format!(
                ", {} from the fill and rounded there, {least} at least",
                fixed(distance, 4)
            ),
            false => format!(
                ", {} from the close, {least} at least",
                price(distance, tick)
            ),
        }
    });
    vec![
        ("Side", side(planned.side).to_owned()),
        ("Target", level(planned.raw_target, planned.target)),
        (
            "Stop",
            format!("{}{distance}", level(planned.raw_stop, planned.stop)),
        ),
    ]
}

fn size_rows(
    steps: &Steps,
    instrument: &Instrument,
    config: &RunConfig,
) -> Vec<(&'static str, String)> {
    let lots = |lots: f64| {
        let units = quantity(lots * instrument.lot_size, instrument.lot_size);
        format!("{units} units")
    };
    let mut rows = Vec::new();
    if let (Some(budget), Some(risk)) = (steps.risk_budget, steps.risk_per_lot) {
        let share = exact_percent(config.sizing.risk_per_trade);
        let costs = match config.sizing.risk_includes_costs {
            true => ", and costs beside that",
            false => "",
        };
        rows.push((
            "Risk",
            format!(
                "{} = {share} of {}; a lot loses {} at the stop{costs}: {}",
                money(budget),
                money(steps.equity_at_risk),
                fixed(risk, 4),
                lots(steps.wanted_lots)
            ),
        ));
    } else {
        rows.push(("Wanted", lots(steps.wanted_lots)));
    }
    let committed = match steps.committed > 0.0 {
        true => format!(" less {} committed", money(steps.committed)),
        false => String::new(),
    };
    rows.push((
        "Buying power",
        format!(
            "{} = {} × leverage {}{committed}; a lot takes {}: {}",
            money(steps.buying_power),
            money(steps.equity),
            config.sizing.leverage,
            money(steps.notional_per_lot),
            lots(steps.affordable_lots)
        ),
    ));
    if let Some(most) = steps.most_lots {
        rows.push(("Largest position", lots(most)));
    }
    let by = match steps.sized_by {
        SizedBy::BuyingPower => ", by buying power",
        SizedBy::MaxPosition => ", by the largest position",
        SizedBy::Risk | SizedBy::Asked | SizedBy::Fill => "",
    };
    rows.push(("Size", format!("{}{by}", lots(steps.lots))));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};
    use crate::research::backtest::Prepared;
    use crate::research::explain::explain;

    fn told(row: usize, change: impl Fn(&mut RunConfig)) -> (String, Vec<(&'static str, String)>) {
        let market = Simulation {
            to: Day(SAMPLE.from.0 + 90),
            ..SAMPLE
        };
        let mut config = RunConfig::default();
        change(&mut config);
        let minutes = simulate(&market).unwrap();
        let bars = resample(&minutes, config.interval, Calendar::Nyse)
            .unwrap()
            .bars;
        let prepared = Prepared::new(bars, config.prediction).unwrap();
        let share = Instrument::us_share("SIM");
        let explanation = explain(&prepared, &share, &config, row).unwrap().unwrap();
        (
            verdict(&explanation, &share),
            rows(&explanation, &share, &config),
        )
    }

    fn row<'a>(rows: &'a [(&'static str, String)], subject: &str) -> &'a str {
        let found = rows.iter().find(|(name, _)| *name == subject);
        found.map_or("", |(_, text)| text.as_str())
    }

    #[test]
    fn a_bar_that_warms_up_says_what_is_missing() {
        let (verdict, rows) = told(3, |_| {});
        assert_eq!(verdict, "No trade: no prediction for the bar.");
        assert_eq!(row(&rows, "ATR(14)"), "warming up");
        assert_eq!(row(&rows, "Prediction"), "none");
        let (verdict, rows) = told(30, |_| {});
        assert_eq!(verdict, "No trade: fewer than 30 known prediction errors.");
        assert!(
            row(&rows, "Error gate").contains("30 are needed"),
            "{rows:?}"
        );
    }

    #[test]
    fn a_gate_says_what_it_has_and_what_it_needs() {
        let (verdict, rows) = told(200, |config| {
            config.strategy.predicted_move_mut().unwrap().k_atr_min_tp = 90.0;
        });
        assert!(
            verdict.starts_with("No trade: move below the ") && verdict.ends_with(" %)."),
            "{verdict}"
        );
        let gate = row(&rows, "ATR gate");
        assert!(
            gate.contains("falls short of") && gate.contains("= 90 × ATR(14)"),
            "{gate}"
        );
    }

    #[test]
    fn an_order_shows_its_arithmetic() {
        let open = |config: &mut RunConfig| {
            let gates = config.strategy.predicted_move_mut().unwrap();
            (gates.k_sigma_err, gates.k_atr_min_tp) = (0.0, 0.0);
            config.sizing.max_position = Some(1.0);
        };
        let orders = (100..160).map(|at| told(at, open));
        let mut orders = orders.filter(|(verdict, _)| verdict.starts_with("An order: "));
        let (verdict, rows) = orders.next().unwrap();
        assert!(verdict.ends_with(" 1 units."), "{verdict}");
        assert_eq!(row(&rows, "Error gate"), "off");
        let risk = row(&rows, "Risk");
        assert!(
            risk.contains(" = 1 % of ") && risk.contains("; a lot loses "),
            "{risk}"
        );
        assert!(row(&rows, "Buying power").contains(" × leverage 1; a lot takes "));
        assert_eq!(row(&rows, "Size"), "1 units, by the largest position");
        assert!(
            row(&rows, "Stop").contains(" from the close, 0.01 at least"),
            "{rows:?}"
        );
    }
}
