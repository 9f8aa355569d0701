//! Taking a run elsewhere and bringing one here: links, what a link came to, saved runs.

mod banner;
mod dialog;
mod json;
mod runs;

pub(super) use banner::LinkBanner;
pub(crate) use dialog::ShareDialog;
pub(super) use dialog::command;
pub(crate) use runs::RunsDialog;
