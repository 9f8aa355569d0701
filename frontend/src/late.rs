//! What the first picture does without: one file of its own beside the app's, which is loaded as soon as that runs.
//!
//! The file is cut from the app's program by its linking, so both have one memory and one Leptos: what is in it reads the same
//! state. What belongs to it is what [`view`] shows and nothing else calls; it is reached through [`File`], which `main.rs`
//! makes.

use std::pin::Pin;

use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

use crate::pages::backtest;
use crate::pages::backtest::parameters::preset_dialog::PresetDialog;
use crate::pages::backtest::share::{RunsDialog, ShareDialog};
use crate::pages::sweep::SweepPage;
use crate::parts::help::Help;
use crate::parts::palette::Palette;
use crate::state::{Asked, Lab};

/// Something that comes late.
pub struct Part(pub(crate) Which);

/// What comes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Nothing that is seen: what the state needs of it.
    Start,
    /// What is open over the page.
    Dialog(Asked),
    /// What a link came to, and what a file of bars or of signals.
    Banners,
    /// The column of parameters.
    Parameters,
    /// Nothing that is seen: the indicators that were chosen before, and pictures of the chart.
    Chart,
    /// The menu of indicators.
    Indicators,
    /// What is seen of the chart as a table.
    Table,
    /// Why it was decided so at a bar.
    Why,
    /// What is told of a run, beneath the chart.
    Details,
    /// The sweep page.
    SweepPage,
}

/// Shows a part. Nothing but the file's own function may call this: what it needs would be in the app's file else.
pub fn view(part: Part) -> AnyView {
    match part.0 {
        Which::Start => {
            expect_context::<Lab>().take_late();
            ().into_any()
        }
        Which::Dialog(Asked::Presets) => view! { <PresetDialog /> }.into_any(),
        Which::Dialog(Asked::Share) => view! { <ShareDialog /> }.into_any(),
        Which::Dialog(Asked::Runs) => view! { <RunsDialog /> }.into_any(),
        Which::Dialog(Asked::Help) => view! { <Help /> }.into_any(),
        Which::Dialog(Asked::Palette) => view! { <Palette /> }.into_any(),
        Which::Banners => view! { <backtest::Banners /> }.into_any(),
        Which::Parameters => view! { <backtest::parameters::Parameters /> }.into_any(),
        Which::Chart => {
            backtest::take_late();
            ().into_any()
        }
        Which::Indicators => view! { <backtest::IndicatorMenu /> }.into_any(),
        Which::Table => view! { <backtest::ChartTable /> }.into_any(),
        Which::Why => view! { <backtest::Why /> }.into_any(),
        Which::Details => view! { <backtest::Details /> }.into_any(),
        Which::SweepPage => view! { <SweepPage /> }.into_any(),
    }
}

/// What comes of the file, once it is here.
pub type Coming<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// The file, by its two functions.
#[derive(Clone, Copy)]
pub struct File {
    /// Loads it. What failed is tried anew with the next call.
    pub load: fn() -> Coming<()>,
    /// Shows a part of it.
    pub show: fn(Part) -> Coming<AnyView>,
}
