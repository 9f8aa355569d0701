//! The dialog of presets: take one, keep what is set under a name, forget it again.

use atrium_shared::research::parameters::differences;
use atrium_shared::research::run_config::RunConfig;
use leptos::prelude::*;

use super::changes::words;
use super::presets::{Kept, MAX_NAME, PRESETS, load, store};
use crate::parts::dialog::Dialog;
use crate::parts::name_form::NameForm;
use crate::state::Lab;

#[component]
pub(crate) fn PresetDialog() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let kept = RwSignal::new(load());
    let refused = RwSignal::new(false);
    let keep = move |list: Vec<Kept>| {
        refused.set(!store(&list));
        kept.set(list);
    };
    let now = lab.draft.get_untracked();
    let shipped = PRESETS.iter().map(move |preset| {
        let name = preset.name.to_owned();
        preset_line(name, preset.sentence, Ok(preset.of(&now)), None)
    });
    let own = move || {
        let line = |one: Kept| {
            let name = one.name.clone();
            let forget = move || {
                let list = kept.get_untracked().into_iter();
                keep(list.filter(|other| other.name != name).collect());
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
            <KeepForm kept keep=Callback::new(keep) />
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
fn KeepForm(kept: RwSignal<Vec<Kept>>, keep: Callback<Vec<Kept>>) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let name = RwSignal::new(String::new());
    let keep = Callback::new(move |called: String| {
        let one = lab.draft.with_untracked(|draft| Kept::new(&called, draft));
        let mut list = kept.get_untracked();
        list.retain(|other| other.name != called);
        list.push(one);
        keep.run(list);
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
