//! The equity of the run that is looked at, on which dates are picked: the sweep is then run over these alone.

use std::rc::Rc;
use std::sync::Arc;

use atrium_shared::base::time::Day;
use atrium_shared::research::sweep::SweepSpec;
use atrium_shared::research::window::Window;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::charts::Theme;
use atrium_shared::surface::report::{count, money, shown};
use atrium_shared::surface::sweeps::extremes;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlElement};

use super::canvas::{Redraw, Sheet, place};
use super::heatmap::css_of;
use super::scene::{Scene, Shown, stat_words};
use super::setup::run;
use crate::state::sweep::{Recorded, Stage};

/// Room beneath the curve for dates, in CSS pixels.
const FOOT_PX: f64 = 22.0;
/// A stretch shorter than this is a press.
const PRESS_PX: f64 = 6.0;

/// The dates that are picked, and the name of the bars that were swept.
type Swept = (Window, Option<String>);

/// The curves that are drawn, of one trial.
#[derive(Clone, Default)]
struct Curves {
    /// What the trial is of.
    of: Option<(SweepSpec, DataSet)>,
    /// Over all dates, in the background once some are picked.
    whole: Option<Rc<Recorded>>,
    /// Over the dates that are picked.
    part: Option<Rc<Recorded>>,
}

impl Curves {
    /// Takes in a trial that was run once more, or that nothing was. What is of another trial goes.
    fn take(
        &mut self,
        of: Option<(SweepSpec, DataSet)>,
        part: Option<Rc<Recorded>>,
        over_all: bool,
    ) {
        let is_same = |whole: &Rc<Recorded>| {
            let part = part.as_ref();
            self.of == of && part.is_none_or(|part| part.trial == whole.trial)
        };
        self.whole = self.whole.take().filter(is_same);
        self.of = of;
        if over_all && part.is_some() {
            self.whole.clone_from(&part);
        }
        self.part = part;
    }

    /// Whether the whole stands behind a part.
    fn has_ground(&self) -> bool {
        self.whole.as_ref().is_some_and(|whole| {
            let part = self.part.as_ref();
            part.is_none_or(|part| !Rc::ptr_eq(whole, part))
        })
    }

    /// What gives the axis of dates.
    fn ground(&self) -> Option<&Rc<Recorded>> {
        self.whole.as_ref().or(self.part.as_ref())
    }

    /// Where the picked dates begin and end, as shares of the axis.
    fn share_of_part(&self) -> (f64, f64) {
        match (&self.whole, &self.part) {
            (Some(whole), Some(part)) => {
                let last = whole.starts.len().saturating_sub(1).max(1) as f64;
                let first = part.starts.first();
                let at = first.map_or(0, |first| {
                    whole.starts.partition_point(|start| start < first)
                });
                let until = at + part.starts.len().saturating_sub(1);
                (at as f64 / last, (until as f64 / last).min(1.0))
            }
            _ => (0.0, 1.0),
        }
    }

    /// The session at a share of the axis.
    fn session(&self, share: f64) -> Option<Day> {
        let sessions = &self.ground()?.sessions;
        let last = sessions.len().checked_sub(1)?;
        sessions
            .get((share.clamp(0.0, 1.0) * last as f64).round() as usize)
            .copied()
    }
}

