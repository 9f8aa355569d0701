//! Where everything stands on a canvas: panes, the axis of bars, scales of values.

use super::pyramid::Pyramid;
use super::view::View;
use crate::base::math;

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

/// A scale of values over the height of a pane, linear or logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueScale {
    /// The value at the bottom.
    pub low: f64,
    /// The value at the top.
    pub high: f64,
    /// The logarithms of both, where equal ratios take equal heights.
    logs: Option<(f64, f64)>,
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
            logs: None,
            top: pane.top,
            bottom: pane.bottom,
        }
    }

    /// The same in logarithms: equal ratios take equal heights. Linear where `low` is not above 0, which has no logarithm.
    pub fn logarithmic(pane: &Pane, low: f64, high: f64, above: f64, below: f64) -> Self {
        if !(low > 0.0 && high.is_finite()) {
            return Self::new(pane, low, high, above, below);
        }
        let logs = Self::new(pane, math::ln(low), math::ln(high), above, below);
        Self {
            low: math::exp(logs.low),
            high: math::exp(logs.high),
            logs: Some((logs.low, logs.high)),
            ..logs
        }
    }

    /// Whether equal ratios take equal heights.
    pub fn is_logarithmic(&self) -> bool {
        self.logs.is_some()
    }

    /// The pixel of a value. One that has no place on a logarithmic scale lies far below.
    pub fn y(&self, value: f64) -> i32 {
        let share = match self.logs {
            None => (value - self.low) / (self.high - self.low),
            Some((low, high)) if value > 0.0 => (math::ln(value) - low) / (high - low),
            Some(_) => f64::NEG_INFINITY,
        };
        // far outside is far outside: a pixel must stay a number that can be reckoned with
        let share = share.clamp(-1e4, 1e4);
        self.bottom - (share * f64::from(self.bottom - self.top)).round() as i32
    }

    /// The value at a pixel.
    pub fn value(&self, y: f64) -> f64 {
        let share = (f64::from(self.bottom) - y) / f64::from(self.bottom - self.top);
        match self.logs {
            None => self.low + share * (self.high - self.low),
            Some((low, high)) => math::exp(low + share * (high - low)),
        }
    }
}

/// How prices are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PriceScale {
    /// Equal differences take equal heights.
    #[default]
    Linear,
    /// Equal ratios take equal heights; linear where a visible price is not above 0.
    Logarithmic,
    /// Linear, labelled as the change from the first visible open.
    Percent,
}

/// What a chart shows beneath the prices, and how it scales them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// How prices are scaled.
    pub scale: PriceScale,
    /// Panes of indicators, at most [`Layout::MOST_OWN`]; they stand between prices and equity.
    pub own: usize,
    /// Whether there is a pane of drawdowns at the foot.
    pub drawdown: bool,
}

impl Layout {
    /// The most panes of indicators.
    pub const MOST_OWN: usize = 6;
    /// The share of the height above the labels of time that belongs to equity.
    const EQUITY: f64 = 0.24;
    /// The same of drawdowns.
    const DRAWDOWN: f64 = 0.16;
    /// The same of one indicator.
    const OWN: f64 = 0.15;
    /// Everything beneath the prices takes no more than this; panes shrink to it together.
    const MOST: f64 = 0.64;

    /// Where panes begin, as shares of the height above the labels of time: those of indicators, equity, drawdowns. The last
    /// one is 1 where there is none.
    pub fn tops(&self) -> ([f64; Self::MOST_OWN], f64, f64) {
        let own = self.own.min(Self::MOST_OWN);
        let drawdown = if self.drawdown { Self::DRAWDOWN } else { 0.0 };
        let wanted = own as f64 * Self::OWN + Self::EQUITY + drawdown;
        let shrink = if wanted > Self::MOST {
            Self::MOST / wanted
        } else {
            1.0
        };
        let foot = 1.0 - drawdown * shrink;
        let equity = foot - Self::EQUITY * shrink;
        let mut tops = [equity; Self::MOST_OWN];
        for (index, top) in tops.iter_mut().enumerate().take(own) {
            *top = equity - (own - index) as f64 * Self::OWN * shrink;
        }
        (tops, equity, foot)
    }
}

/// The layout of a chart of one size and one view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The visible bars.
    pub view: View,
    /// Prices and trades.
    pub price: Pane,
    /// Panes of indicators, from the top.
    pub own: [Option<Pane>; Layout::MOST_OWN],
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
    /// The price that changes in per cent are counted from, where prices are labelled by them.
    pub percent_of: Option<f64>,
}

impl Frame {
    /// Room for labels of values, in CSS pixels.
    const VALUE_AXIS_PX: f64 = 72.0;
    /// Room for labels of time, in CSS pixels.
    pub const TIME_AXIS_PX: f64 = 24.0;
    /// The share of the price pane kept free for the legend.
    const HEADROOM: f64 = 0.10;
    /// The foot of the price pane kept free for the strip that counts trades, in CSS pixels.
    const FOOT_PX: f64 = 44.0;

