//! Parallel coordinates: a line a trial over all axes and some results, and stretches of them that pick trials out.

use std::sync::Arc;

use atrium_shared::research::sweep::Measure;
use atrium_shared::surface::report::{count, shown};
use atrium_shared::surface::sweeps::{Ramp, Spread, measure_label};
use gloo::utils::window;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlElement, KeyboardEvent};

use super::canvas::{Redraw, Sheet, css, place};
use super::heatmap::css_of;
use super::scene::{BESIDE, Paint, Scene, Shown};

/// Room at both sides of the axes, in CSS pixels.
const SIDE_PX: f64 = 56.0;
/// Room above the axes for their names, beneath for their lowest values.
const TOP_PX: f64 = 44.0;
const FOOT_PX: f64 = 24.0;
/// How near a pointer has to be to an axis or a line, in CSS pixels.
const NEAR_PX: f64 = 18.0;
const NEAR_LINE_PX: f64 = 6.0;
/// How wide a line is, in CSS pixels, where so few are drawn that this costs nothing.
const WIDE_PX: f64 = 1.25;
const FEW: usize = 100;
/// While trials are run so many lines are drawn.
const WHILE_RUNNING: usize = 300;
/// A stretch shorter than this is a press.
const PRESS_PX: f64 = 4.0;

/// What an axis shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    /// A parameter, by the number of its axis and how many values that has.
    Axis(usize, u32),
    /// A result, with how it is spread.
    Result(Measure, Spread),
}

impl Column {
    /// Where a place or a value stands, from 0 at the foot to 1.
    fn share(self, at: f64) -> f64 {
        let (low, high) = self.ends();
        let share = (at - low) / (high - low);
        if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.5
        }
    }

    /// The place or the value at a share of the height.
    fn at(self, share: f64) -> f64 {
        let (low, high) = self.ends();
        low + (high - low) * share.clamp(0.0, 1.0)
    }

    fn ends(self) -> (f64, f64) {
        match self {
            Self::Axis(_, count) => (0.0, f64::from(count.saturating_sub(1))),
            Self::Result(_, spread) => (spread.low, spread.high),
        }
    }

    /// Whether anything lies beyond the upper or the lower end.
    fn has_beyond(self, upper: bool) -> bool {
        match self {
            Self::Axis(..) => false,
            Self::Result(_, spread) => match upper {
                true => spread.above,
                false => spread.below,
            },
        }
    }

    /// One step of a key.
    fn step(self) -> f64 {
        match self {
            Self::Axis(..) => 1.0,
            Self::Result(Measure::Trades, spread) => ((spread.high - spread.low) / 50.0).ceil(),
            Self::Result(_, spread) => (spread.high - spread.low) / 50.0,
        }
    }

    fn words(self, shown_sweep: &Shown, at: f64) -> String {
        match self {
            Self::Axis(axis, _) => shown_sweep.words(axis, at.round() as u32),
            Self::Result(measure, _) => shown(at, measure.unit()),
        }
    }

    fn label(self, shown_sweep: &Shown) -> &'static str {
        match self {
            Self::Axis(axis, _) => shown_sweep.label(axis),
            Self::Result(measure, _) => measure_label(measure),
        }
    }

    /// The stretch that is picked out, if there is one.
    fn picked(self, scene: Scene) -> Option<(f64, f64)> {
        scene.look.with(|look| match self {
            Self::Axis(axis, _) => {
                let places = look.brush.places(axis);
                places.map(|(low, high)| (f64::from(low), f64::from(high)))
            }
            Self::Result(measure, _) => look.brush.values(measure),
        })
    }

    fn pick(self, scene: Scene, stretch: Option<(f64, f64)>) {
        scene.look.update(|look| match self {
            Self::Axis(axis, _) => {
                let place = |at: f64| at.round().max(0.0) as u32;
                let places = stretch.map(|(a, b)| (place(a), place(b)));
                look.brush.pick_places(axis, places);
            }
            Self::Result(measure, spread) => {
                // an end of the axis holds what is beyond it, too
                let open = |(a, b): (f64, f64)| {
                    let (low, high) = if a <= b { (a, b) } else { (b, a) };
                    let low = if low <= spread.low { f64::MIN } else { low };
                    (low, if high >= spread.high { f64::MAX } else { high })
                };
                look.brush.pick_values(measure, stretch.map(open));
            }
        });
    }
}

