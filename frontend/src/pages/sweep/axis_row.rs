//! One parameter that is varied: its values as a range, as a list, or as what is ticked.

use atrium_shared::research::parameters::{Kind, Parameter, Unit, Value, named};
use atrium_shared::surface::report::count;
use atrium_shared::surface::sweeps::{RangeText, axis_text};
use atrium_shared::surface::words::value_words;
use leptos::prelude::*;

use super::scene::Scene;
use crate::parts::bubble::Info;
use crate::state::sweep::AxisText;

/// What a row is about.
#[derive(Clone, Copy)]
struct Row {
    scene: Scene,
    parameter: &'static Parameter,
    text: Memo<String>,
}

impl Row {
    fn set(self, text: String) {
        let key = self.parameter.key;
        self.scene.desk.setup.update(|setup| {
            for axis in setup.axes.iter_mut().filter(|axis| axis.key == key) {
                axis.text.clone_from(&text);
            }
        });
    }
}

#[component]
pub(super) fn AxisRow(scene: Scene, key: &'static str) -> impl IntoView {
    let setup = scene.desk.setup;
    let text = Memo::new(move |_| {
        setup.with(|setup| {
            let of = setup.axes.iter().find(|axis| axis.key == key);
            of.map(|axis| axis.text.clone()).unwrap_or_default()
        })
    });
    let Some(parameter) = named(key) else {
        return ().into_any();
    };
    let row = Row {
        scene,
        parameter,
        text,
    };
    let read = Memo::new(move |_| {
        let text = text.get();
        let axis = AxisText { key, text }.read();
        axis.map(|axis| count_words(&axis.values, parameter))
            .map_err(|bad| bad.to_string())
    });
    let counted = matches!(parameter.kind, Kind::Number { .. } | Kind::Whole { .. });
    let label = parameter.label;
    let unit = match parameter.unit {
        Unit::Share => "as a share: 0.01 is 1 %",
        other => other.suffix(),
    };
    let remove = move |_| setup.update(|setup| setup.axes.retain(|axis| axis.key != key));
    let is_range = Memo::new(move |_| text.with(|text| RangeText::read(text).is_some()));
    let turn = move |_| {
        let axis = AxisText {
            key,
            text: text.get_untracked(),
        };
        let Ok(axis) = axis.read() else { return };
        let texts: Vec<String> = axis
            .values
            .iter()
            .map(|value| parameter.text(*value))
            .collect();
        match is_range.get_untracked() {
            true => row.set(texts.join(",")),
            false => row.set(as_range(&axis_text(&axis), &texts)),
        }
    };
    let turn_words = move || {
        if is_range.get() {
            "As a list"
        } else {
            "As a range"
        }
    };
    let fields = move || match (counted, is_range.get()) {
        (true, true) => range(row),
        (true, false) => list(row),
        (false, _) => ticks(row),
    };
    view! {
        <li class="axis" data-axis=key>
            <div class="axis-head">
                <span class="axis-name">{label} " " <span class="quiet">{unit}</span></span>
                <Info term=label text=parameter.meaning.to_owned() />
                {counted.then(|| view! { <button type="button" class="link-button" aria-label=move || format!("{label}: {}", turn_words()) on:click=turn>{turn_words}</button> })}
                <button type="button" class="icon-button" aria-label=format!("Vary {label} no more") title="Vary it no more" on:click=remove>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
                </button>
            </div>
            {fields}
            <p class="axis-note quiet" hidden=move || read.with(Result::is_err)>{move || read.get().ok()}</p>
            <p class="complaint" role="status" id=format!("{key}-wrong")>{move || read.get().err()}</p>
        </li>
    }
    .into_any()
}

/// How many values there are, with the first and the last.
fn count_words(values: &[Value], parameter: &Parameter) -> String {
    let text = |value: &Value| value_words(parameter, *value);
    match values {
        [one] => format!("1 value: {}", text(one)),
        [first, .., last] => {
            let count = count(values.len() as f64);
            format!("{count} values, {} to {}", text(first), text(last))
        }
        [] => String::new(),
    }
}

