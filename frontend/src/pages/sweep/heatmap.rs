//! The heatmap: one colour a cell over two axes, filled while the sweep runs.

use std::sync::Arc;

use atrium_shared::surface::report::shown;
use atrium_shared::surface::sweeps::{
    CellFrame, ColourScale, Plane, Ramp, label_step, measure_label, pixels,
};
use gloo::utils::document;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ImageData, KeyboardEvent};

use super::canvas::{Redraw, Sheet, place};
use super::scene::{Paint, Scene, Shown};

/// Room beneath the cells for the labels of the axis, in CSS pixels.
const FOOT_PX: f64 = 22.0;
/// The most room that labels at the left take, in CSS pixels.
const LABELS_PX: f64 = 96.0;
/// About how wide a character of a label is, in CSS pixels.
const CHARACTER_PX: f64 = 6.2;
/// The smallest cell whose number is written into it, in CSS pixels.
const WRITTEN_PX: (f64, f64) = (46.0, 17.0);
/// How opaque a cell is that was not run yet.
const FORESEEN: f64 = 0.5;
/// The smallest cell that a line parts from its neighbours, in CSS pixels.
const PARTED_PX: f64 = 9.0;

#[component]
pub(super) fn Heatmap(scene: Scene) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let (base, over) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let frame = StoredValue::new(None::<(CellFrame, f64)>);
    let redraw = Redraw::new(move || {
        let drawn = host.get_untracked().zip(base.get_untracked());
        if let Some((host, canvas)) = drawn {
            frame.set_value(draw(scene, host.unchecked_ref(), &canvas));
            if let Some(over) = over.get_untracked() {
                draw_marks(scene, frame.get_value(), host.unchecked_ref(), &over);
            }
        }
    });
    let remark = Redraw::new(move || {
        if let Some((host, over)) = host.get_untracked().zip(over.get_untracked()) {
            draw_marks(scene, frame.get_value(), host.unchecked_ref(), &over);
        }
    });
    redraw.with_size_of(host);
    Effect::new(move |_| {
        scene.paint.track();
        scene.plane.track();
        scene.scale.track();
        redraw.soon();
    });
    Effect::new(move |_| {
        scene.cursor.track();
        scene.focus.track();
        remark.soon();
    });
    let cell_at = move |event: &web_sys::MouseEvent| {
        let (frame, scale) = frame.get_value()?;
        let (x, y) = place(event);
        frame.cell_at(x * scale, y * scale)
    };
    let point = move |event: web_sys::PointerEvent| {
        let cell = cell_at(&event);
        if scene.cursor.get_untracked() != cell {
            scene.cursor.set(cell);
        }
    };
    let press = move |event: web_sys::MouseEvent| {
        let trial = cell_at(&event).and_then(|cell| trial_at(scene, cell));
        if let Some(trial) = trial {
            // a second press on what is chosen goes there
            match scene.look.with_untracked(|look| look.chosen) {
                Some(chosen) if chosen == trial => scene.open(trial),
                _ => scene.choose(trial),
            }
        }
    };
    let count = |which: fn(&Plane) -> usize| {
        move || {
            scene
                .plane
                .with(|plane| plane.as_ref().map(|plane| which(plane).to_string()))
        }
    };
    view! {
        <div
            id="heatmap"
            class="heatmap"
            role="group"
            aria-roledescription="heatmap"
            aria-label=move || heading(scene)
            aria-describedby="heatmap-help heatmap-read"
            tabindex="0"
            data-cells=count(|plane| plane.cells.len())
            data-valued=count(|plane| plane.cells.iter().filter(|cell| cell.value.is_some()).count())
            data-absent=count(|plane| plane.cells.iter().filter(|cell| cell.absent.is_some()).count())
            node_ref=host
            on:pointermove=point
            on:pointerleave=move |event| if event.pointer_type() != "touch" { scene.cursor.set(None) }
            on:click=press
            on:keydown=move |event| on_key(scene, &event)
        >
            <canvas node_ref=base aria-hidden="true"></canvas>
            <canvas node_ref=over aria-hidden="true"></canvas>
            <p class="hidden" id="heatmap-help">
                "Arrow keys go from cell to cell, with Shift five cells at once; Home and End to the ends of the row, B to the best cell. Space chooses the run of the cell, Enter opens it on the backtest page, T shows the cells as a table, Escape lets go."
            </p>
        </div>
    }
}

