//! What stands in the form of a sweep: read as a sweep, and remembered by the browser.

use atrium_shared::research::parameters;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{Axis, BadSweep, Measure, Method, SweepSpec};

use super::{AxisText, MethodText, Setup};
use crate::choices::{keep, recall};

const KEY: &str = "atrium.sweep.1";

/// A setup as it is stored: axes, method, trials, seed, measure.
type Stored = (Vec<(String, String)>, String, u64, u64, String);

impl AxisText {
    /// Reads its values.
    ///
    /// # Errors
    /// [`BadSweep`] says what is wrong with them.
    pub(crate) fn read(&self) -> Result<Axis, BadSweep> {
        Axis::read(&format!("{}={}", self.key, self.text))
    }
}

impl MethodText {
    /// Every method, in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::Grid, Self::Random, Self::LatinHypercube];

    /// What it is called where it is stored.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::LatinHypercube => "latin",
        }
    }
}

impl Setup {
    /// How trials are drawn.
    pub(crate) fn method(&self) -> Method {
        let Self { trials, seed, .. } = *self;
        match self.method {
            MethodText::Grid => Method::Grid,
            MethodText::Random => Method::Random { trials, seed },
            MethodText::LatinHypercube => Method::LatinHypercube { trials, seed },
        }
    }

    /// The sweep of a configuration.
    ///
    /// # Errors
    /// [`BadSweep`] says what is wrong with it.
    pub(crate) fn spec(&self, base: RunConfig) -> Result<SweepSpec, BadSweep> {
        let axes = self.axes.iter().map(AxisText::read);
        SweepSpec::new(base, axes.collect::<Result<_, _>>()?, self.method())
    }

    /// What stood in the form before; what makes no sense any more is left out.
    pub(super) fn remembered() -> Option<Self> {
        let (axes, method, trials, seed, measure): Stored = recall(KEY)?;
        let axes = axes.into_iter().filter_map(|(key, text)| {
            let key = parameters::named(&key)?.key;
            Some(AxisText { key, text })
        });
        let mut methods = MethodText::ALL.into_iter();
        Some(Self {
            axes: axes.collect(),
            method: methods.find(|known| known.name() == method)?,
            trials,
            seed,
            measure: Measure::named(&measure)?,
        })
    }

    /// Remembers it. A browser that keeps nothing is none to be told of: what stands in the form is lost with the page.
    pub(super) fn remember(&self) {
        let axes = self.axes.iter();
        let stored: Stored = (
            axes.map(|axis| (axis.key.to_owned(), axis.text.clone()))
                .collect(),
            self.method.name().to_owned(),
            self.trials,
            self.seed,
            self.measure.name().to_owned(),
        );
        keep(KEY, &stored);
    }
}
