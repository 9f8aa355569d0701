//! What a table expects, and whether a run did it.

use atrium_shared::base::time::Timestamp;
use atrium_shared::research::backtest::{Backtest, Walked};
use atrium_shared::research::metrics::{CATALOG, Stat, TRADE_CATALOG};
use atrium_shared::trading::orders::{ExitReason, Side, SizedBy};
use atrium_shared::trading::portfolio::Trade as Made;
use atrium_shared::trading::risk::Halt;
use atrium_shared::trading::strategy::NoTrade;

use crate::table::Table;

/// What a table expects beside its trades.
#[derive(Default)]
pub(crate) struct Expected {
    /// No trade is made.
    pub(crate) nothing: bool,
    /// An order was placed and did not fill.
    pub(crate) unfilled: bool,
    /// How often a reason kept a decision from trading. Reasons that are not listed must not occur, but for bars without
    /// prediction or signal.
    pub(crate) reasons: Vec<(NoTrade, u64)>,
    /// Equity at the close of a bar of the first market.
    pub(crate) equity: Vec<(usize, f64)>,
    /// Why trading was first halted, and at the close of which bar.
    pub(crate) halt: Option<(Halt, usize)>,
    /// Every breach of a loss limit.
    pub(crate) breaches: Vec<Breached>,
    /// How many bars the refined convention could not refine.
    pub(crate) unrefined: Option<u64>,
    /// Metrics of the run by the keys of exports; `None` where there is to be no value.
    pub(crate) metrics: Vec<(String, Option<f64>)>,
    /// The run is refused with these words.
    pub(crate) refused: Option<String>,
}

/// A breach of a loss limit.
pub(crate) struct Breached {
    pub(crate) halt: Halt,
    pub(crate) bar: usize,
    pub(crate) equity: f64,
    pub(crate) limit: f64,
}

/// A round trip.
pub(crate) struct Trade {
    pub(crate) side: Side,
    pub(crate) quantity: f64,
    pub(crate) entry: f64,
    pub(crate) entry_bar: usize,
    pub(crate) exit: f64,
    pub(crate) exit_bar: usize,
    pub(crate) why: ExitReason,
    pub(crate) sized_by: Option<SizedBy>,
    pub(crate) more: Vec<(Quantity, f64)>,
}

/// A number of a round trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Quantity {
    Net,
    Costs,
    Gross,
    Commission,
    Slippage,
    Spread,
    Borrow,
    Financing,
    Conversion,
    Mae,
    Mfe,
    Held,
    Target,
    Stop,
    Risk,
}

impl Quantity {
    const ALL: [(&'static str, Self); 15] = [
        ("net", Self::Net),
        ("costs", Self::Costs),
        ("gross", Self::Gross),
        ("commission", Self::Commission),
        ("slippage", Self::Slippage),
        ("spread", Self::Spread),
        ("borrow", Self::Borrow),
        ("financing", Self::Financing),
        ("conversion", Self::Conversion),
        ("mae", Self::Mae),
        ("mfe", Self::Mfe),
        ("held", Self::Held),
        ("target", Self::Target),
        ("stop", Self::Stop),
        ("risk", Self::Risk),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, quantity)| *quantity)
    }

    /// What a trade says; NaN, which equals nothing, where it has no such number.
    fn of(self, made: &Made) -> f64 {
        let parts = &made.cost_parts;
        match self {
            Self::Net => made.net_profit,
            Self::Costs => made.costs,
            Self::Gross => made.gross_profit,
            Self::Commission => parts.commission,
            Self::Slippage => parts.slippage,
            Self::Spread => parts.spread,
            Self::Borrow => parts.borrow,
            Self::Financing => parts.financing,
            Self::Conversion => parts.conversion,
            Self::Mae => made.mae,
            Self::Mfe => made.mfe,
            Self::Held => made.bars_held as f64,
            Self::Target => made.target_price.unwrap_or(f64::NAN),
            Self::Stop => made.stop_price.unwrap_or(f64::NAN),
            Self::Risk => made.initial_risk.unwrap_or(f64::NAN),
        }
    }
}

