//! One execution: how much of it the volume allows, at which price, and what it costs.

use super::SimBroker;
use crate::base::time::Timestamp;
use crate::base::units::Lots;
use crate::trading::costs::{Commission, Traded};
use crate::trading::engine::Event;
use crate::trading::orders::{ExecId, Fill, FillCosts, InstId, Leg, Side};

/// Shares traded in a calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Month {
    /// Year and month, as one number.
    key: i32,
    pub(super) shares: f64,
}

/// One execution to be made.
#[derive(Clone, Copy)]
pub(super) struct Execution {
    pub(super) leg: Leg,
    pub(super) lots: i64,
    /// The price before slippage and spread.
    pub(super) price: f64,
    /// Whether it pays slippage and spread: market and stop orders do.
    pub(super) pays: bool,
    pub(super) at: Timestamp,
}

impl SimBroker {
    /// Makes an execution, as far as the volume goes; whether anything filled.
    pub(super) fn execute(
        &mut self,
        inst: InstId,
        index: usize,
        execution: Execution,
        out: &mut Vec<Event>,
    ) -> bool {
        let Self {
            books,
            costs,
            next_exec,
            month,
            rules,
        } = self;
        let Some(book) = books.get_mut(usize::from(inst.0)) else {
            return false;
        };
        let lots = book.take_volume(execution.lots);
        let Some(working) = book.working.get_mut(index).filter(|_| lots > 0) else {
            return false;
        };
        let Execution {
            leg,
            price,
            pays,
            at,
            ..
        } = execution;
        let side = working.bracket.side;
        let buys = (leg == Leg::Entry) == (side == Side::Long);
        let half = costs.half_spread.at(price, book.tick, book.atr);
        let (slip, half) = match (rules.dialect.spread_at_entry(), pays) {
            (true, _) => (0.0, if leg == Leg::Entry { 2.0 * half } else { 0.0 }),
            (false, true) => (costs.slippage.at(price, book.tick, book.atr), half),
            (false, false) => (0.0, 0.0),
        };
        let concession = slip + half;
        // a sale cannot be made at nothing: the last tick is what is left
        let paid = if buys || price - concession >= book.tick {
            concession
        } else {
            let least = if price < book.tick { price } else { book.tick };
            price - least
        };
        let share = if concession > 0.0 {
            paid / concession
        } else {
            0.0
        };
        let executed = if buys { price + paid } else { price - paid };
        let quantity = lots as f64 * book.lot_size;
        let notional = lots as f64 * book.unit_value * executed;
        let units = lots as f64 * book.unit_value;
        let tally = working.tally(leg);
        let before = charged(&costs.commission, *tally);
        if tally.quantity <= 0.0 {
            tally.month_before = month.before(&costs.commission, at);
        }
        tally.quantity += quantity;
        tally.notional += notional;
        let commission = charged(&costs.commission, *tally) - before;
        month.shares += quantity;
        let fill = Fill {
            inst,
            order: working.bracket.order,
            leg,
            exec: next(next_exec),
            lots: Lots(lots),
            price: executed,
            costs: FillCosts {
                commission,
                conversion: costs.conversion(notional),
                slippage: slip * share * units,
                spread: half * share * units,
            },
            at,
        };
        working.apply(&fill, &book.grid);
        out.push(Event::Fill(fill));
        true
    }
}

impl Month {
    /// Shares traded in the month of a time, where a commission depends on them.
    fn before(&mut self, commission: &Commission, at: Timestamp) -> f64 {
        if !matches!(commission, Commission::IbTiered { .. }) {
            return 0.0;
        }
        let key = at.utc_day().date().map_or(0, |date| {
            i32::from(date.year()) * 12 + i32::from(date.month())
        });
        if key != self.key {
            *self = Self { key, shares: 0.0 };
        }
        self.shares
    }
}

fn charged(commission: &Commission, traded: Traded) -> f64 {
    if traded.quantity > 0.0 {
        commission.charge(traded)
    } else {
        0.0
    }
}

pub(super) fn next(exec: &mut u64) -> ExecId {
    let id = ExecId(*exec);
    *exec += 1;
    id
}
