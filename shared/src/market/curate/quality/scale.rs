//! What is usual: counts of moves by size, from which medians and limits are taken, and the largest moves.

use crate::base::time::Timestamp;

/// Moves are counted in steps of an eighth of a doubling: the sign and exponent of a float with its first three mantissa
/// bits. Medians and limits are exact to such a step, whatever the order or number of parts.
const STEP_BITS: u32 = 52 - 3;
/// The smallest move told apart, 2⁻⁴⁰.
const FIRST_STEP: u64 = (1_023 - 40) << 3;
/// Up to 2²⁴.
const STEPS: usize = 64 << 3;

/// Counts of moves above 0 by size.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    counts: Vec<u32>,
    total: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            counts: vec![0; STEPS],
            total: 0,
        }
    }
}

impl Sizes {
    pub(super) fn add(&mut self, size: f64) {
        if let Some(count) = self.counts.get_mut(step(size)) {
            *count = count.saturating_add(1);
            self.total += 1;
        }
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.total += other.total;
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The median, to the middle of its step.
    pub(super) fn median(&self) -> Option<f64> {
        let mut below = 0;
        let half = self.total.div_ceil(2);
        let reaches = |count: &u32| {
            below += u64::from(*count);
            below >= half
        };
        let at = self.counts.iter().position(reaches)?;
        (self.total > 0).then(|| (lower_edge(at) + lower_edge(at + 1)) / 2.0)
    }

    /// How many are at or above a limit that is the edge of a step.
    pub(super) fn beyond(&self, limit: f64) -> u64 {
        let above = self.counts.iter().skip(step(limit));
        above.map(|&count| u64::from(count)).sum()
    }
}

fn step(size: f64) -> usize {
    let step = (size.to_bits() >> STEP_BITS).saturating_sub(FIRST_STEP);
    (step as usize).min(STEPS - 1)
}

fn lower_edge(step: usize) -> f64 {
    f64::from_bits((FIRST_STEP + step as u64) << STEP_BITS)
}

/// The first edge of a step that is not below a size, so that counts and comparisons agree.
pub(super) fn edge_above(size: f64) -> f64 {
    let edge = lower_edge(step(size));
    if edge >= size {
        edge
    } else {
        lower_edge(step(size) + 1)
    }
}

/// A large move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Move {
    pub(super) at: Timestamp,
    /// Its size, above 0.
    pub(super) size: f64,
    /// The price before, or the close that bears it least out.
    pub(super) reference: f64,
    /// The price in question.
    pub(super) price: f64,
    /// Whether a night, or a longer break, lies in it.
    pub(super) over_break: bool,
}

/// The largest moves, each time once, in no order.
#[derive(Debug, Clone)]
pub(super) struct Largest {
    moves: Vec<Move>,
    room: usize,
    /// Moves below this would be dropped at once.
    floor: f64,
}

impl Largest {
    pub(super) fn new(room: usize) -> Self {
        Self {
            moves: Vec::new(),
            room: room.max(1),
            floor: 0.0,
        }
    }

    pub(super) fn push(&mut self, found: Move) {
        if found.size < self.floor {
            return;
        }
        self.moves.push(found);
        if self.moves.len() >= 2 * self.room {
            self.moves
                .sort_by(|one, other| other.size.total_cmp(&one.size).then(one.at.cmp(&other.at)));
            self.moves.truncate(self.room);
            self.floor = self.moves.last().map_or(0.0, |last| last.size);
        }
    }

    pub(super) fn moves(&self) -> &[Move] {
        &self.moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_comparisons_agree_and_medians_are_near() {
        let mut sizes = Sizes::default();
        let values: Vec<f64> = (1..=1_001).map(|value| f64::from(value) * 1e-5).collect();
        values.iter().for_each(|&value| sizes.add(value));
        let median = sizes.median().unwrap();
        assert!((median / 0.00501 - 1.0).abs() < 0.07, "{median}");
        for limit in [1e-12, 0.0003, 0.005, 0.0099, 2.0] {
            let edge = edge_above(limit);
            assert!(edge >= limit && edge < limit * 1.13, "{limit}: {edge}");
            let beyond = values.iter().filter(|&&value| value >= edge).count();
            assert_eq!(sizes.beyond(edge), beyond as u64);
        }
        assert_eq!(Sizes::default().median(), None);
        let mut twice = sizes.clone();
        twice.absorb(&sizes);
        assert_eq!((twice.median(), twice.total()), (Some(median), 2_002));
    }

    #[test]
    fn the_largest_are_kept() {
        let mut largest = Largest::new(3);
        for value in [5, 1, 9, 2, 8, 3, 7, 4, 6] {
            largest.push(Move {
                at: Timestamp(value),
                size: value as f64,
                reference: 1.0,
                price: 1.0,
                over_break: false,
            });
        }
        let mut kept: Vec<i64> = largest.moves().iter().map(|kept| kept.at.0).collect();
        kept.sort_unstable();
        assert!(kept.ends_with(&[7, 8, 9]), "{kept:?}");
    }
}
