//! The skipping driver: from exit to entry to exit, calling the engine's own rules where something happens and nothing between.
//!
//! One instrument, one position at a time, every fill whole: what [`plan`](super::plan()) lets through. What is added up is added up in the
//! order in which the engine does, so that the results are the same to the last bit.

use super::candidates::known;
use super::index::{Index, SessionExit};
use super::ledger::{Entry, Leave, Ledger};
use super::looked_up::Terms;
use super::open::Open;
use crate::base::units::{Lots, Ticks};
use crate::research::run_config::RunConfig;
use crate::trading::costs::{Asked, Costs, Traded};
use crate::trading::fills::{self, Levels, Prices};
use crate::trading::orders::{
    Bracket, EntryOrder, ExecId, ExitReason, Fill, FillCosts, InstId, Leg, OrderId, Side,
};
use crate::trading::policy::EntryPolicy;
use crate::trading::portfolio::{Unit, profit};
use crate::trading::risk::{Facts, Halt, RiskState, Standing, check};
use crate::trading::sizing::{Funds, Proposal};
use crate::trading::strategy::{Intent, NoTrade};

/// The one instrument.
const INST: InstId = InstId(0);

/// A run in progress.
pub(in crate::research) struct Run<'a, L> {
    pub(in crate::research) index: &'a Index<'a>,
    pub(in crate::research) config: &'a RunConfig,
    pub(in crate::research) terms: Terms<'a>,
    pub(in crate::research) unit: Unit,
    /// Cash after the last fill.
    pub(in crate::research) balance: f64,
    pub(in crate::research) risk: RiskState,
    /// How many days of the daily loss limit have begun.
    days_begun: usize,
    next_order: u64,
    /// Whether executions are at the market's price and cost nothing.
    is_free: bool,
    pub(in crate::research) ledger: &'a mut L,
}

/// How a position ends.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct Exit {
    pub(in crate::research) bar: usize,
    pub(in crate::research) leg: Leg,
    /// The price before slippage and spread.
    pub(in crate::research) price: f64,
    pub(in crate::research) why: ExitReason,
    /// Whether the bar has ended by then.
    pub(in crate::research) at_close: bool,
    /// The stop as it was moved last.
    pub(in crate::research) stop: Option<Ticks>,
}

impl<'a, L: Ledger> Run<'a, L> {
    pub(in crate::research) fn new(
        index: &'a Index<'a>,
        config: &'a RunConfig,
        terms: Terms<'a>,
        ledger: &'a mut L,
    ) -> Self {
        let instrument = index.instrument;
        Self {
            index,
            config,
            terms,
            unit: Unit {
                grid: index.grid,
                lot_size: instrument.lot_size,
                value: instrument.multiplier * instrument.lot_size * config.fx,
            },
            balance: config.initial_equity,
            risk: RiskState::new(config.initial_equity),
            days_begun: 0,
            next_order: 1,
            is_free: config.costs == Costs::FREE,
            ledger,
        }
    }

    /// Runs to the end of the data from the close of a bar on at which nothing is held.
    pub(in crate::research) fn go_on(&mut self, mut from: usize) {
        while let Some(open) = self.next_position(from) {
            from = self.hold(&open);
        }
        self.end();
    }

    /// The next position from the close of a bar on at which nothing is held; none to the end of the data.
    #[inline(always)]
    pub(in crate::research) fn next_position(&mut self, mut from: usize) -> Option<Open> {
        loop {
            let (bar, bracket) = self.next_order(from)?;
            if let Some(open) = self.enter(bar, &bracket) {
                return Some(open);
            }
            from = bar + 1;
        }
    }

    /// Marks what is left to the end of the data, with nothing held.
    pub(in crate::research) fn end(&mut self) {
        let balance = self.balance;
        self.ledger.mark(self.index.len(), self.index, |_| balance);
    }

    /// The next order that is decided on while nothing is held, from the close of a bar on.
    #[inline(always)]
    fn next_order(&mut self, from: usize) -> Option<(usize, Bracket)> {
        let limits = &self.config.limits;
        self.begin_days(from);
        // while nothing is held equity stays as it is, so that one mark stands for all
        self.risk.mark(self.balance, self.index.end(from), limits);
        if from >= self.index.last_bar() {
            return None;
        }
        let found = self.first_order(from);
        if L::COUNTS {
            let until = found.map_or(self.index.last_bar(), |(bar, _)| bar);
            let (candidates, sides) = (self.terms.candidates, self.config.strategy.sides());
            let barred = candidates.barred_in(from, until, sides);
            self.ledger.refused(NoTrade::SideNotAllowed, barred);
            let out = candidates.out_in(from, until);
            self.ledger.refused(NoTrade::NothingToLeave, out);
        }
        found
    }

