//! An open position: where it ends, and what happens to the account meanwhile.

use super::extremes::Band;
use super::ledger::Ledger;
use super::run::{Exit, Run};
use crate::base::units::{Lots, Ticks};
use crate::trading::fills::{self, Levels, LimitFill};
use crate::trading::orders::{ChargeKind, ExitReason, Leg, OrderId, Side, When};
use crate::trading::policy::{OnOpposite, SignalExit};
use crate::trading::portfolio::profit;
use crate::trading::risk::Halt;
use crate::trading::strategy::NoTrade;

/// A position that has just been entered.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct Open {
    pub(in crate::research) order: OrderId,
    pub(in crate::research) side: Side,
    pub(in crate::research) lots: Lots,
    /// The executed price of its entry.
    pub(in crate::research) basis: f64,
    /// Where it ends, with the stop as it was at the entry.
    pub(in crate::research) levels: Levels,
    /// The stop at the entry.
    pub(in crate::research) stop: Option<Ticks>,
    /// The first bar in which it is open.
    pub(in crate::research) first: usize,
    /// The bar in which, or at whose close, it was entered.
    pub(in crate::research) opened: usize,
    /// Whether inside the bar's range.
    pub(in crate::research) inside: bool,
    /// Whether at the close.
    pub(in crate::research) at_close: bool,
}

/// An exit that time brings.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct TimeExit {
    pub(in crate::research) bar: usize,
    pub(in crate::research) at_open: bool,
    why: ExitReason,
}

/// What was asked of an open position.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ask {
    why: ExitReason,
    when: When,
}

