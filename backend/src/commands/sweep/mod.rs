//! `atrium sweep`: many configurations over the same stored bars, on all cores.

mod crew;
mod kept;
mod list;
mod report;

use std::io::{IsTerminal, Write, stderr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use atrium_shared::base::digest::NotFinite;
use atrium_shared::research::backtest::{Prepared, RunError};
use atrium_shared::research::metrics::{Absent, Stat};
use atrium_shared::research::parameters;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{
    AtHand, Axis, BadSweep, Inputs, Measure, Method, Results, SweepError, SweepSpec, identity,
    why_without,
};
use atrium_shared::surface::report::duration;
use atrium_shared::surface::share::SweepPart;

use super::backtest::{BacktestError, Chosen, Varied};
use super::files::{FileError, check_target, write_whole};
use super::words::{counted, number};
use super::{Failure, print_json};
use crate::config::Config;
use crate::stopping::StopSignals;
use crate::sweeps::{SweepFileError, SweepFiles};
use crew::Crew;
use kept::Keeper;
use report::Report;

/// So often what was run is kept.
const KEPT_OFTEN: Duration = Duration::from_secs(20);
/// So often the line on the terminal is written anew.
const TOLD_OFTEN: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "Examples:
  atrium sweep --data SPY --interval 60min --param k_sigma_err=0:2:0.1 --param reward_risk_ratio=1,1.5,2
  atrium sweep --data SPY --param k_atr_min_tp=0:3:0.01 --param max_hold_bars=none,4,8 --random 5000 --by profit_factor
  atrium sweep --link LINK --param costs.slippage.ticks=0:3:0.5 --csv sweep.csv --json
  atrium sweep --link LINK
  atrium sweep --data SPY --list

A link to a run is varied by --param. A link to a sweep, as the Sweep page and this command give it, is made again without any, and
says whether it comes to the same results (exit code 1 where it does not).
Ctrl-C (or SIGTERM) keeps what is done and ends with exit code 130; the same command goes on from there.
A part of a choice, such as costs.slippage.ticks, chooses that, unless --set or a link chose something else or it is varied by
another --param. Trials whose values contradict each other, or whose data are missing, have no run; they are counted.";

/// Run many configurations on stored bars and rank them
///
/// Every option of a backtest can be varied: all combinations of the values given, or some of them drawn. Flags of `atrium
/// backtest` say what stays.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// A parameter and its values, as name=start:end:step or name=value,value; may be given more than once
    #[arg(
        long = "param",
        value_name = "NAME=VALUES",
        required_unless_present_any = ["list", "link"],
        help_heading = "Sweep"
    )]
    params: Vec<String>,
    /// Draw so many combinations at random rather than run all
    #[arg(
        long,
        value_name = "N",
        group = "drawn",
        requires = "params",
        help_heading = "Sweep"
    )]
    random: Option<u64>,
    /// Draw so many combinations by a Latin hypercube, so that each parameter goes through its whole range
    #[arg(
        long,
        value_name = "N",
        group = "drawn",
        requires = "params",
        help_heading = "Sweep"
    )]
    latin: Option<u64>,
    /// What the draws depend on: another number, other draws
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        requires = "drawn",
        help_heading = "Sweep"
    )]
    draw_seed: u64,
    /// How many threads run (default: as many as there are cores)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Sweep")]
    threads: Option<u16>,
    /// Run every trial, also those kept from before, and keep nothing
    #[arg(long, help_heading = "Sweep")]
    afresh: bool,
    /// List the sweeps of the data set that are kept, and run none
    #[arg(
        long,
        conflicts_with_all = [
            "params", "drawn", "draw_seed", "threads", "afresh", "by", "top", "csv", "link", "config", "from", "to", "Overrides", "rows",
        ],
        help_heading = "Report"
    )]
    list: bool,
    /// What trials are ranked by: sharpe, total_return, cagr, max_drawdown_session, trades, win_rate, profit_factor or
    /// final_equity (default: sharpe, or what the link to a sweep says)
    #[arg(long, value_name = "MEASURE", value_parser = measure, help_heading = "Report")]
    by: Option<Measure>,
    /// How many trials are printed
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Report")]
    top: usize,
    /// Write every trial into this file
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    csv: Option<PathBuf>,
    /// Replace the file of --csv where it is there
    #[arg(long, requires = "csv", help_heading = "Report")]
    force: bool,
    /// Print JSON and nothing else
    #[arg(long, help_heading = "Report")]
    json: bool,
}

