//! The backtest page: a chart, parameters that rerun the engine while they are dragged, and what came of it.

mod chart;
mod chart_bar;
mod chart_choices;
mod chart_lines;
mod chart_picture;
mod chart_table;
mod digests;
mod drawing;
mod export;
mod gestures;
mod legend;
mod metrics;
mod overlay;
pub(crate) mod own_files;
mod painter;
pub(crate) mod parameters;
mod reasons;
mod results;
mod room;
mod runline;
pub(crate) mod share;
mod signals;
mod states;
mod why;

use leptos::prelude::*;

use crate::late::Which;
use crate::parts::later::Later;
use crate::state::Lab;
pub(crate) use chart_bar::Menu as IndicatorMenu;
pub(crate) use chart_table::Table as ChartTable;
pub(crate) use why::Why;

#[component]
pub(crate) fn BacktestPage() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let run = move |read: fn(&crate::protocol::Ran) -> String| {
        lab.run.with(|run| run.as_ref().map(|run| read(&run.ran)))
    };
    view! {
        <div
            id="backtest"
            class="backtest"
            data-state=move || lab.word()
            data-stale=move || lab.stale.get().is_some().then_some("")
            data-run-generation=move || run(|ran| ran.generation.to_string())
            data-run-ms=move || run(|ran| ran.milliseconds.to_string())
            data-study=move || study_word(lab)
        >
            <own_files::DropHint />
            <h1 class="hidden">"Backtest"</h1>
            <div class="troubles">
                <states::Troubles />
                <Later which=Which::Banners />
            </div>
            <section class="stage" aria-label="Chart">
                <runline::RunLine />
                <chart::Chart />
                <Later which=Which::Why />
            </section>
            <metrics::Metrics />
            <Later which=Which::Parameters />
            <section class="details">
                <Later which=Which::Details />
            </section>
        </div>
    }
}

/// Where what is told of the run stands, for the page's tests.
fn study_word(lab: Lab) -> &'static str {
    let study = lab.study;
    let is_told = study.sheets.with(Option::is_some) && !study.working.get();
    let of_run = lab.run.with(|run| {
        let studied = study.committed.get().map(|studied| studied.run);
        run.as_ref()
            .is_some_and(|run| studied == Some(run.ran.digests.run))
    });
    match () {
        () if study.trouble.with(Option::is_some) => "error",
        () if is_told && of_run => "done",
        () => "working",
    }
}

/// What the chart needs of what comes late: the indicators of the last visit, and pictures when they are asked for.
pub(crate) fn take_late() {
    let scene = expect_context::<chart::Scene>();
    scene.choices.read();
    chart_picture::follow(scene);
}

/// What a link came to that was opened, and what a file of bars or of signals.
#[component]
pub(crate) fn Banners() -> impl IntoView {
    view! { <share::LinkBanner /> <own_files::BarsBanner /> <signals::SignalsBanner /> }
}

/// What is told of the run that is shown, beneath the chart.
#[component]
pub(crate) fn Details() -> impl IntoView {
    view! {
        <results::Results />
        <results::trades::Trades />
        <div class="aside">
            <reasons::Reasons />
            <digests::DigestList />
            <export::Export />
        </div>
    }
}
