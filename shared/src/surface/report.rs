//! The report of a run: one form for the command line's `--json`, the page's export and the tests, so that their digits
//! can be compared; and the words and numbers that people read.

mod notes;

pub use super::numbers::{DASH, count, fixed, money, percent, ratio};
pub use notes::{Caution, account_notes, advised_cautions, cautions};

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::market::actions::Actions;
use crate::market::bars::Instrument;
use crate::research::backtest::{
    Backtest, Coverage, Digests, ENGINE_VERSION, NoTradeCount, Prepared,
};
use crate::research::metrics::{
    BenchmarkMetrics, CATALOG, DialectMetric, Group, Headline, Metrics, Stat, TRADE_CATALOG,
    TradeDefinition, TradesBySide, Unit, YearReturns,
};
use crate::research::run_config::RunConfig;
use crate::signal::placing::{ImportReport, RowTime};
use crate::trading::portfolio::Trade;
use crate::trading::risk::{Breach, Halt};

/// The data a run was made on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataReference {
    /// The data set's name in the store.
    pub data_set: String,
    /// What is traded.
    pub instrument: Instrument,
    /// Whether the bars are simulated.
    pub simulated: bool,
    /// The corporate actions that fall between the bars, or may.
    #[serde(default)]
    pub actions: Actions,
}

/// A whole run: what it was made of and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The version of the engine.
    pub engine: String,
    /// The data.
    pub data: DataReference,
    /// How many bars were walked.
    pub bars: u64,
    /// The start of the first bar.
    pub first_bar: Option<Timestamp>,
    /// The end of the last bar.
    pub last_bar_end: Option<Timestamp>,
    /// The configuration, every default written out.
    pub config: RunConfig,
    /// The headline metrics.
    pub headline: Headline,
    /// All metrics.
    pub metrics: Metrics,
    /// What buy-and-hold over the same bars was worth.
    pub benchmark: BenchmarkMetrics,
    /// Trades whose size a cap limited.
    pub trades_capped: u64,
    /// Why decisions did not trade.
    pub no_trades: Vec<NoTradeCount>,
    /// When trading was first halted, if it was; by a daily limit it goes on the next day.
    pub halted_at: Option<Timestamp>,
    /// Why it was halted then.
    pub halted_by: Option<Halt>,
    /// How the account stood against its limits and goals.
    pub account: AccountReport,
    /// What became of the rows that the run was given.
    pub coverage: Coverage,
    /// The digests.
    pub digests: Digests,
    /// Round trips.
    pub round_trips: Vec<Trade>,
}

impl RunReport {
    /// The report of a run over `prepared` bars.
    pub fn new(
        data: DataReference,
        config: RunConfig,
        prepared: &Prepared,
        run: &Backtest,
    ) -> Self {
        let bars = prepared.bars();
        Self {
            engine: ENGINE_VERSION.to_owned(),
            account: AccountReport::new(&config, prepared, run),
            data,
            bars: bars.series().len() as u64,
            first_bar: bars.series().start().first().copied(),
            last_bar_end: bars.end().last().copied(),
            config,
            headline: run.headline,
            metrics: run.metrics.clone(),
            benchmark: run.benchmark_metrics,
            trades_capped: run.trades_capped,
            no_trades: run.no_trades.clone(),
            halted_at: run.halted.map(|(at, _)| at),
            halted_by: run.halted.map(|(_, halt)| halt),
            coverage: prepared.coverage(),
            digests: run.digests,
            round_trips: run.trades.clone(),
        }
    }
}

/// A file with rows that a run was given, and how it was read: it stands in the JSON of a run beside its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsReport {
    /// What its rows are.
    pub what: RowsKind,
    /// The file: its path on the command line, its name in a browser.
    pub file: String,
    /// What its times stand for.
    pub row_time: RowTime,
    /// The zone of those that are written without one.
    pub time_zone: RowsZone,
    /// What became of its rows.
    #[serde(flatten)]
    pub report: ImportReport,
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsKind {
    /// Predictions.
    Predictions,
    /// Signals.
    Signals,
}

impl RowsKind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Signals => "signals",
        }
    }
}

/// The zone of times that are written without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsZone {
    /// UTC.
    Utc,
    /// The exchange's local time.
    Exchange,
}

/// How the account stood against its limits and goals, as a prop firm's challenge counts them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountReport {
    /// Every breach of a loss limit, and the loss of the account, in order of time.
    pub breaches: Vec<Breach>,
    /// The first close of a bar at which equity had reached the profit target; none where it never did, or there is none.
    pub profit_target_reached_at: Option<Timestamp>,
    /// The highest equity at the close of a bar, in account currency.
    pub highest_equity: f64,
    /// Days with an entry, by the zone of the limits.
    pub trading_days: u64,
}

