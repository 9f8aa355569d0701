//! Which bars are seen.

use core::ops::Range;

use crate::base::time::Timestamp;

/// The visible stretch of a series, in bars and parts of bars: bar `i` stands on `[i, i + 1)`.
///
/// It never leaves the series and never shows fewer than [`View::LEAST_BARS`] bars, or the whole series where that is
/// shorter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    from: f64,
    span: f64,
    len: usize,
}

impl View {
    /// The closest zoom.
    pub const LEAST_BARS: f64 = 10.0;
    /// Up to here a chart shows single candles well; a jump to a trade does not show more.
    const READABLE_BARS: f64 = 240.0;

    /// The whole of a series of `len` bars.
    pub fn all(len: usize) -> Self {
        Self::new(0.0, len as f64, len)
    }

    /// The view of other bars that shows the dates which this one shows; all of them where this one shows all.
    ///
    /// `from` and `to` are the starts of the bars that this view is of, and of the others.
    pub fn same_dates(&self, from: &[Timestamp], to: &[Timestamp]) -> Self {
        let seen = self.bars();
        let Some(first) = from.get(seen.start).filter(|_| seen.len() < from.len()) else {
            return Self::all(to.len());
        };
        let left = to.partition_point(|start| start <= first).saturating_sub(1);
        let right = from
            .get(seen.end)
            .map_or(to.len(), |end| to.partition_point(|start| start < end));
        let span = right.saturating_sub(left);
        Self::new(left as f64, span as f64, to.len())
    }

    /// The view of bars with these starts that shows those from one time to another and no more; `None` where there are none.
    pub fn of_times(starts: &[Timestamp], from: Timestamp, to: Timestamp) -> Option<Self> {
        let first = starts.partition_point(|start| *start < from);
        let end = starts.partition_point(|start| *start <= to);
        (first < end).then(|| Self::new(first as f64, (end - first) as f64, starts.len()))
    }

    fn new(from: f64, span: f64, len: usize) -> Self {
        let whole = len.max(1) as f64;
        let least = if whole < Self::LEAST_BARS {
            whole
        } else {
            Self::LEAST_BARS
        };
        let span = span.clamp(least, whole);
        Self {
            from: from.clamp(0.0, whole - span),
            span,
            len,
        }
    }

    /// The left edge.
    pub fn from(&self) -> f64 {
        self.from
    }

    /// How many bars are seen.
    pub fn span(&self) -> f64 {
        self.span
    }

    /// The bars that are seen in whole or in part.
    pub fn bars(&self) -> Range<usize> {
        let first = self.from.floor() as usize;
        let end = (self.from + self.span).ceil() as usize;
        first.min(self.len)..end.min(self.len)
    }

    /// The position at a fraction of the width: 0 left, 1 right.
    pub fn position(&self, fraction: f64) -> f64 {
        self.from + fraction * self.span
    }

    /// The bar at a fraction of the width, if there is one.
    pub fn bar_at(&self, fraction: f64) -> Option<usize> {
        let position = self.position(fraction).floor();
        (position >= 0.0 && position < self.len as f64).then_some(position as usize)
    }

    /// Shows `factor` times as many bars; what is at `fraction` of the width stays there.
    pub fn zoomed(&self, fraction: f64, factor: f64) -> Self {
        let whole = Self::new(self.from, self.span * factor, self.len);
        Self::new(
            self.position(fraction) - fraction * whole.span,
            whole.span,
            self.len,
        )
    }

    /// Moves by a number of bars, to the right if positive.
    pub fn panned(&self, bars: f64) -> Self {
        Self::new(self.from + bars, self.span, self.len)
    }

    /// Moves to the first or to the last bar.
    pub fn at_edge(&self, last: bool) -> Self {
        Self::new(
            if last { self.len as f64 } else { 0.0 },
            self.span,
            self.len,
        )
    }

    /// Moves so that the bars from `first` to `last` are seen in the middle; zooms only where they would not fit or could
    /// not be told apart.
    pub fn showing(&self, first: usize, last: usize) -> Self {
        let wanted = last.saturating_sub(first) as f64 + 1.0;
        let fits = self.span >= wanted * 1.5 && self.span <= Self::READABLE_BARS;
        let span = if fits {
            self.span
        } else if wanted * 3.0 > 80.0 {
            wanted * 3.0
        } else {
            80.0
        };
        self.about(first, wanted, span)
    }

    /// Moves and zooms so that the bars from `first` to `last` fill most of what is seen.
    pub fn framing(&self, first: usize, last: usize) -> Self {
        let wanted = last.saturating_sub(first) as f64 + 1.0;
        let span = if wanted * 1.2 > 80.0 {
            wanted * 1.2
        } else {
            80.0
        };
        self.about(first, wanted, span)
    }

