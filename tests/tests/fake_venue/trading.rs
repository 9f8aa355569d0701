//! A session's bars, what is decided on them, and what else may happen meanwhile.

use atrium_shared::base::time::Timestamp;
use atrium_shared::base::units::Lots;
use atrium_shared::market::bars::Bar;
use atrium_shared::signal::prediction::Prediction;
use atrium_shared::trading::engine::{Command, Event, TimerKind};
use atrium_shared::trading::orders::{
    Charge, ChargeKind, ExecId, ExitReason, Fill, FillCosts, InstId, Leg, LegState, OrderId, When,
};
use atrium_shared::trading::policy::OnOpposite;
use atrium_shared::trading::risk::Standing;
use atrium_tests::draws::Draws;
use atrium_tests::fake_venue::Session;
use atrium_tests::generate::Case;

/// Trades through every bar of a case, with a command, a timer or a change of standing now and then.
pub(crate) fn trade(case: &Case, session: &mut Session, seed: u64) {
    trade_and(case, session, seed, |_| {});
}

/// The same, with a look at the session after every decision.
pub(crate) fn trade_and(
    case: &Case,
    session: &mut Session,
    seed: u64,
    mut look: impl FnMut(&Session),
) {
    let mut draws = Draws::new(seed, 7);
    // bars without a connection; the engine remembers 64 withdrawn entries, more than there can be in that time
    let patience = draws.pick([3, 10, 40]);
    let rows = case.markets.iter().map(|market| market.bars.series().len());
    for row in 0..rows.max().unwrap_or(0) {
        let mut at = None;
        for (index, market) in case.markets.iter().enumerate() {
            let Some(bar) = market.bars.bar(row) else {
                continue;
            };
            at = at.max(Some(bar.end()));
            if draws.chance(0.05) {
                session.step(interruption(case, &mut draws, bar.start()));
            }
            session.bar(InstId(index as u16), bar);
            let (inst, for_bar) = (InstId(index as u16), bar.start());
            if let Some(value) = market.prepared.predictions()[row] {
                session.step(Event::Prediction {
                    inst,
                    for_bar,
                    value,
                });
            }
            if let Some(signal) = market.prepared.signals().get(row).copied().flatten() {
                session.step(Event::Signal {
                    inst,
                    for_bar,
                    signal,
                });
            }
        }
        let Some(at) = at else { continue };
        session.step(Event::Decide { at });
        look(session);
        if row % patience == patience - 1 {
            session.venue.recover();
        }
        if draws.chance(0.03) {
            session.step(interruption(case, &mut draws, at));
        }
    }
}

/// Something that may happen at any time.
fn interruption(case: &Case, draws: &mut Draws, at: Timestamp) -> Event {
    let inst = InstId(draws.below(case.markets.len() as u64) as u16);
    let flatten = Command::Flatten {
        inst: draws.chance(0.5).then_some(inst),
        why: draws.pick([ExitReason::Flatten, ExitReason::EndOfData]),
        when: draws.pick([When::NextOpen, When::ThisClose]),
    };
    let command = |command| Event::Command { at, command };
    let timer = |kind| Event::Timer { at, kind };
    match draws.below(10) {
        9 => {
            let mut rules = case.config.rules();
            rules.sizing.risk_per_trade = draws.pick([0.001, 0.02]);
            rules.policy.on_opposite = draws.pick([OnOpposite::Exit, OnOpposite::Reverse]);
            if !rules.policy.reverses_at_one_time() {
                rules.policy.on_opposite = OnOpposite::Exit;
            }
            rules.policy.trailing_stop_atr = draws.pick([None, Some(1.0)]);
            command(Command::SetRules(Box::new(rules)))
        }
        0 => command(Command::Halt),
        1 | 2 => command(Command::Resume),
        3 => command(flatten),
        4 => timer(TimerKind::RiskDay),
        5 => timer(TimerKind::SessionExit {
            inst,
            until: at.plus_seconds(draws.whole(0, 20_000)),
        }),
        6 => timer(TimerKind::SessionExitMissed(inst)),
        7 => Event::Account {
            available_funds: case.config.initial_equity * draws.between(0.5, 2.0),
            at,
        },
        _ => Event::Standing {
            standing: Standing {
                session_open: draws.chance(0.8),
                account_confirmed: draws.chance(0.9),
                mode_confirmed: true,
            },
            at,
        },
    }
}

