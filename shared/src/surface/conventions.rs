//! The conventions and options of a run in words: every report names the ones it used.

use super::words::{commission_words, exact_money, exact_percent};
use crate::research::run_config::RunConfig;
use crate::signal::prediction::TargetField;
use crate::trading::costs::{Costs, PriceOffset};
use crate::trading::fills::{
    FillDialect, FillRules, FractionAnchor, Intrabar, LevelExit, LimitFill, ToolOptions,
};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy};
use crate::trading::risk::RiskLimits;
use crate::trading::sizing::{Sizing, SizingMode};
use crate::trading::strategy::{LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Strategy};

/// The paragraphs that describe a run, each a subject with what holds for it.
pub fn conventions(config: &RunConfig) -> Vec<(&'static str, String)> {
    let strategy = match &config.strategy {
        Strategy::PredictedMove(strategy) => predicted_move(strategy, config),
        Strategy::Signals(strategy) => format!(
            "signals from a file, {}; levels where they give them",
            sides(strategy.side)
        ),
    };
    let mut rows = vec![
        ("Decision", format!("at each bar's close: {strategy}")),
        ("Entry", entry(&config.policy, &config.fills)),
        ("Exit", exit(&config.policy, &config.fills)),
        ("Size", size(&config.sizing, &config.fills)),
        ("Costs", costs(&config.costs)),
    ];
    if config.limits != RiskLimits::default() {
        rows.push(("Limits", limits(&config.limits)));
    }
    let fx = if config.fx.to_bits() == 1.0f64.to_bits() {
        String::new()
    } else {
        format!(
            ", {} account currency to one of the instrument's",
            config.fx
        )
    };
    rows.push((
        "Account",
        format!("initial equity {}{fx}", exact_money(config.initial_equity)),
    ));
    rows.push((
        "Metrics",
        format!(
            "dialect atrium, risk-free return {} a year",
            exact_percent(config.risk_free)
        ),
    ));
    rows
}

fn sides(side: SidePolicy) -> &'static str {
    match side {
        SidePolicy::Both => "long and short",
        SidePolicy::LongOnly => "long only",
        SidePolicy::ShortOnly => "short only",
    }
}

fn predicted_move(strategy: &PredictedMove, config: &RunConfig) -> String {
    let target = match config.prediction.target {
        TargetField::Open => "open",
        TargetField::Close => "close",
    };
    let sigma = match strategy.sigma {
        SigmaSource::Error => "the prediction error",
        SigmaSource::Atr => "ATR(14) (in place of the prediction error)",
    };
    let anchor = match strategy.level_anchor {
        LevelAnchor::Decision => "the deciding close",
        LevelAnchor::Fill => "the actual fill",
    };
    let sure = strategy.min_confidence.map_or(String::new(), |least| {
        format!("; confidence at least {least}")
    });
    let intraday = if config.prediction.intraday_only {
        " in the same session"
    } else {
        ""
    };
    format!(
        "predictions by {} of the {target} {} bars ahead{intraday}, {}; gates {} × {sigma} and {} × ATR(14){sure}; \
         target at the prediction, stop at its distance divided by {}, measured from {anchor}",
        config.prediction.source.label(),
        config.prediction.horizon_bars,
        sides(strategy.side),
        strategy.k_sigma_err,
        strategy.k_atr_min_tp,
        strategy.reward_risk_ratio,
    )
}

fn entry(policy: &OrderPolicy, fills: &FillRules) -> String {
    let limit = match fills.limit {
        LimitFill::Touch => "filled when touched",
        LimitFill::Through => "filled when traded through",
    };
    match policy.entry {
        EntryPolicy::Market => "market order at the next open".to_owned(),
        EntryPolicy::Collared => {
            format!("limit order at the target's price for the next bar, {limit}")
        }
        EntryPolicy::Limit => format!("limit order at the close for the next bar, {limit}"),
        EntryPolicy::Close => {
            "at the close of the deciding bar itself (optimistic: that price is gone once it is known)"
                .to_owned()
        }
    }
}