/// The times of a market's bars: where each starts and ends, bar 0 the last quiet one.
pub(crate) struct Clock {
    pub(crate) starts: Vec<Timestamp>,
    pub(crate) ends: Vec<Timestamp>,
    pub(crate) quiet: usize,
}

impl Clock {
    fn of(times: &[Timestamp], quiet: usize, bar: usize) -> Option<Timestamp> {
        times.get((quiet + bar).checked_sub(1)?).copied()
    }

    /// The number of the bar that starts at a time.
    fn number(&self, start: Timestamp) -> String {
        match self.starts.iter().position(|known| *known == start) {
            Some(index) => (index as i64 + 1 - self.quiet as i64).to_string(),
            None => start.to_string(),
        }
    }
}

/// Two numbers agree to a millionth.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6
}

/// Everything in which a run differs from its table.
pub(crate) fn compare(table: &Table, walked: &Walked, clocks: &[Clock]) -> Vec<String> {
    let mut wrong = Vec::new();
    let trades = walked.engine.trades();
    for (index, (market, clock)) in table.markets.iter().zip(clocks).enumerate() {
        let made: Vec<&Made> = trades
            .iter()
            .filter(|trade| usize::from(trade.inst.0) == index)
            .collect();
        if made.len() != market.trades.len() {
            let (found, wanted) = (made.len(), market.trades.len());
            wrong.push(format!(
                "market {}: {found} trades, not {wanted}",
                market.name
            ));
        }
        for (made, wanted) in made.iter().zip(&market.trades) {
            wrong.extend(compare_trade(made, wanted, clock));
        }
        let extra = made.iter().skip(market.trades.len());
        wrong.extend(extra.map(|made| format!("not expected: {}", shown(made, clock))));
    }
    if let Some(clock) = clocks.first() {
        wrong.extend(compare_account(table, walked, clock));
    }
    wrong.extend(compare_reasons(table, walked));
    if table.expected.unfilled && !walked.fills.is_empty() {
        wrong.push(format!("{} fills, not none", walked.fills.len()));
    }
    let unrefined = walked.unrefined_bars;
    if unrefined != table.expected.unrefined.unwrap_or(0) {
        wrong.push(format!("{unrefined} bars could not be refined"));
    }
    wrong
}

fn shown(made: &Made, clock: &Clock) -> String {
    format!(
        "{:?} {} in {} bar {}, out {} bar {} by {}, net {}, costs {}",
        made.side,
        made.quantity,
        made.entry_price,
        clock.number(made.entry_at),
        made.exit_price,
        clock.number(made.exit_at),
        made.exit_reason.name(),
        made.net_profit,
        made.costs,
    )
}

fn compare_trade(made: &Made, wanted: &Trade, clock: &Clock) -> Vec<String> {
    let mut wrong = Vec::new();
    let at = |bar| Clock::of(&clock.starts, clock.quiet, bar);
    let same = (made.side, made.exit_reason) == (wanted.side, wanted.why)
        && near(made.quantity, wanted.quantity)
        && near(made.entry_price, wanted.entry)
        && near(made.exit_price, wanted.exit)
        && Some(made.entry_at) == at(wanted.entry_bar)
        && Some(made.exit_at) == at(wanted.exit_bar);
    if !same {
        wrong.push(format!("made: {}", shown(made, clock)));
    }
    if wanted.sized_by.is_some_and(|by| by != made.sized_by) {
        wrong.push(format!("sized by {:?}", made.sized_by));
    }
    for &(quantity, value) in &wanted.more {
        let found = quantity.of(made);
        if !near(found, value) {
            wrong.push(format!("{quantity:?} is {found}, not {value}"));
        }
    }
    // what holds of every trade
    let held = (wanted.exit_bar + 1).saturating_sub(wanted.entry_bar) as f64;
    let says_held = |(quantity, _): &(Quantity, f64)| *quantity == Quantity::Held;
    if !wanted.more.iter().any(says_held) && !near(made.bars_held as f64, held) {
        wrong.push(format!("held for {} bars, not {held}", made.bars_held));
    }
    if !near(made.gross_profit - made.costs, made.net_profit) {
        wrong.push("gross profit less costs is not the net profit".to_owned());
    }
    if !near(made.cost_parts.total(), made.costs) {
        wrong.push("the costs are not the sum of their parts".to_owned());
    }
    if made.mae > 0.0 || made.mfe < 0.0 {
        wrong.push("an excursion has the wrong sign".to_owned());
    }
    wrong
}

