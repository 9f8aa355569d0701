//! Instruments: what is traded, in which units, on which market.

use core::fmt;

use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, TickGrid, within};

/// The kind of a security.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum SecurityType {
    /// A share or a fund traded like one.
    #[default]
    Stock,
    /// A pair of currencies.
    Forex,
    /// A contract for difference.
    Cfd,
    /// A commodity, such as spot gold.
    Commodity,
    /// A future.
    Future,
    /// A crypto pair.
    Crypto,
}

impl SecurityType {
    /// Every type.
    pub const ALL: [Self; 6] = [
        Self::Stock,
        Self::Forex,
        Self::Cfd,
        Self::Commodity,
        Self::Future,
        Self::Crypto,
    ];

    /// The type's name, as it is written in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Forex => "forex",
            Self::Cfd => "cfd",
            Self::Commodity => "commodity",
            Self::Future => "future",
            Self::Crypto => "crypto",
        }
    }
}

impl fmt::Display for SecurityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is traded, and in which units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// The ticker, such as "SPY".
    pub symbol: String,
    /// The currency that prices and costs are in (ISO 4217).
    pub currency: String,
    /// The smallest price step, in price units.
    pub tick_size: f64,
    /// The quantity of one lot: 1 share, 0.0001 BTC.
    pub lot_size: f64,
    /// Cash for a price move of 1 on a quantity of 1: 1 for shares, 50 for an ES future.
    pub multiplier: f64,
    /// The smallest quantity of an order.
    pub min_quantity: f64,
    /// The smallest notional of an order, in the currency.
    pub min_notional: f64,
    /// The calendar of the market it trades on.
    pub calendar: Calendar,
    /// The kind of security. It describes and is no part of digests.
    #[serde(default)]
    pub security_type: SecurityType,
    /// The exchange or venue, such as "ARCA"; empty where it is not known. It describes and is no part of digests.
    #[serde(default)]
    pub exchange: String,
    /// The exchange's time zone by its IANA name, for display; empty for the calendar's. It describes and is no part of digests.
    #[serde(default)]
    pub time_zone: String,
}

/// Why the description of an instrument is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDescription {
    /// The currency is no currency.
    #[error(
        "the currency {0:?} is none: write three to eight capital letters or digits, such as USD or USDT"
    )]
    Currency(String),
    /// The exchange is no exchange.
    #[error(
        "the exchange {0:?} is none: write at most 32 letters, digits, blanks and . _ -, such as ARCA"
    )]
    Exchange(String),
    /// The time zone is no name of one.
    #[error("the time zone {0:?} is none: write an IANA name, such as America/New_York")]
    TimeZone(String),
}

impl Instrument {
    /// A US share: cents, single shares, dollars, the NYSE calendar.
    pub fn us_share(symbol: &str) -> Self {
        Self {
            symbol: symbol.to_owned(),
            currency: "USD".to_owned(),
            tick_size: 0.01,
            lot_size: 1.0,
            multiplier: 1.0,
            min_quantity: 1.0,
            min_notional: 0.0,
            calendar: Calendar::Nyse,
            security_type: SecurityType::Stock,
            exchange: String::new(),
            time_zone: String::new(),
        }
    }

    /// A crypto pair: cents, lots of 0.0001, the 24x7 calendar.
    pub fn crypto_pair(symbol: &str) -> Self {
        Self {
            lot_size: 0.0001,
            min_quantity: 0.0001,
            calendar: Calendar::Crypto,
            security_type: SecurityType::Crypto,
            ..Self::us_share(symbol)
        }
    }

    /// A spot pair of currencies: steps of a tenth of a pip (0.001 where the yen is quoted), single units from 1,000 on,
    /// prices in the second currency, the 24x5 calendar.
    pub fn forex_pair(symbol: &str) -> Self {
        let letters: String = symbol.chars().filter(char::is_ascii_alphabetic).collect();
        let quoted = letters.get(3..6).map(str::to_ascii_uppercase);
        let currency = quoted.unwrap_or_else(|| "USD".to_owned());
        Self {
            tick_size: if currency == "JPY" { 0.001 } else { 0.00001 },
            min_quantity: 1_000.0,
            calendar: Calendar::Forex,
            security_type: SecurityType::Forex,
            currency,
            ..Self::us_share(symbol)
        }
    }

    /// Spot gold or silver as a contract for difference: cents (0.001 for silver), single ounces, dollars, the 23x5 calendar.
    pub fn metal_cfd(symbol: &str) -> Self {
        let silver = symbol.to_ascii_uppercase().starts_with("XAG");
        Self {
            tick_size: if silver { 0.001 } else { 0.01 },
            calendar: Calendar::Metals,
            security_type: SecurityType::Cfd,
            ..Self::us_share(symbol)
        }
    }