#[component]
pub(super) fn Equity(scene: Scene) -> impl IntoView {
    let desk = scene.desk;
    let host = NodeRef::<Div>::new();
    let canvas = NodeRef::<Canvas>::new();
    let curves = RwSignal::<Curves, Local>::new_local(Curves::default());
    // the stretch that is being drawn, as shares of the axis
    let drawn = RwSignal::new(None::<(f64, f64)>);
    let settled = Memo::new(move |_| {
        desk.stage
            .with(|stage| !matches!(stage, Stage::Failed(_) | Stage::Waiting))
    });
    Effect::new(move |_| {
        scene.shown.track();
        if let Some(trial) = scene.focus.get().filter(|_| settled.get()) {
            desk.record(trial);
        }
    });
    Effect::new(move |_| {
        let recorded = desk.recorded.get();
        let trial = scene.focus.get();
        let part = recorded.filter(|recorded| Some(recorded.trial) == trial);
        let of = scene.shown.with(|shown| {
            let held = &shown.as_ref()?.held;
            Some((held.spec.clone(), held.data_set.clone(), held.window))
        });
        let over_all = of.as_ref().is_some_and(|of| of.2 == Window::default());
        let of = of.map(|(spec, data_set, _)| (spec, data_set));
        curves.update(|curves| curves.take(of, part, over_all));
    });
    let redraw = Redraw::new(move || {
        if let Some((host, canvas)) = host.get_untracked().zip(canvas.get_untracked()) {
            let stretch = drawn.get_untracked();
            let Some(paint) = scene.paint.get_untracked() else {
                return;
            };
            let host = host.unchecked_ref();
            curves.with_untracked(|curves| draw(curves, stretch, &paint.theme, host, &canvas));
        }
    });
    redraw.with_size_of(host);
    Effect::new(move |_| {
        scene.paint.track();
        curves.track();
        drawn.track();
        redraw.soon();
    });
    let share = move |event: &web_sys::MouseEvent| {
        let width = host
            .get_untracked()
            .map_or(1.0, |host| f64::from(host.client_width()));
        (place(event).0 / width).clamp(0.0, 1.0)
    };
    let begun = StoredValue::new(None::<f64>);
    let down = move |event: web_sys::PointerEvent| {
        let ready = curves.with_untracked(|curves| curves.ground().is_some());
        if event.button() == 0 && ready {
            if let Some(host) = host.get_untracked() {
                drop(host.set_pointer_capture(event.pointer_id()));
            }
            begun.set_value(Some(share(&event)));
        }
    };
    let moved = move |event: web_sys::PointerEvent| {
        if let Some(from) = begun.get_value() {
            let to = share(&event);
            drawn.set(Some(if from < to { (from, to) } else { (to, from) }));
        }
    };
    let up = move |_| {
        begun.set_value(None);
        let width = host
            .get_untracked()
            .map_or(1.0, |host| f64::from(host.client_width()));
        let stretch = drawn
            .get_untracked()
            .filter(|(from, to)| (to - from) * width > PRESS_PX);
        drawn.set(None);
        let window = stretch.and_then(|(from, to)| {
            curves.with_untracked(|curves| {
                Some(Window {
                    from: Some(curves.session(from)?),
                    to: Some(curves.session(to)?),
                })
            })
        });
        if let Some(window) = window {
            pick(scene, window);
        }
    };
    let title = move || {
        let trial = scene.focus.get()?;
        let shown_sweep = scene.shown.get()?;
        Some(shown_sweep.trial_words(trial))
    };
    let summary = move || {
        curves.with(|curves| {
            let part = curves.part.as_ref()?;
            let (first, last) = (part.sessions.first()?, part.sessions.last()?);
            let end = part.equity.last().copied()?;
            // it may be what is varied
            let begin = scene.shown.with(|shown| {
                let config = shown.as_ref()?.spec().config(part.trial).ok()?;
                Some(config.initial_equity)
            })?;
            let ground = match curves.has_ground() {
                true => "; in grey the same values over all dates",
                false => "",
            };
            Some(format!(
                "{first} to {last}, {}, equity {} to {} ({}){ground}",
                trades(part.trades),
                money(begin),
                money(end),
                shown(
                    end / begin - 1.0,
                    atrium_shared::research::metrics::Unit::Percent
                )
            ))
        })
    };
    let ranked = move || {
        let (trial, measure) = (scene.focus.get()?, scene.measure.get());
        scene.found.track();
        Some(stat_words(scene.stat(measure, trial), measure))
    };
    let none = move || scene.focus.with(Option::is_none);
    let waiting = move || !none() && curves.with(|curves| curves.part.is_none());
    view! {
        <section class="sweep-part" aria-labelledby="equity-title" id="equity">
            <div class="part-head">
                <h2 id="equity-title">"Equity of the run that is looked at"</h2>
                <p class="quiet">{title}</p>
                <Show when=move || scene.focus.with(Option::is_some)>
                    <button
                        type="button"
                        class="button"
                        id="open-focus"
                        on:click=move |_| scene.focus.get_untracked().into_iter().for_each(|trial| scene.open(trial))
                    >
                        "Open on Backtest"
                    </button>
                </Show>
            </div>
            <p class="equity-words" role="status">{summary} <span class="hidden">{ranked}</span></p>
            <div
                class="equity-plot"
                aria-hidden="true"
                data-empty=move || none().then_some("")
                node_ref=host
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=up
                on:pointercancel=move |_| {
                    begun.set_value(None);
                    drawn.set(None);
                }
            >
                <canvas node_ref=canvas></canvas>
            </div>
            <Show when=none>
                <p class="quiet note">"Choose a cell of the heatmap, or one of the best, to see its equity here."</p>
            </Show>
            <Show when=waiting>
                <p class="quiet note">"Running it once more for its equity"</p>
            </Show>
            <Dates scene curves=Signal::derive_local(move || curves.with(|curves| {
                let sessions = &curves.ground()?.sessions;
                Some((*sessions.first()?, *sessions.last()?))
            })) />
        </section>
    }
}