/// The lines, ready to be drawn.
#[derive(Default)]
struct Lines {
    columns: Vec<Column>,
    /// Line by line: a share of the height for each axis; NaN where there is none.
    shares: Vec<f32>,
    /// Where the measure of each line stands among colours; NaN where it has none.
    colours: Vec<f32>,
    held: Vec<bool>,
    trials: Vec<u64>,
}

impl Lines {
    fn of(scene: Scene, columns: Vec<Column>, runs: bool) -> Self {
        let (Some(shown), scale) = (scene.shown.get_untracked(), scene.scale.get_untracked())
        else {
            return Self::default();
        };
        let found = scene.found.get_untracked();
        let brush = scene.look.with_untracked(|look| look.brush.clone());
        let measure = scene.measure.get_untracked();
        let apart = if runs {
            found.lines.len().div_ceil(WHILE_RUNNING)
        } else {
            1
        };
        let trials: Vec<u64> = found.lines.iter().copied().step_by(apart.max(1)).collect();
        let mut lines = Self {
            columns,
            trials,
            ..Self::default()
        };
        scene.desk.with(|sweep| {
            let Some(sweep) = sweep.filter(|sweep| sweep.spec == *shown.spec()) else {
                return;
            };
            let mut places = Vec::new();
            for trial in lines.trials.clone() {
                shown.places.read(shown.spec(), trial, &mut places);
                let value = |of| sweep.results.stat(of, trial).and_then(|stat| stat.value());
                for column in &lines.columns {
                    let share = match *column {
                        Column::Axis(axis, _) => {
                            places.get(axis).map(|at| column.share(f64::from(*at)))
                        }
                        Column::Result(of, _) => value(of).map(|value| column.share(value)),
                    };
                    lines
                        .shares
                        .push(share.map_or(f32::NAN, |share| share as f32));
                }
                let colour = scale.zip(value(measure));
                let colour = colour.map(|(scale, value)| scale.position(value) as f32);
                lines.colours.push(colour.unwrap_or(f32::NAN));
                lines.held.push(brush.holds(&places, &sweep.results, trial));
            }
        });
        lines
    }

    /// The lines with their trials, whether they are picked out, and their colours.
    fn each(&self) -> impl Iterator<Item = (&[f32], u64, bool, f32)> {
        let shares = self.shares.chunks(self.columns.len().max(1));
        let rest = self.trials.iter().zip(&self.held).zip(&self.colours);
        shares
            .zip(rest)
            .map(|(shares, ((trial, held), colour))| (shares, *trial, *held, *colour))
    }
}

/// Whether any of an element is in the window.
fn is_in_sight(host: &HtmlElement) -> bool {
    let rect = host.get_bounding_client_rect();
    let height = window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64());
    rect.bottom() > 0.0 && height.is_none_or(|height| rect.top() < height)
}

/// Where axes stand, in CSS pixels.
#[derive(Debug, Clone, Copy)]
struct Frame {
    width: f64,
    height: f64,
    columns: usize,
}

impl Frame {
    fn of(host: &HtmlElement, columns: usize) -> Self {
        Self {
            width: f64::from(host.client_width()),
            height: f64::from(host.client_height()),
            columns,
        }
    }

    fn x(&self, column: usize) -> f64 {
        let last = self.columns.saturating_sub(1).max(1) as f64;
        SIDE_PX + (self.width - 2.0 * SIDE_PX) * column as f64 / last
    }

    fn y(&self, share: f64) -> f64 {
        let foot = self.height - FOOT_PX;
        foot - (foot - TOP_PX) * share
    }

    fn share(&self, y: f64) -> f64 {
        let foot = self.height - FOOT_PX;
        ((foot - y) / (foot - TOP_PX)).clamp(0.0, 1.0)
    }

    /// The axis next to a place, if it is near.
    fn column_at(&self, x: f64) -> Option<usize> {
        let away = |column: &usize| (self.x(*column) - x).abs();
        let nearest = (0..self.columns).min_by(|a, b| away(a).total_cmp(&away(b)))?;
        (away(&nearest) <= NEAR_PX).then_some(nearest)
    }
}

