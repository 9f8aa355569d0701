//! The sheet: its head, then the charts with their captions.

use atrium_shared::surface::charts::{
    Canvas, ChartBars, Frame, Pane, TradeMark, TradeMarks, View, draw_base, draw_drawdown,
    draw_equity_beside, draw_trades, drawdowns,
};
use plotters::prelude::IntoDrawingArea;
use plotters::style::RGBAColor;

use super::brush::{Brush, Ink, px};
use super::look::Colours;
use super::paper::Paper;
use super::{CSS_SIZE, Picture, PictureError, SCALE, SIZE, head};

/// Free on every side, in CSS pixels.
const MARGIN: f64 = 28.0;

/// Draws the whole picture.
pub(super) fn draw(
    paper: &Paper,
    picture: &Picture<'_>,
    colours: &Colours,
) -> Result<(), PictureError> {
    let whole = paper.clone().into_drawing_area();
    whole.fill(&colours.chart.ground)?;
    let inner = whole.margin(px(MARGIN), px(MARGIN / 2.0), px(MARGIN), px(MARGIN));
    let (above, below) = inner.split_vertically(px(head::HEIGHT));
    let width = f64::from(CSS_SIZE.0) - 2.0 * MARGIN;
    head::draw(&Brush { canvas: &above }, width, picture.report, colours)?;
    charts(&below, picture, colours)
}

fn charts(
    canvas: &Canvas<Paper>,
    picture: &Picture<'_>,
    colours: &Colours,
) -> Result<(), PictureError> {
    let (report, theme) = (picture.report, &colours.chart);
    let series = picture.bars.series();
    let bars = ChartBars::new(series);
    let size = canvas.dim_in_pixel();
    let view = View::all(series.len());
    let frame = Frame::with_drawdown(size, f64::from(SCALE), view, &bars.pyramid);
    let brush = Brush { canvas };
    brush.fill((0.0, 0.0), (f64::from(SIZE.0), 1.0), theme.hairline)?;
    draw_base(canvas, &frame, &bars, theme)?;
    let trades = report.round_trips.iter();
    let marks: Vec<TradeMark> = trades
        .filter_map(|trade| TradeMark::new(trade, series.start()))
        .collect();
    let drawn = draw_trades(canvas, &frame, &marks, None, theme)?;
    let initial = report.config.initial_equity;
    let lines = [picture.equity, picture.benchmark];
    draw_equity_beside(canvas, &frame, lines, initial, theme)?;
    let below_peak = drawdowns(picture.equity, initial);
    draw_drawdown(canvas, &frame, &below_peak, theme)?;
    captions(&brush, &frame, picture, drawn, colours)
}

/// What a caption shows before its words.
enum Sign {
    None,
    Candle { up: bool },
    Entry,
    Won,
    Lost,
    Count { won: bool },
    Line(RGBAColor, f64),
    Dashes,
}

fn captions(
    brush: &Brush<'_>,
    frame: &Frame,
    picture: &Picture<'_>,
    drawn: TradeMarks,
    colours: &Colours,
) -> Result<(), PictureError> {
    let report = picture.report;
    let currency = &report.data.instrument.currency;
    // equity is in account currency, which is the instrument's where nothing is converted
    let converted = report.config.fx.to_bits() != 1.0f64.to_bits();
    let account = if converted {
        "account currency"
    } else {
        currency.as_str()
    };
    let mut prices = vec![
        (Sign::None, format!("Price, {currency}")),
        (Sign::Candle { up: true }, "rose".to_owned()),
        (Sign::Candle { up: false }, "fell".to_owned()),
    ];
    if !report.round_trips.is_empty() {
        prices.extend(match drawn {
            TradeMarks::Single => vec![
                (Sign::Entry, "entry (long points up)".to_owned()),
                (Sign::Won, "exit with a profit".to_owned()),
                (Sign::Lost, "exit with a loss".to_owned()),
            ],
            TradeMarks::Counted => vec![
                (
                    Sign::Count { won: true },
                    "trades closed with a profit".to_owned(),
                ),
                (Sign::Count { won: false }, "with a loss".to_owned()),
            ],
        });
    }
    let theme = &colours.chart;
    let equity = vec![
        (Sign::None, format!("Equity, {account}")),
        (Sign::Line(theme.equity, 2.0), "this run".to_owned()),
        (Sign::Line(theme.label, 1.0), "buy and hold".to_owned()),
        (Sign::Dashes, "initial equity".to_owned()),
    ];
    let drawdown = vec![(Sign::None, "Drawdown from the highest equity".to_owned())];
    let panes = [Some(frame.price), Some(frame.equity), frame.drawdown];
    for (pane, caption) in panes.into_iter().zip([prices, equity, drawdown]) {
        if let Some(pane) = pane {
            write(brush, &pane, &caption, colours)?;
        }
    }
    Ok(())
}

