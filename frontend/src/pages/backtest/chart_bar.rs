//! The line above the chart: how prices are scaled, by which clock times are read, indicators, and what is taken along.

use atrium_shared::signal::indicators::{INDICATORS, Input, Parameter, Source};
use atrium_shared::surface::charts::PriceScale;
use gloo::utils::document;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlSelectElement, KeyboardEvent};

use super::chart::Scene;
use super::chart_choices::{Chosen, MOST_INDICATORS, TimesBy, scale_name};
use crate::late::Which;
use crate::parts::later::Later;
use crate::parts::number::read_number;
use crate::theme::SERIES;

/// The element that adds an indicator, by its id.
const ADD: &str = "add-indicator";

#[component]
pub(super) fn ChartBar(scene: Scene) -> impl IntoView {
    let ready = move || scene.lab.shown.with(Option::is_some);
    let indicators = scene.choices.indicators;
    let many = move || indicators.with(Vec::len);
    // who opens the menu goes on in it
    Effect::new(move |_| {
        if scene.menu.get() {
            request_animation_frame(|| focus(ADD));
        }
    });
    view! {
        <div class="chart-bar">
            <Scale scene />
            <Times scene />
            <div
                class="chart-menu-host"
                on:keydown=move |event: KeyboardEvent| {
                    if event.key() == "Escape" && scene.menu.get_untracked() {
                        scene.menu.set(false);
                        focus("indicators");
                    }
                }
            >
                <button
                    type="button"
                    class="button"
                    id="indicators"
                    aria-expanded=move || scene.menu.get().to_string()
                    aria-controls="indicator-menu"
                    on:click=move |_| scene.menu.update(|open| *open = !*open)
                >
                    "Indicators"
                    {move || (many() > 0).then(|| format!(" ({})", many()))}
                </button>
                <Show when=move || scene.menu.get()>
                    <Later which=Which::Indicators />
                </Show>
            </div>
            <button
                type="button"
                class="button"
                id="show-table"
                aria-expanded=move || scene.table.get().to_string()
                aria-controls="chart-table"
                on:click=move |_| scene.table.update(|open| *open = !*open)
            >
                "Table"
            </button>
            <button
                type="button"
                class="button"
                id="save-picture"
                disabled=move || !ready()
                on:click=move |_| scene.ask_picture()
            >
                "Save picture"
            </button>
            <Show when=move || !scene.has_logarithms()>
                <p class="quiet">"No logarithmic scale: some prices here are not above 0."</p>
            </Show>
        </div>
    }
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        drop(element.focus());
    }
}

