//! What is predicted, and from what.

use super::{Group, Kind, Parameter, Slot, Unit, Value, choice, parameter, whole};
use crate::research::run_config::{PredictionConfig, RunConfig};
use crate::signal::prediction::TargetField;
use crate::signal::source::Source;

const GROUP: Group = Group::Prediction;
const SOURCE: u16 = 10;
const NOISE: u8 = 3;

/// Whether predictions are made at all.
fn predicts(config: &RunConfig) -> bool {
    config.prediction.source != Source::None
}

pub(super) const PARAMETERS: [Parameter; 6] = [
    parameter(
        SOURCE,
        GROUP,
        ("prediction.source", "Prediction source"),
        Unit::None,
        Kind::Choice {
            get: |c| {
                Some(match c.prediction.source {
                    Source::Drift => 0,
                    Source::SmaCross => 1,
                    Source::Persistence => 2,
                    Source::Noise { .. } => NOISE,
                    Source::Oracle => 4,
                    Source::Series => 5,
                    Source::None => 6,
                })
            },
            choices: &[
                choice(0, "drift", "Drift", |c| c.prediction.source = Source::Drift),
                choice(1, "sma_cross", "SMA cross", |c| {
                    c.prediction.source = Source::SmaCross;
                }),
                choice(2, "persistence", "Persistence (never trades)", |c| {
                    c.prediction.source = Source::Persistence;
                }),
                choice(NOISE, "noise", "Noise", |c| {
                    c.prediction.source = Source::Noise { seed: 1 };
                }),
                choice(4, "oracle", "Oracle (looks ahead)", |c| {
                    c.prediction.source = Source::Oracle;
                }),
                choice(5, "series", "A file of predictions", |c| {
                    c.prediction.source = Source::Series;
                }),
                choice(6, "none", "None", |c| c.prediction.source = Source::None),
            ],
        },
        "Where predictions come from: computed from the bars, read from a file, or nowhere. Drift extends the mean return of the last 10 bars; SMA cross expects two average true ranges towards the side of the faster of two moving averages (7 and 21 bars).",
    ),
    parameter(
        11,
        GROUP,
        ("prediction.source.noise.seed", "Seed of the noise"),
        Unit::None,
        whole(
            |c| match &mut c.prediction.source {
                Source::Noise { seed } => Some(Slot::Large(seed)),
                _ => None,
            },
            [0, u64::MAX],
            [1, 100],
            1,
        ),
        "What the noise depends on: another number, other noise.",
    )
    .part_of(SOURCE, Value::Choice(NOISE)),
    parameter(
        12,
        GROUP,
        ("prediction.target", "Predicted price"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.prediction.target as u8),
            choices: &[
                choice(TargetField::Open as u8, "open", "Open", |c| {
                    c.prediction.target = TargetField::Open;
                }),
                choice(TargetField::Close as u8, "close", "Close", |c| {
                    c.prediction.target = TargetField::Close;
                }),
            ],
        },
        "Which price of the bar at the horizon is predicted. An entry fills at the next open, so the open one bar ahead cannot be it.",
    )
    .where_it_is(predicts),
    parameter(
        13,
        GROUP,
        ("prediction.horizon_bars", "Horizon"),
        Unit::Bars,
        whole(
            |c| Some(Slot::Whole(&mut c.prediction.horizon_bars)),
            [1, PredictionConfig::MAX_HORIZON_BARS as u64],
            [1, 40],
            1,
        ),
        "How many bars ahead the predicted price lies. Bars are counted across sessions; gaps between sessions do not count.",
    )
    .where_it_is(predicts),
    parameter(
        14,
        GROUP,
        ("prediction.intraday_only", "Within the session only"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.prediction.intraday_only),
            set: |c, on| c.prediction.intraday_only = on,
        },
        "Leaves out predictions for a bar of another session.",
    )
    .where_it_is(predicts),
    parameter(
        15,
        GROUP,
        ("prediction.allow_in_sample", "Allow in-sample predictions"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.prediction.allow_in_sample),
            set: |c, on| c.prediction.allow_in_sample = on,
        },
        "Uses predictions that were made with the data they are judged on, which flatters; the report then says so.",
    )
    .where_it_is(|c| c.prediction.source == Source::Series),
];
