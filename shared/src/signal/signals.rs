//! Signals made elsewhere: at the close of a bar, be long, be short or be flat.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::Timestamp;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To hold a long position.
    Long = 0,
    /// To hold a short position.
    Short = 1,
    /// To hold none.
    Flat = 2,
}

impl Direction {
    /// The name in files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
            Self::Flat => "flat",
        }
    }
}

/// A signal, known at the close of its bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What it asks for.
    pub direction: Direction,
    /// The quantity in units; `None` leaves it to the sizing. A flat signal has none.
    pub size: Option<f64>,
    /// The price of the target (take profit). A flat signal has none.
    pub target: Option<f64>,
    /// The price of the stop (stop loss). A flat signal has none.
    pub stop: Option<f64>,
}

/// Why a signal is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadSignal {
    /// A number is zero, negative or not finite.
    #[error("{field} is {value}, but must be a number above 0; leave it out for none")]
    NotPositive {
        /// Which number.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// Target and stop stand on the wrong sides of each other.
    #[error(
        "a {} signal has its target at {target} and its stop at {stop}: the target of a long is above its stop, that of a short below",
        direction.name()
    )]
    Levels {
        /// Long or short.
        direction: Direction,
        /// The target.
        target: f64,
        /// The stop.
        stop: f64,
    },
    /// A flat signal has more than its direction.
    #[error(
        "a flat signal has a {field} of {value}, but it closes the whole position: leave size, target and stop out"
    )]
    FlatHas {
        /// Which number.
        field: &'static str,
        /// Its value.
        value: f64,
    },
}

impl Signal {
    /// The numbers with their names.
    fn numbers(&self) -> [(&'static str, Option<f64>); 3] {
        [
            ("size", self.size),
            ("target", self.target),
            ("stop", self.stop),
        ]
    }

    /// Checks the signal by itself.
    ///
    /// # Errors
    /// [`BadSignal`] with the offending values.
    pub fn validate(&self) -> Result<(), BadSignal> {
        for (field, value) in self.numbers() {
            match value {
                Some(value) if !value.is_finite() || value <= 0.0 => {
                    return Err(BadSignal::NotPositive { field, value });
                }
                Some(value) if self.direction == Direction::Flat => {
                    return Err(BadSignal::FlatHas { field, value });
                }
                _ => {}
            }
        }
        let (Some(target), Some(stop)) = (self.target, self.stop) else {
            return Ok(());
        };
        let right = match self.direction {
            Direction::Long => stop < target,
            Direction::Short => target < stop,
            Direction::Flat => true,
        };
        if right {
            Ok(())
        } else {
            Err(BadSignal::Levels {
                direction: self.direction,
                target,
                stop,
            })
        }
    }

    /// Feeds every field.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.code(self.direction as u8);
        for (_, value) in self.numbers() {
            hasher.code(u8::from(value.is_some()));
            if let Some(value) = value {
                hasher.f64(value);
            }
        }
    }
}

/// One row of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalRow {
    /// The start of the deciding bar.
    pub for_bar: Timestamp,
    /// The signal at its close.
    pub signal: Signal,
}

/// Why a series of signals is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadSignals {
    /// A signal makes no sense.
    #[error("the signal for {for_bar}: {reason}")]
    Signal {
        /// The deciding bar.
        for_bar: Timestamp,
        /// What is wrong.
        reason: BadSignal,
    },
    /// Rows do not strictly increase in time.
    #[error(
        "the signal for {0} does not come after the one before it: rows must be sorted and each bar may have one"
    )]
    Order(Timestamp),
}

/// Signals for the bars of one series, sorted by deciding bar, one a bar at most.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalSeries {
    rows: Vec<SignalRow>,
}

