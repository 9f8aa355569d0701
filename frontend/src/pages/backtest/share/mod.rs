//! Taking a run elsewhere and bringing one here: links, what a link came to, saved runs.

mod banner;
mod dialog;
mod runs;

pub(super) use banner::LinkBanner;
pub(super) use dialog::{ShareDialog, command};
pub(super) use runs::RunsDialog;
