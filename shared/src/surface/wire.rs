//! Bars as compact binary columns, as the server sends them to the browser.
//!
//! Layout, little-endian: magic `ATB1`, interval in seconds (`u32`), count (`u32`), then the columns. Starts are
//! zigzag-varint differences of differences; prices and volumes are zigzag-varint differences in units of a power of ten
//! that represents every value exactly, or plain `f64` where there is none. Minute bars of a share take about ten bytes.

use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{BadSeries, BarColumns, BarSeries};

const MAGIC: &[u8; 4] = b"ATB1";
/// The code of a column of plain `f64`.
const PLAIN: u8 = 255;
/// Decimals tried for prices and volumes.
const MAX_DECIMALS: u8 = 8;

/// Bytes that are not bars.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadWire {
    /// The bytes do not begin as they must.
    #[error(
        "these bytes are not bars of a version that is understood: the server and the page may be of different versions, reload the page"
    )]
    Magic,
    /// The bytes end early or do not add up.
    #[error("the bars are damaged at byte {0}: load them again")]
    Damaged(usize),
    /// The bars are not valid.
    #[error(transparent)]
    Series(#[from] BadSeries),
}

/// Encodes a series.
pub fn encode(series: &BarSeries) -> Vec<u8> {
    let mut out = Vec::with_capacity(series.len() * 12 + 64);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&series.interval().seconds().to_le_bytes());
    out.extend_from_slice(&(series.len() as u32).to_le_bytes());
    put_starts(&mut out, series.start());
    let (open, close) = (series.open(), series.close());
    let previous_close: Vec<f64> = core::iter::once(&0.0)
        .chain(close)
        .take(open.len())
        .copied()
        .collect();
    put_prices(&mut out, open, &previous_close);
    put_prices(&mut out, series.high(), open);
    put_prices(&mut out, series.low(), open);
    put_prices(&mut out, close, open);
    put_prices(&mut out, series.volume(), &vec![0.0; series.len()]);
    out
}

/// Decodes a series and checks every bar.
///
/// # Errors
/// [`BadWire`] where the bytes are no valid bars.
pub fn decode(bytes: &[u8]) -> Result<BarSeries, BadWire> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(4).map_err(|_| BadWire::Magic)? != MAGIC {
        return Err(BadWire::Magic);
    }
    let interval = match reader.u32()? {
        86_400 => BarInterval::Day,
        0 | 86_401.. => return Err(BadWire::Damaged(4)),
        seconds => BarInterval::Seconds(seconds),
    };
    let count = reader.u32()? as usize;
    // every bar takes at least six bytes, so a count beyond that is not believed
    if count > bytes.len() / 6 {
        return Err(BadWire::Damaged(8));
    }
    let start = reader.starts(count)?;
    let opens = reader.codes(count)?;
    let highs = reader.codes(count)?;
    let lows = reader.codes(count)?;
    let closes = reader.codes(count)?;
    let volumes = reader.codes(count)?;
    if reader.at != bytes.len() {
        return Err(BadWire::Damaged(reader.at));
    }
    let mut columns = BarColumns::default();
    let mut previous_close = 0.0;
    for (index, &start) in start.iter().enumerate() {
        let damaged = || BadWire::Damaged(bytes.len());
        let open = opens.value(index, previous_close).ok_or_else(damaged)?;
        let high = highs.value(index, open).ok_or_else(damaged)?;
        let low = lows.value(index, open).ok_or_else(damaged)?;
        let close = closes.value(index, open).ok_or_else(damaged)?;
        let volume = volumes.value(index, 0.0).ok_or_else(damaged)?;
        columns.push(start, [open, high, low, close], volume);
        previous_close = close;
    }
    Ok(BarSeries::new(interval, columns)?)
}

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn put_starts(out: &mut Vec<u8>, starts: &[Timestamp]) {
    let unit: i64 = if starts.iter().all(|start| start.0 % 1_000_000 == 0) {
        1_000_000
    } else {
        1
    };
    out.extend_from_slice(&(unit as u32).to_le_bytes());
    let (mut last, mut last_step) = (0i64, 0i64);
    for start in starts {
        let step = start.0 / unit - last;
        put_varint(out, step - last_step);
        (last, last_step) = (last + step, step);
    }
}

/// The value as a whole number of `10^-decimals`, if it is one exactly.
fn in_units(value: f64, scale: f64) -> Option<i64> {
    let units = (value * scale).round();
    let exact = units.abs() < 4e15 && (units / scale).to_bits() == value.to_bits();
    exact.then_some(units as i64)
}

