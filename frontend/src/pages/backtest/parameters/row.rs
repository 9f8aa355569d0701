//! One parameter: what it is called, what it is set to, and the way back to its default.

use atrium_shared::research::parameters::{Kind, Parameter, Unit, Value};
use atrium_shared::surface::words::value_words;
use leptos::prelude::*;

use super::shown;
use crate::choices::offered_intervals;
use crate::parts::bubble::Info;
use crate::parts::number::read_number;
use crate::state::Lab;

/// Choices with longer words than this stand on a line of their own.
const SHORT_WORDS: usize = 12;

/// The interval's control: its key is the id of the header's.
const INTERVAL_ID: &str = "bars-interval";

/// What a row is about.
#[derive(Clone, Copy)]
struct Row {
    lab: Lab,
    parameter: &'static Parameter,
    value: Memo<Option<Value>>,
    complaint: RwSignal<Option<String>>,
}

impl Row {
    /// Sets the parameter; says nothing where it stays what it is.
    fn set(self, value: Value) {
        // a row that is being taken away may still hear of what was typed in it
        if self.value.try_get_untracked() != Some(Some(value)) {
            let parameter = self.parameter;
            // what is offered is within its bounds
            self.lab.change(|config| drop(parameter.set(config, value)));
        }
    }
}

#[component]
pub(super) fn ParameterRow(parameter: &'static Parameter) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let row = Row {
        lab,
        parameter,
        value: Memo::new(move |_| lab.draft.with(|config| parameter.get(config))),
        complaint: RwSignal::new(None),
    };
    let key = parameter.key;
    let optional = parameter.when_on.is_some();
    let is_flag = matches!(parameter.kind, Kind::Flag { .. });
    let control = match &parameter.kind {
        Kind::Number { .. } | Kind::Whole { .. } => number(row),
        Kind::Flag { .. } => flag(row),
        Kind::Choice { .. } => choice(row),
        Kind::Interval => interval(row),
    };
    let switch = optional.then(|| switch(row));
    let named = match &parameter.kind {
        Kind::Interval => INTERVAL_ID.to_owned(),
        _ if optional => format!("{key}-on"),
        _ => key.to_owned(),
    };
    let meaning = match parameter.unit {
        Unit::Cash => format!("{} In account currency.", parameter.meaning),
        _ => parameter.meaning.to_owned(),
    };
    let wide = parameter
        .choices()
        .iter()
        .any(|choice| choice.label.len() > SHORT_WORDS);
    view! {
        <div
            class="parameter"
            data-parameter=key
            data-boxed=(optional || is_flag).then_some("")
            data-wide=wide.then_some("")
            data-wrong=move || row.complaint.with(Option::is_some).then_some("")
        >
            {switch}
            <label class="label" for=named>{parameter.label}</label>
            <Info term=parameter.label text=meaning />
            {revert(row)}
            {control}
            <p class="complaint" id=format!("{key}-message") role="status">{move || row.complaint.get()}</p>
        </div>
    }
}

/// The button back to the default, where that is another value.
fn revert(row: Row) -> impl IntoView {
    let default = row.parameter.default_value();
    let is_default = Memo::new(move |_| default.is_none() || row.value.get() == default);
    let words = default.map_or_else(String::new, |default| {
        let words = value_words(row.parameter, default);
        format!("{} back to {words}", row.parameter.label)
    });
    let put = move |_| {
        if let Some(default) = default {
            row.set(default);
            row.lab.commit();
        }
    };
    view! {
        <button
            type="button"
            class="revert"
            aria-label=words.clone()
            title=words
            style:visibility=move || is_default.get().then_some("hidden")
            on:click=put
        >
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 3v4h4M3.5 7a5 5 0 1 1 .6 4" /></svg>
        </button>
    }
}

/// The box that gives a parameter a value or none.
fn switch(row: Row) -> impl IntoView {
    let key = row.parameter.key;
    let toggle = move |event| {
        let value = match event_target_checked(&event) {
            true => row.parameter.when_on,
            false => Some(Value::Absent),
        };
        if let Some(value) = value {
            row.set(value);
            row.lab.commit();
        }
    };
    view! {
        <input
            class="box"
            type="checkbox"
            id=format!("{key}-on")
            prop:checked=move || row.value.get() != Some(Value::Absent)
            on:change=toggle
        />
    }
}

fn flag(row: Row) -> AnyView {
    let toggle = move |event| {
        row.set(Value::Flag(event_target_checked(&event)));
        row.lab.commit();
    };
    view! {
        <input
            class="box"
            type="checkbox"
            id=row.parameter.key
            prop:checked=move || row.value.get() == Some(Value::Flag(true))
            on:change=toggle
        />
    }
    .into_any()
}

fn choice(row: Row) -> AnyView {
    let chosen = move || match row.value.get() {
        Some(Value::Choice(code)) => Some(code),
        _ => None,
    };
    let options = row.parameter.choices().iter().map(|choice| {
        let code = choice.code;
        view! { <option value=code.to_string() selected=move || chosen() == Some(code)>{choice.label}</option> }
    });
    let choose = move |event| {
        if let Ok(code) = event_target_value(&event).parse() {
            row.set(Value::Choice(code));
            row.lab.commit();
        }
    };
    view! {
        <select
            class="choice"
            id=row.parameter.key
            prop:value=move || chosen().map(|code| code.to_string())
            on:change=choose
        >
            {options.collect_view()}
        </select>
    }
    .into_any()
}

