//! `atrium instrument show` and `set`: what is traded, in which units.

use std::io::Write;

use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::instrument::{Instrument, SecurityType};

use super::files::ClosuresFlags;
use super::words::counted;
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{Store, StoreError};

/// Show the instrument of a symbol
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  atrium instrument show SPY --json")]
pub struct ShowArgs {
    /// The symbol
    symbol: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Change the instrument of a symbol in all its data sets
///
/// What is not named stays as it is. Closures are kept with the symbol, and gaps are filled anew by them. Runs made before keep their digests only where nothing that can change a result was
/// changed: security type, exchange and time zone describe and change none.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:\n  atrium instrument set SPY --exchange ARCA\n  atrium instrument set ESZ5 --preset future --tick-size 0.25 --multiplier 50\n  atrium instrument set EURUSD --preset forex --currency USD\n  atrium instrument set XAUUSD --closures my_brokers_holidays.csv"
)]
pub struct SetArgs {
    /// The symbol
    symbol: String,
    /// Start from what such an instrument usually is
    #[arg(long, value_enum)]
    preset: Option<Preset>,
    /// What it is: stock, forex, cfd, commodity, future or crypto
    #[arg(long, value_parser = super::backtest::named::<SecurityType>)]
    security_type: Option<SecurityType>,
    /// Where it is traded, such as ARCA
    #[arg(long)]
    exchange: Option<String>,
    /// The exchange's time zone, such as America/New_York
    #[arg(long)]
    time_zone: Option<String>,
    /// The currency of its prices, such as USD
    #[arg(long)]
    currency: Option<String>,
    /// The smallest price step
    #[arg(long, value_name = "PRICE")]
    tick_size: Option<f64>,
    /// The quantity of one lot
    #[arg(long, value_name = "QUANTITY")]
    lot_size: Option<f64>,
    /// The smallest quantity of an order
    #[arg(long, value_name = "QUANTITY")]
    min_quantity: Option<f64>,
    /// The smallest notional of an order
    #[arg(long, value_name = "CASH")]
    min_notional: Option<f64>,
    /// Cash for a price move of 1 on a quantity of 1
    #[arg(long, value_name = "FACTOR")]
    multiplier: Option<f64>,
    /// The trading calendar: nyse, forex, metals or crypto
    #[arg(long, value_parser = super::backtest::named::<Calendar>)]
    calendar: Option<Calendar>,
    #[command(flatten)]
    closures: ClosuresFlags,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What an instrument usually is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Preset {
    /// A US share: cents, single shares, dollars, NYSE
    UsShare,
    /// A currency pair: tenths of a pip, from 1,000 units on, 24x5
    Forex,
    /// Spot gold or silver as a CFD: 23x5
    Metal,
    /// A crypto pair: cents, lots of 0.0001, 24x7
    Crypto,
    /// An index future: quarter points, 50 a point, 23x5
    Future,
}

impl Preset {
    /// The instrument of a symbol.
    pub(super) fn instrument(self, symbol: &str) -> Instrument {
        match self {
            Self::UsShare => Instrument::us_share(symbol),
            Self::Forex => Instrument::forex_pair(symbol),
            Self::Metal => Instrument::metal_cfd(symbol),
            Self::Crypto => Instrument::crypto_pair(symbol),
            Self::Future => Instrument::future(symbol),
        }
    }
}

/// Prints the instrument of each data set of the symbol.
///
/// # Errors
/// [`Failure`] where the symbol has no data set.
pub fn show(args: &ShowArgs, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let mut instruments = Vec::new();
    for name in store.of_symbol(&args.symbol)? {
        let shown = Shown::of(&store, &name, store.card(&name)?.instrument)?;
        instruments.push((name, shown));
    }
    print(&instruments, args.json, out)
}

/// Changes the instrument of each data set of the symbol.
///
/// # Errors
/// [`Failure`] where the symbol has no data set, or a value makes no sense; then nothing is changed.
pub fn set(args: &SetArgs, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let closures = args.closures.given()?;
    let mut shown = Vec::new();
    for set in store.describe(&args.symbol, closures.as_ref(), |it| args.applied(it))? {
        let instrument = Shown::of(&store, &set.name, set.instrument)?;
        shown.push((set.name, instrument));
    }
    print(&shown, args.json, out)
}

/// What is shown of the instrument of a data set.
#[derive(Debug, serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    instrument: Instrument,
    /// The user's own closures: the file, whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    closures: String,
    #[serde(skip)]
    days: usize,
}

impl Shown {
    fn of(store: &Store, name: &str, instrument: Instrument) -> Result<Self, StoreError> {
        let closures = store.closures(name)?;
        Ok(Self {
            instrument,
            closures: closures.text().to_owned(),
            days: closures.days().len(),
        })
    }
}

impl SetArgs {
    fn applied(&self, stored: &Instrument) -> Instrument {
        let base = match self.preset {
            Some(preset) => preset.instrument(&stored.symbol),
            None => stored.clone(),
        };
        Instrument {
            symbol: stored.symbol.clone(),
            currency: self.currency.clone().unwrap_or(base.currency),
            tick_size: self.tick_size.unwrap_or(base.tick_size),
            lot_size: self.lot_size.unwrap_or(base.lot_size),
            multiplier: self.multiplier.unwrap_or(base.multiplier),
            min_quantity: self.min_quantity.unwrap_or(base.min_quantity),
            min_notional: self.min_notional.unwrap_or(base.min_notional),
            calendar: self.calendar.unwrap_or(base.calendar),
            security_type: self.security_type.unwrap_or(base.security_type),
            exchange: self.exchange.clone().unwrap_or(base.exchange),
            time_zone: self.time_zone.clone().unwrap_or(base.time_zone),
        }
    }
}

fn print(instruments: &[(String, Shown)], json: bool, out: &mut impl Write) -> Result<(), Failure> {
    if json {
        let all: std::collections::BTreeMap<_, _> =
            instruments.iter().map(|(name, it)| (name, it)).collect();
        return print_json(out, &all);
    }
    for (
        name,
        Shown {
            instrument: it,
            days,
            ..
        },
    ) in instruments
    {
        let or_none = |text: &str| {
            if text.is_empty() {
                "not stated".to_owned()
            } else {
                text.to_owned()
            }
        };
        writeln!(out, "{name}")?;
        writeln!(out, "  type           {}", it.security_type)?;
        writeln!(out, "  exchange       {}", or_none(&it.exchange))?;
        writeln!(out, "  currency       {}", it.currency)?;
        writeln!(out, "  tick size      {}", it.tick_size)?;
        writeln!(out, "  lot size       {}", it.lot_size)?;
        writeln!(out, "  least quantity {}", it.min_quantity)?;
        writeln!(out, "  least notional {}", it.min_notional)?;
        writeln!(out, "  multiplier     {}", it.multiplier)?;
        writeln!(out, "  calendar       {}", it.calendar.name())?;
        writeln!(
            out,
            "  time zone      {}",
            if it.time_zone.is_empty() {
                "the calendar's"
            } else {
                &it.time_zone
            }
        )?;
        if *days > 0 {
            writeln!(out, "  own closures   {}", counted(*days as u64, "day"))?;
        }
    }
    Ok(())
}
