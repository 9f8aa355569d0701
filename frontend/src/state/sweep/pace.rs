//! How long a sweep has run, and how long one will take.

use crate::browser;

/// When a sweep ran.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    /// Since when it runs, in milliseconds of the page; `None` while it does not.
    pub(super) since_ms: Option<f64>,
    /// How long it ran before.
    pub(super) before_ms: f64,
    /// How many trials were run since.
    pub(super) ran: u64,
}

/// How long trials take one worker.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    milliseconds: f64,
    trials: f64,
    bars: f64,
}

impl Pace {
    /// The time of so many trials on so many bars, in milliseconds of one worker.
    pub(super) fn of(self, trials: u64, bars: u64) -> Option<f64> {
        let a_trial = self.milliseconds / self.trials;
        let more_bars = bars as f64 / self.bars;
        Some(a_trial * more_bars * trials as f64).filter(|time| time.is_finite())
    }

    /// What it is after so many trials on so many bars, what came last counting most.
    pub(super) fn learn(self, milliseconds: f64, trials: usize, bars: u64) -> Self {
        Self {
            milliseconds: 0.9 * self.milliseconds + milliseconds,
            trials: 0.9 * self.trials + trials as f64,
            bars: bars as f64,
        }
    }
}

impl Clock {
    /// How long it ran in all, in milliseconds.
    pub(super) fn elapsed_ms(self) -> f64 {
        let span = self.since_ms.map_or(0.0, |since| browser::now() - since);
        self.before_ms + span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_once_something_was_run() {
        assert_eq!(Pace::default().of(100, 1_000), None);
        let pace = Pace::default().learn(50.0, 100, 1_000);
        assert_eq!(pace.of(1_000, 1_000), Some(500.0));
        assert_eq!(pace.of(1_000, 2_000), Some(1_000.0));
        // slower ones are known soon
        let slower = (0..40).fold(pace, |pace, _| pace.learn(200.0, 100, 1_000));
        let known = slower.of(1, 1_000).unwrap();
        assert!((1.9..=2.0).contains(&known), "{known}");
    }
}
