//! Cases with splits and dividends every few days, so that positions, orders and levels meet them.

use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::actions::{ActionKind, Actions, BadAction, CorporateAction};
use atrium_shared::market::bars::Instrument;
use atrium_shared::market::simulate::Simulation;
use atrium_shared::research::run_config::PredictionConfig;
use atrium_shared::signal::source::Source;
use atrium_shared::trading::policy::OrderPolicy;
use atrium_shared::trading::risk::RiskLimits;
use atrium_shared::trading::strategy::{PredictedMove, SidePolicy, Strategy};

use super::chosen::{self, pick};
use super::{Case, CaseError, CaseMarket};

/// Intervals that take turns.
const INTERVALS: [BarInterval; 4] = [
    BarInterval::minutes(60),
    BarInterval::Day,
    BarInterval::minutes(240),
    BarInterval::minutes(15),
];
/// Days from one action to the next.
const DAYS_APART: i32 = 5;

/// A case of the corpus: twelve by our own rules, four with the options of other tools, four of three instruments on one account.
///
/// # Errors
/// [`CaseError`] where an action is refused; none is.
pub(super) fn case(index: usize) -> Result<Case, CaseError> {
    let i = index;
    let tools = (100..104).contains(&i);
    let Case {
        mut markets,
        mut config,
        ..
    } = if tools {
        // half of them in backtesting.py's dialect, half in vectorbt's
        chosen::tool_case(if i.is_multiple_of(2) { i - 28 } else { i - 20 })
    } else {
        chosen::case(i)
    };
    // nothing leaves before the night, and gates let much pass: an action shows only in what is held or waits
    config.policy = OrderPolicy {
        exit_at_session_end: false,
        max_hold_bars: None,
        ..config.policy
    };
    // moves that take a day or more
    config.prediction = PredictionConfig {
        source: pick(&[Source::Oracle, config.prediction.source], i),
        horizon_bars: pick(&[25, 12], i / 2),
        intraday_only: false,
        ..config.prediction
    };
    config.interval = pick(&INTERVALS, i);
    config.limits = RiskLimits::default();
    config.initial_equity = 1_000_000.0;
    if let Strategy::PredictedMove(strategy) = config.strategy {
        config.strategy = Strategy::PredictedMove(PredictedMove {
            k_sigma_err: 0.0,
            k_atr_min_tp: pick(&[0.5, 1.0], i),
            side: SidePolicy::Both,
            ..strategy
        });
    }
    if i >= 104 {
        let first = markets.clone();
        for other in 1..3 {
            markets.extend(first.iter().map(|market| beside(market, other)));
        }
    }
    for (turn, market) in (i..).zip(&mut markets) {
        if !tools {
            // whole shares, of which a reverse split leaves fractions
            market.instrument.lot_size = 1.0;
            market.instrument.tick_size = pick(&[0.01, 0.05, 0.0001], turn);
        }
        market.simulation = Simulation {
            seed: market.simulation.seed,
            first_price: pick(&[180.0, 33.33, 900.0], turn),
            ..chosen::simulation(i, config.interval)
        };
        market.actions = actions(&market.simulation, turn)?;
    }
    let kind = if i >= 104 { "three markets" } else { "actions" };
    Ok(Case {
        name: format!("{index:03} {} {kind}", config.interval),
        markets,
        config,
    })
}

/// Another market like one of the account.
fn beside(market: &CaseMarket, other: u64) -> CaseMarket {
    CaseMarket {
        simulation: Simulation {
            seed: market.simulation.seed + 500 * other,
            ..market.simulation
        },
        instrument: Instrument {
            symbol: format!("SIM{other}"),
            ..market.instrument.clone()
        },
        ..market.clone()
    }
}

/// Actions that leave prices where they were after a round of seven, begun at another one for each case.
fn actions(simulation: &Simulation, turn: usize) -> Result<Actions, BadAction> {
    let split = |ratio| ActionKind::Split { ratio };
    let dividend = |factor| ActionKind::Dividend { factor };
    let first = simulation.from.0 + 9;
    let days = (first..simulation.to.0).step_by(DAYS_APART as usize);
    let mut actions = Vec::new();
    for (day, turn) in days.zip(turn..) {
        let action = |kind| CorporateAction {
            first_day: Day(day),
            kind,
        };
        match turn % 7 {
            0 => actions.push(action(split(4.0))),
            1 => actions.push(action(dividend(0.98))),
            // whoever holds less than ten is paid out
            2 => actions.push(action(split(0.1))),
            3 => actions.push(action(dividend(0.995))),
            4 => actions.push(action(split(2.5))),
            5 => actions.extend([action(split(1.5)), action(dividend(0.97))]),
            _ => actions.push(action(split(2.0 / 3.0))),
        }
    }
    Actions::new(actions)
}
