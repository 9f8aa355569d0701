//! Taking a run elsewhere: as JSON, and as the command that repeats it.

use leptos::prelude::*;

use super::share::command;
use crate::browser;
use crate::parts::copy::{Copied, CopyButton, CopyWords, copy_text};
use crate::state::entries::Place;
use crate::state::{Lab, Shown};

#[component]
pub(super) fn Export() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let ready = move || lab.run.with(Option::is_some) && lab.lost.with(Option::is_none);
    let copied = RwSignal::new(Copied::No);
    let command_line = move || {
        let link = lab.link();
        link.map(|link| command(lab, &link)).unwrap_or_default()
    };
    let here = Memo::new(move |_| {
        let is_here = |shown: &Shown| shown.place == Place::Browser;
        lab.shown
            .with(|shown| shown.as_ref().is_some_and(|shown| is_here(shown)))
    });
    let save = move |_| {
        lab.export(|text| {
            // the browser shows the download itself, or says why not
            drop(browser::download(
                "atrium-backtest.json",
                &format!("{text}\n"),
            ));
        });
    };
    view! {
        <section class="export" aria-labelledby="export-title">
            <h2 id="export-title">"Take it along"</h2>
            <div class="buttons">
                <button
                    type="button"
                    class="button"
                    id="copy-json"
                    disabled=move || !ready()
                    on:click=move |_| lab.export(move |text| copy_text(text, copied))
                >
                    <CopyWords state=copied label="Copy JSON" />
                </button>
                <button
                    type="button"
                    class="button"
                    id="download-json"
                    disabled=move || !ready()
                    on:click=save
                >
                    "Download JSON"
                </button>
                <CopyButton
                    text=Signal::derive(command_line)
                    label="Copy command"
                    enabled=Signal::derive(ready)
                />
            </div>
            <pre class="command" id="command" role="group" tabindex="0" aria-label="The command that repeats this run">
                {move || words(&command_line())}
            </pre>
            <Show when=move || here.get()>
                <p class="quiet">"The command line has these bars once their file is stored on the server: they are in this browser only."</p>
            </Show>
        </section>
    }
}

/// A command line that breaks between its options and nowhere else.
fn words(line: &str) -> Vec<AnyView> {
    let word = |(index, word): (usize, &str)| match index {
        0 => view! { <span class="option">{word.to_owned()}</span> }.into_any(),
        _ => view! { " " <span class="option">{format!("--{word}")}</span> }.into_any(),
    };
    line.split(" --").enumerate().map(word).collect()
}
