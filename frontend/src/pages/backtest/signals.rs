//! Files of signals of one's own, traded in place of predictions: what became of them, and how they are read.

use atrium_shared::signal::placing::RowTime;
use atrium_shared::surface::report::count;
use atrium_shared::surface::share::SignalTimes;
use atrium_shared::trading::sizing::SizingMode;
use atrium_shared::trading::strategy::{NoTrade, Strategy};
use gloo::utils::document;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

use crate::state::Lab;
use crate::state::signals::{Loaded, Reading, SignalFile, SignalFiles, trades_signals};

/// The share of equity that the banner offers to size signals by that have no stop.
const OFFERED_SHARE: f64 = 0.5;
/// How far from the close the stop lies that the banner offers, in per cent.
const OFFERED_STOP: f64 = 1.0;

/// What a file is to what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It is being read.
    Reads,
    /// Its signals are traded.
    Traded,
    /// It is kept, and something else is traded.
    Aside,
    /// Its signals are traded by those trials of a sweep that trade any, and by nothing else.
    Swept,
    /// Its signals are to be traded and are not for these bars.
    Unfit,
    /// It cannot be read, and takes no place.
    Refused,
}

impl Part {
    const fn word(self) -> &'static str {
        match self {
            Self::Reads => "reading",
            Self::Traded => "traded",
            Self::Aside => "aside",
            Self::Swept => "swept",
            Self::Unfit => "unfit",
            Self::Refused => "refused",
        }
    }

    const fn is_bad(self) -> bool {
        matches!(self, Self::Unfit | Self::Refused)
    }
}

/// What is said of a file.
struct Said {
    part: Part,
    file: SignalFile,
    words: String,
}

/// What is said of each file; how a file's times are read is asked of the first.
fn said(files: &SignalFiles, trades: bool, are_swept: bool, waits: bool) -> Vec<Said> {
    let say = |part, loaded: &Loaded, words| Said {
        part,
        file: loaded.file.clone(),
        words,
    };
    let reads = || match waits {
        true => {
            "It is kept for the bars of the link, which come once the server is back.".to_owned()
        }
        false => "Reading it for these bars.".to_owned(),
    };
    let mut all = Vec::new();
    if let Some(offered) = &files.offered {
        match &offered.reading {
            Reading::Refused(why) => all.push(say(Part::Refused, offered, sentence(why))),
            _ => return vec![say(Part::Reads, offered, reads())],
        }
    }
    if let Some(held) = &files.held {
        all.push(match &held.reading {
            Reading::Refused(why) if !trades && are_swept => say(
                Part::Unfit,
                held,
                format!(
                    "Trials with the strategy Signals cannot trade this file on these bars: {}",
                    sentence(why)
                ),
            ),
            Reading::Read(read) if !trades && are_swept => say(
                Part::Swept,
                held,
                format!(
                    "Trials with the strategy Signals trade this file; the run that is varied does not. {} Nothing of it leaves this browser.",
                    read.words
                ),
            ),
            Reading::Unread if !trades && are_swept => say(
                Part::Aside,
                held,
                "It is read for these bars once the sweep is run.".to_owned(),
            ),
            Reading::UnderWay(_) if !trades && are_swept => say(Part::Reads, held, reads()),
            _ if !trades => say(
                Part::Aside,
                held,
                "Its signals are not traded now: the strategy is another one.".to_owned(),
            ),
            Reading::Read(read) => say(
                Part::Traded,
                held,
                format!(
                    "Its signals are{} traded in place of predictions: {} Nothing of it leaves this browser.",
                    if all.is_empty() { "" } else { " still" },
                    read.words
                ),
            ),
            Reading::Refused(why) => say(
                Part::Unfit,
                held,
                format!("Nothing was run, because its signals cannot be traded on these bars: {}", sentence(why)),
            ),
            Reading::Unread | Reading::UnderWay(_) => say(Part::Reads, held, reads()),
        });
    }
    all
}

/// A reason with its full stop.
fn sentence(why: &str) -> String {
    match why.ends_with(['.', '?', '!']) {
        true => why.to_owned(),
        false => format!("{why}."),
    }
}

