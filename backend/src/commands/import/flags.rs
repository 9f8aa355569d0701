//! The flags of `atrium import`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::FillRule;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{
    ClockForm, ColumnNames, DateOrder, Decimal, Field, Labels, LeanMarket, Reading, Zone,
    guess_instrument, of_symbol,
};

use crate::commands::Failure;
use crate::commands::backtest::named;
use crate::commands::files::ClosuresFlags;
use crate::commands::instrument::Preset;
use crate::import::{Input, Order, Step, named_symbol};
use crate::store::{Store, StoreError, check_symbol};

/// Import bars from files: CSV, also packed as gzip or zip, LEAN's zips, Parquet, SQLite
///
/// How a file is written is found out: the columns, the forms of times, their zone, whether they are starts or ends of
/// bars, the interval. What was found is printed before anything is stored; --dry-run also tries what storing would change, and
/// stores nothing; every choice has a flag.
/// Rows are sorted, and of rows with the same time the last one counts. Rows that cannot be used go to the quarantine, a file
/// beside the bars that gives line and reason of each; where less than half of the rows can be used, nothing is stored. The
/// same file again changes nothing. A file that overlaps with what is stored is merged: its bars count, and what changed is
/// said. A file may be larger than memory. Files of words beside those of bars, such as a readme, are passed over and named.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:\n  \
    atrium import SPY_1m.parquet --dry-run\n  \
    atrium import SPY_1m.parquet\n  \
    atrium import btc.csv.gz --symbol BTC-USD --crypto --column time=ts_ms\n  \
    atrium import spy_5m.csv --symbol SPY --time-zone America/Chicago --labels end\n  \
    atrium import XAUUSD_H1.csv --time-zone America/New_York+7h\n  \
    atrium import lean/Data/equity/usa/minute/aapl --basis raw\n  \
    atrium import lean/Data --symbol EURUSD --quotes\n  \
    atrium import prices.db --symbol MSFT --table minutes"
)]
pub struct Args {
    /// The files, which are read as one; of a folder every file of bars in it, of one laid out as LEAN's those of --symbol
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The ticker to store it under (default: as the file's name tells: a pair in it such as EURUSD, or the capital
    /// letters that it begins with; else the only one that a column of symbols names)
    #[arg(long)]
    symbol: Option<String>,
    /// Say what the files are, how they would be read and what storing them would change, and store nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Replace a data set of the same name instead of merging into it
    #[arg(long)]
    replace: bool,
    /// Take the file's prices as they are where they differ from those stored and nothing explains it
    #[arg(long)]
    accept: bool,
    #[command(flatten)]
    instrument: InstrumentArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// For what the file's prices were adjusted: unstated, raw, splits or splits_and_dividends
    #[arg(long, value_parser = named::<PriceBasis>)]
    basis: Option<PriceBasis>,
    /// The longest gap within sessions that is filled with flagged synthetic bars, in minutes; 0 fills none (default: 30)
    #[arg(long, value_name = "MINUTES")]
    max_fill: Option<u32>,
    #[command(flatten)]
    closures: ClosuresFlags,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
struct InstrumentArgs {
    /// What it usually is: lots, price steps and calendar follow (default: as stored, or as the symbol looks)
    #[arg(long, value_enum, help_heading = "Instrument")]
    preset: Option<Preset>,
    /// Short for --preset crypto
    #[arg(long, conflicts_with = "preset", help_heading = "Instrument")]
    crypto: bool,
    /// The trading calendar: nyse, forex, metals or crypto
    #[arg(long, value_parser = named::<Calendar>, help_heading = "Instrument")]
    calendar: Option<Calendar>,
    /// The currency of its prices, such as USD
    #[arg(long, help_heading = "Instrument")]
    currency: Option<String>,
    /// The smallest price step (default: as stored, else that of the preset; of a coin a finer one that its prices show)
    #[arg(long, value_name = "PRICE", help_heading = "Instrument")]
    tick_size: Option<f64>,
    /// The quantity of one lot, which is also the smallest order
    #[arg(long, value_name = "QUANTITY", help_heading = "Instrument")]
    lot_size: Option<f64>,
}

#[derive(Debug, clap::Args)]
struct ReadingArgs {
    /// The column of a field, by its name or its position: time, clock (a time of day beside a date), open, high, low,
    /// close or volume; may be given more than once
    #[arg(
        long = "column",
        value_name = "FIELD=NAME",
        help_heading = "How it is read"
    )]
    columns: Vec<String>,
    /// The zone of times that are written without one: utc, exchange, a name such as Europe/Berlin, or with a shift
    /// America/New_York+7h; of daily bars also the one whose midnights points in time are
    #[arg(long, value_name = "ZONE", help_heading = "How it is read")]
    time_zone: Option<Zone>,
    /// Whether times are the starts or the ends of bars: start or end
    #[arg(long, value_name = "SIDE", help_heading = "How it is read")]
    labels: Option<Labels>,
    /// The interval of the bars, such as 1min
    #[arg(long, help_heading = "How it is read")]
    interval: Option<BarInterval>,
    /// Which comes first in dates such as 3/4/2024: month or day
    #[arg(long, value_name = "FIRST", help_heading = "How it is read")]
    date_order: Option<DateOrder>,
    /// What the digits of a column of times of day are: hhmm (930 is half past nine) or hhmmss (93000 is)
    #[arg(long, value_name = "FORM", help_heading = "How it is read")]
    clock_form: Option<ClockForm>,
    /// What separates values: one character, or tab
    #[arg(long, value_parser = delimiter, help_heading = "How it is read")]
    delimiter: Option<char>,
    /// What separates the whole from the parts of a number: point, comma, or billionths for prices in whole numbers of 1e-9
    #[arg(long, value_name = "MARK", help_heading = "How it is read")]
    decimal: Option<Decimal>,
    /// Whether the first line names the columns
    #[arg(long, value_name = "YES", action = clap::ArgAction::Set, help_heading = "How it is read")]
    header: Option<bool>,
    /// The table of a database
    #[arg(long, help_heading = "How it is read")]
    table: Option<String>,
    /// Read files without a header as LEAN's of this market: equity, forex, cfd or crypto; none: not as LEAN's
    #[arg(long, value_name = "MARKET", help_heading = "How it is read")]
    lean: Option<LeanMarket>,
    /// Of LEAN's folders take quotes rather than trades
    #[arg(long, help_heading = "How it is read")]
    quotes: bool,
}

