//! What is run: a data set with a configuration by flags and file, or a link.

use std::path::PathBuf;

use atrium_shared::base::time::Day;
use atrium_shared::market::bars::SessionBars;
use atrium_shared::market::curate::{ResampleReport, resample};
use atrium_shared::market::simulate::DEMO;
use atrium_shared::research::backtest::{Backtest, ENGINE_VERSION, Prepared, RunError, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{SweepSpec, Use};
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::report::RowsReport;
use atrium_shared::surface::share::{
    BadLink, DataSetId, Fingerprint, Link, Seal, SignalTimes, SweepPart, Verdict, Window,
    command_line_of_file,
};
use atrium_shared::trading::portfolio::Trade;

use super::{BacktestError, config_file, flags, inputs};
use crate::commands::Failure;
use crate::commands::words::closures_note;
use crate::config::Config;
use crate::store::{Store, StoreError, Stored};

/// What is run.
#[derive(Debug, clap::Args)]
pub(in crate::commands) struct Chosen {
    /// The data set, or just its symbol where that has one data set only
    #[arg(long, value_name = "NAME", required_unless_present = "link")]
    data: Option<String>,
    /// A link to a run, in place of data set, sessions and options; `atrium backtest` makes it again and says whether it is the
    /// same (exit code 1 where it is not)
    #[arg(
        long,
        value_name = "LINK",
        conflicts_with_all = ["config", "from", "to", "Overrides"]
    )]
    link: Option<String>,
    /// A JSON file with a run configuration; what it leaves out has its default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The first session of the run
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// The last session of the run
    #[arg(long, value_name = "DAY")]
    to: Option<Day>,
    #[command(flatten)]
    overrides: flags::Overrides,
    #[command(flatten)]
    files: inputs::Files,
}

/// A run that was made.
pub(in crate::commands) struct Ran {
    /// The data set.
    pub(in crate::commands) card: DataSet,
    /// What does not depend on its parameters.
    pub(super) prepared: Prepared,
    /// What came of it.
    pub(super) run: Backtest,
    /// How its bars were cut.
    pub(super) cut: ResampleReport,
    /// That the data set has closures, if it has.
    pub(super) closures: Option<String>,
    /// What was read from a file, if one was.
    pub(super) read: Option<RowsReport>,
    /// How the file with rows was read, where there is one.
    files: inputs::Files,
    /// The link to it.
    pub(in crate::commands) link: LinkTo,
    /// Whether it is the run of the link that was given.
    pub(super) verdict: Option<Verdict>,
}

impl Ran {
    /// The command line that makes it.
    pub(in crate::commands) fn command_line(&self) -> String {
        let link = &self.link.link;
        let read = self.files.words();
        command_line_of_file(&link.data.name, link.window, &link.config, &read)
    }

    /// What does not depend on the parameters of the run.
    pub(in crate::commands) fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Its trades, in order.
    pub(in crate::commands) fn trades(&self) -> &[Trade] {
        &self.run.trades
    }

    /// What it earned, as a share of initial equity.
    pub(in crate::commands) fn total_return(&self) -> Option<f64> {
        self.run.headline.total_return.value()
    }
}

/// What runs are varied from: a data set, a configuration and sessions.
pub(in crate::commands) struct Varied {
    pub(in crate::commands) base: Base,
    files: inputs::Files,
}

/// A data set, a configuration and sessions.
pub(in crate::commands) struct Base {
    pub(in crate::commands) stored: Stored,
    pub(in crate::commands) config: RunConfig,
    window: Window,
    /// That the data set has closures, if it has.
    pub(in crate::commands) closures: Option<String>,
}

impl Varied {
    /// Bars with what the trials of a sweep ask for.
    ///
    /// # Errors
    /// [`BacktestError`] where they do not fit.
    pub(in crate::commands) fn prepare(&self, spec: &SweepSpec) -> Result<Prepared, BacktestError> {
        self.files.check_sweep(spec).map_err(BacktestError::Flags)?;
        let (bars, _) = cut(&self.base, &self.base.config)?;
        let (stored, written) = (&self.base.stored, &self.base.config);
        self.files.prepare_sweep(bars, stored, written, spec)
    }

    /// A link to a run of a configuration, which it does not prove.
    pub(in crate::commands) fn link(&self, config: RunConfig) -> LinkTo {
        LinkTo {
            config,
            link: link(&self.base, config, None),
            has_rows: inputs::needs_rows(&config),
            times: self.files.times(),
        }
    }

