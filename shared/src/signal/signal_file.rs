//! Signals made elsewhere, read from a CSV file: `time, side, size?, tp?, sl?, symbol?`.

use super::placing::{Imported, Placer, RowTime};
use super::signals::{Direction, Signal, SignalRow, SignalSeries};
use super::table::{BadTable, Column, Field, Limits, Role, Row, TIME, Table};
use crate::base::utf16::as_utf8;
use crate::market::bars::SessionBars;
use crate::market::intake::TimeZoneChoice;

const SIDE: Role = Role {
    name: "side",
    known: &["side", "signal", "direction", "action"],
};
const SIZE: Role = Role {
    name: "size",
    known: &["size", "quantity", "qty"],
};
const TARGET: Role = Role {
    name: "target price",
    known: &["tp", "take_profit", "target"],
};
const STOP: Role = Role {
    name: "stop price",
    known: &["sl", "stop_loss", "stop"],
};

const SYMBOL: Role = Role {
    name: "symbol",
    known: &["symbol", "ticker", "instrument"],
};

/// Columns named by the user; the others are found by their known names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalColumns {
    /// The time.
    pub time: Option<String>,
    /// The side.
    pub side: Option<String>,
    /// The quantity in units.
    pub size: Option<String>,
    /// The price of the target.
    pub target: Option<String>,
    /// The price of the stop.
    pub stop: Option<String>,
}

/// How a file of signals is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalFile {
    /// What the times stand for.
    pub row_time: RowTime,
    /// The zone of times that are written without one.
    pub zone: TimeZoneChoice,
    /// Columns that are named otherwise.
    pub columns: SignalColumns,
    /// The symbol of the bars' instrument, which a column of symbols has to name in every row; without it, the one that the first
    /// row names.
    pub symbol: Option<String>,
}

impl Default for SignalFile {
    /// The usual columns, for the starts of the deciding bars, in UTC.
    fn default() -> Self {
        Self {
            row_time: RowTime::BarStart,
            zone: TimeZoneChoice::Utc,
            columns: SignalColumns::default(),
            symbol: None,
        }
    }
}

impl SignalFile {
    /// Reads the signals for `bars` from a table with a line for each.
    ///
    /// Columns: the time; the side (long or buy or 1, short or sell or −1, flat or exit or close or 0); and, where they
    /// are there, the quantity in units, the prices of target and stop, and the symbol, which has to be the instrument's.
    /// Others are passed over and named in the report; rows without a side are passed over as well. Lines may stand in any
    /// order.
    ///
    /// # Errors
    /// [`BadTable`] with the line, the column and the value.
    pub fn read(
        &self,
        bytes: &[u8],
        bars: &SessionBars,
    ) -> Result<Imported<SignalSeries>, BadTable> {
        let bytes = as_utf8(bytes);
        let table = Table::read(&bytes, Limits::default())?;
        let found = Found::new(&table, &self.columns)?;
        let mut placer = Placer::new(bars, self.row_time);
        let mut symbol = self.symbol.clone();
        table.for_each_row(|row| {
            match found.read(row)? {
                None => placer.pass_over(),
                Some(signal) => {
                    found.check_symbol(row, &mut symbol)?;
                    placer.place(row.line(), row.field(found.time).time(self.zone)?, signal);
                }
            }
            Ok(())
        })?;
        let (rows, mut report) = placer.finish()?;
        report.passed_over = table.others(found.all());
        let row = |(for_bar, signal)| SignalRow { for_bar, signal };
        let series = SignalSeries::new(rows.into_iter().map(row).collect());
        let series = series.map_err(|bad| BadTable::Series(bad.to_string()))?;
        Ok(Imported { series, report })
    }
}

/// Whether a table looks like one of signals and not of bars, by the beginning of its bytes: whether the line of its columns
/// names a side.
pub fn names_a_side(head: &[u8]) -> bool {
    let head = as_utf8(head);
    let text = String::from_utf8_lossy(&head);
    let line = text
        .trim_start_matches('\u{feff}')
        .lines()
        .find(|line| !line.trim().is_empty());
    let name = |field: &str| field.trim().trim_matches('"').to_ascii_lowercase();
    line.unwrap_or_default()
        .split([',', ';', '\t', '|'])
        .any(|field| SIDE.known.contains(&name(field).as_str()))
}

