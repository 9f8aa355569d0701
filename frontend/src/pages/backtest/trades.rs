//! The table of trades. Only the rows in sight exist, however many trades there are.

use atrium_shared::base::time::BarInterval;
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::{count, money};
use atrium_shared::surface::words::{ParameterNames, hint, price, quantity};
use atrium_shared::trading::orders::Side;
use atrium_shared::trading::portfolio::Trade;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, KeyboardEvent};

use crate::state::Lab;

/// The height of a row, in CSS pixels; the style sheet has the same.
const ROW_PX: f64 = 28.0;
/// The height of the head, which stays in sight.
const HEAD_PX: f64 = 28.0;
/// Rows that exist: more than fit into the tallest table.
const ROWS: usize = 24;

/// A column: its heading, whether it is a number, its text.
struct Column {
    head: &'static str,
    number: bool,
    text: fn(&Trade, &Units) -> String,
}

/// The units that texts are given in.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Units {
    interval: BarInterval,
    tick_size: f64,
    lot_size: f64,
}

const COLUMNS: [Column; 9] = [
    Column {
        head: "Side",
        number: false,
        text: |trade, _| match trade.side {
            Side::Long => "▲ Long".to_owned(),
            Side::Short => "▼ Short".to_owned(),
        },
    },
    Column {
        head: "Entry, UTC",
        number: false,
        text: |trade, units| stamp(trade.entry_at, units.interval),
    },
    Column {
        head: "Price",
        number: true,
        text: |trade, units| price(trade.entry_price, units.tick_size),
    },
    Column {
        head: "Exit, UTC",
        number: false,
        text: |trade, units| stamp(trade.exit_at, units.interval),
    },
    Column {
        head: "Price",
        number: true,
        text: |trade, units| price(trade.exit_price, units.tick_size),
    },
    Column {
        head: "Exit by",
        number: false,
        text: |trade, _| trade.exit_reason.name().to_owned(),
    },
    Column {
        head: "Quantity",
        number: true,
        text: |trade, units| {
            let cap = if trade.sized_by.is_cap() { " c" } else { "" };
            format!("{}{cap}", quantity(trade.quantity, units.lot_size))
        },
    },
    Column {
        head: "Bars",
        number: true,
        text: |trade, _| count(trade.bars_held as f64),
    },
    Column {
        head: "Net profit",
        number: true,
        text: |trade, _| money(trade.net_profit),
    },
];

#[component]
pub(super) fn Trades() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let many = Memo::new(move |_| {
        lab.run
            .with(|run| run.as_ref().map_or(0, |run| run.ran.trades.len()))
    });
    let first = RwSignal::new(0usize);
    let body = NodeRef::<leptos::html::Div>::new();
    let on_scroll = move |_| {
        if let Some(body) = body.get_untracked() {
            first.set((f64::from(body.scroll_top()) / ROW_PX) as usize);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let chosen = lab.chosen_trade.get_untracked();
        let last = many.get_untracked().checked_sub(1);
        let next = match (event.key().as_str(), chosen, last) {
            ("Escape", Some(_), _) => None,
            ("ArrowDown", Some(chosen), Some(last)) => Some((chosen + 1).min(last)),
            ("ArrowUp", Some(chosen), Some(_)) => Some(chosen.saturating_sub(1)),
            _ => return,
        };
        event.prevent_default();
        lab.chosen_trade.set(next);
        if let (Some(body), Some(next)) = (body.get_untracked(), next) {
            let top = next as f64 * ROW_PX;
            let room = f64::from(body.client_height()) - HEAD_PX - ROW_PX;
            let now = f64::from(body.scroll_top());
            let least = if room > 0.0 { top - room } else { top };
            body.set_scroll_top(now.clamp(least, top).round() as i32);
            first.set((f64::from(body.scroll_top()) / ROW_PX) as usize);
            // the row is drawn after this
            request_animation_frame(move || focus_chosen(&body));
        }
    };
    // a shorter table may leave the window behind its end
    Effect::new(move |_| {
        let last = many.get().saturating_sub(1);
        if first.get_untracked() > last {
            first.set(last);
        }
    });
    let none = move || lab.run.with(Option::is_some) && many.get() == 0;
    let note = move || {
        lab.shown.with(|shown| {
            let currency = &shown.as_ref()?.data_set.instrument.currency;
            Some(format!(
                "Prices and profits in {currency}; c: size capped by buying power. Choose a trade to see it on the chart; arrow keys go on from there."
            ))
        })
    };
    let units = Memo::new(move |_| {
        lab.shown.with(|shown| {
            let shown = shown.as_ref()?;
            Some(Units {
                interval: shown.series.interval(),
                tick_size: shown.data_set.instrument.tick_size,
                lot_size: shown.data_set.instrument.lot_size,
            })
        })
    });
    let head = |column: &Column| {
        view! { <th scope="col" data-number=column.number.then_some("")>{column.head}</th> }
    };
    view! {
        <section class="trades" aria-labelledby="trades-title">
            <div class="trades-head">
                <h2 id="trades-title">
                    "Trades " <span class="quiet">{move || count(many.get() as f64)}</span>
                </h2>
                <p class="quiet">{note}</p>
            </div>
            <div class="table-window" node_ref=body on:scroll=on_scroll on:keydown=on_key tabindex="0" role="group" aria-label="Table of trades">
                <table aria-rowcount=move || (many.get() + 1).to_string()>
                    <thead>
                        <tr>
                            <th scope="col" data-number="">"#"</th>
                            {COLUMNS.iter().map(head).collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <tr class="spacer" aria-hidden="true" style=move || gap(offset(first.get(), many.get()))></tr>
                        {(0..ROWS).map(|place| view! { <Row lab place first many units /> }).collect_view()}
                        <tr class="spacer" aria-hidden="true" style=move || gap(below(first.get(), many.get()))></tr>
                    </tbody>
                </table>
                <Show when=none>
                    <NoTrades lab />
                </Show>
            </div>
        </section>
    }
}

/// Moves the focus to the row of the chosen trade, so that it is read out.
fn focus_chosen(body: &web_sys::Element) {
    let button = body.query_selector("[data-chosen] button").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        drop(button.focus_with_options(&options));
    }
}

