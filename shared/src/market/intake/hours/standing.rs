//! Whether bars that are stored stand where a file of them would put them today.

use super::choosing::best_of;
use super::{Labels, Sighted, Zone};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::Certainty;
use crate::market::intake::evidence::Days;

/// Why starts of bars shorter than a day are none, by the sessions of their calendar: without a doubt they are where bars end, or
/// bars of hours fill the weeks of the market by another clock only. `None` where nothing says so.
pub fn misplaced(
    calendar: Calendar,
    interval: BarInterval,
    starts: impl IntoIterator<Item = Timestamp>,
) -> Option<String> {
    if calendar == Calendar::Crypto || interval == BarInterval::Day {
        return None;
    }
    let mut days = Days::default();
    starts.into_iter().for_each(|start| days.add(start.0));
    let sighted = Sighted {
        days: days.all(),
        calendar,
        interval,
    };
    let labels = sighted.choose(Some(&Zone::UTC), None, &[]).labels;
    if labels.value == Labels::End && labels.certainty == Certainty::Sure {
        return Some(format!(
            "they begin where bars of {interval} end, as {}",
            labels.evidence
        ));
    }
    if !sighted.is_coarse() {
        return None;
    }
    let ways = sighted.ways(None, None, &[]);
    let best = best_of(ways.iter(), None)?;
    let is_own = |zone: &Zone, side| *zone == Zone::UTC && side == Labels::Start;
    let own = ways.iter().find(|way| is_own(&way.zone, way.side))?;
    own.fit.fills_less(best.fit).then(|| {
        format!(
            "{} of {} weeks begin and end with one of them, and {} would if their times were {}s of bars in the time zone {}",
            own.fit.filled, own.fit.sessions, best.fit.filled, best.side, best.zone
        )
    })
}
