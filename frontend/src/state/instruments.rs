//! What an instrument is taken to be: as the server knows it, else as its market usually is.

use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::instrument::Instrument;

/// What instruments of a market usually are.
pub(super) fn usual(symbol: &str, calendar: Calendar) -> Instrument {
    match calendar {
        Calendar::Nyse => Instrument::us_share(symbol),
        Calendar::Crypto => Instrument::crypto_pair(symbol),
        Calendar::Forex => Instrument::forex_pair(symbol),
        Calendar::Metals => Instrument::metal_cfd(symbol),
    }
}

/// The instrument of a symbol on a market: the one that is known there, else a usual one.
pub(super) fn on_market(symbol: &str, calendar: Calendar, known: &[Instrument]) -> Instrument {
    let found = named(symbol, known).filter(|found| found.calendar == calendar);
    found.cloned().unwrap_or_else(|| usual(symbol, calendar))
}

/// An instrument by another symbol: the one that is known by it, or this one renamed. Where this one is known by its own
/// symbol, what is known of it is not said of the other, which has the usual units of its market.
pub(super) fn renamed(instrument: &Instrument, symbol: &str, known: &[Instrument]) -> Instrument {
    match named(symbol, known) {
        Some(found) => found.clone(),
        None if named(&instrument.symbol, known) == Some(instrument) => {
            usual(symbol, instrument.calendar)
        }
        None => Instrument {
            symbol: symbol.to_owned(),
            ..instrument.clone()
        },
    }
}

fn named<'a>(symbol: &str, known: &'a [Instrument]) -> Option<&'a Instrument> {
    known
        .iter()
        .find(|known| known.symbol.eq_ignore_ascii_case(symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_symbol_is_proposed_and_not_said_of_another() {
        let known = Instrument {
            tick_size: 0.25,
            multiplier: 50.0,
            currency: "EUR".to_owned(),
            ..Instrument::us_share("ESX")
        };
        let all = [Instrument::crypto_pair("BTCUSD"), known.clone()];
        let share = usual("SPY", Calendar::Nyse);
        assert_eq!(renamed(&share, "esx", &all), known);
        assert_eq!(renamed(&known, "SPY", &all), share);
        assert_eq!(renamed(&share, "BTCUSD", &all).calendar, Calendar::Crypto);
        assert_eq!(renamed(&share, "ESX", &[]), Instrument::us_share("ESX"));
        // what a person said stays where nothing is known
        let said = Instrument {
            tick_size: 0.5,
            ..share
        };
        let expected = Instrument {
            symbol: "QQQ".to_owned(),
            ..said.clone()
        };
        assert_eq!(renamed(&said, "QQQ", &all), expected);
        // another market is what the person says it is
        assert_eq!(on_market("ESX", Calendar::Nyse, &all), known);
        let pair = on_market("ESX", Calendar::Forex, &all);
        assert_eq!(pair, Instrument::forex_pair("ESX"));
    }
}
