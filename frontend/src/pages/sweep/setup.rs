//! What is varied, and how: the column of the form with the buttons that run it.

use atrium_shared::research::parameters::{Kind, Parameter, all};
use atrium_shared::research::sweep::Measure;
use atrium_shared::research::window::Window;
use atrium_shared::surface::report::count;
use atrium_shared::surface::sweeps::{
    estimate_words, measure_label, proposed_axes, proposed_values, rate_words, time_words,
};
use leptos::prelude::*;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::axis_row::AxisRow;
use super::scene::Scene;
use crate::keys::next_in_list;
use crate::pages::Page;
use crate::parts::bubble::Info;
use crate::parts::number::read_whole;
use crate::state::sweep::{AxisText, Estimated, MethodText, Stage, SweepDesk};

/// A sweep that is estimated to take longer is asked about first, in seconds.
const ASKED_S: f64 = 30.0;
/// So is one of more trials, where its time is not known yet.
const ASKED_TRIALS: u64 = 500_000;
/// How many parameters are offered at once.
const OFFERED: usize = 8;

/// Runs the sweep in the form, unless it should be asked first.
pub(super) fn run(scene: Scene) {
    let (desk, lab) = (scene.desk, scene.lab);
    let Ok(estimated) = untrack(|| desk.estimate(lab)) else {
        return;
    };
    // the number that is set is not the one that stands in its field
    if scene.unread.with_untracked(|fields| !fields.is_empty()) {
        return;
    }
    let long = match estimated.seconds {
        Some(seconds) => seconds > ASKED_S,
        None => estimated.of.trials > ASKED_TRIALS,
    };
    match long && !scene.asking.get_untracked() {
        true => scene.asking.set(true),
        false => {
            scene.asking.set(false);
            desk.start(lab);
        }
    }
}

#[component]
pub(super) fn SetupForm(scene: Scene) -> impl IntoView {
    let (desk, lab) = (scene.desk, scene.lab);
    // who comes for the first time has something to run
    Effect::new(move |done: Option<bool>| {
        let known = done.unwrap_or(false);
        let has_bars = lab.shown.with(Option::is_some);
        if !known && has_bars && desk.setup.with_untracked(|setup| setup.axes.is_empty()) {
            propose(scene);
        }
        known || has_bars
    });
    let keys = Memo::new(move |_| {
        desk.setup.with(|setup| {
            let keys = setup.axes.iter().map(|axis| axis.key);
            keys.collect::<Vec<_>>()
        })
    });
    let none = move || keys.with(Vec::is_empty);
    view! {
        <aside class="sweep-setup" aria-label="What is varied">
            <div class="setup-head">
                <h2>"What is varied"</h2>
                <a class="quiet" href=Page::BACKTEST title="The parameters that are not varied are those of the backtest page">"The rest: as on Backtest"</a>
            </div>
            <ul class="axes">
                <For each=move || keys.get() key=|key| *key let(key)>
                    <AxisRow scene key />
                </For>
            </ul>
            <Show when=none>
                <p class="quiet none">
                    "Nothing is varied yet. "
                    <button type="button" class="button" id="propose" on:click=move |_| propose(scene)>"Propose two"</button>
                </p>
            </Show>
            <AddAxis scene />
            <Method scene />
            <Runner scene />
        </aside>
    }
}

fn propose(scene: Scene) {
    let config = scene.lab.committed.get_untracked();
    let axes = proposed_axes(&config).into_iter();
    let axes = axes.map(|(key, text)| AxisText { key, text }).collect();
    scene.desk.setup.update(|setup| setup.axes = axes);
}

/// The parameters that can be varied and are not yet, by what is looked for.
fn offered(scene: Scene, query: &str) -> Vec<&'static Parameter> {
    let query = query.trim().to_ascii_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let config = scene.lab.committed.get();
    scene.desk.setup.with(|setup| {
        let is_new = |one: &&Parameter| setup.axes.iter().all(|axis| axis.key != one.key);
        let can = |one: &&Parameter| !matches!(one.kind, Kind::Interval);
        // what is a part of a choice exists where that is chosen, or varied
        let is_there = |one: &&Parameter| {
            let under = one.under.map(|under| under.id);
            let mut axes = setup.axes.iter().filter_map(|axis| axis.read().ok());
            one.applies(&config) || axes.any(|axis| Some(axis.parameter.id) == under)
        };
        let fits = |one: &&Parameter| {
            let group = one.group.label();
            let text = format!("{} {} {group}", one.label, one.key).to_ascii_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let found = all()
            .filter(can)
            .filter(is_new)
            .filter(fits)
            .filter(is_there);
        found.take(OFFERED).collect()
    })
}

