//! What is seen of the chart as a table, for readers without sight and for who wants the numbers.

use atrium_shared::surface::charts::TradeMark;
use atrium_shared::surface::numbers::DASH;
use atrium_shared::surface::report::{count, money};
use atrium_shared::surface::words::quantity;
use atrium_shared::trading::orders::Side;
use leptos::prelude::*;

use super::chart::Scene;
use super::legend::{plain, price_of};

/// Rows of a page.
const ROWS: usize = 50;

/// The bars in sight, a page at a time.
#[component]
pub(crate) fn Table() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let page = RwSignal::new(0usize);
    let bars = Memo::new(move |_| scene.view.get().bars());
    let pages = Memo::new(move |_| bars.with(|bars| bars.len().div_ceil(ROWS).max(1)));
    let last = move || page.get() + 1 >= pages.get();
    // another stretch begins at its first page
    Effect::new(move |_| {
        bars.track();
        page.set(0);
    });
    let seen = Memo::new(move |_| {
        let bars = bars.get();
        let from = bars.start + page.get() * ROWS;
        from.min(bars.end)..(from + ROWS).min(bars.end)
    });
    let words = move || {
        let (bars, seen) = (bars.get(), seen.get());
        format!(
            "Bars {} to {} of {} in sight",
            count((seen.start + 1 - bars.start.min(seen.start)) as f64),
            count((seen.end - bars.start.min(seen.end)) as f64),
            count(bars.len() as f64)
        )
    };
    let zone = move || scene.axis.with(|axis| axis.as_ref().map(|axis| axis.zone));
    let names = move || {
        let lines = scene.lines.get();
        let heads = lines.iter().flat_map(|line| {
            line.lines.iter().map(
                |(name, _)| view! { <th scope="col" class="number">{name.replace('_', " ")}</th> },
            )
        });
        heads.collect_view()
    };
    view! {
        <section class="chart-table" aria-labelledby="chart-table-title">
            <div class="chart-table-head">
                <h2 id="chart-table-title">"What the chart shows"</h2>
                <p class="quiet" role="status">{words}</p>
                <button
                    type="button"
                    class="button"
                    disabled=move || page.get() == 0
                    on:click=move |_| page.update(|page| *page = page.saturating_sub(1))
                >
                    "Earlier"
                </button>
                <button
                    type="button"
                    class="button"
                    disabled=last
                    on:click=move |_| page.update(|page| *page += 1)
                >
                    "Later"
                </button>
            </div>
            <div class="table-window" tabindex="0" role="group" aria-label="Table of what the chart shows">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Time, " {zone}</th>
                            {["Open", "High", "Low", "Close", "Volume", "Equity"]
                                .map(|head| view! { <th scope="col" class="number">{head}</th> })}
                            <th scope="col">"Position"</th>
                            {names}
                        </tr>
                    </thead>
                    <tbody>{move || seen.get().map(|bar| row(scene, bar)).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// A bar.
fn row(scene: Scene, bar: usize) -> impl IntoView {
    let shown = scene.lab.shown.get();
    let stamp = scene
        .axis
        .with(|axis| axis.as_ref().and_then(|axis| axis.marks.stamp(bar)));
    let prices = shown.map(|shown| {
        let series = &shown.series;
        let columns = [series.open(), series.high(), series.low(), series.close()];
        let volume = series.volume().get(bar).copied();
        let lot_size = shown.data_set.instrument.lot_size;
        let volume = volume.map(|volume| quantity(volume, lot_size));
        (columns.map(|column| price_of(&shown, column, bar)), volume)
    });
    let (prices, volume) = prices.unwrap_or_default();
    let (equity, position) = scene.curves.with(|curves| {
        let run = curves.as_ref().map(|curves| &curves.run);
        let equity = run.and_then(|run| run.equity.get(bar).copied());
        (equity.map(money), run.map(|run| position(&run.marks, bar)))
    });
    let lines = scene.lines.get();
    let values = lines.iter().flat_map(|line| {
        line.lines
            .iter()
            .map(|(_, curve)| curve.at(bar).map_or_else(|| DASH.to_owned(), plain))
    });
    let number = |text: Option<String>| view! { <td class="number">{text}</td> };
    view! {
        <tr>
            <th scope="row">{stamp}</th>
            {prices.map(number)}
            {number(volume)}
            {number(equity)}
            <td>{position}</td>
            {values.map(|value| number(Some(value))).collect_view()}
        </tr>
    }
}

/// What was held in a bar; trades are in order of time and do not overlap.
fn position(marks: &[TradeMark], bar: usize) -> &'static str {
    let place = marks.partition_point(|mark| mark.exit_bar < bar);
    let held = marks.get(place).filter(|mark| mark.entry_bar <= bar);
    match held.map(|mark| mark.side) {
        Some(Side::Long) => "long",
        Some(Side::Short) => "short",
        None => "none",
    }
}
