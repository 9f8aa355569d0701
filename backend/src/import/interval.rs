//! The interval of a file's bars, told from their times.

use std::collections::BTreeMap;

use atrium_shared::base::time::{BarInterval, Timestamp};

use super::ImportError;

/// The interval, and whether it was told from the times: the most frequent step, the shorter of two equally frequent.
///
/// # Errors
/// [`ImportError`] where the times tell none, or contradict the one that was given.
pub(super) fn choose(
    times: &[Timestamp],
    given: Option<BarInterval>,
) -> Result<(BarInterval, bool), ImportError> {
    match (given, most_frequent_step(times)) {
        (Some(given), Some(step)) if step < micros(given) => Err(ImportError::IntervalTooLong {
            given,
            step_seconds: seconds(step),
        }),
        (Some(given), _) => Ok((given, false)),
        (None, Some(step)) => match of_step(step) {
            Some(interval) => Ok((interval, true)),
            None => Err(ImportError::OddInterval(seconds(step))),
        },
        (None, None) => Err(ImportError::OneRow),
    }
}

fn most_frequent_step(times: &[Timestamp]) -> Option<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for (earlier, later) in times.iter().zip(times.iter().skip(1)) {
        *counts.entry(later.micros_since(*earlier)).or_default() += 1;
    }
    // of equal counts the last one wins, so from long to short
    let longest_first = counts.into_iter().rev();
    longest_first
        .max_by_key(|(_, count)| *count)
        .map(|(step, _)| step)
}

fn of_step(step: i64) -> Option<BarInterval> {
    let whole = u32::try_from(step / 1_000_000).ok()?;
    match whole {
        _ if step % 1_000_000 != 0 => None,
        86_400 => Some(BarInterval::Day),
        1..86_400 => Some(BarInterval::Seconds(whole)),
        _ => None,
    }
}

fn micros(interval: BarInterval) -> i64 {
    i64::from(interval.seconds()) * 1_000_000
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(minutes: &[i64], given: Option<BarInterval>) -> Result<(BarInterval, bool), String> {
        let times: Vec<Timestamp> = minutes
            .iter()
            .map(|minute| Timestamp::from_seconds(minute * 60))
            .collect();
        choose(&times, given).map_err(|error| error.to_string())
    }

    #[test]
    fn the_most_frequent_step_wins_and_a_tie_goes_to_the_shorter() {
        assert_eq!(
            chosen(&[0, 5, 10, 1_000, 1_005], None),
            Ok((BarInterval::minutes(5), true))
        );
        assert_eq!(
            chosen(&[0, 5, 6], None),
            Ok((BarInterval::minutes(1), true))
        );
        assert_eq!(
            chosen(&[0, 1_440, 2_880], None),
            Ok((BarInterval::Day, true))
        );
    }

    #[test]
    fn what_is_given_must_not_contradict_the_times() {
        let minute = Some(BarInterval::minutes(1));
        assert_eq!(
            chosen(&[0, 5, 10], minute),
            Ok((BarInterval::minutes(1), false))
        );
        assert_eq!(chosen(&[7], minute), Ok((BarInterval::minutes(1), false)));
        let hour = chosen(&[0, 5, 10], Some(BarInterval::minutes(60))).unwrap_err();
        assert!(hour.contains("60min") && hour.contains("300 s"), "{hour}");
        assert!(chosen(&[7], None).unwrap_err().contains("--interval"));
        assert!(
            chosen(&[0, 10_080, 20_160], None)
                .unwrap_err()
                .contains("604800")
        );
    }
}
