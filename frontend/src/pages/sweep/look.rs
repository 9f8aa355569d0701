//! What is looked at on the sweep page; it stays while another page is shown.

use atrium_shared::surface::sweeps::{Brush, Others};
use leptos::prelude::*;

/// What is chosen to be seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    /// The key of the parameter from left to right.
    pub(super) x: Option<&'static str>,
    /// The key of the parameter from below.
    pub(super) y: Option<&'static str>,
    /// What stands for the axes that are not shown.
    pub(super) others: Others,
    /// The trial that was chosen.
    pub(super) chosen: Option<u64>,
    /// How many of the best are listed.
    pub(super) most: usize,
    /// Which trials are picked out.
    pub(super) brush: Brush,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            x: None,
            y: None,
            others: Others::At,
            chosen: None,
            most: 20,
            brush: Brush::default(),
        }
    }
}

/// What is looked at. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(crate) struct SweepLook(pub(super) RwSignal<Look>);

impl SweepLook {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(Look::default()))
    }
}
