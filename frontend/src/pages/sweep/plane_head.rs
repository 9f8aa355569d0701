//! Which plane is shown: its axes, what stands for the others, the scale of colours, and the cell that is pointed at.

use std::sync::Arc;

use atrium_shared::research::sweep::{Measure, plateau};
use atrium_shared::surface::report::{count, fixed, shown};
use atrium_shared::surface::sweeps::{Gather, Others, measure_label};
use leptos::prelude::*;

use super::canvas::css;
use super::heatmap::heading;
use super::scene::{Scene, Shown, stat_words};

#[component]
pub(super) fn PlaneHead(scene: Scene) -> impl IntoView {
    let labels = Memo::new(move |_| {
        scene.shown.with(|shown| {
            let shown = shown.as_ref()?;
            let axes = shown.spec().axes().iter();
            Some(
                axes.map(|axis| (axis.parameter.key, axis.parameter.label))
                    .collect::<Vec<_>>(),
            )
        })
    });
    let plane = Memo::new(move |_| {
        let look = scene.look.get();
        scene
            .shown
            .with(|shown| Some(shown.as_ref()?.plane_axes(&look)))
    });
    let several = Memo::new(move |_| {
        labels.with(|labels| labels.as_ref().is_some_and(|labels| labels.len() > 1))
    });
    let key_at = move |axis: Option<usize>| {
        labels.with(|labels| labels.as_ref()?.get(axis?).map(|(key, _)| *key))
    };
    let chooser = move |id: &'static str, words: &'static str, vertical: bool| {
        let now = move || {
            let (x, y) = plane.get()?;
            key_at(if vertical { y } else { Some(x) })
        };
        let options = move || {
            let option = |(key, label): (&'static str, &'static str)| {
                view! { <option value=key selected=move || now() == Some(key)>{label}</option> }
            };
            labels
                .get()
                .unwrap_or_default()
                .into_iter()
                .map(option)
                .collect_view()
        };
        let choose = move |event| {
            let wanted = event_target_value(&event);
            let known = labels.with_untracked(|labels| {
                let mut labels = labels.as_ref()?.iter();
                labels.find(|(key, _)| *key == wanted).map(|(key, _)| *key)
            });
            let (x, y) = plane.get_untracked().unwrap_or_default();
            let (x, y) = untrack(|| (key_at(Some(x)), key_at(y)));
            scene.cursor.set(None);
            scene.look.update(|look| {
                // an axis that is shown already changes places with the other
                (look.x, look.y) = match (vertical, known) {
                    (true, known) if known == x => (y, known),
                    (true, known) => (x, known),
                    (false, known) if known == y => (known, x),
                    (false, known) => (known, y),
                };
            });
        };
        view! {
            <label class="chooser" for=id>
                <span>{words}</span>
                <select id=id on:change=choose>{options}</select>
            </label>
        }
    };
    view! {
        <div class="part-head plane-head">
            <h2 id="plane-title">{move || heading(scene)}</h2>
            <div class="plane-choosers">
            <Show when=move || several.get()>
                {chooser("plane-x", "Across", false)}
                {chooser("plane-y", "Up", true)}
            </Show>
            <button
                type="button"
                class="button"
                id="plane-table"
                aria-pressed=move || scene.table.get().to_string()
                on:click=move |_| scene.table.update(|open| *open = !*open)
            >
                "Table"
            </button>
            </div>
        </div>
        <OtherAxes scene />
    }
}

