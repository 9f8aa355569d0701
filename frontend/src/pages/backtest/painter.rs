//! The chart's canvases: which of them are out of date, and their drawing, once a frame.
//!
//! Three lie over one another: the base (grid, axes, candles, indicators) is drawn when the view, the data or the look change;
//! the result (trades, equity, drawdown) also with every run; the overlay (crosshair) with every move of the pointer.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use atrium_shared::surface::charts::{Frame, TradeMarks};
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::utils::window;
use plotters::drawing::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

use super::drawing::{Scales, Subject};
use super::overlay;
use crate::browser;
use crate::state::Run;

/// The lowest layer that is out of date; those above it are drawn anew with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    Overlay,
    Result,
    Base,
}

/// The canvases with their element.
#[derive(Clone)]
pub(super) struct Layers {
    pub(super) host: HtmlElement,
    pub(super) base: HtmlCanvasElement,
    pub(super) result: HtmlCanvasElement,
    pub(super) overlay: HtmlCanvasElement,
}

/// Draws a chart. Copies are handles to the same chart.
#[derive(Clone)]
pub(super) struct Painter(Rc<RefCell<Inner>>);

struct Inner {
    layers: Layers,
    subject: Subject,
    frame: Option<Frame>,
    scales: Scales,
    due: Option<Layer>,
    awaited: Option<AnimationFrame>,
    /// The last frame that ran.
    spent: Option<AnimationFrame>,
    /// A run that has not been drawn yet, with the time at which the page was done with its numbers.
    undrawn: Option<(Arc<Run>, f64)>,
    /// Told what was drawn.
    on_drawn: Rc<dyn Fn(Drawn)>,
}

/// What a drawing shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// The bar that the pointer is on.
    pub(super) hovered: Option<usize>,
    /// Whether trades were too many to be drawn one by one; `None` where they were not drawn anew.
    pub(super) counted: Option<bool>,
}

impl Painter {
    pub(super) fn new(
        layers: Layers,
        subject: Subject,
        on_drawn: impl Fn(Drawn) + 'static,
    ) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            layers,
            subject,
            frame: None,
            scales: Scales::default(),
            due: None,
            awaited: None,
            spent: None,
            undrawn: None,
            on_drawn: Rc::new(on_drawn),
        })))
    }

    /// Changes what is drawn and has it drawn, from `layer` up, in the next frame.
    pub(super) fn change(&self, layer: Layer, change: impl FnOnce(&mut Subject)) {
        let mut inner = self.0.borrow_mut();
        change(&mut inner.subject);
        if inner.due < Some(layer) {
            inner.due = Some(layer);
        }
        if inner.awaited.is_none() {
            let painter = self.clone();
            inner.awaited = Some(request_animation_frame(move |_| painter.paint()));
        }
    }

    /// Notes that the page has shown the numbers of a run, so that the time to its drawing can be told.
    pub(super) fn settled(&self, run: Arc<Run>) {
        self.0.borrow_mut().undrawn = Some((run, browser::now()));
    }

    /// The layout of the last drawing.
    pub(super) fn frame(&self) -> Option<Frame> {
        self.0.borrow().frame
    }

    /// What is drawn, as it stands.
    pub(super) fn subject(&self) -> Subject {
        self.0.borrow().subject.clone()
    }

    /// Draws no more.
    pub(super) fn stop(&self) {
        self.0.borrow_mut().awaited = None;
    }

    fn paint(&self) {
        let drawn = {
            let mut inner = self.0.borrow_mut();
            // the frame that is running may not be freed from within itself, the one before may
            let running = inner.awaited.take();
            drop(core::mem::replace(&mut inner.spent, running));
            inner.paint()
        };
        if let Some((drawn, tell)) = drawn {
            tell(drawn);
        }
    }
}

type Telling = (Drawn, Rc<dyn Fn(Drawn)>);

