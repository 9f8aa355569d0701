//! How the times of daily bars were taken at an import, for what is written like them to be taken so again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{DAY, MINUTE, Rules};

/// So many different times of day are kept; a file with more has no usual ones.
const MOST: usize = 64;
/// The minutes by which times of day differ where clocks were changed.
const CHANGE: i64 = 60;

/// The rules by which the times of daily bars got their dates, and the times of day that they had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyTimes {
    pub(super) rules: Rules,
    pub(super) clocks: Clocks,
}

/// Minutes of the day of the rows of a file, by how they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clocks {
    /// Of times with an offset or a zone: in UTC,
    pub(super) zoned: BTreeSet<u16>,
    /// and as they are written.
    pub(super) shown: BTreeSet<u16>,
    /// Of times without a zone, dates left out.
    pub(super) walls: BTreeSet<u16>,
    /// Of points in time, in UTC.
    pub(super) instants: BTreeSet<u16>,
}

/// The minutes of the day of times.
pub(super) fn minutes<'t>(times: impl IntoIterator<Item = &'t i64>) -> BTreeSet<u16> {
    let of_day = |at: &i64| (at.rem_euclid(DAY) / MINUTE) as u16;
    times.into_iter().map(of_day).collect()
}

impl Clocks {
    /// Whether bars at these times of day can be of one source with those at the other ones: each is the same but for a change
    /// of clocks.
    pub(super) fn can_follow(&self, usual: &Self) -> bool {
        let follow = |own: &BTreeSet<u16>, usual: &BTreeSet<u16>| {
            let is_usual = |minute: &&u16| {
                usual.iter().any(|&usual| {
                    let apart = (i64::from(**minute) - i64::from(usual)).rem_euclid(1_440);
                    [0, CHANGE, 1_440 - CHANGE].contains(&apart)
                })
            };
            let others = own.len() - own.iter().filter(is_usual).count();
            // the last bar of a running session may have the time of its last trade
            usual.len() <= MOST && others <= usize::from(own.len() > 1)
        };
        // a clock may be written by another offset, or the same time may be
        let zoned = follow(&self.zoned, &usual.zoned) || follow(&self.shown, &usual.shown);
        zoned && follow(&self.walls, &usual.walls) && follow(&self.instants, &usual.instants)
    }
}
