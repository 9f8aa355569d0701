//! A sweep over two of its axes.

use super::brush::Brush;
use super::places::{Bins, Places};
use crate::research::metrics::Absent;
use crate::research::metrics::Stat;
use crate::research::sweep::{Measure, Results, SweepSpec};

/// What stands for the axes that are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Others {
    /// The values that are chosen.
    #[default]
    At,
    /// Whichever give the best.
    Best,
    /// Those of the middle trial by value: of an even number the lower of the two in the middle.
    Median,
}

/// What is asked of a plane.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaneOf {
    /// The axis from left to right.
    pub x: usize,
    /// The axis from below; none where a sweep has one axis.
    pub y: Option<usize>,
    /// What cells show.
    pub measure: Measure,
    /// What stands for the axes that are not shown.
    pub others: Others,
    /// The place on each axis; of those that are shown none is looked at.
    pub at: Vec<u32>,
}

/// What is known of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cell {
    /// The value of its trial.
    pub value: Option<f64>,
    /// The trial that stands for the cell: the one whose value is shown, else the last one that was run without a value.
    pub trial: Option<u64>,
    /// Why it has no value, where its trials were run and none has.
    pub absent: Option<Absent>,
    /// How many of its trials were run.
    pub run: u32,
}

/// Cells over two axes, in rows from below.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// What it is of.
    pub of: PlaneOf,
    /// The cells from left to right.
    pub x: Bins,
    /// The cells from below.
    pub y: Bins,
    /// Row by row from below.
    pub cells: Vec<Cell>,
    /// Whether a cell stands for several trials, of which one is shown.
    pub gathered: bool,
}

impl Plane {
    /// The most cells of an axis of a grid: more could not be told apart.
    pub const MOST: u32 = 256;

    /// The cell in a column from the left and a row from below.
    pub fn cell(&self, column: u32, row: u32) -> Option<&Cell> {
        let inside = column < self.x.cells && row < self.y.cells;
        let at = u64::from(row) * u64::from(self.x.cells) + u64::from(column);
        inside.then(|| self.cells.get(usize::try_from(at).ok()?))?
    }

    /// The column and the row of places, one an axis.
    pub fn find(&self, places: &[u32]) -> Option<(u32, u32)> {
        let column = self.x.cell(*places.get(self.of.x)?);
        let row = match self.of.y {
            Some(axis) => self.y.cell(*places.get(axis)?),
            None => 0,
        };
        Some((column, row))
    }

    /// The cell with the highest value, its column and row; of equal ones that of the earlier trial.
    pub fn best(&self) -> Option<(u32, u32)> {
        let valued = self.cells.iter().zip(0u32..);
        let valued = valued.filter_map(|(cell, at)| Some((cell.value?, cell.trial?, at)));
        let best = valued.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        let (_, _, at) = best;
        Some((at % self.x.cells, at / self.x.cells))
    }

    /// The cells with those that were not run shown as the nearest that was, so that a surface has its shape before all of it is
    /// there; nothing where everything was run, or nothing.
    pub fn foreseen(&self) -> Option<Self> {
        let width = usize::try_from(self.x.cells).ok()?.max(1);
        let known = self.cells.iter().filter(|cell| cell.run > 0).count();
        if known == 0 || known == self.cells.len() {
            return None;
        }
        // how far the nearest cell is that was run, and which it is: first from those before, then from those behind
        let mut nearest: Vec<(u32, usize)> = self
            .cells
            .iter()
            .enumerate()
            .map(|(at, cell)| (if cell.run > 0 { 0 } else { u32::MAX }, at))
            .collect();
        let count = nearest.len();
        for forward in [true, false] {
            for step in 0..count {
                let at = if forward { step } else { count - 1 - step };
                let column = at % width;
                let before = match forward {
                    true => [
                        at.checked_sub(1).filter(|_| column > 0),
                        at.checked_sub(width),
                    ],
                    false => [
                        Some(at + 1).filter(|_| column + 1 < width),
                        Some(at + width),
                    ],
                };
                for other in before.into_iter().flatten() {
                    let Some((far, from)) = nearest.get(other).copied() else {
                        continue;
                    };
                    if let Some(own) = nearest.get_mut(at)
                        && far.saturating_add(1) < own.0
                    {
                        *own = (far + 1, from);
                    }
                }
            }
        }
        let of = |(_, from): (u32, usize)| self.cells.get(from).copied().unwrap_or_default();
        Some(Self {
            cells: nearest.into_iter().map(of).collect(),
            ..self.clone()
        })
    }

