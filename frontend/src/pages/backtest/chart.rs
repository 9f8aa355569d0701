//! The chart: candles, indicators, trades, equity and drawdown on one axis of bars.

use std::sync::Arc;

use atrium_shared::base::zone::LocalClock;
use atrium_shared::surface::charts::{Frame, Layout, PriceScale, Sessions, TimeMarks, View};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent, ResizeObserver, WheelEvent};

use super::chart_bar::ChartBar;
use super::chart_choices::{Choices, TimesBy, scale_name};
use super::chart_lines::{Computed, Curve, Curves, keep_computed};
use super::chart_picture::save_picture;
use super::chart_table::ChartTable;
use super::drawing::{Axis, Pinned, Subject};
use super::legend::{Legend, Summary};
use super::painter::{Drawn, Layer, Layers, Painter};
use super::states::{Stale, Vacancy};
use super::why::focus_why;
use crate::browser;
use crate::state::{Lab, Shown};
use crate::theme::{LookVersion, chart_theme, series_colours};

/// How much one step of the wheel or one key press zooms.
const ZOOM_STEP: f64 = 1.25;
/// How far one key press moves, as a share of what is seen.
const PAN_STEP: f64 = 0.1;
/// How far a pointer may move, in CSS pixels, for a press to be a click.
const CLICK_PX: f64 = 4.0;
/// How much stronger a pinch on a trackpad is than the wheel that it is told as.
const PINCH_GAIN: f64 = 8.0;

/// What the parts of the chart share.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    pub(super) lab: Lab,
    pub(super) view: RwSignal<View>,
    pub(super) choices: Choices,
    /// How panes are laid out, by what is chosen.
    pub(super) layout: Memo<Layout>,
    /// The axis of time of the bars that are shown.
    pub(super) axis: RwSignal<Option<Axis>>,
    /// Indicators that are computed.
    pub(super) lines: RwSignal<Vec<Arc<Computed>>>,
    /// The curves of the run that is shown.
    pub(super) curves: RwSignal<Option<Curves>>,
    /// Pinned runs on the bars that are shown.
    pub(super) pinned: RwSignal<Vec<Pinned>>,
    /// Whether the table of what is seen is open.
    pub(super) table: RwSignal<bool>,
    /// Whether the menu of indicators is open.
    pub(super) menu: RwSignal<bool>,
    /// The bar under the crosshair.
    pub(super) hovered: RwSignal<Option<usize>>,
    /// Whether trades were too many to be drawn one by one.
    pub(super) counted: RwSignal<bool>,
    dragging: RwSignal<bool>,
    painter: StoredValue<Option<Painter>, Local>,
    /// Pointers that are down, with their last x.
    pointers: StoredValue<Vec<(i32, f64)>, Local>,
    /// Where a pointer went down, to tell a click from a drag.
    pressed: StoredValue<(f64, f64)>,
    /// Hears when the window's pixels become finer or coarser.
    density: StoredValue<Option<EventListener>, Local>,
}

impl Scene {
    fn change(self, layer: Layer, change: impl FnOnce(&mut Subject)) {
        self.painter.with_value(|painter| {
            if let Some(painter) = painter {
                painter.change(layer, change);
            }
        });
    }

    fn look(self, change: impl FnOnce(&View) -> View) {
        let view = self.view.with_untracked(change);
        if self.view.get_untracked() != view {
            self.view.set(view);
        }
    }

    /// Bars that one CSS pixel covers, and the fraction of the panes' width at a CSS x.
    fn at(self, x: f64) -> Option<(f64, f64)> {
        let frame = self
            .painter
            .with_value(|painter| painter.as_ref()?.frame())?;
        let width = f64::from(frame.price.width()) / frame.scale;
        Some((frame.view.span() / width, (x / width).clamp(0.0, 1.0)))
    }

    /// Notes where the pointer is.
    fn point(self, pointer: Option<(f64, f64)>) {
        self.change(Layer::Overlay, |subject| {
            subject.pointer = pointer;
            subject.cursor = None;
        });
    }

