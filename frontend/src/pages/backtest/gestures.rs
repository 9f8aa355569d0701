//! What a pointer, a wheel, fingers and keys do on the chart.

use atrium_shared::surface::charts::PriceScale;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use super::chart::Scene;
use super::why::focus_why;

/// How much one step of the wheel or one key press zooms.
const ZOOM_STEP: f64 = 1.25;
/// How far one key press moves, as a share of what is seen.
const PAN_STEP: f64 = 0.1;
/// How far a pointer may move, in CSS pixels, for a press to be a click.
const CLICK_PX: f64 = 4.0;
/// How much stronger a pinch on a trackpad is than the wheel that it is told as.
const PINCH_GAIN: f64 = 8.0;

pub(super) fn on_wheel(scene: Scene, event: &WheelEvent) {
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

pub(super) fn on_pointer_down(scene: Scene, event: &PointerEvent) {
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
pub(super) fn on_click(scene: Scene, event: &MouseEvent) {
    let (x, y) = place(event);
    let (from_x, from_y) = scene.pressed.get_value();
    let moved = (x - from_x).abs() + (y - from_y).abs();
    if is_control(event) || moved > CLICK_PX || scene.lab.shown.with_untracked(Option::is_none) {
        return;
    }
    if let Some((_, fraction)) = scene.at(x) {
        let bar = scene.view.with_untracked(|view| view.bar_at(fraction));
        scene.lab.study.asked_right.set(fraction > 0.5);
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

pub(super) fn on_pointer_move(scene: Scene, event: &PointerEvent) {
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

pub(super) fn on_pointer_up(scene: Scene, event: &PointerEvent) {
    scene
        .pointers
        .update_value(|pointers| pointers.retain(|(id, _)| *id != event.pointer_id()));
    if scene.pointers.with_value(Vec::is_empty) {
        scene.dragging.set(false);
    }
}

pub(super) fn on_key(scene: Scene, event: &KeyboardEvent) {
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
        "s" | "S" => scene.ask_picture(),
        // the bar under the crosshair, or the one that decided the chosen trade, or the middle one in sight
        "Enter" => {
            let middle = || scene.view.with_untracked(|view| view.bar_at(0.5));
            let decided = || scene.lab.decided_bar();
            let bar = scene
                .hovered
                .get_untracked()
                .or_else(decided)
                .or_else(middle);
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
