//! What is said of a sweep.

use std::io::{self, Write};

use atrium_shared::base::digest::Digest;
use atrium_shared::research::backtest::Prepared;
use atrium_shared::research::metrics::Stat;
use atrium_shared::research::sweep::{Measure, Results, SweepSpec, why_without};
use atrium_shared::surface::report::{duration, shown};
use atrium_shared::surface::share::{Fingerprint, SweepPart};
use atrium_shared::surface::sweeps::{SweepReport, TrialReport, csv_head, csv_rows};
use serde::Serialize;

use super::SweepFailure;
use crate::commands::backtest::{BacktestError, LinkTo, Varied};
use crate::commands::words::{counted, number};
use crate::config::Config;

/// What is printed of a sweep; as JSON one object.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Report {
    told: SweepReport,
    #[serde(skip)]
    stats: Vec<Vec<Stat>>,
    #[serde(skip)]
    measure: Measure,
    /// Why the results are not those of the link, if so.
    #[serde(skip)]
    others: Option<&'static str>,
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
        varied: &Varied,
        spec: &SweepSpec,
        (results, prepared): (&Results, &Prepared),
        config: &Config,
        (measure, top): (Measure, usize),
    ) -> Result<Self, SweepFailure> {
        let card = &varied.base.stored.card;
        let link = |trial| {
            let link = varied.link(spec.config(trial)?).url(config);
            Ok::<_, SweepFailure>(link.map_err(BacktestError::Link)?)
        };
        let data = (card.name.as_str(), card.simulated);
        let told = SweepReport::new(data, spec, results, (measure, top), link)?;
        let lacking = told.first_without_data;
        let missing = lacking.and_then(|trial| why_without(spec, trial, prepared));
        let stats = |trial: &TrialReport| {
            let stats = SHOWN.into_iter();
            stats
                .filter_map(|of| results.stat(of, trial.trial))
                .collect()
        };
        Ok(Self {
            stats: told.best.iter().map(stats).collect(),
            told: SweepReport {
                closures: varied.base.closures.clone(),
                missing: missing.map(|reason| reason.to_string()),
                ..told
            },
            measure,
            others: None,
        })
    }

    /// Tells the link to the sweep, which states the results where all trials were run, and holds these against what `expected`
    /// states, if it does: the results of the link that was given, and the content of the bars that it names. Axes that are too long
    /// for a link have none.
    pub(super) fn linked(
        mut self,
        part: SweepPart,
        (run, spec): (&LinkTo, &SweepSpec),
        expected: Option<(Digest, Fingerprint)>,
        config: &Config,
    ) -> Self {
        let results = (self.told.done == self.told.trials).then_some(self.told.digest);
        let part = SweepPart { results, ..part };
        let fragment = part.fragment(&run.link);
        self.told.link = fragment.ok().map(|fragment| run.address(&fragment, config));
        if let Some(((expected, content), results)) = expected.zip(results) {
            let is_same = expected == results;
            self.told.same_as_link = Some(is_same);
            let same_bars = content == run.link.data.content;
            self.others = (!is_same).then(|| SweepPart::why_others(spec, same_bars));
        }
        self
    }

    /// Why the results are not those of the link, if so.
    pub(super) fn differs(&self) -> Option<&'static str> {
        self.others
    }

    /// Prints it. `ran` is how many trials were run now, and how long that took.
    pub(super) fn print(
        &self,
        out: &mut impl Write,
        bars: u64,
        (ran, seconds): (u64, f64),
    ) -> io::Result<()> {
        let simulated = match self.told.simulated {
            true => " · SIMULATED, not market data",
            false => "",
        };
        writeln!(out, "{}{simulated}", self.told.data_set)?;
        for axis in &self.told.axes {
            let values = axis.split_once('=');
            let values = values.map(|(key, values)| {
                let values: Vec<String> = values.split(',').map(as_given).collect();
                format!("{key}={}", values.join(","))
            });
            writeln!(out, "  {}", values.as_ref().unwrap_or(axis))?;
        }
        let known = match self.told.done - ran {
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
            counted(self.told.trials, "trial"),
            counted(bars, "bar")
        )?;
        if let Some(closures) = &self.told.closures {
            writeln!(out, "{closures}")?;
        }
        let lacking = self.told.without_data;
        let reasons = [
            (
                self.told.without_run - lacking,
                "their values contradict each other",
                &self.told.contradiction,
            ),
            (lacking, "their data are missing", &self.told.missing),
        ];
        for (count, why, first) in reasons.into_iter().filter(|(count, _, _)| *count > 0) {
            let first = first
                .as_ref()
                .map_or(String::new(), |first| format!(" ({first})"));
            writeln!(out, "{} of them cannot be run: {why}{first}", number(count))?;
        }
        self.table(out)?;
        if let Some(best) = self.told.best.first() {
            writeln!(out, "Best by {}: {}", self.measure.name(), best.link)?;
        }
        if let Some(link) = &self.told.link {
            writeln!(out, "Link to this sweep: {link}")?;
        }
        writeln!(out, "Digest {}", self.told.digest)?;
        match (self.told.same_as_link, self.others) {
            (_, Some(why)) => writeln!(out, "✗ {why}"),
            (Some(true), None) if ran < self.told.done => writeln!(
                out,
                "✓ The results are those of the link, to the last bit; {} of them were kept from before (--afresh runs all again).",
                number(self.told.done - ran)
            ),
            (Some(true), None) => {
                writeln!(out, "✓ The results are those of the link, to the last bit.")
            }
            _ => Ok(()),
        }
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let names = |measure: Measure| match measure {
            Measure::MaxDrawdownSession => "max drawdown, sessions",
            Measure::TotalReturn => "return",
            other => other.name(),
        };
        let heads = self.told.axes.iter().map(|axis| {
            let key = axis.split('=').next().unwrap_or_default();
            key.rsplit('.').next().unwrap_or(key).to_owned()
        });
        let mut table: Vec<Vec<String>> = Vec::new();
        let mut head = vec!["trial".to_owned()];
        head.extend(heads);
        head.extend(SHOWN.map(|measure| names(measure).to_owned()));
        head.push("plateau".to_owned());
        table.push(head);
        for (trial, stats) in self.told.best.iter().zip(&self.stats) {
            let mut row = vec![trial.trial.to_string()];
            row.extend(trial.texts.iter().map(|text| as_given(text)));
            row.extend(stats.iter().zip(SHOWN).map(|(stat, measure)| {
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

/// A value as people write it: what JSON calls null is none.
fn as_given(value: &str) -> String {
    match value {
        "null" => "none".to_owned(),
        _ => value.to_owned(),
    }
}

/// Every trial that was run, a line each. What is absent is empty.
pub(super) fn csv(file: &mut dyn Write, spec: &SweepSpec, results: &Results) -> io::Result<()> {
    const AT_ONCE: u64 = 4_096;
    file.write_all(csv_head(spec).as_bytes())?;
    let mut from = 0;
    while from < spec.trials() {
        let until = spec.trials().min(from + AT_ONCE);
        file.write_all(csv_rows(spec, results, from..until).as_bytes())?;
        from = until;
    }
    Ok(())
}