    /// A link to the configuration that a sweep varies, whose trials may need a file that it does not need itself.
    pub(in crate::commands) fn link_of(&self, spec: &SweepSpec) -> LinkTo {
        LinkTo {
            has_rows: spec.signals() != Use::Never || spec.series() != Use::Never,
            ..self.link(*spec.base())
        }
    }
}

/// A link to a run on this machine.
pub(in crate::commands) struct LinkTo {
    /// The configuration, so that it is at hand.
    pub(in crate::commands) config: RunConfig,
    /// The whole.
    pub(in crate::commands) link: Link,
    /// Whether what it leads to needs a file with rows.
    has_rows: bool,
    /// How the times of that file are read.
    times: SignalTimes,
}

impl LinkTo {
    /// The link as a URL of the page that this machine serves, with how the times of its file are read behind it.
    ///
    /// # Errors
    /// [`BadLink`] where a name in it is none.
    pub(in crate::commands) fn url(&self, config: &Config) -> Result<String, BadLink> {
        Ok(self.address(&self.link.fragment()?, config))
    }

    /// The URL of a fragment on the page that this machine serves, with how the times of the file are read, where there is one.
    pub(in crate::commands) fn address(&self, fragment: &str, config: &Config) -> String {
        let behind = match self.has_rows {
            true => self.times.behind_link(),
            false => String::new(),
        };
        format!("http://127.0.0.1:{}/{fragment}{behind}", config.port)
    }
}

impl Chosen {
    /// Makes the run.
    ///
    /// # Errors
    /// [`Failure`] where the data set or the configuration cannot be used, or they do not fit.
    pub(in crate::commands) fn run(&self, config: &Config) -> Result<Ran, Failure> {
        let (base, link) = self.base(config, |files, config| files.check(config))?;
        let mut ran = make(base, self.files())?;
        if let Some(link) = &link {
            let seal = link.seal.as_ref();
            ran.verdict = Some(Verdict::compare(seal, ENGINE_VERSION, &ran.run.digests));
        }
        Ok(ran)
    }

    /// What runs are varied from.
    ///
    /// # Errors
    /// [`Failure`] where the data set or the configuration cannot be used.
    pub(in crate::commands) fn varied(&self, config: &Config) -> Result<Varied, Failure> {
        // which files are needed is known once it is known what is varied
        let (base, _) = self.base(config, |_, _| Ok(()))?;
        Ok(Varied {
            base,
            files: self.files(),
        })
    }

    /// What is varied by the link that was given, if it says so.
    ///
    /// # Errors
    /// [`BacktestError::Link`] where it cannot be read.
    pub(in crate::commands) fn swept(&self) -> Result<Option<SweepPart>, BacktestError> {
        let part = self.link.as_deref().map(SweepPart::read).transpose();
        Ok(part.map_err(BacktestError::Link)?.flatten())
    }

    /// The content of the bars that the link names, if there is one.
    ///
    /// # Errors
    /// [`BacktestError::Link`] where it cannot be read.
    pub(in crate::commands) fn linked_content(&self) -> Result<Option<Fingerprint>, BacktestError> {
        let link = self.link.as_deref().map(Link::read).transpose();
        Ok(link
            .map_err(BacktestError::Link)?
            .map(|link| link.data.content))
    }

    /// The files, whose times are read as the address of the link says where no flag says it.
    fn files(&self) -> inputs::Files {
        match &self.link {
            Some(link) => self.files.of_link(SignalTimes::in_address(link)),
            None => self.files.clone(),
        }
    }

    /// The data set, the configuration and the sessions that were chosen, and the link, if that was what chose them.
    /// `check` is asked whether the files are those that the configuration needs.
    fn base(
        &self,
        config: &Config,
        check: impl Fn(&inputs::Files, &RunConfig) -> Result<(), String>,
    ) -> Result<(Base, Option<Link>), Failure> {
        let link = self.link.as_deref().map(Link::read).transpose();
        let link = link.map_err(BacktestError::Link)?;
        let (run_config, window) = match &link {
            Some(link) => {
                check(&self.files, &link.config).map_err(BacktestError::Flags)?;
                (link.config, link.window)
            }
            None => (self.configured(check)?, self.window()?),
        };
        let store = Store::open(&config.base_dir)?;
        let card = match (&self.data, &link) {
            (None, Some(link)) => find(&store, &link.data)?,
            (data, _) => store.find(data.as_deref().unwrap_or_default())?,
        };
        let stored = store.load(&card.name)?;
        let closures = closures_note(&store, &card.name)?;
        let base = Base {
            stored,
            config: run_config,
            window,
            closures,
        };
        Ok((base, link))
    }

