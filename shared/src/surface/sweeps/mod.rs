//! A sweep as people look at it: ranges that are proposed, cells over two axes, slices, ranks, lines, colours, exports. All of it
//! is arithmetic over [`Results`](crate::research::sweep::Results); what goes through every trial does so in steps, so that who
//! shows it can answer in between.

mod places;
mod propose;
mod scale;
mod brush;
mod plane;
mod survey;
mod slices;
mod words;
mod export;

pub use brush::Brush;
pub use export::{command_line, csv_head, csv_rows};
pub use places::{Bins, Places};
pub use plane::{Cell, Gather, Others, Plane, PlaneOf};
pub use propose::{RangeText, axis_text, proposed_axes, proposed_values};
pub use scale::{ColourScale, Ramp, pixels};
pub use slices::{Slice, SlicePoint, slices};
pub use survey::{Found, Spread, Survey};
pub use words::{estimate_words, measure_label, measure_meaning, rate_words, time_words};
