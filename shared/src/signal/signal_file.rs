//! Signals made elsewhere, read from a CSV file: `time, side, size?, tp?, sl?`.

use super::placing::{Imported, Placer, RowTime};
use super::signals::{Direction, Signal, SignalRow, SignalSeries};
use super::table::{BadTable, Column, Field, Limits, Role, Row, TIME, Table};
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
}

impl Default for SignalFile {
    /// The usual columns, for the starts of the deciding bars, in UTC.
    fn default() -> Self {
        Self {
            row_time: RowTime::BarStart,
            zone: TimeZoneChoice::Utc,
            columns: SignalColumns::default(),
        }
    }
}

impl SignalFile {
    /// Reads the signals for `bars` from a table with a line for each.
    ///
    /// Columns: the time; the side (long or buy or 1, short or sell or −1, flat or exit or close or 0); and, where they
    /// are there, the quantity in units and the prices of target and stop. Others are passed over, as are rows without a
    /// side. Lines may stand in any order.
    ///
    /// # Errors
    /// [`BadTable`] with the line, the column and the value.
    pub fn read(
        &self,
        bytes: &[u8],
        bars: &SessionBars,
    ) -> Result<Imported<SignalSeries>, BadTable> {
        let table = Table::read(bytes, Limits::default())?;
        let found = Found::new(&table, &self.columns)?;
        let mut placer = Placer::new(bars, self.row_time);
        table.for_each_row(|row| {
            match found.read(row)? {
                None => placer.pass_over(),
                Some(signal) => {
                    placer.place(row.line(), row.field(found.time).time(self.zone)?, signal);
                }
            }
            Ok(())
        })?;
        let (rows, report) = placer.finish()?;
        let row = |(for_bar, signal)| SignalRow { for_bar, signal };
        let series = SignalSeries::new(rows.into_iter().map(row).collect());
        let series = series.map_err(|bad| BadTable::Series(bad.to_string()))?;
        Ok(Imported { series, report })
    }
}

/// Whether a table looks like one of signals and not of bars, by the beginning of its bytes: whether the line of its columns
/// names a side.
pub fn names_a_side(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
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
}

impl<'a> Found<'a> {
    fn new(table: &'a Table<'_>, columns: &SignalColumns) -> Result<Self, BadTable> {
        Ok(Self {
            time: table.need(TIME, columns.time.as_deref())?,
            side: table.need(SIDE, columns.side.as_deref())?,
            size: table.find(SIZE, columns.size.as_deref())?,
            target: table.find(TARGET, columns.target.as_deref())?,
            stop: table.find(STOP, columns.stop.as_deref())?,
        })
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