fn exit(policy: &OrderPolicy, fills: &FillRules) -> String {
    let both = match fills.intrabar {
        Intrabar::Pessimistic => "the stop is first (pessimistic)",
        Intrabar::Optimistic => "the target is first (optimistic)",
        Intrabar::Path => "the level at the extreme nearer to the open is first (path)",
        Intrabar::Refined => "finer bars decide (refined)",
    };
    let mut parts = vec![match fills.dialect {
        FillDialect::Atrium => format!(
            "a gap through a level fills at the open, and where one bar reaches both levels {both}"
        ),
        FillDialect::BacktestingPy => "levels as backtesting.py 0.6 fills them".to_owned(),
        FillDialect::Vectorbt => "levels as vectorbt 1.2 fills them".to_owned(),
    }];
    parts.extend(told(&fills.tool));
    if fills.limit == LimitFill::Through {
        parts.push("targets fill when traded through".to_owned());
    }
    if let Some(percent) = fills.volume_percent {
        parts.push(format!("at most {percent} % of a bar's volume fills"));
    }
    match policy.on_opposite {
        OnOpposite::Ignore => {}
        OnOpposite::Exit => parts.push("an opposite signal closes at the next open".to_owned()),
        OnOpposite::Reverse => {
            parts.push("an opposite signal reverses at the next open".to_owned())
        }
    }
    if policy.min_hold_bars > 0 {
        parts.push(format!(
            "not by a signal before {} bars",
            policy.min_hold_bars
        ));
    }
    if let Some(bars) = policy.max_hold_bars {
        parts.push(format!("after {bars} bars at the close"));
    }
    if policy.exit_at_session_end {
        parts.push(match policy.exit_lead_s {
            0 => "at the session's close".to_owned(),
            lead => format!("at the close of the bar {lead} s before the session's close"),
        });
    }
    if let Some(multiple) = policy.trailing_stop_atr {
        parts.push(format!("stop trails the close by {multiple} × ATR(14)"));
    }
    parts.push(match fills.closes_at_end() {
        true if fills.tool.finalize_trades => {
            "what is open at the last bar is closed at the last price at which an order could fill"
                .to_owned()
        }
        true => "what is open at the last bar closes with it".to_owned(),
        false => "what is open at the last bar stays open".to_owned(),
    });
    parts.join("; ")
}

/// What the tool of another dialect is told about levels.
fn told(tool: &ToolOptions) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(levels) = &tool.levels {
        let anchor = match levels.anchor {
            FractionAnchor::Fill => "the price paid",
            FractionAnchor::Order => "the price before slippage",
            FractionAnchor::EntryClose => "the close of the entry's bar",
        };
        let of = |what: &str, fraction: Option<f64>| {
            fraction.map(|fraction| format!("{what} at {} of {anchor}", exact_percent(fraction)))
        };
        parts.extend(of("stop", levels.stop));
        parts.extend(of("target", levels.target));
        if levels.trailing {
            parts.push("the stop trails the best price".to_owned());
        }
    }
    match tool.level_exit {
        LevelExit::Limit => {}
        LevelExit::Market => parts.push("levels slip".to_owned()),
        LevelExit::Close => parts.push("a level leaves at the close of its bar".to_owned()),
    }
    parts
}

fn size(sizing: &Sizing, fills: &FillRules) -> String {
    let mode = match sizing.mode {
        SizingMode::Risk => format!(
            "risk {} of equity a trade{}",
            exact_percent(sizing.risk_per_trade),
            if sizing.risk_includes_costs {
                ", costs included"
            } else {
                ""
            }
        ),
        SizingMode::EquityFraction(share) => format!("{} of equity", exact_percent(share)),
        SizingMode::AllIn => "all that buying power pays for".to_owned(),
        SizingMode::Quantity(units) => format!("{units} units"),
        SizingMode::Notional(notional) => format!("a notional of {}", exact_money(notional)),
        SizingMode::VolatilityTarget(share) => {
            format!("one ATR(14) moves {} of equity", exact_percent(share))
        }
    };
    let most = sizing
        .max_position
        .map_or(String::new(), |most| format!(", at most {most} units"));
    let leverage = sizing.leverage;
    match (fills.tool.size_at_fill, fills.dialect) {
        (false, _) => format!(
            "{mode}{most}, leverage {leverage}, gap buffer {}",
            exact_percent(sizing.gap_buffer)
        ),
        (true, FillDialect::Vectorbt) => {
            format!(
                "{mode}, by price and cash at the fill; a long that they do not pay for shrinks"
            )
        }
        (true, _) => format!(
            "{mode}, leverage {leverage}, by price and cash at the fill; an entry that they do not pay for is cancelled"
        ),
    }
}

fn offset(offset: PriceOffset) -> String {
    match offset {
        PriceOffset::None => "none".to_owned(),
        PriceOffset::Ticks(ticks) => {
            let is_one = ticks.to_bits() == 1.0f64.to_bits();
            format!("{ticks} {}", if is_one { "tick" } else { "ticks" })
        }
        PriceOffset::Bps(bps) => format!("{bps} basis points"),
        PriceOffset::Atr(multiple) => format!("{multiple} × ATR(14)"),
    }
}