impl AccountReport {
    fn new(config: &RunConfig, prepared: &Prepared, run: &Backtest) -> Self {
        let (initial, limits) = (config.initial_equity, &config.limits);
        let ends = prepared.bars().end().iter();
        let reached = limits.profit_target.and_then(|share| {
            let wanted = initial * (1.0 + share);
            let mut marks = ends.zip(&run.equity);
            marks.find_map(|(&at, &equity)| (equity >= wanted).then_some(at))
        });
        let entries = run.trades.iter().map(|trade| trade.entry_at);
        let mut days: Vec<_> = entries.map(|at| limits.day_zone.day(at)).collect();
        days.sort_unstable();
        days.dedup();
        let higher = |highest, &equity: &f64| if equity > highest { equity } else { highest };
        Self {
            breaches: run.breaches.clone(),
            profit_target_reached_at: reached,
            highest_equity: run.equity.iter().fold(initial, higher),
            trading_days: days.len() as u64,
        }
    }
}

/// One line of a table of metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// The metric's name in exports, which never changes.
    pub key: &'static str,
    /// Its name as shown.
    pub label: &'static str,
    /// Its value as shown; a dash where there is none.
    pub text: String,
    /// Why there is no value.
    pub absent: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
    /// What it is counted in.
    pub unit: Unit,
}

/// One line of a table that sets long and short trades beside all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeRow {
    /// The metric over all trades.
    pub all: MetricRow,
    /// The same over those bought first.
    pub long: MetricRow,
    /// The same over those sold first.
    pub short: MetricRow,
}

/// One line of the table of monthly returns, as shown; a dash where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct YearRow {
    /// The year.
    pub year: i16,
    /// January to December.
    pub months: [String; 12],
    /// The whole year.
    pub total: String,
}

/// What a metric is called, counted in and means.
#[derive(Clone, Copy)]
struct Named {
    key: &'static str,
    label: &'static str,
    unit: Unit,
    meaning: &'static str,
}

/// Finds a metric in the catalogues, while compiling: a program that shows the headline only has none of the others.
#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a key that no metric has is an error of the compiler"
)]
const fn named(key: &'static str) -> Named {
    let mut at = 0;
    while at < CATALOG.len() {
        let metric = &CATALOG[at];
        if is_same(metric.key, key) {
            let (label, unit, meaning) = (metric.label, metric.unit, metric.meaning);
            return Named {
                key,
                label,
                unit,
                meaning,
            };
        }
        at += 1;
    }
    at = 0;
    while at < TRADE_CATALOG.len() {
        let metric = &TRADE_CATALOG[at];
        if is_same(metric.key, key) {
            let (label, unit, meaning) = (metric.label, metric.unit, metric.meaning);
            return Named {
                key,
                label,
                unit,
                meaning,
            };
        }
        at += 1;
    }
    panic!("no metric has this key")
}

#[expect(clippy::indexing_slicing, reason = "both have as many bytes")]
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The headline metrics, in the order in which they are shown.
const HEADLINE: [Named; 8] = [
    named("total_return"),
    named("cagr"),
    named("sharpe"),
    named("max_drawdown"),
    named("trades"),
    named("win_rate"),
    named("profit_factor"),
    named("final_equity"),
];

/// Their values, in the same order.
fn headline_stats(headline: &Headline) -> [Stat; 8] {
    [
        headline.total_return,
        headline.cagr,
        headline.sharpe,
        headline.max_drawdown,
        Stat::Value(headline.trades as f64),
        headline.win_rate,
        headline.profit_factor,
        Stat::Value(headline.final_equity),
    ]
}

/// A headline metric by its key, in full precision; `None` where it is not defined, or no headline metric.
pub fn headline_value(headline: &Headline, key: &str) -> Option<f64> {
    let mut stats = HEADLINE.iter().zip(headline_stats(headline));
    stats.find(|(metric, _)| metric.key == key)?.1.value()
}

/// The headline metrics as they are shown, in their order.
pub fn headline_rows(headline: &Headline) -> Vec<MetricRow> {
    let rows = HEADLINE.iter().zip(headline_stats(headline));
    rows.map(|(metric, stat)| row(metric.key, metric.label, metric.unit, metric.meaning, stat))
        .collect()
}

/// Every metric of the whole run as it is shown, group by group. Metrics of trades are in [`trade_rows`].
pub fn metric_rows(
    metrics: &Metrics,
    benchmark: &BenchmarkMetrics,
) -> Vec<(Group, Vec<MetricRow>)> {
    let of_group = |group| {
        let rows = CATALOG
            .iter()
            .filter(|metric| metric.group == group)
            .map(|metric| {
                let stat = (metric.value)(metrics, benchmark);
                row(metric.key, metric.label, metric.unit, metric.meaning, stat)
            });
        (group, rows.collect())
    };
    Group::ALL.into_iter().map(of_group).collect()
}

