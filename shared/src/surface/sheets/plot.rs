//! Small plots as paths and labels on a surface of fixed size, whatever they are of.

use core::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{Table, Tone};
use crate::surface::charts::value_ticks;

/// The width of every plot, in its own units.
pub(super) const WIDTH: f64 = 480.0;
/// The height of every plot.
pub(super) const HEIGHT: f64 = 240.0;
/// Where the values of the left axis end.
const LEFT: f64 = 48.0;
/// Room at the right.
const RIGHT: f64 = 8.0;
/// Room at the top.
const TOP: f64 = 10.0;
/// Room for the labels beneath.
const BOTTOM: f64 = 36.0;

/// A plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// What it is known by.
    pub key: String,
    /// Its name.
    pub title: String,
    /// What is to be seen, for those who do not see it.
    pub summary: String,
    /// What is drawn, in order.
    pub shapes: Vec<Shape>,
    /// What is written.
    pub labels: Vec<Label>,
    /// The same as a table.
    pub twin: Table,
}

impl Plot {
    /// The surface of every plot, as SVG has it.
    pub const VIEW_BOX: &'static str = "0 0 480 240";
}

/// A path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// What it shows, for the legend; empty for grid and axes.
    pub name: String,
    /// Whether it shows good, bad or neither.
    pub tone: Tone,
    /// Whether it is filled; else it is drawn as a line.
    pub filled: bool,
    /// Which of several lines it is, from 1; 0 where there is but one.
    pub line: u8,
    /// The commands of the path, as SVG has them.
    pub path: String,
}

/// A word on a plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Where it stands.
    pub x: f32,
    /// Its base line.
    pub y: f32,
    /// Whether it stands before, about or after its place: −1, 0, 1.
    pub side: i8,
    /// The word.
    pub text: String,
}

/// From values to places.
pub(super) struct Axes {
    x: (f64, f64),
    y: (f64, f64),
    pub(super) shapes: Vec<Shape>,
    pub(super) labels: Vec<Label>,
}

/// How an axis is named and labelled.
pub(super) struct AxisWords<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a dyn Fn(f64, usize) -> String,
}

impl Axes {
    /// Axes with grid and labels over two ranges, which need not be in order or of any extent.
    pub(super) fn new(
        x: (f64, f64),
        y: (f64, f64),
        x_words: &AxisWords<'_>,
        y_words: &AxisWords<'_>,
    ) -> Self {
        let mut axes = Self {
            x: extent(x),
            y: extent(y),
            shapes: Vec::new(),
            labels: Vec::new(),
        };
        let mut grid = String::new();
        let (floor, ceiling) = (axes.y.0, axes.y.1);
        let (ticks, decimals) = value_ticks(floor, ceiling, 5);
        for value in ticks {
            let y = axes.at_y(value);
            write_to(&mut grid, format_args!("M{LEFT} {y:.1}H{}", WIDTH - RIGHT));
            axes.write((LEFT - 6.0, y + 4.0), -1, (y_words.text)(value, decimals));
        }
        let (ticks, decimals) = value_ticks(axes.x.0, axes.x.1, 6);
        for value in ticks {
            let x = axes.at_x(value);
            let under = HEIGHT - BOTTOM;
            write_to(&mut grid, format_args!("M{x:.1} {under}v4"));
            axes.write((x, under + 16.0), 0, (x_words.text)(value, decimals));
        }
        axes.shapes.push(Shape {
            name: String::new(),
            tone: Tone::Even,
            filled: false,
            line: 0,
            path: grid,
        });
        let middle = (LEFT + WIDTH - RIGHT) / 2.0;
        axes.write((middle, HEIGHT - 4.0), 0, x_words.name.to_owned());
        axes.write((2.0, 8.0), 1, y_words.name.to_owned());
        axes
    }

    pub(super) fn at_x(&self, value: f64) -> f64 {
        LEFT + (value - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - RIGHT - LEFT)
    }

    pub(super) fn at_y(&self, value: f64) -> f64 {
        let bottom = HEIGHT - BOTTOM;
        bottom - (value - self.y.0) / (self.y.1 - self.y.0) * (bottom - TOP)
    }

    pub(super) fn write(&mut self, (x, y): (f64, f64), side: i8, text: String) {
        self.labels.push(Label {
            x: x as f32,
            y: y as f32,
            side,
            text,
        });
    }

    pub(super) fn draw(&mut self, name: &str, tone: Tone, filled: bool, path: String) {
        self.shapes.push(Shape {
            name: name.to_owned(),
            tone,
            filled,
            line: 0,
            path,
        });
    }
}

/// A range with some extent.
fn extent((low, high): (f64, f64)) -> (f64, f64) {
    if high > low {
        (low, high)
    } else {
        (low - 0.5, low + 0.5)
    }
}

/// Adds to a path.
pub(super) fn write_to(path: &mut String, part: core::fmt::Arguments<'_>) {
    // writing to a string does not fail
    let _ = path.write_fmt(part);
}