impl<L: Ledger> Run<'_, L> {
    /// Holds a position until it ends; the first bar at whose close the next order may be decided on.
    #[inline(never)]
    pub(in crate::research) fn hold(&mut self, open: &Open) -> usize {
        if self.config.policy.trailing_stop_atr.is_some() {
            return self.walk(open);
        }
        let exit = self.first_exit(open);
        self.settle(open, &exit)
    }

    /// Ends a position by the level or the time that comes first, unless something else ends it before: then its bars are walked. The
    /// first bar at whose close the next order may be decided on.
    #[inline(always)]
    pub(in crate::research) fn settle(&mut self, open: &Open, exit: &Exit) -> usize {
        let opposite = self.config.policy.on_opposite != OnOpposite::Ignore;
        let candidates = self.terms.candidates;
        if candidates.leaves(open.first, exit.bar, open.side, opposite)
            || !self.is_safe(open, exit.bar)
        {
            return self.walk(open);
        }
        if L::COUNTS {
            let decisions = candidates.open_in(open.first, exit.bar);
            self.ledger.refused(NoTrade::PositionOpen, decisions);
        }
        self.pass(open, exit.bar);
        self.leave(open, exit);
        exit.bar
    }

    /// The exit by level or time that comes first.
    fn first_exit(&self, open: &Open) -> Exit {
        let time = self.time_exit(open);
        let until = if time.at_open { time.bar } else { time.bar + 1 };
        match self.first_touch(open, until) {
            Some((bar, leg, price)) => by_level(open, bar, (leg, price)),
            None => self.by_time(open, time),
        }
    }

    /// The exit in a bar that breaks out of a position's band, or that its time is up in; none where no level is met.
    #[inline(always)]
    pub(in crate::research) fn exit_in(
        &self,
        open: &Open,
        time: TimeExit,
        bar: usize,
    ) -> Option<Exit> {
        let is_time = time.bar == bar;
        if is_time && time.at_open {
            return Some(self.by_time(open, time));
        }
        let touch = if open.inside && bar == open.first {
            self.touch_inside(open.side, bar, open.levels)
        } else {
            self.touch(open.side, bar, open.levels)
        };
        match touch {
            Some(touch) => Some(by_level(open, bar, touch)),
            None => is_time.then(|| self.by_time(open, time)),
        }
    }

    #[inline(always)]
    fn by_time(&self, open: &Open, time: TimeExit) -> Exit {
        Exit {
            bar: time.bar,
            leg: Leg::Exit,
            price: if time.at_open {
                self.index.prices(time.bar).open
            } else {
                self.index.close(time.bar)
            },
            why: time.why,
            at_close: !time.at_open,
            stop: open.stop,
        }
    }

    /// The prices beyond which a position may end.
    #[inline(always)]
    pub(in crate::research) fn band(&self, open: &Open) -> Band {
        band(open.side, open.levels, self.config.fills.limit)
    }

    /// The first touch of a level before a bar.
    fn first_touch(&self, open: &Open, until: usize) -> Option<(usize, Leg, f64)> {
        let (side, levels) = (open.side, open.levels);
        let mut from = open.first;
        if open.inside {
            if let Some((leg, price)) = self.touch_inside(side, from, levels) {
                return Some((from, leg, price));
            }
            from += 1;
        }
        let band = self.band(open);
        while from < until {
            let bar = self.index.extremes.first_break(from, until, band);
            if bar >= until {
                return None;
            }
            if let Some((leg, price)) = self.touch(side, bar, levels) {
                return Some((bar, leg, price));
            }
            from = bar + 1;
        }
        None
    }

    /// The level that a bar meets, at its open or inside it.
    #[inline(always)]
    fn touch(&self, side: Side, bar: usize, levels: Levels) -> Option<(Leg, f64)> {
        let rules = &self.config.fills;
        let whole = self.index.prices(bar);
        let at_open = |open| fills::exit_at_open(side, open, levels, rules.limit);
        for (step, prices) in self.steps(bar, &whole).iter().enumerate() {
            // the first of finer bars opens with the bar
            let open = if step == 0 { whole.open } else { prices.open };
            let inside =
                || fills::exit_in_range(side, *prices, levels, rules.intrabar, rules.limit);
            if let Some(touch) = at_open(open).or_else(inside) {
                return Some(touch);
            }
        }
        None
    }

    /// The level that the bar of an entry inside its range meets: the range says nothing of what came after the entry, so only
    /// the worse is assumed.
    #[inline(always)]
    fn touch_inside(&self, side: Side, bar: usize, levels: Levels) -> Option<(Leg, f64)> {
        let rules = &self.config.fills;
        let stop = Levels {
            target: None,
            ..levels
        };
        fills::exit_in_range(
            side,
            self.index.prices(bar),
            stop,
            rules.intrabar,
            rules.limit,
        )
    }

    /// The exit that time brings first: the longest hold, the session's end, the end of the data.
    #[inline(always)]
    pub(in crate::research) fn time_exit(&self, open: &Open) -> TimeExit {
        self.time_of((open.opened, open.at_close), open.first)
    }

    /// The same of a position that is entered in a bar or at its close; `first` is the first bar in which it is open.
    #[inline(always)]
    pub(in crate::research) fn time_of(
        &self,
        (opened, at_close): (usize, bool),
        first: usize,
    ) -> TimeExit {
        let index = self.index;
        let mut exit = TimeExit {
            bar: index.last_bar(),
            at_open: false,
            why: ExitReason::EndOfData,
        };
        if let Some(most) = self.config.policy.max_hold_bars {
            let bar = first.saturating_add(most as usize) - 1;
            if bar <= exit.bar {
                exit = TimeExit {
                    bar,
                    at_open: false,
                    why: ExitReason::MaxHold,
                };
            }
        }
        let session = index.session_of(opened);
        let Some(due) = self.session_exit(session) else {
            return exit;
        };
        let why = ExitReason::SessionEnd;
        match (due.bar, index.sessions().get(session + 1)) {
            (Some(bar), _) => {
                // of two that fill at one close the one that was asked for first stands: the longest hold at the close before,
                // the session's end at the entry
                let asked_first = bar == first && !at_close;
                let earlier = bar < exit.bar || (bar == exit.bar && asked_first);
                if earlier || (bar == exit.bar && exit.why == ExitReason::EndOfData) {
                    exit = TimeExit {
                        bar,
                        at_open: false,
                        why,
                    };
                }
            }
            (None, Some(next)) if next.first <= exit.bar => {
                exit = TimeExit {
                    bar: next.first,
                    at_open: true,
                    why,
                };
            }
            (None, _) => {}
        }
        exit
    }

    /// Whether no mark of a position that ends in a bar can breach a loss limit or ruin the account. Equity rises and falls with the price,
    /// also as it is rounded, so the worst price decides.
    #[inline(always)]
    fn is_safe(&self, open: &Open, exit: usize) -> bool {
        let (side, first) = (open.side, open.first);
        if first >= exit {
            return true;
        }
        let worst = match open.levels.stop {
            Some(stop) => stop,
            None => match (self.index.extremes.range(first, exit), side) {
                ((low, _), Side::Long) => low,
                ((_, high), Side::Short) => high,
            },
        };
        let mut least = self.balance;
        self.nights(open, exit, |_, amount| least -= amount);
        let best = if self.day_begins(exit) {
            self.balance
        } else {
            f64::NEG_INFINITY
        };
        let equity = least + (0.0 + self.profit(open, worst));
        self.risk.is_safe(equity, best, &self.config.limits)
    }

    /// What nights cost between an entry and the bar of its exit: the first bar after each, and how much.
    #[inline(always)]
    fn nights(&self, open: &Open, exit: usize, mut each: impl FnMut(usize, f64)) {
        let (side, lots) = (open.side, open.lots);
        let costs = &self.config.costs;
        let free = match side {
            Side::Long => costs.financing_percent <= 0.0,
            Side::Short => costs.borrow_percent <= 0.0,
        };
        if free {
            return;
        }
        let mut session = self.index.session_of(open.opened) + 1;
        while let Some(now) = self.index.sessions().get(session)
            && now.first <= exit
        {
            let amount = self.carry(side, lots, session);
            if amount > 0.0 {
                each(now.first, amount);
            }
            session += 1;
        }
    }

    /// The account from an entry to the bar of its exit: nights, days of the loss limit, equity at closes.
    #[inline(always)]
    fn pass(&mut self, open: &Open, exit: usize) {
        let mut nights = Vec::new();
        self.nights(open, exit, |bar, amount| nights.push((bar, amount)));
        for (bar, amount) in nights {
            self.begin_days(bar - 1);
            self.mark(open, bar);
            self.charge(open, amount);
        }
        self.begin_days(exit);
        self.mark(open, exit);
    }

    fn charge(&mut self, open: &Open, amount: f64) {
        let kind = match open.side {
            Side::Long => ChargeKind::Financing,
            Side::Short => ChargeKind::Borrow,
        };
        self.ledger.charged(kind, amount);
        self.balance -= amount;
    }

    /// Marks the closes before a bar.
    #[inline(always)]
    fn mark(&mut self, open: &Open, until: usize) {
        let (balance, unit) = (self.balance, self.unit.value);
        let (side, lots, basis) = (open.side, open.lots, open.basis);
        self.ledger.mark(until, self.index, |close| {
            balance + (0.0 + profit(side, lots, close - basis, unit))
        });
    }

    /// Walks the bars of a position one by one until it ends; the first bar at whose close the next order may be decided on. Kept out
    /// of the way of those that are skipped.
    #[inline(never)]
    fn walk(&mut self, open: &Open) -> usize {
        let (exit, next) = self.walk_to_exit(open);
        self.leave(open, &exit);
        next
    }

    #[inline(always)]
    fn walk_to_exit(&mut self, open: &Open) -> (Exit, usize) {
        let (first, last) = (open.first, self.index.last_bar());
        let mut held = Walked {
            stop: open.stop,
            ask: self.asked_at_entry(open),
            unwanted: false,
        };
        // the close at which it was entered, where it was entered at one
        self.mark(open, first);
        for bar in first..last {
            if let Some(exit) = self.meet(open, bar, &mut held) {
                return (exit, bar);
            }
            self.manage(open, bar, &mut held);
            if held.ask.is_some_and(|ask| ask.when == When::DecidingClose) {
                return (self.exit_at_close(bar, &held), bar + 1);
            }
            self.mark(open, bar + 1);
        }
        let exit = self.meet(open, last, &mut held);
        let exit = exit.unwrap_or_else(|| self.exit_at_close(last, &held));
        (exit, last)
    }

    /// What is asked of a position as it is entered.
    fn asked_at_entry(&self, open: &Open) -> Option<Ask> {
        let when = When::ThisClose;
        let session = self.session_exit(self.index.session_of(open.opened));
        let closing = session.is_some_and(|exit| exit.bar == Some(open.first));
        if closing && !open.at_close {
            let why = ExitReason::SessionEnd;
            return Some(Ask { why, when });
        }
        let why = ExitReason::MaxHold;
        (self.config.policy.max_hold_bars == Some(1)).then_some(Ask { why, when })
    }

    /// A bar meets a position, from the night before it to its close.
    fn meet(&mut self, open: &Open, bar: usize, held: &mut Walked) -> Option<Exit> {
        let session = self.index.session_of(bar);
        if bar > open.opened && self.index.session(session).first == bar {
            let amount = self.carry(open.side, open.lots, session);
            if amount > 0.0 {
                self.charge(open, amount);
            }
            let before = session.checked_sub(1).and_then(|s| self.session_exit(s));
            if before.is_some_and(|exit| exit.bar.is_none()) {
                held.ask_first(ExitReason::SessionEnd, When::NextOpen);
            }
        }
        self.begin_days(bar);
        let closing = self.session_exit(session);
        if closing.is_some_and(|exit| exit.bar == Some(bar)) {
            held.ask_last(ExitReason::SessionEnd);
        }
        let levels = Levels {
            stop: held.stop.map(|ticks| self.index.grid.price(ticks)),
            ..open.levels
        };
        let touch = match held.ask {
            _ if open.inside && bar == open.first => self.touch_inside(open.side, bar, levels),
            Some(Ask {
                when: When::NextOpen,
                ..
            }) => Some((Leg::Exit, self.index.prices(bar).open)),
            _ => self.touch(open.side, bar, levels),
        };
        if let Some((leg, price)) = touch {
            return Some(Exit {
                bar,
                leg,
                price,
                why: match leg {
                    Leg::Target => ExitReason::Target,
                    Leg::Stop if held.stop != open.stop => ExitReason::TrailingStop,
                    Leg::Stop => ExitReason::Stop,
                    _ => held.why(),
                },
                at_close: false,
                stop: held.stop,
            });
        }
        let closes = held.ask.is_some_and(|ask| ask.when == When::ThisClose);
        closes.then(|| self.exit_at_close(bar, held))
    }

    /// Why a decision did not trade while a position was held.
    fn refuse(&mut self, reason: Option<NoTrade>) {
        if let Some(reason) = reason {
            self.ledger.refused(reason, 1);
        }
    }

    fn exit_at_close(&self, bar: usize, held: &Walked) -> Exit {
        Exit {
            bar,
            leg: Leg::Exit,
            price: self.index.close(bar),
            why: held.why(),
            at_close: true,
            stop: held.stop,
        }
    }

    /// What the engine does about a position at a bar's close: loss limits, the longest hold, the trailing stop, signals.
    fn manage(&mut self, open: &Open, bar: usize, held: &mut Walked) {
        let (index, policy) = (self.index, &self.config.policy);
        let close = index.close(bar);
        let equity = self.balance + (0.0 + self.profit(open, close));
        if self.risk.mark(equity, index.end(bar), &self.config.limits) {
            let why = match self.risk.halted() {
                Some(Halt::Ruin) => ExitReason::Flatten,
                _ => ExitReason::LossLimit,
            };
            held.ask_first(why, When::NextOpen);
        }
        let bars_held = bar + 1 - open.first;
        if policy
            .max_hold_bars
            .is_some_and(|most| bars_held + 1 == most as usize)
        {
            held.ask_last(ExitReason::MaxHold);
        }
        let known = super::candidates::known(index, &self.config.strategy, bar, 0.0);
        let wanted = self.config.strategy.direction(&known);
        if held.leaves_first() {
            self.refuse(wanted.is_ok().then_some(NoTrade::PositionOpen));
            return;
        }
        let (side, atr) = (open.side, index.atr(bar));
        if let Some(stop) = policy.trailed_stop(side, held.stop, close, atr, &index.grid) {
            held.stop = Some(stop);
        }
        let too_soon = bars_held < policy.min_hold_bars as usize;
        let refused = match wanted {
            Ok(Some(wanted)) if wanted == side => {
                held.unwanted = false;
                Some(NoTrade::PositionOpen)
            }
            Ok(Some(_)) if policy.on_opposite == OnOpposite::Ignore => Some(NoTrade::PositionOpen),
            Ok(_) => {
                held.unwanted = true;
                too_soon.then_some(NoTrade::MinHold)
            }
            Err(_) => None,
        };
        self.refuse(refused);
        if held.unwanted && !too_soon {
            held.ask_first(
                ExitReason::Signal,
                match policy.signal_exit {
                    SignalExit::NextOpen => When::NextOpen,
                    SignalExit::DecidingClose => When::DecidingClose,
                },
            );
        }
    }
}