/// What became of files of signals, and the ways on.
#[component]
pub(super) fn SignalsBanner() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let trades = Memo::new(move |_| lab.draft.with(trades_signals));
    let are_swept = Memo::new(move |_| lab.are_of_sweep());
    let waits = Memo::new(move |_| lab.link_awaits_bars());
    move || {
        let all = lab
            .study
            .signals
            .with(|files| said(files, trades.get(), are_swept.get(), waits.get()));
        let mut is_first = true;
        let banner = |said: Said| {
            // one that was refused before it was read has nothing to read in another way
            let has_rows = said.part != Part::Aside && !said.file.bytes.is_empty();
            let asks = has_rows && std::mem::take(&mut is_first);
            view! { <Banner lab said asks /> }
        };
        all.into_iter().map(banner).collect_view()
    }
}

#[component]
fn Banner(lab: Lab, said: Said, asks: bool) -> impl IntoView {
    let Said { part, file, words } = said;
    let kind = if part.is_bad() { "error" } else { "note" };
    let role = if part.is_bad() { "alert" } else { "status" };
    let name = file.name.clone();
    let button = |id: &'static str, words: &'static str, act: fn(Lab)| {
        let press = move |_| {
            act(lab);
            focus_on_choice();
        };
        view! { <button type="button" class="button" id=id on:click=press>{words}</button> }
    };
    let is_swept = untrack(move || lab.are_of_sweep());
    let actions = match part {
        Part::Reads => ().into_any(),
        Part::Refused => button("dismiss-signals", "Dismiss", Lab::dismiss_signals).into_any(),
        Part::Aside | Part::Swept | Part::Unfit if is_swept => {
            button("drop-signals", "Let it go", Lab::drop_signals).into_any()
        }
        Part::Aside => view! {
            {button("trade-signals", "Trade its signals", Lab::trade_signals)}
            {button("drop-signals", "Let it go", Lab::drop_signals)}
        }
        .into_any(),
        Part::Traded | Part::Swept | Part::Unfit => {
            button("drop-signals", "Back to predictions", Lab::drop_signals).into_any()
        }
    };
    view! {
        <div class="banner signals" data-kind=kind data-signals=part.word() role=role>
            <p>
                <strong>{name} ": "</strong>
                {words}
                {(part == Part::Traded).then(|| view! { <WithoutStop lab /> })}
            </p>
            {asks.then(|| view! { <Times lab file /> })}
            {actions}
        </div>
    }
}

/// The focus of a button that goes away.
fn focus_on_choice() {
    if let Some(choice) = document().get_element_by_id("choose-file") {
        drop(choice.unchecked_into::<web_sys::HtmlElement>().focus());
    }
}

/// Signals that are not traded for want of a stop, by which trades are sized, and what helps.
#[component]
fn WithoutStop(lab: Lab) -> impl IntoView {
    let unsized_ones = Memo::new(move |_| {
        lab.told.with(|run| {
            let run = run.as_ref().filter(|run| trades_signals(&run.config))?;
            let mut counts = run.ran.no_trades.iter();
            let found = counts.find(|count| count.reason == NoTrade::NoStop)?;
            Some(found.decisions).filter(|decisions| *decisions > 0)
        })
    });
    let by_share = move |_| {
        lab.change(|config| config.sizing.mode = SizingMode::EquityFraction(OFFERED_SHARE));
        lab.commit();
    };
    let by_stop = move |_| {
        lab.change(|config| {
            if let Strategy::Signals(signals) = &mut config.strategy {
                signals.stop_percent = Some(OFFERED_STOP);
            }
        });
        lab.commit();
    };
    move || {
        let many = unsized_ones.get()?;
        Some(view! {
            <span class="without-stop" id="without-stop">
                <strong>
                    {format!(
                        " {} of them could not be traded: they have no stop, and trades are sized by the risk to it. ",
                        count(many as f64)
                    )}
                </strong>
                <button type="button" class="button" id="size-by-share" on:click=by_share>
                    {format!("Size by {} % of equity", OFFERED_SHARE * 100.0)}
                </button>
                " "
                <button type="button" class="button" id="stop-for-signals" on:click=by_stop>
                    {format!("Stop {OFFERED_STOP} % away")}
                </button>
            </span>
        })
    }
}

