//! Candles at every power of two of bars, so that a chart of any length costs what its width costs.

use super::view::View;
use crate::market::bars::BarSeries;

/// Open, high, low and close of one bar or of several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candle {
    /// The first open.
    pub open: f64,
    /// The highest high.
    pub high: f64,
    /// The lowest low.
    pub low: f64,
    /// The last close.
    pub close: f64,
}

impl Candle {
    /// Both as one: `self` comes first.
    fn followed_by(&self, next: &Self) -> Self {
        Self {
            open: self.open,
            high: if next.high > self.high {
                next.high
            } else {
                self.high
            },
            low: if next.low < self.low {
                next.low
            } else {
                self.low
            },
            close: next.close,
        }
    }

    /// Whether it closed at or above its open.
    pub fn is_up(&self) -> bool {
        self.close >= self.open
    }
}

/// A candle with the bars it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// The first bar.
    pub first: usize,
    /// How many bars.
    pub bars: usize,
    /// What they did.
    pub candle: Candle,
}

/// Level `k` holds one candle for every `2^k` bars. All levels together take twice the room of the bars.
#[derive(Debug, Clone)]
pub struct Pyramid {
    levels: Vec<Vec<Candle>>,
}

impl Pyramid {
    /// Aggregates a series.
    pub fn new(series: &BarSeries) -> Self {
        let mut level: Vec<Candle> = series
            .rows()
            .map(|(_, [open, high, low, close], _)| Candle {
                open,
                high,
                low,
                close,
            })
            .collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let next = level.chunks(2).filter_map(merge).collect();
            levels.push(core::mem::replace(&mut level, next));
        }
        levels.push(level);
        Self { levels }
    }

    /// How many bars there are.
    pub fn len(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The candle of one bar.
    pub fn bar(&self, index: usize) -> Option<Candle> {
        self.levels.first()?.get(index).copied()
    }

    /// All bars as one candle.
    pub fn whole(&self) -> Option<Candle> {
        self.levels.last()?.first().copied()
    }

    /// What is seen, as at most about `most` columns: of the finest level that does not exceed that.
    pub fn columns(&self, view: &View, most: usize) -> impl Iterator<Item = Column> + '_ {
        let mut step = 1;
        let mut level = 0;
        while view.span() / step as f64 > most.max(1) as f64 && level + 1 < self.levels.len() {
            step *= 2;
            level += 1;
        }
        let bars = view.bars();
        let (first, end) = (bars.start / step, bars.end.div_ceil(step));
        let whole = self.len();
        let candles = self.levels.get(level).map_or(&[][..], Vec::as_slice);
        let seen = candles.iter().enumerate().take(end).skip(first);
        seen.map(move |(index, &candle)| Column {
            first: index * step,
            bars: step.min(whole - index * step),
            candle,
        })
    }
}

fn merge(pair: &[Candle]) -> Option<Candle> {
    let (first, rest) = pair.split_first()?;
    Some(
        rest.iter()
            .fold(*first, |whole, next| whole.followed_by(next)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::bars::BarColumns;

    /// Bar `i` opens at 100 + i, closes a half above, spans ±1; bar 5 spikes.
    fn bars(count: i32) -> Pyramid {
        let mut columns = BarColumns::default();
        for i in 0..count {
            let open = 100.0 + f64::from(i);
            let high = if i == 5 { 500.0 } else { open + 1.0 };
            columns.push(
                Timestamp::from_seconds(i64::from(i) * 60),
                [open, high, open - 1.0, open + 0.5],
                1.0,
            );
        }
        Pyramid::new(&BarSeries::new(BarInterval::minutes(1), columns).unwrap())
    }

    #[test]
    fn columns_keep_every_extreme_and_never_exceed_the_width() {
        let pyramid = bars(1_001);
        for most in [1, 7, 100, 400, 2_000] {
            let view = View::all(1_001);
            let columns: Vec<Column> = pyramid.columns(&view, most).collect();
            assert!(
                columns.len() <= most.max(2) + 1,
                "{} of {most}",
                columns.len()
            );
            assert_eq!(
                columns.iter().map(|column| column.bars).sum::<usize>(),
                1_001
            );
            assert!(columns.iter().any(|column| column.candle.high > 499.0));
            let whole = pyramid.whole().unwrap();
            assert_eq!((whole.open, whole.low, whole.close), (100.0, 99.0, 1_100.5));
            assert_eq!(columns[0].candle.open.to_bits(), 100f64.to_bits());
            assert_eq!(
                columns.last().unwrap().candle.close.to_bits(),
                1_100.5f64.to_bits()
            );
        }
    }

    #[test]
    fn only_what_is_seen_is_returned() {
        let pyramid = bars(1_000);
        let view = View::all(1_000).zoomed(0.5, 0.02);
        let columns: Vec<Column> = pyramid.columns(&view, 500).collect();
        assert_eq!(
            (columns[0].first, columns[0].bars, columns.len()),
            (490, 1, 20)
        );
        let empty = bars(0);
        assert!(empty.is_empty());
        assert_eq!(empty.columns(&View::all(0), 100).count(), 0);
    }
}
