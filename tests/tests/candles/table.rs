//! A candle table, and how its text is read. The grammar is in `README.md` beside this file.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::ActionKind;
use atrium_shared::market::bars::Instrument;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::{PredictionRow, TargetKind};
use atrium_shared::signal::signals::{Direction, Signal};
use atrium_shared::trading::orders::{ExitReason, Side};
use atrium_shared::trading::risk::Halt;
use atrium_shared::trading::strategy::NoTrade;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::expected::{Breached, Expected, Quantity, Trade};

/// A run in a few lines, and what a trader expects of it.
pub(crate) struct Table {
    /// File and line of its title.
    pub(crate) place: String,
    pub(crate) title: String,
    pub(crate) config: RunConfig,
    pub(crate) markets: Vec<Market>,
    pub(crate) expected: Expected,
}

/// One instrument of a table.
pub(crate) struct Market {
    pub(crate) name: String,
    pub(crate) instrument: Instrument,
    pub(crate) quiet: Quiet,
    /// Predictions at the closes of the first quiet bars.
    pub(crate) early: Vec<f32>,
    pub(crate) kind: TargetKind,
    /// When bar 1 starts.
    pub(crate) start: Timestamp,
    pub(crate) rows: Vec<Row>,
    /// What is said at the close of a bar; 0 is the last quiet bar.
    pub(crate) predictions: Vec<(usize, PredictionRow)>,
    pub(crate) signals: Vec<(usize, Signal)>,
    pub(crate) finer: Option<BarInterval>,
    /// Corporate actions, each with the bar before which it comes.
    pub(crate) actions: Vec<(usize, ActionKind)>,
    pub(crate) trades: Vec<Trade>,
}

/// The bars that come before a table's own.
#[derive(Clone, Copy)]
pub(crate) struct Quiet {
    pub(crate) price: f64,
    pub(crate) range: f64,
    pub(crate) bars: usize,
    pub(crate) volume: f64,
}

/// What the table says of a bar's time.
pub(crate) enum Row {
    Bar {
        prices: [f64; 4],
        volume: f64,
        finer: Vec<[f64; 4]>,
    },
    Missing,
}

/// Settings by path, as JSON, so that everything can be set that a configuration has.
struct Settings(Value);

impl Settings {
    /// Sets a value; what lies on the way and holds no fields is replaced.
    fn set(&mut self, path: &str, text: &str) {
        let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        let mut at = &mut self.0;
        for part in path.split('.') {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Value::Object(fields) = at else { return };
            at = fields.entry(part).or_insert(Value::Null);
        }
        *at = value;
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        T::deserialize(&self.0).map_err(|error| error.to_string())
    }
}

/// A table while its lines are read.
struct Draft {
    table: Table,
    settings: Settings,
    instrument: Settings,
}

/// Reads every table of a file.
///
/// # Errors
/// File and line of the first that cannot be understood.
pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Table>, String> {
    let mut tables = Vec::new();
    let mut draft: Option<Draft> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        let place = format!("{file}:{number}");
        if let Some(title) = line.strip_prefix("table ") {
            tables.extend(finish(draft.take())?);
            draft = Some(Draft::new(&place, title).map_err(|why| format!("{place}: {why}"))?);
        } else if !line.is_empty() {
            let draft = draft
                .as_mut()
                .ok_or_else(|| format!("{place}: a file begins with a table"))?;
            draft
                .take(line)
                .map_err(|why| format!("{place}: {line:?}: {why}"))?;
        }
    }
    tables.extend(finish(draft)?);
    Ok(tables)
}

fn finish(draft: Option<Draft>) -> Result<Option<Table>, String> {
    let Some(Draft { table, .. }) = draft else {
        return Ok(None);
    };
    let traded = table.markets.iter().any(|market| !market.trades.is_empty());
    let said = table.expected.refused.is_some() || table.expected.nothing;
    if traded == said {
        return Err(format!(
            "{}: a table expects trades, `no trade`, or to be `refused`",
            table.place
        ));
    }
    if table.expected.nothing && table.expected.reasons.is_empty() && !table.expected.unfilled {
        return Err(format!(
            "{}: where nothing trades, the table says why: `expect reason` or `expect unfilled`",
            table.place
        ));
    }
    Ok(Some(table))
}

