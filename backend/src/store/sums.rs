//! Bars received that say in one what several stored bars say: of a longer interval, at the time of one of those.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::{Steps, is_same_bar};

const MINUTE: i64 = 60_000_000;
/// The intervals in which files come, in minutes, a day last.
const LONGER: [i64; 6] = [5, 15, 30, 60, 240, 1_440];
/// The volume of a sum is that of its bars to this part: prices may meet by chance where a bar was corrected.
const NEARLY: f64 = 0.1;
/// Where nothing has a volume, the range of a sum is so many times that of one of its bars at least.
const WIDER: f64 = 1.5;

/// A bar: its start, its open, high, low and close, and its volume.
pub(super) type Bar = (Timestamp, [f64; 4], f64);

/// Whether a bar that was received at the time of a stored one, `at`, is the sum of that one and of those after it, or of those of the day
/// before it, and not that one but for rounding. Prices are rounded to a tick, or to the finer step that they show.
pub(super) fn is_sum(
    stored: &[Bar],
    at: usize,
    (prices, volume): ([f64; 4], f64),
    interval: BarInterval,
    tick: f64,
) -> bool {
    let own = match interval {
        BarInterval::Seconds(seconds) => i64::from(seconds) * 1_000_000,
        BarInterval::Day => return false,
    };
    let Some(&(start, old, before)) = stored.get(at) else {
        return false;
    };
    let [open, high, low, close] = old;
    let [new_open, new_high, new_low, new_close] = prices;
    if new_high - new_low <= high - low || is_same_bar(old, prices, 1.0, tick) {
        return false;
    }
    let half = Steps::of(old, prices, tick, false).received / 2.0;
    let is_same = |one: f64, other: f64| (one - other).abs() <= half + 1e-9 * one;
    let is_within =
        |(_, [_, high, low, _], _): &&Bar| *high <= new_high + half && *low >= new_low - half;
    let is_range = |bars: &[Bar]| {
        let has = |wanted: f64, of: fn(&[f64; 4]) -> f64| {
            bars.iter()
                .any(|(_, prices, _)| is_same(of(prices), wanted))
        };
        has(new_high, |prices| prices[1]) && has(new_low, |prices| prices[2])
    };
    let is_total = |bars: &[Bar]| {
        let total: f64 = bars.iter().map(|(.., volume)| volume).sum();
        match volume <= 0.0 && before <= 0.0 {
            // a bar of few steps that is corrected by one is as much wider
            true => {
                let wide = new_high - new_low;
                wide >= WIDER * (high - low) && wide > 7.0 * half
            }
            false => (volume - total).abs() <= NEARLY * total,
        }
    };
    let ends = |bars: &[Bar], close: f64| {
        bars.last()
            .is_some_and(|(_, [.., last], _)| is_same(*last, close))
    };
    if is_same(open, new_open) {
        let rest = stored.get(at..).unwrap_or_default();
        let most = rest.partition_point(|bar| bar.0.0 < start.0 + 1_440 * MINUTE);
        let rest = rest.get(..most).unwrap_or_default();
        let fitting = rest.iter().take_while(is_within).count();
        let longer = LONGER.into_iter().map(|minutes| minutes * MINUTE);
        for longer in longer.filter(|longer| *longer > own && *longer % own == 0) {
            let count = rest.partition_point(|bar| bar.0.0 < start.0 + longer);
            let bars = rest.get(..count).unwrap_or_default();
            if count > fitting {
                break;
            }
            if count > 1 && is_range(bars) && ends(bars, new_close) && is_total(bars) {
                return true;
            }
        }
    }
    if !is_same(close, new_close) {
        return false;
    }
    let to = stored.get(..=at).unwrap_or_default();
    let from = to.partition_point(|bar| bar.0.0 <= start.0 - 1_440 * MINUTE);
    let bars = to.get(from..).unwrap_or_default();
    let begins = bars
        .first()
        .is_some_and(|(_, [first, ..], _)| is_same(*first, new_open));
    bars.len() > 1
        && begins
        && bars.iter().all(|bar| is_within(&bar))
        && is_range(bars)
        && is_total(bars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_is_the_sum_of_stored_ones_is_told_from_a_correction() {
        let bar = |minute: i64| {
            let open = 100.0 + (minute * 7 % 5) as f64 / 10.0;
            let prices = [open, open + 0.3, open - 0.2, open + 0.1];
            (Timestamp(minute * MINUTE), prices, 50.0)
        };
        let stored: Vec<Bar> = (0..30).map(bar).collect();
        let minutes = BarInterval::minutes(1);
        let sum = |from: usize, to: usize| {
            let bars = &stored[from..to];
            let high = bars.iter().map(|bar| bar.1[1]).max_by(f64::total_cmp);
            let low = bars.iter().map(|bar| bar.1[2]).min_by(f64::total_cmp);
            let volume = bars.iter().map(|bar| bar.2).sum::<f64>();
            let (first, last) = (bars[0].1, bars[bars.len() - 1].1);
            ([first[0], high.unwrap(), low.unwrap(), last[3]], volume)
        };
        let told = |at: usize, bar| is_sum(&stored, at, bar, minutes, 0.01);
        assert!(told(10, sum(10, 15)) && told(0, sum(0, 15)));
        // of the day that ends there, and of all of it that is stored
        assert!(told(29, sum(0, 30)));
        // without volumes the prices tell
        let quoted: Vec<Bar> = stored.iter().map(|bar| (bar.0, bar.1, 0.0)).collect();
        assert!(is_sum(&quoted, 10, (sum(10, 15).0, 0.0), minutes, 0.01));
        // bars that no interval has, another close, the volume of one bar, the bar itself
        assert!(!told(10, sum(10, 17)));
        let ([open, high, low, close], volume) = sum(10, 15);
        assert!(!told(10, ([open, high, low, close - 0.05], volume)));
        assert!(!told(10, ([open, high, low, close], 50.0)));
        assert!(!told(10, ([open, high, low, close], 1.3 * 50.0)));
        assert!(!told(10, (stored[10].1, stored[10].2)));
        assert!(!is_sum(&stored, 10, sum(10, 15), BarInterval::Day, 0.01));
    }

    #[test]
    fn a_bar_that_is_corrected_by_a_tick_is_no_sum_though_prices_meet() {
        // a cheap share, whose prices are a few cents that come again and again
        let bar = |minute: i64| {
            let high = 10.01 + (minute % 2) as f64 / 100.0;
            let start = Timestamp(minute * MINUTE);
            (start, [10.0, high, 9.99, 10.0], 100.0)
        };
        let stored: Vec<Bar> = (0..60).map(bar).collect();
        let minutes = BarInterval::minutes(1);
        for at in 0..stored.len() {
            let (_, [open, high, low, close], volume) = stored[at];
            for volume in [volume, 1.3 * volume, 3.0 * volume, 5.0 * volume] {
                let corrected = [open, high + 0.01, low, close];
                assert!(!is_sum(&stored, at, (corrected, volume), minutes, 0.01));
            }
        }
        // the same of a coin whose ticks are coarser than its prices
        let small = |(start, prices, volume): &Bar| (*start, prices.map(|it| it / 1e3), *volume);
        let coin: Vec<Bar> = stored.iter().map(small).collect();
        let corrected = [0.01, 0.01003, 0.00999, 0.01];
        assert!(!is_sum(&coin, 0, (corrected, 130.0), minutes, 0.01));
    }
}
