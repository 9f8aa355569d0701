//! Why decisions did not trade. A reason that occurred keeps its line, so that little moves while a slider is dragged; those that
//! did not are shown on demand.

use atrium_shared::surface::report::count;
use atrium_shared::trading::strategy::NoTrade;
use leptos::prelude::*;

use crate::state::Lab;

#[component]
pub(super) fn Reasons() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let counts = Memo::new(move |_| {
        lab.told.with(|run| {
            let run = run.as_ref()?;
            let of = |reason| {
                let mut counts = run.ran.no_trades.iter();
                counts
                    .find(|count| count.reason == reason)
                    .map_or(0, |count| count.decisions)
            };
            Some(NoTrade::ALL.map(of))
        })
    });
    let most = move || {
        counts
            .get()
            .and_then(|counts| counts.iter().copied().max())
            .unwrap_or(0)
            .max(1)
    };
    // what has a line: every reason of this run and of those before it
    let occurred = Memo::new(move |before: Option<&[bool; NoTrade::ALL.len()]>| {
        let mut occurred = before.copied().unwrap_or([false; NoTrade::ALL.len()]);
        for (occurred, decisions) in occurred.iter_mut().zip(counts.get().unwrap_or_default()) {
            *occurred |= decisions > 0;
        }
        occurred
    });
    let others = move || occurred.with(|occurred| occurred.iter().filter(|it| !**it).count());
    let all = RwSignal::new(false);
    let line = move |(index, reason): (usize, NoTrade)| {
        let decisions = move || counts.get().and_then(|counts| counts.get(index).copied());
        let text = move || decisions().map(|decisions| count(decisions as f64));
        let share = move || {
            let share = decisions().unwrap_or(0) as f64 / most() as f64;
            format!("--share: {share:.3}")
        };
        let hidden = move || {
            let has_line = occurred.with(|occurred| occurred.get(index).copied().unwrap_or(false));
            !has_line && !all.get()
        };
        let none = move || decisions().is_none_or(|decisions| decisions == 0);
        view! {
            <tr data-none=move || none().then_some("") hidden=hidden style=share>
                <th scope="row">{capitalised(reason.words())}</th>
                <td data-decisions=move || decisions().map(|decisions| decisions.to_string())>
                    {text}
                </td>
            </tr>
        }
    };
    view! {
        <section class="reasons" id="reasons" aria-labelledby="reasons-title">
            <h2 id="reasons-title">"Why decisions did not trade"</h2>
            <table id="reasons-table">
                <thead class="hidden">
                    <tr>
                        <th scope="col">"Reason"</th>
                        <th scope="col">"Decisions"</th>
                    </tr>
                </thead>
                <tbody>{NoTrade::ALL.into_iter().enumerate().map(line).collect_view()}</tbody>
            </table>
            <button
                type="button"
                class="button"
                id="other-reasons"
                aria-expanded=move || all.get().to_string()
                aria-controls="reasons-table"
                hidden=move || others() == 0
                on:click=move |_| all.update(|all| *all = !*all)
            >
                {move || match all.get() {
                    true => "Show those that occurred".to_owned(),
                    false => format!("Show {} that did not occur", count(others() as f64)),
                }}
            </button>
        </section>
    }
}

/// The same words as the beginning of a sentence.
fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
