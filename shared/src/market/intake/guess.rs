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

/// Exchanges and brokers that TradingView names before a symbol, as in `NASDAQ_AAPL, 1D.csv`.
const EXCHANGES: [&str; 28] = [
    "AMEX",
    "ARCA",
    "BATS",
    "BINANCE",
    "BITFINEX",
    "BITSTAMP",
    "BLACKBULL",
    "BYBIT",
    "CAPITALCOM",
    "CBOE",
    "COINBASE",
    "CRYPTO",
    "CRYPTOCAP",
    "EIGHTCAP",
    "FOREXCOM",
    "FX",
    "FXCM",
    "IDC",
    "INDEX",
    "KRAKEN",
    "NASDAQ",
    "NYSE",
    "NYSEARCA",
    "OANDA",
    "OKX",
    "OTC",
    "PEPPERSTONE",
    "TVC",
];
/// Letters after a dot or a dash that are rather of an interval than of a class of shares.
const OF_INTERVALS: [&str; 4] = ["D", "H", "M", "W"];

/// The instrument that a file is of, by its name: a path as LEAN has them, or the letters and digits that the name begins
/// with, where they are capitals, as in `SPY_1m.csv`, or however they are written those of a pair, as in `eurusd.csv.gz` and
/// `BTC-USD.csv`. A class of shares belongs to the symbol, as in `BRK-B.csv`, an exchange before it does not, as in
/// `NASDAQ_AAPL, 1D.csv`. `None` where the name does not tell.
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
    let file = without_exchange(file_name.rsplit(['/', '\\']).next()?);
    let word = first_word(file);
    if let Some(two) = of_two_words(file, word) {
        return Some(two);
    }
    let is_symbol = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
        && word.len() <= LONGEST;
    let symbol = word.to_ascii_uppercase();
    let instrument = is_symbol.then(|| of_symbol(&symbol))?;
    (symbol == word || instrument.security_type != SecurityType::Stock).then_some(instrument)
}

/// The letters and digits that a name begins with.
fn first_word(name: &str) -> &str {
    let end = name.find(|c: char| !c.is_alphanumeric());
    end.map_or(name, |end| name.split_at(end).0)
}

/// What comes after the exchange, or the exchange and its source, in a name.
fn without_exchange(name: &str) -> &str {
    let rest = |name| {
        let (first, rest) = str::split_once(name, '_')?;
        let is_symbol = rest.starts_with(|c: char| c.is_ascii_uppercase());
        (EXCHANGES.contains(&first) && is_symbol).then_some(rest)
    };
    let after = rest(name).unwrap_or(name);
    rest(after).unwrap_or(after)
}

/// The instrument of a name whose symbol has a sign in it: a pair, or a class of shares.
fn of_two_words(name: &str, first: &str) -> Option<Instrument> {
    let rest = name.strip_prefix(first)?;
    let sign = rest.chars().next().filter(|sign| "-._".contains(*sign))?;
    let second = first_word(rest.strip_prefix(sign)?);
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic());
    if !is_word(first) || !is_word(second) {
        return None;
    }
    let symbol = format!("{first}{sign}{second}");
    let pair = of_symbol(&symbol.to_ascii_uppercase());
    let is_pair = pair.security_type != SecurityType::Stock
        && of_symbol(&first.to_ascii_uppercase()).security_type == SecurityType::Stock;
    let is_class = sign != '_'
        && first.len() <= 5
        && second.len() == 1
        && !OF_INTERVALS.contains(&second)
        && symbol.chars().all(|c| c == sign || c.is_ascii_uppercase());
    (is_pair || is_class).then_some(pair)
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
            // pairs and classes with a sign, and exchanges before symbols
            ("BTC-USD.csv", Some(("BTC-USD", "crypto"))),
            ("EUR_USD 5m.csv", Some(("EUR_USD", "forex"))),
            ("BRK-B.csv", Some(("BRK-B", "nyse"))),
            ("BRK.B.csv", Some(("BRK.B", "nyse"))),
            ("SPY-D.csv", Some(("SPY", "nyse"))),
            ("SPY_D.csv", Some(("SPY", "nyse"))),
            ("BTCUSDT-1m-2023-01.zip", Some(("BTCUSDT", "crypto"))),
            ("EURUSD-M.csv", Some(("EURUSD", "forex"))),
            ("NASDAQ_AAPL, 1D.csv", Some(("AAPL", "nyse"))),
            ("BATS_SPY.csv", Some(("SPY", "nyse"))),
            ("NYSE_BRK.B, 1D.csv", Some(("BRK.B", "nyse"))),
            ("FX_IDC_EURUSD, 60.csv", Some(("EURUSD", "forex"))),
            ("BINANCE_BTCUSDT, 5.csv", Some(("BTCUSDT", "crypto"))),
            ("NASDAQ.csv", Some(("NASDAQ", "nyse"))),
            ("NASDAQ_1d.csv", Some(("NASDAQ", "nyse"))),
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
