//! What is said of a sweep.

use std::io::{self, Write};

use atrium_shared::base::digest::Digest;
use atrium_shared::research::metrics::Stat;
use atrium_shared::research::parameters::Value;
use atrium_shared::research::sweep::{Axis, Measure, Results, SweepSpec, best, plateau};
use atrium_shared::surface::report::{duration, shown};
use serde::Serialize;
use serde_json::{Map, json};

use super::SweepFailure;
use crate::commands::backtest::{BacktestError, Varied};
use crate::commands::words::{counted, number};
use crate::config::Config;

/// What is printed of a sweep; as JSON one object.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    data_set: String,
    simulated: bool,
    /// That the data set has closures, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    closures: Option<String>,
    /// What was varied.
    axes: Vec<String>,
    trials: u64,
    done: u64,
    /// Trials whose configuration makes no sense.
    without_run: u64,
    by: &'static str,
    /// The best.
    best: Vec<Trial>,
    /// The hash of all results.
    digest: Digest,
    #[serde(skip)]
    measure: Measure,
}

/// One trial.
#[derive(Debug, Serialize)]
struct Trial {
    trial: u64,
    /// Its values by the keys of their parameters.
    parameters: Map<String, serde_json::Value>,
    /// Its results; what is absent is null.
    metrics: Map<String, serde_json::Value>,
    /// The median of its neighbours on the grid, over its own value.
    plateau: Option<f64>,
    /// A link that runs it.
    link: String,
    #[serde(skip)]
    texts: Vec<String>,
    #[serde(skip)]
    stats: Vec<Stat>,
}

/// The columns that are printed.
const SHOWN: [Measure; 6] = [
    Measure::Sharpe,
    Measure::TotalReturn,
    Measure::MaxDrawdownSession,
    Measure::Trades,
    Measure::WinRate,
    Measure::ProfitFactor,
];

impl Report {
    pub(super) fn new(
        varied: &Varied<'_>,
        spec: &SweepSpec,
        results: &Results,
        config: &Config,
        measure: Measure,
        top: usize,
    ) -> Result<Self, SweepFailure> {
        let card = &varied.base.stored.card;
        let trial = |trial| Trial::new(varied, spec, results, config, measure, trial);
        let best = best(results, measure, top).into_iter().map(trial);
        let is_none = |trial: &u64| spec.config(*trial).is_err();
        let done = results.done().into_iter().flatten();
        Ok(Self {
            data_set: card.name.clone(),
            simulated: card.simulated,
            closures: varied.base.closures.clone(),
            axes: spec.axes().iter().map(Axis::brief).collect(),
            trials: spec.trials(),
            done: results.count(),
            without_run: done.filter(is_none).count() as u64,
            by: measure.name(),
            best: best.collect::<Result<_, _>>()?,
            digest: results.digest()?,
            measure,
        })
    }