fn put_prices(out: &mut Vec<u8>, column: &[f64], against: &[f64]) {
    let fits = |decimals: &u8| {
        let scale = SCALES.get(usize::from(*decimals)).copied().unwrap_or(1.0);
        column.iter().all(|&value| in_units(value, scale).is_some())
            && against
                .iter()
                .all(|&value| in_units(value, scale).is_some())
    };
    let Some(decimals) = (0..=MAX_DECIMALS).find(fits) else {
        out.push(PLAIN);
        column
            .iter()
            .for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        return;
    };
    out.push(decimals);
    let scale = SCALES.get(usize::from(decimals)).copied().unwrap_or(1.0);
    for (&value, &base) in column.iter().zip(against) {
        let units = |value| in_units(value, scale).unwrap_or_default();
        put_varint(out, units(value) - units(base));
    }
}

/// Powers of ten by number of decimals.
const SCALES: [f64; 9] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/// A column as it was stored.
enum Codes {
    Plain(Vec<f64>),
    Differences { scale: f64, steps: Vec<i64> },
}

impl Codes {
    /// The value at an index, given the value it was stored against.
    fn value(&self, index: usize, base: f64) -> Option<f64> {
        match self {
            Self::Plain(values) => values.get(index).copied(),
            Self::Differences { scale, steps } => {
                let units = in_units(base, *scale)?.checked_add(*steps.get(index)?)?;
                Some(units as f64 / scale)
            }
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], BadWire> {
        let end = self
            .at
            .checked_add(count)
            .ok_or(BadWire::Damaged(self.at))?;
        let taken = self
            .bytes
            .get(self.at..end)
            .ok_or(BadWire::Damaged(self.at))?;
        self.at = end;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, BadWire> {
        let at = self.at;
        let bytes = self.take(4)?.try_into().map_err(|_| BadWire::Damaged(at))?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn varint(&mut self) -> Result<i64, BadWire> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(BadWire::Damaged(self.at))
    }

    fn starts(&mut self, count: usize) -> Result<Vec<Timestamp>, BadWire> {
        let unit = i64::from(self.u32()?);
        let (mut last, mut step) = (0i64, 0i64);
        let mut starts = Vec::with_capacity(count);
        for _ in 0..count {
            let damaged = BadWire::Damaged(self.at);
            step = step
                .checked_add(self.varint()?)
                .ok_or_else(|| damaged.clone())?;
            last = last.checked_add(step).ok_or_else(|| damaged.clone())?;
            starts.push(Timestamp(last.checked_mul(unit).ok_or(damaged)?));
        }
        Ok(starts)
    }

    fn codes(&mut self, count: usize) -> Result<Codes, BadWire> {
        let at = self.at;
        let decimals = self.take(1)?.first().copied().unwrap_or_default();
        if decimals == PLAIN {
            let bytes = self.take(count.checked_mul(8).ok_or(BadWire::Damaged(at))?)?;
            let value = |chunk: &[u8]| {
                chunk
                    .try_into()
                    .map(f64::from_le_bytes)
                    .map_err(|_| BadWire::Damaged(at))
            };
            return Ok(Codes::Plain(
                bytes.chunks_exact(8).map(value).collect::<Result<_, _>>()?,
            ));
        }
        let scale = SCALES
            .get(usize::from(decimals))
            .copied()
            .ok_or(BadWire::Damaged(at))?;
        let steps = (0..count)
            .map(|_| self.varint())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Codes::Differences { scale, steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};

    #[test]
    fn what_is_decoded_is_what_was_encoded() {
        let sample = simulate(&Simulation {
            to: crate::base::time::Day(SAMPLE.from.0 + 20),
            ..SAMPLE
        })
        .unwrap();
        let bytes = encode(&sample);
        assert_eq!(decode(&bytes).unwrap(), sample);
        assert!(
            bytes.len() < sample.len() * 12,
            "{} bytes for {} bars",
            bytes.len(),
            sample.len()
        );
        let mut odd = BarColumns::default();
        odd.push(
            Timestamp(-1_234_567),
            [1.0 / 3.0, 2.0, 1e-7, 0.1 + 0.2],
            1e300,
        );
        odd.push(Timestamp(9_999_999_999), [1e14, 1e15, 5e-324, 3.0], 0.0);
        let odd = BarSeries::new(BarInterval::Day, odd).unwrap();
        assert_eq!(decode(&encode(&odd)).unwrap(), odd);
        let empty = BarSeries::new(BarInterval::minutes(5), BarColumns::default()).unwrap();
        assert_eq!(decode(&encode(&empty)).unwrap(), empty);
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_panic() {
        let sample = simulate(&Simulation {
            to: SAMPLE.from,
            ..SAMPLE
        })
        .unwrap();
        let bytes = encode(&sample);
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        let mut random = crate::base::random::Random::new(7, 0);
        for _ in 0..2_000 {
            let mut mutated = bytes.clone();
            let at = (random.uniform() * mutated.len() as f64) as usize;
            mutated[at] = (random.uniform() * 256.0) as u8;
            // whatever comes out is either refused or a valid series: decode checks every bar
            let _ = decode(&mutated);
        }
    }
}