fn trades(number: u64) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} trade{many}", count(number as f64))
}

/// Runs the sweep over some dates; over all of them where they are open at both ends.
fn pick(scene: Scene, window: Window) {
    scene.desk.window.set(Some(window));
    run(scene);
}

/// The dates that are run over, to be typed.
#[component]
fn Dates(scene: Scene, curves: Signal<Option<(Day, Day)>, Local>) -> impl IntoView {
    let sessions = move || scene.desk.sessions(scene.lab);
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |before: Option<(Swept, [String; 2])>| {
        let all = curves.get();
        let swept = |shown: &Option<Arc<Shown>>| Some(shown.as_ref()?.held.data_set.name.clone());
        let of = (sessions(), scene.shown.with(swept));
        let now = &of.0;
        let text = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let said = [
            text(now.from.or(all.map(|(first, _)| first))),
            text(now.to.or(all.map(|(_, last)| last))),
        ];
        for (field, (at, said)) in [from, to].into_iter().zip(said.iter().enumerate()) {
            // what is typed stands when the curve comes, until other dates are picked or other bars swept
            let is_typed = before.as_ref().is_some_and(|(same, before)| {
                *same == of && field.with_untracked(|typed| before.get(at) != Some(typed))
            });
            if !is_typed {
                field.set(said.clone());
            }
        }
        (of, said)
    });
    let read = move || {
        let day = |text: String| text.parse::<Day>().ok();
        let window = Window {
            from: Some(day(from.get())?),
            to: Some(day(to.get())?),
        };
        (!window.is_empty()).then_some(window)
    };
    let wrong = move || {
        let typed = from.with(|from| !from.is_empty()) || to.with(|to| !to.is_empty());
        (typed && read().is_none())
            .then_some("Two dates are needed, the first before the last, as 2024-03-26.")
    };
    let field = |id: &'static str, label: &'static str, text: RwSignal<String>| {
        view! {
            <label for=id>{label}</label>
            <input
                class="typed date"
                type="date"
                id=id
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            />
        }
    };
    let go = move |_| {
        if let Some(window) = untrack(read) {
            pick(scene, window);
        }
    };
    let some = move || sessions() != Window::default();
    view! {
        <div class="dates" data-dates=move || some().then_some("picked")>
            {field("sweep-from", "From", from)}
            {field("sweep-to", "to", to)}
            <button type="button" class="button" id="run-dates" disabled=move || read().is_none() on:click=go>"Run on these dates"</button>
            <button type="button" class="button" id="all-dates" disabled=move || !some() on:click=move |_| pick(scene, Window::default())>"All dates"</button>
            <span class="quiet">"Or drag over the curve: everything is run again on these dates alone."</span>
            <p class="complaint" role="status">{wrong}</p>
        </div>
    }
}