    /// The first order from the close of a bar on as long as nothing is held.
    #[inline(always)]
    fn first_order(&mut self, from: usize) -> Option<(usize, Bracket)> {
        let limits = &self.config.limits;
        let sides = self.config.strategy.sides();
        let mut at = from;
        loop {
            at = self.terms.candidates.next_entry(at, sides)?;
            self.begin_days(at);
            match self.risk.halted() {
                None => {}
                // whoever counts decisions wants to know why each of them did not trade
                Some(_) if L::COUNTS => {}
                Some(Halt::DailyLoss) if !limits.daily_loss_for_good => {
                    at = *self.terms.risk_days.get(self.days_begun)?;
                    continue;
                }
                Some(_) => return None,
            }
            match self.decide(at) {
                Ok(bracket) => {
                    self.next_order += 1;
                    return Some((at, bracket));
                }
                Err(reason) => self.ledger.refused(reason, 1),
            }
            at += 1;
        }
    }

    /// Days of the daily loss limit that begin by a bar's open, with the balance as it is.
    #[inline(always)]
    pub(in crate::research) fn begin_days(&mut self, by: usize) {
        while let Some(&bar) = self.terms.risk_days.get(self.days_begun)
            && bar <= by
        {
            self.risk.roll_day(self.balance, &self.config.limits);
            self.days_begun += 1;
        }
    }

    /// Whether a day of the daily loss limit begins by a bar's open that has not begun yet.
    pub(in crate::research) fn day_begins(&self, by: usize) -> bool {
        let next = self.terms.risk_days.get(self.days_begun);
        next.is_some_and(|&bar| bar <= by)
    }

    /// The order at the close of a bar at which nothing is held and a gate lets through what may be entered.
    ///
    /// # Errors
    /// [`NoTrade`] says why there is none.
    #[inline(always)]
    pub(in crate::research) fn decide(&self, bar: usize) -> Result<Bracket, NoTrade> {
        let (index, config) = (self.index, self.config);
        let (close, atr) = (index.close(bar), index.atr(bar));
        let least_stop = config
            .policy
            .least_stop(&config.costs, close, index.tick, atr);
        let known = known(index, &config.strategy, bar, least_stop);
        let intent = config.strategy.entry(&known);
        let intent = intent.ok_or(NoTrade::LevelsTooClose)?;
        if self.is_closing(bar) {
            return Err(NoTrade::SessionEnding);
        }
        let (lots, sized_by) = config.sizing.lots(
            Funds {
                at_risk: self.balance,
                own: self.balance,
                committed: 0.0,
            },
            &self.proposal(&intent, close, atr),
        )?;
        let bracket = Bracket {
            order: OrderId(self.next_order),
            inst: INST,
            side: intent.side,
            lots,
            entry: config
                .policy
                .entry
                .order(intent.side, intent.collar, close, &index.grid),
            target: intent.target,
            stop: intent.stop,
            decided_at: index.end(bar),
            sized_by,
            replaces: None,
        };
        let facts = Facts {
            instrument: index.instrument,
            fx: config.fx,
            grid: &index.grid,
            last: close,
            last_end: bracket.decided_at,
            positions: 0,
            duplicate: false,
            standing: Standing::CLEAR,
            halted: self.risk.halted(),
        };
        check(&bracket, &facts, &config.limits.pre_trade)?;
        Ok(bracket)
    }

