//! A small broker and bookkeeper of one instrument in whole numbers, written from the rules of trading alone: prices in
//! thirty-seconds, of which a tick has eight, cash in thirty-seconds too. It knows no costs and no indicators.

use atrium_shared::trading::fills::{Intrabar, LimitFill};
use atrium_shared::trading::orders::{ExitReason, Leg};
use atrium_shared::trading::policy::EntryPolicy;
use atrium_shared::trading::strategy::{LevelAnchor, SidePolicy};

/// A tick in units of price.
pub(crate) const TICK: i64 = 8;
/// What one unit of price is worth as a number.
pub(crate) const UNIT: f64 = 1.0 / 32.0;
/// One part in so many of equity is risked.
pub(crate) const RISK_PARTS: i64 = 128;

/// What is to be traded.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Bars as open, high, low, close.
    pub(crate) bars: Vec<[i64; 4]>,
    /// The predicted move at each bar's close.
    pub(crate) moves: Vec<Option<i64>>,
    /// The least move that passes, where gates are asked for.
    pub(crate) gate: i64,
    /// Reward to risk, in quarters.
    pub(crate) ratio_quarters: i64,
    pub(crate) side: SidePolicy,
    pub(crate) anchor: LevelAnchor,
    pub(crate) entry: EntryPolicy,
    pub(crate) intrabar: Intrabar,
    pub(crate) limit: LimitFill,
    pub(crate) max_hold: Option<usize>,
    pub(crate) equity: i64,
    /// Buying power as a multiple of equity.
    pub(crate) leverage: i64,
}

/// A fill: its leg, its bar, its price, its lots; and for exits, why.
pub(crate) type Filled = (Leg, usize, i64, i64, Option<ExitReason>);

#[derive(Clone, Copy)]
struct Order {
    long: bool,
    lots: i64,
    /// Prices, or distances from the fill.
    target: i64,
    stop: i64,
    limit: Option<i64>,
}

#[derive(Clone, Copy)]
struct Held {
    order: Order,
    price: i64,
    target: i64,
    stop: i64,
    /// The first bar that counts as held.
    from: usize,
}

/// What comes of a plan.
pub(crate) fn trade(plan: &Plan) -> Vec<Filled> {
    let mut run = Run {
        plan,
        cash: plan.equity,
        fills: Vec::new(),
    };
    let (mut order, mut held): (Option<Order>, Option<Held>) = (None, None);
    for (row, &bar) in plan.bars.iter().enumerate() {
        held = run.bar(row, bar, order.take(), held);
        if row + 1 == plan.bars.len() {
            run.close(row, held.take(), ExitReason::EndOfData);
        }
        if held.is_none() && row + 1 < plan.bars.len() {
            order = run.decide(row);
        }
        if plan.entry == EntryPolicy::Close
            && let Some(order) = order.take()
        {
            held = Some(run.enter(row, order, bar[3], row + 1));
        }
    }
    run.fills
}

struct Run<'a> {
    plan: &'a Plan,
    cash: i64,
    fills: Vec<Filled>,
}

/// The smallest multiple of a tick that is not below, and the largest that is not above.
fn up(price: i64) -> i64 {
    -(-price).div_euclid(TICK) * TICK
}
fn down(price: i64) -> i64 {
    price.div_euclid(TICK) * TICK
}

