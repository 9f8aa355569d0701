//! The form of an instrument's units and description.

use atrium_shared::market::instrument::{Instrument, SecurityType};
use leptos::prelude::*;

use super::Apply;
use crate::state::library::Library;
use crate::state::symbol::{Step, Target, Task};

/// A number of an instrument: what it is found by, its label, what it means, and where it stands.
type Number = (
    &'static str,
    &'static str,
    &'static str,
    fn(&mut Instrument) -> &mut f64,
);

const NUMBERS: [Number; 5] = [
    (
        "unit-tick",
        "Smallest price step",
        "0.01 for US shares",
        |it| &mut it.tick_size,
    ),
    (
        "unit-lot",
        "Smallest quantity step",
        "1 share, 0.0001 of a coin",
        |it| &mut it.lot_size,
    ),
    ("unit-least", "Smallest quantity of an order", "", |it| {
        &mut it.min_quantity
    }),
    (
        "unit-notional",
        "Smallest value of an order",
        "in the currency; 0 for none",
        |it| &mut it.min_notional,
    ),
    (
        "unit-multiplier",
        "Multiplier",
        "cash for a price move of 1 on a quantity of 1",
        |it| &mut it.multiplier,
    ),
];

/// A text of an instrument.
type Text = (
    &'static str,
    &'static str,
    &'static str,
    fn(&mut Instrument) -> &mut String,
);

const TEXTS: [Text; 3] = [
    ("unit-currency", "Currency", "such as USD", |it| {
        &mut it.currency
    }),
    (
        "unit-exchange",
        "Exchange",
        "such as ARCA; empty where it is not known",
        |it| &mut it.exchange,
    ),
    (
        "unit-zone",
        "Time zone",
        "such as America/New_York; empty for the market's",
        |it| &mut it.time_zone,
    ),
];

#[component]
pub(super) fn Units(library: Library, instrument: Instrument) -> impl IntoView {
    let desk = library.desk;
    let draft = StoredValue::new(instrument.clone());
    // what was typed and is no number
    let bad = RwSignal::new(Vec::<&'static str>::new());
    let wrong = RwSignal::new(None::<String>);
    let changed = move || {
        let draft = draft.get_value();
        let checked = draft.validate().map_err(|bad| bad.to_string());
        let described = || draft.validate_description().map_err(|bad| bad.to_string());
        wrong.set(checked.and_then(|()| described()).err());
        // the task is not set anew: the form would be made anew with it
        desk.task
            .update_untracked(|task| *task = Some(Task::Describe(draft)));
        if desk.step.with_untracked(|step| *step != Step::Asking) {
            desk.step.set(Step::Asking);
        }
    };
    let number = move |(id, label, note, at): Number| {
        let value = at(&mut instrument.clone()).to_string();
        let on_type = move |event: web_sys::Event| {
            let text = event_target_value(&event).trim().replace(',', ".");
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            bad.update(|bad| {
                bad.retain(|other| *other != id);
                if number.is_none() {
                    bad.push(id);
                }
            });
            if let Some(number) = number {
                draft.update_value(|draft| *at(draft) = number);
            }
            changed();
        };
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input
                    type="text"
                    inputmode="decimal"
                    class="typed text"
                    id=id
                    autocomplete="off"
                    aria-describedby=(!note.is_empty()).then(|| format!("{id}-why"))
                    aria-invalid=move || bad.with(|bad| bad.contains(&id)).then_some("true")
                    value=value
                    on:input=on_type
                />
                <p class="evidence" id=format!("{id}-why")>{note}</p>
            </div>
        }
    };
    let text = move |(id, label, note, at): Text| {
        let value = draft.with_value(|draft| at(&mut draft.clone()).clone());
        let on_type = move |event: web_sys::Event| {
            let text = event_target_value(&event).trim().to_owned();
            let text = match id {
                "unit-currency" => text.to_uppercase(),
                _ => text,
            };
            draft.update_value(|draft| *at(draft) = text);
            changed();
        };
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input
                    type="text"
                    class="typed text"
                    id=id
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby=format!("{id}-why")
                    value=value
                    on:input=on_type
                />
                <p class="evidence" id=format!("{id}-why")>{note}</p>
            </div>
        }
    };
    let kind = draft.with_value(|draft| draft.security_type);
    let on_kind = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        let kind = SecurityType::ALL
            .into_iter()
            .find(|kind| kind.name() == name);
        draft.update_value(|draft| draft.security_type = kind.unwrap_or_default());
        changed();
    };
    let kinds = SecurityType::ALL.map(|it| {
        view! { <option value=it.name() selected=it == kind>{it.name()}</option> }
    });
    let obstacle = move || match bad.with(Vec::is_empty) {
        false => Some("One of the numbers is none: write it as 0.25.".to_owned()),
        true => wrong.get().map(|wrong| format!("This cannot be: {wrong}.")),
    };
    let lead = match desk.target.get_untracked() {
        Some(Target::Stored(symbol)) => format!(
            "For all stored data sets of {symbol}; it is proposed for those to come. Bars stay as they are; runs go by the new units. The market cannot be changed: import the bars again for another."
        ),
        _ => "For this data set of this browser; its file is read again. The market cannot be changed: use the file again for another.".to_owned(),
    };
    let blocked = Signal::derive(move || obstacle().is_some());
    view! {
        <p class="lead">{lead}</p>
        <div class="units">
            {NUMBERS.map(number)}
            {TEXTS.map(text)}
            <div class="field">
                <label for="unit-kind">"Kind of security"</label>
                <select id="unit-kind" on:change=on_kind>{kinds}</select>
            </div>
        </div>
        {move || obstacle().map(|why| view! { <p class="problem" role="alert" id="unit-trouble">{why}</p> })}
        <fieldset class="bare" disabled=move || blocked.get()>
            <legend class="hidden">"Change it"</legend>
            <Apply library words=Signal::stored("Change it".to_owned()) />
        </fieldset>
    }
}
