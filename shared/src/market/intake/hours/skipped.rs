//! Which clock the times of a market that never closes were written by, told by the hour over which that clock is set forward.

use super::{HOUR, MINUTE, Sighted, usual_zones};
use crate::market::intake::Zone;
use crate::market::intake::clock::WallClock;

impl Sighted<'_> {
    /// What is said where there are bars before and after every hour that the clock of another zone does not show, and none in it.
    pub(super) fn skipped_hour(&self, taken: &Zone) -> Option<String> {
        let length = self.length();
        if length > HOUR {
            return None;
        }
        let (first, last) = self.ends();
        let all = |from: i64, to: i64| self.count(from, to) as i64 * length >= to - from;
        let is_skipped = |(from, to): &(i64, i64)| {
            let is_empty = self.count(*from, *to) == 0;
            is_empty && all(from - HOUR, *from) && all(*to, to + HOUR)
        };
        let skipped = |zone: &Zone| -> Option<i64> {
            let (rules, shift) = zone.rules(self.calendar).ok()?;
            let gaps = WallClock::new(rules, shift).gaps(first * MINUTE, last * MINUTE);
            let minutes = |(from, to): (i64, i64)| (from / MINUTE, to / MINUTE);
            let gaps: Vec<(i64, i64)> = gaps.into_iter().map(minutes).collect();
            let is_told = gaps.iter().all(is_skipped);
            gaps.first().filter(|_| is_told).map(|(from, _)| *from)
        };
        if skipped(taken).is_some() {
            return None;
        }
        let zones = usual_zones();
        let (zone, at) = zones.iter().find_map(|zone| Some((zone, skipped(zone)?)))?;
        let at = crate::base::time::Timestamp(at * MINUTE).to_string();
        let shown = at.trim_end_matches('Z');
        Some(format!(
            "there is no bar from {shown} on, in the hour over which clocks in {zone} are set forward, and there are bars before and after it: the times are assumed to be in {taken}; where they are in {zone}, give that zone (--time-zone)"
        ))
    }
}
