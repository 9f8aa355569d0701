//! Why decisions did not trade. Every reason keeps its line, so that nothing moves while a slider is dragged.

use atrium_shared::surface::report::count;
use atrium_shared::trading::strategy::NoTrade;
use leptos::prelude::*;

use crate::state::Lab;

#[component]
pub(super) fn Reasons() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let counts = Memo::new(move |_| {
        lab.run.with(|run| {
            let run = run.as_ref()?;
            let of = |reason| {
                let mut counts = run.ran.no_trades.iter();
                counts
                    .find(|count| count.reason == reason)
                    .map_or(0, |count| count.decisions)
            };
            Some(NoTrade::ALL.map(of))
        })
    });
    let most = move || {
        counts
            .get()
            .and_then(|counts| counts.iter().copied().max())
            .unwrap_or(0)
            .max(1)
    };
    let line = move |(index, reason): (usize, NoTrade)| {
        let decisions = move || counts.get().and_then(|counts| counts.get(index).copied());
        let text = move || decisions().map(|decisions| count(decisions as f64));
        let share = move || {
            let share = decisions().unwrap_or(0) as f64 / most() as f64;
            format!("--share: {share:.3}")
        };
        let none = move || decisions().is_none_or(|decisions| decisions == 0);
        view! {
            <tr data-none=move || none().then_some("") style=share>
                <th scope="row">{capitalised(reason.words())}</th>
                <td data-decisions=move || decisions().map(|decisions| decisions.to_string())>
                    {text}
                </td>
            </tr>
        }
    };
    view! {
        <section class="reasons" id="reasons" aria-labelledby="reasons-title">
            <h2 id="reasons-title">"Why decisions did not trade"</h2>
            <table>
                <thead class="hidden">
                    <tr>
                        <th scope="col">"Reason"</th>
                        <th scope="col">"Decisions"</th>
                    </tr>
                </thead>
                <tbody>{NoTrade::ALL.into_iter().enumerate().map(line).collect_view()}</tbody>
            </table>
        </section>
    }
}

/// The same words as the beginning of a sentence.
fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What to change when nothing traded, by the reason that kept most decisions from it.
pub(super) fn hint(most: Option<NoTrade>) -> &'static str {
    match most {
        None | Some(NoTrade::NoPrediction | NoTrade::WarmingUp) => {
            "There are too few bars for the indicators to warm up: choose a shorter interval."
        }
        Some(NoTrade::NoErrorSigma) => {
            "Too few prediction errors are known: choose a shorter interval, or set the error gate to 0."
        }
        Some(NoTrade::NoMove) => "The predictions are all zero: choose another source.",
        Some(NoTrade::BelowErrorGate) => "Most moves fall short of the error gate: lower it.",
        Some(NoTrade::BelowAtrGate) => {
            "Most moves fall short of the volatility gate: lower it, or look further ahead."
        }
        Some(NoTrade::SideNotAllowed) => "Most moves are on the other side: trade both.",
        Some(NoTrade::LevelsTooClose) => {
            "Most stops would be closer than one tick: lower the reward to risk."
        }
        Some(NoTrade::BelowMinQuantity | NoTrade::BelowMinNotional) => {
            "The sizes come to less than one lot: raise the risk per trade or the leverage."
        }
        Some(NoTrade::TooLarge) => {
            "The sizes are more lots than can be counted: lower the risk per trade or the leverage."
        }
        Some(NoTrade::PositionOpen | NoTrade::Halted) => "Trading was blocked throughout.",
    }
}
