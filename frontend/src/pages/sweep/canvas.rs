//! Canvases of the page: their size, and drawing once a frame.

use std::cell::RefCell;
use std::collections::VecDeque;

use gloo::utils::window;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ResizeObserver};

use crate::browser;

thread_local! {
    /// What is to be drawn, one a frame: what a canvas is told is drawn at the end of the frame, which several of them would make long.
    static WAITING: RefCell<VecDeque<Redraw>> = const { RefCell::new(VecDeque::new()) };
}

/// Draws the first that waits, and the next in the next frame.
fn draw_next() {
    request_animation_frame(|| {
        let (next, is_last) =
            WAITING.with_borrow_mut(|waiting| (waiting.pop_front(), waiting.is_empty()));
        if !is_last {
            draw_next();
        }
        // the page may be gone by then
        if let Some(next) = next.filter(|next| next.awaited.try_get_value().is_some()) {
            next.awaited.set_value(false);
            next.draw.run(());
        }
    });
}

/// Draws in one of the next frames, once however often it is asked to.
#[derive(Clone, Copy)]
pub(super) struct Redraw {
    awaited: StoredValue<bool>,
    draw: Callback<()>,
}

impl Redraw {
    pub(super) fn new(draw: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            awaited: StoredValue::new(false),
            draw: Callback::new(move |()| draw()),
        }
    }

    /// Has it drawn.
    pub(super) fn soon(self) {
        if self.awaited.try_get_value() != Some(false) {
            return;
        }
        self.awaited.set_value(true);
        let is_first = WAITING.with_borrow_mut(|waiting| {
            waiting.push_back(self);
            waiting.len() == 1
        });
        if is_first {
            draw_next();
        }
    }

    /// Draws whenever an element changes its size, in CSS pixels or in those of the screen.
    pub(super) fn with_size_of(self, host: NodeRef<Div>) {
        let density = StoredValue::new_local(None);
        browser::follow_density(density, Callback::new(move |()| self.soon()));
        Effect::new(move |_| {
            let Some(host) = host.get() else { return };
            let on_resize = Closure::<dyn FnMut()>::new(move || self.soon());
            if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
                observer.observe(&host);
                let kept = StoredValue::<_, Local>::new_local(Some((observer, on_resize)));
                on_cleanup(move || {
                    if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                        observer.disconnect();
                    }
                });
            }
        });
    }
}

/// A canvas that is ready to be drawn on, cleared.
pub(super) struct Sheet {
    pub(super) context: CanvasRenderingContext2d,
    /// Its size in its own pixels.
    pub(super) width: f64,
    pub(super) height: f64,
    /// How many of them make one CSS pixel.
    pub(super) scale: f64,
}

impl Sheet {
    /// Fits a canvas to its element and clears it; `None` where the element has no size.
    pub(super) fn of(canvas: &HtmlCanvasElement, host: &HtmlElement) -> Option<Self> {
        let scale = window().device_pixel_ratio().clamp(1.0, 4.0);
        let px = |css: i32| (f64::from(css) * scale).round() as u32;
        let size = (px(host.client_width()), px(host.client_height()));
        if size.0 < 2 || size.1 < 2 {
            return None;
        }
        if (canvas.width(), canvas.height()) != size {
            canvas.set_width(size.0);
            canvas.set_height(size.1);
        }
        let context = context(canvas)?;
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        context.clear_rect(0.0, 0.0, width, height);
        Some(Self {
            context,
            width,
            height,
            scale,
        })
    }
}

pub(super) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// A colour as the style sheet writes it.
pub(super) fn css([red, green, blue]: [u8; 3]) -> String {
    format!("rgb({red}, {green}, {blue})")
}

/// Where a pointer is, from the corner of the element that listens, in CSS pixels.
pub(super) fn place(event: &web_sys::MouseEvent) -> (f64, f64) {
    let host = event.current_target();
    let host = host.and_then(|host| host.dyn_into::<web_sys::Element>().ok());
    let (left, top) = host.map_or((0.0, 0.0), |host| {
        let rect = host.get_bounding_client_rect();
        (rect.left(), rect.top())
    });
    (
        f64::from(event.client_x()) - left,
        f64::from(event.client_y()) - top,
    )
}