/// Which column is which.
struct Found<'a> {
    time: Column<'a>,
    side: Column<'a>,
    size: Option<Column<'a>>,
    target: Option<Column<'a>>,
    stop: Option<Column<'a>>,
    symbol: Option<Column<'a>>,
}

impl<'a> Found<'a> {
    fn new(table: &'a Table<'_>, columns: &SignalColumns) -> Result<Self, BadTable> {
        Ok(Self {
            time: table.need(TIME, columns.time.as_deref())?,
            side: table.need(SIDE, columns.side.as_deref())?,
            size: table.find(SIZE, columns.size.as_deref())?,
            target: table.find(TARGET, columns.target.as_deref())?,
            stop: table.find(STOP, columns.stop.as_deref())?,
            symbol: table.find(SYMBOL, None)?,
        })
    }

    /// Every column that something is read from.
    fn all(&self) -> impl Iterator<Item = Column<'a>> {
        let some = [self.size, self.target, self.stop, self.symbol];
        [self.time, self.side]
            .into_iter()
            .chain(some.into_iter().flatten())
    }

    /// Refuses a row of another instrument: all of them are traded on one.
    fn check_symbol(&self, row: Row<'_>, symbol: &mut Option<String>) -> Result<(), BadTable> {
        let Some(field) = self.symbol.map(|column| row.field(column)) else {
            return Ok(());
        };
        if field.is_empty() {
            return Ok(());
        }
        match symbol {
            Some(symbol) if is_same_symbol(field.text(), symbol) => Ok(()),
            Some(symbol) => Err(field.bad(&format!(
                "is another instrument than {symbol}, and signals are traded on one: keep the rows of {symbol} alone, or take this column out if all of them are meant for it"
            ))),
            None => {
                *symbol = Some(field.text().to_owned());
                Ok(())
            }
        }
    }

    /// The signal of a row; `None` where it has no side.
    fn read(&self, row: Row<'_>) -> Result<Option<Signal>, BadTable> {
        let side = row.field(self.side);
        // "none" might say that there is no signal, or that there is to be no position: it is refused
        if side.is_empty() && !side.text().eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let direction = read_side(side)?;
        let number = |column: Option<Column<'_>>| match column {
            Some(column) => row.field(column).optional_number(),
            None => Ok(None),
        };
        let signal = Signal {
            direction,
            size: number(self.size)?,
            target: number(self.target)?,
            stop: number(self.stop)?,
        };
        match signal.validate() {
            Ok(()) => Ok(Some(signal)),
            Err(reason) => Err(side.bad(&format!("cannot stand: {reason}"))),
        }
    }
}

/// Whether two names are one symbol: case and what stands between its letters do not matter, as in BTC/USDT and btcusdt, nor does
/// an exchange before a colon.
fn is_same_symbol(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        let name = name.rsplit_once(':').map_or(name, |(_, symbol)| symbol);
        let kept = name.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_uppercase).collect()
    };
    plain(one) == plain(other)
}

fn read_side(field: Field<'_>) -> Result<Direction, BadTable> {
    const WORDS: [(Direction, &[&str]); 3] = [
        (Direction::Long, &["long", "buy", "1", "+1", "1.0"]),
        (Direction::Short, &["short", "sell", "-1", "-1.0"]),
        (
            Direction::Flat,
            &["flat", "exit", "close", "0", "0.0", "-0.0"],
        ),
    ];
    let named = |(_, words): &&(_, &[&str])| {
        words
            .iter()
            .any(|word| field.text().eq_ignore_ascii_case(word))
    };
    let found = WORDS.iter().find(named);
    found.map(|(direction, _)| *direction).ok_or_else(|| {
        field.bad("is no side: write long, short or flat; or buy, sell or exit; or 1, -1 or 0")
    })
}

#[cfg(test)]
mod tests;