impl SignalSeries {
    /// Checks the rows and makes a series of them.
    ///
    /// # Errors
    /// [`BadSignals`] naming the first row that is wrong.
    pub fn new(rows: Vec<SignalRow>) -> Result<Self, BadSignals> {
        for &SignalRow { for_bar, signal } in &rows {
            let valid = signal.validate();
            valid.map_err(|reason| BadSignals::Signal { for_bar, reason })?;
        }
        let unsorted = rows
            .iter()
            .zip(rows.iter().skip(1))
            .find(|(row, next)| next.for_bar <= row.for_bar);
        match unsorted {
            Some((_, next)) => Err(BadSignals::Order(next.for_bar)),
            None => Ok(Self { rows }),
        }
    }

    /// The rows, sorted by deciding bar.
    pub fn rows(&self) -> &[SignalRow] {
        &self.rows
    }

    /// The content hash.
    ///
    /// # Errors
    /// [`NotFinite`] never occurs for a series that was constructed.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/signals/1");
        hasher.i64_column(self.rows.iter().map(|row| row.for_bar.0));
        self.rows
            .iter()
            .for_each(|row| row.signal.feed(&mut hasher));
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Signal = Signal {
        direction: Direction::Long,
        size: Some(10.0),
        target: Some(104.0),
        stop: Some(98.0),
    };
    const SHORT: Signal = Signal {
        direction: Direction::Short,
        size: None,
        target: Some(98.0),
        stop: Some(104.0),
    };
    const FLAT: Signal = Signal {
        direction: Direction::Flat,
        size: None,
        target: None,
        stop: None,
    };

    #[test]
    fn levels_stand_on_their_sides_and_numbers_above_zero() {
        for right in [LONG, SHORT, FLAT, Signal { stop: None, ..LONG }] {
            assert_eq!(right.validate(), Ok(()));
        }
        for (wrong, words) in [
            (
                Signal {
                    size: Some(0.0),
                    ..LONG
                },
                "size is 0",
            ),
            (
                Signal {
                    target: Some(f64::NAN),
                    ..LONG
                },
                "target is NaN",
            ),
            (
                Signal {
                    stop: Some(-1.0),
                    ..SHORT
                },
                "stop is -1",
            ),
            (
                Signal {
                    target: Some(98.0),
                    ..LONG
                },
                "a long signal has its target at 98",
            ),
            (
                Signal {
                    target: Some(105.0),
                    ..SHORT
                },
                "a short signal has its target at 105",
            ),
            (
                Signal {
                    size: Some(1.0),
                    ..FLAT
                },
                "a flat signal has a size of 1",
            ),
        ] {
            let refused = wrong.validate().unwrap_err().to_string();
            assert!(refused.starts_with(words), "{refused}");
        }
    }

    #[test]
    fn rows_are_sorted_and_each_field_changes_the_digest() {
        let row = |seconds, signal| SignalRow {
            for_bar: Timestamp::from_seconds(seconds),
            signal,
        };
        let twice = SignalSeries::new(vec![row(60, LONG), row(60, FLAT)]);
        assert_eq!(twice, Err(BadSignals::Order(Timestamp::from_seconds(60))));
        let wrong = SignalSeries::new(vec![row(
            60,
            Signal {
                size: Some(-1.0),
                ..LONG
            },
        )]);
        assert!(
            wrong
                .unwrap_err()
                .to_string()
                .contains("00:01:00Z: size is -1")
        );
        let mut digests: Vec<Digest> = [
            vec![],
            vec![row(60, LONG)],
            vec![row(120, LONG)],
            vec![row(60, Signal { size: None, ..LONG })],
            vec![row(
                60,
                Signal {
                    target: Some(105.0),
                    ..LONG
                },
            )],
            vec![row(
                60,
                Signal {
                    stop: Some(97.0),
                    ..LONG
                },
            )],
            vec![row(
                60,
                Signal {
                    target: None,
                    ..LONG
                },
            )],
            vec![row(60, SHORT)],
            vec![row(60, FLAT)],
            vec![row(60, LONG), row(120, FLAT)],
        ]
        .into_iter()
        .map(|rows| SignalSeries::new(rows).unwrap().digest().unwrap())
        .collect();
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }
}
