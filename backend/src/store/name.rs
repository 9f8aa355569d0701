//! Names of data sets. A name is also the name of a folder, so this is what confines the store to its base directory.

use atrium_shared::base::time::BarInterval;

use super::StoreError;

/// The longest symbol.
const MAX_SYMBOL: usize = 32;

/// Checks a ticker: letters, digits, `.`, `_` and `-`, at most 32 of them, the first a letter or a digit.
///
/// # Errors
/// [`StoreError::Symbol`] says what is allowed.
pub fn check_symbol(symbol: &str) -> Result<(), StoreError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let starts_well = symbol.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && symbol.len() <= MAX_SYMBOL && symbol.chars().all(allowed) {
        Ok(())
    } else {
        Err(StoreError::Symbol(shortened(symbol)))
    }
}

/// The name of the bars of a symbol: "SPY-1min".
pub fn data_set_name(symbol: &str, interval: BarInterval) -> String {
    format!("{symbol}-{interval}")
}

/// Checks a name and takes it apart.
///
/// # Errors
/// [`StoreError::Name`] for anything that no data set can be called.
pub fn parse_name(name: &str) -> Result<(&str, BarInterval), StoreError> {
    let bad = || StoreError::Name(shortened(name));
    let (symbol, interval) = name.rsplit_once('-').ok_or_else(bad)?;
    check_symbol(symbol).map_err(|_| bad())?;
    let parsed: BarInterval = interval.parse().map_err(|_| bad())?;
    // "60min" and "1h" are the same interval but would be two folders
    if parsed.to_string() == interval {
        Ok((symbol, parsed))
    } else {
        Err(bad())
    }
}

/// A text from outside, short enough for a message.
fn shortened(text: &str) -> String {
    const MAX: usize = 60;
    let mut short: String = text.chars().take(MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        for (symbol, minutes) in [("SPY", 1), ("BTC-USD", 60), ("BRK.B", 5), ("6E", 240)] {
            let name = data_set_name(symbol, BarInterval::minutes(minutes));
            let read = parse_name(&name).unwrap();
            assert_eq!(read, (symbol, BarInterval::minutes(minutes)));
        }
    }

    #[test]
    fn what_could_leave_the_folder_or_hide_in_it_is_no_name() {
        let long = "A".repeat(33);
        for symbol in [
            "", ".", "..", ".tmp", "-A", "_A", "../x", "a/b", "a\\b", "A B", "A\0", "É", "C:",
            &long,
        ] {
            assert!(check_symbol(symbol).is_err(), "{symbol:?}");
            let name = data_set_name(symbol, BarInterval::minutes(1));
            assert!(parse_name(&name).is_err(), "{name:?}");
        }
        for name in [
            "SPY",
            "SPY-",
            "SPY-1h",
            "SPY-60 min",
            "SPY-01min",
            "README.md",
            ".lock",
        ] {
            assert!(parse_name(name).is_err(), "{name:?}");
        }
    }
}
