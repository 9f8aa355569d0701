//! What the keys do.

use leptos::prelude::*;

use super::dialog::Dialog;

/// Keys and what they do.
const KEYS: [(&str, &str); 22] = [
    ("?", "These keys"),
    (
        "Ctrl K",
        "Go to a page, a data set, a parameter or an action by its name",
    ),
    ("Ctrl Z", "Take the last change of parameters back"),
    ("Ctrl Shift Z, Ctrl Y", "Make it again"),
    ("Esc", "Close a dialog or an explanation"),
    (
        "← →, on the chart",
        "Move the chart, with Shift the crosshair",
    ),
    (
        "Enter, on the chart",
        "Why it was decided so at the bar of the crosshair",
    ),
    ("+ −, on the chart", "Zoom"),
    ("0, on the chart", "Show everything"),
    (
        "L, P, on the chart",
        "Logarithmic prices, prices in per cent",
    ),
    (
        "Z, on the chart",
        "The clock: UTC, the exchange's, this computer's",
    ),
    ("I, on the chart", "Indicators"),
    ("T, on the chart", "What is seen as a table"),
    ("S, on the chart", "Save what is seen as a picture"),
    ("Home, End, on the chart", "The first and the last bar"),
    ("↑ ↓, on the trades", "Go from trade to trade"),
    (
        "← → ↑ ↓, on the heatmap",
        "Go from cell to cell, with Shift five at once; B to the best",
    ),
    ("Space, on the heatmap", "Look at the run of the cell"),
    (
        "Enter, on the heatmap",
        "Open the run of the cell on the backtest page",
    ),
    ("← →, on a slider", "One step less or more"),
    ("Page Up, Page Down, on a slider", "Ten steps"),
    ("Home, End, on a slider", "Its ends"),
];

#[component]
pub(crate) fn Help() -> impl IntoView {
    let line = |(keys, what)| view! { <dt><kbd>{keys}</kbd></dt> <dd>{what}</dd> };
    view! {
        <Dialog id="help-dialog" title="Keys">
            <dl class="keys">{KEYS.map(line).collect_view()}</dl>
        </Dialog>
    }
}
