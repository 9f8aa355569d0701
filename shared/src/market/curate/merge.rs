//! Merging bars that overlap: the last received counts, and what changed is said.

use core::cmp::Ordering;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Curated;
use crate::base::digits::brief;
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::bars::{BadSeries, BarColumns, BarSeries};

/// What a merge did to the stored bars. Reports of parts add up by [`MergeReport::absorb`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MergeReport {
    /// Bars that were not there before.
    pub added: u64,
    /// Bars received again, the same in every column.
    pub unchanged: u64,
    /// Bars received again with other values, which now count.
    pub changed: u64,
    /// Stored bars that were not received again.
    pub kept: u64,
    /// The first changes by time, at most [`MergeReport::EXAMPLES`].
    pub examples: Vec<BarChange>,
    /// Bars that came on another basis than those stored and were brought to theirs, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub converted: Vec<Conversion>,
    /// Where stored and received bars meet, no common bar says that they fit, and prices jump there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seams: Vec<Seam>,
    /// Stored daily bars that are gone because a later one is of the same session: sets of former versions may have two.
    #[serde(default, skip_serializing_if = "is_none")]
    pub folded: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A jump of prices where stored and received bars meet: nothing tells whether both are on one basis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seam {
    /// The last bar before it.
    pub last: Timestamp,
    /// The first bar after it.
    pub next: Timestamp,
    /// The median close before it, adjusted for the known actions.
    pub before: f64,
    /// The median close after it, adjusted likewise.
    pub after: f64,
}

impl Seam {
    /// Smaller changes, as a part of the price before, are the market's.
    pub const LEAST: f64 = 0.25;
}

impl fmt::Display for Seam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            last,
            next,
            before,
            after,
        } = self;
        let factor = Times(after / before);
        write!(
            f,
            "stored and received bars meet between {last} and {next}, and prices are {factor} there (median close {} before, {} after)",
            brief(*before),
            brief(*after)
        )
    }
}

/// A stretch of bars that came adjusted for corporate actions and were brought to the basis of those stored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// The first day after the stretch, which is the first day of the next action.
    pub before: Day,
    /// What their prices were multiplied by.
    pub prices: f64,
    /// What their volumes were multiplied by.
    pub volumes: f64,
    /// How many bars received lie in it.
    pub bars: u64,
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, bars, .. } = self;
        let s = if *bars == 1 { "" } else { "s" };
        write!(
            f,
            "{bars} bar{s} before {before}: prices {}",
            Times(self.prices)
        )?;
        match self.volumes {
            1.0 => Ok(()),
            volumes => write!(f, ", volumes {}", Times(volumes)),
        }
    }
}

/// A factor in words, to six decimals.
struct Times(f64);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, value) = match self.0 {
            factor if factor < 1.0 => ("divided", 1.0 / factor),
            factor => ("multiplied", factor),
        };
        let digits = format!("{value:.6}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{word} by {digits}")
    }
}

/// A bar that was received again with other values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BarChange {
    /// The bar's start.
    pub start: Timestamp,
    /// What was stored: open, high, low, close, volume.
    pub stored: [f64; 5],
    /// What counts now.
    pub received: [f64; 5],
}

impl MergeReport {
    /// So many changes are listed.
    pub const EXAMPLES: usize = 20;

    /// Adds the report of another part, later in time.
    pub fn absorb(&mut self, other: &Self) {
        self.added += other.added;
        self.unchanged += other.unchanged;
        self.changed += other.changed;
        self.kept += other.kept;
        self.folded += other.folded;
        let room = Self::EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.iter().take(room));
        self.seams.extend_from_slice(&other.seams);
        for more in &other.converted {
            match self
                .converted
                .iter_mut()
                .find(|it| it.before == more.before)
            {
                Some(known) => known.bars += more.bars,
                None => self.converted.push(*more),
            }
        }
    }
}

/// Why bars cannot be merged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MergeError {
    /// The bars have different intervals.
    #[error(
        "{received} bars cannot be merged into {stored} bars: store them as a data set of their own"
    )]
    Interval {
        /// The interval of the stored bars.
        stored: BarInterval,
        /// The interval of the bars received.
        received: BarInterval,
    },
    /// One has spreads, the other has none: a spread of 0 would read as free trading.
    #[error(
        "the {} have a spread for each bar and the {} have none: they are not merged, since a bar without a spread would read as traded for free; store them as a data set of their own, or use --replace",
        if *.stored { "stored bars" } else { "bars received" },
        if *.stored { "bars received" } else { "stored bars" }
    )]
    Spread {
        /// Whether the stored bars are those with spreads.
        stored: bool,
    },
    /// Too many bars received begin within stored ones.
    #[error(
        "{overlapping} of the {received} bars received overlap stored ones without taking their place (first {first}): they are cut in another way, as by the clock rather than by sessions; import them under another symbol, or replace what is stored"
    )]
    Overlap {
        /// How many.
        overlapping: u64,
        /// Of how many.
        received: u64,
        /// The first, in words.
        first: String,
    },
    /// The result is no series.
    #[error(transparent)]
    Series(#[from] BadSeries),
}

