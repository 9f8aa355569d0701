//! Where everything stands on a canvas: panes, the axis of bars, scales of values.

use super::pyramid::Pyramid;
use super::view::View;

/// A rectangle in pixels of the canvas; right and bottom are not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pane {
    /// Left edge.
    pub left: i32,
    /// Top edge.
    pub top: i32,
    /// Right edge.
    pub right: i32,
    /// Bottom edge.
    pub bottom: i32,
}

impl Pane {
    /// Its width.
    pub fn width(&self) -> i32 {
        self.right - self.left
    }

    /// Its height.
    pub fn height(&self) -> i32 {
        self.bottom - self.top
    }
}

/// A linear scale of values over the height of a pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueScale {
    /// The value at the bottom.
    pub low: f64,
    /// The value at the top.
    pub high: f64,
    top: i32,
    bottom: i32,
}

impl ValueScale {
    /// A scale that shows `[low, high]` with shares of the height kept free above and below. A range of nothing is widened
    /// so that a flat line stands in the middle.
    pub fn new(pane: &Pane, low: f64, high: f64, above: f64, below: f64) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            let half = if low.abs() > 0.0 {
                low.abs() * 0.005
            } else {
                1.0
            };
            (low - half, high + half)
        };
        let range = (high - low) / (1.0 - above - below);
        Self {
            low: low - range * below,
            high: high + range * above,
            top: pane.top,
            bottom: pane.bottom,
        }
    }

    /// The pixel of a value.
    pub fn y(&self, value: f64) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        // far outside is far outside: a pixel must stay a number that can be reckoned with
        let share = share.clamp(-1e4, 1e4);
        self.bottom - (share * f64::from(self.bottom - self.top)).round() as i32
    }

    /// The value at a pixel.
    pub fn value(&self, y: f64) -> f64 {
        let share = (f64::from(self.bottom) - y) / f64::from(self.bottom - self.top);
        self.low + share * (self.high - self.low)
    }
}

/// The layout of a chart of one size and one view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The visible bars.
    pub view: View,
    /// Prices and trades.
    pub price: Pane,
    /// The equity curve.
    pub equity: Pane,
    /// Drawdowns, where they are shown.
    pub drawdown: Option<Pane>,
    /// Labels of time stand between the lowest pane and here.
    pub bottom: i32,
    /// The right edge of the canvas, where labels of values end.
    pub right: i32,
    /// Pixels of the canvas for one CSS pixel.
    pub scale: f64,
    /// The scale of prices: all that is seen fits.
    pub prices: ValueScale,
}

impl Frame {
    /// Room for labels of values, in CSS pixels.
    const VALUE_AXIS_PX: f64 = 72.0;
    /// Room for labels of time, in CSS pixels.
    pub const TIME_AXIS_PX: f64 = 24.0;
    /// The share of the height above the labels of time that belongs to equity.
    pub const EQUITY_SHARE: f64 = 0.24;
    /// The share of the height above the labels of time that belongs to drawdowns, where they are shown.
    const DRAWDOWN_SHARE: f64 = 0.16;
    /// The share of the price pane kept free for the legend.
    const HEADROOM: f64 = 0.10;
    /// The foot of the price pane kept free for the strip that counts trades, in CSS pixels.
    const FOOT_PX: f64 = 44.0;

    /// Lays out a canvas of `size` pixels: prices with trades, and equity below.
    pub fn new(size: (u32, u32), scale: f64, view: View, bars: &Pyramid) -> Self {
        Self::laid_out(size, scale, view, bars, None)
    }

    /// The same with a pane of drawdowns at the foot.
    pub fn with_drawdown(size: (u32, u32), scale: f64, view: View, bars: &Pyramid) -> Self {
        Self::laid_out(size, scale, view, bars, Some(Self::DRAWDOWN_SHARE))
    }

    fn laid_out(
        size: (u32, u32),
        scale: f64,
        view: View,
        bars: &Pyramid,
        drawdown_share: Option<f64>,
    ) -> Self {
        let px = |css: f64| (css * scale).round() as i32;
        let (width, height) = (size.0 as i32, size.1 as i32);
        let bottom = (height - px(Self::TIME_AXIS_PX)).max(2);
        let right = (width - px(Self::VALUE_AXIS_PX)).max(1);
        let above = |foot: i32, share: f64| foot - (f64::from(bottom) * share).round() as i32;
        let foot = drawdown_share.map_or(bottom, |share| above(bottom, share).max(1));
        let split = above(foot, Self::EQUITY_SHARE).max(1).min(foot);
        let pane = |top, bottom| Pane {
            left: 0,
            top,
            right,
            bottom,
        };
        let (price, equity) = (pane(0, split), pane(split, foot));
        let (low, high) = price_range(bars, &view, right).unwrap_or((0.0, 1.0));
        let free = (Self::FOOT_PX * scale / f64::from(price.height())).clamp(0.0, 0.3);
        Self {
            view,
            price,
            equity,
            drawdown: drawdown_share.map(|_| pane(foot, bottom)),
            bottom: height,
            right: width,
            scale,
            prices: ValueScale::new(&price, low, high, Self::HEADROOM, free),
        }
    }

