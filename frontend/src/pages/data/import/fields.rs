//! Controls of the preview, and what the bars are of.

use std::rc::Rc;

use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::Certainty;
use leptos::prelude::*;

use crate::pages::data::words::{CALENDARS, basis_choice};
use crate::state::import::{Choices, Import};

/// How sure something is and why, beside the control that changes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    pub(super) certainty: Certainty,
    pub(super) words: String,
}

impl Evidence {
    fn mark(&self) -> (&'static str, &'static str) {
        match self.certainty {
            Certainty::Given => ("given", "as you chose"),
            Certainty::Sure => ("sure", "sure"),
            Certainty::Assumed => ("assumed", "assumed, look at it"),
        }
    }
}

/// A label, its control, and why it is as it is.
#[component]
pub(super) fn Field(
    /// What the control is found by.
    id: &'static str,
    /// What it is called.
    label: &'static str,
    /// Why it is as it is.
    #[prop(optional, into)]
    evidence: Option<Signal<Option<Evidence>>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let why = evidence.map(|evidence| {
        let line = move || {
            evidence.get().map(|evidence| {
                let (name, words) = evidence.mark();
                view! { <span class="certainty" data-certainty=name>{words}</span> " " {evidence.words} }
            })
        };
        view! { <p class="evidence" id=format!("{id}-why")>{line}</p> }
    });
    view! {
        <div class="field" data-field=id>
            <label for=id>{label}</label>
            {children()}
            {why}
        </div>
    }
}

/// One of several, as a list that opens. The options may change with what is detected.
#[component]
pub(super) fn Choose(
    /// What it is found by.
    id: &'static str,
    /// Values and words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The value that is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Hears another choice.
    on_choose: impl Fn(String) + 'static,
    /// Whether it has a line of evidence.
    #[prop(optional)]
    explained: bool,
) -> impl IntoView {
    let option = move |(key, words): (String, String)| {
        let chosen = key.clone();
        view! { <option value=key selected=move || value.with(|value| *value == chosen)>{words}</option> }
    };
    view! {
        <select
            id=id
            aria-describedby=explained.then(|| format!("{id}-why"))
            prop:value=move || value.get()
            on:change=move |event| on_choose(event_target_value(&event))
        >
            {move || options.get().into_iter().map(option).collect_view()}
        </select>
    }
}

/// A text that is typed.
#[component]
pub(super) fn Typed(
    id: &'static str,
    #[prop(into)] value: Signal<String>,
    /// Whether it makes sense as it stands.
    #[prop(into)]
    valid: Signal<bool>,
    on_type: impl Fn(String) + 'static,
    /// What may be written, where nothing is.
    #[prop(optional)]
    hint: &'static str,
    /// Whether it is heard, too, where the same is typed again: an answer to a question about it.
    #[prop(optional)]
    again: bool,
) -> impl IntoView {
    let on_type = Rc::new(on_type);
    let heard = Rc::clone(&on_type);
    let typed = StoredValue::new(false);
    view! {
        <input
            type="text"
            class="typed text"
            id=id
            placeholder=hint
            autocomplete="off"
            spellcheck="false"
            aria-invalid=move || (!valid.get()).then_some("true")
            prop:value=move || value.get()
            on:input=move |_| typed.set_value(true)
            on:focusout=move |event| {
                if again && typed.get_value() {
                    typed.set_value(false);
                    on_type(event_target_value(&event));
                }
            }
            on:change=move |event| {
                typed.set_value(false);
                heard(event_target_value(&event));
            }
        />
    }
}

/// Whether a symbol can name a data set.
pub(super) fn is_symbol(symbol: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=32).contains(&symbol.len())
        && symbol.chars().all(plain)
        && symbol.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// What the bars are of.
