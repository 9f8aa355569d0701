//! The account: positions as folds over executions, equity by the account equation, trades as round trips.

use serde::{Deserialize, Serialize};

use super::orders::{
    Bracket, ChargeKind, EntryOrder, ExitReason, Fill, InstId, OrderId, Side, SizedBy,
};
use crate::base::digest::Hasher;
use crate::base::time::Timestamp;
use crate::base::units::{Lots, TickGrid, Ticks};
use crate::market::bars::Bar;

/// An open position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The bracket that opened it.
    pub bracket: Bracket,
    /// What is held now.
    pub lots: Lots,
    /// What was bought or sold to open, in all.
    pub entered: Lots,
    /// The volume-weighted average of all entry prices.
    pub entry_price: f64,
    /// The average price of what is held now; it differs from `entry_price` only where entries came after exits.
    pub basis: f64,
    /// The first entry execution.
    pub entry_at: Timestamp,
    /// The resolved target.
    pub target: Option<Ticks>,
    /// The stop, as last amended.
    pub stop: Option<Ticks>,
    /// The stop at the start, by which the risk of the trade is measured.
    pub first_stop: Option<Ticks>,
    /// Bars that had ended when the first entry execution came.
    pub bars_before: u64,
    /// What it cost so far.
    pub costs: CostParts,
    /// What was closed so far.
    pub closed: Closed,
    /// The worst and the best it was worth: over whole bars while it was open, and at its own fills.
    pub excursion: Excursion,
}

/// The part of a position that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Closed {
    /// How much.
    pub lots: i64,
    /// The volume-weighted average of the exit prices.
    pub price: f64,
    /// Profit by the executed prices, before what is charged apart from them, in account currency.
    pub gross: f64,
}

/// What a trade cost, part by part, in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CostParts {
    /// Commission and fees.
    pub commission: f64,
    /// What slippage took; it is part of the executed prices.
    pub slippage: f64,
    /// What the spread took; it is part of the executed prices.
    pub spread: f64,
    /// Borrowing shares sold short.
    pub borrow: f64,
    /// Financing.
    pub financing: f64,
    /// Currency conversion.
    pub conversion: f64,
}

impl CostParts {
    /// All parts together.
    pub fn total(&self) -> f64 {
        let Self {
            commission,
            slippage,
            spread,
            borrow,
            financing,
            conversion,
        } = self;
        commission + slippage + spread + borrow + financing + conversion
    }

    /// The parts that are charged apart from the executed prices.
    pub fn charged(&self) -> f64 {
        let Self {
            commission,
            // in the prices already
            slippage: _,
            spread: _,
            borrow,
            financing,
            conversion,
        } = self;
        commission + borrow + financing + conversion
    }

    /// Takes in what an execution cost.
    pub fn add_fill(&mut self, fill: &Fill) {
        self.commission += fill.costs.commission;
        self.conversion += fill.costs.conversion;
        self.slippage += fill.costs.slippage;
        self.spread += fill.costs.spread;
    }

    /// Takes in a charge.
    pub fn add_charge(&mut self, kind: ChargeKind, amount: f64) {
        match kind {
            ChargeKind::Commission => self.commission += amount,
            ChargeKind::Borrow => self.borrow += amount,
            ChargeKind::Financing => self.financing += amount,
        }
    }

    fn feed(&self, hasher: &mut Hasher) {
        for part in [
            self.commission,
            self.slippage,
            self.spread,
            self.borrow,
            self.financing,
            self.conversion,
        ] {
            hasher.f64(part);
        }
    }
}

/// The worst and the best that a position was worth, what was realised by then included, in account currency before costs
/// that are charged apart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Excursion {
    /// The worst, 0 or less.
    pub worst: f64,
    /// The best, 0 or more.
    pub best: f64,
}

