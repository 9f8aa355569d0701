//! The backtest page: a chart, parameters that rerun the engine while they are dragged, and what came of it.

mod chart;
mod digests;
mod export;
mod legend;
mod metrics;
mod overlay;
mod painter;
pub(crate) mod parameters;
mod reasons;
mod runline;
pub(crate) mod share;
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
            <div class="troubles">
                <states::Troubles />
                <share::LinkBanner />
            </div>
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
