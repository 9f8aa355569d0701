//! Lanes that differ in levels, size and account alone: what a bar offers is asked once for all of them, and what each makes of it is
//! arithmetic on numbers that lie close together.
//!
//! What that arithmetic leaves open (a level too close, a size too small, an account that might meet a limit) is for the rules that a
//! [`Run`] follows alone.

use super::candidates::Candidates;
use super::index::Index;
use super::ledger::{Headlines, Sums};
use super::offer::{Made, Offer, WIDE, Want};
use super::open::band;
use super::skip::Run;
use super::watch::{NEVER, Watch};
use crate::research::run_config::RunConfig;
use crate::trading::fills::{self, Levels, Prices};
use crate::trading::orders::{FillCosts, Leg, Side};
use crate::trading::portfolio::{CostParts, profit_of_signed};

/// Lanes that have [`common`](super::offer::common) in common.
pub(super) struct Plain<'r, 'a> {
    index: &'a Index<'a>,
    runs: &'r mut [Run<'a, Headlines>],
    /// Of one lane, for what all have in common.
    config: &'a RunConfig,
    candidates: &'a Candidates,
    /// Account currency for a price move of 1 on one lot.
    unit: f64,
    wants: Vec<Want>,
    held: Vec<Held>,
    accounts: Vec<Account>,
    watch: Watch,
    /// Lanes that hold nothing.
    flat: Vec<usize>,
    /// How many sessions' closes were marked.
    marked: usize,
}

/// The position of a lane.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Held {
    /// Negative when short, 0 where nothing is held.
    signed: f64,
    basis: f64,
    target: f64,
    stop: f64,
    /// What the entry was charged.
    commission: f64,
    conversion: f64,
    side: Side,
    /// Whether time ends it at an open.
    at_open: bool,
}

/// The account of a lane.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Account {
    balance: f64,
    /// No less may be left of it.
    floor: f64,
    sums: Sums,
    /// Whether the lane has left the others.
    is_gone: bool,
}

