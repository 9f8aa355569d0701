//! The chart: candles, indicators, trades, equity and drawdown on one axis of bars.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::base::zone::LocalClock;
use atrium_shared::surface::charts::{Frame, Layout, Sessions, TimeMarks, View};
use atrium_shared::surface::share;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::document;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{ResizeObserver, WheelEvent};

use super::chart_bar::ChartBar;
use super::chart_choices::{Choices, TimesBy, scale_name};
use super::chart_lines::{Computed, Curve, Curves, keep_computed};
use super::drawing::{Axis, Pinned, Subject};
use super::gestures::{
    on_click, on_key, on_pointer_down, on_pointer_move, on_pointer_up, on_wheel,
};
use super::legend::{Legend, Summary};
use super::painter::{Drawn, Layer, Layers, Painter};
use super::room::{make_room, place_of};
use super::states::{Stale, Vacancy};
use crate::browser;
use crate::late::Which;
use crate::parts::later::Later;
use crate::state::{Lab, Shown};
use crate::theme::{LookVersion, chart_theme, series_colours};

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
    /// How often a picture was asked for.
    pub(super) pictures: RwSignal<u32>,
    /// The bar under the crosshair.
    pub(super) hovered: RwSignal<Option<usize>>,
    /// Whether trades were too many to be drawn one by one.
    pub(super) counted: RwSignal<bool>,
    pub(super) dragging: RwSignal<bool>,
    painter: StoredValue<Option<Painter>, Local>,
    /// Pointers that are down, with their last x.
    pub(super) pointers: StoredValue<Vec<(i32, f64)>, Local>,
    /// Where a pointer went down, to tell a click from a drag.
    pub(super) pressed: StoredValue<(f64, f64)>,
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

    pub(super) fn look(self, change: impl FnOnce(&View) -> View) {
        let view = self.view.with_untracked(change);
        if self.view.get_untracked() != view {
            self.view.set(view);
        }
    }

    /// Bars that one CSS pixel covers, and the fraction of the panes' width at a CSS x.
    pub(super) fn at(self, x: f64) -> Option<(f64, f64)> {
        let frame = self
            .painter
            .with_value(|painter| painter.as_ref()?.frame())?;
        let width = f64::from(frame.price.width()) / frame.scale;
        Some((frame.view.span() / width, (x / width).clamp(0.0, 1.0)))
    }

    /// How wide the panes are, in CSS pixels.
    pub(super) fn panes_px(self) -> Option<f64> {
        let frame = self
            .painter
            .with_value(|painter| painter.as_ref()?.frame())?;
        Some(f64::from(frame.price.width()) / frame.scale)
    }

    /// Notes where the pointer is.
    pub(super) fn point(self, pointer: Option<(f64, f64)>) {
        let asked = self.lab.asked_bar.get_untracked();
        self.change(Layer::Overlay, |subject| {
            subject.pointer = pointer;
            // a bar that is asked about stays marked
            subject.cursor = asked.filter(|_| pointer.is_none());
        });
    }

    /// Puts the crosshair `bars` further, from where it is or from the middle; what is seen follows it.
    pub(super) fn step_cursor(self, bars: f64) {
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
        pictures: RwSignal::new(0),
        hovered: RwSignal::new(None),
        counted: RwSignal::new(false),
        dragging: RwSignal::new(false),
        painter: StoredValue::new_local(None),
        pointers: StoredValue::new_local(Vec::new()),
        pressed: StoredValue::new((0.0, 0.0)),
        density: StoredValue::new_local(None),
    };
    provide_context(scene);
    let host = NodeRef::<Div>::new();
    let canvases = [NodeRef::<Canvas>::new(), NodeRef::new(), NodeRef::new()];
    start_painting(scene, host, canvases);
    let [base, result, overlay] = canvases;
    let names = move || {
        let lines = scene.lines.get();
        lines
            .iter()
            .map(|line| line.of.entry.name)
            .collect::<Vec<_>>()
            .join(",")
    };
    view! {
        <ChartBar scene />
        <Later which=Which::Chart />
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
                "Left and right arrow keys move, with Shift they move the crosshair by a bar. Page Up and Page Down move by what is seen, plus and minus zoom, Home and End go to the first and the last bar, 0 shows everything. Enter tells why it was decided so at the bar under the crosshair, or at the middle one in sight; Escape lets a chosen trade or bar go. L and P switch logarithmic and per-cent prices, Z the clock, I opens the indicators, T a table of what is seen, S saves a picture. The table of trades holds what is drawn."
            </p>
            <Summary scene />
            <Stale />
            <Vacancy />
        </div>
        <div id="chart-table" class="chart-table-host">
            <Show when=move || scene.table.get()>
                <Later which=Which::Table />
            </Show>
        </div>
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
        let seen = view.bars();
        let is_all = seen.len() as f64 >= View::zoomed(&view, 0.5, f64::MAX).span();
        let in_sight = (!is_all).then(|| (seen.start, seen.end.saturating_sub(1)));
        if lab.in_sight.get_untracked() != in_sight {
            lab.in_sight.set(in_sight);
        }
    });
    Effect::new(move |_| {
        if let Some(share::View { from, to }) = lab.framed.get() {
            let framed = lab
                .shown
                .with_untracked(|shown| View::of_times(shown.as_ref()?.series.start(), from, to));
            if let Some(framed) = framed {
                scene.look(|_| framed);
            }
            lab.framed.set(None);
        }
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
            scene.look(|view| view.framing(first, last));
            if let Some(host) = host.get_untracked() {
                bring_into_sight(host.unchecked_ref());
            }
            make_room(scene, host, false);
        }
    });
    Effect::new(move |before: Option<Option<usize>>| {
        let asked = lab.asked_bar.get();
        if let Some(bar) = asked {
            // what is told of a bar keeps away from it, and stays where it is while one goes from bar to bar
            if before.flatten().is_none() {
                let view = scene.view.get_untracked();
                lab.study.asked_right.set(place_of(&view, bar) > 0.5);
            }
            scene.change(Layer::Overlay, |subject| {
                subject.pointer = None;
                subject.cursor = asked;
            });
            make_room(scene, host, before.flatten().is_none());
        }
        asked
    });
    Effect::new(move |_| {
        let chosen = lab.chosen_trade.get();
        scene.change(Layer::Result, |subject| {
            subject.chosen = chosen;
            // who asks why goes on with the trade
            subject.cursor = subject.cursor.filter(|_| chosen.is_none());
        });
        let run = lab.run.get_untracked();
        if let Some(mark) = chosen.and_then(|index| run?.marks.get(index).copied()) {
            scene.look(|view| view.showing(mark.entry_bar, mark.exit_bar));
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
        // a day is named by its date, whatever the clock
        zone: match series.interval() {
            BarInterval::Day => TimesBy::Utc.zone(calendar),
            BarInterval::Seconds(_) => times.zone(calendar),
        },
    }
}

/// Scrolls the page to the chart where less than half of it is in sight.
fn bring_into_sight(host: &web_sys::Element) {
    let rect = host.get_bounding_client_rect();
    if rect.bottom() < rect.height() / 2.0 {
        host.scroll_into_view();
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
    browser::follow_density(
        scene.density,
        Callback::new(move |()| scene.change(Layer::Base, |_| {})),
    );
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
