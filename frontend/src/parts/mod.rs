//! Parts that pages are put together from.

pub(crate) mod bubble;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod files;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod later;
pub(crate) mod name_form;
pub(crate) mod number;
pub(crate) mod palette;
