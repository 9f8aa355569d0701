//! The table of trades: sorted, filtered; only the rows in sight exist, however many trades there are.

use atrium_shared::surface::report::count;
use atrium_shared::surface::words::{ParameterNames, hint};
use atrium_shared::trading::orders::{ExitReason, Side};
use atrium_shared::trading::portfolio::Trade;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, KeyboardEvent};

use super::trade_list::{COLUMNS, Column, Filter, Sort, Units, order};
use crate::state::Lab;

/// The height of a row, in CSS pixels; the style sheet has the same.
const ROW_PX: f64 = 28.0;
/// The height of the head, which stays in sight.
const HEAD_PX: f64 = 28.0;
/// How long a text has stood until trades are filtered by it, in milliseconds.
const TYPED_MS: u32 = 150;
/// Rows that exist: more than fit into the tallest table.
const ROWS: usize = 24;

/// The trades that are shown.
#[derive(Clone, Copy)]
struct Listed {
    /// How many there are.
    many: Memo<usize>,
    order: Memo<Option<Vec<u32>>>,
}

impl Listed {
    /// The trade in a place.
    fn at(self, place: usize) -> Option<usize> {
        self.order.with(|order| match order {
            Some(order) => order.get(place).map(|index| *index as usize),
            None => (place < self.many.get()).then_some(place),
        })
    }

    /// The place of a trade.
    fn place_of(self, index: usize) -> Option<usize> {
        self.order.with_untracked(|order| match order {
            Some(order) => order.iter().position(|other| *other as usize == index),
            None => Some(index),
        })
    }
}