/// What stands for the axes that are not shown.
#[component]
fn OtherAxes(scene: Scene) -> impl IntoView {
    let others = Memo::new(move |_| {
        let look = scene.look.get();
        scene
            .shown
            .with(|shown| {
                let shown = shown.as_ref()?;
                let (x, y) = shown.plane_axes(&look);
                let hidden = (0..shown.places.axes()).filter(|axis| *axis != x && Some(*axis) != y);
                Some(
                    hidden
                        .filter(|axis| shown.places.count(*axis) > 1)
                        .collect::<Vec<_>>(),
                )
            })
            .unwrap_or_default()
    });
    let is_grid = Memo::new(move |_| {
        let grid = |shown: &Arc<Shown>| shown.places.is_grid();
        scene.shown.with(|shown| shown.as_ref().is_some_and(grid))
    });
    let few = Memo::new(move |_| {
        let few = |shown: &Arc<Shown>| shown.spec().trials() <= Gather::MOST_FOR_MEDIAN;
        scene.shown.with(|shown| shown.as_ref().is_some_and(few))
    });
    let choice = move |which: Others| {
        let (value, name) = match which {
            Others::At => ("at", "At values"),
            Others::Best => ("best", "Best"),
            Others::Median => ("median", "Median"),
        };
        let offered = move || match which {
            Others::At => is_grid.get(),
            Others::Best => true,
            Others::Median => few.get(),
        };
        let on = move || {
            let now = scene.look.with(|look| look.others);
            now == which || (!is_grid.get() && now == Others::At && which == Others::Best)
        };
        view! {
            <label class="segment" hidden=move || !offered()>
                <input
                    type="radio"
                    name="plane-others"
                    value=value
                    prop:checked=on
                    on:change=move |_| scene.look.update(|look| look.others = which)
                />
                <span>{name}</span>
            </label>
        }
    };
    let at_values =
        Memo::new(move |_| is_grid.get() && scene.look.with(|look| look.others == Others::At));
    let value = move |axis: usize| view! { <OtherAxis scene axis /> };
    let needed = move || !others.with(Vec::is_empty) || !is_grid.get();
    view! {
        <Show when=needed>
            <div class="others">
                <span id="others-label">{move || if is_grid.get() { "Other axes" } else { "Of the trials in a cell" }}</span>
                <fieldset class="segments" aria-labelledby="others-label">
                    {[Others::At, Others::Best, Others::Median].map(choice).into_iter().collect_view()}
                </fieldset>
                <Show when=move || at_values.get()>
                    <For each=move || others.get() key=|axis| *axis let(axis)>{value(axis)}</For>
                </Show>
            </div>
        </Show>
    }
}

/// The value of an axis that is not shown.
#[component]
fn OtherAxis(scene: Scene, axis: usize) -> impl IntoView {
    let place = Memo::new(move |_| {
        let shown = scene.shown.get()?;
        let places = match scene.focus.get() {
            Some(trial) => shown.places.of(shown.spec(), trial),
            None => shown.base.clone(),
        };
        places.get(axis).copied()
    });
    let label = move || {
        scene
            .shown
            .with(|shown| shown.as_ref().map(|shown| shown.label(axis)))
    };
    let count = Memo::new(move |_| {
        scene
            .shown
            .with(|shown| shown.as_ref().map_or(0, |shown| shown.places.count(axis)))
    });
    let go = move |to: u32| {
        let trial = scene.shown.with_untracked(|shown| {
            let shown = shown.as_ref()?;
            let mut places = match scene.focus.get_untracked() {
                Some(trial) => shown.places.of(shown.spec(), trial),
                None => shown.base.clone(),
            };
            *places.get_mut(axis)? = to.min(shown.places.count(axis).saturating_sub(1));
            shown.places.trial(&places)
        });
        if let Some(trial) = trial {
            scene.choose(trial);
        }
    };
    let words = move || {
        let place = place.get()?;
        scene
            .shown
            .with(|shown| Some(shown.as_ref()?.words(axis, place)))
    };
    let last = move || count.get().saturating_sub(1);
    let fill = move || {
        let share = f64::from(place.get().unwrap_or(0)) / f64::from(last().max(1));
        format!("--fill: {:.1}%", 100.0 * share)
    };
    view! {
        <label class="other">
            <span>{label} " " <strong>{words}</strong></span>
            <input
                class="slider"
                type="range"
                min="0"
                max=move || last().to_string()
                step="1"
                style=fill
                aria-valuetext=words
                prop:value=move || place.get().unwrap_or(0).to_string()
                on:input=move |event| event_target_value(&event).parse().into_iter().for_each(go)
            />
        </label>
    }
}

