//! What the keys do.

use leptos::prelude::*;

use super::dialog::Dialog;

/// Keys and what they do.
const KEYS: [(&str, &str); 12] = [
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
        "Move the crosshair, with Shift the chart",
    ),
    ("+ −, on the chart", "Zoom"),
    ("0, on the chart", "Show everything"),
    ("↑ ↓, on the trades", "Go from trade to trade"),
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