/// A field that looks for a parameter and adds it.
#[component]
fn AddAxis(scene: Scene) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0usize);
    let found = Memo::new(move |_| {
        let offered = match open.get() {
            true => query.with(|query| offered(scene, query)),
            false => Vec::new(),
        };
        offered.into_iter().map(|one| one.id).collect::<Vec<_>>()
    });
    let add = move |parameter: &'static Parameter| {
        scene.desk.setup.update(|setup| {
            setup.axes.push(AxisText {
                key: parameter.key,
                text: proposed_values(parameter),
            });
        });
        query.set(String::new());
        open.set(false);
    };
    let add_id = move |id: u16| {
        if let Some(parameter) = atrium_shared::research::parameters::by_id(id) {
            add(parameter);
        }
    };
    let press = move |event: KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" if !open.get_untracked() => open.set(true),
            key @ ("ArrowDown" | "ArrowUp") => at.update(|at| *at = next_in_list(key, *at, last)),
            "Escape" => open.set(false),
            "Enter" => {
                let chosen = found.with_untracked(|found| found.get(at.get_untracked()).copied());
                chosen.into_iter().for_each(add_id);
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let option = |(index, id): (usize, u16)| {
            let parameter = atrium_shared::research::parameters::by_id(id)?;
            Some(view! {
                <li
                    role="option"
                    id=format!("axis-option-{index}")
                    aria-selected=move || (at.get() == index).to_string()
                    on:pointerdown=move |event| {
                        event.prevent_default();
                        add(parameter);
                    }
                >
                    <span>{parameter.label}</span>
                    <span class="quiet">{parameter.group.label()}</span>
                </li>
            })
        };
        found
            .get()
            .into_iter()
            .enumerate()
            .map(option)
            .collect_view()
    };
    let shown = move || found.with(|found| !found.is_empty());
    let nothing = move || open.get() && found.with(Vec::is_empty);
    view! {
        <div class="add-axis">
            <input
                class="search"
                type="text"
                id="add-axis"
                role="combobox"
                placeholder="Add a parameter"
                aria-label="Add a parameter to vary"
                aria-expanded=move || shown().to_string()
                aria-controls="axis-options"
                aria-autocomplete="list"
                aria-activedescendant=move || shown().then(|| format!("axis-option-{}", at.get()))
                autocomplete="off"
                spellcheck="false"
                prop:value=move || query.get()
                on:focus=move |_| open.set(true)
                on:click=move |_| open.set(true)
                on:blur=move |_| open.set(false)
                on:input=move |event| {
                    at.set(0);
                    open.set(true);
                    query.set(event_target_value(&event));
                }
                on:keydown=press
            />
            <ul
                class="goals offered"
                id="axis-options"
                role="listbox"
                aria-label="Parameters that can be varied"
                hidden=move || !shown()
            >
                {options}
            </ul>
            <p class="quiet" role="status">{move || nothing().then_some("No parameter that can be varied is called so.")}</p>
        </div>
    }
}

/// All combinations, or some that are drawn; and what trials are ranked by.
#[component]
fn Method(scene: Scene) -> impl IntoView {
    let setup = scene.desk.setup;
    let choice = move |method: MethodText| {
        let name = match method {
            MethodText::Grid => "All",
            MethodText::Random => "Random",
            MethodText::LatinHypercube => "Latin",
        };
        let about = match method {
            MethodText::Grid => "Every combination",
            MethodText::Random => "Combinations drawn at random, each value by itself",
            MethodText::LatinHypercube => {
                "Combinations drawn by a Latin hypercube, so that each axis goes through its whole range"
            }
        };
        view! {
            <label class="segment" title=about>
                <input
                    type="radio"
                    name="sweep-method"
                    value=method.name()
                    prop:checked=move || setup.with(|setup| setup.method == method)
                    on:change=move |_| setup.update(|setup| setup.method = method)
                />
                <span>{name}</span>
            </label>
        }
    };
    let drawn = Memo::new(move |_| setup.with(|setup| setup.method != MethodText::Grid));
    let measures = Measure::ALL.map(|measure| {
        view! {
            <option value=measure.name() selected=move || scene.measure.get() == measure>{measure_label(measure)}</option>
        }
    });
    let choose = move |event| {
        if let Some(measure) = Measure::named(&event_target_value(&event)) {
            setup.update(|setup| setup.measure = measure);
        }
    };
    view! {
        <div class="setup-block">
            <div class="setup-line">
                <span id="method-label">"Combinations"</span>
                <fieldset class="segments" aria-labelledby="method-label">{MethodText::ALL.map(choice).into_iter().collect_view()}</fieldset>
            </div>
            <Show when=move || drawn.get()>
                <WholeField
                    scene
                    id="sweep-trials"
                    label="Trials"
                    most=SweepDesk::MOST_TRIALS
                    value=Signal::derive(move || setup.with(|setup| setup.trials))
                    set=Callback::new(move |trials| setup.update(|setup| setup.trials = trials))
                />
                <WholeField
                    scene
                    id="sweep-seed"
                    label="Seed"
                    most=u64::MAX
                    value=Signal::derive(move || setup.with(|setup| setup.seed))
                    set=Callback::new(move |seed| setup.update(|setup| setup.seed = seed))
                />
            </Show>
            <div class="setup-line">
                <label for="sweep-measure">"Ranked by"</label>
                <select id="sweep-measure" on:change=choose>{measures.into_iter().collect_view()}</select>
            </div>
        </div>
    }
}