#[component]
pub(super) fn InstrumentFields(import: Import) -> impl IntoView {
    let of = move |read: fn(&Instrument) -> String| {
        Signal::derive(move || import.choices.with(|choices| read(&choices.instrument)))
    };
    let change = move |change: &dyn Fn(&mut Instrument)| {
        import.choose(|choices| change(&mut choices.instrument));
    };
    let number = move |id, label, read: fn(&Choices) -> f64, write: fn(&mut Choices, f64)| {
        let value =
            Signal::derive(move || import.choices.with(|choices| read(choices).to_string()));
        let valid = Signal::derive(move || import.choices.with(|choices| read(choices) > 0.0));
        let on_type = move |text: String| {
            let number = text.trim().replace(',', ".").parse().unwrap_or(0.0);
            import.choose(|choices| write(choices, number));
        };
        // who types what stands there already says that it is so
        view! { <Field id label><Typed id value valid on_type again=true /></Field> }
    };
    let markets = Signal::stored(
        CALENDARS
            .map(|(calendar, words)| (calendar.name().to_owned(), words.to_owned()))
            .to_vec(),
    );
    let bases = Signal::stored(
        PriceBasis::ALL
            .map(|basis| (basis.name().to_owned(), basis_choice(basis).to_owned()))
            .to_vec(),
    );
    let on_market = move |name: String| {
        let known = CALENDARS
            .iter()
            .find(|(calendar, _)| calendar.name() == name);
        if let Some((calendar, _)) = known {
            import.choose_market(*calendar);
        }
    };
    let on_basis = move |name: String| {
        let basis = PriceBasis::ALL
            .into_iter()
            .find(|basis| basis.name() == name);
        import.choose(|choices| choices.basis = basis.unwrap_or_default());
    };
    let market = Signal::derive(move || {
        import
            .choices
            .with(|choices| Calendar::name(choices.instrument.calendar).to_owned())
    });
    let basis = Signal::derive(move || {
        import
            .choices
            .with(|choices| choices.basis.name().to_owned())
    });
    let hint = Signal::derive(move || {
        import.detection.with(|detection| {
            let words = detection.as_ref()?.adjustment.clone()?;
            Some(Evidence {
                certainty: Certainty::Assumed,
                words,
            })
        })
    });
    let valid = Signal::derive(move || {
        import
            .choices
            .with(|choices| is_symbol(&choices.instrument.symbol))
    });
    let on_symbol = move |text: String| import.give_symbol(&text.trim().to_uppercase());
    let on_currency =
        move |text: String| change(&|instrument| instrument.currency = text.trim().to_uppercase());
    let symbol = of(|instrument| instrument.symbol.clone());
    let currency = of(|instrument| instrument.currency.clone());
    let always = Signal::stored(true);
    view! {
        <fieldset class="group">
            <legend>"What the bars are of"</legend>
            <Field id="import-symbol" label="Symbol"><Typed id="import-symbol" value=symbol valid on_type=on_symbol again=true /></Field>
            <Field id="import-market" label="Market"><Choose id="import-market" options=markets value=market on_choose=on_market /></Field>
            <Field id="import-basis" label="Prices are" evidence=hint><Choose id="import-basis" options=bases value=basis on_choose=on_basis explained=true /></Field>
            <details class="more-fields">
                <summary>"Units"</summary>
                <Field id="import-currency" label="Currency"><Typed id="import-currency" value=currency valid=always on_type=on_currency /></Field>
                {number("import-tick", "Smallest price step", |choices| choices.instrument.tick_size, |choices, value| {
                    choices.instrument.tick_size = value;
                    choices.step_given = true;
                })}
                {number("import-lot", "Smallest quantity step", |choices| choices.instrument.lot_size, |choices, value| {
                    choices.instrument.lot_size = value;
                    choices.instrument.min_quantity = value;
                })}
            </details>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::is_symbol;

    #[test]
    fn symbols_name_folders() {
        assert!(
            ["SPY", "BRK.B", "BTC-USD", "6E"]
                .iter()
                .all(|symbol| is_symbol(symbol))
        );
        assert!(
            ["", "a/b", "..", "-x", "SPY US", "Ä"]
                .iter()
                .all(|symbol| !is_symbol(symbol))
        );
    }
}