/// Writes a caption at the top of a pane, on a ground of its own so that the grid does not cross it.
fn write(
    brush: &Brush<'_>,
    pane: &Pane,
    caption: &[(Sign, String)],
    colours: &Colours,
) -> Result<(), PictureError> {
    const GAP: f64 = 20.0;
    let middle = f64::from(pane.top) / f64::from(SCALE) + 16.0;
    let mut left = 8.0;
    for (sign, words) in caption {
        let is_title = matches!(sign, Sign::None);
        let ink = Ink {
            size: 12.0,
            bold: is_title,
            colour: if is_title {
                colours.ink
            } else {
                colours.chart.label
            },
        };
        let right = left + sign.width() + brush.width(words, ink)?;
        let ground = colours.chart.ground;
        let (top, bottom) = (middle - 9.0, middle + 9.0);
        brush.fill((left - GAP / 2.0, top), (right + GAP / 2.0, bottom), ground)?;
        draw_sign(brush, sign, (left, middle), colours)?;
        brush.write(words, (left + sign.width(), middle), ink)?;
        left = right + GAP;
    }
    Ok(())
}

impl Sign {
    /// The room it takes, what keeps the words apart from it included.
    fn width(&self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Candle { .. } => 13.0,
            Self::Entry | Self::Won | Self::Lost | Self::Count { .. } => 15.0,
            Self::Line(..) => 25.0,
            Self::Dashes => 27.0,
        }
    }
}

/// Draws a sign.
fn draw_sign(
    brush: &Brush<'_>,
    sign: &Sign,
    (x, y): (f64, f64),
    colours: &Colours,
) -> Result<(), PictureError> {
    let theme = &colours.chart;
    match *sign {
        Sign::None => {}
        Sign::Candle { up } => {
            let colour = if up { theme.up } else { theme.down };
            brush.fill((x + 3.5, y - 7.0), (x + 4.5, y + 7.0), colour)?;
            brush.fill((x + 1.0, y - 4.0), (x + 7.0, y + 4.0), colour)?;
            if up {
                brush.fill((x + 2.0, y - 3.0), (x + 6.0, y + 3.0), theme.ground)?;
            }
        }
        Sign::Entry => {
            let corners = [(x + 4.0, y - 4.0), (x, y + 4.0), (x + 8.0, y + 4.0)];
            brush.polygon(&corners, theme.label)?;
        }
        Sign::Won => brush.disc((x + 4.0, y), 3.5, theme.win)?,
        Sign::Lost => {
            let (left, right, top, bottom) = (x + 1.0, x + 7.0, y - 3.0, y + 3.0);
            brush.line(&[(left, top), (right, bottom)], 2.0, theme.loss)?;
            brush.line(&[(left, bottom), (right, top)], 2.0, theme.loss)?;
        }
        Sign::Count { won } => {
            let colour = if won { theme.win } else { theme.loss };
            brush.fill((x + 1.0, y - 5.0), (x + 4.0, y + 4.0), colour)?;
            brush.fill((x + 5.0, y - 1.0), (x + 8.0, y + 4.0), colour)?;
        }
        Sign::Line(colour, width) => {
            brush.line(&[(x, y), (x + 18.0, y)], width, colour)?;
        }
        Sign::Dashes => {
            for dash in [0.0, 8.0, 16.0] {
                brush.fill((x + dash, y), (x + dash + 4.0, y + 1.0), theme.label)?;
            }
        }
    }
    Ok(())
}