/// A round trip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Which instrument.
    pub inst: InstId,
    /// Which bracket.
    pub order: OrderId,
    /// Which way.
    pub side: Side,
    /// Quantity in units of the instrument (shares, coins). Over a split it is, as all prices here, that of the exit's basis.
    pub quantity: f64,
    /// What limited the quantity.
    pub sized_by: SizedBy,
    /// The end of the deciding bar.
    pub decided_at: Timestamp,
    /// The first entry execution.
    pub entry_at: Timestamp,
    /// The average entry price.
    pub entry_price: f64,
    /// The target's price, if there was one.
    pub target_price: Option<f64>,
    /// The stop's price, as last amended, if there was one.
    pub stop_price: Option<f64>,
    /// What the stop put at stake when the position was opened: distance to the first stop times quantity, in account
    /// currency; none without a stop, or with one on the winning side of the fill.
    pub initial_risk: Option<f64>,
    /// The last exit execution.
    pub exit_at: Timestamp,
    /// The average exit price.
    pub exit_price: f64,
    /// Why it was closed.
    pub exit_reason: ExitReason,
    /// Profit before all costs, slippage and spread included, in account currency; dividends, and what a split paid for a
    /// fraction of a lot, are part of it.
    pub gross_profit: f64,
    /// All costs, in account currency.
    pub costs: f64,
    /// The costs part by part; they sum to `costs`.
    pub cost_parts: CostParts,
    /// Profit after costs: what the trade added to the account.
    pub net_profit: f64,
    /// Maximum adverse excursion: the worst result while it was open, before costs, 0 or less, in account currency.
    pub mae: f64,
    /// Maximum favourable excursion: the best result while it was open, before costs, 0 or more, in account currency.
    pub mfe: f64,
    /// Bars in which the position was open, those of entry and exit included; a bar at whose close it was entered is not one of
    /// them, so that a position which leaves at that same close was held for none.
    pub bars_held: u64,
}

impl Trade {
    /// Feeds every field, in order of declaration.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.u64(u64::from(self.inst.0));
        hasher.u64(self.order.0);
        hasher.code(self.side as u8);
        hasher.f64(self.quantity);
        hasher.code(self.sized_by as u8);
        hasher.i64(self.decided_at.0);
        hasher.i64(self.entry_at.0);
        hasher.f64(self.entry_price);
        for value in [self.target_price, self.stop_price, self.initial_risk] {
            hasher.option_f64(value);
        }
        hasher.i64(self.exit_at.0);
        hasher.f64(self.exit_price);
        hasher.code(self.exit_reason as u8);
        for cash in [self.gross_profit, self.costs, self.net_profit] {
            hasher.f64(cash);
        }
        self.cost_parts.feed(hasher);
        hasher.f64(self.mae);
        hasher.f64(self.mfe);
        hasher.u64(self.bars_held);
    }

    /// Takes in a charge that came after the trade was over.
    pub fn charge_late(&mut self, kind: ChargeKind, amount: f64) {
        self.cost_parts.add_charge(kind, amount);
        self.costs = self.cost_parts.total();
        self.net_profit -= amount;
    }
}

impl Position {
    /// The position that the first entry execution opens.
    pub fn open(
        bracket: Bracket,
        fill: &Fill,
        target: Option<Ticks>,
        stop: Option<Ticks>,
        bars_before: u64,
    ) -> Self {
        let mut costs = CostParts::default();
        costs.add_fill(fill);
        Self {
            bracket,
            lots: fill.lots,
            entered: fill.lots,
            entry_price: fill.price,
            basis: fill.price,
            entry_at: fill.at,
            target,
            stop,
            first_stop: stop,
            bars_before,
            costs,
            closed: Closed::default(),
            excursion: Excursion::default(),
        }
    }

    /// Takes in one more entry execution.
    pub fn add(&mut self, fill: &Fill, unit_value: f64) {
        self.entry_price = average(self.entry_price, self.entered.0, fill.price, fill.lots.0);
        self.basis = average(self.basis, self.lots.0, fill.price, fill.lots.0);
        self.entered = Lots(self.entered.0 + fill.lots.0);
        self.lots = Lots(self.lots.0 + fill.lots.0);
        self.costs.add_fill(fill);
        self.live_through(fill.price, unit_value);
    }

    /// Takes in an exit execution; its profit by the executed prices. `unit_value` is the cash for a price move of 1 on one
    /// lot.
    pub fn reduce(&mut self, fill: &Fill, unit_value: f64) -> f64 {
        let gross = self.unrealised(fill.price, fill.lots, unit_value);
        self.closed.price = average(self.closed.price, self.closed.lots, fill.price, fill.lots.0);
        self.closed.lots += fill.lots.0;
        self.closed.gross += gross;
        self.costs.add_fill(fill);
        self.lots = Lots(self.lots.0 - fill.lots.0);
        self.live_through(fill.price, unit_value);
        gross
    }

