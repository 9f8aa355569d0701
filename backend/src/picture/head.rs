//! The head of a picture: what was run, and what came of it.

use atrium_shared::research::metrics::Unit;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::{RunReport, count, headline_rows, shown};
use atrium_shared::surface::words::exact_percent;
use atrium_shared::trading::sizing::SizingMode;
use atrium_shared::trading::strategy::{SidePolicy, SigmaSource, Strategy};

use super::PictureError;
use super::brush::{Brush, Ink};
use super::look::Colours;

/// The height of the head in CSS pixels.
pub(super) const HEIGHT: f64 = 126.0;

/// Draws the head across a width.
pub(super) fn draw(
    brush: &Brush<'_>,
    width: f64,
    report: &RunReport,
    colours: &Colours,
) -> Result<(), PictureError> {
    let ink = |size, bold, colour| Ink { size, bold, colour };
    let (title, quiet) = (
        ink(24.0, true, colours.ink),
        ink(13.0, false, colours.chart.label),
    );
    let name = format!(
        "{}  {}",
        report.data.instrument.symbol, report.config.interval
    );
    let end = brush.write(&name, (0.0, 13.0), title)?;
    let warnings = [
        (report.data.simulated, "SIMULATED, not market data"),
        (
            report.config.prediction.source.is_oracle(),
            "ORACLE, looks ahead",
        ),
        (report.coverage.in_sample_rows > 0, "IN-SAMPLE predictions"),
    ];
    let mut left = end + 20.0;
    for (_, words) in warnings.into_iter().filter(|(applies, _)| *applies) {
        left = warn(brush, words, (left, 13.0), colours)? + 12.0;
    }
    let run = format!("Atrium · run {}", report.digests.run.short());
    brush.write_left_of(&run, (width, 13.0), quiet)?;
    let run_width = brush.width(&span(report), quiet)?;
    brush.write_left_of(&span(report), (width, 42.0), quiet)?;
    let words = parameters(&report.config);
    let words = brush.cut(&words, width - run_width - 40.0, quiet)?;
    brush.write(&words, (0.0, 42.0), quiet)?;
    figures(brush, width, report, colours)
}

/// A word of warning in a frame; returns its right edge.
fn warn(
    brush: &Brush<'_>,
    words: &str,
    (left, middle): (f64, f64),
    colours: &Colours,
) -> Result<f64, PictureError> {
    let ink = Ink {
        size: 13.0,
        bold: true,
        colour: colours.ink,
    };
    let right = left + brush.width(words, ink)? + 20.0;
    let (top, bottom) = (middle - 12.0, middle + 12.0);
    brush.fill((left, top), (right, bottom), colours.warning_line)?;
    brush.fill(
        (left + 1.0, top + 1.0),
        (right - 1.0, bottom - 1.0),
        colours.warning,
    )?;
    brush.write(words, (left + 10.0, middle), ink)?;
    Ok(right)
}

/// From when to when, and how many bars.
fn span(report: &RunReport) -> String {
    let bars = format!("{} bars", count(report.bars as f64));
    let interval = report.config.interval;
    match (report.first_bar, report.last_bar_end) {
        (Some(first), Some(last)) => format!(
            "{} to {} UTC · {bars}",
            stamp(first, interval),
            stamp(last, interval)
        ),
        _ => bars,
    }
}

/// The parameters that a reader asks for first.
fn parameters(config: &RunConfig) -> String {
    let side = |side| match side {
        SidePolicy::Both => "long and short",
        SidePolicy::LongOnly => "long only",
        SidePolicy::ShortOnly => "short only",
    };
    let strategy = match &config.strategy {
        Strategy::Signals(strategy) => format!("Signals from a file, {}", side(strategy.side)),
        Strategy::PredictedMove(strategy) => format!(
            "Predictions by {}, {} bars ahead, {} · gates {} × {} and {} × ATR · reward to risk {}",
            config.prediction.source.label(),
            config.prediction.horizon_bars,
            side(strategy.side),
            strategy.k_sigma_err,
            match strategy.sigma {
                SigmaSource::Error => "error",
                SigmaSource::Atr => "ATR",
            },
            strategy.k_atr_min_tp,
            strategy.reward_risk_ratio,
        ),
    };
    let size = match config.sizing.mode {
        SizingMode::Risk => format!(" · risk {}", exact_percent(config.sizing.risk_per_trade)),
        _ => String::new(),
    };
    format!("{strategy}{size} · leverage {}", config.sizing.leverage)
}

/// The headline metrics, those of buy-and-hold beneath.
fn figures(
    brush: &Brush<'_>,
    width: f64,
    report: &RunReport,
    colours: &Colours,
) -> Result<(), PictureError> {
    let label = Ink {
        size: 12.0,
        bold: false,
        colour: colours.chart.label,
    };
    let value = Ink {
        size: 18.0,
        bold: true,
        colour: colours.ink,
    };
    let rows = headline_rows(&report.headline);
    let held = &report.benchmark;
    let pitch = width / rows.len().max(1) as f64;
    for (index, row) in rows.iter().enumerate() {
        let left = index as f64 * pitch;
        brush.write(row.label, (left, 68.0), label)?;
        let text = brush.cut(&row.text, pitch - 8.0, value)?;
        brush.write(&text, (left, 88.0), value)?;
        let beside = match row.key {
            "total_return" => held.total_return.value(),
            "cagr" => held.cagr.value(),
            "sharpe" => held.sharpe.value(),
            "max_drawdown" => held.max_drawdown.value(),
            "final_equity" => Some(held.final_equity),
            _ => None,
        };
        let beneath = match (beside, row.absent) {
            (Some(beside), _) => format!("buy and hold {}", shown(beside, row.unit)),
            (None, Some(why)) => why.to_owned(),
            (None, None) if row.unit == Unit::Count => costs(report),
            (None, None) => String::new(),
        };
        let beneath = brush.cut(&beneath, pitch - 8.0, label)?;
        brush.write(&beneath, (left, 108.0), label)?;
    }
    Ok(())
}

/// What the trades cost.
fn costs(report: &RunReport) -> String {
    let total = report.metrics.costs.total.value();
    total.map_or_else(String::new, |total| {
        format!("costs {}", shown(total, Unit::Money))
    })
}
