//! How far an import is, on a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::import::{Stage, Step};

/// So often at most.
const OFTEN: Duration = Duration::from_millis(100);
/// What is done sooner needs no meter.
const SOON: Duration = Duration::from_millis(400);

/// One line on the terminal that is written over. Where stderr is no terminal, nothing is written.
pub(super) struct Meter {
    shown: bool,
    quiet: bool,
    begun: Instant,
    last: Option<(Stage, Instant)>,
}

impl Meter {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            shown: false,
            quiet: quiet || !stderr().is_terminal(),
            begun: Instant::now(),
            last: None,
        }
    }

    /// Shows how far it is; goes on in any case.
    pub(super) fn tell(&mut self, step: &Step<'_>) -> ControlFlow<()> {
        if let Step::Progress { stage, read, bytes } = *step
            && !self.quiet
            && self.begun.elapsed() >= SOON
            && self
                .last
                .is_none_or(|(last, at)| last != stage || at.elapsed() >= OFTEN)
        {
            self.last = Some((stage, Instant::now()));
            self.shown = true;
            let text = match stage {
                Stage::Looking => format!("looking at the file  {}", share(read, bytes)),
                Stage::Reading => format!("reading rows         {}", share(read, bytes)),
                Stage::Storing => "sorting and storing".to_owned(),
            };
            // a meter that cannot be written is none
            let _ = write!(stderr(), "\r\x1b[K{text}");
        }
        ControlFlow::Continue(())
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K");
            self.shown = false;
        }
    }
}

fn share(read: u64, bytes: u64) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let percent = 100.0 * read as f64 / bytes.max(1) as f64;
    format!("{percent:3.0} % of {:.1} MiB", mib(bytes))
}