/// A whole number from 1 on, 0 where that is a seed.
#[component]
fn WholeField(
    scene: Scene,
    id: &'static str,
    label: &'static str,
    most: u64,
    value: Signal<u64>,
    set: Callback<u64>,
) -> impl IntoView {
    let complaint = RwSignal::new(None::<String>);
    let typed = RwSignal::new(value.get_untracked().to_string());
    Effect::new(move |_| {
        let is_wrong = complaint.with(Option::is_some);
        scene.unread.update(|fields| {
            fields.retain(|field| *field != id);
            fields.extend(is_wrong.then_some(id));
        });
    });
    on_cleanup(move || {
        let _ = scene
            .unread
            .try_update(|fields| fields.retain(|field| *field != id));
    });
    let least = u64::from(most < u64::MAX);
    Effect::new(move |_| {
        let now = value.get();
        if read_whole(&typed.get_untracked(), least, most, "").ok() != Some(now) {
            typed.set(now.to_string());
            complaint.set(None);
        }
    });
    let take = move |event| {
        let text = event_target_value(&event);
        match read_whole(&text, least, most, "") {
            Ok(number) => {
                complaint.set(None);
                set.run(number);
            }
            Err(why) => complaint.set(Some(why)),
        }
        typed.set(text);
    };
    view! {
        <div class="setup-line">
            <label for=id>{label}</label>
            <input
                class="typed"
                type="text"
                inputmode="numeric"
                id=id
                aria-invalid=move || complaint.with(Option::is_some).then_some("true")
                aria-describedby=format!("{id}-message")
                prop:value=move || typed.get()
                on:input=take
            />
            <p class="complaint" id=format!("{id}-message") role="status">{move || complaint.get()}</p>
        </div>
    }
}