#[component]
pub(super) fn ParallelLines(scene: Scene) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let canvas = NodeRef::<Canvas>::new();
    let lines = StoredValue::<Lines, Local>::new_local(Lines::default());
    let columns = Memo::new(move |_| columns(scene));
    let redraw = Redraw::new(move || {
        if let Some((host, canvas)) = host.get_untracked().zip(canvas.get_untracked()) {
            lines.with_value(|lines| draw(scene, lines, host.unchecked_ref(), &canvas));
        }
    });
    redraw.with_size_of(host);
    let gather = scene.turns.of(move || {
        let (columns, runs) = (columns.get(), scene.runs.get());
        // what nobody sees waits for the end
        if runs && !host.get().is_some_and(|host| is_in_sight(&host)) {
            return;
        }
        lines.set_value(Lines::of(scene, columns, runs));
        redraw.soon();
    });
    Effect::new(move |_| {
        scene.found.track();
        scene.scale.track();
        scene.look.with(|look| look.brush.is_open());
        columns.track();
        scene.runs.track();
        gather.soon();
    });
    Effect::new(move |_| {
        scene.paint.track();
        scene.focus.track();
        redraw.soon();
    });
    // the axis that a stretch is drawn on, and where it began
    let begun = StoredValue::new(None::<(usize, f64)>);
    let frame = move || {
        let host = host.get_untracked()?;
        let count = columns.with_untracked(Vec::len);
        Some(Frame::of(host.unchecked_ref(), count))
    };
    let column_of = move |at: usize| columns.with_untracked(|columns| columns.get(at).copied());
    let down = move |event: web_sys::PointerEvent| {
        let (x, y) = place(&event);
        let at = frame().and_then(|frame| frame.column_at(x));
        if event.button() != 0 || at.is_none() {
            return;
        }
        if let Some(host) = host.get_untracked() {
            drop(host.set_pointer_capture(event.pointer_id()));
        }
        begun.set_value(at.map(|at| (at, y)));
    };
    let moved = move |event: web_sys::PointerEvent| {
        let (Some((at, from)), Some(frame)) = (begun.get_value(), frame()) else {
            return;
        };
        let (_, y) = place(&event);
        if let Some(column) = column_of(at).filter(|_| (y - from).abs() > PRESS_PX) {
            let stretch = (column.at(frame.share(from)), column.at(frame.share(y)));
            column.pick(scene, Some(stretch));
        }
    };
    let up = move |event: web_sys::PointerEvent| {
        let Some((at, from)) = begun.try_update_value(Option::take).flatten() else {
            return;
        };
        let (_, y) = place(&event);
        if let Some(column) = column_of(at).filter(|_| (y - from).abs() <= PRESS_PX) {
            column.pick(scene, None);
        }
    };
    let press = move |event: web_sys::MouseEvent| {
        let (x, y) = place(&event);
        if let Some(frame) = frame().filter(|frame| frame.column_at(x).is_none()) {
            let nearest = lines.with_value(|lines| nearest(lines, &frame, x, y));
            if let Some(trial) = nearest {
                scene.choose(trial);
            }
        }
    };
    let axes = move || {
        let all = columns.get();
        let last = all.len().saturating_sub(1).max(1) as f64;
        let axis = move |(at, column): (usize, Column)| {
            view! { <AxisHandles scene column share=at as f64 / last /> }
        };
        all.into_iter().enumerate().map(axis).collect_view()
    };
    let words = move || {
        let found = scene.found.get();
        let drawn = found.lines.len() as u64;
        let open = scene.look.with(|look| look.brush.is_open());
        let picked = match open {
            true => String::new(),
            false => format!(
                "{} of {} trials picked out. ",
                count(found.held as f64),
                count(found.run as f64)
            ),
        };
        match drawn < found.run {
            true => format!(
                "{picked}{} of {} lines are drawn: the best and an even sample.",
                count(drawn as f64),
                count(found.run as f64)
            ),
            false => picked,
        }
    };
    let open = move || scene.look.with(|look| look.brush.is_open());
    view! {
        <section class="sweep-part" aria-labelledby="lines-title" id="lines" data-held=move || scene.found.with(|found| found.held.to_string())>
            <div class="part-head">
                <h2 id="lines-title">"All axes"</h2>
                <p class="quiet" role="status">{words}</p>
                <button
                    type="button"
                    class="button"
                    id="clear-brush"
                    disabled=open
                    on:click=move |_| scene.look.update(|look| look.brush = Default::default())
                >
                    "Pick all"
                </button>
            </div>
            <div class="lines-window">
                <div
                    class="lines"
                    style=move || format!("--columns: {}", columns.with(Vec::len))
                    node_ref=host
                    on:pointerdown=down
                    on:pointermove=moved
                    on:pointerup=up
                    on:pointercancel=move |_| begun.set_value(None)
                    on:click=press
                >
                    <canvas node_ref=canvas aria-hidden="true"></canvas>
                    {axes}
                </div>
            </div>
            <p class="quiet note">"Drag along an axis to pick trials out; press it to let them go. The list of the best and the heatmap show what is picked."</p>
        </section>
    }
}