    /// The market passes a price while the position is open.
    pub fn live_through(&mut self, price: f64, unit_value: f64) {
        let worth = self.closed.gross + self.unrealised(price, self.lots, unit_value);
        if worth < self.excursion.worst {
            self.excursion.worst = worth;
        }
        if worth > self.excursion.best {
            self.excursion.best = worth;
        }
    }

    /// A bar has passed while the position was open; `bars` had ended before it. What an entry inside the bar missed of it
    /// is not known, so only its close counts then.
    pub fn live_through_bar(&mut self, bar: &Bar, bars: u64, unit_value: f64) {
        let entered_inside = self.bars_before == bars
            && matches!(self.bracket.entry, EntryOrder::Limit(_))
            && self.entry_price.to_bits() != bar.open().to_bits();
        let (low, high) = if entered_inside {
            (bar.close(), bar.close())
        } else {
            (bar.low(), bar.high())
        };
        self.live_through(low, unit_value);
        self.live_through(high, unit_value);
    }

    /// The round trip that ends with an execution, by which time so many bars had begun.
    pub fn round_trip(
        &self,
        last: &Fill,
        exit_reason: ExitReason,
        begun: u64,
        unit: &Unit,
    ) -> Trade {
        let bracket = &self.bracket;
        let costs = self.costs;
        let price = |ticks| unit.grid.price(ticks);
        Trade {
            inst: bracket.inst,
            order: bracket.order,
            side: bracket.side,
            quantity: self.entered.0 as f64 * unit.lot_size,
            sized_by: bracket.sized_by,
            decided_at: bracket.decided_at,
            entry_at: self.entry_at,
            entry_price: self.entry_price,
            target_price: self.target.map(price),
            stop_price: self.stop.map(price),
            initial_risk: self.first_stop.and_then(|stop| {
                let distance = (self.entry_price - price(stop)) * bracket.side.sign();
                (distance > 0.0).then_some(distance * self.entered.0 as f64 * unit.value)
            }),
            exit_at: last.at,
            exit_price: self.closed.price,
            exit_reason,
            gross_profit: self.closed.gross + costs.slippage + costs.spread,
            costs: costs.total(),
            cost_parts: costs,
            net_profit: self.closed.gross - costs.charged(),
            mae: self.excursion.worst,
            mfe: self.excursion.best,
            bars_held: begun.saturating_sub(self.bars_before),
        }
    }

    /// The venue works the stop at a price.
    pub fn stop_works_at(&mut self, stop: Ticks) {
        self.stop = Some(stop);
    }

    /// Whether the stop was moved since the entry.
    pub fn trailed(&self) -> bool {
        self.stop != self.first_stop
    }

    /// The unrealised profit at a price: `signed quantity · (price − entry) · multiplier · fx`.
    pub fn unrealised(&self, price: f64, lots: Lots, unit_value: f64) -> f64 {
        profit(self.bracket.side, lots, price - self.basis, unit_value)
    }
}

/// What a price move is worth to lots of a side: `signed quantity · move · multiplier · fx`. `unit_value` is the cash for a price
/// move of 1 on one lot.
pub fn profit(side: Side, lots: Lots, price_move: f64, unit_value: f64) -> f64 {
    profit_of_signed(side.sign() * lots.0 as f64, price_move, unit_value)
}

/// As [`profit`], of lots that are negative when they are short.
#[inline(always)]
pub fn profit_of_signed(lots: f64, price_move: f64, unit_value: f64) -> f64 {
    lots * price_move * unit_value
}

/// What turns ticks, lots and price moves of an instrument into prices, quantities and cash.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// The price grid.
    pub grid: TickGrid,
    /// Units of the instrument in a lot.
    pub lot_size: f64,
    /// Account currency for a price move of 1 on one lot.
    pub value: f64,
}

/// The volume-weighted average of two prices; the first alone when the second is all there is, to the last bit.
fn average(price: f64, lots: i64, new_price: f64, new_lots: i64) -> f64 {
    if lots == 0 {
        return new_price;
    }
    (price * lots as f64 + new_price * new_lots as f64) / (lots + new_lots) as f64
}

/// The cash side of an account, after the last fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cash {
    /// Equity at the start.
    pub initial: f64,
    /// Initial equity plus all realised profit less all fees.
    pub balance: f64,
}
