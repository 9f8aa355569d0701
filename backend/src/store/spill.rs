//! Rows as they arrive, gathered by month: in memory while they are few, in temporary files beyond that.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::intake::Rows;

use super::months::{Month, Months};

/// So many bytes of rows wait in memory.
const ROOM: usize = 64 * 1_024 * 1_024;
/// A row: line, start, open, high, low, close, volume, spread, 8 bytes each. A spread that is not known is NaN.
const ROW: usize = 64;

/// Rows by month, each month's in the order of their arrival.
#[derive(Debug)]
pub(super) struct Spill {
    folder: PathBuf,
    room: usize,
    waiting: usize,
    finder: Months,
    months: BTreeMap<Month, Part>,
    /// The rows of the day before each month and of the day after it.
    beside: BTreeMap<Month, Part>,
    quoted: bool,
    rows: u64,
    out_of_order: u64,
    previous: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Part {
    bytes: Vec<u8>,
    on_disk: bool,
}

impl Part {
    fn write_out(&mut self, path: &Path) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(&self.bytes)?;
        self.bytes = Vec::new();
        self.on_disk = true;
        Ok(())
    }
}

/// The name of the file of the rows beside a month.
fn beside(month: Month) -> String {
    format!("{}-beside", month.name())
}

impl Spill {
    /// Gathers rows; `folder`, which does not exist yet, holds the temporary files.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            room: ROOM,
            waiting: 0,
            finder: Months::default(),
            months: BTreeMap::new(),
            beside: BTreeMap::new(),
            quoted: false,
            rows: 0,
            out_of_order: 0,
            previous: None,
            first: None,
            last: None,
        }
    }

    /// Takes rows.
    pub(super) fn push(&mut self, rows: &Rows) -> io::Result<()> {
        let bars = &rows.bars;
        let prices = bars
            .open
            .iter()
            .zip(&bars.high)
            .zip(&bars.low)
            .zip(&bars.close);
        let bars = bars.start.iter().zip(prices).zip(&bars.volume);
        for (index, ((&start, (((open, high), low), close)), volume)) in bars.enumerate() {
            let line = rows.line.get(index).copied().unwrap_or_default();
            let spread = rows.spread.get(index).copied();
            self.quoted |= spread.is_some();
            let values = [
                *open,
                *high,
                *low,
                *close,
                *volume,
                spread.unwrap_or(f64::NAN),
            ];
            self.push_row(line, start, values);
        }
        if self.waiting > self.room {
            self.write_out()?;
        }
        Ok(())
    }

    fn push_row(&mut self, line: u64, start: Timestamp, values: [f64; 6]) {
        let month = self.finder.of(start);
        let mut row = [0; ROW];
        let fields = [line.to_le_bytes(), start.0.to_le_bytes()];
        let fields = fields.into_iter().chain(values.map(f64::to_le_bytes));
        for (slot, field) in row.chunks_exact_mut(8).zip(fields) {
            slot.copy_from_slice(&field);
        }
        let part = self.months.entry(month).or_default();
        part.bytes.extend_from_slice(&row);
        self.waiting += ROW;
        if let Some(month) = self.finder.beside(start) {
            let part = self.beside.entry(month).or_default();
            part.bytes.extend_from_slice(&row);
            self.waiting += ROW;
        }
        self.rows += 1;
        self.out_of_order += u64::from(self.previous.is_some_and(|previous| start < previous));
        self.previous = Some(start);
        self.first = Some(self.first.map_or(start, |first| first.min(start)));
        self.last = Some(self.last.map_or(start, |last| last.max(start)));
    }

    fn write_out(&mut self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        for (month, part) in &mut self.months {
            part.write_out(&self.folder.join(month.name()))?;
        }
        for (month, part) in &mut self.beside {
            part.write_out(&self.folder.join(beside(*month)))?;
        }
        self.waiting = 0;
        Ok(())
    }

    /// How many rows were taken.
    pub(super) fn len(&self) -> u64 {
        self.rows
    }

    /// How many rows start before the one before them.
    pub(super) fn out_of_order(&self) -> u64 {
        self.out_of_order
    }

    /// Whether any row has a spread.
    pub(super) fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// The earliest and the latest start.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.first.zip(self.last)
    }

    /// The months that have rows.
    pub(super) fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.months.keys().copied()
    }

    /// The rows of a month.
    pub(super) fn month(&self, month: Month) -> io::Result<Rows> {
        self.rows_of(self.months.get(&month), &month.name())
    }

    /// The rows of a month, and those of the day before it and of the day after it: what cleaning needs.
    pub(super) fn with_beside(&self, month: Month) -> io::Result<(Rows, Rows)> {
        let beside = self.rows_of(self.beside.get(&month), &beside(month))?;
        Ok((self.month(month)?, beside))
    }

    fn rows_of(&self, part: Option<&Part>, name: &str) -> io::Result<Rows> {
        let mut rows = Rows::default();
        if let Some(part) = part {
            if part.on_disk {
                decode(&fs::read(self.folder.join(name))?, self.quoted, &mut rows);
            }
            decode(&part.bytes, self.quoted, &mut rows);
        }
        Ok(rows)
    }

    /// Removes the temporary files.
    pub(super) fn clear(self) -> io::Result<()> {
        remove_if_there(&self.folder)
    }

    #[cfg(test)]
    pub(super) fn with_room(mut self, room: usize) -> Self {
        self.room = room;
        self
    }
}

