//! Telling what is done, how long it took, and what mends it when it cannot be done.

use std::{
    fmt,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

/// What went wrong, and the command or act that mends it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    mend: Option<String>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            mend: None,
        }
    }

    /// Names what mends it, unless something nearer to the cause already did.
    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend.get_or_insert_with(|| mend.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.mend {
            Some(mend) => write!(f, "\n  to mend it: {mend}"),
            None => Ok(()),
        }
    }
}

/// A numbered row of steps, as `start` goes through them.
#[derive(Debug)]
pub(crate) struct Steps {
    total: usize,
    number: usize,
    started: Instant,
    step_started: Instant,
    /// Whether the cursor still stands behind the step's title.
    on_title_line: bool,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        let now = Instant::now();
        Self {
            total,
            number: 0,
            started: now,
            step_started: now,
            on_title_line: false,
        }
    }

    /// Begins the next step.
    pub(crate) fn begin(&mut self, title: &str) {
        self.number += 1;
        self.step_started = Instant::now();
        self.on_title_line = true;
        tell!(
            "  {} {title} … ",
            dim(&format!("[{}/{}]", self.number, self.total))
        );
        flush();
    }

    /// Says what the step is busy with, on lines of its own; the child's output may follow.
    pub(crate) fn say(&mut self, text: &str) {
        if std::mem::take(&mut self.on_title_line) {
            tell_line!();
        }
        tell_line!("        {text}");
    }

    /// Ends the step, e.g. "found".
    pub(crate) fn end(&mut self, outcome: &str) {
        if !std::mem::take(&mut self.on_title_line) {
            tell!("        ");
        }
        tell_line!("{outcome} ({})", seconds(self.step_started.elapsed()));
    }

    /// Ends the line of a step that is about to fail, so that the error stands on its own.
    pub(crate) fn fail(&mut self) {
        if std::mem::take(&mut self.on_title_line) {
            tell_line!("failed ({})", seconds(self.step_started.elapsed()));
        }
    }

    /// Runs one step: `work` returns the outcome to print.
    ///
    /// # Errors
    /// Those of `work`.
    pub(crate) fn run<T>(
        &mut self,
        title: &str,
        work: impl FnOnce(&mut Self) -> Result<(T, String), Failure>,
    ) -> Result<T, Failure> {
        self.begin(title);
        match work(self) {
            Ok((value, outcome)) => {
                self.end(&outcome);
                Ok(value)
            }
            Err(failure) => {
                self.fail();
                Err(failure)
            }
        }
    }

    /// The time since the first step.
    pub(crate) fn total(&self) -> String {
        seconds(self.started.elapsed())
    }
}

/// "0.4 s", "12.3 s", "6 min 07 s".
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole >= 60 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// Grey on a terminal, plain elsewhere.
pub(crate) fn dim(text: &str) -> String {
    styled(text, "2")
}

/// Bold on a terminal, plain elsewhere.
pub(crate) fn bold(text: &str) -> String {
    styled(text, "1")
}

fn styled(text: &str, code: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if !plain && std::io::stdout().is_terminal() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

fn flush() {
    // Nothing useful can be done when the terminal is gone.
    let _ = std::io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(40)), "0.0 s");
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(367)), "6 min 07 s");
    }

    #[test]
    fn the_mending_nearest_to_the_cause_wins() {
        let failure = Failure::new("it broke").mend("do this").mend("do that");
        assert_eq!(failure.to_string(), "it broke\n  to mend it: do this");
    }
}
