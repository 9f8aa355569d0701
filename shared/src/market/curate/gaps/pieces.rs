//! What is missing between two bars, session by session.

use super::{Gap, GapKind, GapReport, Grid};
use crate::base::time::{Day, Timestamp};

/// Missing places of one session, or of several that were joined.
pub(in crate::market::curate) struct Piece {
    pub(in crate::market::curate) from: Timestamp,
    pub(in crate::market::curate) to: Timestamp,
    day: Day,
    bars: u64,
    synthetic: u64,
    pub(in crate::market::curate) seconds: u64,
    at_open: bool,
    at_close: bool,
    /// Whole sessions in it.
    pub(in crate::market::curate) whole: u32,
    /// Whether it is whole sessions and nothing else.
    only_whole: bool,
}

impl Piece {
    /// Whole sessions in a row are one gap, and so is what runs on over a close that is the next open.
    fn joins(&self, next: &Self) -> bool {
        let runs_on = self.at_close && next.at_open && self.to == next.from;
        runs_on || (self.only_whole && next.only_whole)
    }

    fn join(&mut self, next: &Self) {
        self.to = next.to;
        self.bars += next.bars;
        self.synthetic += next.synthetic;
        self.seconds += next.seconds;
        self.at_close = next.at_close;
        self.whole += next.whole;
        self.only_whole &= next.only_whole;
    }

    /// `open_ended`: whether no real bar stands before it, and none after it.
    fn gap(self, open_ended: (bool, bool)) -> Gap {
        let joined = self.at_open && self.at_close && !self.only_whole;
        let kind = match (self.only_whole, joined, open_ended) {
            (true, ..) => GapKind::MissingSessions,
            (_, true, (false, false)) => GapKind::Inside,
            (_, true, (true, _)) => GapKind::LateOpen,
            (_, true, (false, true)) => GapKind::EarlyEnd,
            _ if self.at_open => GapKind::LateOpen,
            _ if self.at_close => GapKind::EarlyEnd,
            _ => GapKind::Inside,
        };
        Gap {
            kind,
            day: self.day,
            from: self.from,
            to: self.to,
            bars: self.bars,
            synthetic: self.synthetic,
            seconds: self.seconds,
            sessions: self.whole,
        }
    }
}

/// What is missing from one place on up to another, places being a session and a slot. `synthetic`: how many of the missing
/// bars of a session are there as synthetic ones.
pub(in crate::market::curate) fn pieces(
    grid: &Grid,
    (first, first_slot): (usize, u32),
    (last, last_slot): (usize, u32),
    synthetic: &[(usize, u64)],
) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for (index, session) in grid.sessions().iter().enumerate().skip(first) {
        if index > last {
            break;
        }
        let slots = grid.slots(session);
        let from = if index == first { first_slot } else { 0 };
        let to = if index == last { last_slot } else { slots };
        if from >= to {
            continue;
        }
        let whole = from == 0 && to == slots;
        let filled = synthetic.iter().find(|(held, _)| *held == index);
        let piece = Piece {
            from: grid.slot_start(session, from).max(session.open),
            to: grid.slot_start(session, to),
            day: session.day,
            bars: u64::from(to - from),
            synthetic: filled.map_or(0, |(_, count)| *count),
            seconds: grid.seconds_between(session, from, to),
            at_open: from == 0,
            at_close: to == slots,
            whole: u32::from(whole),
            only_whole: whole,
        };
        match found.last_mut() {
            Some(before) if before.joins(&piece) => before.join(&piece),
            _ => found.push(piece),
        }
    }
    found
}

/// The gaps that pieces are. `begun`: a real bar stands before the first of them; `bounded`: one stands after the last.
pub(in crate::market::curate) fn gaps_of(
    pieces: Vec<Piece>,
    begun: bool,
    bounded: bool,
) -> impl Iterator<Item = Gap> {
    let count = pieces.len();
    pieces.into_iter().enumerate().map(move |(index, piece)| {
        piece.gap((index == 0 && !begun, index + 1 == count && !bounded))
    })
}

/// The longest gaps.
#[derive(Debug, Clone, Default)]
pub(in crate::market::curate) struct Longest {
    gaps: Vec<Gap>,
    dropped: u64,
}

impl Longest {
    pub(in crate::market::curate) fn push(&mut self, gap: Gap) {
        self.gaps.push(gap);
        if self.gaps.len() >= 2 * GapReport::LISTED {
            self.prune();
        }
    }

    fn prune(&mut self) {
        self.gaps
            .sort_by_key(|gap| (core::cmp::Reverse(gap.bars), gap.from));
        self.dropped += self.gaps.len().saturating_sub(GapReport::LISTED) as u64;
        self.gaps.truncate(GapReport::LISTED);
    }

    /// The gaps by time, and how many are left out.
    pub(in crate::market::curate) fn finish(mut self) -> (Vec<Gap>, u64) {
        self.prune();
        self.gaps.sort_by_key(|gap| gap.from);
        (self.gaps, self.dropped)
    }
}