/// A text of values as a range: as it is where it is one, else from the first to the last in as many steps.
fn as_range(text: &str, values: &[String]) -> String {
    if RangeText::read(text).is_some() {
        return text.to_owned();
    }
    let numbers: Vec<f64> = values
        .iter()
        .filter_map(|value| value.parse().ok())
        .collect();
    match numbers.as_slice() {
        [first, .., last] => {
            let steps = (numbers.len() - 1) as f64;
            let step: f64 = format!("{:.6e}", (last - first) / steps)
                .parse()
                .unwrap_or(1.0);
            format!("{first}:{last}:{step}")
        }
        [one] => format!("{one}:{one}:1"),
        [] => text.to_owned(),
    }
}

fn range(row: Row) -> AnyView {
    let part = move |label: &'static str,
                     read: fn(&RangeText) -> &String,
                     write: fn(&mut RangeText, String)| {
        let id = format!("{}-{}", row.parameter.key, label.to_ascii_lowercase());
        let named = id.clone();
        let value = move || {
            let parts = row
                .text
                .with(|text| RangeText::read(text))
                .unwrap_or_default();
            read(&parts).clone()
        };
        let take = move |event| {
            let mut parts = row
                .text
                .with_untracked(|text| RangeText::read(text))
                .unwrap_or_default();
            // a colon would make a part of its own
            write(
                &mut parts,
                event_target_value(&event)
                    .replace([':', ' '], "")
                    .replace(',', "."),
            );
            row.set(parts.text());
        };
        view! {
            <label class="range-part" for=named>
                <span>{label}</span>
                <input
                    class="typed"
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    id=id
                    aria-label=format!("{}: {}", row.parameter.label, label.to_ascii_lowercase())
                    aria-describedby=format!("{}-wrong", row.parameter.key)
                    prop:value=value
                    on:input=take
                />
            </label>
        }
    };
    view! {
        <div class="range-parts">
            {part("From", |range| &range.from, |range, text| range.from = text)}
            {part("To", |range| &range.to, |range, text| range.to = text)}
            {part("Step", |range| &range.step, |range, text| range.step = text)}
        </div>
    }
    .into_any()
}

fn list(row: Row) -> AnyView {
    let key = row.parameter.key;
    view! {
        <input
            class="typed axis-list"
            type="text"
            autocomplete="off"
            spellcheck="false"
            id=format!("{key}-list")
            aria-label=format!("{}: values", row.parameter.label)
            aria-describedby=format!("{key}-wrong")
            placeholder="1, 1.5, 2"
            prop:value=move || row.text.get()
            on:input=move |event| row.set(event_target_value(&event))
        />
    }
    .into_any()
}

/// Values that are few: a box each.
fn ticks(row: Row) -> AnyView {
    let parameter = row.parameter;
    let mut values: Vec<Value> = match &parameter.kind {
        Kind::Flag { .. } => vec![Value::Flag(false), Value::Flag(true)],
        _ => {
            let choices = parameter.choices().iter();
            choices.map(|choice| Value::Choice(choice.code)).collect()
        }
    };
    if parameter.when_on.is_some() {
        values.insert(0, Value::Absent);
    }
    let names: Vec<String> = values.iter().map(|value| parameter.text(*value)).collect();
    let order = StoredValue::new(names.clone());
    let has = move |name: &str| {
        row.text
            .with(|text| text.split(',').any(|one| one.trim() == name))
    };
    let boxes = values.into_iter().zip(names).map(|(value, name)| {
        let (own, words) = (name.clone(), value_words(parameter, value));
        let toggle = move |event| {
            let on = event_target_checked(&event);
            let texts = order.with_value(|order| {
                let wanted = |one: &&String| if **one == name { on } else { untrack(|| has(one)) };
                order.iter().filter(wanted).cloned().collect::<Vec<_>>()
            });
            row.set(texts.join(","));
        };
        view! {
            <label class="tick">
                <input class="box" type="checkbox" prop:checked=move || has(&own) on:change=toggle />
                <span>{words}</span>
            </label>
        }
    });
    view! { <div class="ticks" role="group" aria-label=format!("{}: values", parameter.label)>{boxes.collect_view()}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_a_range_that_can_be_changed() {
        let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(as_range("0:2:1", &texts(&["0", "1", "2"])), "0:2:1");
        assert_eq!(as_range("1,2,4", &texts(&["1", "2", "4"])), "1:4:1.5");
        assert_eq!(as_range("1.5", &texts(&["1.5"])), "1.5:1.5:1");
        assert_eq!(as_range("null", &texts(&["null"])), "null");
    }
}
