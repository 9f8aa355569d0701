//! What a trial's neighbours on one axis at a time did.

use super::places::Places;
use crate::research::sweep::{Measure, Results, SweepSpec};

/// A trial on a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlicePoint {
    /// Its place on the axis.
    pub place: u32,
    /// Which.
    pub trial: u64,
    /// Its value; none where it was not run or has none.
    pub value: Option<f64>,
}

/// The values of a measure along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The axis.
    pub axis: usize,
    /// How many places it has.
    pub count: u32,
    /// In order of their places; of a grid all other values are those of the trial that is looked at.
    pub points: Vec<SlicePoint>,
    /// Of drawn trials, whose other values differ: medians of stretches of the axis, by the place in the middle.
    pub medians: Vec<(f64, f64)>,
    /// The place of the trial that is looked at.
    pub at: u32,
}

/// The most points of a slice of a grid.
const MOST: u32 = 400;
/// Stretches of an axis of which medians are told.
const STRETCHES: u32 = 12;

/// A slice an axis, of those with more than one value, through a trial. Of a grid these are the trials that differ from it in
/// that axis alone; of drawn trials those of `sample`.
pub fn slices(
    spec: &SweepSpec,
    places: &Places,
    results: &Results,
    measure: Measure,
    trial: u64,
    sample: &[u64],
) -> Vec<Slice> {
    let at = places.of(spec, trial);
    let value = |trial| results.stat(measure, trial).and_then(|stat| stat.value());
    let drawn: Vec<(Vec<u32>, u64, Option<f64>)> = match places.is_grid() {
        true => Vec::new(),
        false => {
            let of = |&trial: &u64| (places.of(spec, trial), trial, value(trial));
            sample.iter().map(of).collect()
        }
    };
    let slice = |axis: usize| {
        let count = places.count(axis);
        let own = at.get(axis).copied().unwrap_or(0);
        let points: Vec<SlicePoint> = match places.is_grid() {
            true => {
                let apart = count.div_ceil(MOST).max(1);
                let wanted = (0..count).filter(|place| place % apart == own % apart);
                let point = |place| {
                    let mut at = at.clone();
                    *at.get_mut(axis)? = place;
                    let trial = places.trial(&at)?;
                    Some(SlicePoint {
                        place,
                        trial,
                        value: value(trial),
                    })
                };
                wanted.filter_map(point).collect()
            }
            false => {
                let point = |(places, trial, value): &(Vec<u32>, u64, Option<f64>)| SlicePoint {
                    place: places.get(axis).copied().unwrap_or(0),
                    trial: *trial,
                    value: *value,
                };
                let mut points: Vec<SlicePoint> = drawn.iter().map(point).collect();
                points.sort_by_key(|point| (point.place, point.trial));
                points
            }
        };
        let medians = match places.is_grid() {
            true => Vec::new(),
            false => medians(count, &points),
        };
        Slice {
            axis,
            count,
            points,
            medians,
            at: own,
        }
    };
    let varied = (0..places.axes()).filter(|axis| places.count(*axis) > 1);
    varied.map(slice).collect()
}

fn medians(count: u32, points: &[SlicePoint]) -> Vec<(f64, f64)> {
    let stretches = count.min(STRETCHES);
    let of = |stretch: u32| {
        let first = stretch * count / stretches;
        let end = (stretch + 1) * count / stretches;
        let inside = points
            .iter()
            .filter(|point| (first..end).contains(&point.place));
        let mut values: Vec<f64> = inside.filter_map(|point| point.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let middle = *values.get(values.len().checked_sub(1)? / 2)?;
        Some((f64::from(first + end - 1) / 2.0, middle))
    };
    (0..stretches).filter_map(of).collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by their definition")]
mod tests {
    use super::super::tests::{drawn, grid, results};
    use super::*;

    #[test]
    fn a_slice_differs_in_one_axis_alone() {
        let spec = grid(&["k_sigma_err=0:2:1", "reward_risk_ratio=1:4:1", "leverage=1"]);
        let places = Places::new(&spec);
        let results = results(&spec, |trial| (trial != 4).then_some(trial as f64));
        let all = slices(&spec, &places, &results, Measure::Sharpe, 5, &[]);
        assert_eq!(all.len(), 2, "an axis of one value has no slice");
        let trials =
            |slice: &Slice| -> Vec<u64> { slice.points.iter().map(|point| point.trial).collect() };
        assert_eq!(trials(&all[0]), [1, 5, 9]);
        assert_eq!(trials(&all[1]), [4, 5, 6, 7]);
        assert_eq!((all[0].at, all[1].at), (1, 1));
        assert_eq!(all[1].points[0].value, None);
        assert_eq!(all[1].points[1].value, Some(5.0));
    }

    #[test]
    fn a_long_slice_leaves_places_out_but_never_its_own() {
        let spec = grid(&["k_sigma_err=0:10:0.01"]);
        let places = Places::new(&spec);
        let results = results(&spec, |trial| Some(trial as f64));
        let all = slices(&spec, &places, &results, Measure::Sharpe, 500, &[]);
        assert!(all[0].points.len() <= 400);
        assert!(all[0].points.iter().any(|point| point.trial == 500));
    }

    #[test]
    fn drawn_trials_are_points_with_medians() {
        let spec = drawn(&["k_sigma_err=0:9:1", "reward_risk_ratio=1:10:1"], 200);
        let places = Places::new(&spec);
        let own = places.clone();
        let by = spec.clone();
        let results = results(&spec, move |trial| Some(f64::from(own.of(&by, trial)[0])));
        let sample: Vec<u64> = (0..200).collect();
        let all = slices(&spec, &places, &results, Measure::Sharpe, 0, &sample);
        assert_eq!(all[0].points.len(), 200);
        assert!(all[0].points.is_sorted_by_key(|point| point.place));
        assert_eq!(all[0].medians.len(), 10);
        for (place, median) in &all[0].medians {
            assert_eq!(place, median);
        }
    }
}
