//! Taking a run elsewhere: as JSON, and as the command that repeats it.

use atrium_shared::research::run_config::RunConfig;
use leptos::prelude::*;

use super::parameters::{side_name, target_name};
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
        let config = lab.run.with(|run| run.as_ref().map(|run| run.config));
        let name = lab.shown.with(|shown| {
            let shown = shown.as_ref()?;
            Some(shown.data_set.name.clone())
        });
        match (config, name) {
            (Some(config), Some(name)) => command(&name, &config),
            _ => String::new(),
        }
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
            <pre class="command" id="command" tabindex="0" aria-label="The command that repeats this run">
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

/// The command line that makes the same run.
fn command(data_set: &str, config: &RunConfig) -> String {
    let strategy = config
        .strategy
        .predicted_move()
        .copied()
        .unwrap_or_default();
    let prediction = config.prediction;
    format!(
        "cargo atrium backtest --data {} --interval {} --prediction {} --target {} --horizon-bars {} --side {} \
         --k-sigma-err {} --k-atr-min-tp {} --reward-risk-ratio {} --risk-per-trade {} --leverage {}",
        quoted(data_set),
        config.interval,
        prediction.source.name(),
        target_name(prediction.target),
        prediction.horizon_bars,
        side_name(strategy.side),
        strategy.k_sigma_err,
        strategy.k_atr_min_tp,
        strategy.reward_risk_ratio,
        config.sizing.risk_per_trade,
        config.sizing.leverage,
    )
}

/// A word of a command line: quoted where it holds anything that a shell would read otherwise.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_every_parameter() {
        let mut config = RunConfig::default();
        config.sizing.risk_per_trade = 0.0035;
        assert_eq!(
            command("SPY-1min", &config),
            "cargo atrium backtest --data SPY-1min --interval 60min --prediction drift --target open --horizon-bars 4 \
             --side both --k-sigma-err 0.5 --k-atr-min-tp 1.5 --reward-risk-ratio 2 --risk-per-trade 0.0035 --leverage 1"
        );
        assert!(command("a b's", &config).contains("--data 'a b'\\''s' "));
    }
}
