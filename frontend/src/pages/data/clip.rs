//! The bars about a moment: a small chart in which the moment is marked, and the same as a table.

use std::sync::Arc;

use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::count;
use atrium_shared::surface::words::{price, quantity};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{KeyboardEvent, PointerEvent, ResizeObserver};

use super::clip_painter::{self, Painted};
use crate::browser;
use crate::state::library::{Asked, Clip, Library};
use crate::theme::{LookVersion, chart_theme};

/// Rows that the table shows at most.
const MOST_ROWS: usize = 600;

#[component]
pub(super) fn ClipView(library: Library) -> impl IntoView {
    let title = move || {
        library
            .moment
            .with(|moment| moment.as_ref().map(|moment| moment.title.clone()))
    };
    let known = Memo::new(move |_| {
        library.clip.with(|clip| match clip {
            Asked::Known(clip) => Some(Arc::clone(clip)),
            _ => None,
        })
    });
    let note = move || {
        library.clip.with(|clip| match clip {
            Asked::Nothing => Some("Choose a day, a gap or a finding to see its bars.".to_owned()),
            Asked::Loading => Some("Loading bars".to_owned()),
            Asked::Failed(why) => Some(why.clone()),
            Asked::Known(clip) if clip.series.is_empty() => {
                Some("There are no bars about this time.".to_owned())
            }
            Asked::Known(_) => None,
        })
    };
    // what was chosen stands far from them
    Effect::new(move |before: Option<()>| {
        if library.moment.with(Option::is_some) && before.is_some() {
            request_animation_frame(|| {
                if let Some(bars) = document().get_element_by_id("clip") {
                    browser::bring_near(&bars);
                }
            });
        }
    });
    view! {
        <section class="clip" aria-labelledby="clip-title">
            <div class="section-head">
                <h2 id="clip-title">"Bars"</h2>
                <p class="told" role="status">{title}</p>
            </div>
            <ClipChart known note=Signal::derive(note) />
            <details class="twin">
                <summary>"The same as a table"</summary>
                {move || known.get().map(|clip| view! { <Table clip /> })}
            </details>
        </section>
    }
}