impl Draft {
    fn new(place: &str, title: &str) -> Result<Self, String> {
        if !title.starts_with('§') || title.len() < 12 {
            return Err("the title names the section of strategy.md: `table §4 …`".to_owned());
        }
        let settings = Settings(json!({
            "prediction": {"source": "series"},
            "strategy": {"predicted_move": {"k_sigma_err": 0}},
            "costs": {"commission": "none"},
        }));
        let instrument = Settings(
            serde_json::to_value(Instrument {
                calendar: Calendar::Crypto,
                ..Instrument::us_share("TEST")
            })
            .map_err(|error| error.to_string())?,
        );
        Ok(Self {
            table: Table {
                place: place.to_owned(),
                title: title.to_owned(),
                config: settings.read()?,
                markets: vec![Market::new("A", instrument.read()?)],
                expected: Expected::default(),
            },
            settings,
            instrument,
        })
    }

    fn market(&mut self) -> Result<&mut Market, String> {
        let market = self.table.markets.last_mut();
        market.ok_or_else(|| "no market".to_owned())
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "with" => {
                let (path, value) = assignment(rest)?;
                self.settings.set(path, value);
                self.table.config = self.settings.read()?;
            }
            "instrument" => {
                let (path, value) = assignment(rest)?;
                self.instrument.set(path, value);
                self.market()?.instrument = self.instrument.read()?;
            }
            "market" => self.begin_market(rest)?,
            "start" => self.market()?.start = named(rest)?,
            "quiet" => self.market()?.quiet(rest)?,
            "early" => self.market()?.early(rest)?,
            "finer" => self.market()?.finer(rest)?,
            "bar" => self.market()?.bar(rest)?,
            "missing" if rest.is_empty() => self.market()?.rows.push(Row::Missing),
            "predict" => self.market()?.predict(rest)?,
            "signal" => self.market()?.signal(rest)?,
            "split" => {
                let ratio = number(rest)?;
                self.market()?.act(ActionKind::Split { ratio });
            }
            "dividend" => {
                let factor = number(rest)?;
                self.market()?.act(ActionKind::Dividend { factor });
            }
            "expect" => self.expect(rest)?,
            _ => return Err(format!("{word:?} is no word of a table")),
        }
        Ok(())
    }

    fn begin_market(&mut self, name: &str) -> Result<(), String> {
        let is_new = |market: &Market| market.name != name;
        if name.is_empty() || !self.table.markets.iter().all(is_new) {
            return Err("a further market has a name of its own".to_owned());
        }
        let instrument = self.instrument.read()?;
        self.table.markets.push(Market::new(name, instrument));
        Ok(())
    }

    fn expect(&mut self, rest: &str) -> Result<(), String> {
        let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        match (word, words.as_slice()) {
            ("long" | "short", _) => {
                let trade = trade(named::<Side>(word)?, rest)?;
                self.market()?.trades.push(trade);
                return Ok(());
            }
            ("refused", _) if !rest.is_empty() => {
                self.table.expected.refused = Some(rest.to_owned());
                return Ok(());
            }
            _ => {}
        }
        let expected = &mut self.table.expected;
        match (word, words.as_slice()) {
            ("no", ["trade"]) => expected.nothing = true,
            ("unfilled", []) => expected.unfilled = true,
            ("reason", [reason, count]) => {
                let reason = named::<NoTrade>(reason)?;
                expected.reasons.push((reason, whole(count)?));
            }
            ("equity", [value, "bar", bar]) => {
                expected.equity.push((whole(bar)?, number(value)?));
            }
            ("halt", [halt, "bar", bar]) => {
                expected.halt = Some((named::<Halt>(halt)?, whole(bar)?));
            }
            ("breach", [halt, "bar", bar, "equity", equity, "limit", limit]) => {
                expected.breaches.push(Breached {
                    halt: named(halt)?,
                    bar: whole(bar)?,
                    equity: number(equity)?,
                    limit: number(limit)?,
                });
            }
            ("unrefined", [count]) => expected.unrefined = Some(whole(count)?),
            ("metric", [name, "absent"]) => expected.metrics.push(((*name).to_owned(), None)),
            ("metric", [name, value]) => {
                let value = Some(number(value)?);
                expected.metrics.push(((*name).to_owned(), value));
            }
            _ => return Err("nothing that a table can expect".to_owned()),
        }
        Ok(())
    }
}