    /// Puts the crosshair `bars` further, from where it is or from the middle; what is seen follows it.
    fn step_cursor(self, bars: f64) {
        let view = self.view.get_untracked();
        let seen = view.bars();
        let Some(last) = self.lab.shown.with_untracked(|shown| {
            shown
                .as_ref()
                .and_then(|shown| shown.series.len().checked_sub(1))
        }) else {
            return;
        };
        let from = self
            .hovered
            .get_untracked()
            .unwrap_or((seen.start + seen.end) / 2);
        let bar = ((from as f64 + bars).clamp(0.0, last as f64)) as usize;
        if bar < seen.start {
            self.look(|view| view.panned(bar as f64 - view.from()));
        } else if bar as f64 + 1.0 > view.from() + view.span() {
            self.look(|view| view.panned(bar as f64 + 1.0 - view.from() - view.span()));
        }
        self.change(Layer::Overlay, |subject| {
            subject.pointer = None;
            subject.cursor = Some(bar);
        });
    }

    /// What is drawn, as it stands.
    pub(super) fn subject(self) -> Option<Subject> {
        self.painter
            .with_value(|painter| painter.as_ref().map(Painter::subject))
    }

    /// Notes how long indicators were computed at a stretch, for the page's tests.
    pub(super) fn longest_stretch(self, milliseconds: f64) {
        let Some(host) = document().get_element_by_id("chart") else {
            return;
        };
        let before = host.get_attribute("data-stretch-ms");
        let before = before.and_then(|text| text.parse().ok()).unwrap_or(0.0);
        if milliseconds > before {
            drop(host.set_attribute("data-stretch-ms", &milliseconds.to_string()));
        }
    }

    /// Whether prices have logarithms: all are above 0.
    pub(super) fn has_logarithms(self) -> bool {
        self.lab.shown.with(|shown| {
            let lowest = shown.as_ref().and_then(|shown| shown.chart.pyramid.whole());
            lowest.is_none_or(|whole| whole.low > 0.0)
        })
    }

    /// Notes what was drawn, so that words say the same.
    fn note(self, drawn: Drawn) {
        if self.hovered.get_untracked() != drawn.hovered {
            self.hovered.set(drawn.hovered);
        }
        let counted = drawn.counted.unwrap_or(self.counted.get_untracked());
        if self.counted.get_untracked() != counted {
            self.counted.set(counted);
        }
    }
}

#[component]
pub(super) fn Chart() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let choices = Choices::load();
    let scene = Scene {
        lab,
        view: RwSignal::new(View::all(0)),
        choices,
        layout: Memo::new(move |_| Layout {
            scale: choices.scale.get(),
            own: choices
                .indicators
                .with(|all| all.iter().filter(|chosen| chosen.is_apart()).count()),
            drawdown: true,
        }),
        axis: RwSignal::new(None),
        lines: RwSignal::new(Vec::new()),
        curves: RwSignal::new(None),
        pinned: RwSignal::new(Vec::new()),
        table: RwSignal::new(false),
        menu: RwSignal::new(false),
        hovered: RwSignal::new(None),
        counted: RwSignal::new(false),
        dragging: RwSignal::new(false),
        painter: StoredValue::new_local(None),
        pointers: StoredValue::new_local(Vec::new()),
        pressed: StoredValue::new((0.0, 0.0)),
        density: StoredValue::new_local(None),
    };
    let host = NodeRef::<Div>::new();
    let canvases = [NodeRef::<Canvas>::new(), NodeRef::new(), NodeRef::new()];
    start_painting(scene, host, canvases);
    let [base, result, overlay] = canvases;
    let names = move || {
        let lines = scene.lines.get();
        let entries = lines.iter().filter_map(|line| line.of.entry());
        entries
            .map(|entry| entry.name)
            .collect::<Vec<_>>()
            .join(",")
    };
    view! {
        <ChartBar scene />
        <div
            id="chart"
            class="chart"
            role="group"
            aria-roledescription="chart"
            aria-label="Candles, indicators, trades, equity and drawdown"
            aria-describedby="chart-help chart-summary"
            tabindex="0"
            style=move || {
                let layout = scene.layout.get();
                let ([price, ..], equity, foot) = layout.tops();
                format!(
                    "--price-foot: {price}; --equity-top: {equity}; --drawdown-top: {foot}; --own-panes: {}; --time-axis: {}px",
                    layout.own, Frame::TIME_AXIS_PX
                )
            }
            data-scale=move || scale_name(scene.layout.get().scale)
            data-times=move || scene.choices.times.get().name()
            data-lines=names
            data-asked=move || scene.lab.asked_bar.get().map(|bar| bar.to_string())
            data-dragging=move || scene.dragging.get().then_some("")
            node_ref=host
            on:keydown=move |event| on_key(scene, &event)
            on:pointerdown=move |event| on_pointer_down(scene, &event)
            on:pointermove=move |event| on_pointer_move(scene, &event)
            on:pointerup=move |event| on_pointer_up(scene, &event)
            on:pointercancel=move |event| {
                on_pointer_up(scene, &event);
                scene.point(None);
            }
            on:pointerleave=move |event| {
                // a finger that is lifted leaves the crosshair where it was
                if event.pointer_type() != "touch" {
                    scene.point(None);
                }
            }
            on:click=move |event| on_click(scene, &event)
            on:dblclick=move |_| {
                scene.lab.ask_bar(None);
                scene.look(|view| View::zoomed(view, 0.5, f64::MAX));
            }
        >
            <canvas node_ref=base aria-hidden="true"></canvas>
            <canvas node_ref=result aria-hidden="true"></canvas>
            <canvas node_ref=overlay aria-hidden="true"></canvas>
            <Legend scene />
            <Show when=move || scene.lab.shown.with(Option::is_some)>
                <Zoom scene />
            </Show>
            <p class="hidden" id="chart-help">
                "Left and right arrow keys move, with Shift they move the crosshair by a bar. Page Up and Page Down move by what is seen, plus and minus zoom, Home and End go to the first and the last bar, 0 shows everything. Enter tells why it was decided so at the bar under the crosshair, or at the last one in sight; Escape lets a chosen trade or bar go. L and P switch logarithmic and per-cent prices, Z the clock, I opens the indicators, T a table of what is seen, S saves a picture. The table of trades holds what is drawn."
            </p>
            <Summary scene />
            <Stale />
            <Vacancy />
        </div>
        <ChartTable scene />
    }
}

