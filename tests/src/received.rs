//! Rows as careless sources give them: twice, out of order, with holes, at odd times, with prices that stand still or jump.
//!
//! Everything depends on a [`Source`] and on nothing else, natively and in WASM.

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::calendar::{Calendar, Session};
use atrium_shared::market::intake::Rows;

use crate::draws::Draws;

/// What may be odd about a source, as bits of [`Source::dirt`].
pub mod dirt {
    /// Bars are missing: single ones, runs, whole sessions.
    pub const GAPS: u32 = 1;
    /// Bars before the open, after the close, on days without a session, and closing prints.
    pub const EXTENDED: u32 = 1 << 1;
    /// Bars between two places.
    pub const OFF_GRID: u32 = 1 << 2;
    /// Rows that come again, some of them with other values.
    pub const AGAIN: u32 = 1 << 3;
    /// Rows out of order.
    pub const DISORDER: u32 = 1 << 4;
    /// Rows that are no bars.
    pub const INVALID: u32 = 1 << 5;
    /// Spreads.
    pub const QUOTES: u32 = 1 << 6;
    /// Splits and dividends.
    pub const ACTIONS: u32 = 1 << 7;
    /// Stretches without a move or a trade.
    pub const STILL: u32 = 1 << 8;
    /// Jumps and bad prints.
    pub const WILD: u32 = 1 << 9;
    /// Another calendar than that of shares.
    pub const CALENDAR: u32 = 1 << 10;
    /// Bars by the clock instead of from the open.
    pub const CLOCK: u32 = 1 << 11;
    /// Every kind.
    pub const ALL: u32 = (1 << 12) - 1;
}

/// What rows are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The seed of every draw.
    pub seed: u64,
    /// About how many bars there are.
    pub bars: u32,
    /// What may be odd: bits of [`dirt`].
    pub dirt: u32,
}

/// What came from a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The market's calendar.
    pub calendar: Calendar,
    /// The interval of the bars.
    pub interval: BarInterval,
    /// The rows in the order received.
    pub rows: Rows,
    /// The corporate actions of that time.
    pub actions: Actions,
}

/// One row.
type Row = (Timestamp, [f64; 4], f64, f64);

/// Stretches with changes of the clock, holidays, early closes and unforeseen closures.
const FROM: [&str; 8] = [
    "2024-03-06",
    "2024-07-01",
    "2024-10-30",
    "2024-11-26",
    "2024-12-22",
    "2025-01-06",
    "2012-10-25",
    "2014-06-03",
];

impl Source {
    const fn has(self, kind: u32) -> bool {
        self.dirt & kind != 0
    }

    /// The rows.
    ///
    /// # Panics
    /// If the calendars do not reach the days that are drawn, which they do.
    pub fn received(self) -> Received {
        let mut draws = Draws::new(self.seed, 0);
        let mut calendar = Calendar::Nyse;
        if self.has(dirt::CALENDAR) {
            calendar = draws.pick([Calendar::Forex, Calendar::Metals, Calendar::Crypto]);
        }
        let minutes = [1, 5, 7, 15, 30, 60, 90, 240].map(BarInterval::minutes);
        let interval = if draws.chance(0.15) {
            BarInterval::Day
        } else if draws.chance(0.05) {
            BarInterval::Seconds(30)
        } else {
            draws.pick(minutes)
        };
        let from: Day = draws.pick(FROM).parse().unwrap_or(Day(19_000));
        let mut bars = self.bars(calendar, interval, from);
        if self.has(dirt::GAPS) {
            self.leave_out(&mut bars);
        }
        let actions = self.actions(from);
        let mut rows = Rows::default();
        for (start, prices, volume, spread) in self.disturbed(bars) {
            rows.bars.push(start, prices, volume);
            if self.has(dirt::QUOTES) {
                rows.spread.push(spread);
            }
            rows.line.push(rows.line.len() as u64 + 2);
        }
        Received {
            calendar,
            interval,
            rows,
            actions,
        }
    }

