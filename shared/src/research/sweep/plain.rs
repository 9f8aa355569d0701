//! Lanes that differ in levels, size and account alone: what a bar offers is asked once for all of them, and what each makes of it is
//! arithmetic on numbers that lie close together.
//!
//! What that arithmetic leaves open (a level too close, a size too small, an account that might meet a limit) is for the rules that a
//! [`Run`] follows alone.

use super::headlines::{Headlines, Sums};
use super::offer::{Made, Offer, WIDE, Want};
use super::watch::{NEVER, Watch};
use crate::research::backtest::{Candidates, Index, Run, band};
use crate::research::run_config::RunConfig;
use crate::trading::fills::{self, Levels, Prices};
use crate::trading::orders::{FillCosts, Leg, Side};
use crate::trading::portfolio::{CostParts, profit_of_signed};

/// The least number above 0.
const LEAST: f64 = f64::from_bits(1);

/// Bars that are looked at one by one before the next that meets a lane is searched for.
const QUIET: usize = 2;

/// Lanes that have [`common`](super::offer::common) in common.
pub(super) struct Plain<'r, 'a> {
    index: &'a Index<'a>,
    runs: &'r mut [Run<'a, Headlines>],
    /// Of one lane, for what all have in common.
    config: &'a RunConfig,
    candidates: &'a Candidates,
    /// Account currency for a price move of 1 on one lot.
    unit: f64,
    lanes: Vec<Lane>,
    watch: Watch,
    /// Lanes that hold nothing.
    flat: Vec<usize>,
    /// How many sessions' closes were marked.
    marked: usize,
}

/// All that an event of a lane reads and writes, in three lines of the processor's cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Lane {
    want: Want,
    held: Held,
    account: Account,
}

/// The position of a lane.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Negative when short, 0 where nothing is held.
    signed: f64,
    basis: f64,
    target: f64,
    stop: f64,
    /// What the entry was charged.
    commission: f64,
    conversion: f64,
    /// That of the side.
    sign: f64,
    /// Whether time ends it at an open.
    at_open: bool,
}

/// A bar that meets lanes.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    bar: usize,
    prices: Prices,
    close: f64,
    /// Whether targets come before stops inside it, of long and of short positions.
    target_first: [bool; 2],
    /// How many lanes, from the first on, it meets because their time is up.
    in_time: usize,
}

/// Where positions end.
#[derive(Debug, Clone, Copy)]
struct Exits {
    ends: [bool; WIDE],
    price: [f64; WIDE],
    leg: [Leg; WIDE],
}

/// The account of a lane.
#[derive(Debug, Clone, Copy)]
struct Account {
    balance: f64,
    /// No less equity may be left, and more than nothing.
    floor: f64,
    sums: Sums,
    /// Whether the lane has left the others.
    is_gone: bool,
}

impl Account {
    /// Whether equity is none that a limit or ruin asks about.
    #[inline(always)]
    fn is_safe(&self, equity: f64) -> bool {
        (equity >= self.floor) & (equity <= f64::MAX)
    }
}

