//! For what the prices of a source were adjusted before they came here.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::ActionKind;

/// For what the prices of a source were adjusted before they came here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// Nobody said.
    #[default]
    Unstated,
    /// For nothing: prices as they were traded.
    Raw,
    /// For splits.
    Splits,
    /// For splits and dividends.
    SplitsAndDividends,
}

impl PriceBasis {
    /// Every basis.
    pub const ALL: [Self; 4] = [
        Self::Unstated,
        Self::Raw,
        Self::Splits,
        Self::SplitsAndDividends,
    ];

    /// Whether prices on this basis are adjusted for actions of a kind already: to adjust them again would be wrong.
    pub const fn covers(self, kind: ActionKind) -> bool {
        match self {
            Self::Unstated | Self::Raw => false,
            Self::Splits => matches!(kind, ActionKind::Split { .. }),
            Self::SplitsAndDividends => true,
        }
    }

    /// The name, as it is written in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unstated => "unstated",
            Self::Raw => "raw",
            Self::Splits => "splits",
            Self::SplitsAndDividends => "splits_and_dividends",
        }
    }
}

impl fmt::Display for PriceBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unstated => "not stated",
            Self::Raw => "raw",
            Self::Splits => "adjusted for splits",
            Self::SplitsAndDividends => "adjusted for splits and dividends",
        })
    }
}