/// The colours with their values, and what the signs mean.
#[component]
pub(super) fn Legend(scene: Scene) -> impl IntoView {
    let strip = Memo::new(move |_| {
        let (paint, scale) = (scene.paint.get()?, scene.scale.get()?);
        let ramp = &paint.ramp;
        let colours = scale
            .samples(17)
            .into_iter()
            .map(|(_, at)| css(ramp.colour(at)));
        let colours = colours.collect::<Vec<_>>().join(", ");
        Some(format!("background: linear-gradient(to right, {colours})"))
    });
    let words = move || {
        let scale = scene.scale.get()?;
        let unit = scene.measure.get().unit();
        let (low, high) = scale.ends();
        // cells beyond the ends have the colours of these
        let (below, above) = scene.plane.with(|plane| {
            let cells = plane.iter().flat_map(|plane| &plane.cells);
            let values = cells.filter_map(|cell| cell.value);
            values.fold((false, false), |(below, above), value| {
                (below || value < low, above || value > high)
            })
        });
        let sign = |beyond: bool, sign: &str, text: String| match beyond {
            true => format!("{sign} {text}"),
            false => text,
        };
        Some((
            sign(below, "≤", shown(low, unit)),
            sign(above, "≥", shown(high, unit)),
        ))
    };
    let absent = move || {
        let absent = |plane: &Arc<atrium_shared::surface::sweeps::Plane>| {
            plane.cells.iter().any(|cell| cell.absent.is_some())
        };
        scene.plane.with(|plane| plane.as_ref().is_some_and(absent))
    };
    view! {
        <div class="heat-legend" data-known=move || words().is_some().then_some("")>
            <span class="ends">{move || words().map(|words| words.0)}</span>
            <span class="strip" aria-hidden="true" style=move || strip.get()></span>
            <span class="ends">{move || words().map(|words| words.1)}</span>
            <span class="sign"><i data-sign="base" aria-hidden="true"></i> "as set on Backtest"</span>
            <span class="sign"><i data-sign="focus" aria-hidden="true"></i> "looked at"</span>
            <span class="sign" hidden=move || !absent()><i data-sign="absent" aria-hidden="true"></i> "no value"</span>
        </div>
    }
}

/// What is known of the cell that is pointed at, else of the run that is looked at.
#[component]
pub(super) fn ReadOut(scene: Scene) -> impl IntoView {
    let trial = Memo::new(move |_| {
        scene.plane.track();
        let cell = scene.cursor.get();
        let pointed = cell.map(|cell| {
            let plane = scene.plane.get();
            plane.and_then(|plane| plane.cell(cell.0, cell.1).copied())
        });
        match pointed {
            Some(Some(cell)) => (cell.trial, cell.run, true),
            Some(None) => (None, 0, true),
            None => (scene.focus.get(), 0, false),
        }
    });
    let values = move || {
        let (trial, ..) = trial.get();
        let shown = scene.shown.get()?;
        match trial {
            Some(trial) => Some(shown.trial_words(trial)),
            None if trial_is_pointed(scene) => Some(match scene.picks_some() {
                true => "No trial of this cell is picked out, or none was run yet".to_owned(),
                false => "This cell was not run yet".to_owned(),
            }),
            None => Some("Point at a cell, or go there by arrow keys".to_owned()),
        }
    };
    let results = move || {
        let (trial, run, _) = trial.get();
        let trial = trial?;
        scene.found.track();
        let measure = scene.measure.get();
        let others = [
            Measure::TotalReturn,
            Measure::MaxDrawdownSession,
            Measure::Trades,
        ];
        let one = |of: Measure| {
            format!(
                "{} {}",
                measure_label(of),
                stat_words(scene.stat(of, trial), of)
            )
        };
        let mut words: Vec<String> = vec![one(measure)];
        words.extend(
            others
                .into_iter()
                .filter(|other| *other != measure)
                .map(one),
        );
        let near = scene.desk.with(|sweep| {
            let sweep = sweep?;
            plateau(&sweep.spec, &sweep.results, measure, trial).value()
        });
        words.extend(near.map(|near| format!("Plateau {}", fixed(near, 2))));
        if run > 1 {
            words.push(format!(
                "one of {} trials of the cell",
                count(f64::from(run))
            ));
        }
        Some(words.join(" · "))
    };
    let why = move || {
        let cell = scene.cursor.get()?;
        let absent = scene
            .plane
            .with(|plane| plane.as_ref()?.cell(cell.0, cell.1)?.absent)?;
        Some(format!("No value: {}", absent.words()))
    };
    view! {
        <div class="read-out" id="heatmap-read" aria-live="polite" data-trial=move || trial.get().0.map(|trial| trial.to_string())>
            <p>{values}</p>
            <p class="quiet">{move || why().or_else(results)}</p>
        </div>
    }
}

fn trial_is_pointed(scene: Scene) -> bool {
    scene.cursor.with(Option::is_some)
}
