//! Rows of the test data as they stand in their files. Each form is read by a few lines that know it beforehand, so that a
//! fault of curation cannot hide behind one of the import.

use std::io::Read as _;
use std::path::Path;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::BarColumns;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Curated, clean};
use atrium_shared::market::intake::{Rows, TimeZoneChoice, parse_time};

use super::minute;

/// A file by its golden name; `None` where the test data are absent.
pub(super) fn read(name: &str) -> Option<(Rows, BarInterval)> {
    if name == "SPY_1m" {
        return Some((spy_minutes()?, minute()));
    }
    if let Some(symbol) = name.strip_suffix("_5m") {
        return Some((us_five_minutes(symbol)?, BarInterval::minutes(5)));
    }
    let (symbol, year) = name.split_once('_').unwrap();
    Some((binance_minutes(symbol, year)?, minute()))
}

/// The same rules as `spoiled` of the reference.
pub(super) fn spoiled(rows: &Rows) -> Rows {
    let left_out = |index: usize| index * 7_919 % 1_000 < 3 || index % 5_000 < index / 5_000 % 60;
    let kept: Vec<usize> = (0..rows.len()).filter(|&index| !left_out(index)).collect();
    let mut spoiled = Rows::default();
    let mut push = |index: usize, close_is_open: bool| {
        let bars = &rows.bars;
        let open = bars.open[index];
        let close = if close_is_open {
            open
        } else {
            bars.close[index]
        };
        let prices = [open, bars.high[index], bars.low[index], close];
        spoiled
            .bars
            .push(bars.start[index], prices, bars.volume[index]);
    };
    for block in kept.chunks(1_000).rev() {
        block.iter().for_each(|&index| push(index, false));
    }
    for &index in kept.iter().step_by(1_009) {
        push(index, false);
    }
    for &index in kept.iter().step_by(997) {
        push(index, true);
    }
    spoiled
}

fn spy_minutes() -> Option<Rows> {
    let bars = atrium_real_tests::spy_minutes()?;
    let mut rows = Rows::default();
    for (start, prices, volume) in bars.rows() {
        rows.bars.push(start, prices, volume);
    }
    Some(rows)
}

/// SPY's minutes as their author cut them by the clock.
pub(super) fn spy_cut_by_its_author(file: &str, interval: BarInterval) -> Option<Curated> {
    let path = atrium_tests::test_data(&format!("spy_1m_admf/{file}"))?;
    let text = std::fs::read_to_string(path).unwrap();
    let rows = rows_of(text.lines().skip(1), |time| {
        parse_time(time, TimeZoneChoice::Utc).unwrap()
    });
    Some(clean(interval, &rows).unwrap().bars)
}

/// Times are those of the US west coast, whose clocks change on the same days as those of New York, three hours later.
fn us_five_minutes(symbol: &str) -> Option<Rows> {
    let path = atrium_tests::test_data(&format!("us_5m_stratback/{symbol}_5m.csv"))?;
    let text = std::fs::read_to_string(path).unwrap();
    Some(rows_of(text.lines().skip(1), |time| {
        let zone = TimeZoneChoice::Exchange(Calendar::Nyse);
        parse_time(time, zone).unwrap().plus_seconds(3 * 3_600)
    }))
}

fn binance_minutes(symbol: &str, year: &str) -> Option<Rows> {
    let path = atrium_tests::test_data(&format!("binance_1m/{symbol}_1m_{year}.csv.gz"))?;
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let millis = |time: &str| Timestamp(time.parse::<i64>().unwrap() * 1_000);
    Some(rows_of(text.lines().skip(1), millis))
}

/// Daily bars of LEAN, stamped with midnight in New York.
pub(super) fn lean_daily(symbol: &str) -> Option<Rows> {
    let path = atrium_tests::test_data(&format!("lean/Data/equity/usa/daily/{symbol}.zip"))?;
    let text = unzipped(&path);
    let rows = rows_of(text.lines(), |time| {
        let (date, clock) = time.split_once(' ').unwrap();
        let text = format!("{}-{}-{} {clock}", &date[..4], &date[4..6], &date[6..]);
        parse_time(&text, TimeZoneChoice::Exchange(Calendar::Nyse)).unwrap()
    });
    Some(in_dollars(rows))
}

/// Minute bars of LEAN for some days, stamped in milliseconds since midnight in New York.
pub(super) fn lean_minutes(symbol: &str, dates: &[&str]) -> Option<Rows> {
    let mut all = Rows::default();
    for date in dates {
        let file = format!("lean/Data/equity/usa/minute/{symbol}/{date}_trade.zip");
        let text = unzipped(&atrium_tests::test_data(&file)?);
        let midnight = format!("{}-{}-{} 00:00", &date[..4], &date[4..6], &date[6..]);
        let midnight = parse_time(&midnight, TimeZoneChoice::Exchange(Calendar::Nyse)).unwrap();
        let rows = in_dollars(rows_of(text.lines(), |time| {
            Timestamp(midnight.0 + time.parse::<i64>().unwrap() * 1_000)
        }));
        all.bars.start.extend(rows.bars.start);
        all.bars.open.extend(rows.bars.open);
        all.bars.high.extend(rows.bars.high);
        all.bars.low.extend(rows.bars.low);
        all.bars.close.extend(rows.bars.close);
        all.bars.volume.extend(rows.bars.volume);
    }
    Some(all)
}

/// Rows of a time and five numbers.
fn rows_of<'a>(lines: impl Iterator<Item = &'a str>, time: impl Fn(&str) -> Timestamp) -> Rows {
    let mut bars = BarColumns::default();
    for line in lines {
        let mut fields = line.split(',');
        let start = time(fields.next().unwrap());
        let mut number = || fields.next().unwrap().parse::<f64>().unwrap();
        let prices = [number(), number(), number(), number()];
        bars.push(start, prices, number());
    }
    Rows {
        bars,
        ..Rows::default()
    }
}

/// LEAN's prices of shares are in ten-thousandths.
fn in_dollars(mut rows: Rows) -> Rows {
    let bars = &mut rows.bars;
    for column in [
        &mut bars.open,
        &mut bars.high,
        &mut bars.low,
        &mut bars.close,
    ] {
        column.iter_mut().for_each(|price| *price /= 10_000.0);
    }
    rows
}

/// The only file of a zip, whose first header says where it begins.
fn unzipped(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    let number = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let begins = 30 + number(26) + number(28);
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&bytes[begins..])
        .read_to_string(&mut text)
        .unwrap();
    text
}