/// What the heatmap is of.
pub(super) fn heading(scene: Scene) -> String {
    let measure = measure_label(scene.measure.get());
    let axes = scene.shown.with(|shown| {
        let shown = shown.as_ref()?;
        let (x, y) = scene.look.with(|look| shown.plane_axes(look));
        let by = y.map(|y| format!(" and {}", shown.label(y)));
        Some(format!("{}{}", shown.label(x), by.unwrap_or_default()))
    });
    match axes {
        Some(axes) => format!("{measure} by {axes}"),
        None => measure.to_owned(),
    }
}

/// The trial that stands for a cell.
pub(super) fn trial_at(scene: Scene, (column, row): (u32, u32)) -> Option<u64> {
    scene
        .plane
        .with_untracked(|plane| plane.as_ref()?.cell(column, row)?.trial)
}

/// The cell of the trial that is looked at, else that of what the sweep varies.
fn home(scene: Scene, plane: &Plane) -> Option<(u32, u32)> {
    let shown = scene.shown.get_untracked()?;
    let places = match scene.focus.get_untracked() {
        Some(trial) => shown.places.of(shown.spec(), trial),
        None => shown.base.clone(),
    };
    plane.find(&places)
}

fn on_key(scene: Scene, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let Some(plane) = scene.plane.get_untracked() else {
        return;
    };
    let at = scene.cursor.get_untracked().or_else(|| home(scene, &plane));
    let (column, row) = at.unwrap_or((0, 0));
    let (last, top) = (plane.x.cells - 1, plane.y.cells - 1);
    let step = if event.shift_key() { 5 } else { 1 };
    let moved = match event.key().as_str() {
        "ArrowLeft" => Some((column.saturating_sub(step), row)),
        "ArrowRight" => Some(((column + step).min(last), row)),
        "ArrowUp" => Some((column, (row + step).min(top))),
        "ArrowDown" => Some((column, row.saturating_sub(step))),
        "Home" => Some((0, row)),
        "End" => Some((last, row)),
        "b" | "B" => plane.best(),
        _ => None,
    };
    match (event.key().as_str(), moved) {
        (_, Some(cell)) => scene.cursor.set(Some(cell)),
        ("Enter", _) => {
            if let Some(trial) = at.and_then(|at| trial_at(scene, at)) {
                scene.open(trial);
            }
        }
        (" ", _) => {
            if let Some(trial) = at.and_then(|at| trial_at(scene, at)) {
                scene.choose(trial);
            }
        }
        ("t" | "T", _) => scene.table.update(|open| *open = !*open),
        ("Escape", _) => {
            scene.cursor.set(None);
            scene.look.update(|look| look.chosen = None);
        }
        _ => return,
    }
    event.prevent_default();
}

/// Draws the cells with their axes; where they stand.
fn draw(scene: Scene, host: &HtmlElement, canvas: &HtmlCanvasElement) -> Option<(CellFrame, f64)> {
    let sheet = Sheet::of(canvas, host)?;
    let (plane, shown) = (scene.plane.get_untracked()?, scene.shown.get_untracked()?);
    let scale = sheet.scale;
    let labels = Labels::of(&shown, &plane);
    let px = |css: f64| (css * scale).round() as i32;
    let frame = CellFrame {
        left: px(labels.width),
        top: px(4.0),
        right: sheet.width as i32 - px(12.0),
        bottom: sheet.height as i32 - px(FOOT_PX),
        columns: plane.x.cells,
        rows: plane.y.cells,
    };
    if frame.right <= frame.left || frame.bottom <= frame.top {
        return None;
    }
    let paint = scene.paint.get_untracked()?;
    let Paint { theme, ramp } = &*paint;
    let context = &sheet.context;
    if let Some(colours) = scene.scale.get_untracked() {
        // paler where a cell was not run yet and looks like its neighbours
        let whole = scene.look.with_untracked(|look| look.brush.is_open());
        if let Some(foreseen) = plane.foreseen().filter(|_| whole && shown.places.is_grid()) {
            context.set_global_alpha(FORESEEN);
            draw_cells(context, &foreseen, &frame, &colours, ramp);
            context.set_global_alpha(1.0);
        }
        draw_cells(context, &plane, &frame, &colours, ramp);
        hatch(context, &plane, &frame, scale, &css_of(&theme.label));
        part(context, &frame, scale, &css_of(&theme.ground));
        write(context, scene, &plane, &frame, scale, &colours, ramp);
    }
    context.set_font(&format!("{}px {}", theme.font_px * scale, theme.font));
    context.set_fill_style_str(&css_of(&theme.label));
    labels.draw(context, &frame, scale);
    context.set_stroke_style_str(&css_of(&theme.hairline));
    context.set_line_width(scale);
    let [left, top, right, bottom] =
        [frame.left, frame.top, frame.right, frame.bottom].map(f64::from);
    context.stroke_rect(
        left - 0.5 * scale,
        top - 0.5 * scale,
        right - left + scale,
        bottom - top + scale,
    );
    drop(host.set_attribute(
        "data-drawn",
        &scene.desk.version.get_untracked().to_string(),
    ));
    Some((frame, scale))
}