    #[inline(always)]
    fn proposal(&self, intent: &Intent, price: f64, atr: Option<f64>) -> Proposal<'a> {
        Proposal {
            instrument: self.index.instrument,
            fx: self.config.fx,
            side: intent.side,
            price,
            stop_distance: intent.stop_distance,
            atr,
            quantity: intent.quantity,
            costs: &self.config.costs,
        }
    }

    /// Whether positions are being closed for the end of the session, so that none is entered.
    pub(in crate::research) fn is_closing(&self, bar: usize) -> bool {
        let Some(exit) = self.session_exit(self.index.session_of(bar)) else {
            return false;
        };
        let end = self.index.end(bar);
        let at_close = self.config.policy.entry == EntryPolicy::Close;
        exit.bar.is_some_and(|closing| closing <= bar)
            && (end < exit.until || (end == exit.until && at_close))
    }

    pub(in crate::research) fn session_exit(&self, session: usize) -> Option<SessionExit> {
        self.terms.session_exits?.get(session).copied().flatten()
    }

    /// Where an entry fills that was decided on at a bar's close: the bar, the price before slippage and spread, and whether inside the
    /// bar's range.
    #[inline(always)]
    fn entry(&self, bar: usize, bracket: &Bracket) -> Option<(usize, f64, bool)> {
        let (index, next) = (self.index, bar + 1);
        let ticks = match bracket.entry {
            EntryOrder::Close => return Some((bar, index.close(bar), false)),
            EntryOrder::Market => return Some((next, index.prices(next).open, false)),
            EntryOrder::Limit(ticks) => ticks,
        };
        let (side, rule) = (bracket.side, self.config.fills.limit);
        let (prices, limit) = (index.prices(next), index.grid.price(ticks));
        match fills::limit_at_open(side, prices.open, limit, rule) {
            Some(price) => Some((next, price, false)),
            None => fills::limit_in_range(side, prices, limit, rule).then_some((next, limit, true)),
        }
    }

    /// Enters by an order that was decided on at a bar's close, if it fills.
    #[inline(always)]
    fn enter(&mut self, bar: usize, bracket: &Bracket) -> Option<Open> {
        let (filled, price, inside) = self.entry(bar, bracket)?;
        self.begin_days(filled);
        let balance = self.balance;
        self.ledger.mark(filled, self.index, |_| balance);
        let pays = !matches!(bracket.entry, EntryOrder::Limit(_));
        let order = (bracket.order, bracket.side, bracket.lots);
        let fill = self.fill(order, Leg::Entry, (filled, price, pays));
        let (side, grid) = (bracket.side, &self.index.grid);
        let resolve = |level, leg| fills::resolve(level, leg, side, fill.price, grid);
        let target = bracket.target.map(|level| resolve(level, Leg::Target));
        let stop = bracket.stop.map(|level| resolve(level, Leg::Stop));
        let first = bar + 1;
        self.balance -= fill.costs.charged();
        let entry = Entry {
            bracket,
            fill: &fill,
            target,
            stop,
            bars_before: first,
        };
        self.ledger.entered(entry, &self.unit);
        let levels = Levels {
            target: target.map(|ticks| grid.price(ticks)),
            stop: stop.map(|ticks| grid.price(ticks)),
        };
        Some(Open {
            order: bracket.order,
            side,
            lots: bracket.lots,
            basis: fill.price,
            levels,
            stop,
            first,
            opened: filled,
            inside,
            at_close: bracket.entry == EntryOrder::Close,
        })
    }

    /// One execution of all that an order is for.
    #[inline(always)]
    fn fill(
        &self,
        (order, side, lots): (OrderId, Side, Lots),
        leg: Leg,
        (bar, price, pays): (usize, f64, bool),
    ) -> Fill {
        let (price, costs) = self.execute((side, lots.0 as f64), leg, (bar, price, pays));
        Fill {
            inst: INST,
            order,
            leg,
            exec: ExecId(0),
            lots,
            price,
            costs,
            at: self.index.start(bar),
        }
    }

    /// Whether executions are at the market's price and cost nothing.
    pub(in crate::research) fn is_free(&self) -> bool {
        self.is_free
    }

    /// The price of an execution, and what it costs.
    #[inline(always)]
    pub(in crate::research) fn execute(
        &self,
        (side, lots): (Side, f64),
        leg: Leg,
        (bar, price, pays): (usize, f64, bool),
    ) -> (f64, FillCosts) {
        if self.is_free {
            return (price, FillCosts::default());
        }
        let costs = &self.config.costs;
        let quote = costs.quote(Asked {
            leg,
            side,
            price,
            pays,
            spread_at_entry: false,
            tick: self.index.tick,
            atr: self.index.atr_before(bar),
        });
        let units = lots * self.unit.value;
        let commission = costs.commission.charge(Traded {
            quantity: lots * self.unit.lot_size,
            notional: units * quote.executed,
            month_before: 0.0,
        });
        (quote.executed, costs.of_fill(&quote, units, commission))
    }

    /// A position ends.
    #[inline(always)]
    pub(in crate::research) fn leave(&mut self, open: &Open, exit: &Exit) {
        let pays = self.config.fills.pays(exit.leg);
        let order = (open.order, open.side, open.lots);
        let fill = self.fill(order, exit.leg, (exit.bar, exit.price, pays));
        let gross = self.profit(open, fill.price);
        self.balance += gross - fill.costs.charged();
        let leave = Leave {
            fill,
            why: exit.why,
            gross,
            begun: exit.bar + 1,
            lived: exit.bar + usize::from(exit.at_close),
            stop: exit.stop,
        };
        self.ledger.left(open.first, &leave, self.index, &self.unit);
    }

    /// What a position is worth at a price.
    pub(in crate::research) fn profit(&self, open: &Open, price: f64) -> f64 {
        profit(open.side, open.lots, price - open.basis, self.unit.value)
    }

    /// What holding a position over the night before a session's first bar costs.
    pub(in crate::research) fn carry(&self, side: Side, lots: Lots, session: usize) -> f64 {
        let Some(before) = session.checked_sub(1) else {
            return 0.0;
        };
        let (before, now) = (self.index.session(before), self.index.session(session));
        let nights = f64::from(now.day.0 - before.day.0);
        let value = lots.0 as f64 * self.unit.value * self.index.close(before.last);
        self.config.costs.carry(side, value, nights)
    }

    /// The prices of a bar that lie inside it, in order: its own, or those of the finer bars that make it up.
    pub(in crate::research) fn steps<'b>(&'b self, bar: usize, whole: &'b Prices) -> &'b [Prices] {
        let refined = self.config.fills.intrabar == fills::Intrabar::Refined;
        let finer = refined.then(|| self.index.prepared.finer(bar)).flatten();
        finer.unwrap_or(core::slice::from_ref(whole))
    }
}
