//! Corporate actions, halts and bad ticks stand where they are said to stand, and nowhere else.

use super::*;
use crate::market::actions::ActionKind;

/// First and last bar of a day: raw open, raw close, volume of the day.
fn session(symbol: &str, on: &str) -> (f64, f64, f64) {
    let calendar = calendar(symbol);
    let of_day: Vec<([f64; 4], f64)> = simulated(symbol)
        .bars
        .rows()
        .filter(|(start, ..)| calendar.local_day(*start) == day(on))
        .map(|(_, prices, volume)| (prices, volume))
        .collect();
    let volume = of_day.iter().map(|(_, volume)| volume).sum();
    (of_day[0].0[0], of_day[of_day.len() - 1].0[3], volume)
}

#[test]
fn the_split_comes_with_its_action() {
    let SplitOf { before, after } = split();
    let ratio = after.0 / before.1;
    assert!((0.09..0.11).contains(&ratio), "{ratio}");
    let volumes = after.2 / before.2;
    assert!((4.0..25.0).contains(&volumes), "{volumes}");
    let actions = &simulated("SIMA").actions;
    assert_eq!(actions.list().len(), 1);
    let factor = actions.factor(day("2025-03-07"));
    assert_eq!(factor.to_bits(), 0.1f64.to_bits());
    assert_eq!(
        actions.factor(day("2025-03-10")).to_bits(),
        1.0f64.to_bits()
    );
    // adjusted, the night is an ordinary one
    let adjusted = after.0 / (before.1 * factor) - 1.0;
    assert!(adjusted.abs() < 0.05, "{adjusted}");
}

struct SplitOf {
    before: (f64, f64, f64),
    after: (f64, f64, f64),
}

fn split() -> SplitOf {
    SplitOf {
        before: session("SIMA", "2025-03-07"),
        after: session("SIMA", "2025-03-10"),
    }
}

#[test]
fn dividends_are_what_they_take_off_the_last_close() {
    let actions = simulated("SIMB").actions.list();
    assert_eq!(actions.len(), 8);
    for action in actions {
        let ActionKind::Dividend { factor } = action.kind else {
            panic!("{action} is no dividend")
        };
        let before = Day(action.first_day.0 - 1).to_string();
        let (_, close, _) = session("SIMB", &before);
        let amount = (1.0 - factor) * close;
        assert!((amount - 0.62).abs() < 1e-9, "{action}: {amount}");
    }
}

#[test]
fn nothing_is_missing_but_the_halt_and_the_outage() {
    for (demo, simulated) in ALL.iter() {
        let calendar = calendar(demo.symbol);
        let (from, to) = (day("2024-01-01"), day("2025-12-31"));
        let expected: Vec<Timestamp> = calendar
            .sessions(from, to)
            .unwrap()
            .iter()
            .flat_map(|session| {
                let minutes = session.close.micros_since(session.open) / 60_000_000;
                let open = session.open;
                (0..minutes).map(move |minute| open.plus_seconds(minute * 60))
            })
            .collect();
        let present = simulated.bars.start();
        let missing: Vec<Timestamp> = expected
            .iter()
            .filter(|start| present.binary_search(start).is_err())
            .copied()
            .collect();
        assert_eq!(present.len() + missing.len(), expected.len());
        let stretch = match demo.symbol {
            "SIMB" => Some((35, "2024-09-18T14:42:00Z", "2024-09-18T15:16:00Z")),
            "SIMBTCUSD" => Some((80, "2024-05-14T03:10:00Z", "2024-05-14T04:29:00Z")),
            _ => None,
        };
        let found = missing
            .first()
            .map(|&first| (missing.len(), first, missing[missing.len() - 1]));
        let stretch = stretch.map(|(count, first, last)| (count, time(first), time(last)));
        assert_eq!(found, stretch, "{}", demo.symbol);
    }
}

#[test]
fn there_is_one_bad_tick() {
    let mut found = Vec::new();
    for (demo, simulated) in ALL.iter() {
        for (start, [open, _, low, close], _) in simulated.bars.rows() {
            if low < 0.9 * if open < close { open } else { close } {
                found.push((
                    demo.symbol,
                    start.to_string(),
                    (low / close * 100.0).round(),
                ));
            }
        }
    }
    assert_eq!(found, [("SIMA", "2024-10-16T15:23:00Z".to_owned(), 42.0)]);
}

#[test]
fn trading_comes_back_from_the_halt_at_another_price() {
    let bars = &simulated("SIMB").bars;
    let after = bars
        .start()
        .binary_search(&time("2024-09-18T15:17:00Z"))
        .unwrap();
    let change = bars.open()[after] / bars.close()[after - 1] - 1.0;
    assert!((-0.06..-0.03).contains(&change), "{change}");
}

#[test]
fn a_market_that_makes_no_sense_is_an_error() {
    let market = |events: &'static [MarketEvent]| Market {
        seed: 1,
        calendar: Calendar::Nyse,
        from: day("2024-01-02"),
        to: day("2024-01-05"),
        first_price: 1.0,
        ticks_per_unit: 100.0,
        volatility: 0.2,
        drift: 0.0,
        gap_share: 0.2,
        common: 0.0,
        news_every: 0,
        profile: Profile::Share,
        volume: 1.0,
        volume_steps_per_unit: 1.0,
        events,
    };
    let early = Market {
        from: day("1989-01-01"),
        ..market(&[])
    };
    let said = simulate_market(&early).unwrap_err().to_string();
    assert!(said.contains("outside the nyse calendar"), "{said}");
    let ruin = market(&[MarketEvent::Dividend {
        first_day: Day(19_725),
        amount: 2.0,
    }]);
    let said = simulate_market(&ruin).unwrap_err().to_string();
    assert!(said.contains("2024-01-03"), "{said}");
}
