//! A sheet of words, numbers and plots, whatever it is about.

use std::sync::Arc;

use atrium_shared::surface::sheets::{Block, Cell, Head, Note, Plot, Row, Sheet, Table, Tone};
use leptos::prelude::*;

use crate::parts::bubble::Explained;
use crate::state::Lab;

#[component]
pub(crate) fn SheetView(
    /// The sheet, if there is one.
    #[prop(into)]
    sheet: Signal<Option<Arc<Sheet>>>,
) -> impl IntoView {
    // which tables beside plots are open, so that they stay so when numbers change
    let open = RwSignal::new(Vec::<String>::new());
    move || {
        let sheet = sheet.get()?;
        Some(blocks(&sheet.blocks, open))
    }
}

/// The parts of a sheet.
pub(crate) fn blocks(blocks: &[Block], open: RwSignal<Vec<String>>) -> impl IntoView + use<> {
    let block = |block: &Block| match block {
        Block::Notes(notes) => notes_view(notes),
        Block::Table(table) => table_view(table, true),
        Block::Plot(plot) => plot_view(plot, open),
    };
    blocks.iter().map(block).collect_view()
}

fn tone(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Even => None,
        Tone::Good => Some("good"),
        Tone::Bad => Some("bad"),
    }
}

fn notes_view(notes: &[Note]) -> AnyView {
    let note = |note: &Note| {
        let advice = (!note.advice.is_empty())
            .then(|| view! { <span class="advice">{note.advice.clone()}</span> });
        view! { <li data-tone=tone(note.tone)>{note.text.clone()} " " {advice}</li> }
    };
    view! { <ul class="remarks">{notes.iter().map(note).collect_view()}</ul> }.into_any()
}

/// A text that explains itself where there is something to explain.
fn explained(text: &str, note: &str) -> AnyView {
    if note.is_empty() {
        return text.to_owned().into_any();
    }
    let text = text.to_owned();
    view! { <Explained text=note.to_owned()>{text}</Explained> }.into_any()
}

fn table_view(table: &Table, titled: bool) -> AnyView {
    let wide = table.heads.len();
    let head = |head: &Head| {
        view! {
            <th scope="col" data-number=head.number.then_some("")>
                {explained(&head.text, &head.meaning)}
            </th>
        }
    };
    let title = table.title.clone();
    let about = (titled && !table.about.is_empty())
        .then(|| view! { <p class="quiet about">{table.about.clone()}</p> });
    let numbers: Vec<bool> = table.heads.iter().map(|head| head.number).collect();
    view! {
        <div class="told" data-table=table.key.clone()>
            {titled.then(|| view! { <h3>{title.clone()}</h3> })}
            {about}
            <div class="scroll" tabindex="0" role="group" aria-label=title.clone()>
                <table>
                    <thead><tr>{table.heads.iter().map(head).collect_view()}</tr></thead>
                    <tbody>{table.rows.iter().map(|row| row_view(row, wide, &numbers)).collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

fn row_view(row: &Row, wide: usize, numbers: &[bool]) -> AnyView {
    let Some((first, rest)) = row.cells.split_first() else {
        return ().into_any();
    };
    if rest.is_empty() && wide > 1 {
        let text = first.text.clone();
        return view! { <tr class="heading"><th scope="colgroup" colspan=wide.to_string()>{text}</th></tr> }
            .into_any();
    }
    let name = match row.bars {
        Some((from, to)) => {
            let lab = expect_context::<Lab>();
            let text = first.text.clone();
            view! {
                <button
                    type="button"
                    class="row-button"
                    aria-label=format!("{text}: show on the chart")
                    on:click=move |_| lab.look_at.set(Some((from as usize, to as usize)))
                >
                    {text.clone()}
                </button>
            }
            .into_any()
        }
        None => explained(&first.text, &first.note),
    };
    let number = |column: usize| numbers.get(column).copied().unwrap_or(false);
    let cell = |(index, cell): (usize, &Cell)| {
        view! {
            <td
                data-number=number(index + 1).then_some("")
                data-value=cell.value.map(|value| value.to_string())
                data-tone=tone(cell.tone)
                data-heat=cell.heat.map(|heat| heat.to_string())
            >
                {explained(&cell.text, &cell.note)}
            </td>
        }
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            {rest.iter().enumerate().map(cell).collect_view()}
        </tr>
    }
    .into_any()
}

fn plot_view(plot: &Plot, open: RwSignal<Vec<String>>) -> AnyView {
    let shapes = plot.shapes.iter().map(|shape| {
        view! {
            <path
                d=shape.path.clone()
                data-tone=tone(shape.tone)
                data-grid=shape.name.is_empty().then_some("")
                data-filled=shape.filled.then_some("")
                data-line=(shape.line > 0).then(|| shape.line.to_string())
            />
        }
    });
    let labels = plot.labels.iter().map(|label| {
        let anchor = match label.side {
            -1 => "end",
            0 => "middle",
            _ => "start",
        };
        let text = label.text.clone();
        view! { <text x=label.x.to_string() y=label.y.to_string() text-anchor=anchor>{text}</text> }
    });
    let named = plot.shapes.iter().filter(|shape| !shape.name.is_empty());
    let legend = named.map(|shape| {
        let name = shape.name.clone();
        let line = (shape.line > 0).then(|| view! {
            <svg class="line-key" viewBox="0 0 24 6"><path d="M0 3h24" data-line=shape.line.to_string() /></svg>
        });
        view! { <span data-tone=tone(shape.tone)>{line} {name}</span> " " }
    });
    let (key, toggled) = (plot.key.clone(), plot.key.clone());
    let is_open = open.with_untracked(|open| open.contains(&key));
    view! {
        <div class="told" data-plot=plot.key.clone()>
            <h3>{plot.title.clone()}</h3>
            <p class="quiet about">{plot.summary.clone()}</p>
            <figure class="plot">
                <svg viewBox=Plot::VIEW_BOX role="img" aria-label=format!("{}. {}", plot.title, plot.summary)>
                    {shapes.collect_view()} {labels.collect_view()}
                </svg>
                <figcaption class="plot-legend" aria-hidden="true">{legend.collect_view()}</figcaption>
            </figure>
            <details
                open=is_open
                on:toggle=move |_| open.update(|open| match open.iter().position(|other| *other == toggled) {
                    Some(place) => drop(open.remove(place)),
                    None => open.push(toggled.clone()),
                })
            >
                <summary>"The same as a table"</summary>
                {table_view(&plot.twin, false)}
            </details>
        </div>
    }
    .into_any()
}
