//! Zones of wall-clock times: an IANA name, and a fixed shift where a broker's clock follows another city's changes of
//! clocks. The rules of every zone are compiled in; those of the host never decide.

use core::fmt;
use core::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::market::calendar::Calendar;

/// The zone of times that are written without one. Written `utc`, `exchange`, `Europe/Berlin`, `UTC+2`, and with a shift
/// `America/New_York+7h`: clocks that show seven hours more than those of New York, all year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    base: Base,
    /// How much more the clock shows than that of the base, in seconds.
    shift: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Base {
    Utc,
    Exchange,
    Named(String),
}

/// A text that names no zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no time zone: write utc, exchange, an IANA name such as Europe/Berlin, either with a shift such as America/New_York+7h, or an offset such as UTC+2"
)]
pub struct BadZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self {
        base: Base::Utc,
        shift: 0,
    };
    /// The local time of the exchange.
    pub const EXCHANGE: Self = Self {
        base: Base::Exchange,
        shift: 0,
    };

    /// A zone by its IANA name.
    ///
    /// # Errors
    /// [`BadZone`] for a name that is none.
    pub fn named(name: &str) -> Result<Self, BadZone> {
        let zone = TimeZoneDatabase::bundled().get(name);
        let zone = zone.map_err(|_| BadZone(name.chars().take(60).collect()))?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        let base = match name.as_str() {
            "UTC" | "Etc/UTC" => Base::Utc,
            _ => Base::Named(name),
        };
        Ok(Self { base, shift: 0 })
    }

    /// A zone as it is written, its name not looked up: for who only passes it on, and does not carry the rules of all zones.
    /// An unknown name is found out by [`Zone::rules`]; a shift of a name is read as it is shown, `+7h` or `-5:30`.
    pub fn unchecked(text: &str) -> Self {
        let text = text.trim();
        let known = |name: &str| match name.to_ascii_lowercase().as_str() {
            "" | "utc" | "gmt" | "z" => Some(Self::UTC),
            "exchange" => Some(Self::EXCHANGE),
            _ => None,
        };
        let named = |name: &str| Self {
            base: Base::Named(name.to_owned()),
            shift: 0,
        };
        let split = text
            .rfind(['+', '-'])
            .and_then(|at| text.split_at_checked(at));
        let shifted = split.and_then(|(name, shift)| {
            let seconds = seconds_of(shift)?;
            // names such as Etc/GMT+5 are names as a whole
            let told = known(name).or_else(|| shift.contains(['h', ':']).then(|| named(name)));
            Some(told?.shifted(seconds))
        });
        shifted
            .or_else(|| known(text).filter(|_| !text.is_empty()))
            .unwrap_or_else(|| named(text))
    }

    /// The same zone with clocks that show `seconds` more.
    #[must_use]
    pub fn shifted(mut self, seconds: i32) -> Self {
        self.shift = self.shift.saturating_add(seconds);
        self
    }

    /// The rules and the shift in seconds: UTC = rules(wall clock − shift).
    ///
    /// # Errors
    /// [`BadZone`] for a name that was not looked up and is none.
    pub fn rules(&self, calendar: Calendar) -> Result<(TimeZone, i32), BadZone> {
        let rules = match &self.base {
            Base::Utc => TimeZone::UTC,
            Base::Exchange => calendar.time_zone(),
            Base::Named(name) => TimeZoneDatabase::bundled()
                .get(name)
                .map_err(|_| BadZone(name.clone()))?,
        };
        Ok((rules, self.shift))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.base {
            Base::Utc => "UTC",
            Base::Exchange => "exchange",
            Base::Named(name) => name,
        })?;
        let (hours, minutes) = (self.shift / 3_600, self.shift % 3_600 / 60);
        match (self.shift, minutes) {
            (0, _) => Ok(()),
            (_, 0) => write!(f, "{hours:+}h"),
            (shift, _) => {
                let sign = if shift < 0 { '-' } else { '+' };
                write!(f, "{sign}{}:{:02}", hours.abs(), minutes.abs())
            }
        }
    }
}

impl FromStr for Zone {
    type Err = BadZone;

    fn from_str(text: &str) -> Result<Self, BadZone> {
        let text = text.trim();
        let bad = || BadZone(text.chars().take(60).collect());
        // names such as Etc/GMT+5 are names as a whole
        if let Ok(zone) = Self::base(text) {
            return Ok(zone);
        }
        let at = text.rfind(['+', '-']).ok_or_else(bad)?;
        let (name, shift) = text.split_at_checked(at).ok_or_else(bad)?;
        let base = if name.is_empty() {
            Self::UTC
        } else {
            Self::base(name).map_err(|_| bad())?
        };
        Ok(base.shifted(seconds_of(shift).ok_or_else(bad)?))
    }
}

impl Zone {
    fn base(name: &str) -> Result<Self, BadZone> {
        match name.to_ascii_lowercase().as_str() {
            "utc" | "gmt" | "z" => Ok(Self::UTC),
            "exchange" => Ok(Self::EXCHANGE),
            _ => Self::named(name),
        }
    }
}

/// `+7h`, `+7`, `-5:30`, `+0530` in seconds, at most a day.
fn seconds_of(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let digits = digits.strip_suffix('h').unwrap_or(digits);
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str, most: i32| -> Option<i32> {
        let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_short)?;
        (number <= most).then_some(number)
    };
    Some(sign * (number(hours, 23)? * 3_600 + number(minutes, 59)? * 60))
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::unchecked(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_read_as_they_are_written() {
        for (text, shown) in [
            ("utc", "UTC"),
            ("Z", "UTC"),
            ("exchange", "exchange"),
            ("america/new_york", "America/New_York"),
            ("America/New_York+7h", "America/New_York+7h"),
            ("America/New_York-5:30", "America/New_York-5:30"),
            ("UTC+2", "UTC+2h"),
            ("+05:30", "UTC+5:30"),
            ("-0030", "UTC-0:30"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("exchange+1h", "exchange+1h"),
        ] {
            let zone: Zone = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
            assert_eq!(zone.to_string(), shown);
            assert_eq!(Zone::unchecked(shown), zone, "{shown}");
            assert_eq!(shown.parse(), Ok(zone));
        }
        for bad in [
            "",
            "Mars/Olympus",
            "UTC+",
            "UTC+99h",
            "+1:60",
            "Berlin",
            "UTC+2h3",
        ] {
            assert!(bad.parse::<Zone>().is_err(), "{bad:?} was read");
            let unchecked = Zone::unchecked(bad).rules(Calendar::Nyse);
            assert!(unchecked.is_err(), "{bad:?} has rules");
        }
    }
}