impl Inner {
    fn paint(&mut self) -> Option<Telling> {
        let due = self.due.take()?;
        let began = browser::now();
        if due == Layer::Base {
            self.paint_base();
        }
        let counted =
            (due >= Layer::Result).then(|| self.paint_result() == Some(TradeMarks::Counted));
        let hovered = self.paint_overlay();
        if due == Layer::Base {
            self.note("data-frame-ms", &format!("{:.3}", browser::now() - began));
        }
        if let Some((run, settled)) = self.undrawn.take() {
            // from input to the end of drawing, without the wait for the frame
            let took = settled - run.asked_ms + (browser::now() - began);
            self.note("data-repaint-ms", &format!("{took:.3}"));
            // since the visit began
            self.note("data-repaint-at", &format!("{:.0}", browser::now()));
            self.note("data-repaint-generation", &run.ran.generation.to_string());
        }
        Some((Drawn { hovered, counted }, Rc::clone(&self.on_drawn)))
    }

    fn note(&self, name: &str, value: &str) {
        drop(self.layers.host.set_attribute(name, value));
    }

    /// Pixels of a canvas for one CSS pixel.
    fn scale() -> f64 {
        window().device_pixel_ratio().clamp(1.0, 4.0)
    }

    fn paint_base(&mut self) {
        let scale = Self::scale();
        let (width, height) = (
            self.layers.host.client_width(),
            self.layers.host.client_height(),
        );
        let px = |css: i32| (f64::from(css) * scale).round() as u32;
        let size = (px(width), px(height));
        for canvas in [&self.layers.base, &self.layers.result, &self.layers.overlay] {
            if (canvas.width(), canvas.height()) != size {
                canvas.set_width(size.0);
                canvas.set_height(size.1);
            }
        }
        let Some(frame) = self.subject.frame(size, scale) else {
            self.frame = None;
            clear(&self.layers.base);
            self.layers
                .host
                .remove_attribute("data-ready")
                .unwrap_or_default();
            return;
        };
        self.frame = Some(frame);
        let Some(backend) = CanvasBackend::with_canvas_object(self.layers.base.clone()) else {
            return;
        };
        let canvas = backend.into_drawing_area();
        let drawn = self.subject.draw_base(&canvas, &frame, &mut self.scales);
        let bars = self.subject.view.bars();
        self.note(
            "data-visible-range",
            &format!("{}-{}", bars.start, bars.end),
        );
        // a canvas refuses nothing that is drawn here; if it did, these would stay empty and tests would see it
        let note = |name: &str, count: Option<usize>| {
            self.note(
                name,
                &count.map_or_else(String::new, |count| count.to_string()),
            );
        };
        note("data-bars-drawn", drawn.map(|drawn| drawn.candles));
        note("data-sessions-drawn", drawn.map(|drawn| drawn.sessions));
        note("data-gaps-drawn", drawn.map(|drawn| drawn.gaps));
        self.note("data-ready", "true");
    }

    fn paint_result(&mut self) -> Option<TradeMarks> {
        clear(&self.layers.result);
        let frame = self.frame?;
        let backend = CanvasBackend::with_canvas_object(self.layers.result.clone())?;
        let canvas = backend.into_drawing_area();
        let marks = self
            .subject
            .draw_result(&canvas, &frame, &mut self.scales)?;
        let curves = self.subject.curves.as_ref()?;
        self.note("data-run-drawn", &curves.run.ran.generation.to_string());
        Some(marks)
    }

    /// Draws the crosshair; returns the bar that it is on.
    fn paint_overlay(&self) -> Option<usize> {
        clear(&self.layers.overlay);
        overlay::draw(
            &context(&self.layers.overlay)?,
            &self.frame?,
            &self.subject,
            &self.scales,
        )
    }
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

fn clear(canvas: &HtmlCanvasElement) {
    if let Some(context) = context(canvas) {
        context.clear_rect(
            0.0,
            0.0,
            f64::from(canvas.width()),
            f64::from(canvas.height()),
        );
    }
}
