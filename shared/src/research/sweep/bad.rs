//! Why a sweep cannot be made.

use super::axis::Axis;
use super::spec::SweepSpec;
use crate::research::parameters::{BadValue, nearest};
use crate::research::run_config::BadConfig;

/// Why a sweep cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadSweep {
    /// There is no such parameter, or several that end so.
    #[error("{said}", said = nearest(.0).said(.0))]
    Unknown(String),
    /// A parameter without values.
    #[error("{0} has no values: write {0}=start:end:step or {0}=1,2,3")]
    NoValues(String),
    /// A value that the parameter cannot have.
    #[error(transparent)]
    Value(#[from] BadValue),
    /// A range that cannot be counted through.
    #[error("{name}={text}: {reason}")]
    Range {
        /// The parameter.
        name: &'static str,
        /// What was written.
        text: String,
        /// Why.
        reason: BadRange,
    },
    /// An axis that has no values, or too many.
    #[error(
        "{name} would have {count} values, but an axis has 1 to {}",
        Axis::MOST
    )]
    Count {
        /// The parameter.
        name: &'static str,
        /// How many.
        count: String,
    },
    /// A parameter twice.
    #[error("{0} is swept twice: give all of its values in one axis")]
    Twice(&'static str),
    /// A parameter that decides which bars there are.
    #[error(
        "{0} is not swept, as each of its values has other bars: make a sweep for each, with the value in the configuration"
    )]
    OtherBars(&'static str),
    /// More trials than can be kept.
    #[error(
        "the sweep has {trials} trials, but 1 to {} can be run: take fewer values, or draw trials at random",
        SweepSpec::MOST
    )]
    TooMany {
        /// How many.
        trials: String,
    },
    /// A configuration of the sweep makes no sense.
    #[error("trial {trial} cannot be run: {reason}")]
    Config {
        /// Its number.
        trial: u64,
        /// Why.
        reason: BadConfig,
    },
}

/// Why a range cannot be counted through.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadRange {
    /// A part of it is no number.
    #[error("{0:?} is no number; a range is a start, an end and a step")]
    NoNumber(String),
    /// A part of it is no whole number.
    #[error("{0:?} is no whole number, and this parameter has no others")]
    NoWhole(String),
    /// The step is 0.
    #[error("the step is 0, which never comes to the end: take another, or one value alone")]
    NoStep,
    /// The step has the wrong sign.
    #[error("the step leads away from the end: change its sign, or change start and end about")]
    Away,
    /// It holds what the parameter cannot be.
    #[error("{value} is out of bounds: it must be {could_be}")]
    Beyond {
        /// The value.
        value: String,
        /// What it could be.
        could_be: String,
    },
    /// It holds too many values.
    #[error("that is more than {} values: take a larger step", Axis::MOST)]
    Many,
}
