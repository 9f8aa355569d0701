//! The sweep page: what is varied, a heatmap that fills while it runs, and what can be learnt of all trials together.

mod axis_row;
mod canvas;
mod equity;
mod heatmap;
mod kept;
mod lines;
pub(crate) mod look;
mod plane_head;
mod scene;
mod turns;
mod setup;
mod slices;
mod table;
mod take;
mod top;

use leptos::prelude::*;

use self::scene::Scene;
use crate::pages::{Page, backtest};
use crate::state::Lab;
use crate::state::entries::Catalogue;
use crate::state::sweep::{NEEDS_FILE, Stage, SweepDesk};

#[component]
pub(crate) fn SweepPage() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let desk = lab.sweep;
    desk.open(lab);
    let scene = Scene::new(lab);
    let state = move || match desk.stage.get() {
        Stage::Idle => "idle",
        Stage::Waiting => "waiting",
        Stage::Running => "running",
        Stage::Cancelled => "cancelled",
        Stage::Done => "done",
        Stage::Failed(_) => "error",
    };
    let progress = move |read: fn(&crate::state::sweep::Progress) -> u64| {
        move || desk.progress.with(|progress| read(progress).to_string())
    };
    let has_sweep = Memo::new(move |_| scene.shown.with(Option::is_some));
    // all of it at once would hold the page for longer than a frame or two
    let has_rest = RwSignal::new(false);
    Effect::new(move |_| match has_sweep.get() {
        true => set_timeout(
            move || {
                has_rest.try_set(true);
            },
            core::time::Duration::ZERO,
        ),
        false => has_rest.set(false),
    });
    view! {
        <div
            id="sweep"
            class="sweep"
            data-state=state
            data-done=progress(|progress| progress.done)
            data-trials=progress(|progress| progress.trials)
            data-busy=progress(|progress| progress.busy as u64)
            data-focus=move || scene.focus.get().map(|trial| trial.to_string())
            data-digest=move || desk.digest.get().map(|digest| digest.to_string())
            data-found=move || scene.found.with(|found| found.run.to_string())
        >
            <backtest::own_files::DropHint />
            <h1 class="hidden">"Sweep"</h1>
            <div class="troubles"><backtest::Banners /> <Troubles lab scene /></div>
            <setup::SetupForm scene />
            <div class="sweep-main">
                <Show when=move || has_sweep.get() fallback=move || view! { <Vacancy lab /> }>
                    <p class="quiet sweep-of" id="sweep-of">{move || scene.of_words()}</p>
                    <section class="sweep-part plane" aria-labelledby="plane-title" id="plane">
                        <plane_head::PlaneHead scene />
                        <heatmap::Heatmap scene />
                        <plane_head::Legend scene />
                        <plane_head::ReadOut scene />
                        <Show when=move || scene.table.get()>
                            <table::PlaneTable scene />
                        </Show>
                    </section>
                    <Show when=move || has_rest.get()>
                        <top::Top scene />
                        <equity::Equity scene />
                        <slices::Slices scene />
                        <lines::ParallelLines scene />
                        <take::Take scene />
                        <kept::Kept scene />
                    </Show>
                </Show>
            </div>
        </div>
    }
}

/// What went wrong, and what is shown that is not of the form as it stands.
#[component]
fn Troubles(lab: Lab, scene: Scene) -> impl IntoView {
    let desk = lab.sweep;
    let trouble = move || {
        lab.trouble.get().map(|trouble| {
            view! {
                <div class="banner" data-kind="error" role="alert">
                    <p><strong>{trouble.what}</strong> " " {trouble.remedy}</p>
                    <button type="button" class="button" on:click=move |_| lab.retry()>"Try again"</button>
                </div>
            }
        })
    };
    let failed = move || match desk.stage.get() {
        Stage::Failed(why) => Some(view! {
            <div class="banner" data-kind="error" role="alert" id="sweep-failed">
                <p><strong>"The sweep cannot go on. "</strong> {why.clone()}</p>
                {(why == NEEDS_FILE).then(|| view! { <backtest::own_files::ChooseFile /> })}
                <button type="button" class="button" on:click=move |_| desk.start(lab)>"Try again"</button>
            </div>
        }),
        _ => None,
    };
    let stale = Memo::new(move |_| stale(lab, scene));
    let stale = move || {
        stale.get().map(|why| {
            view! {
                <div class="banner" data-kind="info" role="status" id="sweep-stale">
                    <p>{why}</p>
                    <button type="button" class="button" on:click=move |_| setup::run(scene)>"Run it"</button>
                </div>
            }
        })
    };
    let verdict = Memo::new(move |_| desk.verdict(desk.digest.get()?));
    let verdict = move || {
        verdict.get().map(|verdict| {
            let (kind, words) = match verdict {
                Ok(()) => ("note", "The results are those of the link, to the last bit."),
                Err(why) => ("warning", why),
            };
            let same = verdict.is_ok().to_string();
            view! { <div class="banner" data-kind=kind role="status" id="sweep-verdict" data-same=same><p>{words}</p></div> }
        })
    };
    view! { {trouble} {failed} {verdict} {stale} }
}