/// Makes the painter once the canvases exist, and keeps it told.
fn start_painting(scene: Scene, host: NodeRef<Div>, canvases: [NodeRef<Canvas>; 3]) {
    let (lab, look) = (scene.lab, expect_context::<LookVersion>());
    let [base, result, overlay] = canvases;
    Effect::new(move |_| {
        let (Some(host), Some(base), Some(result), Some(overlay)) =
            (host.get(), base.get(), result.get(), overlay.get())
        else {
            return;
        };
        let layers = Layers {
            host: host.clone().unchecked_into(),
            base,
            result,
            overlay,
        };
        let subject = Subject {
            shown: None,
            axis: None,
            curves: None,
            pinned: Vec::new(),
            lines: Vec::new(),
            layout: scene.layout.get_untracked(),
            view: scene.view.get_untracked(),
            chosen: None,
            pointer: None,
            cursor: None,
            theme: chart_theme(&layers.host),
            series: series_colours(&layers.host),
        };
        listen(scene, &layers);
        let painter = Painter::new(layers, subject, move |drawn| scene.note(drawn));
        scene.painter.set_value(Some(painter));
    });
    Effect::new(move |before: Option<Option<Arc<Shown>>>| {
        let shown = lab.shown.get();
        let view = match (before.flatten(), &shown) {
            (Some(before), Some(shown)) if before.key == shown.key => {
                let (from, to) = (before.series.start(), shown.series.start());
                scene.view.with_untracked(|view| view.same_dates(from, to))
            }
            (_, shown) => View::all(shown.as_ref().map_or(0, |shown| shown.series.len())),
        };
        let axis = shown.as_ref().map(|shown| {
            let times = scene.choices.times.get_untracked();
            axis_of(shown, times, None)
        });
        scene.axis.set(axis.clone());
        scene.view.set(view);
        scene.change(Layer::Base, |subject| {
            subject.shown.clone_from(&shown);
            subject.axis = axis;
            subject.view = view;
            subject.lines.clear();
            subject.cursor = None;
        });
        shown
    });
    Effect::new(move |before: Option<TimesBy>| {
        let times = scene.choices.times.get();
        let shown = lab.shown.get_untracked();
        if let Some((shown, axis)) = shown.zip(scene.axis.get_untracked())
            && before.is_some_and(|before| before != times)
        {
            let axis = axis_of(&shown, times, Some(&axis));
            scene.axis.set(Some(axis.clone()));
            scene.change(Layer::Base, |subject| subject.axis = Some(axis));
        }
        times
    });
    Effect::new(move |_| {
        let (layout, lines) = (scene.layout.get(), scene.lines.get());
        scene.change(Layer::Base, |subject| {
            subject.layout = layout;
            subject.lines = lines;
        });
    });
    keep_computed(scene);
    Effect::new(move |_| {
        let shown = lab.shown.get();
        let of_these = lab.pins.with(|pins| {
            let of_these = pins.iter().filter(|pin| {
                let shown = shown.as_ref();
                shown.is_some_and(|shown| pin.is_of(shown))
            });
            let pinned = of_these.map(|pin| Pinned {
                number: pin.number,
                equity: Arc::new(Curve::new(pin.equity.to_vec())),
            });
            pinned.collect::<Vec<_>>()
        });
        scene.pinned.set(of_these.clone());
        scene.change(Layer::Result, |subject| subject.pinned = of_these);
    });
    Effect::new(move |_| {
        let view = scene.view.get();
        scene.change(Layer::Base, |subject| subject.view = view);
    });
    Effect::new(move |_| {
        look.track();
        if let Some(host) = host.get() {
            let theme = chart_theme(host.unchecked_ref());
            let series = series_colours(host.unchecked_ref());
            scene.change(Layer::Base, |subject| {
                subject.theme = theme;
                subject.series = series;
            });
        }
    });
    Effect::new(move |_| {
        let run = lab.run.get();
        let bars = lab.shown.get_untracked().zip(scene.axis.get_untracked());
        let curves = run.clone().zip(bars).map(|(run, (shown, axis))| {
            let before = scene.curves.get_untracked();
            Curves::new(run, shown, &axis.sessions, before.as_ref())
        });
        scene.curves.set(curves.clone());
        scene.change(Layer::Result, |subject| {
            subject.curves = curves;
            subject.chosen = None;
        });
        // runs after the page's other work on the same run
        spawn_local(async move {
            scene.painter.with_value(|painter| {
                if let (Some(painter), Some(run)) = (painter, run) {
                    painter.settled(run);
                }
            });
        });
    });
    Effect::new(move |_| {
        if let Some((first, last)) = lab.look_at.get() {
            scene.look(|view| view.showing(first, last));
            if let Some(host) = host.get_untracked() {
                bring_into_sight(host.unchecked_ref());
            }
        }
    });
    Effect::new(move |_| {
        let chosen = lab.chosen_trade.get();
        scene.change(Layer::Result, |subject| subject.chosen = chosen);
        let run = lab.run.get_untracked();
        if let Some(mark) = chosen.and_then(|index| run?.marks.get(index).copied()) {
            scene.look(|view| view.showing(mark.entry_bar, mark.exit_bar));
            if let Some(host) = host.get_untracked() {
                bring_into_sight(host.unchecked_ref());
            }
        }
    });
    Effect::new(move |_| {
        if let Some((first, last)) = lab.look_at.get() {
            scene.look(|view| view.showing(first, last));
            if let Some(host) = host.get_untracked() {
                bring_into_sight(host.unchecked_ref());
            }
        }
    });
    on_cleanup(move || {
        scene.painter.with_value(|painter| {
            if let Some(painter) = painter {
                painter.stop();
            }
        });
    });
}