/// How prices are scaled.
#[component]
fn Scale(scene: Scene) -> impl IntoView {
    let scale = scene.choices.scale;
    let option = move |(of, label, title): (PriceScale, &'static str, &'static str)| {
        let refused = move || of == PriceScale::Logarithmic && !scene.has_logarithms();
        view! {
            <label class="segment" title=title>
                <input
                    type="radio"
                    name="price-scale"
                    value=scale_name(of)
                    aria-label=title
                    disabled=refused
                    prop:checked=move || scale.get() == of
                    on:change=move |_| scale.set(of)
                />
                <span aria-hidden="true">{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="segments" id="price-scale">
            <legend class="hidden">"Scale of prices"</legend>
            {[
                (PriceScale::Linear, "Lin", "Linear prices"),
                (PriceScale::Logarithmic, "Log", "Logarithmic prices (L)"),
                (PriceScale::Percent, "%", "Change in per cent from the first open in sight (P)"),
            ]
                .map(option)}
        </fieldset>
    }
}

/// By which clock times are read.
#[component]
fn Times(scene: Scene) -> impl IntoView {
    let times = scene.choices.times;
    let choose = move |name: String| {
        if let Some(by) = TimesBy::ALL.into_iter().find(|by| by.name() == name) {
            times.set(by);
        }
    };
    let option = move |by: TimesBy| {
        let words = move || match by {
            TimesBy::Utc => "UTC".to_owned(),
            TimesBy::Local => "This computer".to_owned(),
            TimesBy::Exchange => scene.lab.shown.with(|shown| {
                let shown = shown.as_ref();
                let zone = shown.map_or("", |shown| by.zone(shown.data_set.instrument.calendar));
                format!("Exchange ({zone})")
            }),
        };
        view! { <option value=by.name() selected=move || times.get() == by>{words}</option> }
    };
    view! {
        <select
            id="times"
            aria-label="Clock that times are read by (Z)"
            title="Clock that times are read by (Z)"
            prop:value=move || times.get().name()
            on:change=move |event| choose(event_target_value(&event))
        >
            {TimesBy::ALL.map(option)}
        </select>
    }
}

/// The indicators that are shown, with their parameters, and what can be added.
#[component]
pub(crate) fn Menu() -> impl IntoView {
    let indicators = expect_context::<Scene>().choices.indicators;
    // rows stay while a number in them changes, so that the focus stays too
    let names = Memo::new(move |_| {
        indicators.with(|all| {
            let names = all.iter().map(|chosen| chosen.entry.name);
            names.collect::<Vec<_>>()
        })
    });
    let full = move || names.with(|names| names.len() >= MOST_INDICATORS);
    let add = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        if let Some(chosen) = Chosen::named(&name) {
            indicators.update(|all| all.push(chosen));
        }
        let select = event.target().map(JsCast::dyn_into::<HtmlSelectElement>);
        if let Some(Ok(select)) = select {
            select.set_value("");
        }
    };
    let rows = move || {
        let rows = names.get().into_iter().enumerate();
        rows.map(|(place, _)| view! { <Row indicators place /> })
            .collect_view()
    };
    view! {
        <div class="chart-menu" id="indicator-menu" role="group" aria-label="Indicators">
            <select id=ADD aria-label="Add an indicator" disabled=full on:change=add>
                <option value="">
                    {move || if full() { "Six are shown: remove one to add another" } else { "Add an indicator…" }}
                </option>
                {INDICATORS
                    .iter()
                    .map(|entry| view! { <option value=entry.name>{entry.title}</option> })
                    .collect_view()}
            </select>
            {rows}
            <p class="quiet">"Computed here from the bars that are shown, unadjusted."</p>
        </div>
    }
}

/// One indicator: its column, its parameters, and a button that removes it.
#[component]
fn Row(indicators: RwSignal<Vec<Chosen>>, place: usize) -> impl IntoView {
    let entry = indicators.with_untracked(|all| all.get(place).map(|chosen| chosen.entry))?;
    let key = format!(
        "background: var({})",
        SERIES.get(place).unwrap_or(&"--ink-3")
    );
    let change = move |change: &dyn Fn(&mut Chosen)| {
        indicators.update(|all| {
            if let Some(chosen) = all.get_mut(place) {
                change(chosen);
            }
        });
    };
    let parameters = entry
        .parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| {
            view! { <Number indicators place index parameter of=entry.title /> }
        });
    let source =
        move || indicators.with(|all| all.get(place).map_or("", |chosen| chosen.source.name()));
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(source) = Source::ALL.into_iter().find(|source| source.name() == name) {
            change(&|chosen| chosen.source = source);
        }
    };
    let sources = (entry.input == Input::Series).then(|| {
        let option = |of: Source| {
            view! {
                <option value=of.name() selected=move || source() == of.name()>{of.name()}</option>
            }
        };
        view! {
            <select
                aria-label=format!("Column of {}", entry.title)
                prop:value=source
                on:change=choose
            >
                {Source::ALL.map(option)}
            </select>
        }
    });
    let remove = move |_| {
        indicators.update(|all| {
            if place < all.len() {
                all.remove(place);
            }
        });
        focus(ADD);
    };
    Some(view! {
        <div class="indicator" data-indicator=entry.name>
            <span class="key" style=key></span>
            <span class="name">{entry.title}</span>
            {sources}
            {parameters.collect_view()}
            <button
                type="button"
                class="icon-button"
                aria-label=format!("Remove {}", entry.title)
                title="Remove"
                on:click=remove
            >
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
            </button>
        </div>
    })
}

/// A parameter to type, within its bounds.
#[component]
fn Number(
    indicators: RwSignal<Vec<Chosen>>,
    place: usize,
    index: usize,
    parameter: &'static Parameter,
    of: &'static str,
) -> impl IntoView {
    let wrong = RwSignal::new(None::<String>);
    let value = move || {
        indicators.with(|all| {
            let value = all.get(place).and_then(|chosen| chosen.values.get(index));
            value.map(ToString::to_string)
        })
    };
    let take = move |event| {
        let read = read_number(
            &event_target_value(&event),
            parameter.low,
            parameter.high,
            "",
        );
        let read = read.and_then(|value| parameter.check(value).map_err(|error| error.to_string()));
        match read {
            Ok(value) => {
                wrong.set(None);
                indicators.update(|all| {
                    let values = all.get_mut(place).map(|chosen| &mut chosen.values);
                    if let Some(slot) = values.and_then(|values| values.get_mut(index)) {
                        *slot = value;
                    }
                });
            }
            Err(words) => wrong.set(Some(words)),
        }
    };
    let name = parameter.name.replace('_', " ");
    view! {
        <label class="number">
            <span class="quiet">{name.clone()}</span>
            <input
                type="text"
                inputmode="decimal"
                class="typed"
                aria-label=format!("{name} of {of}")
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                prop:value=value
                on:change=take
            />
            <span class="wrong" role="alert">{move || wrong.get()}</span>
        </label>
    }
}
