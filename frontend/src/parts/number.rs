//! Numbers as people type them.

use std::fmt::Display;

/// A number typed by a person: a comma may stand for the decimal point, spaces for thousands.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn read_number(text: &str, low: f64, high: f64, unit: &str) -> Result<f64, String> {
    match plain(text).parse::<f64>() {
        Ok(value) if value >= low && value <= high => Ok(value),
        _ => Err(bound("a number", &low, &high, unit)),
    }
}

/// A whole number typed by a person, with spaces for thousands.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn read_whole(text: &str, low: u64, high: u64, unit: &str) -> Result<u64, String> {
    match plain(text).parse::<u64>() {
        Ok(value) if value >= low && value <= high => Ok(value),
        _ => Err(bound("a whole number", &low, &high, unit)),
    }
}

fn plain(text: &str) -> String {
    let character = |c| match c {
        ',' => '.',
        '\u{2212}' => '-',
        other => other,
    };
    let typed = text.chars().filter(|c| !c.is_whitespace());
    typed.map(character).collect()
}

fn bound(what: &str, low: &dyn Display, high: &dyn Display, unit: &str) -> String {
    let bound = format!("Enter {what} from {low} to {high} {unit}");
    bound.trim_end().to_owned()
}

/// A number with at least `least` decimals, and up to `most` where it has them.
pub(crate) fn decimal(value: f64, least: usize, most: usize) -> String {
    let mut text = format!("{value:.most$}");
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, after)| after.len());
    while decimals(&text) > least && text.ends_with('0') {
        text.pop();
    }
    text.trim_end_matches('.').to_owned()
}

/// A percentage as a share of one, exact as a decimal: "0.35" is 0.0035 and not 0.0034999….
pub(crate) fn share_of_percent(percent: f64) -> f64 {
    format!("{percent}e-2").parse().unwrap_or(percent / 100.0)
}

/// A share of one as a percentage, exact as a decimal.
pub(crate) fn percent_of_share(share: f64) -> f64 {
    format!("{share}e2").parse().unwrap_or(share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read() {
        assert_eq!(read_number("0.5", 0.0, 3.0, ""), Ok(0.5));
        assert_eq!(read_number(" 1,25 ", 0.0, 3.0, ""), Ok(1.25));
        for bad in ["", "x", "3.01", "-1", "\u{2212}1", "NaN", "inf", "1e9"] {
            assert_eq!(
                read_number(bad, 0.0, 3.0, "×"),
                Err("Enter a number from 0 to 3 ×".to_owned()),
                "{bad}"
            );
        }
    }

    #[test]
    fn percentages_are_exact_decimals() {
        for step in 2..=200 {
            let percent: f64 = format!("{}.{:02}", step / 100, step % 100).parse().unwrap();
            let share = share_of_percent(percent);
            assert_eq!(
                share.to_string(),
                format!("0.{step:04}").trim_end_matches('0')
            );
            assert_eq!(percent_of_share(share).to_bits(), percent.to_bits());
        }
    }

    #[test]
    fn numbers_are_shown_as_precisely_as_they_were_given() {
        assert_eq!(decimal(0.5, 2, 4), "0.50");
        assert_eq!(decimal(2.0, 2, 4), "2.00");
        assert_eq!(decimal(0.125, 2, 4), "0.125");
        assert_eq!(decimal(20.0, 0, 4), "20");
        assert_eq!(decimal(1.5, 1, 4), "1.5");
    }
}