/// The axis of bars that are shown, by a clock; their sessions are taken over where they are known.
fn axis_of(shown: &Shown, times: TimesBy, known: Option<&Axis>) -> Axis {
    let (series, calendar) = (&shown.series, shown.data_set.instrument.calendar);
    let starts = series.start();
    let clock = match (times, starts.first().copied(), starts.last().copied()) {
        (TimesBy::Utc, _, _) | (_, None, _) | (_, _, None) => LocalClock::default(),
        (TimesBy::Exchange, Some(first), Some(last)) => {
            let zone = calendar.zone();
            LocalClock::between(first, last, |at| zone.offset_seconds(at))
        }
        (TimesBy::Local, Some(first), Some(last)) => {
            LocalClock::between(first, last, browser::offset_seconds)
        }
    };
    Axis {
        marks: Arc::new(TimeMarks::by_clock(starts, series.interval(), &clock)),
        sessions: known.map_or_else(
            || Arc::new(Sessions::new(series, calendar)),
            |axis| Arc::clone(&axis.sessions),
        ),
        zone: times.zone(calendar),
    }
}

/// Scrolls the page to the chart where less than half of it is in sight.
fn bring_into_sight(host: &web_sys::Element) {
    let rect = host.get_bounding_client_rect();
    if rect.bottom() < rect.height() / 2.0 {
        host.scroll_into_view();
    }
}