impl Market {
    fn new(name: &str, instrument: Instrument) -> Self {
        Self {
            name: name.to_owned(),
            instrument,
            quiet: Quiet {
                price: 100.0,
                range: 1.0,
                bars: 20,
                volume: 1_000.0,
            },
            early: Vec::new(),
            kind: TargetKind::Price,
            // 2024-01-10 00:00 UTC, a Wednesday
            start: Timestamp::from_seconds(1_704_844_800),
            rows: Vec::new(),
            predictions: Vec::new(),
            signals: Vec::new(),
            finer: None,
            actions: Vec::new(),
            trades: Vec::new(),
        }
    }

    fn bars(&self) -> usize {
        let is_bar = |row: &&Row| matches!(row, Row::Bar { .. });
        self.rows.iter().filter(is_bar).count()
    }

    fn quiet(&mut self, rest: &str) -> Result<(), String> {
        for (name, value) in pairs(rest)? {
            match name {
                "price" => self.quiet.price = number(value)?,
                "range" => self.quiet.range = number(value)?,
                "volume" => self.quiet.volume = number(value)?,
                "bars" => self.quiet.bars = whole(value)?,
                _ => return Err(format!("{name:?} is nothing of the quiet bars")),
            }
        }
        Ok(())
    }

    /// `VALUE …`, or `VALUE … times N`.
    fn early(&mut self, rest: &str) -> Result<(), String> {
        let (values, times) = match rest.split_once(" times ") {
            Some((values, times)) => (values, whole(times)?),
            None => (rest, 1),
        };
        let values = values.split_whitespace().map(number);
        let values: Vec<f64> = values.collect::<Result<_, _>>()?;
        for _ in 0..times {
            self.early.extend(values.iter().map(|&value| value as f32));
        }
        Ok(())
    }

    fn act(&mut self, kind: ActionKind) {
        self.actions.push((self.bars() + 1, kind));
    }

    fn bar(&mut self, rest: &str) -> Result<(), String> {
        let (prices, more) = prices(rest)?;
        let volume = match more.as_slice() {
            [] => self.quiet.volume,
            ["volume", volume] => number(volume)?,
            _ => return Err("a bar is `open high low close` and perhaps `volume V`".to_owned()),
        };
        self.rows.push(Row::Bar {
            prices,
            volume,
            finer: Vec::new(),
        });
        Ok(())
    }

    fn finer(&mut self, rest: &str) -> Result<(), String> {
        if let Some(interval) = rest.strip_prefix("bars of ") {
            self.finer = Some(named(interval)?);
            return Ok(());
        }
        if self.finer.is_none() {
            return Err("say first how long they are: `finer bars of 15min`".to_owned());
        }
        match (prices(rest)?, self.rows.last_mut()) {
            ((prices, more), Some(Row::Bar { finer, .. })) if more.is_empty() => {
                finer.push(prices);
                Ok(())
            }
            _ => Err("a finer bar is `open high low close` and follows its bar".to_owned()),
        }
    }