/// What it comes to, the buttons, and how far it is.
#[component]
fn Runner(scene: Scene) -> impl IntoView {
    let (desk, lab) = (scene.desk, scene.lab);
    // while trials are run nothing of it changes, and the page has other things to do
    let estimated = Memo::new(move |before: Option<&Result<Estimated, String>>| {
        match (before, scene.runs.get()) {
            (Some(before), true) => before.clone(),
            _ => desk.estimate(lab),
        }
    });
    let stage = desk.stage;
    let works = scene.runs;
    let stopped = Memo::new(move |_| stage.with(|stage| *stage == Stage::Cancelled));
    let words = move || match estimated.get() {
        Ok(estimated) => {
            let workers = desk.workers.get();
            Some(estimate_words(
                &estimated.of,
                estimated.bars,
                estimated.seconds,
                workers,
            ))
        }
        Err(_) => None,
    };
    let dates = move || desk.sessions(lab).words();
    // those of the backtest page where these are all
    let take_all = move || {
        let all = Window::default();
        desk.window
            .set((lab.window.get_untracked() != all).then_some(all));
    };
    let wrong = move || estimated.get().err();
    let question = move || {
        let estimated = estimated.get().ok()?;
        let time = estimated
            .seconds
            .map(|seconds| format!(" in about {}", time_words(seconds)));
        let trials = count(estimated.of.trials as f64);
        Some(format!("{trials} trials{}.", time.unwrap_or_default()))
    };
    let cannot = move || {
        let wrong = estimated.with(Result::is_err) || scene.unread.with(|all| !all.is_empty());
        // other bars are on their way
        wrong || lab.loading.get()
    };
    // what was changed is asked about anew
    Effect::new(move |_| {
        estimated.with(|estimated| estimated.as_ref().map(|estimated| estimated.of).ok());
        scene.asking.set(false);
    });
    let worker_words = "How many trials are run at once, each by a worker of its own in this browser. One core is best left to the page.";
    view! {
        <div class="setup-block run-block">
            <p class="estimate" role="status" id="estimate">{words}</p>
            {move || dates().map(|dates| view! {
                <p class="quiet" id="sweep-dates">
                    "Over the sessions " {dates} " only. "
                    <button type="button" class="link-button" on:click=move |_| take_all()>"All sessions"</button>
                </p>
            })}
            <p class="complaint" role="alert" id="sweep-complaint">{wrong}</p>
            <div class="setup-line">
                <span class="with-info"><label for="sweep-workers">"Workers"</label> <Info term="Workers" text=worker_words /></span>
                <input
                    class="typed"
                    type="number"
                    id="sweep-workers"
                    min="1"
                    max=SweepDesk::MOST_WORKERS.to_string()
                    prop:value=move || desk.workers.get().to_string()
                    on:change=move |event| {
                        let typed = event_target_value(&event);
                        let workers = typed.trim().parse::<f64>().unwrap_or(1.0);
                        let workers = (workers as usize).clamp(1, SweepDesk::MOST_WORKERS);
                        desk.workers.set(workers);
                        event_target::<HtmlInputElement>(&event).set_value(&workers.to_string());
                    }
                />
            </div>
            <div class="buttons">
                <Show
                    when=move || works.get()
                    fallback=move || view! {
                        <button type="button" class="button primary" id="sweep-run" disabled=cannot on:click=move |_| run(scene)>
                            {move || if stopped.get() { "Run anew" } else { "Run" }}
                        </button>
                        <Show when=move || stopped.get()>
                            <button type="button" class="button" id="sweep-resume" on:click=move |_| desk.resume(lab)>"Go on"</button>
                        </Show>
                    }
                >
                    <button type="button" class="button primary" id="sweep-cancel" on:click=move |_| desk.cancel()>"Stop"</button>
                </Show>
            </div>
            <Show when=move || scene.asking.get()>
                <div class="ask" role="alertdialog" aria-labelledby="ask-words" id="sweep-ask">
                    <p id="ask-words"><strong>"This takes a while: "</strong> {question} " The page stays usable, and it can be stopped."</p>
                    <div class="buttons">
                        <button type="button" class="button primary" id="sweep-ask-run" on:click=move |_| run(scene)>"Run it"</button>
                        <button type="button" class="button" on:click=move |_| scene.asking.set(false)>"Not now"</button>
                    </div>
                </div>
            </Show>
            <ProgressLine scene />
        </div>
    }
}

/// How far it is, how fast, and how long it will take.
#[component]
fn ProgressLine(scene: Scene) -> impl IntoView {
    let (progress, stage) = (scene.desk.progress, scene.desk.stage);
    let shown = move || stage.with(|stage| !matches!(stage, Stage::Idle));
    let share = move || {
        let progress = progress.get();
        match progress.trials {
            0 => 0.0,
            trials => progress.done as f64 / trials as f64,
        }
    };
    let words = move || {
        let now = progress.get();
        let done = format!(
            "{} of {} trials",
            count(now.done as f64),
            count(now.trials as f64)
        );
        let took = time_words(now.elapsed_ms / 1_000.0);
        stage.with(|stage| match stage {
            Stage::Idle => String::new(),
            Stage::Waiting => "Getting the bars and the workers ready".to_owned(),
            Stage::Running => {
                let left = now
                    .left_s
                    .map(|left| format!(", {} left", time_words(left)));
                format!(
                    "{done}, {}{}",
                    rate_words(now.rate_per_s),
                    left.unwrap_or_default()
                )
            }
            Stage::Cancelled => format!("Stopped at {done}; what was run is kept here"),
            Stage::Done => format!(
                "{} trials in {took}, {}",
                count(now.trials as f64),
                rate_words(now.rate_per_s)
            ),
            Stage::Failed(why) => why.clone(),
        })
    };
    let failed = move || stage.with(|stage| matches!(stage, Stage::Failed(_)));
    view! {
        <Show when=shown>
            <div class="progress-line" data-failed=move || failed().then_some("")>
                <progress max="1" prop:value=share aria-label="How far the sweep is"></progress>
                <p role="status" id="sweep-progress">{words}</p>
            </div>
        </Show>
    }
}
