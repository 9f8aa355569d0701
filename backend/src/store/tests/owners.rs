//! Of which import stored bars are.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BarColumns;

use super::super::months::Months;
use super::super::owners::Owners;
use super::imports::{Import, SPY, rows, take};
use super::*;
use crate::testing::bars;

#[test]
fn rows_that_were_set_aside_are_no_bars_of_their_import() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(3, 1);
    take(&store, &SPY, vec![rows(&all, 0, 500)]).unwrap();
    // a bar that is corrected, and one whose high is below its low
    let mut later = rows(&all, 100, 102);
    for volume in &mut later.bars.volume {
        *volume += 7.0;
    }
    core::mem::swap(&mut later.bars.high[1], &mut later.bars.low[1]);
    let second = Import { file: "two", ..SPY };
    let done = take(&store, &second, vec![later]).unwrap();
    assert_eq!((done.merge.changed, done.rejected), (1, 1));
    let card = store.intact("SPY-1min").unwrap().unwrap();
    let owners = Owners::of(&store, &card).unwrap();
    let starts = &all.start()[99..103];
    let month = Months::default().of(starts[0]);
    let of = owners.of_bars(month, starts).unwrap();
    assert_eq!(of, [Some(0), Some(1), Some(0), Some(0)]);
}

#[test]
fn rows_of_days_among_hours_are_no_bars_of_their_import() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let hours = Import {
        symbol: "XAUUSD",
        minutes: 60,
        ..SPY
    };
    // hours of three days, the month ends within them
    let mut columns = BarColumns::default();
    for hour in 0..72_i64 {
        let open = 2_000.0 + (hour * 7 % 19) as f64;
        let start = Timestamp::from_seconds(1_711_843_200 + hour * 3_600);
        columns.push(start, [open, open + 2.5, open - 2.0, open + 0.5], 100.0);
    }
    let all = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
    take(&store, &hours, vec![rows(&all, 0, 72)]).unwrap();
    // later from the evening of the first month on, without its first hour but with the day that begins then
    let mut later = rows(&all, 23, 46);
    let (open, close) = (later.bars.open[0], later.bars.close[22]);
    let highest = later.bars.high.iter().copied().max_by(f64::total_cmp);
    let lowest = later.bars.low.iter().copied().min_by(f64::total_cmp);
    later.bars.push(
        all.start()[22],
        [open, highest.unwrap(), lowest.unwrap(), close],
        2_300.0,
    );
    later.line.push(100);
    let second = Import {
        file: "two",
        ..hours
    };
    let done = take(&store, &second, vec![later]).unwrap();
    assert_eq!((done.merge.unchanged, done.rejected), (23, 1));
    let card = store.intact("XAUUSD-60min").unwrap().unwrap();
    let owners = Owners::of(&store, &card).unwrap();
    let starts = &all.start()[21..24];
    let month = Months::default().of(starts[0]);
    let of = owners.of_bars(month, starts).unwrap();
    assert_eq!(of, [Some(0), Some(0), Some(1)]);
}
