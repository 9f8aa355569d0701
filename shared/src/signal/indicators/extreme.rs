//! The highest and the lowest of the last n values.

use std::collections::VecDeque;

/// The highest of the last n values, in constant time on average: a deque of the values that can still become the highest,
/// with falling values and rising places.
#[derive(Debug, Clone)]
struct Highest {
    period: u64,
    taken: u64,
    candidates: VecDeque<(u64, f64)>,
}

impl Highest {
    fn new(period: usize) -> Self {
        Self {
            period: period as u64,
            taken: 0,
            candidates: VecDeque::with_capacity(period),
        }
    }

    fn push(&mut self, value: f64) -> Option<f64> {
        let place = self.taken;
        self.taken += 1;
        if let Some(&(oldest, _)) = self.candidates.front()
            && oldest + self.period <= place
        {
            self.candidates.pop_front();
        }
        while self
            .candidates
            .back()
            .is_some_and(|&(_, older)| older <= value)
        {
            self.candidates.pop_back();
        }
        self.candidates.push_back((place, value));
        let highest = self.candidates.front().map(|&(_, value)| value);
        highest.filter(|_| self.taken >= self.period)
    }
}

/// The highest high and the lowest low of the last n bars.
#[derive(Debug, Clone)]
pub(super) struct Range {
    period: usize,
    highs: Highest,
    /// Of the lows with their sign turned, which is exact.
    lows: Highest,
}

impl Range {
    pub(super) fn new(period: usize) -> Self {
        Self {
            period,
            highs: Highest::new(period),
            lows: Highest::new(period),
        }
    }

    pub(super) fn period(&self) -> usize {
        self.period
    }

    /// Takes a bar; `(highest, lowest)`, `None` while there are fewer bars than the period.
    pub(super) fn push(&mut self, high: f64, low: f64) -> Option<(f64, f64)> {
        let (highest, lowest) = (self.highs.push(high), self.lows.push(-low));
        Some((highest?, -lowest?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_a_search_through_the_window() {
        let value = |t: usize| ((t * t * 37 + t * 11) % 53) as f64 - 20.0;
        for period in [1, 2, 5, 20] {
            let mut range = Range::new(period);
            for t in 0..300 {
                let found = range.push(value(t) + 1.0, value(t));
                let expected = (t + 1 >= period).then(|| {
                    let window = || (t + 1 - period..=t).map(value);
                    let highest = window().max_by(f64::total_cmp).unwrap() + 1.0;
                    (highest, window().min_by(f64::total_cmp).unwrap())
                });
                assert_eq!(found, expected, "period {period}, bar {t}");
            }
            assert!(
                range.highs.candidates.capacity() <= period.max(4),
                "it never grows"
            );
        }
    }
}