    /// The configuration of the run, checked.
    fn configured(
        &self,
        check: impl Fn(&inputs::Files, &RunConfig) -> Result<(), String>,
    ) -> Result<RunConfig, BacktestError> {
        let mut config = match &self.config {
            Some(path) => config_file::read(path)?,
            None => RunConfig::default(),
        };
        self.files.choose(&mut config);
        self.overrides
            .apply(&mut config)
            .and_then(|()| check(&self.files, &config))
            .map_err(BacktestError::Flags)?;
        config
            .validate()
            .map_err(|bad| BacktestError::Run(bad.into()))?;
        Ok(config)
    }

    fn window(&self) -> Result<Window, BacktestError> {
        let window = Window {
            from: self.from,
            to: self.to,
        };
        match window.is_empty() {
            true => Err(BacktestError::Flags(
                "--to is before --from: no session lies between them".to_owned(),
            )),
            false => Ok(window),
        }
    }
}

/// The data set of a link: the one of its content, whatever it is called here; else the one of its name, whose run then shows what
/// differs.
fn find(store: &Store, wanted: &DataSetId) -> Result<DataSet, Failure> {
    let is_it = |card: &DataSet| Fingerprint::from(&card.digest) == wanted.content;
    let mut same: Vec<DataSet> = store.list()?.sets.into_iter().filter(is_it).collect();
    let named = same.iter().position(|card| card.name == wanted.name);
    if !same.is_empty() {
        return Ok(same.swap_remove(named.unwrap_or_default()));
    }
    match store.find(&wanted.name) {
        Err(
            StoreError::Unknown { .. }
            | StoreError::Name(_)
            | StoreError::Symbol(_)
            | StoreError::Ambiguous { .. },
        ) => {}
        found => return Ok(found?),
    }
    let demo = DEMO.iter().find(|demo| demo.symbol == wanted.symbol);
    let advice = match demo {
        Some(demo) => format!("`atrium demo {}` makes it", demo.symbol),
        None => format!(
            "import it (`atrium import FILE --symbol {}`), or name another one with --data",
            wanted.symbol
        ),
    };
    Err(BacktestError::NotHere {
        name: wanted.name.clone(),
        symbol: wanted.symbol.clone(),
        content: wanted.content,
        advice,
    }
    .into())
}

/// Runs over a stored data set.
fn make(base: Base, files: inputs::Files) -> Result<Ran, BacktestError> {
    let config = base.config;
    let (prepared, read, cut) = prepare(&base, &config, &files)?;
    let run = backtest(&prepared, &base.stored.card.instrument, &config)?;
    let seal = Seal::of(ENGINE_VERSION, &run.digests);
    let link = link(&base, config, Some(seal));
    Ok(Ran {
        prepared,
        run,
        cut,
        closures: base.closures,
        read,
        link: LinkTo {
            config,
            link,
            has_rows: inputs::needs_rows(&config),
            times: files.times(),
        },
        files,
        verdict: None,
        card: base.stored.card,
    })
}

/// Bars with predictions, signals and finer bars, what was read of a file, and how they were cut.
fn prepare(
    base: &Base,
    config: &RunConfig,
    files: &inputs::Files,
) -> Result<(Prepared, Option<RowsReport>, ResampleReport), BacktestError> {
    let (bars, report) = cut(base, config)?;
    let (prepared, read) = files.prepare(bars, &base.stored, config)?;
    Ok((prepared, read, report))
}

/// The bars of a configuration's interval in the sessions of the run.
fn cut(base: &Base, config: &RunConfig) -> Result<(SessionBars, ResampleReport), BacktestError> {
    let stored = &base.stored;
    let calendar = stored.card.instrument.calendar;
    let cut = resample(&stored.bars, config.interval, calendar)?;
    let bars = base.window.cut(cut.bars).map_err(RunError::from)?;
    Ok((bars, cut.report))
}

fn link(base: &Base, config: RunConfig, seal: Option<Seal>) -> Link {
    let card = &base.stored.card;
    Link {
        data: DataSetId {
            name: card.name.clone(),
            symbol: card.instrument.symbol.clone(),
            content: (&card.digest).into(),
        },
        config,
        window: base.window,
        seal,
        view: None,
    }
}

#[cfg(test)]
mod tests;
