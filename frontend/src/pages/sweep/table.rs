//! The heatmap as a table, for readers without sight and for who wants the numbers.

use atrium_shared::surface::report::{DASH, shown};
use leptos::prelude::*;

use super::heatmap::heading;
use super::scene::Scene;

/// The most columns and rows that are shown at once.
const COLUMNS: u32 = 24;
const ROWS: u32 = 40;

#[component]
pub(super) fn PlaneTable(scene: Scene) -> impl IntoView {
    // the page of columns and of rows
    let page = RwSignal::new((0u32, 0u32));
    let size = Memo::new(move |_| {
        scene.plane.with(|plane| {
            plane
                .as_ref()
                .map_or((1, 1), |plane| (plane.x.cells, plane.y.cells))
        })
    });
    Effect::new(move |_| {
        size.track();
        page.set((0, 0));
    });
    let pages = move || {
        let (columns, rows) = size.get();
        (columns.div_ceil(COLUMNS), rows.div_ceil(ROWS))
    };
    let turn = move |label: &'static str, by: (i32, i32)| {
        let next = move || {
            let ((x, y), (columns, rows)) = (page.get(), pages());
            let to = |at: u32, by: i32, of: u32| at.checked_add_signed(by).filter(|at| *at < of);
            Some((to(x, by.0, columns)?, to(y, by.1, rows)?))
        };
        view! {
            <button
                type="button"
                class="button"
                disabled=move || next().is_none()
                on:click=move |_| untrack(next).into_iter().for_each(|next| page.set(next))
            >
                {label}
            </button>
        }
    };
    let many = move || pages() != (1, 1);
    view! {
        <section class="plane-table" aria-labelledby="plane-table-title">
            <div class="part-head">
                <h3 id="plane-table-title">{move || heading(scene)}</h3>
                <Show when=many>
                    {turn("Columns before", (-1, 0))} {turn("Columns after", (1, 0))} {turn("Rows before", (0, -1))} {turn("Rows after", (0, 1))}
                </Show>
            </div>
            <div class="scroll" tabindex="0" role="group" aria-label="The cells of the heatmap">
                {move || table(scene, page.get())}
            </div>
        </section>
    }
}

fn table(scene: Scene, (x, y): (u32, u32)) -> Option<AnyView> {
    let (plane, sweep) = (scene.plane.get()?, scene.shown.get()?);
    let unit = scene.measure.get().unit();
    let unrun = match scene.picks_some() {
        true => "none picked out",
        false => "not run",
    };
    let columns = x * COLUMNS..plane.x.cells.min((x + 1) * COLUMNS);
    let rows = y * ROWS..plane.y.cells.min((y + 1) * ROWS);
    let named = |axis: Option<usize>, (first, last): (u32, u32)| match axis {
        None => String::new(),
        Some(axis) if first == last => sweep.words(axis, first),
        Some(axis) => format!(
            "{} to {}",
            sweep.words(axis, first),
            sweep.words(axis, last)
        ),
    };
    let heads = columns.clone().map(|column| {
        view! { <th scope="col" data-number="">{named(Some(plane.of.x), plane.x.span(column))}</th> }
    });
    let corner = plane.of.y.map(|axis| format!("{} ↓ ", sweep.label(axis)));
    let corner = format!(
        "{}{} →",
        corner.unwrap_or_default(),
        sweep.label(plane.of.x)
    );
    let row = |row: u32| {
        let cell = |column: u32| {
            let cell = plane.cell(column, row).copied().unwrap_or_default();
            let text = match (cell.value, cell.absent) {
                (Some(value), _) => shown(value, unit),
                (None, Some(_)) => DASH.to_owned(),
                (None, None) => unrun.to_owned(),
            };
            match cell.trial {
                Some(trial) => view! {
                    <td data-number="">
                        <button type="button" class="row-button" title="Look at this run" on:click=move |_| scene.choose(trial)>{text}</button>
                    </td>
                }
                .into_any(),
                None => view! { <td data-number="" class="quiet">{text}</td> }.into_any(),
            }
        };
        view! {
            <tr>
                <th scope="row">{named(plane.of.y, plane.y.span(row))}</th>
                {columns.clone().map(cell).collect_view()}
            </tr>
        }
    };
    let view = view! {
        <table>
            <thead><tr><th scope="col">{corner}</th> {heads.collect_view()}</tr></thead>
            <tbody>{rows.rev().map(row).collect_view()}</tbody>
        </table>
    };
    Some(view.into_any())
}
