//! What a file may be of, by its name alone: a proposal, which is shown and can be changed.

use super::LeanPath;
use crate::market::instrument::{Instrument, SecurityType};

/// Currencies that pairs are made of.
const CURRENCIES: [&str; 18] = [
    "AUD", "CAD", "CHF", "CNH", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "JPY", "MXN", "NOK",
    "NZD", "PLN", "SEK", "SGD", "USD",
];
/// What crypto pairs are quoted in, or begin with.
const STABLE: [&str; 4] = ["USDT", "USDC", "BUSD", "FDUSD"];
const COINS: [&str; 10] = [
    "BTC", "ETH", "XRP", "SOL", "BNB", "ADA", "DOGE", "LTC", "DOT", "XBT",
];

/// The instrument that a file is of, by its name: a path as LEAN has them, or the letters and digits that the name begins
/// with, where they are capitals, as in `SPY_1m.csv`, or however they are written those of a pair, as in `eurusd.csv.gz`.
/// `None` where the name does not tell.
pub fn guess_instrument(file_name: &str) -> Option<Instrument> {
    const LONGEST: usize = 12;
    if let Some(lean) = LeanPath::of(file_name) {
        let symbol = lean.symbol.to_ascii_uppercase();
        let path = file_name.to_ascii_lowercase();
        let has = |market: &str| path.split(['/', '\\']).any(|segment| segment == market);
        return Some(if has("equity") {
            Instrument::us_share(&symbol)
        } else if has("crypto") {
            Instrument::crypto_pair(&symbol)
        } else {
            of_symbol(&symbol)
        });
    }
    let file = file_name.rsplit(['/', '\\']).next()?;
    let word = file.split(|c: char| !c.is_alphanumeric()).next()?;
    let is_symbol = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
        && word.len() <= LONGEST;
    let symbol = word.to_ascii_uppercase();
    let instrument = is_symbol.then(|| of_symbol(&symbol))?;
    (symbol == word || instrument.security_type != SecurityType::Stock).then_some(instrument)
}

/// What an instrument of that symbol usually is, as its letters look: a pair of currencies, a metal, a coin, else a share.
pub fn of_symbol(symbol: &str) -> Instrument {
    let letters: String = symbol
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let pair = letters.split_at_checked(3).unwrap_or_default();
    let is_currency = |text: &str| CURRENCIES.contains(&text);
    if letters.len() == 6 && matches!(pair.0, "XAU" | "XAG") && is_currency(pair.1) {
        Instrument::metal_cfd(symbol)
    } else if letters.len() == 6 && is_currency(pair.0) && is_currency(pair.1) {
        Instrument::forex_pair(symbol)
    } else if is_coin(&letters) {
        Instrument::crypto_pair(symbol)
    } else {
        Instrument::us_share(symbol)
    }
}

fn is_coin(letters: &str) -> bool {
    let quoted = |quote: &str| letters.len() > quote.len() + 1 && letters.ends_with(quote);
    let begins = COINS.iter().any(|coin| {
        let rest = letters.strip_prefix(coin);
        rest.is_some_and(|rest| CURRENCIES.contains(&rest) || COINS.contains(&rest))
    });
    begins || STABLE.iter().any(|quote| quoted(quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_propose_what_they_tell_and_no_more() {
        for (name, expected) in [
            ("SPY_1m.parquet", Some(("SPY", "nyse"))),
            ("BTCUSDT_1m_2023.csv.gz", Some(("BTCUSDT", "crypto"))),
            ("BTCUSD.csv", Some(("BTCUSD", "crypto"))),
            ("EURUSD-2023.csv", Some(("EURUSD", "forex"))),
            ("XAGUSD_H1.csv", Some(("XAGUSD", "metals"))),
            ("eurusd.csv", Some(("EURUSD", "forex"))),
            ("BtcUsdt 1h.csv", Some(("BTCUSDT", "crypto"))),
            ("ADA.csv", Some(("ADA", "nyse"))),
            (
                "equity/usa/minute/aapl/20140609_trade.zip",
                Some(("AAPL", "nyse")),
            ),
            (
                "crypto/coinbase/daily/btcusd_trade.zip",
                Some(("BTCUSD", "crypto")),
            ),
            ("forex/oanda/hour/eurusd.zip", Some(("EURUSD", "forex"))),
            (
                "cfd/oanda/minute/xauusd/20140501_quote.zip",
                Some(("XAUUSD", "metals")),
            ),
            ("prices.csv", None),
            ("spy.csv", None),
            ("SPYÜ.csv", None),
            ("Prices.csv", None),
            ("2023.csv", None),
            ("", None),
        ] {
            let guessed = guess_instrument(name);
            let found = guessed
                .as_ref()
                .map(|it| (it.symbol.as_str(), it.calendar.name()));
            assert_eq!(found, expected, "{name}");
        }
    }
}