impl Run<'_> {
    /// A bar meets an order or a position; what is held after it.
    fn bar(
        &mut self,
        row: usize,
        [open, high, low, close]: [i64; 4],
        order: Option<Order>,
        held: Option<Held>,
    ) -> Option<Held> {
        let mut held = held;
        let mut only_stop = false;
        if let Some(order) = order {
            let better = |price: i64, limit: i64| self.fills_limit(order.long, limit - price);
            let extreme = if order.long { low } else { high };
            held = match order.limit {
                None => Some(self.enter(row, order, open, row)),
                Some(limit) if better(open, limit) => Some(self.enter(row, order, open, row)),
                Some(limit) if better(extreme, limit) => {
                    only_stop = true;
                    Some(self.enter(row, order, limit, row))
                }
                Some(_) => None,
            };
        }
        let position = held?;
        let exit = if only_stop {
            self.stop_in_range(&position, high, low)
        } else {
            self.exit_at_open(&position, open)
                .or_else(|| self.exit_in_range(&position, open, high, low))
        };
        if let Some((leg, price)) = exit {
            let why = if leg == Leg::Stop {
                ExitReason::Stop
            } else {
                ExitReason::Target
            };
            self.leave(row, &position, leg, price, why);
            return None;
        }
        if self
            .plan
            .max_hold
            .is_some_and(|most| row + 1 - position.from >= most)
        {
            self.leave(row, &position, Leg::Exit, close, ExitReason::MaxHold);
            return None;
        }
        held
    }

    /// Whether a limit fills, given how far the market is beyond it for a long (its negative for a short).
    fn fills_limit(&self, long: bool, beyond: i64) -> bool {
        let beyond = if long { beyond } else { -beyond };
        match self.plan.limit {
            LimitFill::Touch => beyond >= 0,
            LimitFill::Through => beyond > 0,
        }
    }

    fn exit_at_open(&self, held: &Held, open: i64) -> Option<(Leg, i64)> {
        let long = held.order.long;
        let stopped = if long {
            open <= held.stop
        } else {
            open >= held.stop
        };
        if stopped {
            return Some((Leg::Stop, open));
        }
        self.fills_limit(long, open - held.target)
            .then_some((Leg::Target, open))
    }

    fn stop_in_range(&self, held: &Held, high: i64, low: i64) -> Option<(Leg, i64)> {
        let met = if held.order.long {
            low <= held.stop
        } else {
            high >= held.stop
        };
        met.then_some((Leg::Stop, held.stop))
    }

    fn exit_in_range(&self, held: &Held, open: i64, high: i64, low: i64) -> Option<(Leg, i64)> {
        let stop = self.stop_in_range(held, high, low);
        let (best, toward, against) = if held.order.long {
            (high, high - open, open - low)
        } else {
            (low, open - low, high - open)
        };
        let target = self
            .fills_limit(held.order.long, best - held.target)
            .then_some((Leg::Target, held.target));
        let target_first = match self.plan.intrabar {
            Intrabar::Pessimistic | Intrabar::Refined => false,
            Intrabar::Optimistic => true,
            Intrabar::Path => toward < against,
        };
        if target_first {
            target.or(stop)
        } else {
            stop.or(target)
        }
    }

    fn enter(&mut self, row: usize, order: Order, price: i64, from: usize) -> Held {
        self.fills.push((Leg::Entry, row, price, order.lots, None));
        let sign = if order.long { 1 } else { -1 };
        let (target, stop) = match self.plan.anchor {
            LevelAnchor::Decision => (order.target, order.stop),
            LevelAnchor::Fill => {
                let [target, stop] = [price + sign * order.target, price - sign * order.stop];
                if order.long {
                    (up(target), up(stop))
                } else {
                    (down(target), down(stop))
                }
            }
        };
        Held {
            order,
            price,
            // nothing stands below the first tick
            target: target.max(TICK),
            stop: stop.max(TICK),
            from,
        }
    }

    fn leave(&mut self, row: usize, held: &Held, leg: Leg, price: i64, why: ExitReason) {
        let Held { order, .. } = held;
        let sign = if order.long { 1 } else { -1 };
        self.cash += sign * order.lots * (price - held.price);
        self.fills.push((leg, row, price, order.lots, Some(why)));
    }

    fn close(&mut self, row: usize, held: Option<Held>, why: ExitReason) {
        if let Some(held) = held {
            let close = self.plan.bars[row][3];
            self.leave(row, &held, Leg::Exit, close, why);
        }
    }

    /// The decision at the close of a bar, with nothing held.
    fn decide(&self, row: usize) -> Option<Order> {
        let plan = self.plan;
        let predicted = plan.moves[row]?;
        let close = plan.bars[row][3];
        if predicted == 0 || predicted.abs() < plan.gate || self.cash <= 0 {
            return None;
        }
        let long = predicted > 0;
        match (plan.side, long) {
            (SidePolicy::LongOnly, false) | (SidePolicy::ShortOnly, true) => return None,
            _ => {}
        }
        let risk = predicted * 4 / plan.ratio_quarters;
        assert_eq!(risk * plan.ratio_quarters, predicted * 4, "not exact");
        let (target, stop) = if long {
            (up(close + predicted), up(close - risk))
        } else {
            (down(close + predicted), down(close - risk))
        };
        let distance = match plan.anchor {
            LevelAnchor::Decision => (close - stop).abs(),
            LevelAnchor::Fill => risk.abs(),
        };
        let right_side = if long { stop < close } else { stop > close };
        let is_far = right_side || plan.anchor == LevelAnchor::Fill;
        if target < TICK || stop < TICK || !is_far || distance < TICK {
            return None;
        }
        let by_risk = self.cash / (RISK_PARTS * distance);
        let affordable = self.cash * plan.leverage / close;
        let lots = by_risk.min(affordable);
        let levels = match plan.anchor {
            LevelAnchor::Decision => (target, stop),
            LevelAnchor::Fill => (predicted.abs(), risk.abs()),
        };
        let limit = match plan.entry {
            EntryPolicy::Market | EntryPolicy::Close => None,
            EntryPolicy::Collared => Some(target),
            EntryPolicy::Limit => Some(if long { down(close) } else { up(close) }),
        };
        (lots > 0).then_some(Order {
            long,
            lots,
            target: levels.0,
            stop: levels.1,
            limit,
        })
    }
}