/// Why a sweep cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SweepFailure {
    /// What is to be varied makes no sense.
    #[error("--param {0}")]
    Spec(#[from] BadSweep),
    /// A trial does not fit the bars.
    #[error(transparent)]
    Trial(#[from] SweepError),
    /// No trial fits the bars.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The link says nothing of what is varied.
    #[error(
        "the link is to a run, not to a sweep: say what is varied of it, as in --param k_sigma_err=0:2:0.1"
    )]
    NotVaried,
    /// No trial has its data.
    #[error("no trial can be run: {reason}")]
    NoData {
        /// What the first of them lacks.
        reason: RunError,
    },
    /// A number is none.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// What was kept of the sweep cannot be used, or not be kept.
    #[error("{} cannot be used to keep the sweep: {reason}; remove it, or add --afresh", path.display())]
    Kept {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: Box<SweepFileError>,
    },
    /// The kept sweeps cannot be listed.
    #[error("the kept sweeps cannot be listed: {0}")]
    List(Box<SweepFileError>),
    /// It cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The bars do not fit the configuration.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// It was stopped before its end.
    #[error("stopped after {done} of {trials}{kept}")]
    Stopped {
        /// How many trials were run.
        done: String,
        /// Of how many.
        trials: String,
        /// Where they are.
        kept: &'static str,
    },
}

fn measure(text: &str) -> Result<Measure, String> {
    Measure::named(text).ok_or_else(|| {
        let names = Measure::ALL.map(Measure::name).join(", ");
        format!("there are {names}")
    })
}

/// Runs the sweep.
///
/// # Errors
/// [`Failure`] where the data set, the configuration or the output cannot be used; [`SweepFailure::Stopped`], after what was run is
/// printed, where it was stopped; [`Failure::OtherRun`], after all is printed, where the results are not those of the link.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    if let Some(path) = &args.csv {
        check_target(path, args.force)?;
    }
    let varied = args.chosen.varied(config)?;
    if args.list {
        return list::print(&varied.base.stored.card.name, args.json, config, out);
    }
    let linked = args.linked()?;
    let spec = args.spec(&varied, linked.as_ref())?;
    let prepared = varied.prepare(&spec).map_err(SweepFailure::from)?;
    if let Some(reason) = AtHand::of(&prepared).lacks_for_all(&spec) {
        return Err(SweepFailure::NoData { reason }.into());
    }
    let card = &varied.base.stored.card;
    let inputs = Inputs::of(&spec, &prepared, &card.instrument).map_err(SweepFailure::from)?;
    let identity = identity(&spec, &inputs).map_err(SweepFailure::from)?;
    let keeper = Keeper {
        files: SweepFiles::of(&config.base_dir),
        spec: &spec,
        inputs,
        identity,
        link: varied.link(*spec.base()).link,
    };
    let mut results = match args.afresh {
        true => Results::new(&spec),
        false => keeper.read()?,
    };
    let stop = Arc::new(AtomicBool::new(false));
    stop_when_asked(&stop)?;
    let known = results.count();
    let begun = Instant::now();
    let crew = Crew {
        spec: &spec,
        prepared: &prepared,
        instrument: &card.instrument,
        stop: &stop,
    };
    let mut meter = Meter::new(args.json, known, spec.trials());
    let mut kept_at = Instant::now();
    let outcome = crew.run(&mut results, args.threads(), |results| {
        meter.tell(results.count());
        if !args.afresh && kept_at.elapsed() >= KEPT_OFTEN {
            kept_at = Instant::now();
            keeper.write(results)?;
        }
        Ok(())
    });
    meter.clear();
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(reason) = without_any(&spec, &results, &prepared) {
        outcome?;
        return Err(SweepFailure::NoData { reason }.into());
    }
    if !args.afresh && results.count() > known {
        keeper.write(&results)?;
    }
    outcome?;
    let expected = linked.as_ref().and_then(|part| part.results);
    let expected = expected.zip(args.chosen.linked_content()?);
    let part = args.part(&spec, linked);
    let ranked = (part.measure, args.top);
    let report = Report::new(&varied, &spec, (&results, &prepared), config, ranked)?;
    let report = report.linked(part, (&varied.link_of(&spec), &spec), expected, config);
    if let Some(path) = &args.csv {
        write_whole(path, args.force, |file| report::csv(file, &spec, &results))
            .map_err(SweepFailure::from)?;
    }
    if args.json {
        print_json(out, &report)?;
    } else {
        let bars = prepared.bars().series().len() as u64;
        let ran = results.count() - known;
        report.print(out, bars, (ran, seconds))?;
        if !args.afresh {
            writeln!(out, "Kept in {}", keeper.path().display())?;
        }
    }
    if results.count() < spec.trials() {
        return Err(SweepFailure::Stopped {
            done: counted(results.count(), "trial"),
            trials: number(spec.trials()),
            kept: match args.afresh {
                true => "",
                false => ": the same command goes on from there",
            },
        }
        .into());
    }
    match report.differs() {
        Some(words) => Err(Failure::OtherRun(words.to_owned())),
        None => Ok(()),
    }
}

