//! The column of parameters.

use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::TargetField;
use atrium_shared::signal::source::Source;
use atrium_shared::surface::words::{commission_words, exact_money};
use atrium_shared::trading::strategy::{PredictedMove, SidePolicy};
use leptos::prelude::*;

use super::parameter::{NumberParameter, Parameter};
use crate::parts::bubble::Info;
use crate::parts::number::{percent_of_share, share_of_percent};
use crate::state::Lab;

fn strategy(config: &RunConfig) -> PredictedMove {
    config
        .strategy
        .predicted_move()
        .copied()
        .unwrap_or_default()
}

fn change_strategy(config: &mut RunConfig, change: impl FnOnce(&mut PredictedMove)) {
    if let Some(strategy) = config.strategy.predicted_move_mut() {
        change(strategy);
    }
}

const HORIZON: Parameter = Parameter {
    name: "horizon_bars",
    label: "Horizon",
    unit: "bars",
    low: 1.0,
    high: 60.0,
    step: 1.0,
    decimals: 0,
    meaning: "How many bars ahead the predicted price lies. Bars are counted across sessions; gaps between sessions do not count.",
    read: |config| f64::from(config.prediction.horizon_bars),
    // typed fractions are rounded: there is no half bar
    write: |config, value| config.prediction.horizon_bars = value.round() as u32,
};

const ERROR_GATE: Parameter = Parameter {
    name: "k_sigma_err",
    label: "Error gate",
    unit: "σ",
    low: 0.0,
    high: 3.0,
    step: 0.05,
    decimals: 2,
    meaning: "Trade only where the predicted move is at least this many standard deviations of the prediction's own last 100 errors. At 0 the gate is open.",
    read: |config| strategy(config).k_sigma_err,
    write: |config, value| change_strategy(config, |strategy| strategy.k_sigma_err = value),
};

const ATR_GATE: Parameter = Parameter {
    name: "k_atr_min_tp",
    label: "ATR gate",
    unit: "ATR",
    low: 0.0,
    high: 5.0,
    step: 0.05,
    decimals: 2,
    meaning: "Trade only where the predicted move is at least this many average true ranges of the last 14 bars, so that the target lies beyond the noise. At 0 the gate is open.",
    read: |config| strategy(config).k_atr_min_tp,
    write: |config, value| change_strategy(config, |strategy| strategy.k_atr_min_tp = value),
};

const REWARD_RISK: Parameter = Parameter {
    name: "reward_risk_ratio",
    label: "Reward to risk",
    unit: ": 1",
    low: 0.25,
    high: 6.0,
    step: 0.05,
    decimals: 2,
    meaning: "How far the target lies compared with the stop. The target stands at the predicted price, so 2 puts the stop half as far away on the other side.",
    read: |config| strategy(config).reward_risk_ratio,
    write: |config, value| change_strategy(config, |strategy| strategy.reward_risk_ratio = value),
};

const RISK: Parameter = Parameter {
    name: "risk_per_trade",
    label: "Risk per trade",
    unit: "%",
    low: 0.02,
    high: 2.0,
    step: 0.01,
    decimals: 2,
    meaning: "The share of equity that is lost when the stop fills at its level. It sets the size of the trade; costs come on top, and leverage may cap it.",
    read: |config| percent_of_share(config.sizing.risk_per_trade),
    write: |config, value| config.sizing.risk_per_trade = share_of_percent(value),
};

const LEVERAGE: Parameter = Parameter {
    name: "leverage",
    label: "Leverage",
    unit: "×",
    low: 0.5,
    high: 10.0,
    step: 0.1,
    decimals: 1,
    meaning: "Buying power as a multiple of equity. A trade whose risk asks for more than it can pay for is made smaller, and then risks less than intended.",
    read: |config| config.sizing.leverage,
    write: |config, value| config.sizing.leverage = value,
};

#[component]
pub(super) fn Parameters() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let contradiction = move || {
        lab.draft
            .with(|config| config.validate().err().map(|error| error.to_string()))
    };
    let reset = move |_| {
        lab.change(|config| {
            *config = RunConfig {
                interval: config.interval,
                ..RunConfig::default()
            };
        });
    };
    view! {
        <section class="parameters" aria-label="Parameters">
            <div class="parameters-head">
                <h2>"Parameters"</h2>
                <button type="button" class="button" id="reset" on:click=reset>"Reset"</button>
            </div>
            <Group name="Prediction">
                <Predictions />
                <NumberParameter parameter=HORIZON />
                <p class="complaint contradiction" role="alert">{contradiction}</p>
            </Group>
            <Group name="Entry">
                <Side />
                <NumberParameter parameter=ERROR_GATE />
                <NumberParameter parameter=ATR_GATE />
            </Group>
            <Group name="Exit">
                <NumberParameter parameter=REWARD_RISK />
            </Group>
            <Group name="Size">
                <NumberParameter parameter=RISK />
                <NumberParameter parameter=LEVERAGE />
            </Group>
            <Held />
        </section>
    }
}