    /// The bottom of the lowest pane, below which labels of time stand.
    pub fn panes_bottom(&self) -> i32 {
        self.drawdown.unwrap_or(self.equity).bottom
    }

    /// A length in CSS pixels as whole pixels of the canvas, at least one.
    pub fn px(&self, css: f64) -> i32 {
        ((css * self.scale).round() as i32).max(1)
    }

    /// Pixels that one bar takes.
    pub fn bar_width(&self) -> f64 {
        f64::from(self.price.width()) / self.view.span()
    }

    /// The pixel of a position in bars.
    pub fn x(&self, position: f64) -> i32 {
        self.price.left + ((position - self.view.from()) * self.bar_width()).round() as i32
    }

    /// The pixel of the middle of a bar.
    pub fn bar_x(&self, bar: usize) -> i32 {
        self.x(bar as f64 + 0.5)
    }

    /// The bar at a pixel, if the pixel is inside the panes and there is one.
    pub fn bar_at(&self, x: f64) -> Option<usize> {
        let fraction = (x - f64::from(self.price.left)) / f64::from(self.price.width());
        if (0.0..1.0).contains(&fraction) {
            self.view.bar_at(fraction)
        } else {
            None
        }
    }
}

fn price_range(bars: &Pyramid, view: &View, width: i32) -> Option<(f64, f64)> {
    let most = usize::try_from(width).unwrap_or(1);
    bars.columns(view, most).fold(None, |range, column| {
        let candle = column.candle;
        let (low, high) = range.unwrap_or((candle.low, candle.high));
        Some((
            if candle.low < low { candle.low } else { low },
            if candle.high > high {
                candle.high
            } else {
                high
            },
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_maps_both_ways_and_a_flat_line_stands_in_the_middle() {
        let pane = Pane {
            left: 0,
            top: 10,
            right: 100,
            bottom: 210,
        };
        let scale = ValueScale::new(&pane, 100.0, 200.0, 0.0, 0.0);
        assert_eq!(
            (scale.y(100.0), scale.y(200.0), scale.y(150.0)),
            (210, 10, 110)
        );
        assert!((scale.value(110.0) - 150.0).abs() < 1e-9);
        for value in [10_000.0, 0.0] {
            assert_eq!(ValueScale::new(&pane, value, value, 0.0, 0.0).y(value), 110);
        }
        for far in [f64::MAX, 1e300, f64::INFINITY] {
            assert!(scale.y(far) < -1_000_000 && scale.y(-far) > 1_000_000);
        }
    }

    #[test]
    fn panes_tile_any_canvas() {
        let empty = Pyramid::new(
            &crate::market::bars::BarSeries::new(
                crate::base::time::BarInterval::Day,
                Default::default(),
            )
            .unwrap(),
        );
        for size in [(0, 0), (1, 1), (50, 20), (1_200, 700), (4_000, 2_000)] {
            for scale in [1.0, 1.5, 3.0] {
                let frame = Frame::new(size, scale, View::all(0), &empty);
                assert_eq!(frame.price.bottom, frame.equity.top);
                assert!(frame.price.width() >= 1 && frame.price.height() >= 1);
                assert!(frame.equity.bottom >= frame.equity.top);
                let frame = Frame::with_drawdown(size, scale, View::all(0), &empty);
                let drawdown = frame.drawdown.unwrap();
                assert_eq!(frame.price.bottom, frame.equity.top);
                assert_eq!(frame.equity.bottom, drawdown.top);
                assert!(frame.price.height() >= 1 && drawdown.bottom >= drawdown.top);
                assert_eq!(frame.panes_bottom(), drawdown.bottom);
            }
        }
        let frame = Frame::new((1_072, 624), 1.0, View::all(100), &empty);
        assert_eq!((frame.price.right, frame.equity.bottom), (1_000, 600));
        assert_eq!(
            (frame.x(0.0), frame.bar_x(50), frame.x(100.0)),
            (0, 505, 1_000)
        );
        assert_eq!(
            (frame.bar_at(505.0), frame.bar_at(1_000.0)),
            (Some(50), None)
        );
    }
}