    /// Prints it. `ran` is how many trials were run now, and how long that took.
    pub(super) fn print(
        &self,
        out: &mut impl Write,
        bars: u64,
        (ran, seconds): (u64, f64),
    ) -> io::Result<()> {
        let simulated = match self.simulated {
            true => " · SIMULATED, not market data",
            false => "",
        };
        writeln!(out, "{}{simulated}", self.data_set)?;
        for axis in &self.axes {
            writeln!(out, "  {axis}")?;
        }
        let known = match self.done - ran {
            0 => String::new(),
            known => format!(", {} kept from before", number(known)),
        };
        let rate = match seconds > 0.0 && ran > 0 {
            true => format!(
                ", {} in {} ({} a second)",
                number(ran),
                match seconds < 10.0 {
                    true => format!("{seconds:.2} s"),
                    false => duration(seconds),
                },
                number((ran as f64 / seconds) as u64)
            ),
            false => String::new(),
        };
        writeln!(
            out,
            "{} on {}{rate}{known}",
            counted(self.trials, "trial"),
            counted(bars, "bar")
        )?;
        if let Some(closures) = &self.closures {
            writeln!(out, "{closures}")?;
        }
        if self.without_run > 0 {
            writeln!(
                out,
                "{} of them cannot be run: their values contradict each other",
                number(self.without_run)
            )?;
        }
        self.table(out)?;
        if let Some(best) = self.best.first() {
            writeln!(out, "Best by {}: {}", self.measure.name(), best.link)?;
        }
        writeln!(out, "Digest {}", self.digest)
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let names = |measure: Measure| match measure {
            Measure::MaxDrawdownSession => "drawdown",
            Measure::TotalReturn => "return",
            other => other.name(),
        };
        let heads = self.axes.iter().map(|axis| {
            let key = axis.split('=').next().unwrap_or_default();
            key.rsplit('.').next().unwrap_or(key).to_owned()
        });
        let mut table: Vec<Vec<String>> = Vec::new();
        let mut head = vec!["trial".to_owned()];
        head.extend(heads);
        head.extend(SHOWN.map(|measure| names(measure).to_owned()));
        head.push("plateau".to_owned());
        table.push(head);
        for trial in &self.best {
            let mut row = vec![trial.trial.to_string()];
            row.extend(trial.texts.iter().cloned());
            row.extend(trial.stats.iter().zip(SHOWN).map(|(stat, measure)| {
                let text = stat.value().map(|value| shown(value, measure.unit()));
                text.unwrap_or_else(|| "–".to_owned())
            }));
            let plateau = trial.plateau.map(|ratio| format!("{ratio:.2}"));
            row.push(plateau.unwrap_or_else(|| "–".to_owned()));
            table.push(row);
        }
        let columns = table.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = table.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &table {
            for (cell, width) in row.iter().zip(&widths) {
                write!(out, "  {cell:>width$}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Trial {
    fn new(
        varied: &Varied<'_>,
        spec: &SweepSpec,
        results: &Results,
        config: &Config,
        measure: Measure,
        trial: u64,
    ) -> Result<Self, SweepFailure> {
        let stat = |measure: Measure| results.stat(measure, trial);
        let number = |measure: Measure| match stat(measure).and_then(Stat::value) {
            Some(value) if measure == Measure::Trades => json!(value as u64),
            value => json!(value),
        };
        let values = spec.values(trial);
        let parameters = spec.axes().iter().zip(&values).map(|(axis, value)| {
            let text = axis.parameter.text(*value);
            let value = match value {
                Value::Number(number) => json!(number),
                Value::Whole(count) => json!(count),
                _ => json!(text),
            };
            (axis.parameter.key.to_owned(), value)
        });
        let link = varied.link(spec.config(trial)?).url(config);
        let texts = spec.axes().iter().zip(&values);
        Ok(Self {
            trial,
            parameters: parameters.collect(),
            metrics: (Measure::ALL.into_iter())
                .map(|measure| (measure.name().to_owned(), number(measure)))
                .collect(),
            plateau: plateau(spec, results, measure, trial).value(),
            link: link.map_err(BacktestError::Link)?,
            texts: texts
                .map(|(axis, value)| axis.parameter.text(*value))
                .collect(),
            stats: SHOWN.into_iter().filter_map(stat).collect(),
        })
    }
}

/// Every trial that was run, a line each. What is absent is empty.
pub(super) fn csv(file: &mut dyn Write, spec: &SweepSpec, results: &Results) -> io::Result<()> {
    write!(file, "trial")?;
    for axis in spec.axes() {
        write!(file, ",{}", axis.parameter.key)?;
    }
    for measure in Measure::ALL {
        write!(file, ",{}", measure.name())?;
    }
    writeln!(file)?;
    for trial in results.done().into_iter().flatten() {
        write!(file, "{trial}")?;
        for (axis, value) in spec.axes().iter().zip(spec.values(trial)) {
            write!(file, ",{}", axis.parameter.text(value))?;
        }
        for measure in Measure::ALL {
            match results.stat(measure, trial).and_then(Stat::value) {
                Some(value) => write!(file, ",{value}")?,
                None => write!(file, ",")?,
            }
        }
        writeln!(file)?;
    }
    Ok(())
}
