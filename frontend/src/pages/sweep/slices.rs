//! One axis at a time: what the measure does along it while all else stays.

use atrium_shared::research::sweep::Measure;
use atrium_shared::surface::report::shown;
use atrium_shared::surface::sweeps::{Slice, SlicePoint, Spread, slices};
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::canvas::place;
use super::scene::{Scene, stat_words};

/// The height and the width that plots are drawn in.
const SIZE: f64 = 1_000.0;

#[component]
pub(super) fn Slices(scene: Scene) -> impl IntoView {
    let all = Memo::new(move |_| {
        scene.found.track();
        let (shown, trial) = (scene.shown.get()?, scene.focus.get()?);
        let measure = scene.measure.get();
        let lines = scene.found.with_untracked(|found| found.lines.clone());
        scene.desk.with(|sweep| {
            let sweep = sweep.filter(|sweep| sweep.spec == *shown.spec())?;
            let places = &shown.places;
            Some(slices(
                shown.spec(),
                places,
                &sweep.results,
                measure,
                trial,
                &lines,
            ))
        })
    });
    let count = Memo::new(move |_| all.with(|all| all.as_ref().map_or(0, Vec::len)));
    let plots = move || {
        let plot = |at: usize| {
            let slice = Memo::new(move |_| all.with(|all| all.as_ref()?.get(at).cloned()));
            view! { <Plot scene slice /> }
        };
        (0..count.get()).map(plot).collect_view()
    };
    let about = move || {
        let drawn = scene
            .shown
            .with(|shown| shown.as_ref().is_some_and(|shown| !shown.places.is_grid()));
        match drawn {
            true => "Trials along each axis, with the median of stretches of it; all axes differ.",
            false => "Along each axis, with all else as in the run that is looked at.",
        }
    };
    view! {
        <section class="sweep-part" aria-labelledby="slices-title" id="slices">
            <div class="part-head">
                <h2 id="slices-title">"One axis at a time"</h2>
                <p class="quiet">{about}</p>
            </div>
            <div class="slices">{plots}</div>
            <Show when=move || count.get() == 0>
                <p class="quiet note">"Choose a cell of the heatmap to see what each axis does about it."</p>
            </Show>
        </section>
    }
}

/// Where a slice is drawn.
struct Scale {
    last: f64,
    spread: Spread,
}

impl Scale {
    fn of(slice: &Slice) -> Option<Self> {
        let values = slice.points.iter().filter_map(|point| point.value);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (low <= high).then(|| Self {
            last: f64::from(slice.count.saturating_sub(1).max(1)),
            spread: Spread::between(low, high),
        })
    }

    fn x(&self, place: f64) -> f64 {
        place / self.last * SIZE
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.spread.low) / (self.spread.high - self.spread.low);
        // a tenth of room above and beneath
        let share = if share.is_finite() { share } else { 0.5 };
        SIZE * (0.95 - 0.9 * share)
    }
}