/// Why what is shown is not the sweep in the form.
fn stale(lab: Lab, scene: Scene) -> Option<&'static str> {
    let desk = lab.sweep;
    let shown = scene.shown.get()?;
    let works = desk
        .stage
        .with(|stage| matches!(stage, Stage::Waiting | Stage::Failed(_)));
    if works {
        return None;
    }
    if let Some(why) = desk.is_outdated(lab) {
        return Some(why);
    }
    let held = &shown.held;
    let bars = lab.shown.get()?;
    let base = SweepDesk::base(lab)?;
    let spec = desk.setup.with(|setup| setup.spec(base));
    match spec {
        _ if bars.data_set != held.data_set => {
            Some("These are results of another data set than the one that is chosen.")
        }
        _ if desk.sessions(lab) != held.window => {
            Some("These are results of other dates than those that are chosen.")
        }
        Err(_) => {
            Some("These are results of other values than those in the form, which cannot be read.")
        }
        Ok(spec) if spec.base() != held.spec.base() => {
            Some("These are results of other parameters than those of the backtest page.")
        }
        Ok(spec) if spec != held.spec => {
            Some("These are results of other values than those in the form.")
        }
        Ok(_) => None,
    }
}

/// What stands in place of results while there are none.
#[component]
fn Vacancy(lab: Lab) -> impl IntoView {
    let kind = Memo::new(move |_| {
        let none = lab.entries.with(Vec::is_empty);
        lab.catalogue.with(|catalogue| match catalogue {
            Catalogue::Failed(_) if none => Kind::Unreachable,
            Catalogue::Known(_) if none => Kind::Empty,
            _ if lab.shown.with(Option::is_none) => Kind::Loading,
            _ => match lab.sweep.stage.get() {
                Stage::Waiting | Stage::Running => Kind::Working,
                _ => Kind::Nothing,
            },
        })
    });
    let words = move || {
        match kind.get() {
        Kind::Loading => view! { <p role="status">"Loading bars"</p> }.into_any(),
        Kind::Working => view! { <p role="status">"Getting the bars and the workers ready"</p> }.into_any(),
        Kind::Nothing => view! {
            <h2>"Nothing was run yet"</h2>
            <p>"A sweep makes the run of the backtest page again with other values: every combination of those in the form, or some that are drawn. Which of them do well together is seen here while it runs."</p>
            <p>"The values proposed are a beginning: press Run, or change them first."</p>
        }
        .into_any(),
        Kind::Empty => view! {
            <h2>"No bars yet"</h2>
            <p>"A sweep needs bars. Bring a file of your own, or store simulated bars for a first look:"</p>
            <pre>"cargo atrium demo"</pre>
            <a class="button" href=Page::DATA>"Go to the data page"</a>
            <button type="button" class="button primary" on:click=move |_| lab.retry()>"Look again"</button>
        }
        .into_any(),
        Kind::Unreachable => view! {
            <h2>"The data sets cannot be listed"</h2>
            <p>"The server does not answer. Start it, and this page notices by itself:"</p>
            <pre>"cargo xtask start"</pre>
            <p>"Without it, a file with bars can be used in this browser alone: drop it here."</p>
            <button type="button" class="button primary" on:click=move |_| lab.retry()>"Try again"</button>
        }
        .into_any(),
    }
    };
    view! { <div class="notice sweep-vacancy" data-kind=move || format!("{:?}", kind.get())>{words}</div> }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Working,
    Loading,
    Empty,
    Unreachable,
}
