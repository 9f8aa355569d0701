//! Numbers as people type them.

use std::fmt::Display;

/// A number typed by a person: a comma may stand for the decimal point, spaces and commas for thousands, and the unit may stand
/// behind it. One that could be either, as 10,000, is asked about where both are within the bounds.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn read_number(text: &str, low: f64, high: f64, unit: &str) -> Result<f64, String> {
    let typed = plain(text, unit);
    let fits = |value: &f64| *value >= low && *value <= high;
    let read = |text: &str| text.parse::<f64>().ok().filter(fits);
    let (by_decimal, by_thousands) = (
        as_decimal(&typed).as_deref().and_then(read),
        as_thousands(&typed).as_deref().and_then(read),
    );
    match (by_decimal, by_thousands) {
        (Some(decimal), Some(thousands)) => Err(format!(
            "{} could be {thousands} or {decimal}: write it without the comma",
            text.trim()
        )),
        (Some(value), None) | (None, Some(value)) => Ok(value),
        (None, None) => Err(bound("a number", &low, &high, unit)),
    }
}

/// The text with a comma as the decimal point, where it has one separator at most.
fn as_decimal(typed: &str) -> Option<String> {
    let separators = typed.matches([',', '.']).count();
    (separators <= 1).then(|| typed.replace(',', "."))
}

/// The text without the separators of its thousands, where commas stand so; or points, with a comma for the decimal point.
fn as_thousands(typed: &str) -> Option<String> {
    let (sign, digits) = match typed.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", typed),
    };
    let of = |thousand: char, decimal: char| {
        let (whole, rest) = digits.split_once(decimal).unwrap_or((digits, ""));
        let (first, groups) = whole.split_once(thousand)?;
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_first =
            (1..=3).contains(&first.len()) && is_digits(first) && !first.starts_with('0');
        let is_group = |group: &str| group.len() == 3 && is_digits(group);
        let fits = is_first && groups.split(thousand).all(is_group) && is_digits(rest);
        fits.then(|| format!("{sign}{}.{rest}0", whole.replace(thousand, "")))
    };
    // a single point is the decimal point, as it is everywhere on the page
    let by_point = || of('.', ',').filter(|_| digits.matches(['.', ',']).count() > 1);
    of(',', '.').or_else(by_point)
}

/// A whole number typed by a person, with spaces or commas for thousands.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn read_whole(text: &str, low: u64, high: u64, unit: &str) -> Result<u64, String> {
    let typed = plain(text, unit);
    let whole = as_thousands(&typed).filter(|_| !typed.contains('.'));
    let whole = whole.as_deref().and_then(|text| text.strip_suffix(".0"));
    match whole.unwrap_or(&typed).parse::<u64>() {
        Ok(value) if value >= low && value <= high => Ok(value),
        _ => Err(bound("a whole number", &low, &high, unit)),
    }
}

/// What was typed without its unit and its blanks.
fn plain(text: &str, unit: &str) -> String {
    let text = text.trim();
    let text = text.strip_suffix(unit.trim()).unwrap_or(text);
    signs(text).chars().filter(|c| !c.is_whitespace()).collect()
}

/// A text with the sign of minus that keyboards have.
pub(crate) fn signs(text: &str) -> String {
    text.replace('\u{2212}', "-")
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
    fn a_comma_that_could_be_either_is_asked_about() {
        let money = |text: &str| read_number(text, 1.0, 1e12, "");
        for (text, decimal, thousands) in [
            ("10,000", "10", "10000"),
            ("1,000", "1", "1000"),
            (" 999,125 ", "999.125", "999125"),
        ] {
            let said = money(text).unwrap_err();
            let asked = format!("could be {thousands} or {decimal}:");
            assert!(said.contains(&asked), "{said}");
        }
        // out of the bounds it is not the other
        assert_eq!(read_number("1,250", 0.0, 3.0, ""), Ok(1.25));
        assert_eq!(read_number("10,000", 100.0, 1e6, ""), Ok(10_000.0));
        for (text, value) in [
            ("10,00", 10.0),
            ("0,125", f64::NAN),
            ("10000,5", 10_000.5),
            ("1,234,567", 1_234_567.0),
            ("10,000.50", 10_000.5),
            ("10.000,50", 10_000.5),
            ("10 000,5", 10_000.5),
            ("10.000", 10.0),
            ("1e4", 10_000.0),
        ] {
            match value.is_nan() {
                true => assert!(money(text).is_err(), "below the bound: {text}"),
                false => assert_eq!(money(text), Ok(value), "{text}"),
            }
        }
        assert_eq!(read_number("-1,000.5", -1e6, 0.0, ""), Ok(-1_000.5));
        for text in [
            "1,23,456", "1,234,56", "1.2.3", "1,2.3,4", ",5,", "1,000,", "12,34.5",
        ] {
            assert!(money(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_unit_may_stand_behind_the_number() {
        assert_eq!(read_number("1%", 0.0, 100.0, "%"), Ok(1.0));
        assert_eq!(read_number("1,5 %", 0.0, 100.0, "%"), Ok(1.5));
        assert_eq!(read_whole("3 bars", 1, 9, "bars"), Ok(3));
        assert_eq!(read_whole("5,000", 1, 9_000, ""), Ok(5_000));
        assert_eq!(read_whole("1,234,567", 1, u64::MAX, ""), Ok(1_234_567));
        for refused in ["5,00", "5,0000", "5.000", "0,005", "-5,000", "5,000.5"] {
            assert!(read_whole(refused, 1, 9_000, "").is_err(), "{refused}");
        }
        assert!(read_number("1%", 0.0, 100.0, "").is_err());
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