#[component]
fn ClipChart(known: Memo<Option<Arc<Clip>>>, note: Signal<Option<String>>) -> impl IntoView {
    let look = expect_context::<LookVersion>();
    let host = NodeRef::<Div>::new();
    let canvas = NodeRef::<Canvas>::new();
    let size = RwSignal::new((0, 0));
    let hovered = RwSignal::new(None::<usize>);
    let painted = RwSignal::new(None::<Painted>);
    follow_size(host, size);
    Effect::new(move |_| {
        look.track();
        size.track();
        let (Some(host), Some(canvas)) = (host.get(), canvas.get()) else {
            return;
        };
        let theme = chart_theme(host.unchecked_ref());
        let clip = known.get();
        painted.set(clip_painter::paint(
            host.unchecked_ref(),
            &canvas,
            clip.as_deref(),
            &theme,
        ));
    });
    Effect::new(move |_| {
        drop(known.get());
        hovered.set(None);
    });
    let legend = move || known.with(|clip| legend(clip.as_deref()?, hovered.get()));
    let on_move = move |event: PointerEvent| {
        let at = painted.with_untracked(|painted| {
            let target = event
                .current_target()?
                .dyn_into::<web_sys::Element>()
                .ok()?;
            let x = f64::from(event.client_x()) - target.get_bounding_client_rect().left();
            painted.as_ref()?.bar_at(x)
        });
        if hovered.get_untracked() != at {
            hovered.set(at);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let last = known.with_untracked(|clip| clip.as_ref()?.series.len().checked_sub(1));
        let Some(last) = last else { return };
        let now = hovered.get_untracked().unwrap_or(last / 2);
        let next = match event.key().as_str() {
            "ArrowLeft" => now.saturating_sub(1),
            "ArrowRight" => (now + 1).min(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        hovered.set(Some(next));
    };
    let crosshair = move || {
        let bar = hovered.get()?;
        let x = painted.with(|painted| painted.as_ref()?.x_of(bar))?;
        Some(
            view! { <span class="crosshair" style=format!("left: {x:.1}px") aria-hidden="true"></span> },
        )
    };
    view! {
        <div
            id="clip"
            class="clip-chart"
            role="group"
            aria-roledescription="chart"
            aria-label="Candles about the chosen time"
            aria-describedby="clip-legend"
            tabindex="0"
            node_ref=host
            data-bars=move || known.with(|clip| clip.as_ref().map(|clip| clip.series.len().to_string()))
            data-bars-drawn=move || painted.with(|painted| painted.as_ref().map(|painted| painted.drawn.to_string()))
            data-marked=move || painted.with(|painted| painted.as_ref().map(|painted| format!("{}-{}", painted.marked.start, painted.marked.end)))
            on:pointermove=on_move
            on:pointerdown=on_move
            on:pointerleave=move |event| if event.pointer_type() != "touch" { hovered.set(None) }
            on:keydown=on_key
        >
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            <p class="legend" id="clip-legend">{legend}</p>
            {crosshair}
            {move || note.get().map(|note| view! { <p class="clip-note">{note}</p> })}
        </div>
    }
}

/// The values of a bar, in words; without one, what is shown at all.
fn legend(clip: &Clip, bar: Option<usize>) -> Option<String> {
    let series = &clip.series;
    let interval = series.interval();
    let Some(bar) = bar else {
        let (first, last) = (series.start().first()?, series.start().last()?);
        let bars = count(series.len() as f64);
        return Some(format!(
            "{bars} bars of {interval}, {} – {} UTC",
            stamp(*first, interval),
            stamp(*last, interval)
        ));
    };
    let (start, prices, volume) = series.rows().nth(bar)?;
    let [open, high, low, close] = prices.map(|value| price(value, clip.tick_size));
    let volume = quantity(volume, clip.lot_size);
    Some(format!(
        "{} UTC  O {open}  H {high}  L {low}  C {close}  Vol {volume}",
        stamp(start, interval)
    ))
}

/// Tells when the chart's place changes its size.
fn follow_size(host: NodeRef<Div>, size: RwSignal<(i32, i32)>) {
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let measured = host.clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || {
            let now = (measured.client_width(), measured.client_height());
            if size.try_get_untracked().is_some_and(|before| before != now) {
                size.set(now);
            }
        });
        if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            observer.observe(&host);
            let kept = StoredValue::new_local(Some((observer, on_resize)));
            on_cleanup(move || {
                if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                    observer.disconnect();
                }
            });
        }
    });
}

#[component]
fn Table(clip: Arc<Clip>) -> impl IntoView {
    let interval = clip.series.interval();
    let inside = clip_painter::marked(&clip);
    let skip = clip.series.len().saturating_sub(MOST_ROWS) / 2;
    let row = |(index, (start, prices, volume)): (usize, (_, [f64; 4], f64))| {
        let prices =
            prices.map(|value| view! { <td data-number="">{price(value, clip.tick_size)}</td> });
        let marked = inside.contains(&index).then_some("");
        view! {
            <tr data-marked=marked>
                <th scope="row">{stamp(start, interval)}</th>
                {prices}
                <td data-number="">{quantity(volume, clip.lot_size)}</td>
            </tr>
        }
    };
    let rows = clip
        .series
        .rows()
        .enumerate()
        .skip(skip)
        .take(MOST_ROWS)
        .map(row)
        .collect_view();
    view! {
        <div class="table-window" tabindex="0" role="group" aria-label="Bars about the chosen time">
            <table class="plain">
                <thead>
                    <tr>
                        <th scope="col">"Start, UTC"</th>
                        {["Open", "High", "Low", "Close", "Volume"].map(|head| view! { <th scope="col" data-number="">{head}</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