fn costs(costs: &Costs) -> String {
    let mut parts = vec![
        format!("commission {}", commission_words(&costs.commission)),
        format!("slippage {}", offset(costs.slippage)),
        format!("half-spread {}", offset(costs.half_spread)),
    ];
    for (percent, what) in [
        (costs.borrow_percent, "borrow"),
        (costs.financing_percent, "financing"),
    ] {
        if percent > 0.0 {
            parts.push(format!("{what} {percent} % a year"));
        }
    }
    if costs.conversion_bps > 0.0 {
        parts.push(format!("conversion {} basis points", costs.conversion_bps));
    }
    parts.join("; ")
}

fn limits(limits: &RiskLimits) -> String {
    let mut parts = Vec::new();
    if let Some(share) = limits.daily_loss {
        let until = if limits.daily_loss_for_good {
            "for good"
        } else {
            "till the next day"
        };
        parts.push(format!(
            "daily loss {} of initial equity, {until}, days by {}",
            exact_percent(share),
            limits.day_zone.name()
        ));
    }
    if let Some(share) = limits.total_loss {
        parts.push(format!(
            "total loss {} of initial equity",
            exact_percent(share)
        ));
    }
    if let Some(share) = limits.profit_target {
        parts.push(format!("profit target {} (reported)", exact_percent(share)));
    }
    if let Some(days) = limits.min_trading_days {
        parts.push(format!("at least {days} trading days (reported)"));
    }
    if let Some(rate) = limits.rate {
        parts.push(format!(
            "at most {} signals in {} s, {} of them with confidence {} or more",
            rate.max_signals, rate.window_s, rate.max_high_confidence, rate.high_confidence
        ));
    }
    let check = limits.pre_trade;
    for (limit, what) in [
        (check.max_quantity, "units an order"),
        (check.max_notional, "notional an order"),
        (check.price_band_percent, "% from the last close"),
        (check.max_positions.map(f64::from), "positions"),
        (check.max_data_age_s.map(f64::from), "s since the last bar"),
    ] {
        if let Some(limit) = limit {
            parts.push(format!("at most {limit} {what}"));
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::source::Source;
    use crate::trading::fills::FractionLevels;

    #[test]
    fn what_differs_from_the_defaults_is_said() {
        let text = |config: &RunConfig| {
            let rows = conventions(config);
            rows.into_iter()
                .map(|(subject, words)| format!("{subject}: {words}\n"))
                .collect::<String>()
        };
        let plain = text(&RunConfig::default());
        assert!(
            plain.contains("Entry: market order at the next open\n"),
            "{plain}"
        );
        assert!(plain.contains("slippage none"), "{plain}");
        assert!(!plain.contains("Limits"), "{plain}");
        assert!(plain.contains("gap buffer 1 %"), "{plain}");
        assert!(
            plain.contains("by the drift baseline of the open 4 bars ahead, long"),
            "{plain}"
        );
        let mut config = RunConfig::default();
        config.prediction.source = Source::Oracle;
        config.prediction.intraday_only = true;
        config.policy.entry = EntryPolicy::Close;
        config.policy.max_hold_bars = Some(7);
        config.fills.intrabar = Intrabar::Optimistic;
        config.limits = RiskLimits::ftmo();
        config.costs.slippage = PriceOffset::Ticks(1.0);
        let changed = text(&config);
        for words in [
            "by the oracle (which looks ahead: a reference, no strategy) of the open 4 bars ahead in the same session",
            "(optimistic: that price",
            "after 7 bars at the close",
            "the target is first (optimistic)",
            "daily loss 5 % of initial equity, till the next day, days by Europe/Prague",
            "slippage 1 tick",
        ] {
            assert!(changed.contains(words), "{words} is not in {changed}");
        }
    }

    #[test]
    fn what_another_tool_is_told_is_said() {
        let mut config = RunConfig::default();
        config.fills.dialect = FillDialect::Vectorbt;
        config.fills.tool.size_at_fill = true;
        config.fills.tool.level_exit = LevelExit::Close;
        config.fills.tool.levels = Some(FractionLevels {
            stop: Some(0.01),
            target: Some(0.02),
            anchor: FractionAnchor::EntryClose,
            trailing: true,
        });
        let rows = conventions(&config);
        let said = |subject| {
            let row = rows.iter().find(|(name, _)| *name == subject);
            row.map_or(String::new(), |(_, words)| words.clone())
        };
        let exit = said("Exit");
        for words in [
            "as vectorbt 1.2 fills them",
            "stop at 1 % of the close of the entry's bar",
            "target at 2 % of the close of the entry's bar",
            "the stop trails the best price",
            "a level leaves at the close of its bar",
            "stays open",
        ] {
            assert!(exit.contains(words), "{words} is not in {exit}");
        }
        let size = said("Size");
        assert!(size.contains("by price and cash at the fill"), "{size}");
        assert!(!size.contains("gap buffer"), "{size}");
    }
}