#[component]
fn Plot(scene: Scene, slice: Memo<Option<Slice>>) -> impl IntoView {
    let words = move |read: fn(&Slice, Scene) -> String| {
        slice.with(|slice| slice.as_ref().map(|slice| read(slice, scene)))
    };
    let name = move || words(|slice, scene| label(scene, slice.axis));
    let now = move || slice.with(|slice| slice.as_ref().map(|slice| slice.at.to_string()));
    let last = move || {
        slice.with(|slice| {
            let count = slice.as_ref().map_or(1, |slice| slice.count);
            count.saturating_sub(1).to_string()
        })
    };
    let value = move || words(|slice, scene| value_words(scene, slice));
    let paths = move || {
        slice
            .with(|slice| slice.as_ref().map(paths))
            .unwrap_or_default()
    };
    let dot = move || {
        slice.with(|slice| {
            let slice = slice.as_ref()?;
            let scale = Scale::of(slice)?;
            let own = own(slice)?;
            let (x, y) = (scale.x(f64::from(slice.at)), scale.y(own.value?));
            Some(format!("left: {:.2}%; top: {:.2}%", x / 10.0, y / 10.0))
        })
    };
    let ends = move |high: bool| {
        let unit = scene.measure.get().unit();
        slice.with(|slice| {
            let scale = Scale::of(slice.as_ref()?)?;
            let end = if high {
                scale.spread.high
            } else {
                scale.spread.low
            };
            Some(shown(end, unit))
        })
    };
    let foot = move |last: bool| {
        slice.with(|slice| {
            let slice = slice.as_ref()?;
            let place = if last {
                slice.count.saturating_sub(1)
            } else {
                0
            };
            scene
                .shown
                .with(|shown| Some(shown.as_ref()?.words(slice.axis, place)))
        })
    };
    let go = move |place: i64| {
        let trial = slice.with_untracked(|slice| {
            let slice = slice.as_ref()?;
            let near = |point: &&SlicePoint| (i64::from(point.place) - place).abs();
            slice
                .points
                .iter()
                .min_by_key(near)
                .map(|point| point.trial)
        });
        if let Some(trial) = trial {
            scene.choose(trial);
        }
    };
    let press = move |event: KeyboardEvent| {
        let at = slice.with_untracked(|slice| slice.as_ref().map(|slice| i64::from(slice.at)));
        let Some(at) = at else { return };
        let place = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => at + 1,
            "ArrowLeft" | "ArrowDown" => at - 1,
            "Home" => 0,
            "End" => i64::from(u32::MAX),
            _ => return,
        };
        event.prevent_default();
        go(place);
    };
    let point = move |event: web_sys::MouseEvent| {
        let host = event.current_target();
        let host =
            host.and_then(|host| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(host).ok());
        let width = host.map_or(1.0, |host| f64::from(host.client_width()));
        let count = slice.with_untracked(|slice| slice.as_ref().map_or(1, |slice| slice.count));
        let share = place(&event).0 / width;
        go((share * f64::from(count.saturating_sub(1))).round() as i64);
    };
    let grid = move || {
        let drawn = |slice: &Option<Slice>| {
            slice
                .as_ref()
                .is_some_and(|slice| !slice.medians.is_empty())
        };
        (!slice.with(drawn)).then_some("")
    };
    view! {
        <figure class="slice">
            <figcaption><strong>{name}</strong> " " <span class="quiet">{value}</span></figcaption>
            <div class="slice-ends" aria-hidden="true"><span>{move || ends(true)}</span> <span>{move || ends(false)}</span></div>
            <div
                class="slice-plot"
                role="slider"
                tabindex="0"
                aria-label=move || name().map(|name| format!("{name} of the run that is looked at"))
                aria-valuemin="0"
                aria-valuemax=last
                aria-valuenow=now
                aria-valuetext=value
                data-grid=grid
                on:keydown=press
                on:click=point
            >
                <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
                    <path class="slice-zero" d=move || paths().0 />
                    <path class="slice-points" d=move || paths().1 />
                    <path class="slice-line" d=move || paths().2 />
                </svg>
                {move || dot().map(|style| view! { <span class="slice-dot" style=style></span> })}
            </div>
            <div class="slice-foot" aria-hidden="true"><span>{move || foot(false)}</span> <span>{move || foot(true)}</span></div>
        </figure>
    }
}

fn own(slice: &Slice) -> Option<SlicePoint> {
    let mut points = slice.points.iter();
    points.find(|point| point.place == slice.at).copied()
}

fn label(scene: Scene, axis: usize) -> String {
    let label = scene.shown.with(|shown| Some(shown.as_ref()?.label(axis)));
    label.unwrap_or_default().to_owned()
}

/// The value of the axis and what came of it.
fn value_words(scene: Scene, slice: &Slice) -> String {
    let at = scene
        .shown
        .with(|shown| Some(shown.as_ref()?.words(slice.axis, slice.at)));
    let measure: Measure = scene.measure.get();
    let trial = scene.focus.get();
    let value = trial.map(|trial| stat_words(scene.stat(measure, trial), measure));
    format!("{}: {}", at.unwrap_or_default(), value.unwrap_or_default())
}

/// The line of zero, the points, and the line through them or through their medians.
fn paths(slice: &Slice) -> (String, String, String) {
    let Some(scale) = Scale::of(slice) else {
        return Default::default();
    };
    let zero = match scale.spread.low < 0.0 && scale.spread.high > 0.0 {
        true => format!("M0 {:.1}H1000", scale.y(0.0)),
        false => String::new(),
    };
    let known = slice
        .points
        .iter()
        .filter_map(|point| Some((point.place, point.value?)));
    let points = known
        .clone()
        .map(|(place, value)| format!("M{:.1} {:.1}h0", scale.x(f64::from(place)), scale.y(value)));
    let points = points.collect();
    let line = |points: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut text = String::new();
        for (x, y) in points {
            let letter = if text.is_empty() { 'M' } else { 'L' };
            text += &format!("{letter}{x:.1} {y:.1}");
        }
        text
    };
    let line = match slice.medians.is_empty() {
        true => line(&mut known.map(|(place, value)| (scale.x(f64::from(place)), scale.y(value)))),
        false => {
            let medians = slice.medians.iter();
            line(&mut medians.map(|(place, value)| (scale.x(*place), scale.y(*value))))
        }
    };
    (zero, points, line)
}
