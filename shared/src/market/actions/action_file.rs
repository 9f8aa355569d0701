//! A user's own file of corporate actions.

use super::{ActionKind, Actions, BadFactorFile, CorporateAction, Gathered, parse_factor_file};
use crate::market::calendar::Calendar;

/// No dividend takes more than half of a price: what does is an amount.
const LEAST_FACTOR: f64 = 0.5;

/// Reads corporate actions from text: LEAN's factor files (see [`parse_factor_file`]) or lines of `date,kind,value`.
///
/// The date (`2014-06-09`) is the first day on the new basis. The kind is `split`, whose value is new shares an old share as a
/// number or a ratio (`7`, `7:1`, `0.1`, `1:10`), or `dividend`, whose value is what prices before are multiplied by, from 0.5 to 1
/// (`0.998`), and not its amount. A first
/// line `date,kind,value`, empty lines and lines that begin with `#` are left out.
///
/// # Errors
/// [`BadFactorFile`] with the line.
pub fn parse_actions(text: &str, calendar: Calendar) -> Result<Actions, BadFactorFile> {
    let lines = || {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()));
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    };
    let Some((_, first)) = lines().next() else {
        return Ok(Actions::default());
    };
    // LEAN writes its dates without separators
    if first.starts_with(|c: char| c.is_ascii_digit())
        && !first.get(..5).is_some_and(|start| start.ends_with('-'))
    {
        return parse_factor_file(text, calendar);
    }
    let mut actions = Gathered::default();
    for (number, line) in lines() {
        if is_header(line) {
            continue;
        }
        let bad = |reason: &str| BadFactorFile {
            line: number,
            text: line.chars().take(80).collect(),
            reason: reason.to_owned(),
        };
        let mut fields = line.split(',').map(str::trim);
        let (Some(date), Some(kind), Some(value), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(bad(
                "a line has three fields: date,kind,value, such as 2014-06-09,split,7",
            ));
        };
        let first_day = date
            .parse()
            .map_err(|_| bad("the date must be written as 2014-06-09"))?;
        let kind = match kind.to_ascii_lowercase().as_str() {
            "split" => ratio(value).map(|ratio| ActionKind::Split { ratio }),
            "dividend" => value
                .parse()
                .ok()
                .map(|factor| ActionKind::Dividend { factor }),
            _ => return Err(bad("the kind must be split or dividend")),
        };
        let kind = kind
            .ok_or_else(|| bad("the value must be a number, or for a split a ratio such as 7:1"))?;
        if let ActionKind::Dividend { factor } = kind
            && factor.is_finite()
            && !(LEAST_FACTOR..=1.0).contains(&factor)
        {
            return Err(bad(
                "a dividend's value is what prices before it are multiplied by, 1 - amount / last close before it, such as 0.998, and no amount",
            ));
        }
        let taken = actions.push(CorporateAction { first_day, kind });
        taken.map_err(|error| bad(&error.to_string()))?;
    }
    actions.finish().map_err(|error| BadFactorFile {
        line: lines().last().map_or(1, |(number, _)| number),
        text: String::new(),
        reason: error.to_string(),
    })
}

fn is_header(line: &str) -> bool {
    line.to_ascii_lowercase().starts_with("date,")
}

fn ratio(text: &str) -> Option<f64> {
    match text.split_once(':') {
        Some((new, old)) => Some(new.trim().parse::<f64>().ok()? / old.trim().parse::<f64>().ok()?),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;

    fn parse(text: &str) -> Result<Actions, BadFactorFile> {
        parse_actions(text, Calendar::Nyse)
    }

    #[test]
    fn both_forms_say_the_same() {
        let own = "\u{feff}# apple\nDate,Kind,Value\n2014-06-09, split, 7:1\n\n2014-08-07,dividend,0.995\n";
        let actions = parse(own).unwrap();
        let said: Vec<String> = actions.list().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "split 7:1 on 2014-06-09",
                "dividend, factor 0.995, on 2014-08-07"
            ]
        );
        let reverse = parse("2020-01-02,split,1:10").unwrap();
        assert_eq!(reverse.factor(Day(0)).to_bits(), 10f64.to_bits());
        let lean = "20140606,0.995,0.1428571\n20140806,0.995,1\n20501231,1,1\n";
        let read = parse(lean).unwrap();
        let said: Vec<String> = read.list().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "split 7:1 on 2014-06-09",
                "dividend, factor 0.995, on 2014-08-07"
            ]
        );
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        for (text, part) in [
            ("2014-06-09,split", "line 1"),
            ("date,kind,value\n2014-06-09,spilt,7", "line 2"),
            ("2014-13-09,split,7", "the date"),
            ("2014-06-09,split,many", "the value"),
            ("2014-06-09,split,7:0", "number from"),
            ("2014-06-09,dividend,NaN", "number from"),
            ("2014-06-09,dividend,0.24", "and no amount"),
            ("2014-06-09,dividend,1.32", "and no amount"),
            ("2014-06-09,split,7\n2014-06-09,split,7", "two splits"),
            (
                "2014-06-09,split,7\n2014-06-09,split,7\n2015-06-09,split,7",
                "line 2",
            ),
            (
                "2014-06-09,split,1e6\n2014-06-10,split,1e6\n2014-06-11,split,1e6\n\n",
                "line 3",
            ),
        ] {
            let said = parse(text).unwrap_err().to_string();
            assert!(said.contains(part), "{text:?}: {said}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let alphabet: Vec<char> = "0123456789-,:.spltdiven \n#é\u{feff}".chars().collect();
        let mut random = crate::base::random::Random::new(11, 0);
        for _ in 0..5_000 {
            let length = (random.uniform() * 40.0) as usize;
            let pick = |at: f64| alphabet[(at * alphabet.len() as f64) as usize];
            let text: String = (0..length).map(|_| pick(random.uniform())).collect();
            let _ = parse(&text);
        }
    }
}
