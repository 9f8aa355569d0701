//! A picture of what the chart shows, drawn anew by the same code on a canvas of its own, at the screen's pixels.

use atrium_shared::surface::charts::{draw_head, stamp};
use atrium_shared::surface::report::count;
use gloo::utils::{document, window};
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, Element, HtmlCanvasElement};

use super::chart::Scene;
use super::chart_choices::Chosen;
use super::drawing::{Scales, Subject};
use crate::browser;
use crate::parts::header::interval_words;

/// The height of the lines above the chart, in CSS pixels.
const HEAD_PX: f64 = 64.0;

impl Scene {
    /// Asks for a picture, which is saved by what comes late.
    pub(super) fn ask_picture(self) {
        self.pictures.update(|asked| *asked += 1);
    }
}

/// Saves a picture whenever one is asked for.
pub(super) fn follow(scene: Scene) {
    Effect::new(move |_| {
        if scene.pictures.get() > 0 {
            untrack(|| save_picture(scene));
        }
    });
}

/// Draws what is seen with its title, its span and the digests of its run, and saves it.
fn save_picture(scene: Scene) {
    // where a browser gives no canvas there is no chart to be saved either
    if draw(scene).is_none()
        && let Some(host) = document().get_element_by_id("chart")
    {
        tell(&host, None);
    }
}

fn draw(scene: Scene) -> Option<()> {
    let subject = scene.subject()?;
    let host = document().get_element_by_id("chart")?;
    let scale = window().device_pixel_ratio().clamp(1.0, 4.0);
    let px = |css: f64| (css * scale).round() as u32;
    let (width, head) = (px(f64::from(host.client_width())), px(HEAD_PX));
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(px(f64::from(host.client_height())) + head);
    let size = (canvas.width(), canvas.height());
    let area = CanvasBackend::with_canvas_object(canvas.clone())?.into_drawing_area();
    area.fill(&subject.theme.ground).ok()?;
    let (above, below) = area.split_vertically(head as i32);
    let (title, lines) = words(&subject)?;
    draw_head(&above, scale, &title, &lines, &subject.theme).ok()?;
    let frame = subject.frame(below.dim_in_pixel(), scale)?;
    let mut scales = Scales::default();
    subject.draw_base(&below, &frame, &mut scales)?;
    if subject.curves.is_some() {
        subject.draw_result(&below, &frame, &mut scales)?;
    }
    let name = format!("{title}.png").replace(' ', "-");
    let save = move |blob: JsValue| {
        let saved = blob.dyn_into::<Blob>().ok();
        let saved = saved.and_then(|blob| browser::download_blob(&name, "image/png", &blob).ok());
        tell(&host, saved.map(|()| size));
    };
    let save = Closure::once_into_js(save);
    canvas.to_blob(save.unchecked_ref()).ok()
}

/// Notes on the chart what was saved, for the page's tests.
fn tell(host: &Element, saved: Option<(u32, u32)>) {
    let text = saved.map_or_else(
        || "refused".to_owned(),
        |(width, height)| format!("{width}x{height}"),
    );
    drop(host.set_attribute("data-picture", &text));
}

/// The title of a picture and the lines beneath it.
fn words(subject: &Subject) -> Option<(String, [String; 2])> {
    let (shown, axis) = (subject.shown.as_ref()?, subject.axis.as_ref()?);
    let (number, unit) = interval_words(shown.series.interval());
    let title = format!("{} {number} {unit}", shown.data_set.name);
    let bars = subject.view.bars();
    let mut span = format!(
        "{} to {} {} · {} bars",
        axis.marks.stamp(bars.start)?,
        axis.marks.stamp(bars.clone().next_back()?)?,
        axis.zone,
        count(bars.len() as f64),
    );
    if shown.data_set.simulated {
        span.push_str(" · SIMULATED, not market data");
    }
    for line in &subject.lines {
        span.push_str(" · ");
        span.push_str(&Chosen::title(&line.of));
    }
    let run = subject.curves.as_ref().map_or_else(
        || {
            format!(
                "No run · bars from {}",
                stamp(shown.data_set.first, shown.series.interval())
            )
        },
        |curves| {
            let digests = &curves.run.ran.digests;
            format!(
                "Atrium · equity, buy and hold (thin), drawdown · configuration {} · run {}",
                digests.config.short(),
                digests.run.short()
            )
        },
    );
    Some((title, [span, run]))
}