impl<'r, 'a> Plain<'r, 'a> {
    /// Lanes that have not begun; `None` where signals close positions.
    pub(super) fn of(index: &'a Index<'a>, runs: &'r mut [Run<'a, Headlines>]) -> Option<Self> {
        let first = runs.first()?;
        let (config, candidates, unit) = (first.config, first.terms.candidates, first.unit.value);
        if !candidates.only_enter() || !index.gives_bare_signals(&config.strategy) {
            return None;
        }
        let count = runs.len();
        let nothing = Held {
            signed: 0.0,
            basis: 0.0,
            target: 0.0,
            stop: 0.0,
            commission: 0.0,
            conversion: 0.0,
            sign: 1.0,
            at_open: false,
        };
        let account = |run: &Run<'_, Headlines>| {
            let initial = run.config.initial_equity;
            let floor = run.config.limits.total_loss;
            let floor = floor.map_or(0.0, |share| initial - share * initial);
            Account {
                balance: run.balance,
                floor: if floor > 0.0 { floor } else { LEAST },
                sums: Sums::default(),
                is_gone: false,
            }
        };
        let lane = |run: &Run<'_, Headlines>| Lane {
            want: Want::of(run.config, index.instrument.lot_size),
            held: nothing,
            account: account(run),
        };
        let lanes: Vec<Lane> = runs.iter().map(lane).collect();
        runs.iter_mut()
            .for_each(|run| run.ledger.equity.reserve(index.sessions().len()));
        Some(Self {
            index,
            runs,
            config,
            candidates,
            unit,
            lanes,
            watch: Watch::new(count),
            flat: (0..count).collect(),
            marked: 0,
        })
    }

    /// Runs all to the end of the data.
    #[inline(always)]
    pub(super) fn pass_over(&mut self) {
        let extremes = &self.index.extremes;
        let sides = self.config.strategy.sides();
        let next = |bar| self.candidates.next_entry(bar, sides).unwrap_or(NEVER);
        let mut met = Vec::with_capacity(self.runs.len());
        let (mut bar, mut entry) = (0, next(0));
        // how many bars had nothing for a lane: after one that had, the next is likely to
        let mut quiet = QUIET;
        loop {
            if entry < bar {
                entry = next(bar);
            }
            let due = self.watch.soonest;
            let until = if self.flat.is_empty() || due < entry {
                due
            } else {
                entry
            };
            if until == NEVER {
                break;
            }
            if quiet >= QUIET {
                bar = self.watch.first_met(extremes, bar, until);
            }
            self.mark(bar);
            met.clear();
            if bar >= due {
                self.watch.take_due(bar, &mut met);
            }
            let in_time = met.len();
            self.watch.take_broken(extremes.of(bar), &mut met);
            quiet = if met.is_empty() { quiet + 1 } else { 0 };
            self.leave(bar, &mut met, in_time);
            if entry < bar {
                entry = next(bar);
            }
            self.mark(bar + 1);
            if bar == entry {
                met.append(&mut self.flat);
                self.enter(bar, &met);
            } else {
                met.iter().for_each(|&lane| self.watch.idle(lane, NEVER));
                self.flat.append(&mut met);
            }
            bar += 1;
        }
        self.mark(self.index.len());
        (0..self.runs.len()).for_each(|lane| self.hand_back(lane));
    }

    /// Ends the positions of lanes that a bar meets, and leaves those that it does not end out. The time of the first `in_time` is up.
    #[inline(always)]
    fn leave(&mut self, bar: usize, met: &mut Vec<usize>, in_time: usize) {
        if met.is_empty() {
            return;
        }
        let (prices, close) = (self.index.prices(bar), self.index.close(bar));
        let intrabar = self.config.fills.intrabar;
        let target_first =
            [Side::Long, Side::Short].map(|side| fills::is_target_first(side, prices, intrabar));
        let (mut left, mut from) = (0, 0);
        while from < met.len() {
            let some = (met.len() - from).min(WIDE);
            let meeting = Meeting {
                bar,
                prices,
                close,
                target_first,
                in_time: in_time.saturating_sub(from),
            };
            left = self.leave_some(met, (from, some), left, &meeting);
            from += some;
        }
        met.truncate(left);
    }

    /// Marks the sessions that close before a bar.
    #[inline(always)]
    fn mark(&mut self, until: usize) {
        while let Some(session) = self.index.sessions().get(self.marked)
            && session.last < until
        {
            self.mark_at(self.index.close(session.last));
            self.marked += 1;
        }
    }

    fn mark_at(&mut self, close: f64) {
        for (Lane { held, account, .. }, run) in self.lanes.iter().zip(self.runs.iter_mut()) {
            if !account.is_gone {
                let worth = profit_of_signed(held.signed, close - held.basis, self.unit);
                run.ledger.equity.push(account.balance + (0.0 + worth));
            }
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "lanes are numbered below their count, and all columns have one value each; these are the innermost operations"
)]
impl Plain<'_, '_> {
    /// Ends the positions of some lanes, and moves those that it ends to behind the ones that were ended before.
    #[inline(always)]
    fn leave_some(
        &mut self,
        met: &mut [usize],
        (from, some): (usize, usize),
        mut left: usize,
        at: &Meeting,
    ) -> usize {
        let of: [usize; WIDE] =
            core::array::from_fn(|lane| met[from + if lane < some { lane } else { 0 }]);
        let exits = self.exits(&of, at);
        // what the account gains, and the net profit of the trade
        let (mut gain, mut net) = ([0.0; WIDE], [0.0; WIDE]);
        match self.runs.first().filter(|run| !run.is_free()) {
            None => {
                for lane in 0..WIDE {
                    let held = &self.lanes[of[lane]].held;
                    let price_move = exits.price[lane] - held.basis;
                    gain[lane] = profit_of_signed(held.signed, price_move, self.unit);
                    net[lane] = 0.0 + gain[lane];
                }
            }
            Some(run) => {
                for lane in 0..some {
                    let held = &self.lanes[of[lane]].held;
                    (gain[lane], net[lane]) = self.paid(run, held, (at.bar, &exits, lane));
                }
            }
        }
        for lane in 0..some {
            if exits.ends[lane] {
                let Lane { held, account, .. } = &mut self.lanes[of[lane]];
                account.balance += gain[lane];
                account.sums.take(net[lane]);
                held.signed = 0.0;
                met[left] = of[lane];
                left += 1;
            }
        }
        left
    }

    /// What the account gains by an exit that costs something, and the net profit of the trade.
    #[inline(always)]
    fn paid(
        &self,
        run: &Run<'_, Headlines>,
        held: &Held,
        (bar, exits, lane): (usize, &Exits, usize),
    ) -> (f64, f64) {
        let is_long = held.sign > 0.0;
        let side = if is_long { Side::Long } else { Side::Short };
        let (leg, price) = (exits.leg[lane], exits.price[lane]);
        let lots = held.signed * held.sign;
        let pays = self.config.fills.pays(leg);
        let (price, costs) = run.execute((side, lots), leg, (bar, price, pays));
        let gross = profit_of_signed(held.signed, price - held.basis, self.unit);
        let charged = CostParts {
            commission: held.commission + costs.commission,
            conversion: held.conversion + costs.conversion,
            ..CostParts::default()
        };
        (gross - costs.charged(), 0.0 + gross - charged.charged())
    }

