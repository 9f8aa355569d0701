//! Wilder's smoothing.

/// The average that Wilder smooths with: the mean of the first n values, then `A_t = (A_{t−1} · (n − 1) + x_t) / n`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wilder {
    period: usize,
    taken: usize,
    /// The sum of the first values, then the average.
    value: f64,
}

impl Wilder {
    pub(super) fn new(period: usize) -> Self {
        Self {
            period,
            taken: 0,
            value: 0.0,
        }
    }

    pub(super) fn period(&self) -> usize {
        self.period
    }

    /// Takes a value; the average, `None` while there are fewer values than the period.
    pub(super) fn push(&mut self, value: f64) -> Option<f64> {
        let period = self.period as f64;
        if self.taken < self.period {
            self.taken += 1;
            self.value += value;
            if self.taken < self.period {
                return None;
            }
            self.value /= period;
        } else {
            self.value = (self.value * (period - 1.0) + value) / period;
        }
        Some(self.value)
    }

    pub(super) fn rescale(&mut self, factor: f64) {
        self.value *= factor;
    }

    /// How much of a value is left one bar later.
    pub(super) fn kept(&self) -> f64 {
        (self.period as f64 - 1.0) / self.period as f64
    }
}
