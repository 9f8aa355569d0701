//! Counts since 1970, in seconds or parts of one.

use super::TimeForm;
use crate::base::time::Timestamp;

const SECOND: i64 = 1_000_000;

/// A count since 1970 in seconds, milliseconds, microseconds or nanoseconds, whichever puts it between 1990 and 2100.
///
/// Those four ranges do not overlap, so the unit is never in doubt; `None` for a number in none of them.
pub fn time_from_epoch(number: i64) -> Option<Timestamp> {
    let (micros, _) = epoch(number)?;
    Some(Timestamp(micros))
}

/// A count since 1970 in microseconds, and its form.
pub(super) fn epoch(number: i64) -> Option<(i64, TimeForm)> {
    const FROM_1990: i64 = 631_152_000;
    const TO_2100: i64 = 4_102_444_800;
    let within = |unit: i64| number >= FROM_1990 * unit && number / unit < TO_2100;
    match number {
        _ if within(1) => Some((number * SECOND, TimeForm::EpochSeconds)),
        _ if within(1_000) => Some((number * 1_000, TimeForm::EpochMillis)),
        _ if within(SECOND) => Some((number, TimeForm::EpochMicros)),
        _ if within(1_000_000_000) => Some((number / 1_000, TimeForm::EpochNanos)),
        _ => None,
    }
}

/// A count since 1970 with parts of its unit.
pub(super) fn epoch_of_float(number: f64) -> Option<(i64, TimeForm)> {
    // every whole number of the four ranges but the nanoseconds' is exact
    if !(0.0..9.2e18).contains(&number) {
        return None;
    }
    let whole = number.floor();
    let (micros, form) = epoch(whole as i64)?;
    let parts = number - whole;
    let more = match form {
        TimeForm::EpochSeconds => (parts * 1e6).round() as i64,
        TimeForm::EpochMillis => (parts * 1e3).round() as i64,
        _ => 0,
    };
    Some((micros + more, form))
}