/// The trade that the first row shows: the window never reaches beyond the last trade.
fn offset(first: usize, many: usize) -> usize {
    first.min(many.saturating_sub(ROWS))
}

/// How many trades come after those that have a row.
fn below(first: usize, many: usize) -> usize {
    many.saturating_sub(offset(first, many) + ROWS)
}

/// The room of rows that do not exist.
fn gap(rows: usize) -> String {
    format!("height: {}px", rows as f64 * ROW_PX)
}

/// One of the rows that exist; it shows the trade that is in its place now.
#[component]
fn Row(
    lab: Lab,
    place: usize,
    first: RwSignal<usize>,
    many: Memo<usize>,
    units: Memo<Option<Units>>,
) -> impl IntoView {
    let index = Memo::new(move |_| {
        let index = offset(first.get(), many.get()) + place;
        (index < many.get()).then_some(index)
    });
    // the one subscription of a row to the run, so that a rerun costs a row one comparison
    let trade = Memo::new(move |_| {
        let index = index.get()?;
        lab.run
            .with(|run| run.as_ref()?.ran.trades.get(index).copied())
    });
    let with = move |read: &dyn Fn(&Trade) -> String| trade.with(|trade| trade.as_ref().map(read));
    let cell = move |column: &'static Column| {
        let text = move || {
            units
                .get()
                .and_then(|units| with(&|trade| (column.text)(trade, &units)))
        };
        view! { <td data-number=column.number.then_some("")>{text}</td> }
    };
    let outcome = move || {
        with(&|trade| {
            if trade.net_profit > 0.0 {
                "won"
            } else {
                "lost"
            }
            .to_owned()
        })
    };
    let chosen = move || index.get().is_some() && lab.chosen_trade.get() == index.get();
    // once more lets it go
    let choose = move || {
        let index = index.get_untracked();
        lab.chosen_trade
            .update(|chosen| *chosen = index.filter(|_| *chosen != index));
    };
    let number = move || index.get().map(|index| (index + 1).to_string());
    view! {
        <tr
            hidden=move || index.get().is_none()
            aria-rowindex=move || index.get().map(|index| (index + 2).to_string())
            data-outcome=outcome
            data-chosen=move || chosen().then_some("")
            on:click=move |_| choose()
        >
            <td data-number="">
                <button
                    type="button"
                    class="row-button"
                    aria-label=move || number().map(|number| format!("Show trade {number} on the chart"))
                    aria-pressed=move || chosen().to_string()
                >
                    {number}
                </button>
            </td>
            {COLUMNS.iter().map(cell).collect_view()}
        </tr>
    }
}

/// What is said where no decision traded.
#[component]
fn NoTrades(lab: Lab) -> impl IntoView {
    let advice = move || {
        lab.run
            .with(|run| Some(hint(&run.as_ref()?.ran.no_trades, &ParameterNames::LABELS)))
    };
    view! {
        <div class="no-trades">
            <p><strong>"No decision traded."</strong></p>
            <p>{advice}</p>
            <p class="quiet">"The table of reasons beside this one counts what kept each decision from trading."</p>
        </div>
    }
}
