//! What the chart says in words: the values of a bar, and the whole for those who do not see it.

use std::sync::Arc;

use atrium_shared::surface::charts::PriceScale;
use atrium_shared::surface::numbers::DASH;
use atrium_shared::surface::report::{count, fixed, money, percent};
use atrium_shared::surface::words::{price, quantity};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::chart::Scene;
use super::chart_lines::{Computed, Curves};
use super::drawing::Pinned;
use crate::state::Shown;
use crate::theme::SERIES;

/// How long a change must stand before it is read out, in milliseconds.
const QUIET_MS: u32 = 400;

/// Reads a value of a bar, as it is shown.
type ReadBar = fn(&Shown, usize) -> Option<String>;

/// Values of the bar under the crosshair, or of the last one that is seen, in every pane.
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
    let stamp = move || {
        let axis = scene.axis.get();
        axis.zip(bar.get())
            .and_then(|(axis, bar)| axis.marks.stamp(bar))
    };
    let zone = move || scene.axis.with(|axis| axis.as_ref().map(|axis| axis.zone));
    let missing = move || {
        let axis = scene.axis.get();
        let count = axis
            .zip(bar.get())
            .and_then(|(axis, bar)| axis.sessions.missing_before(bar))?;
        Some(format!("{} missing before it", count as f64))
    };
    let any = move || scene.lab.shown.with(Option::is_some);
    view! {
        <Show when=any>
            <div class="legend" aria-hidden="true">
                <span class="entry stamp">
                    {stamp}
                    <span class="quiet">" " {zone}</span>
                </span>
                {values.map(entry)}
                <span class="entry missing">{missing}</span>
                {move || told_lines(scene, bar, None)}
            </div>
            {move || own_legends(scene, bar)}
            <ResultLegends scene bar />
            <Show when=move || scene.counted.get()>
                <p class="legend counted">"Trades by exit: won upwards, lost downwards. Zoom in to see each."</p>
            </Show>
        </Show>
    }
}

/// Names and values of the indicators of a pane, or of those among the candles.
fn told_lines(scene: Scene, bar: Memo<Option<usize>>, pane: Option<usize>) -> impl IntoView {
    let of_pane = |line: Arc<Computed>| {
        let key = format!(
            "background: var({})",
            SERIES.get(line.place).unwrap_or(&"--ink-3")
        );
        let (title, name) = (line.of.title(), line.of.entry.name);
        let values = move || {
            let tick_size = scene.lab.shown.with(|shown| {
                let shown = shown.as_ref().filter(|_| pane.is_none());
                shown.map(|shown| shown.data_set.instrument.tick_size)
            });
            let said = |value: Option<f64>| match (value, tick_size) {
                (Some(value), Some(tick_size)) => price(value, tick_size),
                (Some(value), None) => plain(value),
                (None, _) => DASH.to_owned(),
            };
            let bar = bar.get()?;
            let values = line.lines.iter().map(|(_, curve)| said(curve.at(bar)));
            Some(values.collect::<Vec<String>>().join("  "))
        };
        view! {
            <span class="entry" data-indicator=name>
                <span class="key" style=key></span>
                <span class="quiet">{title}</span>
                " "
                <span class="value">{values}</span>
            </span>
        }
    };
    let lines = scene.lines.get().into_iter();
    let told = lines.filter(|line| line.pane == pane).map(of_pane);
    told.collect_view()
}

/// The legends of the panes of indicators.
fn own_legends(scene: Scene, bar: Memo<Option<usize>>) -> impl IntoView {
    let layout = scene.layout.get();
    let (tops, _, _) = layout.tops();
    let legend = |(pane, top): (usize, f64)| {
        let style = format!("top: calc((100% - var(--time-axis)) * {top} + 6px)");
        view! {
            <div class="legend own-legend" aria-hidden="true" style=style>
                {move || told_lines(scene, bar, Some(pane))}
            </div>
        }
    };
    let panes = tops.into_iter().enumerate().take(layout.own);
    panes.map(legend).collect_view()
}

/// The legends of equity and drawdown.
#[component]
fn ResultLegends(scene: Scene, bar: Memo<Option<usize>>) -> impl IntoView {
    let read = move |read: fn(&Curves, usize) -> Option<String>| {
        move || {
            scene.curves.with(|curves| {
                let curves = curves.as_ref()?;
                read(curves, bar.get()?)
            })
        }
    };
    let equity = read(|curves, bar| curves.run.equity.get(bar).copied().map(money));
    let held = read(|curves, bar| curves.benchmark.at(bar).map(money));
    let drawdown = read(|curves, bar| curves.drawdown.at(bar).map(percent));
    view! {
        <div class="legend equity-legend" aria-hidden="true">
            <span class="entry" data-line="equity">
                <span class="key"></span>
                <span class="quiet">"Equity"</span>
                " "
                {equity}
            </span>
            <span class="entry" data-line="benchmark">
                <span class="key held"></span>
                <span class="quiet">"Buy and hold"</span>
                " "
                {held}
            </span>
            {move || scene.pinned.get().into_iter().map(|pinned| told_pin(pinned, bar)).collect_view()}
        </div>
        <div class="legend drawdown-legend" aria-hidden="true">
            <span class="entry" data-line="drawdown">
                <span class="key fall"></span>
                <span class="quiet">"Drawdown"</span>
                " "
                {drawdown}
            </span>
        </div>
    }
}

/// The equity of a pinned run.
fn told_pin(pinned: Pinned, bar: Memo<Option<usize>>) -> impl IntoView {
    let token = SERIES.get(pinned.number.saturating_sub(1));
    let key = format!("background: var({})", token.unwrap_or(&"--ink-3"));
    let value = move || bar.get().and_then(|bar| pinned.equity.at(bar)).map(money);
    view! {
        <span class="entry" data-line="pin">
            <span class="key" style=key></span>
            <span class="quiet">{format!("Pin {}", pinned.number)}</span>
            " "
            {value}
        </span>
    }
}

/// A value of an indicator with about five digits.
pub(super) fn plain(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 2,
        size if size >= 1.0 => 3,
        _ => 5,
    };
    fixed(value, decimals)
}

/// A price of a bar, with the decimals of the instrument's tick.
pub(super) fn price_of(shown: &Shown, column: &[f64], bar: usize) -> Option<String> {
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
        let axis = scene.axis.get()?;
        let stamp = |bar| axis.marks.stamp(bar);
        let missing = match axis.sessions.missing_within(bars.clone()) {
            0 => String::new(),
            missing => format!(" Bars missing within sessions: {}.", count(missing as f64)),
        };
        let scaled = match scene.layout.get().scale {
            PriceScale::Linear => "",
            PriceScale::Logarithmic => " Prices are on a logarithmic scale.",
            PriceScale::Percent => " Prices are in per cent of the first open in sight.",
        };
        Some(format!(
            "{} bars of {} from {} to {} {}; the last one closed at {}.{missing}{scaled}",
            count(bars.len() as f64),
            shown.data_set.instrument.symbol,
            stamp(bars.start)?,
            stamp(last)?,
            axis.zone,
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