#[component]
fn Group(name: &'static str, children: Children) -> impl IntoView {
    view! {
        <fieldset class="group">
            <legend>{name}</legend>
            {children()}
        </fieldset>
    }
}

/// Source and target of the predictions.
#[component]
fn Predictions() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let source = move || lab.draft.with(|config| config.prediction.source.name());
    let target = move || {
        lab.draft
            .with(|config| target_name(config.prediction.target))
    };
    view! {
        <Select
            name="prediction"
            label="Source"
            meaning="Where predictions come from. Drift extends the mean return of the last 10 bars; SMA cross expects two average true ranges towards the side of the faster of two moving averages (7 and 21 bars). Both are baselines that need no training."
            options=vec![("drift", "Drift"), ("sma_cross", "SMA cross")]
            value=Signal::derive(source)
            choose=move |name: &str| {
                if let Some(source) = Source::named(name, 1) {
                    lab.change(|config| config.prediction.source = source);
                }
            }
        />
        <Select
            name="target"
            label="Target"
            meaning="Which price of the bar at the horizon is predicted. An entry fills at the next open, so the open one bar ahead cannot be the target."
            options=vec![("open", "Open"), ("close", "Close")]
            value=Signal::derive(target)
            choose=move |name: &str| {
                let target = if name == "open" { TargetField::Open } else { TargetField::Close };
                lab.change(|config| config.prediction.target = target);
            }
        />
    }
}

pub(super) const fn target_name(target: TargetField) -> &'static str {
    match target {
        TargetField::Open => "open",
        TargetField::Close => "close",
    }
}

pub(super) const fn side_name(side: SidePolicy) -> &'static str {
    match side {
        SidePolicy::Both => "both",
        SidePolicy::LongOnly => "long_only",
        SidePolicy::ShortOnly => "short_only",
    }
}

/// Which sides are traded.
#[component]
fn Side() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let side = move || lab.draft.with(|config| side_name(strategy(config).side));
    view! {
        <Select
            name="side"
            label="Side"
            meaning="Which way is traded: long where a rise is predicted, short where a fall is, or both."
            options=vec![("both", "Long and short"), ("long_only", "Long only"), ("short_only", "Short only")]
            value=Signal::derive(side)
            choose=move |name: &str| {
                let side = match name {
                    "long_only" => SidePolicy::LongOnly,
                    "short_only" => SidePolicy::ShortOnly,
                    _ => SidePolicy::Both,
                };
                lab.change(|config| change_strategy(config, |strategy| strategy.side = side));
            }
        />
    }
}

#[component]
fn Select(
    name: &'static str,
    label: &'static str,
    meaning: &'static str,
    options: Vec<(&'static str, &'static str)>,
    value: Signal<&'static str>,
    choose: impl Fn(&str) + Send + Sync + 'static,
) -> impl IntoView {
    let options = options.into_iter().map(|(option, words)| {
        view! { <option value=option selected=move || value.get() == option>{words}</option> }
    });
    view! {
        <div class="parameter" data-parameter=name>
            <label class="label" for=name>{label}</label>
            <Info term=label text=meaning />
            <select
                class="choice"
                id=name
                name=name
                prop:value=move || value.get()
                on:change=move |event| choose(&event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </div>
    }
}

/// What a run also depends on, and is not changed here.
#[component]
fn Held() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let equity = move || lab.draft.with(|config| exact_money(config.initial_equity));
    let commission = move || {
        lab.draft
            .with(|config| commission_words(&config.costs.commission))
    };
    view! {
        <fieldset class="group held">
            <legend>"Held fixed"</legend>
            <dl>
                <dt>"Initial equity"</dt>
                <dd>{equity}</dd>
                <dt>"Commission"</dt>
                <dd>{commission}</dd>
                <dt>"Entry"</dt>
                <dd>"market at the next open"</dd>
                <dt>"Target and stop in one bar"</dt>
                <dd>"the stop counts"</dd>
            </dl>
        </fieldset>
    }
}