    /// Where a bar ends the positions of some lanes.
    #[inline(always)]
    fn exits(&self, of: &[usize; WIDE], at: &Meeting) -> Exits {
        let held: [&Held; WIDE] = of.map(|lane| &self.lanes[lane].held);
        let sign = held.map(|held| held.sign);
        let (target, stop) = (held.map(|held| held.target), held.map(|held| held.stop));
        let mut exits = Exits {
            ends: [false; WIDE],
            price: [0.0; WIDE],
            leg: [Leg::Target; WIDE],
        };
        let limit = self.config.fills.limit;
        for lane in 0..WIDE {
            let [long, short] = at.target_first;
            let first = (long & (sign[lane] > 0.0)) | (short & (sign[lane] < 0.0));
            let levels = (target[lane], stop[lane]);
            let met = fills::exit_of_both(sign[lane], at.prices, levels, first, limit);
            exits.ends[lane] = met.is_met;
            exits.price[lane] = met.price;
            exits.leg[lane] = if met.is_stop { Leg::Stop } else { Leg::Target };
        }
        for (lane, held) in held.iter().enumerate().take(at.in_time) {
            let at_open = held.at_open;
            if at_open || !exits.ends[lane] {
                exits.price[lane] = if at_open { at.prices.open } else { at.close };
                exits.leg[lane] = Leg::Exit;
                exits.ends[lane] = true;
            }
        }
        exits
    }

    /// Enters lanes that hold nothing at the close of a bar, where they want to.
    #[inline(always)]
    fn enter(&mut self, bar: usize, lanes: &[usize]) {
        let offer = match self.runs.first() {
            Some(run) if !lanes.is_empty() => Offer::at(run, bar),
            _ => return,
        };
        let Some(offer) = offer else {
            lanes.iter().for_each(|&lane| self.stay_flat(lane));
            return;
        };
        for some in lanes.chunks(WIDE) {
            let mut of = [some[0]; WIDE];
            of[..some.len()].copy_from_slice(some);
            let of = of.map(|lane| &self.lanes[lane]);
            let before = of.map(|lane| lane.account.balance);
            let mut made = offer.made(&of.map(|lane| &lane.want), &before);
            let (mut balance, mut costs) = (before, [FillCosts::default(); WIDE]);
            if let Some(run) = self.runs.first().filter(|run| !run.is_free()) {
                for lane in 0..some.len() {
                    let lots = made.signed[lane] * offer.side.sign();
                    let entry = (offer.filled, offer.open, true);
                    (_, costs[lane]) = run.execute((offer.side, lots), Leg::Entry, entry);
                    balance[lane] -= costs[lane].charged();
                }
            }
            for lane in 0..WIDE {
                let account = &of[lane].account;
                let at_stop = balance[lane] + (0.0 + made.at_stop[lane]);
                made.is_sound[lane] &= account.is_safe(before[lane]) & account.is_safe(at_stop);
            }
            for (number, &lane) in some.iter().enumerate() {
                if made.is_sound[number] {
                    self.lanes[lane].account.balance = balance[number];
                    self.hold(lane, &offer, &made, (number, &costs[number]));
                } else {
                    self.ask(lane, bar);
                }
            }
        }
    }

    /// Holds what a lane made of an offer.
    #[inline(always)]
    fn hold(
        &mut self,
        lane: usize,
        offer: &Offer,
        made: &Made,
        (number, costs): (usize, &FillCosts),
    ) {
        let (target, stop) = (made.target[number], made.stop[number]);
        self.lanes[lane].held = Held {
            signed: made.signed[number],
            basis: offer.basis,
            target,
            stop,
            commission: 0.0 + costs.commission,
            conversion: 0.0 + costs.conversion,
            sign: offer.side.sign(),
            at_open: offer.time.at_open,
        };
        let levels = Levels {
            target: Some(target),
            stop: Some(stop),
        };
        let band = band(offer.side, levels, self.config.fills.limit);
        self.watch.prices(lane, band, offer.time.bar);
    }

    fn stay_flat(&mut self, lane: usize) {
        self.watch.idle(lane, NEVER);
        self.flat.push(lane);
    }

    /// Asks the rules of a run alone about an entry: where they want one, the lane goes on by itself.
    #[inline(never)]
    fn ask(&mut self, lane: usize, bar: usize) {
        self.hand_back(lane);
        let (run, account) = (&mut self.runs[lane], &mut self.lanes[lane].account);
        if account.is_safe(account.balance) && run.decide(bar).is_err() {
            return self.stay_flat(lane);
        }
        run.go_on(bar);
        account.is_gone = true;
        self.watch.idle(lane, NEVER);
    }

    /// Gives a lane's account back to its run, unless the run has gone on with it.
    fn hand_back(&mut self, lane: usize) {
        let (run, account) = (&mut self.runs[lane], &self.lanes[lane].account);
        if !account.is_gone {
            run.balance = account.balance;
            run.ledger.sums = account.sums;
        }
    }
}