    /// The values of cells in rows from above, as pictures have them.
    pub fn from_above(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        let width = usize::try_from(self.x.cells).unwrap_or(1).max(1);
        let rows = self.cells.chunks(width).rev();
        rows.flat_map(|row| row.iter().map(|cell| cell.value))
    }
}

/// Fills a plane step by step.
#[derive(Debug)]
pub struct Gather {
    plane: Plane,
    /// Values and trials of each cell, where the middle one is looked for.
    piles: Vec<Vec<(f64, u64)>>,
    /// What is gone through: trials, or combinations of the axes that are shown.
    next: u64,
    end: u64,
    /// On a grid with the other axes at values: the trial at the first places of the axes shown, and how far its neighbours on
    /// them are.
    direct: Option<(u64, u64, u64)>,
    buffer: Vec<u32>,
}

impl Gather {
    /// The most trials of which the middle one is looked for, as all of their values are held.
    pub const MOST_FOR_MEDIAN: u64 = 4_000_000;

    /// Begins a plane; axes that the sweep does not have are taken for its first.
    pub fn new(spec: &SweepSpec, places: &Places, of: PlaneOf) -> Self {
        let mut of = of;
        of.x = if of.x < places.axes() { of.x } else { 0 };
        of.y = of.y.filter(|axis| *axis < places.axes() && *axis != of.x);
        of.at.resize(places.axes(), 0);
        for (axis, at) in of.at.iter_mut().enumerate() {
            *at = (*at).min(places.count(axis).saturating_sub(1));
        }
        // drawn trials are few for their combinations: cells that hold some each
        let most = match places.is_grid() {
            true => Plane::MOST,
            false => {
                let side = libm::sqrt(spec.trials() as f64 / 4.0) as u32;
                side.clamp(4, 64)
            }
        };
        let x = Bins::new(places.count(of.x), most);
        let y = Bins::new(of.y.map_or(1, |axis| places.count(axis)), most);
        let count = x.cells as usize * y.cells as usize;
        let direct = direct(places, &of);
        let others = (0..places.axes()).filter(|axis| *axis != of.x && Some(*axis) != of.y);
        let several = match direct {
            Some(_) => false,
            None => others.clone().any(|axis| places.count(axis) > 1) || !places.is_grid(),
        };
        let end = match direct {
            Some(_) => u64::from(x.places) * u64::from(y.places),
            None => spec.trials(),
        };
        let piled = of.others == Others::Median && end <= Self::MOST_FOR_MEDIAN;
        Self {
            piles: vec![Vec::new(); if piled { count } else { 0 }],
            plane: Plane {
                of,
                x,
                y,
                cells: vec![Cell::default(); count],
                gathered: several || x.cells < x.places || y.cells < y.places,
            },
            next: 0,
            end,
            direct,
            buffer: Vec::new(),
        }
    }

    /// How many steps there are at most.
    pub fn steps(&self) -> u64 {
        self.end
    }

    /// Goes on by so many steps at most; whether it is through. A brush leaves trials out that it does not hold.
    pub fn step(
        &mut self,
        spec: &SweepSpec,
        places: &Places,
        results: &Results,
        brush: &Brush,
        most: u64,
    ) -> bool {
        let until = self.end.min(self.next.saturating_add(most));
        let open = brush.is_open();
        for step in self.next..until {
            let trial = self.trial(step);
            let Some(stat) = results.stat(self.plane.of.measure, trial) else {
                continue;
            };
            let mut buffer = core::mem::take(&mut self.buffer);
            places.read(spec, trial, &mut buffer);
            if open || brush.holds(&buffer, results, trial) {
                self.take(&buffer, trial, stat);
            }
            self.buffer = buffer;
        }
        self.next = until;
        until == self.end
    }

    fn trial(&self, step: u64) -> u64 {
        match self.direct {
            Some((base, x, y)) => {
                let columns = u64::from(self.plane.x.places);
                base + step % columns * x + step / columns * y
            }
            None => step,
        }
    }

