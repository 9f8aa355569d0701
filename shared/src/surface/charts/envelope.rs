//! The extremes of a long line, so that drawing it costs what its width costs.

use core::ops::Range;

/// Values that the finest level puts into one node: fewer would take more room than they save time.
const FINEST: usize = 16;
/// Beyond so many nodes the extremes of a stretch are read from a coarser level.
const MOST_NODES: usize = 2_048;

/// The first, lowest, highest and last value of a stretch, in this order; NaN where it holds no value.
pub(super) type Node = [f64; 4];

/// Extremes of every 16, 32, 64, … values of a line. NaN stands where a line has no value and is passed over.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    levels: Vec<Vec<Node>>,
}

/// A line of one value a bar with its [`Envelope`].
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// The values; NaN where there is none.
    pub values: &'a [f64],
    /// Their extremes.
    pub envelope: &'a Envelope,
}

impl Envelope {
    /// Gathers the extremes: linear in the number of values.
    pub fn new(values: &[f64]) -> Self {
        let single = |value: &f64| [*value; 4];
        let mut level: Vec<Node> = values
            .chunks(FINEST)
            .map(|chunk| chunk.iter().map(single).fold([f64::NAN; 4], joined))
            .collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let next = level
                .chunks(2)
                .map(|pair| pair.iter().copied().fold([f64::NAN; 4], joined))
                .collect();
            levels.push(core::mem::replace(&mut level, next));
        }
        levels.push(level);
        Self { levels }
    }
}

/// Two stretches as one.
fn joined(before: Node, next: Node) -> Node {
    match (before, next) {
        ([first, ..], _) if first.is_nan() => next,
        (_, [first, ..]) if first.is_nan() => before,
        ([first, low, high, _], [_, lower, higher, last]) => [
            first,
            if lower < low { lower } else { low },
            if higher > high { higher } else { high },
            last,
        ],
    }
}

impl Trace<'_> {
    /// What stands in a stretch of bars, as nodes of at most `most` bars: `(first bar, bars, node)`. At its ends a node may
    /// reach beyond the stretch.
    pub(super) fn nodes(&self, bars: Range<usize>, most: f64) -> Nodes<'_> {
        let mut step = 1;
        let mut level: Option<&[Node]> = None;
        for (coarser, nodes) in self.envelope.levels.iter().enumerate() {
            let length = FINEST << coarser;
            if length as f64 > most {
                break;
            }
            step = length;
            level = Some(nodes);
        }
        let end = bars.end.min(self.values.len()).div_ceil(step);
        Nodes {
            values: self.values,
            level,
            step,
            next: bars.start / step,
            end,
        }
    }

    /// The lowest and the highest value of a stretch of bars; `None` where it holds none. Of a long stretch a few values
    /// beyond its ends may count.
    pub fn range(&self, bars: Range<usize>) -> Option<(f64, f64)> {
        let most = bars.len() as f64 / MOST_NODES as f64;
        let whole = self
            .nodes(bars, most)
            .map(|(_, _, node)| node)
            .fold([f64::NAN; 4], joined);
        let [_, low, high, _] = whole;
        low.is_finite().then_some((low, high))
    }
}

/// Nodes of a line from left to right.
pub(super) struct Nodes<'a> {
    values: &'a [f64],
    level: Option<&'a [Node]>,
    step: usize,
    next: usize,
    end: usize,
}

impl Iterator for Nodes<'_> {
    type Item = (usize, usize, Node);

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        if index >= self.end {
            return None;
        }
        self.next += 1;
        let node = match self.level {
            Some(nodes) => *nodes.get(index)?,
            None => [*self.values.get(index)?; 4],
        };
        Some((index * self.step, self.step, node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_those_of_the_values_at_any_stretch() {
        let mut values: Vec<f64> = (0..100_003)
            .map(|i| f64::from((i * 7_919) % 10_007))
            .collect();
        values[77_777] = 1e6;
        values[5] = -3.0;
        let envelope = Envelope::new(&values);
        let trace = Trace {
            values: &values,
            envelope: &envelope,
        };
        assert_eq!(trace.range(0..values.len()), Some((-3.0, 1e6)));
        // a short stretch is exact
        let exact = values[1_000..2_000].iter().copied();
        let (low, high) = exact.fold((f64::MAX, f64::MIN), |(low, high), value| {
            let low = if value < low { value } else { low };
            (low, if value > high { value } else { high })
        });
        assert_eq!(trace.range(1_000..2_000), Some((low, high)));
        assert!(trace.nodes(0..values.len(), 83.0).count() <= values.len() / 64 + 1);
        let covered: usize = trace
            .nodes(0..values.len(), 83.0)
            .map(|(_, bars, _)| bars)
            .sum();
        assert!(covered >= values.len());
        let first = trace.nodes(0..values.len(), 1.0).next().unwrap();
        assert_eq!(first, (0, 1, [values[0]; 4]));
    }

    #[test]
    fn bars_without_a_value_are_passed_over() {
        let mut values = vec![f64::NAN; 40];
        values[33] = 5.0;
        values[38] = 2.0;
        let envelope = Envelope::new(&values);
        let trace = Trace {
            values: &values,
            envelope: &envelope,
        };
        assert_eq!(trace.range(0..40), Some((2.0, 5.0)));
        assert_eq!(trace.range(0..30), None);
        let last = trace.nodes(0..40, 16.0).last().unwrap();
        assert_eq!(last, (32, 16, [5.0, 2.0, 5.0, 2.0]));
        let none = Envelope::new(&[]);
        let empty = Trace {
            values: &[],
            envelope: &none,
        };
        assert_eq!(empty.range(0..10), None);
    }
}
