//! What the chart says in words: the values of a bar, and the whole for those who do not see it.

use std::sync::Arc;

use atrium_shared::surface::report::{count, money, percent};
use atrium_shared::surface::words::{price, quantity};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::chart::Scene;
use crate::state::Shown;

/// How long a change must stand before it is read out, in milliseconds.
const QUIET_MS: u32 = 400;

/// Reads a value of a bar, as it is shown.
type ReadBar = fn(&Shown, usize) -> Option<String>;

/// Values of the bar under the pointer, or of the last one that is seen.
#[component]
pub(super) fn Legend(scene: Scene) -> impl IntoView {
    let bar = Memo::new(move |_| {
        let hovered = scene.hovered.get();
        hovered.or_else(|| scene.view.get().bars().next_back())
    });
    let text = move |read: ReadBar| {
        let shown = scene.lab.shown.get();
        shown
            .zip(bar.get())
            .and_then(|(shown, bar)| read(&shown, bar))
            .unwrap_or_default()
    };
    let equity = move || {
        scene.lab.run.with(|run| {
            let value = run.as_ref()?.equity.get(bar.get()?).copied()?;
            Some(money(value))
        })
    };
    let values: [(&'static str, ReadBar); 5] = [
        ("O", |shown, bar| price_of(shown, shown.series.open(), bar)),
        ("H", |shown, bar| price_of(shown, shown.series.high(), bar)),
        ("L", |shown, bar| price_of(shown, shown.series.low(), bar)),
        ("C", |shown, bar| price_of(shown, shown.series.close(), bar)),
        ("Vol", |shown, bar| {
            let lot_size = shown.data_set.instrument.lot_size;
            Some(quantity(*shown.series.volume().get(bar)?, lot_size))
        }),
    ];
    let entry = move |(name, read): (&'static str, ReadBar)| {
        view! { <span class="entry"><span class="quiet">{name}</span> " " {move || text(read)}</span> }
    };
    let any = move || scene.lab.shown.with(Option::is_some);
    view! {
        <Show when=any>
            <div class="legend" aria-hidden="true">
                <span class="entry stamp">
                    {move || text(|shown, bar| shown.chart.marks.stamp(bar))}
                    <span class="quiet">" UTC"</span>
                </span>
                {values.map(entry)}
            </div>
            <div class="legend equity-legend" aria-hidden="true">
                <span class="entry"><span class="key"></span><span class="quiet">"Equity"</span> " " {equity}</span>
            </div>
            <Show when=move || scene.counted.get()>
                <p class="legend counted">"Trades by exit: won upwards, lost downwards. Zoom in to see each."</p>
            </Show>
        </Show>
    }
}

/// A price of a bar, with the decimals of the instrument's tick.
fn price_of(shown: &Shown, column: &[f64], bar: usize) -> Option<String> {
    Some(price(
        *column.get(bar)?,
        shown.data_set.instrument.tick_size,
    ))
}

/// The chart and the run in a sentence each, for those who do not see them.
#[component]
pub(super) fn Summary(scene: Scene) -> impl IntoView {
    let bars = move || {
        let shown: Option<Arc<Shown>> = scene.lab.shown.get();
        let bars = scene.view.get().bars();
        let (shown, last) = shown.zip(bars.clone().next_back())?;
        let stamp = |bar| shown.chart.marks.stamp(bar);
        Some(format!(
            "{} bars of {} from {} to {} UTC; the last one closed at {}.",
            count(bars.len() as f64),
            shown.data_set.instrument.symbol,
            stamp(bars.start)?,
            stamp(last)?,
            price_of(&shown, shown.series.close(), last)?
        ))
    };
    let run = move || {
        let run = scene.lab.run.get()?;
        let headline = &run.ran.headline;
        let total = headline.total_return.value();
        Some(format!(
            "{} trades, total return {}.",
            count(headline.trades as f64),
            total.map_or_else(|| "not defined".to_owned(), percent)
        ))
    };
    view! {
        <p class="hidden" id="chart-summary" aria-live="polite">{once_quiet(bars)}</p>
        <p class="hidden" id="run-summary" aria-live="polite">{once_quiet(run)}</p>
    }
}

/// A text as it is once it has stood for a moment: what changes while something is dragged would flood a screen reader.
fn once_quiet(text: impl Fn() -> Option<String> + 'static) -> ReadSignal<Option<String>> {
    let (said, say) = signal(None);
    let waiting = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let text = text();
        let timeout = Timeout::new(QUIET_MS, move || {
            // the page may be gone by then
            drop(say.try_set(text));
        });
        waiting.set_value(Some(timeout));
    });
    said
}
