//! The gate and the limits, each check by hand.

use super::*;
use crate::base::units::{Lots, Ticks};
use crate::trading::orders::{InstId, OrderId, SizedBy};

fn good() -> Bracket {
    Bracket {
        order: OrderId(1),
        inst: InstId(0),
        side: Side::Long,
        lots: Lots(10),
        entry: EntryOrder::Market,
        target: Some(Level::At(Ticks(11_000))),
        stop: Some(Level::At(Ticks(9_500))),
        decided_at: Timestamp::from_seconds(100),
        sized_by: SizedBy::Risk,
        replaces: None,
    }
}

fn check(
    bracket: Bracket,
    limits: PreTrade,
    change: impl FnOnce(&mut Facts<'_>),
) -> Result<(), NoTrade> {
    let share = Instrument::us_share("SPY");
    let grid = TickGrid::new(0.01).unwrap();
    let mut facts = Facts {
        instrument: &share,
        fx: 1.0,
        grid: &grid,
        last: 100.0,
        last_end: Timestamp::from_seconds(100),
        positions: 0,
        duplicate: false,
        standing: Standing::CLEAR,
        halted: None,
    };
    change(&mut facts);
    approve(bracket, &facts, &limits).map(|_| ())
}

#[test]
fn nothing_passes_halted_empty_or_upside_down() {
    let none = PreTrade::default();
    assert_eq!(check(good(), none, |_| {}), Ok(()));
    for (halt, reason) in [
        (Halt::Ruin, NoTrade::Halted),
        (Halt::Command, NoTrade::Halted),
        (Halt::DailyLoss, NoTrade::LossLimit),
        (Halt::TotalLoss, NoTrade::LossLimit),
    ] {
        let halted = check(good(), none, |facts| facts.halted = Some(halt));
        assert_eq!(halted, Err(reason));
    }
    let at = |target, stop| Bracket {
        target,
        stop,
        ..good()
    };
    let (near, far) = (Some(Level::FromFill(0.05)), Some(Level::FromFill(0.0)));
    for bad in [
        Bracket {
            lots: Lots(0),
            ..good()
        },
        Bracket {
            side: Side::Short,
            ..good()
        },
        at(near, good().stop),
        at(near, far),
        at(None, far),
        at(None, Some(Level::FromFill(f64::INFINITY))),
        at(None, Some(Level::FromFill(f64::NAN))),
        at(Some(Level::At(Ticks(0))), None),
    ] {
        assert_eq!(check(bad, none, |_| {}), Err(NoTrade::LevelsTooClose));
    }
    assert_eq!(check(at(None, None), none, |_| {}), Ok(()));
}

#[test]
fn each_check_of_an_order_stands_at_its_bound() {
    let limits = |change: fn(&mut PreTrade)| {
        let mut limits = PreTrade::default();
        change(&mut limits);
        limits
    };
    let passes = |limits| check(good(), limits, |_| {});
    assert_eq!(passes(limits(|l| l.max_quantity = Some(10.0))), Ok(()));
    assert_eq!(
        passes(limits(|l| l.max_quantity = Some(9.0))),
        Err(NoTrade::OverQuantityLimit)
    );
    assert_eq!(passes(limits(|l| l.max_notional = Some(1_000.0))), Ok(()));
    assert_eq!(
        passes(limits(|l| l.max_notional = Some(999.0))),
        Err(NoTrade::OverNotionalLimit)
    );
    assert_eq!(
        passes(limits(|l| l.price_band_percent = Some(10.1))),
        Ok(())
    );
    assert_eq!(
        passes(limits(|l| l.price_band_percent = Some(9.9))),
        Err(NoTrade::OutsidePriceBand)
    );
    assert_eq!(passes(limits(|l| l.max_positions = Some(1))), Ok(()));
    assert_eq!(
        check(good(), limits(|l| l.max_positions = Some(1)), |facts| {
            facts.positions = 1
        }),
        Err(NoTrade::OverPositionLimit)
    );
    let fresh = limits(|l| l.max_data_age_s = Some(30));
    let aged = |seconds: i64| {
        check(good(), fresh, |facts| {
            facts.last_end = Timestamp::from_seconds(100 - seconds)
        })
    };
    assert_eq!(aged(30), Ok(()));
    assert_eq!(aged(31), Err(NoTrade::StaleData));
}

#[test]
fn surroundings_that_are_not_as_configured_stop_every_order() {
    let none = PreTrade::default();
    let standing =
        |change: fn(&mut Standing)| check(good(), none, |facts| change(&mut facts.standing));
    assert_eq!(
        standing(|s| s.session_open = false),
        Err(NoTrade::SessionClosed)
    );
    assert_eq!(
        standing(|s| s.account_confirmed = false),
        Err(NoTrade::NotCleared)
    );
    assert_eq!(
        standing(|s| s.mode_confirmed = false),
        Err(NoTrade::NotCleared)
    );
    assert_eq!(
        check(good(), none, |facts| facts.duplicate = true),
        Err(NoTrade::DuplicateOrder)
    );
}

#[test]
fn the_eleventh_signal_of_an_hour_waits_and_so_does_the_sixth_high_one() {
    let limits = RiskLimits {
        rate: Some(RateLimit::default()),
        ..RiskLimits::default()
    };
    let mut state = RiskState::new(10_000.0);
    let at = |second: i64| Timestamp::from_seconds(second);
    for second in 0..5 {
        assert!(state.has_room(at(second), Some(0.75), &limits));
        state.count_signal(at(second), Some(0.75), &limits);
    }
    assert!(!state.has_room(at(5), Some(0.75), &limits));
    for second in 5..10 {
        assert!(state.has_room(at(second), None, &limits));
        state.count_signal(at(second), None, &limits);
    }
    assert!(!state.has_room(at(10), None, &limits));
    assert!(!state.has_room(at(3_599), None, &limits));
    // the first signal counts for 3,600 seconds, no longer
    assert!(state.has_room(at(3_600), Some(0.9), &limits));
}

#[test]
fn losses_are_measured_from_the_balance_at_the_days_start_and_breach_once() {
    let limits = RiskLimits::ftmo();
    let at = Timestamp::from_seconds(0);
    let mut state = RiskState::new(10_000.0);
    assert!(!state.mark(9_500.0, at, &limits));
    assert!(state.mark(9_499.99, at, &limits));
    assert_eq!(state.halted(), Some(Halt::DailyLoss));
    assert!(!state.mark(9_400.0, at, &limits));
    state.roll_day(9_400.0, &limits);
    assert_eq!(state.halted(), None);
    // the day may lose 500 of 9,400, but in all 1,000 of 10,000 comes first
    assert!(!state.mark(9_000.0, at, &limits));
    assert!(state.mark(8_999.0, at, &limits));
    assert_eq!(state.halted(), Some(Halt::TotalLoss));
    state.roll_day(9_000.0, &limits);
    assert_eq!(state.halted(), Some(Halt::TotalLoss));
    let halts: Vec<Halt> = state.breaches.iter().map(|breach| breach.halt).collect();
    assert_eq!(halts, [Halt::DailyLoss, Halt::TotalLoss]);

    let for_good = RiskLimits {
        daily_loss_for_good: true,
        ..limits
    };
    let mut state = RiskState::new(10_000.0);
    assert!(state.mark(9_000.0, at, &for_good));
    state.roll_day(9_000.0, &for_good);
    assert_eq!(state.halted(), Some(Halt::DailyLoss));
}

/// Equity that is no number compares with no limit: it must not go on unseen.
#[test]
fn equity_that_is_no_number_is_ruin() {
    for equity in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut state = RiskState::new(10_000.0);
        let at = Timestamp::from_seconds(0);
        assert!(state.mark(equity, at, &RiskLimits::default()), "{equity}");
        assert_eq!(state.halted(), Some(Halt::Ruin));
    }
}