/// Everything is closed and told, in quiet bars after the last ones. Whether that comes to an end.
pub(crate) fn wind_up(case: &Case, session: &mut Session) -> bool {
    let last = case.markets.iter().map(|market| {
        let bars = &market.bars;
        bars.bar(bars.series().len() - 1).unwrap()
    });
    let last: Vec<Bar> = last.collect();
    let from = last.iter().map(|bar| bar.end()).max().unwrap();
    session.wind_up((0..60).map(|round| {
        let bars = last.iter().map(|bar| {
            let start = from.plus_seconds(round * 3_600);
            Bar::new(start, start.plus_seconds(3_600), [bar.close(); 4], 1.0).unwrap()
        });
        bars.collect()
    }))
}

/// Events that no honest world sends: what is impossible, out of bounds, or of somebody else.
pub(crate) fn disturb(case: &Case, session: &mut Session, seed: u64) {
    let mut draws = Draws::new(seed, 8);
    for _ in 0..200 {
        let event = nonsense(case, session, &mut draws);
        session.step(event);
    }
}

fn number(draws: &mut Draws) -> f64 {
    draws.pick([
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -1.0,
        1.0,
        1e-300,
        1e300,
        f64::MAX,
        f64::MIN,
        100.0,
        1e13,
    ])
}

fn nonsense(case: &Case, session: &Session, draws: &mut Draws) -> Event {
    let inst = InstId(draws.pick([0, 0, 0, 1, 2, u16::MAX]));
    let orders = session.engine.trades().len() as u64 + 2;
    let order = OrderId(draws.pick([0, 1, draws_below(orders, session), orders, u64::MAX]));
    let leg = draws.pick([Leg::Entry, Leg::Target, Leg::Stop, Leg::Exit]);
    let exec = ExecId(draws.pick([0, 1, 77, u64::MAX]) ^ draws.below(1_000));
    let at = Timestamp(draws.pick([0, i64::MIN, i64::MAX, 1_700_000_000_000_000]));
    let market = &case.markets[0].bars;
    let lots = Lots(draws.pick([1, 1, 5, 0, -1, i64::MAX, i64::MIN]));
    match draws.below(9) {
        0 | 1 => Event::Fill(Fill {
            inst,
            order,
            leg,
            exec,
            lots,
            price: number(draws),
            costs: FillCosts {
                commission: draws.pick([0.0, 0.0, f64::NAN, 1e13]),
                ..FillCosts::default()
            },
            at,
        }),
        2 => Event::Charge(Charge {
            inst,
            order,
            exec,
            kind: ChargeKind::Borrow,
            amount: number(draws),
            at,
        }),
        3 => Event::Order {
            inst,
            order,
            leg,
            state: draws.pick([LegState::Accepted, LegState::Unknown]),
        },
        4 => Event::Prediction {
            inst,
            for_bar: market.series().start()[market.series().len() - 1],
            value: Prediction {
                price: number(draws),
                sigma_err: draws.pick([None, Some(-1.0), Some(f64::NAN), Some(1.0)]),
                confidence: draws.pick([None, Some(2.0), Some(0.5)]),
            },
        },
        5 => Event::Bar {
            inst,
            bar: market
                .bar(draws.below(market.series().len() as u64) as usize)
                .unwrap(),
        },
        6 => Event::Account {
            available_funds: number(draws),
            at,
        },
        7 => Event::Decide { at },
        _ => Event::Timer {
            at,
            kind: draws.pick([
                TimerKind::EntryExpiry(inst),
                TimerKind::SessionExit { inst, until: at },
                TimerKind::SessionExitMissed(inst),
                TimerKind::RiskDay,
            ]),
        },
    }
}

/// An order that may exist, spread by how far the session has come.
fn draws_below(orders: u64, session: &Session) -> u64 {
    session.taken.len() as u64 % orders
}