fn compare_account(table: &Table, walked: &Walked, clock: &Clock) -> Vec<String> {
    let mut wrong = Vec::new();
    let expected = &table.expected;
    let end = |bar| Clock::of(&clock.ends, clock.quiet, bar);
    let profit: f64 = walked.engine.trades().iter().map(|t| t.net_profit).sum();
    let (last, sum) = (walked.equity.last(), table.config.initial_equity + profit);
    if !last.is_some_and(|&equity| near(equity, sum)) {
        wrong.push(format!("final equity is {last:?}, not {sum}"));
    }
    for &(bar, value) in &expected.equity {
        let index = walked.marked_at.iter().position(|&at| Some(at) == end(bar));
        let found = index.and_then(|index| walked.equity.get(index));
        if !found.is_some_and(|&equity| near(equity, value)) {
            wrong.push(format!("equity at bar {bar} is {found:?}, not {value}"));
        }
    }
    let halt = expected.halt.map(|(halt, bar)| (end(bar), halt));
    let halted = walked.halted.map(|(at, halt)| (Some(at), halt));
    if halt != halted {
        wrong.push(format!("halted: {:?}", walked.halted));
    }
    let found = walked.engine.breaches();
    let same = |(found, wanted): (&atrium_shared::trading::risk::Breach, &Breached)| {
        found.halt == wanted.halt
            && Some(found.at) == end(wanted.bar)
            && near(found.equity, wanted.equity)
            && near(found.limit, wanted.limit)
    };
    let wanted = &expected.breaches;
    if found.len() != wanted.len() || !found.iter().zip(wanted).all(same) {
        wrong.push(format!("breaches: {found:?}"));
    }
    wrong
}

fn compare_reasons(table: &Table, walked: &Walked) -> Vec<String> {
    let mut wrong = Vec::new();
    for (reason, &found) in NoTrade::ALL.iter().zip(walked.engine.no_trades()) {
        let listed = table.expected.reasons.iter().find(|(r, _)| r == reason);
        let silent = matches!(reason, NoTrade::NoPrediction | NoTrade::NoSignal);
        let wanted = match listed {
            Some((_, count)) => *count,
            None if silent => continue,
            None => 0,
        };
        if found != wanted {
            wrong.push(format!("{reason:?} {found} times, not {wanted}"));
        }
    }
    wrong
}

/// In which metrics a run differs from its table.
pub(crate) fn compare_metrics(table: &Table, run: &Backtest) -> Vec<String> {
    let of_run = |key: &str| {
        let found = CATALOG.iter().find(|metric| metric.key == key)?;
        Some((found.value)(&run.metrics, &run.benchmark_metrics))
    };
    let of_trades = |key: &str| {
        let found = TRADE_CATALOG.iter().find(|metric| metric.key == key)?;
        Some((found.value)(&run.metrics.trades.all))
    };
    let differs = |(key, wanted): &(String, Option<f64>)| {
        let found = of_run(key).or_else(|| of_trades(key));
        let same = match (found, wanted) {
            (Some(Stat::Value(found)), Some(wanted)) => near(found, *wanted),
            (Some(Stat::Absent(_)), None) => true,
            _ => false,
        };
        (!same).then(|| format!("metric {key} is {found:?}, not {wanted:?}"))
    };
    table.expected.metrics.iter().filter_map(differs).collect()
}
