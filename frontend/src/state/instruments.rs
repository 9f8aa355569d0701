//! What an instrument is taken to be: as the server knows it, else as its market usually is.

use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::of_symbol;

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

/// Whether the price step of an instrument is the one that is known of its symbol, and so no assumption.
pub(super) fn is_step_known(instrument: &Instrument, known: &[Instrument]) -> bool {
    named(&instrument.symbol, known).is_some_and(|known| {
        known.calendar == instrument.calendar
            && known.tick_size.to_bits() == instrument.tick_size.to_bits()
    })
}

/// Whether an instrument stays what it is by another symbol: nothing is known of that one, nor was what it is known of its own.
pub(super) fn keeps_units(instrument: &Instrument, symbol: &str, known: &[Instrument]) -> bool {
    named(symbol, known).is_none() && named(&instrument.symbol, known) != Some(instrument)
}

/// An instrument by another symbol: the one that is known by it; else what that symbol tells by itself, as on the command line,
/// unless something else was said of this one than its own symbol tells: that stays. Where this one is known by its own symbol,
/// what is known of it is not said of the other.
pub(super) fn renamed(instrument: &Instrument, symbol: &str, known: &[Instrument]) -> Instrument {
    match named(symbol, known) {
        Some(found) => found.clone(),
        None if *instrument == of_symbol(&instrument.symbol) => of_symbol(symbol),
        None if keeps_units(instrument, symbol, known) => Instrument {
            symbol: symbol.to_owned(),
            ..instrument.clone()
        },
        None => usual(symbol, instrument.calendar),
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
    fn a_price_step_that_is_known_of_a_symbol_is_no_assumption() {
        let coin = Instrument::crypto_pair("XRPUSDT");
        let finer = Instrument {
            tick_size: 0.001,
            ..coin.clone()
        };
        assert!(is_step_known(&coin, std::slice::from_ref(&coin)));
        assert!(!is_step_known(&coin, &[finer]));
        assert!(!is_step_known(&coin, &[]));
        assert!(!is_step_known(&coin, &[Instrument::us_share("XRPUSDT")]));
    }

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
        assert!(keeps_units(&said, "QQQ", &all) && !keeps_units(&said, "ESX", &all));
        assert!(!keeps_units(&known, "QQQ", &all));
        // a symbol brings its market, unless another one was said
        for symbol in ["ETHUSDT", "EURUSD", "XAUUSD", "QQQ"] {
            assert_eq!(renamed(&of_symbol(""), symbol, &all), of_symbol(symbol));
            assert_eq!(
                renamed(&of_symbol("BTCUSDT"), symbol, &[]),
                of_symbol(symbol)
            );
        }
        let coin = usual("", Calendar::Crypto);
        assert_eq!(
            renamed(&coin, "EURUSD", &all),
            usual("EURUSD", Calendar::Crypto)
        );
        // another market is what the person says it is
        assert_eq!(on_market("ESX", Calendar::Nyse, &all), known);
        let pair = on_market("ESX", Calendar::Forex, &all);
        assert_eq!(pair, Instrument::forex_pair("ESX"));
    }
}
