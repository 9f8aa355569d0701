//! The dialog of presets: take one, keep what is set under a name, forget it again.

use atrium_shared::research::parameters::differences;
use atrium_shared::research::run_config::RunConfig;
use gloo::events::EventListener;
use gloo::utils::window;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::StorageEvent;

use super::changes::words;
use super::presets::{KEY, Kept, MAX_NAME, PRESETS, load, store, with, without};
use crate::parts::dialog::Dialog;
use crate::parts::name_form::NameForm;
use crate::state::Lab;

/// Makes another list of presets of the one that is stored.
type Change = Box<dyn FnOnce(Vec<Kept>) -> Vec<Kept>>;

#[component]
pub(crate) fn PresetDialog() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let kept = RwSignal::new(load());
    let refused = RwSignal::new(false);
    // another tab may have kept one since the list was read: it is read again before it is stored
    let keep = move |change: Change| {
        let list = change(match refused.get_untracked() {
            // what this browser did not store is here only
            true => kept.get_untracked(),
            false => load(),
        });
        refused.set(!store(&list));
        kept.set(list);
    };
    let elsewhere = EventListener::new(&window(), "storage", move |event| {
        let key = event.dyn_ref::<StorageEvent>().and_then(StorageEvent::key);
        // everything was cleared where there is no key
        if key.is_none_or(|key| key == KEY) {
            // the dialog may be closed by then
            drop(kept.try_set(load()));
        }
    });
    let elsewhere = StoredValue::new_local(Some(elsewhere));
    on_cleanup(move || drop(elsewhere.try_update_value(Option::take)));
    let now = lab.draft.get_untracked();
    let shipped = PRESETS.iter().map(move |preset| {
        let name = preset.name.to_owned();
        preset_line(name, preset.sentence, Ok(preset.of(&now)), None)
    });
    let own = move || {
        let line = |one: Kept| {
            let name = one.name.clone();
            let forget = move || {
                let name = name.clone();
                keep(Box::new(move |list| without(list, &name)));
            };
            let made = one.on(&now);
            preset_line(
                one.name,
                "Kept in this browser.",
                made,
                Some(Callback::new(move |()| forget())),
            )
        };
        kept.get().into_iter().map(line).collect_view()
    };
    view! {
        <Dialog id="preset-dialog" title="Presets">
            <p class="quiet">"A preset changes what it names and nothing else; the baseline and those of your own set every parameter. The bars stay. Undo takes it back."</p>
            <ul class="lines">{shipped.collect_view()} {own}</ul>
            <KeepForm keep=Callback::new(keep) />
            <p class="complaint" role="alert">
                {move || refused.get().then_some("This browser stores nothing: the preset is lost when the page is closed.")}
            </p>
        </Dialog>
    }
}

/// A preset with what it would change.
fn preset_line(
    name: String,
    sentence: &'static str,
    made: Result<RunConfig, String>,
    forget: Option<Callback<()>>,
) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let would = match &made {
        Ok(made) => {
            let list = lab
                .draft
                .with_untracked(|now| words(&differences(now, made)));
            match list.is_empty() {
                true => "Is set already.".to_owned(),
                false => list.join("; "),
            }
        }
        Err(why) => format!("Cannot be set here: {why}."),
    };
    let config = made.ok();
    let usable = config.is_some();
    let take = move |_| {
        if let Some(config) = config {
            lab.change(|draft| *draft = config);
            lab.commit();
            lab.asked.set(None);
        }
    };
    let label = format!("Forget {name}");
    let called = name.clone();
    view! {
        <li class="line" data-preset=called>
            <div>
                <strong>{name}</strong>
                <p>{sentence}</p>
                <p class="quiet">{would}</p>
            </div>
            <div class="line-end">
                <button type="button" class="button" data-take="" disabled=!usable on:click=take>"Use"</button>
                {forget.map(|forget| view! {
                    <button type="button" class="button" data-forget="" aria-label=label on:click=move |_| forget.run(())>"Forget"</button>
                })}
            </div>
        </li>
    }
}

/// Keeps what is set under a name; one of the same name is replaced.
#[component]
fn KeepForm(keep: Callback<Change>) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let name = RwSignal::new(String::new());
    let keep = Callback::new(move |called: String| {
        let one = lab.draft.with_untracked(|draft| Kept::new(&called, draft));
        keep.run(Box::new(move |list| with(list, one)));
        name.set(String::new());
    });
    view! {
        <NameForm
            field="preset-name"
            button="keep-preset"
            class="keep"
            label="Keep what is set now as"
            press="Keep"
            most=MAX_NAME
            name
            keep
        />
    }
}
