//! What a file may be of, by its name alone: a proposal, which is shown and can be changed.

use super::LeanPath;
use crate::market::instrument::{Instrument, SecurityType};

/// Currencies that pairs are made of.
const CURRENCIES: [&str; 32] = [
    "AUD", "BRL", "CAD", "CHF", "CNH", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR",
    "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PLN", "RON", "RUB", "SAR", "SEK",
    "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
];
/// What crypto pairs are quoted in, or begin with.
const STABLE: [&str; 4] = ["USDT", "USDC", "BUSD", "FDUSD"];
const COINS: [&str; 10] = [
    "BTC", "ETH", "XRP", "SOL", "BNB", "ADA", "DOGE", "LTC", "DOT", "XBT",
];

/// Exchanges, brokers and vendors that are named before a symbol, as in `NASDAQ_AAPL, 1D.csv`.
const SOURCES: [&str; 74] = [
    "ALPACA",
    "AMEX",
    "ARCA",
    "ASCII",
    "ASX",
    "BATS",
    "BINANCE",
    "BITFINEX",
    "BITGET",
    "BITSTAMP",
    "BLACKBULL",
    "BYBIT",
    "CAPITALCOM",
    "CBOE",
    "CBOT",
    "CME",
    "COINBASE",
    "COM",
    "COMEX",
    "CRYPTO",
    "CRYPTOCAP",
    "DAT",
    "DATABENTO",
    "DUKASCOPY",
    "EIGHTCAP",
    "EUREX",
    "EURONEXT",
    "FIRSTRATE",
    "FOREXCOM",
    "FX",
    "FXCM",
    "GEMINI",
    "HISTDATA",
    "HKEX",
    "IBKR",
    "ICEEUR",
    "ICEUS",
    "ICMARKETS",
    "IDC",
    "IEX",
    "INDEX",
    "KRAKEN",
    "KUCOIN",
    "LSE",
    "LSIN",
    "MEXC",
    "MT",
    "NASDAQ",
    "NSE",
    "NT",
    "NYMEX",
    "NYSE",
    "NYSEARCA",
    "OANDA",
    "OKX",
    "OTC",
    "PEPPERSTONE",
    "POLYGON",
    "PYTH",
    "SAXO",
    "SIX",
    "SP",
    "STOOQ",
    "SWB",
    "TIINGO",
    "TRADEGATE",
    "TSX",
    "TVC",
    "VANTAGE",
    "WIKI",
    "XETR",
    "XETRA",
    "YAHOO",
    "YF",
];
/// What TradingView writes between an exchange and a symbol: of its feeds.
const FEEDS: [&str; 7] = ["DL", "DLY", "EOD", "GBX", "IDC", "MICRO", "MINI"];
/// Those of them whose gold and silver are the metals.
const OF_METALS: [&str; 11] = [
    "BLACKBULL",
    "CAPITALCOM",
    "EIGHTCAP",
    "FOREXCOM",
    "FX",
    "FXCM",
    "ICMARKETS",
    "OANDA",
    "PEPPERSTONE",
    "TVC",
    "VANTAGE",
];
/// What names of files say of bars, which is no symbol.
const NO_SYMBOLS: [&str; 45] = [
    "ADJ",
    "ADJUSTED",
    "ASK",
    "BARS",
    "BID",
    "CANDLES",
    "CHANGELOG",
    "CHART",
    "COPYING",
    "CSV",
    "DAILY",
    "DATA",
    "EQUITY",
    "ETF",
    "EXPORT",
    "FOREX",
    "FULL",
    "FUTURES",
    "HISTORICAL",
    "HISTORY",
    "HOURLY",
    "INTRADAY",
    "LAST",
    "LICENSE",
    "MID",
    "MIN",
    "MINUTE",
    "NOTES",
    "NOTICE",
    "OHLC",
    "OHLCV",
    "PRICES",
    "QUOTES",
    "RAW",
    "README",
    "RTH",
    "SPOT",
    "STOCK",
    "STOCKS",
    "TICK",
    "TICKS",
    "TRADES",
    "US",
    "USA",
    "UTC",
];
/// How Stooq writes the market of a share.
const MARKETS: [&str; 6] = ["de", "hk", "hu", "jp", "uk", "us"];
/// What parts of one series are called.
const PARTS: [&str; 29] = [
    "apr", "april", "aug", "bar", "copy", "dec", "feb", "file", "first", "jan", "jul", "july",
    "jun", "june", "mar", "march", "may", "more", "new", "nov", "oct", "old", "part", "rest",
    "sep", "sept", "test", "train", "valid",
];
/// Indices whose names end as the name of an interval may.
const OF_THIRTY: [&str; 4] = ["DAX30", "DOW30", "GER30", "USA30"];
/// Letters after a dot or a dash that are rather of an interval than of a class of shares.
const OF_INTERVALS: [&str; 4] = ["D", "H", "M", "W"];
/// What files are called at the end.
const ENDINGS: [&str; 14] = [
    "arrow", "csv", "dat", "db", "feather", "gz", "json", "parquet", "prn", "sqlite", "sqlite3",
    "tsv", "txt", "zip",
];