/// How the times of the file are read.
#[component]
fn Times(lab: Lab, file: SignalFile) -> impl IntoView {
    let SignalTimes {
        row_time,
        of_exchange,
    } = file.times;
    let read = move |times: SignalTimes| {
        lab.use_signals(SignalFile {
            times,
            ..file.clone()
        });
    };
    let again = read.clone();
    let on_time = move |event: web_sys::Event| {
        let chosen: HtmlSelectElement = event_target(&event);
        let row_time = match chosen.value().as_str() {
            "end" => RowTime::BarEnd,
            "known" => RowTime::KnownAt,
            _ => RowTime::BarStart,
        };
        read(SignalTimes {
            row_time,
            of_exchange,
        });
    };
    let on_zone = move |event: web_sys::Event| {
        let chosen: HtmlSelectElement = event_target(&event);
        again(SignalTimes {
            row_time,
            of_exchange: chosen.value() == "exchange",
        });
    };
    view! {
        <label>
            "Times are "
            <select id="signals-times" on:change=on_time>
                <option value="start" selected=row_time == RowTime::BarStart>"starts of bars"</option>
                <option value="end" selected=row_time == RowTime::BarEnd>"ends of bars"</option>
                <option value="known" selected=row_time == RowTime::KnownAt>"when it is known"</option>
            </select>
        </label>
        <label>
            "in "
            <select id="signals-zone" on:change=on_zone>
                <option value="utc" selected=!of_exchange>"UTC"</option>
                <option value="exchange" selected=of_exchange>"exchange time"</option>
            </select>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::study_protocol::SignalsRead;

    fn loaded(name: &str, reading: Reading) -> Option<Loaded> {
        let file = SignalFile {
            name: name.to_owned(),
            bytes: Rc::from([]),
            times: SignalTimes::default(),
        };
        Some(Loaded { file, reading })
    }

    fn parts(files: &SignalFiles, trades: bool) -> Vec<(Part, String)> {
        let all = said(files, trades, false, false).into_iter();
        all.map(|said| (said.part, format!("{}: {}", said.file.name, said.words)))
            .collect()
    }

    fn files(held: Option<Loaded>, offered: Option<Loaded>) -> SignalFiles {
        let mut files = SignalFiles::default();
        (files.held, files.offered) = (held, offered);
        files
    }

    #[test]
    fn a_file_is_said_to_be_traded_only_where_it_is() {
        let read = || {
            let read = SignalsRead {
                words: "3 signals.".to_owned(),
                report: Default::default(),
            };
            loaded("good", Reading::Read(Rc::new(read)))
        };
        let bad = || loaded("bad", Reading::Refused("line 2".to_owned()));
        // for an axis of a sweep, while the run that is varied trades none
        for (held, part) in [
            (read(), Part::Swept),
            (bad(), Part::Unfit),
            (loaded("good", Reading::UnderWay(1)), Part::Reads),
        ] {
            let said = said(&files(held, None), false, true, false);
            assert_eq!(said[0].part, part);
        }
        assert!(parts(&SignalFiles::default(), true).is_empty());
        let all = parts(&files(read(), None), true);
        assert_eq!(all[0].0, Part::Traded);
        assert!(
            all[0]
                .1
                .contains("are traded in place of predictions: 3 signals.")
        );
        let all = parts(&files(read(), None), false);
        assert_eq!((all.len(), all[0].0), (1, Part::Aside));
        let all = parts(&files(read(), bad()), true);
        assert_eq!(all[0], (Part::Refused, "bad: line 2.".to_owned()));
        assert!(all[1].1.starts_with("good: Its signals are still traded"));
        let all = parts(&files(bad(), None), true);
        assert_eq!(all[0].0, Part::Unfit);
        assert!(all[0].1.contains("Nothing was run"), "{}", all[0].1);
        assert_eq!(parts(&files(bad(), None), false)[0].0, Part::Aside);
        let new = loaded("new", Reading::Unread);
        assert_eq!(parts(&files(read(), new), true).len(), 1);
    }
}
