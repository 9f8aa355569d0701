//! `atrium explain`: why a run decided as it did at a bar.

use std::io::Write;

use atrium_shared::base::time::Timestamp;
use atrium_shared::research::explain::{Explanation, WhatIf, explain, what_if};
use atrium_shared::surface::explained::{rows, verdict};
use atrium_shared::surface::report::percent;
use atrium_shared::trading::engine::Outcome;
use atrium_shared::trading::orders::Side;
use serde::Serialize;

use super::backtest::{BacktestError, Chosen, Ran, named, round_trip};
use super::{Failure, print_json};
use crate::config::Config;

/// Say why a run traded, or did not, at the close of a bar
///
/// Takes the data, the flags and the files of `atrium backtest`, or a link.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  atrium explain --data SPY --at 2024-01-10T15:30:00Z
  atrium explain --data SPY --trade 3
  atrium explain --data SPY --k-atr-min-tp 1 --at 2024-01-10T15:30:00Z --force long"
)]
pub struct Args {
    /// A time within the bar: its start, or any until its end
    #[arg(long, value_name = "TIME", value_parser = named::<Timestamp>, required_unless_present = "trade")]
    at: Option<Timestamp>,
    /// A trade of the run in place of a time, by its number in the list of `atrium backtest --trades`: the bar that decided it
    #[arg(long, value_name = "N", conflicts_with = "at")]
    trade: Option<usize>,
    /// What would have come of it had it wanted to trade there all the same: long or short
    #[arg(long, value_name = "SIDE", value_parser = named::<Side>)]
    force: Option<Side>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chosen: Chosen,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    explanation: Explanation,
    #[serde(skip_serializing_if = "Option::is_none")]
    forced: Option<Outcome>,
}

/// Makes the run and explains the decision.
///
/// # Errors
/// [`Failure`] where the run cannot be made, or decides nothing at that time.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let ran = args.chosen.run(config)?;
    let (prepared, instrument, config) = (ran.prepared(), &ran.card.instrument, &ran.link.config);
    let row = match args.trade {
        Some(number) => row_of_trade(&ran, number)?,
        None => row_of(&ran, args.at.unwrap_or(Timestamp::MIN))?,
    };
    let explanation = explain(prepared, instrument, config, row).map_err(BacktestError::from)?;
    let Some(explanation) = explanation else {
        return Err(nothing(
            "the run ends with that bar, so nothing is decided at its close",
        ));
    };
    let forced = args.force.map(|side| {
        what_if(prepared, instrument, config, (row, side)).map_err(BacktestError::from)
    });
    let forced = forced.transpose()?;
    if args.json {
        let forced = forced.map(|forced| forced.forced);
        return print_json(
            out,
            &Told {
                explanation,
                forced,
            },
        );
    }
    writeln!(
        out,
        "{} at the close of the bar {} to {}",
        instrument.symbol, explanation.start, explanation.at
    )?;
    writeln!(out, "{}", verdict(&explanation, instrument))?;
    for (subject, text) in rows(&explanation, instrument, config) {
        writeln!(out, "  {subject:<16} {text}")?;
    }
    match forced {
        Some(forced) => Ok(counterfactual(out, &ran, &explanation, &forced)?),
        None => Ok(()),
    }
}

/// What a forced trade would have changed.
fn counterfactual(
    out: &mut impl Write,
    ran: &Ran,
    explanation: &Explanation,
    forced: &WhatIf,
) -> std::io::Result<()> {
    writeln!(
        out,
        "\nHad it wanted to trade there (another run, which no link can hold)"
    )?;
    match forced.forced {
        Outcome::Enters(_) => {}
        Outcome::Leaves => writeln!(out, "  the open position would have been closed")?,
        Outcome::NoTrade(reason) => writeln!(out, "  no order all the same: {}", reason.words())?,
    }
    let mut trades = forced.trades.iter();
    match trades.find(|trade| trade.decided_at == explanation.at) {
        Some(trade) => writeln!(out, "  {}", round_trip(trade))?,
        None => writeln!(out, "  no trade came of it")?,
    }
    let total = |stat: Option<f64>| stat.map_or("–".to_owned(), percent);
    writeln!(
        out,
        "  total return {}, without it {}",
        total(forced.headline.total_return.value()),
        total(ran.total_return())
    )
}

/// The bar that a time falls in.
/// The bar at whose close a trade was decided.
fn row_of_trade(ran: &Ran, number: usize) -> Result<usize, Failure> {
    let trades = ran.trades();
    let trade = number.checked_sub(1).and_then(|index| trades.get(index));
    let trade = trade.ok_or_else(|| {
        BacktestError::Flags(match trades.len() {
            0 => "--trade: the run has no trades".to_owned(),
            count => format!("--trade {number}: the run has trades 1 to {count}"),
        })
    })?;
    let ends = ran.prepared().bars().end();
    let row = ends.partition_point(|end| *end < trade.decided_at);
    Ok(row)
}

