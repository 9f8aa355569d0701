//! The best trials, each with how its neighbours did.

use atrium_shared::research::metrics::Stat;
use atrium_shared::research::sweep::{Measure, plateau};
use atrium_shared::surface::report::{DASH, count, fixed};
use atrium_shared::surface::sweeps::{measure_label, measure_meaning};
use leptos::prelude::*;

use super::scene::{Scene, stat_words};
use crate::parts::bubble::Explained;

/// How many can be listed.
const COUNTS: [usize; 4] = [10, 20, 50, 100];
/// While trials are run the neighbours of so many are looked at.
const WHILE_RUNNING: usize = 20;

const PLATEAU: &str = "The median of the trials one step away on one axis or several, over this one's own value. Near 1 the surroundings do as well: a plateau. Far below 1 it is a peak, which chance makes more easily.";

/// The columns, the measures in the order of files.
const SHOWN: [Measure; 7] = [
    Measure::Sharpe,
    Measure::TotalReturn,
    Measure::Cagr,
    Measure::MaxDrawdownSession,
    Measure::Trades,
    Measure::WinRate,
    Measure::ProfitFactor,
];

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    rank: usize,
    trial: u64,
    values: Vec<String>,
    stats: Vec<String>,
    plateau: Option<f64>,
}

impl Line {
    /// What it says, by which a line that stays the same is known.
    fn key(&self) -> String {
        let plateau = self.plateau.map(f64::to_bits);
        format!(
            "{} {} {plateau:?} {}",
            self.rank,
            self.trial,
            self.stats.join(" ")
        )
    }
}

fn lines(scene: Scene) -> Vec<Line> {
    let (found, measure) = (scene.found.get(), scene.measure.get());
    let running = scene.runs.get();
    let Some(shown) = scene.shown.get() else {
        return Vec::new();
    };
    scene.desk.with(|sweep| {
        let Some(sweep) = sweep.filter(|sweep| sweep.spec == *shown.spec()) else {
            return Vec::new();
        };
        let line = |(index, &trial): (usize, &u64)| {
            let places = shown.places.of(shown.spec(), trial);
            let stat = |of| stat_words(sweep.results.stat(of, trial), of);
            let near = (!running || index < WHILE_RUNNING)
                .then(|| plateau(&sweep.spec, &sweep.results, measure, trial));
            Line {
                rank: index + 1,
                trial,
                values: places
                    .iter()
                    .enumerate()
                    .map(|(axis, place)| shown.words(axis, *place))
                    .collect(),
                stats: SHOWN.map(stat).to_vec(),
                plateau: near.and_then(Stat::value),
            }
        };
        found.top.iter().enumerate().map(line).collect()
    })
}

