//! The demo has the traits of real markets, and the faults it says it has.

mod events;
mod quality;
mod traits;

use std::sync::LazyLock;

use super::*;
use crate::base::time::{Day, Timestamp};

/// Every instrument of the demo, simulated once for all tests.
static ALL: LazyLock<Vec<(Demo, Simulated)>> = LazyLock::new(|| {
    let simulated = DEMO.map(|demo| (demo, demo.simulate().unwrap()));
    simulated.into()
});

fn simulated(symbol: &str) -> &'static Simulated {
    let found = ALL.iter().find(|(demo, _)| demo.symbol == symbol);
    &found.unwrap().1
}

fn calendar(symbol: &str) -> Calendar {
    let found = DEMO.iter().find(|demo| demo.symbol == symbol);
    found.unwrap().instrument().calendar
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn time(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp(time.as_microsecond())
}

#[test]
fn the_sample_is_two_years_of_whole_sessions_and_always_the_same() {
    let bars = simulate(&SAMPLE).unwrap();
    assert_eq!(bars.start()[0].to_string(), "2024-01-02T14:30:00Z");
    assert_eq!(
        bars.start().last().unwrap().to_string(),
        "2025-12-31T20:59:00Z"
    );
    assert_eq!(bars.digest(), simulate(&SAMPLE).unwrap().digest());
    let other = simulate(&Simulation { seed: 1, ..SAMPLE }).unwrap();
    assert_ne!(bars.digest(), other.digest());
}

#[test]
fn the_demo_is_the_same_on_every_machine() {
    let digests: Vec<String> = ALL
        .iter()
        .map(|(demo, simulated)| {
            let bars = &simulated.bars;
            let digest = bars.digest().unwrap().to_string();
            format!("{} {} {}", demo.symbol, bars.len(), &digest[..16])
        })
        .collect();
    assert_eq!(
        digests,
        [
            "SIM 194700 ca7decf0201fa1b0",
            "SIMA 194700 8435abd2c201848d",
            "SIMB 194665 55b9188102e9ee71",
            "SIMEURUSD 747360 d073bd2fb6efbcb3",
            "SIMBTCUSD 1052560 75532b423d8bd87a",
        ]
    );
}

#[test]
fn every_instrument_is_valid_and_its_prices_lie_on_its_grid() {
    for (demo, simulated) in ALL.iter() {
        let instrument = demo.instrument();
        instrument.validate().unwrap();
        assert!(demo.symbol.starts_with("SIM"));
        for (start, prices, volume) in simulated.bars.rows() {
            for price in prices {
                let ticks = price / instrument.tick_size;
                assert!(
                    (ticks - ticks.round()).abs() < 1e-6,
                    "{} {start} {price}",
                    demo.symbol
                );
            }
            assert!(volume > 0.0);
        }
    }
}
