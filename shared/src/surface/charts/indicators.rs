//! Indicators: on the prices where they are prices, else in a pane of their own.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::DrawingBackend;

use super::equity::{Line, draw_line, range};
use super::frame::{Frame, ValueScale};
use super::theme::Theme;
use super::{Canvas, Drawn, axes};
use crate::signal::indicators::{Entry, Source};

/// The least distance between two labels, in CSS pixels.
const VALUE_GAP_PX: f64 = 28.0;
/// Outputs that are prices at which the instrument could trade, and so stand among the candles.
const ON_PRICES: [&str; 13] = [
    "sma",
    "ema",
    "wma",
    "bb_upper",
    "bb_middle",
    "bb_lower",
    "keltner_upper",
    "keltner_middle",
    "keltner_lower",
    "donchian_upper",
    "donchian_middle",
    "donchian_lower",
    "vwap",
];

/// Which outputs of an indicator are drawn, by their places, and whether they stand among the candles. Of one that has prices
/// and other outputs, such as the width of bands, the prices are drawn.
pub fn drawn_outputs(entry: &Entry, source: Source) -> (Vec<usize>, bool) {
    let outputs = || entry.outputs.iter().enumerate();
    let on_prices: Vec<usize> = outputs()
        .filter(|(_, output)| ON_PRICES.contains(&output.name))
        .map(|(place, _)| place)
        .collect();
    match on_prices.is_empty() {
        true => (outputs().map(|(place, _)| place).collect(), false),
        false => (on_prices, source != Source::Volume),
    }
}

/// Draws lines among the candles.
///
/// # Errors
/// What the backend refuses.
pub fn draw_on_prices<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    lines: &[Line<'_>],
) -> Drawn<DB::ErrorType> {
    lines
        .iter()
        .try_for_each(|line| draw_line(canvas, frame, &frame.price, &frame.prices, line))
}

/// Draws lines in the pane of an indicator, on one axis of its own. Returns their scale, `None` without such a pane or
/// without a visible value.
///
/// # Errors
/// What the backend refuses.
pub fn draw_own<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    pane: usize,
    lines: &[Line<'_>],
    theme: &Theme,
) -> Result<Option<ValueScale>, DrawingAreaErrorKind<DB::ErrorType>> {
    let Some(pane) = frame.own.get(pane).copied().flatten() else {
        return Ok(None);
    };
    let Some((low, high)) = range(frame, lines.iter().map(|line| line.trace)) else {
        return Ok(None);
    };
    let scale = ValueScale::new(&pane, low, high, 0.3, 0.1);
    let seen = (scale.low, scale.high);
    let labels = axes::labels(
        &pane,
        seen,
        frame.px(VALUE_GAP_PX),
        |value| scale.y(value),
        "",
    );
    axes::draw_labels(canvas, frame, &pane, labels, theme)?;
    for line in lines {
        draw_line(canvas, frame, &pane, &scale, line)?;
    }
    Ok(Some(scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::indicators::{INDICATORS, Unit, find};

    #[test]
    fn only_prices_stand_among_the_candles() {
        let outputs = || INDICATORS.iter().flat_map(|entry| entry.outputs);
        for name in ON_PRICES {
            let output = outputs().find(|output| output.name == name).unwrap();
            assert!(matches!(output.unit, Unit::Price | Unit::Input), "{name}");
        }
        let drawn = |name, source| drawn_outputs(find(name).unwrap(), source);
        assert_eq!(drawn("bollinger", Source::Close), (vec![0, 1, 2], true));
        assert_eq!(drawn("ema", Source::Volume), (vec![0], false));
        assert_eq!(drawn("macd", Source::Close), (vec![0, 1, 2], false));
        assert_eq!(drawn("rsi", Source::Close), (vec![0], false));
        for entry in &INDICATORS {
            assert!(!drawn_outputs(entry, Source::Close).0.is_empty());
        }
    }
}