    /// Bars in order of time.
    fn bars(self, calendar: Calendar, interval: BarInterval, from: Day) -> Vec<Row> {
        let mut draws = Draws::new(self.seed, 1);
        let mut walk = Walk::new(self);
        let stamp = draws.below(3);
        let mut bars: Vec<Row> = Vec::new();
        for number in 0..120 {
            if bars.len() >= self.bars as usize {
                break;
            }
            let day = Day(from.0 + number);
            let session = calendar.session(day).ok().flatten();
            let mut starts = Vec::new();
            if interval == BarInterval::Day {
                let of_session = |session: Session| match stamp {
                    0 => session.open,
                    1 => day.midnight_utc(),
                    _ => session.open.plus_seconds(1_800),
                };
                starts.extend(session.map(of_session));
                if session.is_none() && self.has(dirt::EXTENDED) && draws.chance(0.2) {
                    starts.push(day.midnight_utc());
                }
            } else {
                self.intraday(&mut draws, day, session, interval, &mut starts);
            }
            for start in starts {
                if bars.last().is_none_or(|(last, ..)| *last < start) {
                    bars.push(walk.bar(start));
                }
            }
        }
        // a stretch in the midst of a session is as good as whole ones
        bars.truncate(self.bars as usize);
        bars
    }

    fn intraday(
        self,
        draws: &mut Draws,
        day: Day,
        session: Option<Session>,
        interval: BarInterval,
        starts: &mut Vec<Timestamp>,
    ) {
        let length = i64::from(interval.seconds());
        let extended = self.has(dirt::EXTENDED);
        let Some(session) = session else {
            if extended && draws.chance(0.3) {
                let first = day.midnight_utc().plus_seconds(54_000);
                let count = draws.whole(1, 4);
                starts.extend((0..count).map(|step| first.plus_seconds(step * length)));
            }
            return;
        };
        let mut first = session.open;
        if self.has(dirt::CLOCK) {
            first = Timestamp(first.0.div_euclid(length * 1_000_000) * length * 1_000_000);
        }
        if extended && draws.chance(0.4) {
            let count = draws.whole(1, 5);
            starts.extend(
                (1..=count)
                    .rev()
                    .map(|step| first.plus_seconds(-step * length)),
            );
        }
        let mut start = first;
        while start < session.close {
            let aside = self.has(dirt::OFF_GRID) && draws.chance(0.02) && length > 1;
            starts.push(if aside {
                start.plus_seconds(draws.whole(1, length - 1))
            } else {
                start
            });
            start = start.plus_seconds(length);
        }
        if extended && draws.chance(0.5) {
            starts.push(session.close);
            let count = draws.whole(0, 5);
            starts.extend((1..=count).map(|step| session.close.plus_seconds(step * length)));
        }
    }

    fn leave_out(self, bars: &mut Vec<Row>) {
        let mut draws = Draws::new(self.seed, 2);
        let single = draws.pick([0.0, 0.01, 0.2]);
        let run = draws.pick([0.0, 0.002, 0.02]);
        let longest = draws.pick([3, 40, 500]);
        let mut left = 0;
        bars.retain(|_| {
            if left == 0 && draws.chance(run) {
                left = draws.whole(1, longest);
            }
            left = if left > 0 { left - 1 } else { 0 };
            left == 0 && !draws.chance(single)
        });
    }

    fn actions(self, from: Day) -> Actions {
        let mut draws = Draws::new(self.seed, 3);
        let mut actions = Vec::new();
        if self.has(dirt::ACTIONS) {
            for number in 0..draws.whole(1, 4) as i32 {
                let first_day = Day(from.0 + 3 * number + draws.whole(0, 2) as i32);
                let kind = if draws.chance(0.5) {
                    let ratio = draws.pick([7.0, 2.0, 1.5, 0.1, 20.0]);
                    ActionKind::Split { ratio }
                } else {
                    let factor = draws.between(0.9, 0.999);
                    ActionKind::Dividend { factor }
                };
                actions.push(CorporateAction { first_day, kind });
            }
        }
        // their days differ
        Actions::new(actions).unwrap_or_default()
    }

