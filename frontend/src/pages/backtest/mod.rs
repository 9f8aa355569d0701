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
mod legend;
mod metrics;
mod overlay;
mod painter;
mod parameters;
mod parameter;
mod reasons;
mod runline;
mod states;
mod trades;

use leptos::prelude::*;

use crate::state::Lab;

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
        >
            <h1 class="hidden">"Backtest"</h1>
            <states::Troubles />
            <section class="stage" aria-label="Chart">
                <runline::RunLine />
                <chart::Chart />
            </section>
            <metrics::Metrics />
            <parameters::Parameters />
            <section class="details">
                <trades::Trades />
                <div class="aside">
                    <reasons::Reasons />
                    <digests::DigestList />
                    <export::Export />
                </div>
            </section>
        </div>
    }
}
