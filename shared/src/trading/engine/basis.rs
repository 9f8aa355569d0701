//! Corporate actions inside an engine: a split restates what is held and what works, a dividend is paid.

use super::Engine;
use super::executions::Left;
use super::held::{Exit, Held, Open, Pending, Rest};
use super::messages::{Action, EngineError};
use super::slot::Slot;
use crate::base::time::Timestamp;
use crate::base::units::{Lots, TickGrid, within};
use crate::market::bars::MAX_PRICE;
use crate::trading::orders::{ExecId, ExitReason, Fill, FillCosts, InstId, Leg, When};
use crate::trading::split::{Split, discounted};

impl Engine {
    /// A split comes before all else of the first bar on the new basis.
    pub(super) fn take_split(
        &mut self,
        inst: InstId,
        ratio: f64,
        price: f64,
        at: Timestamp,
        out: &mut Vec<Action>,
    ) -> Result<(), EngineError> {
        let split = Split::new(ratio)?;
        within("price of fractions", price, f64::MIN_POSITIVE, MAX_PRICE)?;
        let slot = self.slot_mut(inst)?;
        if slot.split_at.is_some_and(|known| at <= known) {
            return Ok(());
        }
        for held in &slot.held {
            if !split.keeps(held.lots()) {
                let lots = held.lots().0 as f64 * ratio;
                within("lots after the split", lots, 0.0, 9e15)?;
            }
        }
        slot.split_at = Some(at);
        let (paid, left) = slot.split(split, price, at);
        self.cash.balance += paid;
        for left in left {
            self.cash.balance += left.gross;
            out.extend(left.cancel);
            self.trades.extend(left.trade);
        }
        Ok(())
    }

    /// A dividend comes before all else of the first bar without it, but after a split of the same day.
    pub(super) fn take_dividend(
        &mut self,
        inst: InstId,
        factor: f64,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        within("dividend factor", factor, 1e-6, 1e6)?;
        let slot = self.slot_mut(inst)?;
        if slot.dividend_at.is_some_and(|known| at <= known) {
            return Ok(());
        }
        slot.dividend_at = Some(at);
        let paid = slot.dividend(factor);
        self.cash.balance += paid;
        Ok(())
    }
}

impl Slot {
    /// Restates everything on the basis after a split; what is paid for fractions of a lot at a price of that basis, and the
    /// positions of which less than a lot is left: they are paid out whole.
    fn split(&mut self, split: Split, price: f64, at: Timestamp) -> (f64, Vec<Left>) {
        let left = self.pay_out(split, price, at);
        let (grid, unit_value) = (self.grid, self.unit_value);
        let mut paid = 0.0;
        for held in &mut self.held {
            match held {
                Held::Pending(pending) => *pending = pending.after(split, &grid),
                Held::Open(open) => paid += open.split(split, price, &grid, unit_value),
            }
        }
        // of an entry that comes to less than a lot nothing can fill any more
        self.held
            .retain(|held| matches!(held, Held::Open(_)) || held.rest().lots.0 > 0);
        for gone in &mut self.gone {
            *gone = gone.after(split, &grid);
        }
        for early in &mut self.early {
            early.lots = split.lots(early.lots).whole;
            early.price = split.price(early.price);
        }
        self.bar = self.bar.map(|bar| split.bar(&bar));
        self.rescale_atr(1.0 / split.ratio());
        (paid, left)
    }

    /// Closes positions that come to less than one lot, on the basis on which they were held.
    fn pay_out(&mut self, split: Split, price: f64, at: Timestamp) -> Vec<Left> {
        let clock = self.between_bars();
        let mut fills = Vec::new();
        for held in &mut self.held {
            let Held::Open(open) = held else { continue };
            let position = &open.position;
            if split.lots(position.lots).whole.0 > 0 {
                continue;
            }
            fills.push(Fill {
                inst: position.bracket.inst,
                order: position.bracket.order,
                leg: Leg::Exit,
                exec: ExecId(0),
                lots: position.lots,
                price: price * split.ratio(),
                costs: FillCosts::default(),
                at,
            });
            open.exit = Some(Exit {
                why: ExitReason::CashInLieu,
                when: When::NextOpen,
                due: clock.due(When::NextOpen),
                again: false,
                retried: None,
            });
        }
        fills.iter().map(|fill| self.close(fill)).collect()
    }

    /// Pays a dividend on what is held, and takes it off the last prices; what the account receives.
    fn dividend(&mut self, factor: f64) -> f64 {
        let Some(bar) = self.bar else { return 0.0 };
        let each = bar.close() * (1.0 - factor) * self.unit_value;
        let mut paid = 0.0;
        for held in &mut self.held {
            if let Held::Open(open) = held {
                let position = &mut open.position;
                let amount = position.bracket.side.sign() * position.lots.0 as f64 * each;
                position.closed.gross += amount;
                paid += amount;
            }
        }
        self.bar = Some(discounted(&bar, factor));
        self.rescale_atr(factor);
        paid
    }

    fn rescale_atr(&mut self, factor: f64) {
        self.atr.rescale(factor);
        self.atr_value = self.atr_value.map(|atr| atr * factor);
    }
}

impl Pending {
    fn after(&self, split: Split, grid: &TickGrid) -> Self {
        Self {
            bracket: split.bracket(&self.bracket, grid),
            rest: self.rest.after(split),
            ..*self
        }
    }
}

impl Rest {
    fn after(self, split: Split) -> Self {
        Self {
            lots: split.lots(self.lots).whole,
            ..self
        }
    }
}

impl Open {
    /// Restates the position; what is paid for a fraction of a lot.
    fn split(&mut self, split: Split, price: f64, grid: &TickGrid, unit_value: f64) -> f64 {
        let side = self.position.bracket.side;
        let level = |level| split.level(level, side, grid);
        let whole = |lots: i64| split.lots(Lots(lots)).whole;
        self.rest = self.rest.after(split);
        self.trail.asked = self.trail.asked.map(level);
        // what the venue says from now on overtakes nothing that it said before
        self.trail.confirmed = None;
        let position = &mut self.position;
        let after = split.lots(position.lots);
        position.bracket = split.bracket(&position.bracket, grid);
        position.lots = after.whole;
        position.entered = whole(position.entered.0);
        position.entry_price = split.price(position.entry_price);
        position.basis = split.price(position.basis);
        position.target = position.target.map(level);
        position.stop = position.stop.map(level);
        position.first_stop = position.first_stop.map(level);
        position.closed.lots = whole(position.closed.lots).0;
        position.closed.price = split.price(position.closed.price);
        let paid = side.sign() * after.fraction * (price - position.basis) * unit_value;
        position.closed.gross += paid;
        paid
    }
}