#[component]
pub(crate) fn Trades() -> impl IntoView {
    let lab = expect_context::<Lab>();
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
    let (filter, sort) = (
        RwSignal::new(Filter::default()),
        RwSignal::new(None as Sort),
    );
    let all = Memo::new(move |_| {
        lab.told
            .with(|run| run.as_ref().map_or(0, |run| run.ran.trades.len()))
    });
    let ordered = Memo::new(move |_| {
        lab.told.with(|run| {
            let trades = &run.as_ref()?.ran.trades;
            filter.with(|filter| order(trades, filter, sort.get(), units.get().as_ref()))
        })
    });
    let many = Memo::new(move |_| {
        ordered.with(|order| order.as_ref().map_or_else(|| all.get(), Vec::len))
    });
    let listed = Listed {
        many,
        order: ordered,
    };
    let first = RwSignal::new(0usize);
    let body = NodeRef::<leptos::html::Div>::new();
    let on_scroll = move |_| {
        if let Some(body) = body.get_untracked() {
            first.set((f64::from(body.scroll_top()) / ROW_PX) as usize);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let chosen = lab.chosen_trade.get_untracked();
        let chosen = chosen.and_then(|index| listed.place_of(index));
        let last = many.get_untracked().checked_sub(1);
        let next = match (event.key().as_str(), chosen, last) {
            ("Escape", Some(_), _) => None,
            ("ArrowDown", Some(chosen), Some(last)) => Some((chosen + 1).min(last)),
            ("ArrowUp", Some(chosen), Some(_)) => Some(chosen.saturating_sub(1)),
            _ => return,
        };
        event.prevent_default();
        let trade = next.and_then(|place| untrack(move || listed.at(place)));
        lab.chosen_trade.set(trade);
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
    let none = move || lab.told.with(Option::is_some) && all.get() == 0;
    let none_passes = move || all.get() > 0 && many.get() == 0;
    let shown_of = move || match (many.get(), all.get()) {
        (many, all) if many == all => count(all as f64),
        (many, all) => format!("{} of {}", count(many as f64), count(all as f64)),
    };
    let note = move || {
        lab.shown.with(|shown| {
            let currency = &shown.as_ref()?.data_set.instrument.currency;
            Some(format!(
                "Prices and profits in {currency}; c: size capped by buying power. Choose a trade to see it on the chart, where Enter tells why it was entered; arrow keys go on from there."
            ))
        })
    };
    let head = move |(index, column): (usize, &'static Column)| {
        let sorted = move || {
            sort.get()
                .filter(|(by, _)| *by == index)
                .map(|(_, down)| down)
        };
        let next = move || {
            sort.update(|sort| {
                *sort = match *sort {
                    Some((by, false)) if by == index => Some((index, true)),
                    Some((by, true)) if by == index => None,
                    _ => Some((index, false)),
                }
            });
            if let Some(body) = body.get_untracked() {
                body.set_scroll_top(0);
            }
            first.set(0);
        };
        view! {
            <th
                scope="col"
                data-number=column.number.then_some("")
                aria-sort=move || match sorted() {
                    None => "none",
                    Some(false) => "ascending",
                    Some(true) => "descending",
                }
            >
                <button type="button" class="sort" on:click=move |_| next()>
                    {column.head}
                    <span aria-hidden="true">{move || match sorted() {
                        None => "",
                        Some(false) => " ▲",
                        Some(true) => " ▼",
                    }}</span>
                </button>
            </th>
        }
    };
    view! {
        <section class="trades" aria-labelledby="trades-title">
            <div class="trades-head">
                <h2 id="trades-title">
                    "Trades " <span class="quiet">{shown_of}</span>
                </h2>
                <p class="quiet">{note}</p>
            </div>
            <Filters lab filter />
            <p class="hidden" role="status">{move || (many.get() < all.get()).then(shown_of)}</p>
            <div class="table-window" node_ref=body on:scroll=on_scroll on:keydown=on_key tabindex="0" role="group" aria-label="Table of trades">
                <table aria-rowcount=move || (many.get() + 1).to_string()>
                    <thead>
                        <tr>
                            <th scope="col" data-number="">"#"</th>
                            {COLUMNS.iter().enumerate().map(head).collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <tr class="spacer" aria-hidden="true" style=move || gap(offset(first.get(), many.get()))></tr>
                        {(0..ROWS).map(|place| view! { <Row lab place first listed units /> }).collect_view()}
                        <tr class="spacer" aria-hidden="true" style=move || gap(below(first.get(), many.get()))></tr>
                    </tbody>
                </table>
                <Show when=none>
                    <NoTrades lab />
                </Show>
                <Show when=none_passes>
                    <div class="no-trades">
                        <p><strong>"No trade passes the filter."</strong></p>
                        <button type="button" class="button" on:click=move |_| filter.set(Filter::default())>
                            "Show all trades"
                        </button>
                    </div>
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
    listed: Listed,
    units: Memo<Option<Units>>,
) -> impl IntoView {
    let row = Memo::new(move |_| {
        let row = offset(first.get(), listed.many.get()) + place;
        (row < listed.many.get()).then_some(row)
    });
    let index = Memo::new(move |_| listed.at(row.get()?));
    // the one subscription of a row to the run, so that a rerun costs a row one comparison
    let trade = Memo::new(move |_| {
        let index = index.get()?;
        lab.told
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
            aria-rowindex=move || row.get().map(|row| (row + 2).to_string())
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

/// Which trades are to be shown.
#[component]
fn Filters(lab: Lab, filter: RwSignal<Filter>) -> impl IntoView {
    // the reasons by which trades of this run ended
    let exits = Memo::new(move |_| {
        lab.told.with(|run| {
            let mut exits: Vec<ExitReason> = Vec::new();
            for trade in run.as_ref().map_or(&[][..], |run| &run.ran.trades) {
                if !exits.contains(&trade.exit_reason) {
                    exits.push(trade.exit_reason);
                }
            }
            exits.sort_by_key(|exit| *exit as u8);
            exits
        })
    });
    let typing = StoredValue::new_local(None::<Timeout>);
    let on_text = move |event: web_sys::Event| {
        let text = event_target_value(&event).trim().to_lowercase();
        let set = move || {
            // the page may be gone by then
            let _ = filter.try_update(|filter| filter.text = text);
        };
        typing.set_value(Some(Timeout::new(TYPED_MS, set)));
    };
    let chosen = move |event: &web_sys::Event| event_target_value(event);
    view! {
        <div class="filters" role="group" aria-label="Which trades">
            <label>
                <span class="hidden">"Side"</span>
                <select
                    id="filter-side"
                    prop:value=move || filter.with(|filter| match filter.side {
                        None => "",
                        Some(Side::Long) => "long",
                        Some(Side::Short) => "short",
                    })
                    on:change=move |event| filter.update(|filter| filter.side = match chosen(&event).as_str() {
                        "long" => Some(Side::Long),
                        "short" => Some(Side::Short),
                        _ => None,
                    })
                >
                    <option value="">"Both sides"</option>
                    <option value="long">"Long"</option>
                    <option value="short">"Short"</option>
                </select>
            </label>
            <label>
                <span class="hidden">"Result"</span>
                <select
                    id="filter-result"
                    prop:value=move || filter.with(|filter| match filter.won {
                        None => "",
                        Some(true) => "won",
                        Some(false) => "lost",
                    })
                    on:change=move |event| filter.update(|filter| filter.won = match chosen(&event).as_str() {
                        "won" => Some(true),
                        "lost" => Some(false),
                        _ => None,
                    })
                >
                    <option value="">"Won and lost"</option>
                    <option value="won">"Won"</option>
                    <option value="lost">"Lost"</option>
                </select>
            </label>
            <label>
                <span class="hidden">"Exit by"</span>
                <select
                    id="filter-exit"
                    on:change=move |event| filter.update(|filter| {
                        let name = chosen(&event);
                        filter.exit = exits.with_untracked(|exits| exits.iter().find(|exit| exit.name() == name).copied());
                    })
                >
                    <option value="" selected=move || filter.with(|filter| filter.exit.is_none())>"Any exit"</option>
                    {move || exits.get().into_iter().map(|exit| view! {
                        <option value=exit.name() selected=move || filter.with(|filter| filter.exit == Some(exit))>
                            {exit.name()}
                        </option>
                    }).collect_view()}
                </select>
            </label>
            <label>
                <span class="hidden">"Text in any column"</span>
                <input
                    type="search"
                    id="filter-text"
                    class="typed"
                    placeholder="Text in any column"
                    prop:value=move || filter.with(|filter| filter.text.clone())
                    on:input=on_text
                />
            </label>
        </div>
    }
}

/// What is said where no decision traded.
#[component]
fn NoTrades(lab: Lab) -> impl IntoView {
    let advice = move || {
        lab.told
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
