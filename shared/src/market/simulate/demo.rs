//! The demo: several simulated instruments over two years, with what real ones have to cope with.

use super::model::{BadMarket, Market, MarketEvent, Simulated, simulate_market};
use super::profile::Profile;
use super::{SAMPLE, simulate};
use crate::base::time::{Day, Timestamp};
use crate::market::actions::Actions;
use crate::market::bars::Instrument;
use crate::market::calendar::Calendar;

/// An instrument of the demo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demo {
    /// Its ticker, which begins with SIM.
    pub symbol: &'static str,
    /// What is simulated, in words.
    pub about: &'static str,
    market: Option<Market>,
}

/// 2024-01-01 and 2025-12-31.
const SPAN: (Day, Day) = (Day(19_723), Day(20_453));

/// A share that grows fast.
pub(super) const GROWING: Market = Market {
    seed: 24,
    calendar: Calendar::Nyse,
    from: SPAN.0,
    to: SPAN.1,
    first_price: 480.0,
    ticks_per_unit: 100.0,
    volatility: 0.38,
    drift: 0.25,
    gap_share: 0.3,
    common: 0.55,
    news_every: 63,
    profile: Profile::Share,
    volume: 9_000.0,
    volume_steps_per_unit: 1.0,
    events: &[
        // Monday
        MarketEvent::Split {
            first_day: Day(20_157),
            ratio: 10.0,
        },
        // 2024-10-16 11:23 in New York
        MarketEvent::BadTick {
            at: Timestamp::from_seconds(1_729_092_180),
            factor: 0.42,
        },
    ],
};

/// A share that pays dividends.
const PAYING: Market = Market {
    seed: 11,
    first_price: 95.0,
    volatility: 0.2,
    drift: 0.06,
    gap_share: 0.22,
    volume: 22_000.0,
    events: &[
        dividend(19_761),
        dividend(19_852),
        dividend(19_943),
        dividend(20_034),
        dividend(20_125),
        dividend(20_216),
        dividend(20_307),
        dividend(20_398),
        // 2024-09-18 from 10:42 to 11:17 in New York
        MarketEvent::Halt {
            from: Timestamp::from_seconds(1_726_670_520),
            minutes: 35,
            jump: -0.045,
        },
    ],
    ..GROWING
};

/// A quarterly dividend without which the share trades from a day on.
const fn dividend(first_day: i32) -> MarketEvent {
    MarketEvent::Dividend {
        first_day: Day(first_day),
        amount: 0.62,
    }
}

/// A currency pair.
const PAIR: Market = Market {
    seed: 13,
    calendar: Calendar::Forex,
    first_price: 1.1,
    ticks_per_unit: 100_000.0,
    volatility: 0.07,
    drift: 0.0,
    gap_share: 0.15,
    common: 0.0,
    news_every: 0,
    profile: Profile::Forex,
    volume: 60.0,
    events: &[],
    ..GROWING
};

/// A coin.
const COIN: Market = Market {
    seed: 17,
    calendar: Calendar::Crypto,
    first_price: 42_000.0,
    volatility: 0.55,
    drift: 0.2,
    gap_share: 0.0,
    common: 0.0,
    news_every: 0,
    profile: Profile::Crypto,
    volume: 18.0,
    volume_steps_per_unit: 100_000.0,
    events: &[
        // an outage of the exchange: 2024-05-14 from 03:10 to 04:30 UTC
        MarketEvent::Halt {
            from: Timestamp::from_seconds(1_715_656_200),
            minutes: 80,
            jump: 0.0,
        },
    ],
    ..GROWING
};

/// Every instrument of the demo. The first is the sample that is used wherever one is enough.
pub const DEMO: [Demo; 5] = [
    Demo {
        symbol: "SIM",
        about: "a share without faults",
        market: None,
    },
    Demo {
        symbol: "SIMA",
        about: "a share that grows fast, with a split 10:1 and one bad tick",
        market: Some(GROWING),
    },
    Demo {
        symbol: "SIMB",
        about: "a share that pays dividends, with a trading halt",
        market: Some(PAYING),
    },
    Demo {
        symbol: "SIMEURUSD",
        about: "a currency pair, 24 hours on five days a week",
        market: Some(PAIR),
    },
    Demo {
        symbol: "SIMBTCUSD",
        about: "a coin that trades around the clock, with an outage of its exchange",
        market: Some(COIN),
    },
];

impl Demo {
    /// Its units and calendar.
    pub fn instrument(&self) -> Instrument {
        match self.market.map(|market| market.calendar) {
            Some(Calendar::Forex) => Instrument {
                // its symbol begins with SIM, not with its first currency
                currency: "USD".to_owned(),
                ..Instrument::forex_pair(self.symbol)
            },
            Some(Calendar::Crypto) => Instrument::crypto_pair(self.symbol),
            _ => Instrument::us_share(self.symbol),
        }
    }

    /// Its minute bars and corporate actions, the same on every machine.
    ///
    /// # Errors
    /// [`BadMarket`] where the demo is defined wrongly.
    pub fn simulate(&self) -> Result<Simulated, BadMarket> {
        match &self.market {
            Some(market) => simulate_market(market),
            None => Ok(Simulated {
                bars: simulate(&SAMPLE)?,
                actions: Actions::default(),
            }),
        }
    }
}