/// The intervals that the data set has; the one that stands is among them.
fn interval(row: Row) -> AnyView {
    let lab = row.lab;
    let offered = Memo::new(move |_| {
        let now = lab.draft.with(|config| config.interval);
        let stored = lab.chosen().map(|entry| entry.set.interval);
        let mut offered = stored.map(offered_intervals).unwrap_or_default();
        if !offered.contains(&now) {
            offered.push(now);
        }
        offered
    });
    let options = move || {
        let now = lab.draft.with(|config| config.interval);
        let option = |interval: atrium_shared::base::time::BarInterval| {
            let words = interval.to_string();
            view! { <option value=words.clone() selected=interval == now>{words.clone()}</option> }
        };
        offered.get().into_iter().map(option).collect_view()
    };
    let choose = move |event| {
        if let Ok(interval) = event_target_value(&event).parse() {
            lab.choose_interval(interval);
        }
    };
    view! {
        <select class="choice" id=INTERVAL_ID on:change=choose>{options}</select>
    }
    .into_any()
}

/// A slider and the same number to type.
fn number(row: Row) -> AnyView {
    let there = Memo::new(move |_| shown::number(row.parameter, row.value.get()).is_some());
    view! { <Show when=move || there.get()>{number_there(row)}</Show> }.into_any()
}

fn number_there(row: Row) -> AnyView {
    let Row {
        lab,
        parameter,
        value,
        complaint,
    } = row;
    let Some(slider) = shown::slider(parameter) else {
        return ().into_any();
    };
    let key = parameter.key;
    let unit = shown::unit(parameter);
    let text_of = move |value| shown::text(parameter, value);
    let typed = RwSignal::new(text_of(value.get_untracked()));
    // what stood before something was typed, for as long as that is gone on with, and what was put back because the text was
    // refused
    let before = StoredValue::new(None::<Option<Value>>);
    let put_back = StoredValue::new(None::<Option<Value>>);
    // what is typed stays as it is typed; a value from elsewhere replaces it
    Effect::new(move |_| {
        let now = value.get();
        if typed.with_untracked(|typed| shown::read(parameter, typed).ok()) != now {
            typed.set(text_of(now));
            before.set_value(None);
        }
        if put_back.get_value() != Some(now) {
            complaint.set(None);
        }
    });
    let take = move |text: String| {
        if before.with_value(Option::is_none) {
            before.set_value(Some(value.get_untracked()));
        }
        put_back.set_value(None);
        match shown::read(parameter, &text) {
            Ok(value) => {
                complaint.set(None);
                row.set(value);
            }
            Err(bound) => complaint.set(Some(bound)),
        }
        typed.set(text);
    };
    let slide = move |slid: String| {
        if let Ok(number) = read_number(&slid, slider.low, slider.high, unit) {
            take(number.to_string());
            // that is not typed
            before.set_value(None);
        }
    };
    // what begins with a number that could be is none of what was typed
    let leave = move || {
        // the browser tells of a change in a field that is gone, too: what was in that is settled by then
        let Some(left) = typed.try_get_untracked() else {
            return;
        };
        let stood = before.try_update_value(Option::take).flatten();
        match (shown::read(parameter, &left), stood) {
            (Err(bound), Some(Some(stood))) => {
                put_back.set_value(Some(Some(stood)));
                row.set(stood);
                complaint.set(Some(format!("“{}” was not taken. {bound}", left.trim())));
            }
            (Err(_), _) => {}
            (Ok(_), _) => complaint.set(None),
        }
        typed.set(text_of(value.try_get_untracked().flatten()));
        lab.commit();
    };
    // the browser tells of no change where a text is again what it was
    let settle = move || {
        if before.try_get_value().flatten().is_some() {
            leave();
        }
    };
    // what was typed is taken back
    let give_up = move || {
        if let Some(Some(stood)) = before.try_update_value(Option::take).flatten() {
            complaint.set(None);
            row.set(stood);
            typed.set(text_of(Some(stood)));
        }
    };
    // whoever goes elsewhere by the browser's own means leaves the field by that
    on_cleanup(move || {
        settle();
        complaint.set(None);
    });
    let place = move || {
        let number = shown::number(parameter, value.get()).unwrap_or(slider.low);
        format!("--fill: {:.2}%", slider.place(number))
    };
    view! {
        <input
            class="typed"
            type="text"
            inputmode="decimal"
            autocomplete="off"
            spellcheck="false"
            id=format!("{key}-typed")
            aria-label=format!("{}, typed", parameter.label)
            aria-invalid=move || complaint.with(Option::is_some).then_some("true")
            aria-describedby=format!("{key}-message")
            prop:value=move || typed.get()
            on:input=move |event| take(event_target_value(&event))
            on:change=move |_| leave()
            on:blur=move |_| settle()
            on:keydown=move |event| if event.key() == "Escape" { give_up() }
        />
        <span class="unit">{unit}</span>
        <input
            class="slider"
            type="range"
            id=key
            aria-label=parameter.label
            min=slider.low
            max=slider.high
            step=slider.step
            aria-valuetext=move || format!("{} {unit}", text_of(value.get()))
            style=place
            prop:value=move || text_of(value.get())
            on:input=move |event| slide(event_target_value(&event))
            on:change=move |_| lab.commit()
        />
    }
    .into_any()
}
