//! Latest wins: one job in flight at most, and behind it only the newest that was asked for.

/// Decides which job goes out when. The caller carries them.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    last: u64,
    in_flight: Option<(u64, T)>,
    waiting: Option<T>,
}

impl<T: Clone> Latest<T> {
    pub(crate) fn new() -> Self {
        Self {
            last: 0,
            in_flight: None,
            waiting: None,
        }
    }

    /// A new number: every job and everything else that an answer must be matched to has one, and they only grow.
    pub(crate) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Asks for a job. Returns it with its number if it is to go out now; else it waits, in place of any that waited.
    pub(crate) fn ask(&mut self, job: T) -> Option<(u64, T)> {
        if self.in_flight.is_some() {
            self.waiting = Some(job);
            return None;
        }
        let number = self.number();
        self.in_flight = Some((number, job.clone()));
        Some((number, job))
    }

    /// An answer came. Returns the job it answers, or `None` where the answer is of no interest any more.
    pub(crate) fn answered(&mut self, number: u64) -> Option<T> {
        match self.in_flight.take() {
            Some((expected, job)) if expected == number => Some(job),
            other => {
                self.in_flight = other;
                None
            }
        }
    }

    /// The job that waited, to go out now.
    pub(crate) fn next(&mut self) -> Option<(u64, T)> {
        if self.in_flight.is_some() {
            return None;
        }
        let job = self.waiting.take()?;
        self.ask(job)
    }

    /// Whether a job is out.
    pub(crate) fn is_busy(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Forgets every job: answers that are still to come are of no interest.
    pub(crate) fn forget(&mut self) {
        self.in_flight = None;
        self.waiting = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_requests_the_first_and_the_newest_are_run() {
        let mut latest = Latest::new();
        assert_eq!(latest.ask("a"), Some((1, "a")));
        assert_eq!(latest.ask("b"), None);
        assert_eq!(latest.ask("c"), None);
        assert_eq!(latest.next(), None, "one at a time");
        assert_eq!(latest.answered(1), Some("a"));
        assert_eq!(latest.next(), Some((2, "c")));
        assert_eq!(latest.answered(2), Some("c"));
        assert_eq!(latest.next(), None);
        assert!(!latest.is_busy());
    }

    #[test]
    fn an_old_answer_never_replaces_a_newer_one() {
        let mut latest = Latest::new();
        latest.ask("a");
        latest.forget();
        assert_eq!(latest.ask("b"), Some((2, "b")));
        assert_eq!(latest.answered(1), None);
        assert!(latest.is_busy(), "b is still out");
        assert_eq!(latest.answered(2), Some("b"));
        assert_eq!(latest.answered(2), None, "an answer counts once");
    }
}