/// Draws anew when the window moves to a screen of other pixels, or is zoomed. A query knows one density, so each change
/// asks for the next.
fn follow_density(scene: Scene) {
    let query = format!("(resolution: {}dppx)", window().device_pixel_ratio());
    if let Ok(Some(query)) = window().match_media(&query) {
        let listener = EventListener::new(&query, "change", move |_| {
            scene.change(Layer::Base, |_| {});
            // the listener that is running may not be freed from within itself
            spawn_local(async move { follow_density(scene) });
        });
        // the chart may be gone by then
        drop(scene.density.try_set_value(Some(listener)));
    }
}

/// Listens to what needs more than an attribute: the size of the chart, and a wheel that must not scroll the page.
fn listen(scene: Scene, layers: &Layers) {
    let on_resize = Closure::<dyn FnMut()>::new(move || scene.change(Layer::Base, |_| {}));
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(&layers.host);
        let kept = StoredValue::new_local(Some((observer, on_resize)));
        on_cleanup(move || {
            if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                observer.disconnect();
            }
        });
    }
    follow_density(scene);
    let options = EventListenerOptions::enable_prevent_default();
    let wheel = EventListener::new_with_options(&layers.host, "wheel", options, move |event| {
        if let Some(event) = event.dyn_ref::<WheelEvent>() {
            event.prevent_default();
            on_wheel(scene, event);
        }
    });
    let kept = StoredValue::new_local(Some(wheel));
    on_cleanup(move || drop(kept.try_update_value(Option::take)));
}

fn on_wheel(scene: Scene, event: &WheelEvent) {
    let x = f64::from(event.client_x()) - corner(event).0;
    let Some((bars_a_pixel, fraction)) = scene.at(x) else {
        return;
    };
    // lines or pages instead of pixels
    let unit = match event.delta_mode() {
        0 => 1.0,
        1 => 16.0,
        _ => 400.0,
    };
    let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
    if dx.abs() > dy.abs() {
        scene.look(|view| view.panned(dx * bars_a_pixel));
    } else {
        // browsers tell a pinch on a trackpad as a wheel with the control key, in small steps
        let gain = if event.ctrl_key() { PINCH_GAIN } else { 1.0 };
        let steps = (dy * gain / 100.0).clamp(-3.0, 3.0);
        scene.look(|view| view.zoomed(fraction, ZOOM_STEP.powf(steps)));
    }
}

fn on_pointer_down(scene: Scene, event: &PointerEvent) {
    if event.button() != 0 || is_control(event) {
        return;
    }
    if let Some(host) = event.current_target()
        && let Ok(host) = host.dyn_into::<web_sys::Element>()
    {
        drop(host.set_pointer_capture(event.pointer_id()));
    }
    let down = (event.pointer_id(), f64::from(event.client_x()));
    scene.pointers.update_value(|pointers| {
        pointers.retain(|(id, _)| *id != down.0);
        pointers.push(down);
    });
    scene.pressed.set_value(place(event));
    scene.dragging.set(true);
    scene.point(Some(place(event)));
}

/// A click that was no drag asks about the bar under it.
fn on_click(scene: Scene, event: &MouseEvent) {
    let (x, y) = place(event);
    let (from_x, from_y) = scene.pressed.get_value();
    let moved = (x - from_x).abs() + (y - from_y).abs();
    if is_control(event) || moved > CLICK_PX || scene.lab.shown.with_untracked(Option::is_none) {
        return;
    }
    if let Some((_, fraction)) = scene.at(x) {
        let bar = scene.view.with_untracked(|view| view.bar_at(fraction));
        scene.lab.ask_bar(bar);
    }
}

/// Where a pointer is, from the chart's corner.
fn place(event: &MouseEvent) -> (f64, f64) {
    let (left, top) = corner(event);
    (
        f64::from(event.client_x()) - left,
        f64::from(event.client_y()) - top,
    )
}

/// Whether an event belongs to a button on the chart.
fn is_control(event: &MouseEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest("button").ok().flatten().is_some())
}

