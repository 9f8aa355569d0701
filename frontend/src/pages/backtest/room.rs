//! Room for the bar that is asked about: what is told of it does not cover it.

use atrium_shared::surface::charts::View;
use gloo::utils::document;
use leptos::html::Div;
use leptos::prelude::*;

use super::chart::Scene;

/// Where the middle of a bar is seen: 0 at the left edge of the panes, 1 at the right one, beyond them where it is not seen.
pub(super) fn place_of(view: &View, bar: usize) -> f64 {
    (bar as f64 + 0.5 - view.from()) / view.span()
}

/// The larger part of panes beside what covers them from one place to another, as places from 0 to 1.
fn free_part(width_px: f64, (left_px, right_px): (f64, f64)) -> (f64, f64) {
    let place = |px: f64| (px / width_px).clamp(0.0, 1.0);
    let (left, right) = (place(left_px), place(right_px));
    match left > 1.0 - right {
        true => (0.0, left),
        false => (right, 1.0),
    }
}

/// The view in which a bar lies in a part of the panes: as it is where that is so, else moved to the middle of it, as far as there
/// are bars.
fn with_bar_in(view: &View, bar: usize, (from, to): (f64, f64)) -> View {
    let place = place_of(view, bar);
    match (from..=to).contains(&place) {
        true => *view,
        false => view.panned((place - (from + to) / 2.0) * view.span()),
    }
}

/// Once what is told of the bar that is asked about is laid out, moves the chart so that the bar is seen beside it; where there is no
/// chart to move to, what is told goes to the other side. A sheet at the foot of the window, which is as wide as the chart, covers
/// no bar, but could cover most of a chart that lies low: that is scrolled up where it `opens`.
pub(super) fn make_room(scene: Scene, host: NodeRef<Div>, opens: bool) {
    request_animation_frame(move || {
        let told = document().get_element_by_id("why");
        let asked = scene.lab.asked_bar.get_untracked();
        let (Some(host), Some(told), Some(bar), Some(width_px)) =
            (host.get_untracked(), told, asked, scene.panes_px())
        else {
            return;
        };
        let (chart, told) = (
            host.get_bounding_client_rect(),
            told.get_bounding_client_rect(),
        );
        let is_sheet = told.width() + 1.0 >= chart.width();
        if is_sheet && opens && told.top() < chart.top() + chart.height() / 2.0 {
            host.scroll_into_view();
        }
        let free = match is_sheet {
            true => (0.0, 1.0),
            false => {
                let px = |x: f64| x - chart.left();
                free_part(width_px, (px(told.left()), px(told.right())))
            }
        };
        scene.look(|view| with_bar_in(view, bar, free));
        let place = scene.view.with_untracked(|view| place_of(view, bar));
        if !(free.0..=free.1).contains(&place) {
            scene.lab.study.asked_right.set(place > 0.5);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_part_beside_what_covers_the_rest_is_free() {
        assert_eq!(free_part(800.0, (400.0, 780.0)), (0.0, 0.5));
        assert_eq!(free_part(800.0, (20.0, 200.0)), (0.25, 1.0));
        assert_eq!(free_part(800.0, (-10.0, 900.0)), (1.0, 1.0));
    }

    #[test]
    fn a_bar_is_moved_to_where_it_is_seen_as_far_as_there_are_bars() {
        let view = View::all(1_000).zoomed(0.5, 0.1);
        assert_eq!(view.bars(), 450..550);
        let (left, right) = ((0.0, 0.5), (0.5, 1.0));
        assert_eq!(with_bar_in(&view, 460, left), view);
        assert_eq!(with_bar_in(&view, 460, right).bars(), 385..486);
        assert_eq!(with_bar_in(&view, 540, left).bars(), 515..616);
        // out of sight
        assert_eq!(with_bar_in(&view, 900, right).bars(), 825..926);
        assert_eq!(with_bar_in(&view, 449, (0.0, 1.0)).bars(), 399..500);
        // at the ends
        assert_eq!(with_bar_in(&view, 3, right).bars(), 0..100);
        assert_eq!(with_bar_in(&view, 999, left).bars(), 900..1_000);
        let all = View::all(1_000);
        assert_eq!(with_bar_in(&all, 900, left), all);
    }
}
