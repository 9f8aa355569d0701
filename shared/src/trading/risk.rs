//! The one gate that every order passes: the only place that mints a [`RiskApproved`].

use serde::Serialize;

use super::orders::{Bracket, Level, Side};

/// Something that passed the risk checks. It cannot be built elsewhere and cannot be read from outside (it has no
/// `Deserialize`), so an order that skipped the checks does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RiskApproved<T>(T);

impl<T> RiskApproved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// Why trading is halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// Equity fell to zero or below.
    Ruin,
    /// A command halted it.
    Command,
}

/// Why a bracket is not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Halted,
    Malformed,
}

/// Checks a bracket before it may leave the engine.
pub(super) fn approve(
    bracket: Bracket,
    halted: Option<Halt>,
) -> Result<RiskApproved<Bracket>, Refused> {
    if halted.is_some() {
        return Err(Refused::Halted);
    }
    let ordered = match (bracket.target, bracket.stop) {
        (Level::At(target), Level::At(stop)) => match bracket.side {
            Side::Long => stop < target,
            Side::Short => stop > target,
        },
        (Level::FromFill(target), Level::FromFill(stop)) => target.0 > 0 && stop.0 > 0,
        _ => false,
    };
    if bracket.lots.0 < 1 || !ordered {
        return Err(Refused::Malformed);
    }
    Ok(RiskApproved(bracket))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::base::units::{Lots, Ticks};
    use crate::trading::orders::{InstId, OrderId, SizedBy};

    #[test]
    fn nothing_passes_halted_empty_or_upside_down() {
        let good = Bracket {
            order: OrderId(1),
            inst: InstId(0),
            side: Side::Long,
            lots: Lots(1),
            target: Level::At(Ticks(110)),
            stop: Level::At(Ticks(95)),
            decided_at: Timestamp(0),
            sized_by: SizedBy::Risk,
        };
        assert!(approve(good, None).is_ok());
        assert_eq!(approve(good, Some(Halt::Ruin)), Err(Refused::Halted));
        for bad in [
            Bracket {
                lots: Lots(0),
                ..good
            },
            Bracket {
                side: Side::Short,
                ..good
            },
            Bracket {
                target: Level::FromFill(Ticks(5)),
                ..good
            },
            Bracket {
                target: Level::FromFill(Ticks(5)),
                stop: Level::FromFill(Ticks(0)),
                ..good
            },
        ] {
            assert_eq!(approve(bad, None), Err(Refused::Malformed));
        }
    }
}