pub(super) fn css_of(colour: &plotters::style::RGBAColor) -> String {
    let plotters::style::RGBAColor(red, green, blue, alpha) = *colour;
    format!("rgba({red}, {green}, {blue}, {alpha})")
}

/// A pixel a cell, made as large as the frame.
fn draw_cells(
    context: &CanvasRenderingContext2d,
    plane: &Plane,
    frame: &CellFrame,
    scale: &ColourScale,
    ramp: &Ramp,
) -> Option<()> {
    let bytes = pixels(plane.from_above(), scale, ramp);
    let image = ImageData::new_with_u8_clamped_array(Clamped(&bytes), plane.x.cells).ok()?;
    let small: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    small.set_width(plane.x.cells);
    small.set_height(plane.y.cells);
    super::canvas::context(&small)?
        .put_image_data(&image, 0.0, 0.0)
        .ok()?;
    context.set_image_smoothing_enabled(false);
    let [left, top, right, bottom] =
        [frame.left, frame.top, frame.right, frame.bottom].map(f64::from);
    context
        .draw_image_with_html_canvas_element_and_dw_and_dh(
            &small,
            left,
            top,
            right - left,
            bottom - top,
        )
        .ok()
}

/// Hatches cells whose trials have no value.
fn hatch(
    context: &CanvasRenderingContext2d,
    plane: &Plane,
    frame: &CellFrame,
    scale: f64,
    colour: &str,
) {
    let absent = plane.cells.iter().zip(0u32..);
    let absent = absent.filter(|(cell, _)| cell.absent.is_some());
    context.set_stroke_style_str(colour);
    context.set_line_width(scale * 0.75);
    context.set_global_alpha(0.4);
    context.begin_path();
    let apart = 8.0 * scale;
    for (_, at) in absent {
        let [left, top, right, bottom] = frame
            .edges(at % plane.x.cells, at / plane.x.cells)
            .map(f64::from);
        // lines x + y = k · apart, the same through all cells
        let mut sum = ((left + top) / apart).ceil() * apart;
        while sum < right + bottom {
            let from = if sum - bottom > left {
                sum - bottom
            } else {
                left
            };
            let to = if sum - top < right { sum - top } else { right };
            context.move_to(from, sum - from);
            context.line_to(to, sum - to);
            sum += apart;
        }
    }
    context.stroke();
    context.set_global_alpha(1.0);
}

/// Parts cells that are large enough by lines of the ground.
fn part(context: &CanvasRenderingContext2d, frame: &CellFrame, scale: f64, ground: &str) {
    let each = |from: i32, to: i32, count: u32| f64::from(to - from) / f64::from(count) / scale;
    context.set_fill_style_str(ground);
    let (width, height) = (
        f64::from(frame.right - frame.left),
        f64::from(frame.bottom - frame.top),
    );
    let thin = scale.round();
    let wide = each(frame.left, frame.right, frame.columns) >= PARTED_PX;
    let high = each(frame.top, frame.bottom, frame.rows) >= PARTED_PX;
    if wide && high {
        for column in 1..frame.columns {
            let [left, ..] = frame.edges(column, 0).map(f64::from);
            context.fill_rect(left, f64::from(frame.top), thin, height);
        }
        for row in 1..frame.rows {
            let [.., bottom] = frame.edges(0, row).map(f64::from);
            context.fill_rect(f64::from(frame.left), bottom - thin, width, thin);
        }
    }
}

/// Writes the numbers into cells that are large enough.
fn write(
    context: &CanvasRenderingContext2d,
    scene: Scene,
    plane: &Plane,
    frame: &CellFrame,
    scale: f64,
    colours: &ColourScale,
    ramp: &Ramp,
) {
    let [left, top, right, bottom] = frame.edges(0, 0).map(f64::from);
    if (right - left) / scale < WRITTEN_PX.0 || (bottom - top) / scale < WRITTEN_PX.1 {
        return;
    }
    let unit = scene.measure.get_untracked().unit();
    context.set_font(&format!("{}px Inter, system-ui, sans-serif", 11.0 * scale));
    context.set_text_align("center");
    context.set_text_baseline("middle");
    for (cell, at) in plane.cells.iter().zip(0u32..) {
        let Some(value) = cell.value else { continue };
        let [left, top, right, bottom] = frame
            .edges(at % plane.x.cells, at / plane.x.cells)
            .map(f64::from);
        let text = shown(value, unit);
        if text.chars().count() as f64 * CHARACTER_PX * scale > right - left - 4.0 * scale {
            continue;
        }
        let is_light = ramp.is_light(colours.position(value));
        context.set_fill_style_str(if is_light { "#17191d" } else { "#ffffff" });
        drop(context.fill_text(
            &text,
            (left + right) / 2.0,
            (top + bottom) / 2.0 + scale * 0.5,
        ));
    }
}

