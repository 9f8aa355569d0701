//! `atrium demo`: simulated bars of several instruments, for a first look.

use std::io::Write;

use atrium_shared::market::simulate::{BadMarket, DEMO, Demo, SOURCE};
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::report::count;
use clap::builder::PossibleValuesParser;

use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{NewSet, Outcome, Store};

/// Store simulated bars of several instruments, to try things on
///
/// Two years of minutes each: SIM, a share without faults; SIMA, a share with a split 10:1 and one bad tick; SIMB, a share
/// with dividends and a trading halt; SIMEURUSD, a currency pair; SIMBTCUSD, a coin with an outage of its exchange. The
/// same bars on every machine. An older version of the demo is replaced.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium demo && atrium backtest --data SIM\n  atrium demo SIMA SIMBTCUSD"
)]
pub struct Args {
    /// The instruments (default: all)
    #[arg(value_name = "SYMBOL", value_parser = PossibleValuesParser::new(DEMO.map(|demo| demo.symbol)))]
    symbols: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The demo cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the demo cannot be generated, which is a defect of the program, please report it: {0}")]
pub struct DemoError(#[from] BadMarket);

/// An instrument of the demo, ready to be stored.
fn new_set(demo: &Demo) -> Result<NewSet, DemoError> {
    let simulated = demo.simulate()?;
    Ok(NewSet {
        instrument: demo.instrument(),
        bars: simulated.bars,
        actions: simulated.actions,
        simulated: true,
        source: SOURCE.to_owned(),
    })
}

/// Simulates and stores the instruments of the demo one by one, those of the symbols only if there are any.
///
/// # Errors
/// Each item a [`Failure`] where it cannot be generated, which only a defect can cause, or not be stored.
pub(super) fn store_demo<'a>(
    store: &'a Store,
    symbols: &'a [String],
) -> impl Iterator<Item = Result<(&'static Demo, DataSet, Outcome), Failure>> + 'a {
    let wanted = move |demo: &&Demo| {
        symbols.is_empty() || symbols.iter().any(|symbol| symbol == demo.symbol)
    };
    DEMO.iter().filter(wanted).map(move |demo| {
        // the demo is nobody's data, so an older version of it is simply replaced
        let (card, outcome) = store.put(&new_set(demo)?, true)?;
        Ok((demo, card, outcome))
    })
}

/// Stores the demo.
///
/// # Errors
/// [`Failure`] where it cannot be stored.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let mut cards = Vec::new();
    for stored in store_demo(&store, &args.symbols) {
        let (demo, card, outcome) = stored?;
        if !args.json {
            let done = match outcome {
                Outcome::Stored => "Stored",
                Outcome::Replaced | Outcome::Merged => "Replaced",
                Outcome::Unchanged => "Already stored:",
            };
            writeln!(
                out,
                "{done} {} ({} bars, {} to {}): {}",
                card.name,
                count(card.rows as f64),
                card.first,
                card.last,
                demo.about
            )?;
        }
        cards.push(card);
    }
    if args.json {
        return print_json(out, &cards);
    }
    let next = cards.first().map_or("", |card| card.name.as_str());
    writeln!(
        out,
        "These are simulated bars, not market data.\nNext: atrium backtest --data {next}"
    )?;
    Ok(())
}
