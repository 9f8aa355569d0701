//! Where trials stand on the axes of their sweep.

use std::collections::BTreeMap;

use crate::research::parameters::Value;
use crate::research::sweep::{Method, SweepSpec};

/// A value as something that can be ordered and looked up.
type Key = (u8, u64);

const fn key(value: Value) -> Key {
    match value {
        Value::Absent => (0, 0),
        Value::Number(number) => (1, number.to_bits()),
        Value::Whole(count) => (2, count),
        Value::Flag(on) => (3, on as u64),
        Value::Choice(code) => (4, code as u64),
    }
}

/// The places of a sweep's trials on its axes: the first value of an axis is at 0.
#[derive(Debug, Clone)]
pub struct Places {
    counts: Vec<u32>,
    /// How far apart neighbours of an axis are; none where trials are drawn.
    strides: Option<Vec<u64>>,
    /// Of drawn trials: the place of each value.
    finders: Vec<BTreeMap<Key, u32>>,
}

impl Places {
    /// Those of a sweep.
    pub fn new(spec: &SweepSpec) -> Self {
        let axes = spec.axes();
        let counts: Vec<u32> = axes
            .iter()
            .map(|axis| u32::try_from(axis.values.len()).unwrap_or(u32::MAX))
            .collect();
        if spec.method() == Method::Grid {
            let mut stride = 1u64;
            let mut strides: Vec<u64> = counts
                .iter()
                .rev()
                .map(|count| {
                    let own = stride;
                    stride = stride.saturating_mul(u64::from(*count));
                    own
                })
                .collect();
            strides.reverse();
            return Self {
                counts,
                strides: Some(strides),
                finders: Vec::new(),
            };
        }
        let finder = |values: &Vec<Value>| {
            let mut finder = BTreeMap::new();
            for (value, place) in values.iter().zip(0..) {
                finder.entry(key(*value)).or_insert(place);
            }
            finder
        };
        Self {
            counts,
            strides: None,
            finders: axes.iter().map(|axis| finder(&axis.values)).collect(),
        }
    }

    /// How many axes there are.
    pub fn axes(&self) -> usize {
        self.counts.len()
    }

    /// How many values an axis has; 0 where there is no such axis.
    pub fn count(&self, axis: usize) -> u32 {
        self.counts.get(axis).copied().unwrap_or(0)
    }

    /// Whether every combination is a trial.
    pub fn is_grid(&self) -> bool {
        self.strides.is_some()
    }

    /// Writes the places of a trial into `into`, an axis each.
    pub fn read(&self, spec: &SweepSpec, trial: u64, into: &mut Vec<u32>) {
        into.clear();
        match &self.strides {
            Some(strides) => {
                let place = |(stride, count): (&u64, &u32)| {
                    let place = trial / (*stride).max(1) % u64::from((*count).max(1));
                    u32::try_from(place).unwrap_or(0)
                };
                into.extend(strides.iter().zip(&self.counts).map(place));
            }
            None => {
                let values = spec.values(trial).into_iter().zip(&self.finders);
                let place = |(value, finder): (Value, &BTreeMap<Key, u32>)| {
                    finder.get(&key(value)).copied().unwrap_or(0)
                };
                into.extend(values.map(place));
            }
        }
    }

    /// The places of a trial, an axis each.
    pub fn of(&self, spec: &SweepSpec, trial: u64) -> Vec<u32> {
        let mut places = Vec::with_capacity(self.counts.len());
        self.read(spec, trial, &mut places);
        places
    }

    /// The trial of a grid at places, one an axis; `None` of drawn trials, and where an axis has no such place.
    pub fn trial(&self, places: &[u32]) -> Option<u64> {
        let strides = self.strides.as_ref()?;
        let mut trial = 0u64;
        for ((stride, count), place) in strides.iter().zip(&self.counts).zip(places) {
            if place >= count {
                return None;
            }
            trial = trial.checked_add(stride.checked_mul(u64::from(*place))?)?;
        }
        (places.len() == strides.len()).then_some(trial)
    }
}

/// The places of an axis in a number of cells, neighbours together where there are more places than cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bins {
    /// How many places.
    pub places: u32,
    /// How many cells, as many as there are places at most.
    pub cells: u32,
}

impl Bins {
    /// So many places in `most` cells at most.
    pub fn new(places: u32, most: u32) -> Self {
        Self {
            places: places.max(1),
            cells: places.clamp(1, most.max(1)),
        }
    }

    /// The cell of a place.
    pub fn cell(&self, place: u32) -> u32 {
        let at = u64::from(place) * u64::from(self.cells) / u64::from(self.places);
        u32::try_from(at).unwrap_or(0).min(self.cells - 1)
    }

    /// The first and the last place of a cell.
    pub fn span(&self, cell: u32) -> (u32, u32) {
        let first = |cell: u32| {
            let first = (u64::from(cell) * u64::from(self.places)).div_ceil(u64::from(self.cells));
            u32::try_from(first).unwrap_or(u32::MAX)
        };
        let cell = cell.min(self.cells - 1);
        (first(cell), first(cell + 1).saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, grid};
    use super::*;

    #[test]
    fn places_of_a_grid_lead_back_to_its_trials() {
        let spec = grid(&["k_sigma_err=0:2:1", "reward_risk_ratio=1:4:1"]);
        let places = Places::new(&spec);
        assert_eq!((places.axes(), places.count(1), places.count(9)), (2, 4, 0));
        for trial in 0..spec.trials() {
            let at = places.of(&spec, trial);
            assert_eq!(places.trial(&at), Some(trial));
            let values = spec.values(trial);
            for ((axis, place), value) in spec.axes().iter().zip(&at).zip(values) {
                assert_eq!(axis.values[*place as usize], value);
            }
        }
        assert_eq!(places.trial(&[0, 4]), None);
        assert_eq!(places.trial(&[0]), None);
    }

    #[test]
    fn drawn_trials_stand_where_their_values_do() {
        let spec = drawn(&["k_sigma_err=0:2:0.1", "entry=limit,market"], 50);
        let places = Places::new(&spec);
        assert!(!places.is_grid());
        for trial in 0..50 {
            let at = places.of(&spec, trial);
            let values = spec.values(trial);
            for ((axis, place), value) in spec.axes().iter().zip(&at).zip(values) {
                assert_eq!(axis.values[*place as usize], value);
            }
            assert_eq!(places.trial(&at), None);
        }
    }

    #[test]
    fn cells_share_places_out_evenly_and_lose_none() {
        for (places, most) in [
            (1, 10),
            (10, 10),
            (11, 10),
            (100, 7),
            (5, 64),
            (100_000, 256),
        ] {
            let bins = Bins::new(places, most);
            let mut next = 0;
            for cell in 0..bins.cells {
                let (first, last) = bins.span(cell);
                assert_eq!(first, next, "{places} in {most}");
                assert!(last >= first);
                assert_eq!((bins.cell(first), bins.cell(last)), (cell, cell));
                next = last + 1;
            }
            assert_eq!(next, places);
        }
    }
}