fn remove_if_there(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn decode(bytes: &[u8], quoted: bool, rows: &mut Rows) {
    for row in bytes.chunks_exact(ROW) {
        let mut fields = row.chunks_exact(8).map(|field| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(field);
            bytes
        });
        let mut next = || fields.next().unwrap_or_default();
        rows.line.push(u64::from_le_bytes(next()));
        let start = Timestamp(i64::from_le_bytes(next()));
        let mut value = || f64::from_le_bytes(next());
        let prices = [value(), value(), value(), value()];
        rows.bars.push(start, prices, value());
        let spread = value();
        if quoted {
            rows.spread.push(if spread.is_nan() { 0.0 } else { spread });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_by_month_in_their_order_from_memory_and_from_files() {
        for room in [0, 4 * ROW, usize::MAX] {
            let dir = tempfile::tempdir().unwrap();
            let mut spill = Spill::new(dir.path().join("rows")).with_room(room);
            let day = 86_400;
            for batch in 0..5_i64 {
                let mut rows = Rows::default();
                for index in 0..10 {
                    // every batch runs over ninety days, so that months come back again and again
                    let start = Timestamp::from_seconds(1_704_326_400 + 9 * day * index + batch);
                    rows.bars.push(start, [1.0, 2.0, 0.5, 1.5], batch as f64);
                    rows.line.push((batch * 10 + index) as u64);
                    rows.spread.push(0.25);
                }
                spill.push(&rows).unwrap();
            }
            assert_eq!((spill.len(), spill.out_of_order()), (50, 4));
            let names: Vec<String> = spill.months().map(Month::name).collect();
            assert_eq!(names, ["2024-01", "2024-02", "2024-03"]);
            let months: Vec<Month> = spill.months().collect();
            let january = spill.month(months[0]).unwrap();
            let lines: Vec<u64> = january.line.clone();
            assert_eq!(
                lines,
                [
                    0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 40, 41, 42, 43
                ]
            );
            assert_eq!(january.spread, [0.25; 20]);
            let all: usize = months
                .iter()
                .map(|&month| spill.month(month).unwrap().len())
                .sum();
            assert_eq!(all, 50);
            // 2024-01-31 is beside February
            let beside = |month: usize| spill.with_beside(months[month]).unwrap().1.line;
            let none: [u64; 0] = [];
            assert_eq!(beside(0), none);
            assert_eq!(beside(1), [3, 13, 23, 33, 43]);
            assert_eq!(beside(2), none);
            spill.clear().unwrap();
            assert!(!dir.path().join("rows").exists());
        }
    }
}
