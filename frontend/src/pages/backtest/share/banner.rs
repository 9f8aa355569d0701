//! What a link that was opened came to.

use atrium_shared::market::simulate::DEMO;
use atrium_shared::surface::report::count;
use atrium_shared::surface::share::{Link, SignalTimes, SweepPart, Verdict};
use gloo::utils::window;
use leptos::prelude::*;

use crate::pages::Page;
use crate::pages::backtest::own_files::ChooseFile;
use crate::state::Lab;
use crate::state::entries::Server;
use crate::state::link::{Needed, Opened, Stage};
use crate::state::signals::trades_signals;

/// What is said of a link: its kind, its state as one word, and sentences.
struct Said {
    kind: &'static str,
    state: &'static str,
    first: String,
    more: Vec<String>,
}

#[component]
pub(crate) fn LinkBanner() -> impl IntoView {
    let lab = expect_context::<Lab>();
    move || {
        let opened = lab.opened.get()?;
        // the link of a sweep states what came of that, which the sweep page tells
        if let Opened::Link(
            _,
            Stage::Done {
                verdict: Verdict::Unsealed,
                ..
            },
        ) = &opened
            && lab.sweep.states_results()
        {
            return None;
        }
        let said = said(lab, &opened);
        let actions = match &opened {
            Opened::Link(_, Stage::Ask(_)) => view! {
                <button type="button" class="button primary" id="link-run" on:click=move |_| lab.run_link()>"Run it"</button>
            }
            .into_any(),
            Opened::Link(link, Stage::Missing) => view! {
                <a class="button" href=Page::DATA>"Go to the data page"</a>
                {demo_command(link).map(|command| view! { <code>{command}</code> })}
            }
            .into_any(),
            Opened::Link(_, Stage::Done { .. } | Stage::Left) if !lab.shows_link() => again(lab, "Back to the link's run"),
            Opened::Link(_, Stage::Failed | Stage::Away) => again(lab, "Open it again"),
            // somebody looked at other bars since
            Opened::Link(link, Stage::NeedsFile(Needed::Signals)) if !lab.has_bars_of(link) => {
                again(lab, "Back to the link's bars")
            }
            // the backtest page has it where runs are chosen
            Opened::Link(_, Stage::NeedsFile(Needed::Signals)) if is_on_sweep_page() => {
                view! { <ChooseFile /> }.into_any()
            }
            _ => ().into_any(),
        };
        Some(view! {
            <div class="banner link-banner" id="link" data-kind=said.kind data-link=said.state role="status">
                <div>
                    <p><strong>{said.first}</strong></p>
                    {said.more.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
                </div>
                <div class="banner-end">
                    {actions}
                    <button type="button" class="button" id="link-dismiss" on:click=move |_| lab.dismiss_link()>"Dismiss"</button>
                </div>
            </div>
        })
    }
}

/// The way back to what a link says.
fn again(lab: Lab, words: &'static str) -> AnyView {
    view! {
        <button type="button" class="button" id="link-again" on:click=move |_| lab.run_link()>{words}</button>
    }
    .into_any()
}

fn said(lab: Lab, opened: &Opened) -> Said {
    let of = |kind, state, first: &str, more| Said {
        kind,
        state,
        first: first.to_owned(),
        more,
    };
    match opened {
        Opened::Bad(why) => of(
            "error",
            "bad",
            "This link cannot be opened.",
            vec![sentence(why), "Everything here is as it was.".to_owned()],
        ),
        Opened::Link(_, Stage::Waiting | Stage::Running) => {
            of("info", "running", "Opening the link…", Vec::new())
        }
        Opened::Link(link, Stage::Missing) => of(
            "warning",
            "missing",
            "The data of this link are not here.",
            missing(link, lab.server.get() == Server::Away),
        ),
        Opened::Link(link, Stage::NeedsFile(needed)) => of(
            "warning",
            "needs-file",
            "The run of this link needs a file that is not in the link.",
            needs(link, *needed, lab.times_of_link().unwrap_or_default()),
        ),
        Opened::Link(_, Stage::Ask(bars)) => of(
            "warning",
            "ask",
            "The run of this link is a long one.",
            vec![format!(
                "It goes through up to {} bars, which takes a while and much memory. Nothing was run yet.",
                count(*bars as f64)
            )],
        ),
        Opened::Link(_, Stage::Failed) => of(
            "error",
            "failed",
            "The run of this link could not be made here.",
            Vec::new(),
        ),
        Opened::Link(link, Stage::Away) => of(
            "warning",
            "away",
            "The bars of this link did not come: the server does not answer.",
            away(link),
        ),
        Opened::Link(_, Stage::Left) => of(
            "info",
            "left",
            "The run of this link was not made.",
            vec![
                "Something else was chosen before it was: what is shown is another run.".to_owned(),
            ],
        ),
        Opened::Link(link, Stage::Done { verdict, .. }) => {
            judged(verdict, trades_signals(&link.config), lab.shows_link())
        }
    }
}

fn judged(verdict: &Verdict, has_signals: bool, is_shown: bool) -> Said {
    let mut words = verdict.words().into_iter();
    let first = words.next().unwrap_or_default();
    let mut more: Vec<String> = words.collect();
    let (kind, state) = match verdict {
        Verdict::Match => ("ok", "match"),
        Verdict::Unsealed => ("info", "unsealed"),
        Verdict::Differs(_) => ("warning", "differs"),
    };
    if *verdict == Verdict::Match {
        let followed = if has_signals {
            "signals"
        } else {
            "predictions"
        };
        more.push(format!(
            "Same bars, same {followed}, same configuration, same engine, same result."
        ));
    }
    if is_shown {
        return Said {
            kind,
            state,
            first,
            more,
        };
    }
    // what the link's run came to is not to be taken for what is shown
    more.insert(0, first);
    Said {
        kind: "info",
        state,
        first: "Something was changed since: what is shown is another run than the link's."
            .to_owned(),
        more,
    }
}

fn away(link: &Link) -> Vec<String> {
    let mut words = vec!["What was shown stays. The link is opened once the server is back, unless something else is chosen before that.".to_owned()];
    if trades_signals(&link.config) {
        words.push("It trades the signals of a file: where you have that, drop it here already; it is kept for the bars of the link.".to_owned());
    }
    words
}

fn needs(link: &Link, needed: Needed, times: SignalTimes) -> Vec<String> {
    let (what, flag) = match needed {
        Needed::Signals => ("signals", "--signals"),
        Needed::Predictions => ("predictions", "--predictions"),
    };
    let flags: String = (times.flags().iter())
        .map(|(flag, value)| format!(" {flag} {value}"))
        .collect();
    let command = match swept() {
        // how times are read stands in it
        Some(fragment) => Some(format!(
            "cargo atrium sweep --link '{fragment}' {flag} FILE"
        )),
        // a sweep whose link is not in the address any more has none here
        None if is_on_sweep_page() && Link::read(&address()).is_err() => None,
        None => {
            let link = link.text().unwrap_or_default();
            Some(format!(
                "cargo atrium backtest --link '{link}' {flag} FILE{flags}"
            ))
        }
    };
    match needed {
        Needed::Signals => {
            let file = format!(
                "It trades the {what} of a file. Ask for that file where the link came from, and drop it here or choose it by “Own file”: it is read in this browser for the bars of the link, and the run is made and compared."
            );
            let terminal = command.map(|command| format!("In a terminal: {command}"));
            [file].into_iter().chain(terminal).collect()
        }
        Needed::Predictions => {
            let file = format!("It follows the {what} of a file, which this page does not read.");
            let terminal = command.map(|command| {
                format!("With that file, the command line makes the run and compares it: {command}")
            });
            [file].into_iter().chain(terminal).collect()
        }
    }
}

fn missing(link: &Link, is_away: bool) -> Vec<String> {
    let data = &link.data;
    let get = match demo_command(link) {
        Some(_) => "They are simulated bars, which this command stores:".to_owned(),
        None => format!(
            "Drop the file that holds the bars of {} here, to use them in this browser, or import it on the data page: they are known again by their content.",
            data.symbol
        ),
    };
    let mut words = vec![
        format!(
            "The run was made on {} ({}, content {}).",
            data.name, data.symbol, data.content
        ),
        get,
        "The link stays, and is opened once they are here.".to_owned(),
    ];
    if is_away {
        words.insert(
            1,
            "The server does not answer, so what it stores is not known.".to_owned(),
        );
    }
    words
}

fn address() -> String {
    window().location().hash().unwrap_or_default()
}

fn is_on_sweep_page() -> bool {
    matches!(Page::from_hash(&address()), Page::Sweep)
}

/// The fragment of the address on the sweep page, if it says what is varied.
fn swept() -> Option<String> {
    let says_it = |address: &String| matches!(SweepPart::read(address), Ok(Some(_)));
    is_on_sweep_page().then(address).filter(says_it)
}

/// The command that stores the data of a link, where they are simulated.
fn demo_command(link: &Link) -> Option<String> {
    let demo = DEMO.iter().find(|demo| demo.symbol == link.data.symbol)?;
    Some(format!("cargo atrium demo {}", demo.symbol))
}

/// A reason as a sentence.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