    /// An index future like the E-mini S&P 500: quarter points, single contracts, 50 dollars a point, 23x5. Set what differs.
    pub fn future(symbol: &str) -> Self {
        Self {
            tick_size: 0.25,
            multiplier: 50.0,
            calendar: Calendar::Metals,
            security_type: SecurityType::Future,
            ..Self::us_share(symbol)
        }
    }

    /// Checks every number of the instrument.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first field that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        TickGrid::new(self.tick_size)?;
        within("lot_size", self.lot_size, 1e-12, 1e9)?;
        within("multiplier", self.multiplier, 1e-9, 1e9)?;
        within("min_quantity", self.min_quantity, 0.0, 1e12)?;
        within("min_notional", self.min_notional, 0.0, 1e15)
    }

    /// Checks the texts that describe the instrument, as a user wrote them.
    ///
    /// # Errors
    /// [`BadDescription`] naming the first that cannot be.
    pub fn validate_description(&self) -> Result<(), BadDescription> {
        let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        if !(3..=8).contains(&self.currency.len()) || !self.currency.chars().all(capital) {
            return Err(BadDescription::Currency(shortened(&self.currency)));
        }
        let of_venue = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
        if self.exchange.len() > 32 || !self.exchange.chars().all(of_venue) {
            return Err(BadDescription::Exchange(shortened(&self.exchange)));
        }
        let zone = &self.time_zone;
        if !zone.is_empty() && TimeZoneDatabase::bundled().get(zone).is_err() {
            return Err(BadDescription::TimeZone(shortened(&self.time_zone)));
        }
        Ok(())
    }

    /// Feeds what can change a result, in order of declaration; the description is not fed.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.text(&self.symbol);
        hasher.text(&self.currency);
        for value in [
            self.tick_size,
            self.lot_size,
            self.multiplier,
            self.min_quantity,
            self.min_notional,
        ] {
            hasher.f64(value);
        }
        hasher.text(self.calendar.name());
    }
}

/// A text from outside, short enough for a message.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_describes_itself() {
        for (instrument, kind, currency) in [
            (Instrument::us_share("SPY"), "stock", "USD"),
            (Instrument::crypto_pair("BTC-USD"), "crypto", "USD"),
            (Instrument::forex_pair("EUR.USD"), "forex", "USD"),
            (Instrument::forex_pair("usdjpy"), "forex", "JPY"),
            (Instrument::forex_pair("EU"), "forex", "USD"),
            (Instrument::metal_cfd("XAGUSD"), "cfd", "USD"),
            (Instrument::future("ES"), "future", "USD"),
        ] {
            instrument.validate().unwrap();
            instrument.validate_description().unwrap();
            assert_eq!(instrument.security_type.to_string(), kind);
            assert_eq!(instrument.currency, currency);
        }
        let tick = |symbol: &str| Instrument::forex_pair(symbol).tick_size;
        assert_eq!((tick("USDJPY"), tick("EURUSD")), (0.001, 0.00001));
    }

    #[test]
    fn a_description_is_no_part_of_a_digest() {
        let digest = |instrument: &Instrument| {
            let mut hasher = Hasher::new("test");
            instrument.feed(&mut hasher);
            hasher.finish().unwrap()
        };
        let plain = Instrument::us_share("SPY");
        let described = Instrument {
            security_type: SecurityType::Cfd,
            exchange: "ARCA".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            ..plain.clone()
        };
        assert_ne!(plain, described);
        assert_eq!(digest(&plain), digest(&described));
        let finer = Instrument {
            tick_size: 0.005,
            ..plain.clone()
        };
        assert_ne!(digest(&plain), digest(&finer));
    }

    #[test]
    fn an_instrument_written_before_it_had_a_description_is_read() {
        let text = r#"{"symbol":"SPY","currency":"USD","tick_size":0.01,"lot_size":1.0,"multiplier":1.0,
            "min_quantity":1.0,"min_notional":0.0,"calendar":"nyse"}"#;
        let read: Instrument = serde_json::from_str(text).unwrap();
        assert_eq!(read, Instrument::us_share("SPY"));
    }

    #[test]
    fn a_description_that_cannot_be_is_refused() {
        let wrong = |change: fn(&mut Instrument)| {
            let mut instrument = Instrument::us_share("SPY");
            change(&mut instrument);
            instrument.validate_description().unwrap_err().to_string()
        };
        assert!(wrong(|it| it.currency = "usd".to_owned()).contains("capital"));
        assert!(wrong(|it| it.exchange = "<b>".to_owned()).contains("exchange"));
        for zone in ["../etc", "No/Where", "America/New York", "+02:00"] {
            let mut instrument = Instrument::us_share("SPY");
            instrument.time_zone = zone.to_owned();
            let said = instrument.validate_description().unwrap_err().to_string();
            assert!(said.contains("IANA") && said.contains(zone), "{said}");
        }
        let mut instrument = Instrument::us_share("SPY");
        for zone in ["", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC"] {
            instrument.time_zone = zone.to_owned();
            assert_eq!(instrument.validate_description(), Ok(()), "{zone}");
        }
    }
}