/// Every metric of trades as it is shown: over all, the long and the short ones.
pub fn trade_rows(trades: &TradesBySide) -> Vec<TradeRow> {
    let of = |metric: &TradeDefinition, trades| {
        let stat = (metric.value)(trades);
        row(metric.key, metric.label, metric.unit, metric.meaning, stat)
    };
    TRADE_CATALOG
        .iter()
        .map(|metric| TradeRow {
            all: of(metric, &trades.all),
            long: of(metric, &trades.long),
            short: of(metric, &trades.short),
        })
        .collect()
}

/// The metrics of a dialect as they are shown.
pub fn dialect_rows(metrics: &[DialectMetric]) -> Vec<MetricRow> {
    metrics
        .iter()
        .map(|metric| {
            row(
                metric.key,
                metric.label,
                metric.unit,
                metric.meaning,
                metric.stat,
            )
        })
        .collect()
}

/// The table of monthly returns as it is shown.
pub fn monthly_rows(years: &[YearReturns]) -> Vec<YearRow> {
    let text = |stat: Stat| stat.value().map_or_else(|| DASH.to_owned(), percent);
    years
        .iter()
        .map(|year| YearRow {
            year: year.year,
            months: year.months.map(text),
            total: text(year.total),
        })
        .collect()
}

fn row(
    key: &'static str,
    label: &'static str,
    unit: Unit,
    meaning: &'static str,
    stat: Stat,
) -> MetricRow {
    let (text, absent) = match stat {
        Stat::Value(value) => (shown(value, unit), None),
        Stat::Absent(reason) => (DASH.to_owned(), Some(reason.words())),
    };
    MetricRow {
        key,
        label,
        text,
        absent,
        meaning,
        unit,
    }
}

/// A value in its unit.
pub fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => percent(value),
        Unit::Ratio => ratio(value),
        Unit::Count => count(value),
        Unit::Money => money(value),
        Unit::Bars => format!(
            "{} bars",
            fixed(value, if value.fract() == 0.0 { 0 } else { 1 })
        ),
        Unit::Days => format!("{} days", fixed(value, 1)),
        Unit::Seconds => duration(value),
        Unit::R => format!("{} R", fixed(value, 2)),
    }
}

/// A time in its two largest units, the smaller one cut off: "3 d 4 h", "5 h 30 min", "45 s".
pub fn duration(seconds: f64) -> String {
    let whole = seconds.abs() as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    let text = match (days, hours, minutes) {
        (0, 0, 0) => format!("{whole} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{} d", count(days as f64)),
        (days, hours, _) => format!("{} d {hours} h", count(days as f64)),
    };
    if seconds < 0.0 && whole > 0 {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::research::metrics::RunData;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(fixed(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(fixed(-1_000.0, 0), "\u{2212}1,000");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(percent(-0.1234), "\u{2212}12.34 %");
        for (seconds, text) in [
            (0.0, "0 s"),
            (59.9, "59 s"),
            (720.0, "12 min"),
            (7_200.0, "2 h"),
            (19_800.0, "5 h 30 min"),
            (86_400.0, "1 d"),
            (-273_600.0, "\u{2212}3 d 4 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(shown(12.0, Unit::Bars), "12 bars");
        assert_eq!(shown(2.55, Unit::R), "2.55 R");
    }

    #[test]
    fn every_metric_has_a_row_of_its_own() {
        let data = RunData::curve(100.0, &[], &[], 252.0);
        let metrics = Metrics::of(&data);
        let groups = metric_rows(&metrics, &BenchmarkMetrics::of(&data));
        let rows = groups.iter().flat_map(|(_, rows)| rows);
        let mut keys: Vec<_> = rows.map(|row| row.key).collect();
        keys.extend(trade_rows(&metrics.trades).iter().map(|row| row.all.key));
        let count = keys.len();
        assert_eq!(count, CATALOG.len() + TRADE_CATALOG.len());
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        let headline = headline_rows(&Headline::of(&data));
        assert_eq!(headline.len(), 8);
        assert!(headline.iter().all(|row| keys.contains(&row.key)));
    }

    #[test]
    fn a_headline_metric_has_its_value_where_it_is_defined() {
        let headline = Headline::of(&RunData::curve(100.0, &[], &[], 252.0));
        for row in headline_rows(&headline) {
            let value = headline_value(&headline, row.key);
            assert_eq!(value.is_none(), row.absent.is_some(), "{}", row.key);
        }
        assert_eq!(headline_value(&headline, "final_equity"), Some(100.0));
        assert_eq!(headline_value(&headline, "trades"), Some(0.0));
        assert_eq!(headline_value(&headline, "sortino"), None);
    }
}
