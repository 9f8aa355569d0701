//! The column of parameters, made from the registry: what is used most on top, then group by group, those that have an effect.

mod changes;
mod head;
pub(crate) mod preset_dialog;
mod presets;
mod row;
mod shown;

use atrium_shared::research::parameters::{Group, Parameter, all, by_id};
use atrium_shared::research::run_config::RunConfig;
use leptos::prelude::*;

use crate::state::Lab;

/// What is used most, by id, in the order in which it is shown; the rest follows in the groups of the registry.
const ESSENTIALS: [u16; 13] = [10, 11, 12, 13, 24, 28, 21, 22, 23, 29, 40, 35, 37];

/// What is shown together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Essentials,
    Of(Group),
}

impl Section {
    fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Essentials).chain(Group::ALL.into_iter().map(Self::Of))
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Essentials => "Essentials",
            Self::Of(group) => group.label(),
        }
    }

    fn parameters(self) -> Vec<&'static Parameter> {
        match self {
            Self::Essentials => ESSENTIALS.into_iter().filter_map(by_id).collect(),
            Self::Of(group) => {
                let rest = group.parameters().iter();
                rest.filter(|parameter| !ESSENTIALS.contains(&parameter.id))
                    .collect()
            }
        }
    }
}

/// Whether a parameter is looked for: every word is in its name, its key, its group or its meaning.
fn fits(parameter: &Parameter, query: &str) -> bool {
    if query.is_empty() {
        return true;
    }
    let texts = [
        parameter.label,
        parameter.key,
        parameter.group.label(),
        parameter.meaning,
    ];
    let in_any = |word: &str| {
        texts
            .iter()
            .any(|text| text.to_ascii_lowercase().contains(word))
    };
    query.to_ascii_lowercase().split_whitespace().all(in_any)
}

#[component]
pub(crate) fn Parameters() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let query = lab.query;
    view! {
        <section class="parameters" aria-label="Parameters">
            <head::Head query />
            {Section::all().map(|section| view! { <SectionView section query /> }).collect_view()}
            <NotNow query />
        </section>
    }
}

/// The parameters of a section that have an effect and fit what is looked for.
fn listed(section: Section, config: &RunConfig, query: &str) -> Vec<u16> {
    let parameters = section.parameters().into_iter();
    parameters
        .filter(|parameter| parameter.applies(config) && fits(parameter, query))
        .map(|parameter| parameter.id)
        .collect()
}

#[component]
fn SectionView(section: Section, query: RwSignal<String>) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let open = RwSignal::new(section == Section::Essentials);
    Effect::new(move |_| {
        let is_sought = |key: &str| section.parameters().iter().any(|one| one.key == key);
        if lab.sought.get().is_some_and(is_sought) {
            open.set(true);
        }
    });
    let ids = Memo::new(move |_| {
        query.with(|query| lab.draft.with(|config| listed(section, config, query)))
    });
    let searched = Memo::new(move |_| query.with(|query| !query.trim().is_empty()));
    let shown = Memo::new(move |_| open.get() || searched.get());
    let changed = move || {
        let differs = |id: &u16| {
            let parameter = by_id(*id);
            parameter.is_some_and(|parameter| {
                let value = lab.draft.with(|config| parameter.get(config));
                value != parameter.default_value()
            })
        };
        let count = ids.with(|ids| ids.iter().filter(|id| differs(id)).count());
        (count > 0).then(|| format!("{count} changed"))
    };
    let name = section.label();
    view! {
        <section class="group" aria-label=name hidden=move || ids.with(Vec::is_empty)>
            <h3>
                <button
                    type="button"
                    class="group-head"
                    aria-expanded=move || shown.get().to_string()
                    disabled=move || searched.get()
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 4l4 4-4 4" /></svg>
                    <span>{name}</span>
                    <span class="quiet">{changed}</span>
                </button>
            </h3>
            <Show when=move || shown.get()>
                {rows(section, ids)}
            </Show>
        </section>
    }
}

/// The rows of a section, each of which comes and goes by itself.
fn rows(section: Section, ids: Memo<Vec<u16>>) -> Vec<AnyView> {
    let row = |parameter: &'static Parameter| {
        let listed = Memo::new(move |_| ids.with(|ids| ids.contains(&parameter.id)));
        let view = move || {
            listed
                .get()
                .then(|| view! { <row::ParameterRow parameter /> }.into_any())
        };
        view.into_any()
    };
    section.parameters().into_iter().map(row).collect()
}

/// What is looked for and has no effect on a run of this configuration, or that there is nothing.
#[component]
fn NotNow(query: RwSignal<String>) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let words = move || {
        let query = query.get();
        if query.trim().is_empty() {
            return None;
        }
        let (now, not_now): (Vec<_>, Vec<_>) = lab.draft.with(|config| {
            let fitting = all().filter(|parameter| fits(parameter, &query));
            fitting.partition(|parameter| parameter.applies(config))
        });
        let labels: Vec<_> = not_now.iter().map(|parameter| parameter.label).collect();
        match (now.is_empty(), labels.is_empty()) {
            (true, true) => Some("No parameter is called so.".to_owned()),
            (_, true) => None,
            (_, false) => Some(format!(
                "Without effect on this configuration: {}.",
                labels.join(", ")
            )),
        }
    };
    view! { <p class="quiet not-now" role="status">{words}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_shown_once() {
        let mut ids: Vec<u16> = Section::all()
            .flat_map(Section::parameters)
            .map(|parameter| parameter.id)
            .collect();
        ids.sort_unstable();
        let mut known: Vec<u16> = all().map(|parameter| parameter.id).collect();
        known.sort_unstable();
        assert_eq!(ids, known);
    }

    #[test]
    fn a_parameter_is_found_by_name_key_group_and_meaning() {
        let found = |query: &str| -> Vec<&str> {
            let found = all().filter(|parameter| fits(parameter, query));
            found.map(|parameter| parameter.key).collect()
        };
        assert_eq!(found("k_atr"), ["strategy.predicted_move.k_atr_min_tp"]);
        assert!(found("SLIPPAGE ticks").contains(&"costs.slippage.ticks"));
        assert!(found("buying power").contains(&"sizing.leverage"));
        assert_eq!(found("").len(), all().count());
        assert!(found("no such thing").is_empty());
    }

    #[test]
    fn only_what_has_an_effect_is_listed() {
        let config = RunConfig::default();
        let essentials = listed(Section::Essentials, &config, "");
        assert_eq!(essentials, [10, 12, 13, 24, 21, 22, 23, 35, 37]);
        let costs = listed(Section::Of(Group::Costs), &config, "");
        assert!(costs.contains(&81) && !costs.contains(&84));
    }
}