/// The instrument that a file is of, by its name: a path as LEAN has them, or the only pair of currencies or coins or the metal
/// anywhere in the name, however it is written, as in `eurusd.csv.gz`, `DAT_ASCII_EURUSD_M1_2024.csv` and `BTC-USD.csv`, without the
/// interval that may be attached to it, as in `EURUSD60.csv`; else the letters and digits that the name begins with, where they are
/// capitals, as in `SPY_1m.csv`. A class of shares belongs to the symbol, as in `BRK-B.csv`, an exchange, a broker or a vendor before
/// it does not, as in `NASDAQ_DLY_AAPL, 1D.csv`. `None` where the name does not tell, or could be of two.
pub fn guess_instrument(file_name: &str) -> Option<Instrument> {
    const LONGEST: usize = 12;
    if let Some(lean) = LeanPath::of(file_name) {
        let symbol = lean.symbol.to_ascii_uppercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !symbol.starts_with(|c: char| c.is_ascii_alphanumeric()) || !symbol.chars().all(allowed)
        {
            return None;
        }
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
    let name = stem(file_name.rsplit(['/', '\\']).next()?);
    let pairs = pairs(name);
    if let Some((first, others)) = pairs.split_first() {
        return others.is_empty().then(|| of_symbol(first));
    }
    let (source, file) = without_source(name)?;
    let word = first_word(file);
    if is_no_symbol(word) || may_end_in_interval(word) || has_unknown_source(file, word) {
        return None;
    }
    if matches!(word, "GOLD" | "SILVER") && OF_METALS.contains(&source) {
        return Some(Instrument::metal_cfd(word));
    }
    if let Some(class) = with_class(file, word) {
        return Some(class);
    }
    let word = without_year(word);
    let is_symbol = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && (word.chars()).all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        && word.len() <= LONGEST;
    is_symbol.then(|| of_symbol(word))
}

/// A name without what files of its kind are called at the end.
fn stem(mut name: &str) -> &str {
    while let Some((before, ending)) = name.rsplit_once('.')
        && ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
    {
        name = before;
    }
    name
}

/// The letters and digits that a name begins with.
fn first_word(name: &str) -> &str {
    let end = name.find(|c: char| !c.is_alphanumeric());
    end.map_or(name, |end| name.split_at(end).0)
}

fn is_pair(symbol: &str) -> bool {
    of_symbol(symbol).security_type != SecurityType::Stock
}

/// The pairs that a name names, each once: in one word, or in two with a sign between them.
fn pairs(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut take = |pair: String| {
        let letters = |pair: &str| pair.replace(|c: char| !c.is_ascii_alphanumeric(), "");
        if !found.iter().any(|known| letters(known) == letters(&pair)) {
            found.push(pair);
        }
    };
    let mut rest = name;
    while !rest.is_empty() {
        let word = first_word(rest);
        let after = rest.strip_prefix(word).unwrap_or_default();
        let mut signs = after.chars();
        let sign = signs.next();
        rest = signs.as_str();
        if let Some(pair) = pair_of(word) {
            take(pair);
        } else if let Some(sign) = sign.filter(|sign| "-._".contains(*sign))
            && let Some(pair) = pair_of_two(word, sign, first_word(rest))
        {
            take(pair);
            rest = rest.strip_prefix(first_word(rest)).unwrap_or_default();
        }
    }
    found
}

/// The pair that a word is, or begins with where an interval, a year or a broker's letters are attached to it: `EURUSD60`,
/// `EURUSDM5`, `EURUSDm`.
fn pair_of(word: &str) -> Option<String> {
    let ends = (1..=word.len()).rev();
    let mut parts = ends.filter_map(|end| word.split_at_checked(end));
    let (pair, _) = parts.find(|(pair, rest)| {
        let broker = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let letters = rest.len() - broker.len();
        let is_brokers = (1..=5).contains(&letters) && !pair.contains(char::is_lowercase);
        let is_attached =
            |rest: &str| rest.chars().all(|c| c.is_ascii_digit()) || is_interval(rest);
        is_pair(&pair.to_ascii_uppercase())
            && (is_attached(rest) || is_brokers && is_attached(broker))
    })?;
    Some(pair.to_ascii_uppercase())
}

/// The pair that two words are with a sign between them: `BTC-USD`, `EUR_USD`.
fn pair_of_two(first: &str, sign: char, second: &str) -> Option<String> {
    const LONGEST: usize = 6;
    let is_word = |word: &str| {
        let is_plain = word.chars().all(|c| c.is_ascii_alphabetic());
        !word.is_empty() && word.len() <= LONGEST && is_plain && !is_no_symbol(word)
    };
    let symbol = format!("{first}{sign}{second}").to_ascii_uppercase();
    let is_source = SOURCES.contains(&first.to_ascii_uppercase().as_str());
    (is_word(first) && is_word(second) && !is_source && is_pair(&symbol)).then_some(symbol)
}

/// Whether a word is an interval: `M5`, `H4`, `D1`, `MN1`, `5m`, `1h`, `15min`, `240`.
fn is_interval(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let is_short = |digits: &str| {
        (1..=2).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
    };
    let after = ["mn", "m", "h", "d", "w"].iter();
    let is_before = after
        .filter_map(|unit| word.strip_prefix(unit))
        .any(is_short);
    let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let units = [
        "", "s", "sec", "m", "min", "mins", "h", "hour", "d", "day", "w", "week",
    ];
    is_before || (1..=5).contains(&(word.len() - digits.len())) && units.contains(&digits)
}

/// Whether a word says something else of the bars than whose they are.
fn is_no_symbol(word: &str) -> bool {
    is_interval(word) || NO_SYMBOLS.contains(&word.to_ascii_uppercase().as_str())
}

/// Whether a word may be a symbol and an interval, or a symbol that looks like that: `AAPL60`, `ESM5`.
fn may_end_in_interval(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = word.strip_prefix(letters).unwrap_or_default();
    let is_alphabetic = letters.chars().all(|c| c.is_ascii_alphabetic());
    let minutes = ["15", "30", "60", "240", "1440", "10080"];
    let units = ["M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1", "MN1"];
    let before = |unit: &str| word.strip_suffix(unit).is_some_and(|it| it.len() > 1);
    let is_minutes = is_alphabetic && letters.len() > 2 && minutes.contains(&digits);
    // that of an index, with its own digits
    let is_of_index = digits.len() > 3 && minutes.iter().any(|it| digits.ends_with(it));
    let is_unit = units.iter().any(|unit| before(unit));
    (is_minutes || is_of_index || is_unit) && !OF_THIRTY.contains(&word)
}

/// The exchange, broker or vendor that a name begins with, and what comes after it and its feeds; `None` where it is open what of
/// it is the symbol.
fn without_source(name: &str) -> Option<(&str, &str)> {
    let is_begun = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
    // TradingView names an exchange always
    let shown = name.split_once(", ").filter(|(of, rest)| {
        let interval = first_word(rest);
        is_begun(of) && (is_interval(interval) || OF_INTERVALS.contains(&interval))
    });
    let (mut source, mut rest) = ("", name);
    if let Some((of, _)) = shown {
        rest = of;
        if let Some((first, after)) = of.split_once('_') {
            (source, rest) = (first, after);
        }
    }
    while let Some((first, after)) = parted(rest) {
        let is_named = SOURCES.contains(&first) || !source.is_empty() && FEEDS.contains(&first);
        let next = first_word(after);
        // a coin may be called as a source is
        let is_quote = CURRENCIES.contains(&next) || STABLE.contains(&next);
        if !is_named || !is_begun(after) || is_no_symbol(next) || is_quote {
            break;
        }
        (source, rest) = (first, after);
    }
    (shown.is_none() || !rest.contains('_')).then_some((source, rest))
}

/// The first part of a name, and the others. A dash parts a class from a short symbol as well.
fn parted(name: &str) -> Option<(&str, &str)> {
    let by_dash = || name.split_once('-').filter(|(first, _)| first.len() > 3);
    name.split_once('_').or_else(by_dash)
}

/// Whether the name goes on with what may be the symbol after a word that is none as most are.
fn has_unknown_source(name: &str, word: &str) -> bool {
    const LONGEST: usize = 5;
    let next = name
        .strip_prefix(word)
        .and_then(|rest| rest.strip_prefix('_'));
    let next = first_word(next.unwrap_or_default());
    word.len() > LONGEST
        && word.chars().all(|c| c.is_ascii_alphabetic())
        && next.starts_with(|c: char| c.is_ascii_uppercase())
        && !next.contains(char::is_lowercase)
        && !is_no_symbol(next)
}

/// A symbol without the year that is attached to it: `SPY2024`. A letter that stands for a month before it makes both a contract,
/// `ESM2024`.
fn without_year(word: &str) -> &str {
    const MONTHS: &str = "FGHJKMNQUVXZ";
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let year = word.strip_prefix(letters).unwrap_or_default();
    // an index is of 2000 shares
    let is_year =
        year.len() == 4 && (year.starts_with("19") || year.starts_with("20")) && year != "2000";
    match is_year && !letters.is_empty() && !letters.ends_with(|c| MONTHS.contains(c)) {
        true => letters,
        false => word,
    }
}

/// The share of a name whose symbol has a class in it: `BRK-B`, `BRK.B`.
fn with_class(name: &str, first: &str) -> Option<Instrument> {
    let rest = name.strip_prefix(first)?;
    let sign = rest.chars().next().filter(|sign| "-.".contains(*sign))?;
    let second = first_word(rest.strip_prefix(sign)?);
    let are_letters = |word: &str| word.chars().all(|c| c.is_ascii_uppercase());
    let is_class = (1..=5).contains(&first.len())
        && second.len() == 1
        && are_letters(first)
        && are_letters(second)
        && !OF_INTERVALS.contains(&second);
    is_class.then(|| of_symbol(&format!("{first}{sign}{second}")))
}

/// The symbol that the name of a file tells, also that of a share in lower case beside its market, as Stooq has them: `spy.us`,
/// `brk-b.us`, `spy_us_d`. That is no proposal, as it says nothing of the calendar.
pub(super) fn symbol_of(file_name: &str) -> Option<String> {
    let told = guess_instrument(file_name).map(|told| told.symbol);
    told.or_else(|| before_market(stem(file_name.rsplit(['/', '\\']).next()?)))
}

/// The share before its market in a name in lower case.
fn before_market(name: &str) -> Option<String> {
    const LONGEST: usize = 5;
    let before = |name: &str, sign: char| {
        let (share, market) = name.rsplit_once(sign)?;
        MARKETS.contains(&market).then(|| share.to_owned())
    };
    let of_days = || name.strip_suffix("_d").or_else(|| name.strip_suffix("_w"));
    let share = before(name, '.').or_else(|| before(of_days()?, '_'))?;
    let (first, class) = share.split_once(['-', '_']).unwrap_or((&share, ""));
    let are_letters = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
    let is_share = (1..=LONGEST).contains(&first.len())
        && are_letters(first)
        && class.len() <= 2
        && are_letters(class)
        && !is_no_symbol(first);
    is_share.then(|| share.to_ascii_uppercase())
}

/// The word in lower case that is all a name has, but for intervals, dates and what is said of bars, where it may be a symbol as well
/// as any other: `spy.csv`, `qqq_1min.csv`.
pub(super) fn may_be_symbol(file_name: &str) -> Option<&str> {
    let name = stem(file_name.rsplit(['/', '\\']).next()?);
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let word = words.next()?;
    let says_nothing = |word: &str| {
        word.is_empty() || word.chars().all(|c| c.is_ascii_digit()) || is_no_symbol(word)
    };
    let may_be = (2..=5).contains(&word.len())
        && word.chars().all(|c| c.is_ascii_lowercase())
        && !is_no_symbol(word)
        && !PARTS.contains(&word)
        && words.all(says_nothing);
    may_be.then_some(word)
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
    if letters.len() == 6 && matches!(pair.0, "XAU" | "XAG" | "XPT" | "XPD") && is_currency(pair.1)
    {
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
mod tests;