impl Account {
    /// Whether equity is none that a limit or ruin asks about.
    fn is_safe(&self, equity: f64) -> bool {
        (equity > 0.0) & (equity < f64::INFINITY) & (equity >= self.floor)
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
            side: Side::Long,
            at_open: false,
        };
        let account = |run: &Run<'_, Headlines>| {
            let initial = run.config.initial_equity;
            let floor = |share: f64| initial - share * initial;
            Account {
                balance: run.balance,
                floor: run
                    .config
                    .limits
                    .total_loss
                    .map_or(f64::NEG_INFINITY, floor),
                sums: Sums::default(),
                is_gone: false,
            }
        };
        let want = |run: &Run<'_, Headlines>| Want::of(run.config, index.instrument.lot_size);
        let (wants, accounts) = runs.iter().map(|run| (want(run), account(run))).unzip();
        runs.iter_mut()
            .for_each(|run| run.ledger.equity.reserve(index.sessions().len()));
        Some(Self {
            index,
            runs,
            config,
            candidates,
            unit,
            wants,
            held: vec![nothing; count],
            accounts,
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
        // whether the bar before had something for a lane: then this one is likely to
        let mut busy = false;
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
            if !busy {
                bar = self.watch.first_met(extremes, bar, until);
            }
            self.mark(bar);
            met.clear();
            if bar >= due {
                self.watch.take_due(bar, &mut met);
            }
            let in_time = met.len();
            self.watch.take_broken(extremes.of(bar), &mut met);
            busy = !met.is_empty();
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
        let mut number = 0;
        met.retain(|&lane| {
            number += 1;
            self.leaves(lane, bar, (&prices, close), number <= in_time)
        });
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
        let lanes = self
            .held
            .iter()
            .zip(&self.accounts)
            .zip(self.runs.iter_mut());
        for ((held, account), run) in lanes {
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
    /// Whether the position of a lane ends in a bar; it does if its time is up.
    #[inline(always)]
    fn leaves(
        &mut self,
        lane: usize,
        bar: usize,
        (prices, close): (&Prices, f64),
        in_time: bool,
    ) -> bool {
        let held = &mut self.held[lane];
        let (side, rules) = (held.side, &self.config.fills);
        let levels = Levels {
            target: Some(held.target),
            stop: Some(held.stop),
        };
        let touch = if in_time && held.at_open {
            Some((Leg::Exit, prices.open))
        } else {
            fills::exit_at_open(side, prices.open, levels, rules.limit)
                .or_else(|| {
                    fills::exit_in_range(side, *prices, levels, rules.intrabar, rules.limit)
                })
                .or(in_time.then_some((Leg::Exit, close)))
        };
        let (Some((leg, price)), Some(run)) = (touch, self.runs.first()) else {
            return false;
        };
        let lots = held.signed * side.sign();
        let (price, costs) = run.execute((side, lots), leg, (bar, price, rules.pays(leg)));
        let gross = profit_of_signed(held.signed, price - held.basis, self.unit);
        let charged = CostParts {
            commission: held.commission + costs.commission,
            conversion: held.conversion + costs.conversion,
            ..CostParts::default()
        };
        let account = &mut self.accounts[lane];
        account.balance += gross - costs.charged();
        account.sums.take(0.0 + gross - charged.charged());
        held.signed = 0.0;
        true
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
            let made = offer.made(
                &of.map(|lane| &self.wants[lane]),
                &of.map(|lane| self.accounts[lane].balance),
            );
            for (number, &lane) in some.iter().enumerate() {
                if !self.take(lane, &offer, &made, number) {
                    self.ask(lane, bar);
                }
            }
        }
    }

    /// Takes what a lane made of an offer, unless there is something to ask about it.
    #[inline(always)]
    fn take(&mut self, lane: usize, offer: &Offer, made: &Made, number: usize) -> bool {
        let (Some(run), account) = (self.runs.first(), &mut self.accounts[lane]) else {
            return false;
        };
        let signed = made.signed[number];
        let lots = signed * offer.side.sign();
        let entry = (offer.filled, offer.open, true);
        let (_, costs) = run.execute((offer.side, lots), Leg::Entry, entry);
        let balance = account.balance - costs.charged();
        let at_stop = balance + (0.0 + made.at_stop[number]);
        if !(made.is_sound[number] & account.is_safe(account.balance) & account.is_safe(at_stop)) {
            return false;
        }
        account.balance = balance;
        let FillCosts {
            commission,
            conversion,
            ..
        } = costs;
        let (target, stop) = (made.target[number], made.stop[number]);
        self.held[lane] = Held {
            signed,
            basis: offer.basis,
            target,
            stop,
            commission: 0.0 + commission,
            conversion: 0.0 + conversion,
            side: offer.side,
            at_open: offer.time.at_open,
        };
        let levels = Levels {
            target: Some(target),
            stop: Some(stop),
        };
        let band = band(offer.side, levels, self.config.fills.limit);
        self.watch.prices(lane, band, offer.time.bar);
        true
    }

    fn stay_flat(&mut self, lane: usize) {
        self.watch.idle(lane, NEVER);
        self.flat.push(lane);
    }

    /// Asks the rules of a run alone about an entry: where they want one, the lane goes on by itself.
    #[inline(never)]
    fn ask(&mut self, lane: usize, bar: usize) {
        self.hand_back(lane);
        let (run, account) = (&mut self.runs[lane], &mut self.accounts[lane]);
        if account.is_safe(account.balance) && run.decide(bar).is_none() {
            return self.stay_flat(lane);
        }
        run.go_on(bar);
        account.is_gone = true;
        self.watch.idle(lane, NEVER);
    }

    /// Gives a lane's account back to its run, unless the run has gone on with it.
    fn hand_back(&mut self, lane: usize) {
        let (run, account) = (&mut self.runs[lane], &self.accounts[lane]);
        if !account.is_gone {
            run.balance = account.balance;
            run.ledger.sums = account.sums;
        }
    }
}