fn row_of(ran: &Ran, at: Timestamp) -> Result<usize, Failure> {
    let bars = ran.prepared().bars();
    let starts = bars.series().start();
    let row = starts.partition_point(|start| *start <= at).checked_sub(1);
    let row = row.filter(|&row| bars.end().get(row).is_some_and(|end| at < *end));
    row.ok_or_else(|| {
        let span = starts.first().zip(bars.end().last());
        let span = span.map_or(String::new(), |(first, last)| {
            format!(": they are from {first} to {last}, in regular hours")
        });
        nothing(&format!("no bar of the run contains {at}{span}"))
    })
}

fn nothing(reason: &str) -> Failure {
    BacktestError::Flags(format!("--at: {reason}")).into()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::testing::{Sandbox, set};

    fn with_data() -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.store().put(&set("SPY", 60, 1), false).unwrap();
        sandbox
    }

    #[test]
    fn a_bar_is_explained_with_its_numbers() {
        let sandbox = with_data();
        let at = ["--at", "2024-02-06T15:45:00Z"];
        let words = [&["explain", "--data", "SPY"], at.as_slice()].concat();
        let said = sandbox.run(&words).unwrap();
        for part in [
            "SPY at the close of the bar 2024-02-06T15:30:00Z to 2024-02-06T16:30:00Z",
            "trade",
            "  Close            ",
            "  Prediction       ",
            "  Error gate       ",
            "  ATR gate         ",
            "  Equity           ",
        ] {
            assert!(said.contains(part), "{part} is not in\n{said}");
        }
        let json = sandbox
            .run(&[words.as_slice(), &["--json"]].concat())
            .unwrap();
        let told: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(told["start"], "2024-02-06T15:30:00Z");
        assert!(told["decision"]["gates"]["atr_gate"].is_number());
    }

    #[test]
    fn a_trade_is_explained_by_the_bar_that_decided_it() {
        let sandbox = with_data();
        let flags = [
            "--data",
            "SPY",
            "--k-sigma-err",
            "0",
            "--k-atr-min-tp",
            "0.2",
        ];
        let json = |words: &[&str]| {
            let words = [words, &flags, &["--json"]].concat();
            let said = sandbox.run(&words);
            said.map(|said| serde_json::from_str::<Value>(&said).unwrap())
        };
        let report = json(&["backtest"]).unwrap();
        let trades = report["round_trips"].as_array().unwrap();
        assert!(trades.len() > 2);
        for (number, trade) in (1..).zip(trades) {
            let told = json(&["explain", "--trade", &number.to_string()]).unwrap();
            assert_eq!(told["at"], trade["decided_at"], "trade {number}");
        }
        let listed = [&["backtest", "--trades", "2"], &flags[..]].concat();
        let listed = sandbox.run(&listed).unwrap();
        let first = trades[0]["entry_at"].as_str().unwrap();
        assert!(
            listed
                .lines()
                .any(|line| line.starts_with("  1  ") && line.contains(first)),
            "{listed}"
        );
        let last = trades.len();
        for (number, why) in [
            ("0".to_owned(), format!("the run has trades 1 to {last}")),
            (
                (last + 1).to_string(),
                format!("the run has trades 1 to {last}"),
            ),
        ] {
            let said = json(&["explain", "--trade", &number]).unwrap_err();
            assert!(said.contains(&why), "{said}");
        }
        let none = [
            "explain",
            "--data",
            "SPY",
            "--k-atr-min-tp",
            "90",
            "--trade",
            "1",
        ];
        assert!(sandbox.run(&none).unwrap_err().contains("no trades"));
        assert!(sandbox.run(&["explain", "--data", "SPY"]).is_err());
    }

    #[test]
    fn a_forced_trade_is_told_beside_the_run() {
        let sandbox = with_data();
        let words = "explain --data SPY --k-atr-min-tp 90 --at 2024-02-06T15:30:00Z --force long";
        let words: Vec<&str> = words.split(' ').collect();
        let said = sandbox.run(&words).unwrap();
        for part in [
            "No trade: move below the ",
            "Had it wanted to trade there",
            "  long ",
            " at 2024-02-06T16:30:00Z ",
            "without it 0.00 %",
        ] {
            assert!(said.contains(part), "{part} is not in\n{said}");
        }
        let json = sandbox
            .run(&[words.as_slice(), &["--json"]].concat())
            .unwrap();
        let told: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(told["forced"]["enters"]["side"], "long");
    }

    #[test]
    fn a_time_without_a_decision_says_so() {
        let sandbox = with_data();
        let refused = |at: &str| {
            let words = ["explain", "--data", "SPY", "--at", at];
            sandbox.run(&words).unwrap_err()
        };
        let said = refused("2024-02-03T15:00:00Z");
        assert!(said.contains("no bar of the run contains 2024-02-03T15:00:00Z: they are from"));
        assert!(refused("1999-01-01T00:00:00Z").contains("no bar of the run"));
        assert!(refused("yesterday").contains("--at"));
    }
}
