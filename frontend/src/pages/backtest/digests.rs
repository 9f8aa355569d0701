//! The digests that identify a run: equal digests are equal results, here and on the command line.

use atrium_shared::base::digest::Digest;
use atrium_shared::research::backtest::Digests;
use leptos::prelude::*;

use crate::parts::bubble::Explained;
use crate::parts::copy::{Copied, CopyWords, copy_text};
use crate::state::Lab;

#[component]
pub(super) fn DigestList() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let digests = Memo::new(move |_| lab.told.with(|run| run.as_ref().map(|run| run.ran.digests)));
    view! {
        <section class="digests" aria-labelledby="digests-title">
            <h2 id="digests-title">"Digests"</h2>
            <dl>
                <Line
                    name="result"
                    label="Result"
                    meaning="A fingerprint of every trade and of equity at every bar. Two runs with the same result digest are equal to the last bit."
                    digests
                    pick=|digests| digests.result
                />
                <Line
                    name="run"
                    label="Run"
                    meaning="A fingerprint of the result and of everything it depends on: bars, predictions, parameters and the version of the engine. The command line prints the same."
                    digests
                    pick=|digests| digests.run
                />
            </dl>
        </section>
    }
}

#[component]
fn Line(
    name: &'static str,
    label: &'static str,
    meaning: &'static str,
    digests: Memo<Option<Digests>>,
    pick: fn(&Digests) -> Digest,
) -> impl IntoView {
    let digest = Memo::new(move |_| digests.with(|digests| digests.as_ref().map(pick)));
    let full = move || digest.get().map(|digest| digest.to_string());
    let short = move || {
        digest
            .get()
            .map_or_else(|| "–".to_owned(), |digest| digest.short())
    };
    let copied = RwSignal::new(Copied::No);
    view! {
        <dt>
            <Explained text=meaning.to_owned()>{label}</Explained>
        </dt>
        <dd>
            <code data-digest=name data-full=full title=full>{short}</code>
            <button
                type="button"
                class="button"
                aria-label=format!("Copy the {name} digest in full")
                disabled=move || digest.with(Option::is_none)
                on:click=move |_| if let Some(text) = full() { copy_text(text, copied) }
            >
                <CopyWords state=copied label="Copy" />
            </button>
        </dd>
    }
}