fn columns(scene: Scene) -> Vec<Column> {
    let Some(shown) = scene.shown.get() else {
        return Vec::new();
    };
    let axes = (0..shown.places.axes()).map(|axis| Column::Axis(axis, shown.places.count(axis)));
    let measure = scene.measure.get();
    let others = BESIDE.into_iter().filter(|other| *other != measure);
    let results = others.chain([measure]);
    let found = scene.found.get();
    let results = results.filter_map(|of| Some(Column::Result(of, found.spread(of)?)));
    axes.chain(results).collect()
}

/// The name of an axis, its ends, and the two handles of its stretch.
#[component]
fn AxisHandles(scene: Scene, column: Column, share: f64) -> impl IntoView {
    let words = move |at: f64| {
        let words = |shown: &Arc<Shown>| column.words(shown, at);
        scene
            .shown
            .with(|shown| shown.as_ref().map(words))
            .unwrap_or_default()
    };
    let (low, high) = column.ends();
    let label = scene
        .shown
        .with_untracked(|shown| shown.as_ref().map(|shown| column.label(shown)))
        .unwrap_or_default();
    let end = move |upper: bool| {
        let (sign, at) = if upper { ("≥ ", high) } else { ("≤ ", low) };
        let sign = if column.has_beyond(upper) { sign } else { "" };
        view! { <span class="axis-end" data-foot=(!upper).then_some("")>{sign} {move || words(at)}</span> }
    };
    let ends = move || {
        let (from, until) = column.picked(scene).unwrap_or((low, high));
        (from.clamp(low, high), until.clamp(low, high))
    };
    let set = move |upper: bool, to: f64| {
        let (from, until) = untrack(ends);
        let to = to.clamp(low, high);
        let stretch = match upper {
            true => (if to < from { to } else { from }, to),
            false => (to, if to > until { to } else { until }),
        };
        let whole = stretch.0 <= low && stretch.1 >= high;
        column.pick(scene, (!whole).then_some(stretch));
    };
    let handle = move |upper: bool| {
        let now = move || if upper { ends().1 } else { ends().0 };
        let press = move |event: KeyboardEvent| {
            let (at, step) = (untrack(now), column.step());
            let to = match event.key().as_str() {
                "ArrowUp" | "ArrowRight" => at + step,
                "ArrowDown" | "ArrowLeft" => at - step,
                "PageUp" => at + 10.0 * step,
                "PageDown" => at - 10.0 * step,
                "Home" => low,
                "End" => high,
                _ => return,
            };
            event.prevent_default();
            set(upper, to);
        };
        let name = if upper { "at most" } else { "at least" };
        view! {
            <div
                class="handle"
                role="slider"
                tabindex="0"
                aria-orientation="vertical"
                aria-label=format!("{label}, {name}")
                aria-valuemin=low.to_string()
                aria-valuemax=high.to_string()
                aria-valuenow=move || now().to_string()
                aria-valuetext=move || words(now())
                data-upper=upper.then_some("")
                style=move || format!("--at: {:.4}", column.share(now()))
                on:keydown=press
            ></div>
        }
    };
    view! {
        <div class="line-axis" style=format!("--share: {share:.4}") data-picked=move || column.picked(scene).is_some().then_some("")>
            <span class="axis-title" title=label>{label}</span>
            {end(true)}
            {end(false)}
            {handle(true)}
            {handle(false)}
        </div>
    }
}