    /// The same rows with some again, in another order, and with rows that are no bars.
    fn disturbed(self, bars: Vec<Row>) -> Vec<Row> {
        let mut draws = Draws::new(self.seed, 4);
        let mut rows = bars;
        if self.has(dirt::AGAIN) {
            let share = draws.pick([0.01, 0.2]);
            let again: Vec<Row> = rows
                .iter()
                .filter(|_| draws.chance(share))
                .copied()
                .collect();
            for mut row in again {
                if draws.chance(0.3) {
                    let [_, high, low, close] = &mut row.1;
                    *close = draws.pick([*high, *low]);
                    row.2 += draws.pick([0.0, 1.0]);
                }
                row.3 += draws.pick([0.0, 0.0, 0.01]);
                let place = draws.below(rows.len() as u64 + 1) as usize;
                rows.insert(place, row);
            }
        }
        if self.has(dirt::DISORDER) {
            let block = draws.whole(1, 50) as usize;
            let mut blocks: Vec<Vec<Row>> = rows.chunks(block).map(<[Row]>::to_vec).collect();
            for _ in 0..draws.whole(1, 6) {
                let (one, other) = (
                    draws.below(blocks.len() as u64),
                    draws.below(blocks.len() as u64),
                );
                if !blocks.is_empty() {
                    blocks.swap(one as usize, other as usize);
                }
            }
            rows = blocks.concat();
        }
        if self.has(dirt::INVALID) {
            for row in &mut rows {
                if draws.chance(0.02) {
                    spoil(&mut draws, row, self.has(dirt::QUOTES));
                }
            }
        }
        rows
    }
}

/// Makes a row one that is no bar.
fn spoil(draws: &mut Draws, (start, prices, volume, spread): &mut Row, quoted: bool) {
    let [open, high, low, close] = prices;
    match draws.below(if quoted { 9 } else { 8 }) {
        0 => *open = f64::NAN,
        1 => *high = *low - 0.01,
        2 => *low = 0.0,
        3 => *close = -*close,
        4 => *volume = -1.0,
        5 => *volume = f64::INFINITY,
        6 => *start = Timestamp(i64::MAX),
        7 => *close = *high + 1.0,
        _ => *spread = draws.pick([-0.01, f64::NAN]),
    }
}

/// Prices in cents.
struct Walk {
    source: Source,
    draws: Draws,
    cents: i64,
    /// Bars for which nothing moves.
    still: i64,
}

impl Walk {
    fn new(source: Source) -> Self {
        let mut draws = Draws::new(source.seed, 5);
        let cents = draws.whole(50, 50_000);
        Self {
            source,
            draws,
            cents,
            still: 0,
        }
    }

    fn bar(&mut self, start: Timestamp) -> Row {
        let Self { source, draws, .. } = self;
        if self.still == 0 && source.has(dirt::STILL) && draws.chance(0.02) {
            self.still = draws.whole(2, 90);
        }
        let spread = draws.whole(0, 3) as f64 / 100.0;
        let price = |cents: i64| cents.max(1) as f64 / 100.0;
        if self.still > 0 {
            self.still -= 1;
            let volume = draws.pick([0.0, 0.0, 5.0]);
            return (start, [price(self.cents); 4], volume, spread);
        }
        let wild = source.has(dirt::WILD) && draws.chance(0.01);
        if wild && draws.chance(0.5) {
            self.cents = (self.cents as f64 * draws.pick([0.5, 2.0, 1.3, 1.0 / 7.0])) as i64;
        }
        let reach = (self.cents / 500).max(2);
        let open = self.cents.max(1);
        let close = (open + draws.whole(-reach, reach)).max(1);
        let mut high = open.max(close) + draws.whole(0, reach);
        let low = (open.min(close) - draws.whole(0, reach)).max(1);
        if wild && draws.chance(0.5) {
            high *= draws.whole(2, 9);
        }
        self.cents = (close + draws.whole(-2, 2)).max(1);
        let volume = draws.whole(0, 5_000) as f64;
        (start, [open, high, low, close].map(price), volume, spread)
    }
}