    fn take(&mut self, places: &[u32], trial: u64, stat: Stat) {
        let Some((column, row)) = self.plane.find(places) else {
            return;
        };
        let at = row as usize * self.plane.x.cells as usize + column as usize;
        let Some(cell) = self.plane.cells.get_mut(at) else {
            return;
        };
        cell.run = cell.run.saturating_add(1);
        match stat {
            Stat::Value(value) => {
                if let Some(pile) = self.piles.get_mut(at) {
                    pile.push((value, trial));
                }
                if cell.value.is_none_or(|best| value > best) {
                    cell.value = Some(value);
                    cell.trial = Some(trial);
                    cell.absent = None;
                }
            }
            Stat::Absent(why) if cell.value.is_none() => {
                cell.trial = Some(trial);
                cell.absent = Some(why);
            }
            Stat::Absent(_) => {}
        }
    }

    /// The plane, as far as it was filled.
    pub fn into_plane(self) -> Plane {
        let Self {
            mut plane, piles, ..
        } = self;
        for (cell, mut pile) in plane.cells.iter_mut().zip(piles) {
            if let Some(middle) = pile.len().checked_sub(1).map(|last| last / 2) {
                let order =
                    |a: &(f64, u64), b: &(f64, u64)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                let (_, (value, trial), _) = pile.select_nth_unstable_by(middle, order);
                cell.value = Some(*value);
                cell.trial = Some(*trial);
            }
        }
        plane
    }
}

