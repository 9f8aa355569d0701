//! How volatility and volume vary over a session.

use crate::base::math;

/// The course of a trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A share's: busiest after the open, quiet at midday, a rush into the close.
    Share,
    /// A currency pair's from 17:00 New York time: Asia is quiet, London livelier, the hours of London and New York the liveliest.
    Forex,
    /// A coin's from 00:00 UTC: never asleep, busiest in the American day, weaker at weekends.
    Crypto,
}

/// What multiplies volatility and volume in each minute of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Course {
    /// Mean square 1.
    pub(super) volatility: Vec<f64>,
    /// Mean 1.
    pub(super) volume: Vec<f64>,
}

/// Volatility by hour from 17:00 New York time.
const FOREX: [f64; 24] = [
    0.45, 0.50, 0.65, 0.80, 0.75, 0.70, 0.65, 0.65, 0.80, 1.15, 1.35, 1.25, 1.10, 1.00, 1.10, 1.55,
    1.70, 1.65, 1.35, 1.00, 0.80, 0.65, 0.50, 0.40,
];
/// Volatility by hour from 00:00 UTC.
const CRYPTO: [f64; 24] = [
    1.05, 1.00, 0.95, 0.90, 0.85, 0.80, 0.80, 0.85, 0.95, 0.95, 0.90, 0.90, 1.00, 1.20, 1.40, 1.40,
    1.30, 1.20, 1.10, 1.05, 1.05, 1.00, 0.95, 0.95,
];

impl Profile {
    /// The course of a session of so many minutes.
    pub(super) fn course(self, minutes: i64) -> Course {
        let each = |value: fn(Self, f64, f64) -> f64| -> Vec<f64> {
            let all = minutes as f64;
            (0..minutes)
                .map(|minute| value(self, minute as f64 + 0.5, all))
                .collect()
        };
        let mut course = Course {
            volatility: each(Self::volatility),
            volume: each(Self::volume),
        };
        let squares: Vec<f64> = course
            .volatility
            .iter()
            .map(|value| value * value)
            .collect();
        scale(&mut course.volatility, math::sqrt(mean(&squares)));
        let level = mean(&course.volume);
        scale(&mut course.volume, level);
        course
    }

    /// Volatility at a minute of so many, in no unit.
    fn volatility(self, minute: f64, minutes: f64) -> f64 {
        match self {
            Self::Share => {
                let side = 2.0 * minute / minutes - 1.0;
                0.8 + 1.3 * math::exp(-minute / 18.0)
                    + 0.35 * math::exp((minute - minutes) / 20.0)
                    + 0.35 * side * side
            }
            Self::Forex => by_hour(&FOREX, minute),
            Self::Crypto => by_hour(&CRYPTO, minute),
        }
    }

    /// Volume at a minute of so many, in no unit.
    fn volume(self, minute: f64, minutes: f64) -> f64 {
        match self {
            Self::Share => {
                let side = 2.0 * minute / minutes - 1.0;
                let closing = if minutes - minute < 1.0 { 3.0 } else { 1.0 };
                let rush =
                    2.0 * math::exp(-minute / 25.0) + 2.2 * math::exp((minute - minutes) / 12.0);
                (0.6 + rush + 0.5 * side * side) * closing
            }
            Self::Forex | Self::Crypto => {
                let volatility = self.volatility(minute, minutes);
                volatility * math::sqrt(volatility)
            }
        }
    }

    /// What multiplies a day's volatility and volume: weekends are weaker where there is trading at all.
    pub(super) fn of_day(self, weekend: bool) -> (f64, f64) {
        match self {
            Self::Crypto if weekend => (0.75, 0.6),
            _ => (1.0, 1.0),
        }
    }
}

/// A table's value, sliding from the middle of an hour to the middle of the next.
fn by_hour(table: &[f64; 24], minute: f64) -> f64 {
    let at = minute / 60.0 + 23.5;
    let hour = at.floor();
    let value = |hour: f64| table.get(hour as usize % 24).copied().unwrap_or(1.0);
    value(hour) + (value(hour + 1.0) - value(hour)) * (at - hour)
}

fn mean(values: &[f64]) -> f64 {
    math::mean(values).unwrap_or(1.0)
}

fn scale(values: &mut [f64], by: f64) {
    for value in values {
        *value /= by;
    }
}