/// What is written along the axes.
struct Labels {
    columns: Vec<String>,
    rows: Vec<String>,
    /// The room at the left, in CSS pixels.
    width: f64,
}

impl Labels {
    fn of(shown: &Arc<Shown>, plane: &Plane) -> Self {
        let words = |axis: Option<usize>, cells: u32, span: &dyn Fn(u32) -> (u32, u32)| {
            let of = |cell| axis.map_or_else(String::new, |axis| shown.words(axis, span(cell).0));
            (0..cells).map(of).collect::<Vec<_>>()
        };
        let rows = words(plane.of.y, plane.y.cells, &|cell| plane.y.span(cell));
        let longest = rows.iter().map(|text| text.chars().count()).max();
        let width = longest.unwrap_or(0) as f64 * CHARACTER_PX + 14.0;
        Self {
            columns: words(Some(plane.of.x), plane.x.cells, &|cell| plane.x.span(cell)),
            rows,
            width: width.clamp(12.0, LABELS_PX),
        }
    }

    fn draw(&self, context: &CanvasRenderingContext2d, frame: &CellFrame, scale: f64) {
        context.set_text_baseline("middle");
        context.set_text_align("center");
        let longest = self.columns.iter().map(|text| text.chars().count()).max();
        let each = (longest.unwrap_or(0) as f64 * CHARACTER_PX + 10.0) * scale;
        let width = f64::from(frame.right - frame.left);
        let step = label_step(frame.columns, width, each);
        let foot = f64::from(frame.bottom) + FOOT_PX / 2.0 * scale;
        for (column, text) in (0..frame.columns).zip(&self.columns) {
            if column % step == 0 {
                let [left, _, right, _] = frame.edges(column, 0).map(f64::from);
                drop(context.fill_text(text, (left + right) / 2.0, foot));
            }
        }
        context.set_text_align("right");
        let height = f64::from(frame.bottom - frame.top);
        let step = label_step(frame.rows, height, 16.0 * scale);
        let room = f64::from(frame.left) - 10.0 * scale;
        for (row, text) in (0..frame.rows).zip(&self.rows) {
            if row % step == 0 {
                let [_, top, _, bottom] = frame.edges(0, row).map(f64::from);
                let x = f64::from(frame.left) - 7.0 * scale;
                drop(context.fill_text_with_max_width(text, x, (top + bottom) / 2.0, room));
            }
        }
    }
}

/// Marks the cell that is pointed at, the one that is looked at, and the one of what the sweep varies.
fn draw_marks(
    scene: Scene,
    frame: Option<(CellFrame, f64)>,
    host: &HtmlElement,
    canvas: &HtmlCanvasElement,
) {
    let Some(sheet) = Sheet::of(canvas, host) else {
        return;
    };
    let (Some((frame, scale)), Some(plane), Some(shown), Some(paint)) = (
        frame,
        scene.plane.get_untracked(),
        scene.shown.get_untracked(),
        scene.paint.get_untracked(),
    ) else {
        return;
    };
    let theme = &paint.theme;
    let context = &sheet.context;
    let outline = |cell: (u32, u32), inner: &str, width: f64| {
        let [left, top, right, bottom] = frame.edges(cell.0, cell.1).map(f64::from);
        // a light line within a dark one is seen on every colour
        for (colour, width) in [
            (css_of(&theme.ground), width + 2.0),
            (inner.to_owned(), width),
        ] {
            context.set_stroke_style_str(&colour);
            context.set_line_width(width * scale);
            context.stroke_rect(left, top, right - left, bottom - top);
        }
    };
    if let Some(cell) = plane.find(&shown.base) {
        let dash = wasm_bindgen::JsValue::from_f64(3.0 * scale);
        drop(context.set_line_dash(&js_sys::Array::of2(&dash, &dash)));
        outline(cell, &css_of(&theme.tag), 1.0);
        drop(context.set_line_dash(&js_sys::Array::new()));
    }
    if let Some(trial) = scene.focus.get_untracked() {
        let places = shown.places.of(shown.spec(), trial);
        if let Some(cell) = plane.find(&places) {
            outline(cell, &css_of(&theme.equity), 2.5);
        }
    }
    if let Some(cell) = scene.cursor.get_untracked() {
        outline(cell, &css_of(&theme.tag), 2.0);
    }
}