/// Where a grid is gone through by the two axes alone.
fn direct(places: &Places, of: &PlaneOf) -> Option<(u64, u64, u64)> {
    if of.others != Others::At {
        return None;
    }
    let mut at = of.at.clone();
    for axis in [Some(of.x), of.y].into_iter().flatten() {
        if let Some(place) = at.get_mut(axis) {
            *place = 0;
        }
    }
    let base = places.trial(&at)?;
    let stride = |axis: Option<usize>| {
        let mut next = at.clone();
        if let Some(place) = axis.and_then(|axis| next.get_mut(axis)) {
            *place = 1;
        }
        // an axis of one value has no neighbour, and none is asked for
        places.trial(&next).map_or(0, |trial| trial - base)
    };
    Some((base, stride(Some(of.x)), stride(of.y)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, grid, results};
    use super::*;

    const AXES: [&str; 3] = [
        "k_sigma_err=0:2:1",
        "reward_risk_ratio=1:4:1",
        "risk_per_trade=0.001,0.002,0.003",
    ];

    fn of(x: usize, y: usize, others: Others, at: [u32; 3]) -> PlaneOf {
        PlaneOf {
            x,
            y: Some(y),
            measure: Measure::Sharpe,
            others,
            at: at.to_vec(),
        }
    }

    fn plane(spec: &SweepSpec, results: &Results, of: PlaneOf, steps: u64) -> Plane {
        let places = Places::new(spec);
        let mut gather = Gather::new(spec, &places, of);
        while !gather.step(spec, &places, results, &Brush::default(), steps) {}
        gather.into_plane()
    }

    #[test]
    fn cells_hold_the_trials_of_their_values() {
        let spec = grid(&AXES);
        let results = results(&spec, |trial| (trial != 7).then_some(trial as f64));
        let places = Places::new(&spec);
        for (x, y) in [(0, 1), (1, 0), (2, 1), (0, 2)] {
            for steps in [1, 5, 1_000] {
                let plane = plane(&spec, &results, of(x, y, Others::At, [1, 2, 1]), steps);
                assert!(!plane.gathered);
                for column in 0..plane.x.cells {
                    for row in 0..plane.y.cells {
                        let mut at = [1, 2, 1];
                        at[x] = column;
                        at[y] = row;
                        let trial = places.trial(&at);
                        let cell = plane.cell(column, row).unwrap();
                        assert_eq!((cell.trial, cell.run), (trial, 1));
                        let value = trial.filter(|trial| *trial != 7).map(|trial| trial as f64);
                        assert_eq!(cell.value, value);
                        assert_eq!(cell.absent.is_some(), value.is_none());
                        assert_eq!(plane.find(&at), Some((column, row)));
                    }
                }
                assert_eq!(plane.cell(plane.x.cells, 0), None);
            }
        }
    }

    #[test]
    fn the_best_or_the_middle_stands_for_axes_that_are_not_shown() {
        let spec = grid(&AXES);
        // by the last axis: 10, 30, 20 more than by the others
        let value =
            |trial: u64| Some((trial / 3 * 100) as f64 + [10.0, 30.0, 20.0][trial as usize % 3]);
        let results = results(&spec, value);
        let best = plane(&spec, &results, of(0, 1, Others::Best, [0; 3]), 7);
        assert!(best.gathered);
        let cell = best.cell(1, 2).unwrap();
        // trial = 12 · 1 + 3 · 2 + 1
        assert_eq!((cell.trial, cell.run), (Some(19), 3));
        let middle = plane(&spec, &results, of(0, 1, Others::Median, [0; 3]), 7);
        assert_eq!(middle.cell(1, 2).unwrap().trial, Some(20));
        assert_eq!(best.best(), Some((2, 3)));
    }

    #[test]
    fn what_was_not_run_is_no_cell_and_what_a_brush_leaves_out_neither() {
        let spec = grid(&AXES);
        let places = Places::new(&spec);
        let results = results(&spec, |trial| Some(trial as f64));
        let mut brush = Brush::default();
        brush.pick_places(0, Some((1, 2)));
        let mut gather = Gather::new(&spec, &places, of(0, 1, Others::At, [0; 3]));
        assert!(gather.step(&spec, &places, &results, &brush, 1_000));
        let plane = gather.into_plane();
        assert_eq!(*plane.cell(0, 0).unwrap(), Cell::default());
        assert!(plane.cell(1, 0).unwrap().value.is_some());
        let above: Vec<Option<f64>> = plane.from_above().collect();
        assert_eq!(above.len(), 12);
        assert_eq!(above[1], plane.cell(1, 3).unwrap().value);
    }

    #[test]
    fn a_long_axis_has_several_values_a_cell_and_drawn_trials_are_gathered() {
        let long = grid(&["k_sigma_err=0:10:0.01", "reward_risk_ratio=1,2"]);
        let known = results(&long, |trial| Some(-(trial as f64)));
        let asked = PlaneOf {
            at: vec![0, 0],
            ..of(0, 1, Others::At, [0; 3])
        };
        let plane_of_long = plane(&long, &known, asked.clone(), 100);
        assert!(plane_of_long.gathered);
        assert_eq!((plane_of_long.x.cells, plane_of_long.y.cells), (256, 2));
        let run: u64 = plane_of_long
            .cells
            .iter()
            .map(|cell| u64::from(cell.run))
            .sum();
        assert_eq!(run, long.trials());

        let few = drawn(
            &["k_sigma_err=0:10:0.01", "reward_risk_ratio=1:5:0.01"],
            400,
        );
        let known = results(&few, |trial| Some(trial as f64));
        let drawn = plane(&few, &known, asked, 64);
        assert_eq!((drawn.x.cells, drawn.y.cells), (10, 10));
        let run: u64 = drawn.cells.iter().map(|cell| u64::from(cell.run)).sum();
        assert_eq!(run, 400);
    }

    #[test]
    fn what_was_not_run_looks_like_the_nearest_that_was() {
        let spec = grid(&["k_sigma_err=0:6:1", "reward_risk_ratio=1:4:1"]);
        let all = results(&spec, |trial| Some(trial as f64));
        let asked = PlaneOf {
            at: vec![0, 0],
            ..of(0, 1, Others::At, [0; 3])
        };
        let whole = plane(&spec, &all, asked, 100);
        assert_eq!(whole.foreseen(), None, "everything was run");
        let mut some = whole.clone();
        for (at, cell) in some.cells.iter_mut().enumerate() {
            if ![0, 6, 26].contains(&at) {
                *cell = Cell::default();
            }
        }
        let foreseen = some.foreseen().unwrap();
        for (at, cell) in foreseen.cells.iter().enumerate() {
            let away = |other: &usize| (at % 7).abs_diff(other % 7) + (at / 7).abs_diff(other / 7);
            let near = [0, 6, 26].iter().map(away).min().unwrap();
            let from = [0usize, 6, 26]
                .into_iter()
                .find(|other| some.cells[*other] == *cell);
            assert_eq!(from.map(|from| away(&from)), Some(near), "{at}");
        }
        let none = Plane {
            cells: vec![Cell::default(); 28],
            ..whole
        };
        assert_eq!(none.foreseen(), None);
    }

    #[test]
    fn a_sweep_of_one_axis_is_a_row() {
        let spec = grid(&["k_sigma_err=0:2:1"]);
        let results = results(&spec, |trial| Some(trial as f64));
        let asked = PlaneOf {
            y: None,
            at: Vec::new(),
            ..of(0, 0, Others::At, [0; 3])
        };
        let row = plane(&spec, &results, asked, 10);
        assert_eq!((row.x.cells, row.y.cells), (3, 1));
        assert_eq!(row.best(), Some((2, 0)));
    }
}