fn delimiter(text: &str) -> Result<char, String> {
    match text {
        "tab" | "\\t" => Ok('\t'),
        _ => text
            .parse()
            .map_err(|_| "write one character, such as ';', or tab".to_owned()),
    }
}

impl Args {
    /// The files.
    pub(super) fn input(&self, program: Option<&Path>) -> Result<Input, Failure> {
        let gathered = Input::gather(
            &self.files,
            self.symbol.as_deref(),
            self.reading.quotes,
            program,
        );
        gathered.map_err(super::advised)
    }

    /// What is to be stored, and how.
    pub(super) fn order(&self, input: &Input, store: &Store) -> Result<Order, Failure> {
        let instrument = self.instrument(input, store)?;
        let calendar = instrument.calendar;
        Ok(Order {
            symbol_given: self.symbol.is_some(),
            step_given: self.instrument.tick_size.is_some(),
            reading: self.reading.reading(calendar)?,
            closures: self
                .closures
                .schedule(calendar)?
                .map(|schedule| schedule.closures().clone()),
            basis: self.basis.unwrap_or_default(),
            fill: FillRule {
                max_fill_minutes: self
                    .max_fill
                    .unwrap_or(FillRule::default().max_fill_minutes),
                ..FillRule::default()
            },
            replace: self.replace,
            accept: self.accept,
            ..Order::of(instrument)
        })
    }

    /// The symbol that the files themselves name.
    fn named(&self, input: &Input) -> Result<String, Failure> {
        let reading = self.reading.reading(Calendar::Nyse)?;
        let mut watch = |_: Step<'_>| ControlFlow::Continue(());
        let named = named_symbol(input, &reading, &mut watch);
        let named = named.map_err(|error| Failure::Advised {
            error,
            flags: "--symbol",
        })?;
        named.ok_or_else(|| Failure::NoSymbol(input.name()))
    }

    /// As given; else as it is stored, or as the name of the file tells.
    fn instrument(&self, input: &Input, store: &Store) -> Result<Instrument, Failure> {
        let guessed = input.names().find_map(guess_instrument);
        let symbol = match (&self.symbol, &guessed) {
            (Some(symbol), _) => symbol.clone(),
            (None, Some(guessed)) => guessed.symbol.clone(),
            (None, None) => self.named(input)?,
        };
        check_symbol(&symbol)?;
        let args = &self.instrument;
        let preset = args.preset.or(args.crypto.then_some(Preset::Crypto));
        let usual = || match guessed {
            Some(guessed) if guessed.symbol.eq_ignore_ascii_case(&symbol) => Instrument {
                symbol: symbol.clone(),
                ..guessed
            },
            _ => of_symbol(&symbol),
        };
        let mut instrument = match preset {
            Some(preset) => preset.instrument(&symbol),
            None => store.instrument(&symbol)?.unwrap_or_else(usual),
        };
        if let Some(calendar) = args.calendar {
            instrument.calendar = calendar;
        }
        if let Some(currency) = &args.currency {
            instrument.currency.clone_from(currency);
        }
        if let Some(tick_size) = args.tick_size {
            instrument.tick_size = tick_size;
        }
        if let Some(lot_size) = args.lot_size {
            instrument.lot_size = lot_size;
            instrument.min_quantity = lot_size;
        }
        instrument.validate().map_err(StoreError::from)?;
        instrument
            .validate_description()
            .map_err(StoreError::from)?;
        Ok(instrument)
    }
}

impl ReadingArgs {
    fn reading(&self, calendar: Calendar) -> Result<Reading, Failure> {
        let mut columns = ColumnNames::default();
        for given in &self.columns {
            let (field, name) = given.split_once('=').unwrap_or((given, ""));
            let field = Field::ALL.into_iter().find(|known| known.name() == field);
            match field.filter(|_| !name.is_empty()) {
                Some(field) => columns.set(field, name.to_owned()),
                None => return Err(Failure::Column(given.clone())),
            }
        }
        Ok(Reading {
            calendar,
            columns,
            delimiter: self.delimiter,
            header: self.header,
            decimal: self.decimal,
            date_order: self.date_order,
            clock: self.clock_form,
            zone: self.time_zone.clone(),
            labels: self.labels,
            interval: self.interval,
            table: self.table.clone(),
            lean: self.lean,
        })
    }
}