    /// Lays out a canvas of `size` pixels: prices with trades, and equity below.
    pub fn new(size: (u32, u32), scale: f64, view: View, bars: &Pyramid) -> Self {
        Self::laid_out(size, scale, view, bars, Layout::default())
    }

    /// The same with a pane of drawdowns at the foot.
    pub fn with_drawdown(size: (u32, u32), scale: f64, view: View, bars: &Pyramid) -> Self {
        let layout = Layout {
            drawdown: true,
            ..Layout::default()
        };
        Self::laid_out(size, scale, view, bars, layout)
    }

    /// Lays out a canvas of `size` pixels, of which `scale` make one CSS pixel.
    pub fn laid_out(
        size: (u32, u32),
        scale: f64,
        view: View,
        bars: &Pyramid,
        layout: Layout,
    ) -> Self {
        let px = |css: f64| (css * scale).round() as i32;
        let (width, height) = (size.0 as i32, size.1 as i32);
        let bottom = (height - px(Self::TIME_AXIS_PX)).max(2);
        let right = (width - px(Self::VALUE_AXIS_PX)).max(1);
        let (own, equity, foot) = layout.tops();
        // the price pane is never empty, whatever there is no room for
        let at = |share: f64| ((f64::from(bottom) * share).round() as i32).clamp(1, bottom);
        let pane = |top, bottom| Pane {
            left: 0,
            top,
            right,
            bottom,
        };
        let count = layout.own.min(Layout::MOST_OWN);
        let mut panes = [None; Layout::MOST_OWN];
        let ends = own.iter().skip(1).chain([&equity]);
        for ((slot, top), end) in panes.iter_mut().zip(&own).zip(ends).take(count) {
            *slot = Some(pane(at(*top), at(*end)));
        }
        let price = pane(0, own.first().map_or(bottom, |top| at(*top)));
        let (low, high) = price_range(bars, &view, right).unwrap_or((0.0, 1.0));
        let free = (Self::FOOT_PX * scale / f64::from(price.height())).clamp(0.0, 0.3);
        let scaled = match layout.scale {
            PriceScale::Logarithmic => ValueScale::logarithmic,
            PriceScale::Linear | PriceScale::Percent => ValueScale::new,
        };
        let first = bars.bar(view.bars().start).map(|candle| candle.open);
        Self {
            view,
            price,
            own: panes,
            equity: pane(at(equity), at(foot)),
            drawdown: layout.drawdown.then(|| pane(at(foot), bottom)),
            bottom: height,
            right: width,
            scale,
            prices: scaled(&price, low, high, Self::HEADROOM, free),
            percent_of: first.filter(|open| layout.scale == PriceScale::Percent && *open > 0.0),
        }
    }

    /// Every pane, from the top.
    pub fn panes(&self) -> impl Iterator<Item = Pane> {
        let own = self.own.into_iter().flatten();
        core::iter::once(self.price)
            .chain(own)
            .chain([self.equity])
            .chain(self.drawdown)
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
    fn equal_ratios_take_equal_heights_on_a_logarithmic_scale() {
        let pane = Pane {
            left: 0,
            top: 0,
            right: 100,
            bottom: 300,
        };
        let scale = ValueScale::logarithmic(&pane, 0.001, 1.0, 0.0, 0.0);
        let ys = [0.001, 0.01, 0.1, 1.0].map(|value| scale.y(value));
        assert_eq!(ys, [300, 200, 100, 0]);
        assert!((scale.value(100.0) - 0.1).abs() < 1e-12);
        for nothing in [0.0, -1.0, f64::NEG_INFINITY] {
            assert!(scale.y(nothing) > 1_000_000, "{nothing}");
        }
        // what has no logarithm is scaled as it is
        for low in [0.0, -5.0] {
            let linear = ValueScale::logarithmic(&pane, low, 10.0, 0.0, 0.0);
            assert!(!linear.is_logarithmic());
            assert_eq!((linear.y(low), linear.y(10.0)), (300, 0));
        }
        let flat = ValueScale::logarithmic(&pane, 7.0, 7.0, 0.0, 0.0);
        assert_eq!(flat.y(7.0), 150);
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
                for own in 0..=Layout::MOST_OWN + 1 {
                    let layout = Layout {
                        own,
                        drawdown: true,
                        ..Layout::default()
                    };
                    let frame = Frame::laid_out(size, scale, View::all(0), &empty, layout);
                    let panes: Vec<Pane> = frame.panes().collect();
                    assert_eq!(panes.len(), own.min(Layout::MOST_OWN) + 3);
                    assert!(panes.windows(2).all(|pair| pair[0].bottom == pair[1].top));
                    assert!(panes.iter().all(|pane| pane.height() >= 0));
                    assert!(panes[0].top == 0 && panes[0].height() >= 1);
                }
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