/// The trial of the line next to a place, if one is near.
fn nearest(lines: &Lines, frame: &Frame, x: f64, y: f64) -> Option<u64> {
    let right = (1..frame.columns).find(|column| frame.x(*column) >= x)?;
    let (from, to) = (frame.x(right - 1), frame.x(right));
    let share = (x - from) / (to - from);
    let away = |shares: &[f32]| {
        let (a, b) = (shares.get(right - 1)?, shares.get(right)?);
        let at = f64::from(*a) + (f64::from(*b) - f64::from(*a)) * share;
        let away = (frame.y(at) - y).abs();
        (away <= NEAR_LINE_PX).then_some(away)
    };
    let near = lines.each().filter(|(_, _, held, _)| *held);
    let near = near.filter_map(|(shares, trial, ..)| Some((away(shares)?, trial)));
    near.min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, trial)| trial)
}

fn draw(scene: Scene, lines: &Lines, host: &HtmlElement, canvas: &HtmlCanvasElement) {
    let Some(sheet) = Sheet::of(canvas, host) else {
        return;
    };
    let (context, scale) = (&sheet.context, sheet.scale);
    let frame = Frame::of(host, lines.columns.len());
    let Some(paint) = scene.paint.get_untracked() else {
        return;
    };
    let Paint { theme, ramp } = &*paint;
    let trace = |shares: &[f32]| {
        let mut pen_down = false;
        for (column, share) in shares.iter().enumerate() {
            if share.is_nan() {
                pen_down = false;
                continue;
            }
            let (x, y) = (frame.x(column) * scale, frame.y(f64::from(*share)) * scale);
            match pen_down {
                true => context.line_to(x, y),
                false => context.move_to(x, y),
            }
            pen_down = true;
        }
    };
    // what is left out, in one stroke
    context.set_stroke_style_str(&css_of(&theme.hairline));
    // browsers draw lines of one pixel of the canvas several times as fast as wider ones, whose outlines they fill
    context.set_line_width(1.0);
    context.set_global_alpha(0.5);
    context.begin_path();
    lines
        .each()
        .filter(|(_, _, held, _)| !held)
        .for_each(|(shares, ..)| trace(shares));
    context.stroke();
    // what is picked out, those far from the middle last, as these are looked for
    let mut picked: Vec<(&[f32], u64, bool, f32)> =
        lines.each().filter(|(_, _, held, _)| *held).collect();
    picked.sort_by(|a, b| a.3.abs().total_cmp(&b.3.abs()));
    let many = picked.len() as f64;
    context.set_global_alpha((12.0 / many.max(1.0).sqrt()).clamp(0.22, 0.95));
    if picked.len() <= FEW {
        context.set_line_width(WIDE_PX * scale);
    }
    strokes(context, &picked, ramp, trace);
    context.set_global_alpha(1.0);
    context.set_stroke_style_str(&css_of(&theme.label));
    context.set_line_width(scale);
    context.begin_path();
    for column in 0..lines.columns.len() {
        let x = (frame.x(column) * scale).floor() + scale / 2.0;
        context.move_to(x, frame.y(1.0) * scale);
        context.line_to(x, frame.y(0.0) * scale);
    }
    context.stroke();
    let focus = scene.focus.get_untracked();
    if let Some((shares, ..)) = lines.each().find(|(_, trial, ..)| Some(*trial) == focus) {
        for (colour, width) in [(&theme.ground, 5.0), (&theme.equity, 2.5)] {
            context.set_stroke_style_str(&css_of(colour));
            context.set_line_width(width * scale);
            context.begin_path();
            trace(shares);
            context.stroke();
        }
    }
    drop(host.set_attribute("data-lines", &lines.trials.len().to_string()));
}

/// Lines of like colour in one stroke each.
fn strokes(
    context: &web_sys::CanvasRenderingContext2d,
    picked: &[(&[f32], u64, bool, f32)],
    ramp: &Ramp,
    trace: impl Fn(&[f32]),
) {
    let tone = |colour: f32| (f64::from(colour) * 16.0).round() / 16.0;
    let mut rest = picked.iter().filter(|line| !line.3.is_nan()).peekable();
    while let Some(first) = rest.next() {
        let colour = tone(first.3);
        context.set_stroke_style_str(&css(ramp.colour(colour)));
        context.begin_path();
        trace(first.0);
        while let Some(next) = rest.next_if(|next| tone(next.3).to_bits() == colour.to_bits()) {
            trace(next.0);
        }
        context.stroke();
    }
}