/// What is known of a position whose bars are walked.
struct Walked {
    /// The stop as it was moved last.
    stop: Option<Ticks>,
    ask: Option<Ask>,
    /// Whether the latest signal wants to be out of it.
    unwanted: bool,
}

impl Walked {
    /// Whether an exit is under way that fills before the close of the bar to come.
    fn leaves_first(&self) -> bool {
        self.ask.is_some_and(|ask| ask.when != When::ThisClose)
    }

    /// Asks for an exit at the next open, or sooner; one that comes as soon stands.
    fn ask_first(&mut self, why: ExitReason, when: When) {
        if !self.leaves_first() {
            self.ask = Some(Ask { why, when });
        }
    }

    /// Asks for an exit at the close of the bar to come; any other comes as soon or sooner.
    fn ask_last(&mut self, why: ExitReason) {
        let when = When::ThisClose;
        self.ask.get_or_insert(Ask { why, when });
    }

    fn why(&self) -> ExitReason {
        self.ask.map_or(ExitReason::EndOfData, |ask| ask.why)
    }
}

#[inline(always)]
fn by_level(open: &Open, bar: usize, (leg, price): (Leg, f64)) -> Exit {
    Exit {
        bar,
        leg,
        price,
        why: match leg {
            Leg::Target => ExitReason::Target,
            _ => ExitReason::Stop,
        },
        at_close: false,
        stop: open.stop,
    }
}

/// The prices beyond which a level is met.
#[inline(always)]
pub(in crate::research) fn band(side: Side, levels: Levels, limit: LimitFill) -> Band {
    let stop = levels.stop;
    let target = match (side, limit) {
        (_, LimitFill::Touch) => levels.target,
        // above a price is at or above the next one
        (Side::Long, LimitFill::Through) => levels.target.map(f64::next_up),
        (Side::Short, LimitFill::Through) => levels.target.map(f64::next_down),
    };
    let (below, above) = match side {
        Side::Long => (stop, target),
        Side::Short => (target, stop),
    };
    Band {
        below: below.unwrap_or(f64::NEG_INFINITY),
        above: above.unwrap_or(f64::INFINITY),
    }
}