impl Args {
    /// What a link to a sweep varies, unless flags say what is.
    fn linked(&self) -> Result<Option<SweepPart>, SweepFailure> {
        if !self.params.is_empty() {
            return Ok(None);
        }
        match self.chosen.swept()? {
            Some(part) => Ok(Some(part)),
            None => Err(SweepFailure::NotVaried),
        }
    }

    fn spec(&self, varied: &Varied, linked: Option<&SweepPart>) -> Result<SweepSpec, SweepFailure> {
        if let Some(part) = linked {
            let base = varied.link(varied.base.config).link;
            return Ok(part.spec(&base).map_err(BacktestError::Link)?);
        }
        let axes = self.params.iter().map(|text| Axis::read(text));
        let seed = self.draw_seed;
        let method = match (self.random, self.latin) {
            (Some(trials), _) => Method::Random { trials, seed },
            (None, Some(trials)) => Method::LatinHypercube { trials, seed },
            (None, None) => Method::Grid,
        };
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        let base = with_parts(varied.base.config, &axes);
        Ok(SweepSpec::new(base, axes, method)?)
    }

    /// What is varied as a link holds it, with axes as they were written and without results.
    fn part(&self, spec: &SweepSpec, linked: Option<SweepPart>) -> SweepPart {
        let measure = linked.as_ref().map(|part| part.measure);
        let written = |text: &String| {
            let (_, values) = text.split_once('=')?;
            let axis = Axis::read(text).ok()?;
            Some((axis.parameter, values.trim().to_owned()))
        };
        SweepPart {
            axes: match linked {
                Some(part) => part.axes,
                None => self.params.iter().filter_map(written).collect(),
            },
            method: spec.method(),
            measure: self.by.or(measure).unwrap_or(Measure::Sharpe),
            results: None,
        }
    }

    fn threads(&self) -> usize {
        match self.threads {
            Some(threads) => usize::from(threads),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// A configuration in which that is chosen what some axes are a part of, as `--set` chooses it, unless something else than the default
/// was, or the choice is varied, too.
fn with_parts(mut base: RunConfig, axes: &[Axis]) -> RunConfig {
    let defaults = RunConfig::default();
    for axis in axes {
        let Some(under) = axis.parameter.under else {
            continue;
        };
        let choice = parameters::by_id(under.id);
        let stands = choice.is_some_and(|choice| choice.get(&base) == choice.get(&defaults));
        let is_varied = axes.iter().any(|other| other.parameter.id == under.id);
        let mut with = base;
        let first = axis.values.first().copied();
        if stands
            && !is_varied
            && axis.parameter.get(&base).is_none()
            && first.is_some_and(|first| axis.parameter.choose(&mut with, first).is_ok())
        {
            base = with;
        }
    }
    base
}

/// What the first trial lacks, where all were done and none of them had its data.
fn without_any(spec: &SweepSpec, results: &Results, prepared: &Prepared) -> Option<RunError> {
    if results.count() < spec.trials() {
        return None;
    }
    let (mut any, mut first) = (false, None);
    results.each(Measure::FinalEquity, |trial, stat| match stat {
        Stat::Value(_) => any = true,
        Stat::Absent(Absent::NoData) if first.is_none() => first = Some(trial),
        Stat::Absent(_) => {}
    });
    let first = first.filter(|_| !any)?;
    why_without(spec, first, prepared)
}

/// Asked once, the sweep stops and what is done is kept; asked again, the program ends.
fn stop_when_asked(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = {
        let _within = runtime.enter();
        StopSignals::new()?
    };
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            stop.store(true, Ordering::Relaxed);
            signals.next().await;
            std::process::exit(130);
        });
    });
    Ok(())
}

/// One line on the terminal that is written over: how many trials are done, how fast, how long it will take.
struct Meter {
    quiet: bool,
    shown: bool,
    begun: Instant,
    last: Instant,
    known: u64,
    trials: u64,
}

impl Meter {
    fn new(quiet: bool, known: u64, trials: u64) -> Self {
        let now = Instant::now();
        Self {
            quiet: quiet || !stderr().is_terminal(),
            shown: false,
            begun: now,
            last: now,
            known,
            trials,
        }
    }

    fn tell(&mut self, done: u64) {
        if self.quiet || self.last.elapsed() < TOLD_OFTEN {
            return;
        }
        self.last = Instant::now();
        self.shown = true;
        let rate = (done - self.known) as f64 / self.begun.elapsed().as_secs_f64();
        let left = match rate > 0.0 {
            true => format!(", {} left", duration((self.trials - done) as f64 / rate)),
            false => String::new(),
        };
        // a meter that cannot be written is none
        let _ = write!(
            stderr(),
            "\r\x1b[K{:3.0} %  {} of {}, {} a second{left}",
            100.0 * done as f64 / self.trials as f64,
            number(done),
            counted(self.trials, "trial"),
            number(rate as u64),
        );
    }

    fn clear(&mut self) {
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests;
