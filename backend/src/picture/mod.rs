//! A run as a picture, drawn by the same charts as the page's: title and headline above, then prices with trades, equity
//! beside buy-and-hold, and drawdowns.

mod letters;
mod paper;
mod look;
mod brush;
mod head;
mod sheet;

pub use look::Look;

use atrium_shared::market::bars::SessionBars;
use atrium_shared::surface::report::RunReport;

use paper::{Paper, Refused};

/// What a picture shows.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// The run.
    pub report: &'a RunReport,
    /// Its bars.
    pub bars: &'a SessionBars,
    /// Equity at each bar's close.
    pub equity: &'a [f64],
    /// Equity of buy-and-hold at each bar's close.
    pub benchmark: &'a [f64],
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The image or the letters cannot be made.
    #[error("there is not enough memory for a picture of {} by {} pixels", SIZE.0, SIZE.1)]
    NoPaper,
    /// A drawing failed, which only a defect can cause.
    #[error("the picture cannot be drawn, please report this: {0}")]
    Draw(String),
    /// The image cannot be encoded.
    #[error("the picture cannot be encoded: {0}")]
    Encode(#[from] png::EncodingError),
}

impl From<plotters::drawing::DrawingAreaErrorKind<Refused>> for PictureError {
    fn from(error: plotters::drawing::DrawingAreaErrorKind<Refused>) -> Self {
        Self::Draw(error.to_string())
    }
}

/// The size in CSS pixels.
const CSS_SIZE: (u32, u32) = (1_600, 1_000);
/// Pixels for one CSS pixel: sharp on screens of twice the density, and in print.
const SCALE: u32 = 2;
/// The size in pixels.
pub const SIZE: (u32, u32) = (CSS_SIZE.0 * SCALE, CSS_SIZE.1 * SCALE);
/// CSS pixels are 1/96 inch; a metre has 39.37 inches.
const PIXELS_PER_METRE: u32 = 96 * SCALE * 3_937 / 100;

/// The run as a PNG of [`SIZE`] pixels. The same run gives the same bytes.
///
/// # Errors
/// [`PictureError`] where memory is short.
pub fn png(picture: &Picture<'_>, look: Look) -> Result<Vec<u8>, PictureError> {
    let paper = Paper::new(SIZE.0, SIZE.1).ok_or(PictureError::NoPaper)?;
    sheet::draw(&paper, picture, &look.colours())?;
    encode(&paper.rgb(), picture.report)
}

fn encode(rgb: &[u8], report: &RunReport) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let source = if report.data.simulated {
        "simulated"
    } else {
        "stored"
    };
    for (key, text) in [
        ("Software", format!("Atrium, {}", report.engine)),
        ("Source", format!("{} ({source})", report.data.data_set)),
        ("Run digest", report.digests.run.to_string()),
    ] {
        encoder.add_itxt_chunk(key.to_owned(), text)?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
