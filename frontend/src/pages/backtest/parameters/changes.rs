//! What changed: between what stands and what the controls say, or by the last step.

use atrium_shared::research::parameters::{Difference, differences};
use atrium_shared::surface::words::value_words;
use leptos::prelude::*;

use crate::state::Lab;

/// A difference in words: "Error gate 0.5 σ → 0.65 σ". A part of a choice that is chosen no more has none: the choice says it.
fn difference_words(difference: &Difference) -> Option<String> {
    let Difference {
        parameter,
        from,
        to,
    } = difference;
    let to = value_words(parameter, (*to)?);
    let label = parameter.label;
    Some(match from {
        Some(from) => format!("{label} {} → {to}", value_words(parameter, *from)),
        None => format!("{label} {to}"),
    })
}

/// The list of what changed, of a height of its own: nothing moves while a slider is dragged.
#[component]
pub(super) fn Changes() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let pending = Memo::new(move |_| {
        lab.draft.with(|draft| {
            lab.committed
                .with(|committed| words(&differences(committed, draft)))
        })
    });
    let last = Memo::new(move |_| {
        lab.history.with(|history| {
            let before = history.before()?;
            Some(
                lab.committed
                    .with(|committed| words(&differences(before, committed))),
            )
        })
    });
    let shown = move || match pending.get() {
        list if list.is_empty() => last.get().unwrap_or_default(),
        list => list,
    };
    let is_pending = move || pending.with(|list| !list.is_empty());
    view! {
        <div class="changes" id="changes" data-pending=move || is_pending().then_some("") tabindex="0" role="group" aria-label="What changed">
            <span class="quiet">{move || if is_pending() { "Changing" } else { "Last change" }}</span>
            <ul>
                {move || match shown() {
                    list if list.is_empty() => view! { <li class="quiet">"none"</li> }.into_any(),
                    list => list.into_iter().map(|line| view! { <li>{line}</li> }).collect_view().into_any(),
                }}
            </ul>
        </div>
    }
}

/// Differences in words.
pub(super) fn words(differences: &[Difference]) -> Vec<String> {
    differences.iter().filter_map(difference_words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::research::run_config::RunConfig;
    use atrium_shared::trading::costs::Commission;

    #[test]
    fn what_changed_is_said_in_units_and_labels() {
        let mut config = RunConfig::default();
        config.sizing.risk_per_trade = 0.0035;
        config.costs.commission = Commission::PerTrade { amount: 2.0 };
        let list = words(&differences(&RunConfig::default(), &config));
        assert!(
            list.contains(&"Risk per trade 1 % → 0.35 %".to_owned()),
            "{list:?}"
        );
        assert_eq!(list.len(), 3, "{list:?}");
        assert!(list.contains(&"Commission Per share → Per order".to_owned()));
        assert!(list.contains(&"Fee per order 2 in account currency".to_owned()));
    }
}