#[component]
pub(super) fn Top(scene: Scene) -> impl IntoView {
    let known = RwSignal::new(Vec::new());
    // how many trials had been gone through when the list was made, for the page's tests
    let seen = RwSignal::new(None);
    let list = scene.turns.of(move || {
        let now = lines(scene);
        if known.with(|known| *known != now) {
            known.set(now);
        }
        seen.set(Some(scene.found.with_untracked(|found| found.run)));
    });
    Effect::new(move |_| {
        scene.found.track();
        scene.measure.track();
        scene.runs.track();
        scene.shown.track();
        seen.set(None);
        list.soon();
    });
    let lines = known;
    let axes = move || {
        let labels = scene.shown.with(|shown| {
            let shown = shown.as_ref()?;
            Some(
                (0..shown.places.axes())
                    .map(|axis| shown.label(axis))
                    .collect::<Vec<_>>(),
            )
        });
        let head = |label: &'static str| view! { <th scope="col" data-number="">{label}</th> };
        labels
            .unwrap_or_default()
            .into_iter()
            .map(head)
            .collect_view()
    };
    let setup = scene.desk.setup;
    let head = move |measure: Measure| {
        let label = measure_label(measure);
        let sorted = move || scene.measure.get() == measure;
        view! {
            <th scope="col" data-number="" aria-sort=move || if sorted() { "descending" } else { "none" }>
                <button
                    type="button"
                    class="sort"
                    title=measure_meaning(measure)
                    on:click=move |_| setup.update(|setup| setup.measure = measure)
                >
                    {label} {move || sorted().then_some(" ↓")}
                </button>
            </th>
        }
    };
    let counts = COUNTS.map(|many| {
        view! { <option value=many.to_string() selected=move || scene.look.with(|look| look.most == many)>{many}</option> }
    });
    let choose = move |event| {
        if let Ok(most) = event_target_value(&event).parse() {
            scene.look.update(|look| look.most = most);
        }
    };
    let none = move || lines.with(Vec::is_empty);
    let about = move || {
        let found = scene.found.get();
        let picked = scene.look.with(|look| !look.brush.is_open());
        match picked {
            true => format!("of {} that are picked out", count(found.held as f64)),
            false => format!("of {}", count(found.run as f64)),
        }
    };
    let without = move || {
        let found = scene.found.get();
        let without = found.run - found.valued;
        (without > 0).then(|| {
            format!(
                "{} trials have no value of “{}”: they made no trades, their values contradict each other, or their data are missing.",
                count(without as f64),
                measure_label(scene.measure.get())
            )
        })
    };
    view! {
        <section class="sweep-part" aria-labelledby="top-title" id="top">
            <div class="part-head">
                <h2 id="top-title">"The best"</h2>
                <select aria-label="How many are listed" id="top-count" on:change=choose>{counts.into_iter().collect_view()}</select>
                <p class="quiet">{about}</p>
            </div>
            <div class="scroll" tabindex="0" role="group" aria-label="The best trials" data-seen=move || seen.get().map(|run| run.to_string())>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Rank"</th>
                            {axes}
                            {SHOWN.map(head).into_iter().collect_view()}
                            <th scope="col"><Explained text=PLATEAU>"Plateau"</Explained></th>
                            <th scope="col"><span class="hidden">"Open"</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || lines.get() key=Line::key let(line)>{row(scene, line)}</For>
                    </tbody>
                </table>
            </div>
            <Show when=none>
                <p class="quiet note">"No trial has a value yet."</p>
            </Show>
            <p class="quiet note">{without} " The best of many looks better than it is: the more trials, the more of it is luck. Prefer plateaus, and test what you choose on bars that it was not chosen on."</p>
        </section>
    }
}

fn row(scene: Scene, line: Line) -> impl IntoView {
    let trial = line.trial;
    let chosen = move || scene.focus.get() == Some(trial);
    let number = |text: String| view! { <td data-number="">{text}</td> };
    let share = line.plateau.map(|ratio| ratio.clamp(0.0, 1.0));
    let plateau = line
        .plateau
        .map_or_else(|| DASH.to_owned(), |ratio| fixed(ratio, 2));
    view! {
        <tr data-trial=trial.to_string() data-chosen=move || chosen().then_some("")>
            <th scope="row">
                <button
                    type="button"
                    class="row-button"
                    aria-pressed=move || chosen().to_string()
                    aria-label=format!("Look at trial {trial}, rank {}", line.rank)
                    on:click=move |_| scene.choose(trial)
                >
                    {line.rank}
                </button>
            </th>
            {line.values.into_iter().map(number).collect_view()}
            {line.stats.into_iter().map(number).collect_view()}
            <td class="plateau">
                <span class="meter" aria-hidden="true" style=share.map(|share| format!("--share: {share:.3}"))></span>
                <span>{plateau}</span>
            </td>
            <td>
                <button type="button" class="link-button" aria-label=format!("Open trial {trial} on the backtest page") on:click=move |_| scene.open(trial)>
                    "Open"
                </button>
            </td>
        </tr>
    }
}