fn on_pointer_move(scene: Scene, event: &PointerEvent) {
    let (id, x) = (event.pointer_id(), f64::from(event.client_x()));
    let before = scene.pointers.get_value();
    scene.pointers.update_value(|pointers| {
        for pointer in pointers.iter_mut().filter(|(other, _)| *other == id) {
            pointer.1 = x;
        }
    });
    let after = scene.pointers.get_value();
    if let (Some((bars_a_pixel, _)), [(_, was), ..], [(_, is), ..]) =
        (scene.at(0.0), before.as_slice(), after.as_slice())
    {
        match (before.as_slice(), after.as_slice()) {
            ([(_, a), (_, b), ..], [(_, c), (_, d), ..]) => {
                let left = corner(event).0;
                let middles = ((a + b) / 2.0 - left, (c + d) / 2.0 - left);
                pinch(scene, ((a - b).abs(), (c - d).abs()), middles);
            }
            _ => scene.look(|view| view.panned((was - is) * bars_a_pixel)),
        }
    }
    scene.point(Some(place(event)));
}

/// Two fingers: what is between them stays between them, whether they part or move together.
fn pinch(scene: Scene, (was, is): (f64, f64), middles: (f64, f64)) {
    if let (Some((_, from)), Some((_, to))) = (scene.at(middles.0), scene.at(middles.1)) {
        let factor = if is > 1.0 { was / is } else { 1.0 };
        scene.look(|view| {
            let zoomed = view.zoomed(from, factor);
            zoomed.panned((from - to) * zoomed.span())
        });
    }
}

/// The chart's corner in the window.
fn corner(event: &web_sys::Event) -> (f64, f64) {
    let host = event.current_target();
    let host = host.and_then(|host| host.dyn_into::<web_sys::Element>().ok());
    host.map_or((0.0, 0.0), |host| {
        let rect = host.get_bounding_client_rect();
        (rect.left(), rect.top())
    })
}

fn on_pointer_up(scene: Scene, event: &PointerEvent) {
    scene
        .pointers
        .update_value(|pointers| pointers.retain(|(id, _)| *id != event.pointer_id()));
    if scene.pointers.with_value(Vec::is_empty) {
        scene.dragging.set(false);
    }
}

fn on_key(scene: Scene, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let step = |share: f64| scene.look(|view| view.panned(view.span() * share));
    let choices = scene.choices;
    match event.key().as_str() {
        "ArrowLeft" if event.shift_key() => scene.step_cursor(-1.0),
        "ArrowRight" if event.shift_key() => scene.step_cursor(1.0),
        "ArrowLeft" => step(-PAN_STEP),
        "ArrowRight" => step(PAN_STEP),
        "PageUp" => step(-0.9),
        "PageDown" => step(0.9),
        "+" | "=" => scene.look(|view| view.zoomed(0.5, 1.0 / ZOOM_STEP)),
        "-" | "_" => scene.look(|view| view.zoomed(0.5, ZOOM_STEP)),
        "Home" => scene.look(|view| view.at_edge(false)),
        "End" => scene.look(|view| view.at_edge(true)),
        "0" => scene.look(|view| view.zoomed(0.5, f64::MAX)),
        "l" | "L" if scene.has_logarithms() => choices.toggle_scale(PriceScale::Logarithmic),
        "p" | "P" => choices.toggle_scale(PriceScale::Percent),
        "z" | "Z" => choices.next_times(),
        "i" | "I" => scene.menu.update(|open| *open = !*open),
        "t" | "T" => scene.table.update(|open| *open = !*open),
        "s" | "S" => save_picture(scene),
        // the bar under the crosshair, or the last in sight
        "Enter" => {
            let last = || scene.view.with_untracked(|view| view.bars().next_back());
            let bar = scene.hovered.get_untracked().or_else(last);
            scene.lab.ask_bar(bar);
            focus_why();
        }
        "Escape" => {
            scene.lab.chosen_trade.set(None);
            scene.lab.ask_bar(None);
        }
        _ => return,
    }
    event.prevent_default();
}

/// Buttons for what the wheel does.
#[component]
fn Zoom(scene: Scene) -> impl IntoView {
    let button = move |label: &'static str, path: &'static str, act: fn(&View) -> View| {
        view! {
            <button
                type="button"
                class="icon-button"
                aria-label=label
                title=label
                on:click=move |_| scene.look(act)
                on:dblclick=|event| event.stop_propagation()
            >
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d=path /></svg>
            </button>
        }
    };
    view! {
        <div class="zoom">
            {button("Zoom in", "M8 3v10M3 8h10", |view| view.zoomed(0.5, 0.5))}
            {button("Zoom out", "M3 8h10", |view| view.zoomed(0.5, 2.0))}
            {button("Show everything", "M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3", |view| view.zoomed(0.5, f64::MAX))}
        </div>
    }
}
