//! What a chart shows, and how its layers are drawn: on the page's canvases and on that of a picture by the same code.

use std::sync::Arc;

use atrium_shared::surface::charts::{
    Canvas, Frame, Layout, Line, Sessions, Theme, TimeMarks, TradeMarks, ValueScale, View,
    draw_axes, draw_candles, draw_drawdown_line, draw_equity_lines, draw_on_prices, draw_own,
    draw_sessions, draw_trades,
};
use plotters::style::RGBAColor;
use plotters_canvas::CanvasBackend;

use super::chart_lines::{Computed, Curve, Curves};
use crate::state::Shown;
use crate::theme::SERIES;

/// The axis of time of the bars that are shown.
#[derive(Clone)]
pub(super) struct Axis {
    pub(super) marks: Arc<TimeMarks>,
    pub(super) sessions: Arc<Sessions>,
    /// The zone that times are read in, in words.
    pub(super) zone: &'static str,
}

/// A run that is drawn beside the one that is shown.
#[derive(Clone)]
pub(super) struct Pinned {
    /// Its number from 1.
    pub(super) number: usize,
    pub(super) equity: Arc<Curve>,
}

/// What the drawings are made of.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) shown: Option<Arc<Shown>>,
    pub(super) axis: Option<Axis>,
    pub(super) curves: Option<Curves>,
    pub(super) pinned: Vec<Pinned>,
    pub(super) lines: Vec<Arc<Computed>>,
    pub(super) layout: Layout,
    pub(super) view: View,
    pub(super) chosen: Option<usize>,
    /// The pointer, in CSS pixels from the chart's corner.
    pub(super) pointer: Option<(f64, f64)>,
    /// The bar that keys put the crosshair on.
    pub(super) cursor: Option<usize>,
    pub(super) theme: Theme,
    /// The colours of indicators, by their places.
    pub(super) series: [RGBAColor; SERIES.len()],
}

/// How much of each thing was drawn beneath a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct BaseDrawn {
    pub(super) candles: usize,
    pub(super) sessions: usize,
    /// Marks of missing bars.
    pub(super) gaps: usize,
}

/// The scales of the panes beneath the prices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scales {
    pub(super) own: [Option<ValueScale>; Layout::MOST_OWN],
    pub(super) equity: Option<ValueScale>,
    pub(super) drawdown: Option<ValueScale>,
}

impl Subject {
    /// The layout on a canvas of `size` pixels, of which `scale` make one CSS pixel; `None` without bars.
    pub(super) fn frame(&self, size: (u32, u32), scale: f64) -> Option<Frame> {
        let shown = self.shown.as_ref().filter(|_| size.0 > 1 && size.1 > 1)?;
        let bars = &shown.chart.pyramid;
        Some(Frame::laid_out(size, scale, self.view, bars, self.layout))
    }

    /// Draws grid, axes, candles and indicators; `None` where there are no bars, or the canvas refuses something.
    pub(super) fn draw_base(
        &self,
        canvas: &Canvas<CanvasBackend>,
        frame: &Frame,
        scales: &mut Scales,
    ) -> Option<BaseDrawn> {
        let (shown, axis, theme) = (self.shown.as_ref()?, self.axis.as_ref()?, &self.theme);
        canvas.fill(&theme.ground).ok()?;
        draw_axes(canvas, frame, &axis.marks, theme).ok()?;
        let (sessions, gaps) = draw_sessions(canvas, frame, &axis.sessions, theme).ok()?;
        let candles = draw_candles(canvas, frame, &shown.chart.pyramid, theme).ok()?;
        scales.own = [None; Layout::MOST_OWN];
        for computed in &self.lines {
            let lines = self.lines_of(computed);
            let Some(pane) = computed.pane else {
                draw_on_prices(canvas, frame, &lines).ok()?;
                continue;
            };
            let scale = draw_own(canvas, frame, pane, &lines, theme).ok()?;
            if let Some(own) = scales.own.get_mut(pane) {
                *own = scale;
            }
        }
        Some(BaseDrawn {
            candles,
            sessions,
            gaps,
        })
    }

    /// The colour of a line, by its place.
    fn colour(&self, place: usize) -> RGBAColor {
        self.series.get(place).copied().unwrap_or(self.theme.label)
    }

    /// The lines of an indicator: the first is the strongest.
    fn lines_of<'a>(&self, computed: &'a Computed) -> Vec<Line<'a>> {
        let colour = self.colour(computed.place);
        let line = |(index, (_, curve)): (usize, &'a (&'static str, Curve))| {
            let RGBAColor(red, green, blue, _) = colour;
            let alpha = match index {
                0 => 1.0,
                1 => 0.7,
                _ => 0.45,
            };
            Line {
                trace: curve.trace(),
                colour: RGBAColor(red, green, blue, alpha),
                width_px: 1.4,
            }
        };
        computed.lines.iter().enumerate().map(line).collect()
    }

    /// Draws equity, what it is compared with, drawdowns and trades; `None` without a run.
    pub(super) fn draw_result(
        &self,
        canvas: &Canvas<CanvasBackend>,
        frame: &Frame,
        scales: &mut Scales,
    ) -> Option<TradeMarks> {
        (scales.equity, scales.drawdown) = (None, None);
        let (curves, theme) = (self.curves.as_ref()?, &self.theme);
        let run = &curves.run;
        let beside: Vec<Line<'_>> = [Line {
            trace: curves.benchmark.trace(),
            colour: theme.label,
            width_px: 1.0,
        }]
        .into_iter()
        .chain(self.pinned.iter().map(|pinned| Line {
            trace: pinned.equity.trace(),
            colour: self.colour(pinned.number.saturating_sub(1)),
            width_px: 1.2,
        }))
        .collect();
        let (equity, initial) = (curves.equity(), run.config.initial_equity);
        scales.equity = draw_equity_lines(canvas, frame, equity, &beside, initial, theme).ok()?;
        let drawdown = curves.drawdown.trace();
        scales.drawdown = draw_drawdown_line(canvas, frame, drawdown, theme).ok()?;
        draw_trades(canvas, frame, &run.marks, self.chosen, theme).ok()
    }
}