/// One bar with its spread.
type Row = (Timestamp, [f64; 4], f64, Option<f64>);

/// Merges bars received into stored ones, by time: of two bars with one start, the received one counts.
///
/// Synthetic bars of either side are dropped, since what they repeat may have changed: fill again. Of actions on one day, the
/// received one counts.
///
/// # Errors
/// [`MergeError`] where the intervals differ, or where only one side has spreads and both have bars.
pub fn merge(stored: &Curated, received: &Curated) -> Result<(Curated, MergeReport), MergeError> {
    if stored.interval() != received.interval() {
        return Err(MergeError::Interval {
            stored: stored.interval(),
            received: received.interval(),
        });
    }
    let any = |bars: &Curated| bars.real_rows().next().is_some();
    if stored.spread().is_some() != received.spread().is_some() && any(stored) && any(received) {
        return Err(MergeError::Spread {
            stored: stored.spread().is_some(),
        });
    }
    let mut report = MergeReport::default();
    let mut columns = BarColumns::with_capacity(stored.bars().len() + received.bars().len());
    let mut spread = Vec::new();
    let quoted = stored.spread().is_some() || received.spread().is_some();
    let mut take = |(start, prices, volume, spread_then): Row| {
        columns.push(start, prices, volume);
        if quoted {
            spread.push(spread_then.unwrap_or(0.0));
        }
    };
    let mut old = stored.real_rows().peekable();
    let mut new = received.real_rows().peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(one), Some(other)) => one.0.cmp(&other.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let before = if order.is_le() { old.next() } else { None };
        let after = if order.is_ge() { new.next() } else { None };
        match (&before, &after) {
            (Some(before), Some(after)) => report.compare(before, after),
            (Some(_), None) => report.kept += 1,
            _ => report.added += 1,
        }
        if let Some(row) = after.or(before) {
            take(row);
        }
    }
    let series = BarSeries::new(stored.interval(), columns)?;
    let synthetic = vec![false; series.len()];
    let actions = stored.actions().joined(received.actions());
    let merged = Curated::of_parts(series, synthetic, quoted.then_some(spread), actions);
    Ok((merged, report))
}

impl MergeReport {
    fn compare(&mut self, stored: &Row, received: &Row) {
        let values =
            |&(_, [open, high, low, close], volume, _): &Row| [open, high, low, close, volume];
        let bits = |row: &Row| values(row).map(|value| (value + 0.0).to_bits());
        let spread = |row: &Row| row.3.unwrap_or(0.0).to_bits();
        if bits(stored) == bits(received) && spread(stored) == spread(received) {
            self.unchanged += 1;
            return;
        }
        self.changed += 1;
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(BarChange {
                start: stored.0,
                stored: values(stored),
                received: values(received),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seam_says_where_prices_jump_and_how_far() {
        let seam = Seam {
            last: "2020-05-29".parse::<Day>().unwrap().midnight_utc(),
            next: "2020-07-01".parse::<Day>().unwrap().midnight_utc(),
            before: 400.0,
            after: 100.0,
        };
        let said = seam.to_string();
        assert!(
            said.contains("2020-05-29T00:00:00Z and 2020-07-01T00:00:00Z"),
            "{said}"
        );
        assert!(said.contains("prices are divided by 4 there"), "{said}");
    }

    #[test]
    fn conversions_of_parts_add_up_and_say_what_was_done() {
        let of = |before: &str, prices, volumes, bars| MergeReport {
            converted: vec![Conversion {
                before: before.parse().unwrap(),
                prices,
                volumes,
                bars,
            }],
            ..MergeReport::default()
        };
        let mut report = of("2014-06-09", 7.0, 1.0 / 7.0, 100);
        report.absorb(&of("2014-06-09", 7.0, 1.0 / 7.0, 20));
        report.absorb(&of("2014-08-07", 1.0 / 1.05, 1.0, 1));
        let said: Vec<String> = report.converted.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "120 bars before 2014-06-09: prices multiplied by 7, volumes divided by 7",
                "1 bar before 2014-08-07: prices divided by 1.05",
            ]
        );
    }
}
