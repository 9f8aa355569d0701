//! Sweeps in links: what is varied stands in the address behind the run that it is varied from.

use atrium_shared::base::digest::Digest;
use atrium_shared::research::sweep::{Axis, Method, SweepSpec, Use};
use atrium_shared::surface::share::{BadLink, Link, SignalTimes, SweepPart};
use gloo::utils::window;
use leptos::prelude::*;

use super::keep::link;
use super::{AxisText, Expected, MethodText, Setup, SweepDesk};
use crate::state::Lab;
use crate::state::link::Opened;

impl Setup {
    /// What a link says.
    fn linked(part: &SweepPart, before: &Self) -> Self {
        let axis = |(parameter, text): &(
            &'static atrium_shared::research::parameters::Parameter,
            String,
        )| AxisText {
            key: parameter.key,
            text: text.clone(),
        };
        let (method, trials, seed) = match part.method {
            Method::Grid => (MethodText::Grid, before.trials, before.seed),
            Method::Random { trials, seed } => (MethodText::Random, trials, seed),
            Method::LatinHypercube { trials, seed } => (MethodText::LatinHypercube, trials, seed),
        };
        Self {
            axes: part.axes.iter().map(axis).collect(),
            method,
            trials,
            seed,
            measure: part.measure,
        }
    }

    /// Whether the address names another sweep.
    pub(super) fn is_not_linked(&self) -> bool {
        let address = window().location().hash().unwrap_or_default();
        let part = SweepPart::read(&address).ok().flatten();
        part.is_some_and(|part| {
            let linked = Self::linked(&part, self);
            let measure = self.measure;
            Self { measure, ..linked } != *self
        })
    }
}

/// Puts what an address says of a sweep into the form; nothing of it is run before somebody wants that.
fn follow(lab: Lab, address: &str) -> bool {
    let desk = lab.sweep;
    // what is wrong with the run of the link is told by who opens that
    let Ok(link) = Link::read(address) else {
        return true;
    };
    let part = match SweepPart::read(address) {
        Ok(None) => {
            desk.expected.set(None);
            desk.forget_need();
            return true;
        }
        Ok(Some(part)) => part,
        Err(bad) => {
            lab.opened.set(Some(Opened::Bad(bad.to_string())));
            return false;
        }
    };
    desk.setup
        .update(|setup| *setup = Setup::linked(&part, setup));
    // the page may be built once it stands there already
    desk.setup.with_untracked(Setup::remember);
    desk.window.set(None);
    desk.forget_failure();
    desk.expected.set(part.results.map(|results| Expected {
        part,
        link,
        results,
    }));
    true
}

impl SweepDesk {
    /// What reads links of sweeps is here.
    pub(in crate::state) fn take_late(self) {
        self.follower.set_value(Some(follow));
    }

    /// The fragment of an address that names the sweep that was begun last, with the digest of its results where all are known.
    pub(crate) fn fragment(self) -> Option<Result<String, BadLink>> {
        let results = self.digest.get_untracked();
        let setup = self.setup.get_untracked();
        self.with(|sweep| {
            let sweep = sweep?;
            let as_written = setup.spec(*sweep.spec.base()).as_ref() == Ok(&sweep.spec);
            let axes = match as_written {
                true => setup.axes.iter().filter_map(written).collect(),
                false => sweep.spec.axes().iter().map(whole).collect(),
            };
            let part = SweepPart {
                axes,
                method: sweep.spec.method(),
                measure: setup.measure,
                results,
            };
            // the times of a file that no trial needs are of no interest
            let times = match sweep.spec.signals() {
                Use::Never => SignalTimes::default(),
                _ => sweep.times,
            };
            let fragment = part.fragment(&link(sweep));
            Some(fragment.map(|fragment| fragment + &times.behind_link()))
        })
    }

    /// Whether a sweep is that of the link that was opened last, which states what came of it.
    pub(super) fn is_of_link(self, spec: &SweepSpec) -> bool {
        self.expected.with_untracked(|expected| {
            let of = |expected: &Expected| expected.part.spec(&expected.link).ok();
            expected.as_ref().and_then(of).as_ref() == Some(spec)
        })
    }

    /// Whether the sweep that was run has the results of the link that it was opened by, and else why not; `None` where that says
    /// nothing of them, or another sweep was run, or the same over other dates or data; tracked.
    pub(crate) fn verdict(self, digest: Digest) -> Option<Result<(), &'static str>> {
        let expected = self.expected.get()?;
        self.with(|sweep| {
            let sweep = sweep?;
            let (now, of) = (link(sweep), &expected.link);
            let is_it = now.data.symbol == of.data.symbol
                && now.window == of.window
                && expected.part.spec(of).ok()? == sweep.spec;
            let same_bars = now.data.content == of.data.content;
            is_it.then(|| match expected.results == digest {
                true => Ok(()),
                false => Err(SweepPart::why_others(&sweep.spec, same_bars)),
            })
        })
    }
}

type Written = (
    &'static atrium_shared::research::parameters::Parameter,
    String,
);

fn written(axis: &AxisText) -> Option<Written> {
    let parameter = atrium_shared::research::parameters::named(axis.key)?;
    Some((parameter, axis.text.clone()))
}

/// Every value of an axis.
fn whole(axis: &Axis) -> Written {
    let text = axis.text();
    let values = text.split_once('=').map_or("", |(_, values)| values);
    (axis.parameter, values.to_owned())
}
