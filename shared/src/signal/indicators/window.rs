//! The last n values of a series, and sums over them.

/// Up to this many terms are added one after the other; more are added in [`LANES`] lanes.
const SEQUENTIAL: usize = 32;
/// How many partial sums a long sum has, so that the processor need not wait for one addition before it begins the next.
const LANES: usize = 8;

/// The last `period` values, always contiguous and oldest first.
///
/// Values are appended; when the buffer is full, the newest move to its front, which costs at most one copy a value on average.
#[derive(Debug, Clone)]
pub(super) struct Window {
    period: usize,
    /// How many values the buffer holds at most.
    room: usize,
    buffer: Vec<f64>,
}

impl Window {
    pub(super) fn new(period: usize) -> Self {
        Self {
            period,
            room: room_of(period),
            buffer: Vec::with_capacity(room_of(period)),
        }
    }

    pub(super) fn period(&self) -> usize {
        self.period
    }

    /// Takes a value; the window that ends with it, `None` while there are fewer values than its period.
    pub(super) fn push(&mut self, value: f64) -> Option<&[f64]> {
        if self.buffer.len() == self.room {
            self.buffer.drain(..=self.room - self.period);
        }
        self.buffer.push(value);
        let start = self.buffer.len().checked_sub(self.period)?;
        self.buffer.get(start..)
    }
}

/// How many values a buffer holds: as many again as the window, so that each is copied once, and some for short windows, so that
/// they move seldom.
const fn room_of(period: usize) -> usize {
    const LEAST: usize = 64;
    period + if period > LEAST { period } else { LEAST }
}

/// `Σ term(x)` over the values of a window.
///
/// Summed anew for each window in an order that depends on its length alone: a sum depends on its window and on nothing
/// before it, to the last bit.
pub(super) fn sum_of(window: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    if window.len() <= SEQUENTIAL {
        return window.iter().map(|&value| term(value)).sum();
    }
    let (chunks, rest) = window.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += term(value);
        }
    }
    let rest: f64 = rest.iter().map(|&value| term(value)).sum();
    lanes.iter().sum::<f64>() + rest
}

/// Where the newest value of a window stands in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Deviation {
    /// The newest value less the mean.
    pub newest: f64,
    /// The newest value, from which all is measured.
    origin: f64,
    /// The mean less the newest value.
    mean_from_origin: f64,
}

impl Deviation {
    /// Deviations from the mean of a window; `None` for an empty one.
    ///
    /// Everything is measured from the newest value: that removes the level, so that a window of equal values has
    /// deviations of exactly 0 and a level of 1e9 costs no digits.
    pub(super) fn of(window: &[f64]) -> Option<Self> {
        let &origin = window.last()?;
        let mean_from_origin = sum_of(window, |value| value - origin) / window.len() as f64;
        Some(Self {
            newest: -mean_from_origin,
            origin,
            mean_from_origin,
        })
    }

    /// The mean itself.
    pub(super) fn mean(&self) -> f64 {
        self.origin + self.mean_from_origin
    }

    /// The deviation of a value of the window from its mean.
    pub(super) fn each(&self, value: f64) -> f64 {
        (value - self.origin) - self.mean_from_origin
    }

    /// The population variance (ddof 0) of the window.
    pub(super) fn variance(&self, window: &[f64]) -> f64 {
        let squares = sum_of(window, |value| self.each(value) * self.each(value));
        squares / window.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_the_last_values_oldest_first() {
        for period in [1, 2, 3, 7, 64, 65, 100] {
            let mut window = Window::new(period);
            for t in 0..500 {
                let expected: Vec<f64> = (0..=t).map(f64::from).collect();
                let held = window.push(f64::from(t)).map(<[f64]>::to_vec);
                let first = expected.len().checked_sub(period);
                assert_eq!(held, first.map(|first| expected[first..].to_vec()));
            }
            assert!(
                window.buffer.capacity() <= room_of(period),
                "it never grows"
            );
        }
    }

    #[test]
    fn long_and_short_sums_are_sums() {
        for length in [0u32, 1, 31, 32, 33, 40, 100] {
            let values: Vec<f64> = (0..length).map(f64::from).collect();
            let expected = f64::from(length) * (f64::from(length) - 1.0);
            assert_eq!(Some(sum_of(&values, |value| 2.0 * value)), Some(expected));
        }
    }

    /// The newest value's deviation and the variance.
    fn deviation_and_variance(window: &[f64]) -> (f64, f64) {
        let deviation = Deviation::of(window).unwrap();
        (deviation.newest, deviation.variance(window))
    }

    #[test]
    fn equal_values_have_no_deviation_at_any_level() {
        for level in [0.1, 1e9 + 0.1, 1e-9] {
            assert_eq!(deviation_and_variance(&[level; 21]), (0.0, 0.0));
        }
        let expected = (3.0, (4.0 + 1.0 + 9.0) / 3.0);
        assert_eq!(deviation_and_variance(&[1.0, 2.0, 6.0]), expected);
    }
}
