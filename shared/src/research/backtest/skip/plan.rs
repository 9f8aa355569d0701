//! How a configuration is run in a sweep: by skipping from event to event, or by walking every bar.

use serde::Serialize;

use crate::research::run_config::RunConfig;
use crate::trading::costs::Commission;
use crate::trading::fills::{FillDialect, Intrabar};
use crate::trading::policy::{EntryPolicy, OnOpposite};

/// How a configuration is run. The results are the same to the last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// From entry to exit to entry, whatever lies between.
    Skip,
    /// From exit to entry; the bars of open positions are walked one by one.
    SkipFlatWalkOpen,
    /// Every bar through the engine.
    Walk(Reason),
}

/// Why a configuration has to be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another program's fill rules.
    Dialect,
    /// Fills are capped by volume, so that positions fill in parts.
    VolumeCap,
    /// The number of signals in a stretch of time is limited.
    RateLimit,
    /// Opposite signals reverse a position.
    Reversal,
    /// Limit entries are resolved on finer bars.
    LimitOnFinerBars,
    /// The commission depends on what was traded in the month.
    MonthlyTiers,
    /// Corporate actions fall between the bars.
    CorporateActions,
}

impl Reason {
    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dialect => "the fill rules of another program",
            Self::VolumeCap => "fills capped by volume",
            Self::RateLimit => "a limited number of signals in a stretch of time",
            Self::Reversal => "opposite signals reverse",
            Self::LimitOnFinerBars => "limit entries on finer bars",
            Self::MonthlyTiers => "commission by the volume of the month",
            Self::CorporateActions => "corporate actions between the bars",
        }
    }
}

impl core::fmt::Display for Plan {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Skip => write!(to, "skips from event to event"),
            Self::SkipFlatWalkOpen => write!(to, "skips while flat, walks the bars of positions"),
            Self::Walk(reason) => write!(to, "walks every bar: {}", reason.words()),
        }
    }
}

/// How a configuration is run. What depends on the data too (corporate actions) is asked of [`Index::plan`](super::Index::plan).
pub fn plan(config: &RunConfig) -> Plan {
    let (policy, fills) = (&config.policy, &config.fills);
    let limit_entry = matches!(policy.entry, EntryPolicy::Limit | EntryPolicy::Collared);
    let tiered = matches!(config.costs.commission, Commission::IbTiered { .. });
    let reasons = [
        (fills.dialect != FillDialect::Atrium, Reason::Dialect),
        (fills.volume_percent.is_some(), Reason::VolumeCap),
        (config.limits.rate.is_some(), Reason::RateLimit),
        (policy.on_opposite == OnOpposite::Reverse, Reason::Reversal),
        (
            limit_entry && fills.intrabar == Intrabar::Refined,
            Reason::LimitOnFinerBars,
        ),
        (tiered, Reason::MonthlyTiers),
    ];
    let walks = reasons.iter().find(|(holds, _)| *holds);
    match walks {
        Some((_, reason)) => Plan::Walk(*reason),
        None if policy.trailing_stop_atr.is_some() || policy.on_opposite == OnOpposite::Exit => {
            Plan::SkipFlatWalkOpen
        }
        None => Plan::Skip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(change: impl Fn(&mut RunConfig)) -> Plan {
        let mut config = RunConfig::default();
        change(&mut config);
        plan(&config)
    }

    #[test]
    fn a_plan_says_what_it_does_and_why() {
        assert_eq!(of(|_| {}), Plan::Skip);
        assert_eq!(
            of(|c| c.policy.trailing_stop_atr = Some(2.0)),
            Plan::SkipFlatWalkOpen
        );
        assert_eq!(
            of(|c| c.policy.on_opposite = OnOpposite::Exit),
            Plan::SkipFlatWalkOpen
        );
        type Change<'a> = &'a dyn Fn(&mut RunConfig);
        let walks: [(Reason, Change<'_>); 6] = [
            (Reason::Dialect, &|c| {
                c.fills.dialect = FillDialect::Vectorbt;
            }),
            (Reason::VolumeCap, &|c| c.fills.volume_percent = Some(5.0)),
            (Reason::RateLimit, &|c| {
                c.limits.rate = Some(crate::trading::risk::RateLimit::default());
            }),
            (Reason::Reversal, &|c| {
                c.policy.on_opposite = OnOpposite::Reverse;
            }),
            (Reason::LimitOnFinerBars, &|c| {
                c.policy.entry = EntryPolicy::Limit;
                c.fills.intrabar = Intrabar::Refined;
            }),
            (Reason::MonthlyTiers, &|c| {
                c.costs.commission = Commission::IbTiered {
                    monthly_shares: 0.0,
                };
            }),
        ];
        for (reason, change) in walks {
            assert_eq!(of(change), Plan::Walk(reason));
            let said = Plan::Walk(reason).to_string();
            assert!(said.starts_with("walks every bar: "), "{said}");
        }
    }
}