    /// `span` bars with so many from `first` on in their middle.
    fn about(&self, first: usize, many: f64, span: f64) -> Self {
        let middle = first as f64 + many / 2.0;
        Self::new(middle - span / 2.0, span, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_time_is_seen_from_its_first_bar_to_its_last() {
        let starts: Vec<Timestamp> = (0..100)
            .map(|hour| Timestamp::from_seconds(hour * 3_600))
            .collect();
        let seen = |from: i64, to: i64| {
            let at = |minute: i64| Timestamp::from_seconds(minute * 60);
            View::of_times(&starts, at(from), at(to)).map(|view| view.bars())
        };
        assert_eq!(seen(20 * 60, 39 * 60), Some(20..40));
        // times between bars, and beyond them
        assert_eq!(seen(19 * 60 + 30, 39 * 60 + 59), Some(20..40));
        assert_eq!(seen(-600, 1_000_000), Some(0..100));
        // never closer than bars can be told apart
        assert_eq!(seen(95 * 60, 99 * 60).map(|bars| bars.len()), Some(10));
        assert_eq!(seen(20 * 60 + 1, 20 * 60 + 59), None);
        assert_eq!(seen(200 * 60, 300 * 60), None);
    }

    #[test]
    fn the_bar_under_the_cursor_stays_there_when_zooming() {
        let view = View::all(1_000);
        let near = view.zoomed(0.25, 0.5);
        assert_eq!((near.from(), near.span()), (125.0, 500.0));
        assert_eq!(near.bar_at(0.25), view.bar_at(0.25));
        assert_eq!(near.zoomed(0.25, 2.0), view);
    }

    #[test]
    fn it_never_leaves_the_series() {
        let view = View::all(100).zoomed(0.5, 0.2);
        assert_eq!(view.panned(-1e9).bars(), 0..20);
        assert_eq!(view.panned(1e9).bars(), 80..100);
        assert_eq!(view.at_edge(true).bars(), 80..100);
        assert_eq!(view.zoomed(0.9, 1e9), View::all(100));
        assert_eq!(view.zoomed(0.0, 1e-9).span().to_bits(), 10f64.to_bits());
        assert_eq!(View::all(3).zoomed(0.5, 0.1).bars(), 0..3);
        let empty = View::all(0);
        assert_eq!((empty.bars(), empty.bar_at(0.5)), (0..0, None));
        assert_eq!(view.bar_at(1.0 + 1e9), None);
    }

    #[test]
    fn other_bars_show_the_same_dates() {
        let starts = |count: i64, seconds: i64| -> Vec<Timestamp> {
            (0..count)
                .map(|bar| Timestamp::from_seconds(bar * seconds))
                .collect()
        };
        let (hours, minutes) = (starts(100, 3_600), starts(6_000, 60));
        let view = View::all(100).zoomed(0.5, 0.2);
        assert_eq!(view.bars(), 40..60);
        let fine = view.same_dates(&hours, &minutes);
        assert_eq!(fine.bars(), 2_400..3_600);
        assert_eq!(fine.same_dates(&minutes, &hours), view);
        assert_eq!(
            View::all(100).same_dates(&hours, &minutes),
            View::all(6_000)
        );
        assert_eq!(view.same_dates(&hours, &[]), View::all(0));
        assert_eq!(
            view.at_edge(true).same_dates(&hours, &minutes).bars().end,
            6_000
        );
    }

    #[test]
    fn a_jump_keeps_a_zoom_that_fits() {
        let view = View::all(1_000).zoomed(0.0, 0.1);
        let there = view.showing(500, 503);
        assert_eq!(there.span().to_bits(), 100f64.to_bits());
        assert_eq!(there.bars(), 452..552);
        // from far away it zooms in, and a long trade is seen whole
        assert_eq!(
            View::all(10_000).showing(500, 503).span().to_bits(),
            80f64.to_bits()
        );
        assert_eq!(view.showing(100, 299).span().to_bits(), 600f64.to_bits());
        assert_eq!(view.showing(999, 999).bars().end, 1_000);
    }

    #[test]
    fn a_long_stretch_is_framed_with_something_about_it() {
        let framed = View::all(3_496).framing(1_000, 2_999);
        assert_eq!((framed.from(), framed.span()), (800.0, 2_400.0));
        // a short one is not blown up
        let framed = View::all(3_496).framing(1_000, 1_001);
        assert_eq!((framed.from(), framed.span()), (961.0, 80.0));
    }
}
