//! Which sweeps of the data set are kept, and whether this one is: how often bars were looked at decides how much a result is worth.

use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::kept_sweep::KeptSummary;
use atrium_shared::surface::report::{DASH, count, fixed};
use leptos::prelude::*;

use super::scene::Scene;
use crate::state::sweep::Keeping;

/// The most that are shown at once.
const MOST: usize = 12;

#[component]
pub(super) fn Kept(scene: Scene) -> impl IntoView {
    let desk = scene.desk;
    let keeping = move || match desk.keeping.get() {
        Keeping::Nothing => String::new(),
        Keeping::Busy => "Being kept on the server".to_owned(),
        Keeping::Stored(trials) => format!(
            "{} trials of this sweep are kept on the server: atrium sweep goes on from there.",
            count(trials as f64)
        ),
        Keeping::Listed(trials) => format!(
            "This browser notes that {} trials were run; their results are kept for as long as the page is open.",
            count(trials as f64)
        ),
        Keeping::Away(trials) => format!(
            "The server is away: the results of {} trials are sent to it once it is back, if this page stays open until then.",
            count(trials as f64)
        ),
        Keeping::Failed(why) => format!("This sweep could not be kept: {why}"),
    };
    let failed = move || {
        desk.keeping
            .with(|keeping| matches!(keeping, Keeping::Failed(_) | Keeping::Away(_)))
    };
    let trials = move || {
        desk.listed.with(|all| {
            let trials: u64 = all.iter().map(|sweep| sweep.done).sum();
            (trials > 0).then(|| {
                let known = match desk.server_listed.get() {
                    true => "in all",
                    false => "as this browser notes; those that the server keeps are not known while it does not answer",
                };
                format!(
                    "{} trials were run on these bars {known}. The best of so many is partly luck.",
                    count(trials as f64)
                )
            })
        })
    };
    let rows = move || {
        let all = desk.listed.get();
        all.into_iter().take(MOST).map(row).collect_view()
    };
    let more = move || {
        let more = desk.listed.with(Vec::len).saturating_sub(MOST);
        (more > 0).then(|| {
            format!("{more} earlier ones are not shown: atrium sweep --list has them all.")
        })
    };
    let some = move || desk.listed.with(|all| !all.is_empty());
    view! {
        <section class="sweep-part" aria-labelledby="kept-title" id="kept">
            <div class="part-head">
                <h2 id="kept-title">"Sweeps of this data set"</h2>
                <p class="quiet" role="status">{keeping}</p>
                <Show when=failed>
                    <button type="button" class="button" on:click=move |_| desk.keep()>"Try again"</button>
                </Show>
            </div>
            <Show when=some fallback=|| view! { <p class="quiet note">"None is kept yet."</p> }>
                <div class="scroll" tabindex="0" role="group" aria-label="Sweeps of this data set">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Kept, UTC"</th>
                                <th scope="col" data-number="">"Run"</th>
                                <th scope="col" data-number="">"Trials"</th>
                                <th scope="col" data-number="">"Best Sharpe ratio"</th>
                                <th scope="col">"Bars"</th>
                                <th scope="col">"Dates"</th>
                                <th scope="col">"Varied"</th>
                                <th scope="col">"Base, where not the default"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
            <p class="quiet note">{trials} " " {more}</p>
        </section>
    }
}

fn row(sweep: KeptSummary) -> impl IntoView {
    let best = sweep
        .best_sharpe
        .map_or_else(|| DASH.to_owned(), |best| fixed(best, 2));
    let kept = stamp(
        sweep.kept,
        atrium_shared::base::time::BarInterval::minutes(1),
    );
    // one that an earlier version noted does not say
    let [bars, dates, base] = match sweep.interval {
        None => [DASH; 3].map(str::to_owned),
        Some(interval) => [
            interval.to_string(),
            sweep.window.words().unwrap_or_else(|| "all".to_owned()),
            match sweep.base.as_slice() {
                [] => DASH.to_owned(),
                base => base.join(" · "),
            },
        ],
    };
    view! {
        <tr data-sweep=sweep.identity.to_string()>
            <th scope="row">{kept}</th>
            <td data-label="Run" data-number="">{count(sweep.done as f64)}</td>
            <td data-label="Trials" data-number="">{count(sweep.trials as f64)}</td>
            <td data-label="Best Sharpe ratio" data-number="">{best}</td>
            <td data-label="Bars">{bars}</td>
            <td data-label="Dates" class="kept-dates">{dates}</td>
            <td data-label="Varied" class="varied">{sweep.axes.join(" · ")}</td>
            <td data-label="Base, where not the default" class="varied">{base}</td>
        </tr>
    }
}
