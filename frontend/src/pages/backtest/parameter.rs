//! One numeric parameter: a slider, the same number to type, its unit and its explanation.

use atrium_shared::research::run_config::RunConfig;
use leptos::prelude::*;

use crate::parts::bubble::Info;
use crate::parts::number::{decimal, read_number};
use crate::state::Lab;

/// What is known of a parameter.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    /// Its name in configurations.
    pub(super) name: &'static str,
    /// Its name as shown.
    pub(super) label: &'static str,
    /// Its unit as shown.
    pub(super) unit: &'static str,
    /// The lowest value.
    pub(super) low: f64,
    /// The highest value.
    pub(super) high: f64,
    /// The slider's step.
    pub(super) step: f64,
    /// Decimals that a value is shown with, at least; a typed one keeps up to four.
    pub(super) decimals: usize,
    /// What it means.
    pub(super) meaning: &'static str,
    /// Its value as shown.
    pub(super) read: fn(&RunConfig) -> f64,
    /// Takes a value as shown.
    pub(super) write: fn(&mut RunConfig, f64),
}

/// Typed values keep no more decimals than this: what is shown is what runs.
const MOST_DECIMALS: usize = 4;

/// Reads a typed value as it is used: rounded to [`MOST_DECIMALS`], and without the sign of a zero.
///
/// # Errors
/// What is wrong, in words.
fn read_value(text: &str, low: f64, high: f64, unit: &str) -> Result<f64, String> {
    let number = read_number(text, low, high, unit)?;
    let rounded = format!("{number:.MOST_DECIMALS$}")
        .parse()
        .unwrap_or(number);
    Ok(rounded + 0.0)
}

#[component]
pub(super) fn NumberParameter(parameter: Parameter) -> impl IntoView {
    let Parameter {
        name,
        low,
        high,
        unit,
        decimals,
        ..
    } = parameter;
    let lab = expect_context::<Lab>();
    let value = Memo::new(move |_| lab.draft.with(parameter.read));
    let shown = move |value: f64| decimal(value, decimals, MOST_DECIMALS);
    let text = RwSignal::new(shown(value.get_untracked()));
    let complaint = RwSignal::new(None::<String>);
    // what is typed stays as it is typed; a value from elsewhere replaces it
    Effect::new(move |_| {
        let value = value.get();
        let typed = text.with_untracked(|text| read_value(text, low, high, unit));
        if typed != Ok(value) {
            text.set(shown(value));
        }
        complaint.set(None);
    });
    let take = move |typed: String| match read_value(&typed, low, high, unit) {
        Ok(number) => {
            complaint.set(None);
            text.set(typed);
            if number.total_cmp(&value.get_untracked()).is_ne() {
                lab.change(|config| (parameter.write)(config, number));
            }
        }
        Err(bound) => {
            text.set(typed);
            complaint.set(Some(bound));
        }
    };
    let slide = move |slid: String| {
        if let Ok(number) = read_number(&slid, low, high, unit) {
            take(shown(number));
        }
    };
    let leave = move |_| {
        complaint.set(None);
        text.set(shown(value.get_untracked()));
    };
    let fill = move || format!("--fill: {:.2}%", (value.get() - low) / (high - low) * 100.0);
    let message = format!("{name}-message");
    let described = message.clone();
    view! {
        <div class="parameter" data-parameter=name data-wrong=move || complaint.with(Option::is_some).then_some("")>
            <label class="label" for=name>{parameter.label}</label>
            <Info term=parameter.label text=parameter.meaning />
            <input
                class="typed"
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                id=format!("{name}-typed")
                aria-label=format!("{}, typed", parameter.label)
                aria-invalid=move || complaint.with(Option::is_some).then_some("true")
                aria-describedby=described
                prop:value=move || text.get()
                on:input=move |event| take(event_target_value(&event))
                on:change=leave
            />
            <span class="unit">{unit}</span>
            <input
                class="slider"
                type="range"
                id=name
                name=name
                min=low
                max=high
                step=parameter.step
                aria-valuetext=move || format!("{} {unit}", shown(value.get()))
                style=fill
                prop:value=move || shown(value.get())
                on:input=move |event| slide(event_target_value(&event))
            />
            <p class="complaint" id=message role="status">{move || complaint.get()}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_what_is_shown() {
        for (typed, value) in [("0.12345", "0.1235"), ("1,00004", "1"), ("2.5", "2.5")] {
            let read = read_value(typed, 0.0, 5.0, "").unwrap();
            assert_eq!(decimal(read, 0, MOST_DECIMALS), value);
            assert_eq!(read.to_string(), value, "{typed}");
        }
        let zero = read_value("-0.0", 0.0, 5.0, "").unwrap();
        assert_eq!(zero.to_bits(), 0.0f64.to_bits());
    }
}