    fn predict(&mut self, rest: &str) -> Result<(), String> {
        let (kind, rest) = match rest.strip_prefix("log_return ") {
            Some(rest) => (TargetKind::LogReturn, rest),
            None => (TargetKind::Price, rest),
        };
        let (value, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (in_sample, rest) = match rest.strip_prefix("in_sample") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let mut row = PredictionRow {
            for_bar: Timestamp(0),
            value: number(value)? as f32,
            in_sample,
            confidence: None,
        };
        for (name, value) in pairs(rest)? {
            match name {
                "confidence" => row.confidence = Some(number(value)? as f32),
                _ => return Err(format!("{name:?} is nothing of a prediction")),
            }
        }
        self.kind = kind;
        self.predictions.push((self.bars(), row));
        Ok(())
    }

    fn signal(&mut self, rest: &str) -> Result<(), String> {
        let (direction, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut signal = Signal {
            direction: named::<Direction>(direction)?,
            size: None,
            target: None,
            stop: None,
        };
        for (name, value) in pairs(rest)? {
            let value = Some(number(value)?);
            match name {
                "size" => signal.size = value,
                "target" => signal.target = value,
                "stop" => signal.stop = value,
                _ => return Err(format!("{name:?} is nothing of a signal")),
            }
        }
        self.signals.push((self.bars(), signal));
        Ok(())
    }
}

/// `50 in 100.50 bar 1, out 98.00 bar 2 by stop, net -125, costs 0`, and further quantities after it.
fn trade(side: Side, text: &str) -> Result<Trade, String> {
    let mut clauses = text.split(',').map(str::trim);
    let mut clause = || -> Vec<&str> {
        let words = clauses.next().unwrap_or_default();
        words.split_whitespace().collect()
    };
    let mut trade = match (clause().as_slice(), clause().as_slice()) {
        ([quantity, "in", entry, "bar", entry_bar], ["out", exit, "bar", exit_bar, "by", why]) => {
            Trade {
                side,
                quantity: number(quantity)?,
                entry: number(entry)?,
                entry_bar: whole(entry_bar)?,
                exit: number(exit)?,
                exit_bar: whole(exit_bar)?,
                why: named::<ExitReason>(why)?,
                more: Vec::new(),
                sized_by: None,
            }
        }
        _ => {
            return Err(
                "a trade is `QUANTITY in PRICE bar N, out PRICE bar N by REASON, net N, costs N`"
                    .to_owned(),
            );
        }
    };
    for clause in clauses {
        match clause.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["sized_by", by] => trade.sized_by = Some(named(by)?),
            [name, value] => {
                let quantity = Quantity::named(name)
                    .ok_or_else(|| format!("{name:?} is nothing of a trade"))?;
                trade.more.push((quantity, number(value)?));
            }
            _ => return Err(format!("{clause:?} is no name with a number")),
        }
    }
    let says = |wanted| trade.more.iter().any(|(quantity, _)| *quantity == wanted);
    if says(Quantity::Net) && says(Quantity::Costs) {
        Ok(trade)
    } else {
        Err("a trade states its `net` and its `costs`".to_owned())
    }
}

fn prices(text: &str) -> Result<([f64; 4], Vec<&str>), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [open, high, low, close, more @ ..] => Ok((
            [number(open)?, number(high)?, number(low)?, number(close)?],
            more.to_vec(),
        )),
        _ => Err("prices are `open high low close`".to_owned()),
    }
}

fn assignment(text: &str) -> Result<(&str, &str), String> {
    let (path, value) = text
        .split_once('=')
        .ok_or_else(|| "a setting is `path = value`".to_owned())?;
    Ok((path.trim(), value.trim()))
}

fn pairs(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (pairs, rest) = words.as_chunks::<2>();
    match rest {
        [] => Ok(pairs.iter().map(|&[name, value]| (name, value)).collect()),
        [word, ..] => Err(format!("{word:?} stands alone")),
    }
}

fn number(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>();
    value.map_err(|_| format!("{text:?} is no number"))
}

fn whole<T: core::str::FromStr>(text: &str) -> Result<T, String> {
    let value = text.parse::<T>();
    value.map_err(|_| format!("{text:?} is no whole number"))
}

/// A value by the name that it has in configurations and reports.
fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(&json!(text)).map_err(|error| error.to_string())
}