fn draw(
    curves: &Curves,
    stretch: Option<(f64, f64)>,
    theme: &Theme,
    host: &HtmlElement,
    canvas: &HtmlCanvasElement,
) {
    let Some(sheet) = Sheet::of(canvas, host) else {
        return;
    };
    let (context, scale) = (&sheet.context, sheet.scale);
    let Some(ground) = curves.ground() else {
        return;
    };
    let foot = sheet.height - FOOT_PX * scale;
    let (from, to) = curves.share_of_part();
    let over_whole = curves.has_ground();
    let lines = [
        (
            curves.whole.as_ref().filter(|_| over_whole),
            0.0,
            1.0,
            &theme.label,
            0.45,
        ),
        (curves.part.as_ref(), from, to, &theme.equity, 1.0),
    ];
    let values = lines
        .iter()
        .filter_map(|(of, ..)| *of)
        .flat_map(|of| of.equity.iter().copied());
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low > high {
        return;
    }
    if over_whole && from > 0.0 || to < 1.0 {
        context.set_fill_style_str(&css_of(&theme.grid));
        context.fill_rect(from * sheet.width, 0.0, (to - from) * sheet.width, foot);
    }
    let span = if high > low { high - low } else { 1.0 };
    let y = |value: f64| foot - (0.06 + 0.88 * (value - low) / span) * foot;
    for (of, from, to, colour, alpha) in lines {
        let Some(of) = of else { continue };
        let columns = extremes(
            &of.equity,
            from * sheet.width,
            to * sheet.width,
            sheet.width as usize + 1,
        );
        context.set_global_alpha(alpha);
        context.set_stroke_style_str(&css_of(colour));
        context.set_line_width(1.5 * scale);
        context.begin_path();
        let mut begun = false;
        for (x, extreme) in columns.iter().enumerate() {
            let Some((low, high)) = extreme else { continue };
            let x = x as f64;
            match begun {
                true => context.line_to(x, y(*high)),
                false => context.move_to(x, y(*high)),
            }
            context.line_to(x, y(*low));
            begun = true;
        }
        context.stroke();
        context.set_global_alpha(1.0);
    }
    if let Some((from, to)) = stretch {
        context.set_global_alpha(0.18);
        context.set_fill_style_str(&css_of(&theme.equity));
        context.fill_rect(from * sheet.width, 0.0, (to - from) * sheet.width, foot);
        context.set_global_alpha(1.0);
    }
    context.set_fill_style_str(&css_of(&theme.hairline));
    context.fill_rect(0.0, foot, sheet.width, scale.round());
    dates(
        context,
        ground,
        sheet.width,
        foot + FOOT_PX / 2.0 * scale,
        scale,
        theme,
    );
    drop(host.set_attribute("data-bars", &ground.equity.len().to_string()));
    let part = curves.part.as_ref().map_or(0, |part| part.equity.len());
    drop(host.set_attribute("data-part-bars", &part.to_string()));
}

/// Dates along the axis, as many as there is room for.
fn dates(
    context: &web_sys::CanvasRenderingContext2d,
    of: &Recorded,
    width: f64,
    y: f64,
    scale: f64,
    theme: &Theme,
) {
    context.set_font(&format!("{}px {}", theme.font_px * scale, theme.font));
    context.set_fill_style_str(&css_of(&theme.label));
    context.set_text_baseline("middle");
    let count = (width / (110.0 * scale)).floor().clamp(2.0, 9.0) as usize;
    let last = of.sessions.len().saturating_sub(1);
    for step in 0..count {
        let share = step as f64 / (count - 1) as f64;
        let bar = (share * last as f64).round() as usize;
        let Some(day) = of.sessions.get(bar) else {
            continue;
        };
        let (align, x) = match step {
            0 => ("left", 0.0),
            step if step + 1 == count => ("right", width),
            _ => ("center", share * width),
        };
        context.set_text_align(align);
        drop(context.fill_text(&day.to_string(), x, y));
    }
}
