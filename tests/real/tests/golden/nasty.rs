//! Series that are hard on an implementation, made of whole numbers so that any language makes the same bits: the same
//! rules as `tests/reference/nasty.py`, whose hashes the golden file holds.

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::signal::indicators::SessionBar;

/// Bars to a session.
const SESSION: i32 = 50;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// Open, high, low and close move.
    Walk,
    /// All four are the close.
    Point,
    /// Twice the price at every other bar.
    Alternating,
    /// A billion times the price for 37 bars, then back for as many.
    Jumps,
    /// Three bars of four do nothing.
    Still,
    /// A walk of 100 bars, then nothing.
    Dies,
}

/// Name, bars, unit, level and largest step in ticks of that unit, shape and lot of each series.
const ALL: [(&str, i32, f64, i64, i64, Shape, f64); 11] = [
    ("walk", 200, 0.01, 10_000, 40, Shape::Walk, 100.0),
    ("constant", 200, 0.01, 10_010, 0, Shape::Walk, 100.0),
    ("zero range", 200, 0.01, 5_000, 25, Shape::Point, 100.0),
    ("tiny prices", 200, 1e-13, 10_000, 40, Shape::Walk, 1e-3),
    ("huge prices", 200, 1e5, 10_000, 40, Shape::Walk, 1e6),
    (
        "small moves at a high level",
        200,
        0.01,
        100_000_000_000,
        30,
        Shape::Walk,
        100.0,
    ),
    (
        "alternating",
        200,
        0.01,
        10_000,
        0,
        Shape::Alternating,
        100.0,
    ),
    ("jumps", 200, 0.01, 10_000, 40, Shape::Jumps, 100.0),
    ("no volume", 200, 0.01, 10_000, 40, Shape::Walk, 0.0),
    ("mostly still", 400, 0.01, 1_000, 2, Shape::Still, 100.0),
    ("dies down", 700, 0.01, 10_000, 40, Shape::Dies, 100.0),
];

/// Every series by its name.
pub(super) fn all() -> Vec<(&'static str, Vec<SessionBar>)> {
    ALL.iter()
        .map(|&(name, count, unit, level, step, shape, lot)| {
            (name, rows(count, unit, level, step, shape, lot))
        })
        .collect()
}

fn rows(count: i32, unit: f64, level: i64, step: i64, shape: Shape, lot: f64) -> Vec<SessionBar> {
    let mut state = 1u64;
    let mut draw = move |below: i64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % below
    };
    let mut ticks = level;
    let mut row = |index: i32| {
        let mut bar = [
            draw(2 * step + 1) - step,
            draw(step + 1),
            draw(step + 1),
            draw(1_000),
        ];
        let mut point = shape == Shape::Point;
        if shape == Shape::Dies && index >= 100 {
            point = true;
            bar = [0, 0, 0, bar[3]];
        }
        if shape == Shape::Still && bar[3] % 4 != 0 {
            bar = [0; 4];
        }
        if shape == Shape::Alternating {
            bar[0] = if index % 2 == 0 { level } else { -level };
        }
        let [step, above, below, lots] = bar;
        let mut open = ticks;
        ticks = (ticks + step).max(1);
        let mut high = open.max(ticks) + above;
        let mut low = (open.min(ticks) - below).max(1);
        if point {
            (open, high, low) = (ticks, ticks, ticks);
        }
        let jumped = shape == Shape::Jumps && index / 37 % 2 == 1;
        let factor = if jumped { 1_000_000_000 } else { 1 };
        let price = |ticks: i64| (ticks * factor) as f64 * unit;
        SessionBar {
            start: Timestamp::from_seconds(60 * i64::from(index)),
            session: Day(index / SESSION),
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(ticks),
            volume: lots as f64 * lot,
        }
    };
    (0..count).map(&mut row).collect()
}
