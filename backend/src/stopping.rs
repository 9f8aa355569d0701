//! Being asked to stop: Ctrl-C and, where there is one, SIGTERM.

use std::io;

/// Ctrl-C and, where there is one, SIGTERM. From the moment this exists they no longer end the program by themselves.
pub(crate) struct StopSignals {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
}

impl StopSignals {
    /// Begins to listen, within a runtime of tokio.
    ///
    /// # Errors
    /// Where the system does not let the program listen.
    #[cfg(unix)]
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ];
        Ok(Self { signals })
    }

    /// Begins to listen, within a runtime of tokio.
    ///
    /// # Errors
    /// Where the system does not let the program listen.
    #[cfg(windows)]
    pub(crate) fn new() -> io::Result<Self> {
        let ctrl_c = tokio::signal::windows::ctrl_c()?;
        Ok(Self { ctrl_c })
    }

    /// Waits for the next of them.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(windows)]
        self.ctrl_c.recv().await;
    }
}
