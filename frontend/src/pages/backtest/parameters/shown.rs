//! A parameter's number as the page shows it and as people type it: a share of one in per cent, everything else as it is.

use atrium_shared::research::parameters::{Kind, Parameter, Unit, Value};

use crate::parts::number::{decimal, percent_of_share, read_number, read_whole, share_of_percent};

/// A slider, in what is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slider {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
}

impl Slider {
    /// Where a number stands on it, in per cent of its length.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low) * 100.0).clamp(0.0, 100.0)
    }
}

/// The slider of a parameter, where it has one.
pub(super) fn slider(parameter: &Parameter) -> Option<Slider> {
    match &parameter.kind {
        Kind::Number { range, .. } => Some(Slider {
            low: shown(parameter, range.slider_low),
            high: shown(parameter, range.slider_high),
            step: shown(parameter, range.step),
        }),
        Kind::Whole { range, .. } => Some(Slider {
            low: range.slider_low as f64,
            high: range.slider_high as f64,
            step: range.step as f64,
        }),
        _ => None,
    }
}

fn shown(parameter: &Parameter, number: f64) -> f64 {
    match parameter.unit {
        Unit::Share => percent_of_share(number),
        _ => number,
    }
}

/// What stands behind the number. Money has no sign here: which currency it is, the account knows.
pub(super) fn unit(parameter: &Parameter) -> &'static str {
    match parameter.unit {
        Unit::Cash => "",
        unit => unit.suffix(),
    }
}

/// A value as a number, where it is one.
pub(super) fn number(parameter: &Parameter, value: Option<Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => Some(shown(parameter, number)),
        Value::Whole(count) => Some(count as f64),
        _ => None,
    }
}

/// A value as it stands in its field, with every digit it has and as many decimals as its slider's step.
pub(super) fn text(parameter: &Parameter, value: Option<Value>) -> String {
    match value {
        Some(Value::Whole(count)) => count.to_string(),
        Some(Value::Number(number)) => {
            let number = shown(parameter, number);
            let step = slider(parameter).map_or(1.0, |slider| slider.step);
            let digits = |number: f64| {
                let text = number.to_string();
                text.split_once('.').map_or(0, |(_, digits)| digits.len())
            };
            decimal(number, digits(step), digits(number).max(digits(step)))
        }
        _ => String::new(),
    }
}

/// Reads what was typed.
///
/// # Errors
/// What it could be, in words.
pub(super) fn read(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    let unit = unit(parameter);
    match &parameter.kind {
        Kind::Whole { range, .. } => {
            read_whole(typed, range.low, range.high, unit).map(Value::Whole)
        }
        Kind::Number { range, .. } => {
            let bound = |number| shown(parameter, number);
            let number = read_number(typed, bound(range.low), bound(range.high), unit)?;
            if parameter.unit == Unit::Cash
                && let Some(thousands) = pointed_thousands(typed)
            {
                return Err(format!(
                    "{} could be {thousands} or {number}: write it without the point, or with another decimal",
                    typed.trim()
                ));
            }
            let value = match parameter.unit {
                Unit::Share => share_of_percent(number),
                _ => number,
            };
            // −0 is 0
            Ok(Value::Number(value + 0.0))
        }
        _ => Err(parameter.could_be()),
    }
}

/// What an amount of money is where its point stands for thousands, as half of Europe writes 10.000.
fn pointed_thousands(typed: &str) -> Option<String> {
    let (whole, thousands) = typed.trim().split_once('.')?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = (1..=3).contains(&whole.len()) && is_digits(whole) && !whole.starts_with('0');
    let fits = is_whole && thousands.len() == 3 && is_digits(thousands);
    fits.then(|| format!("{whole}{thousands}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::research::parameters::{all, named};

    #[test]
    fn shares_are_shown_in_per_cent_and_kept_as_shares() {
        let risk = named("sizing.risk_per_trade").unwrap();
        assert_eq!(text(risk, Some(Value::Number(0.01))), "1.0");
        assert_eq!(text(risk, Some(Value::Number(0.003_55))), "0.355");
        assert_eq!(read(risk, "0,35"), Ok(Value::Number(0.0035)));
        assert_eq!(
            read(risk, "101"),
            Err("Enter a number from 0.0001 to 100 %".to_owned())
        );
        let slider = slider(risk).unwrap();
        assert_eq!((slider.low, slider.high, slider.step), (0.1, 5.0, 0.1));
        assert_eq!(slider.place(0.0).to_string(), "0");
        assert_eq!(slider.place(9.0).to_string(), "100");
    }

    #[test]
    fn an_amount_with_a_point_before_three_digits_is_asked_about() {
        let equity = named("initial_equity").unwrap();
        let said = read(equity, "10.000").unwrap_err();
        assert!(said.contains("could be 10000 or 10:"), "{said}");
        assert_eq!(read(equity, "10.0000"), Ok(Value::Number(10.0)));
        assert_eq!(read(equity, "10000.5"), Ok(Value::Number(10_000.5)));
        let leverage = named("sizing.leverage").unwrap();
        assert_eq!(read(leverage, "1.125"), Ok(Value::Number(1.125)));
    }

    #[test]
    fn whole_numbers_are_whole_and_keep_every_digit() {
        let seed = named("prediction.source.noise.seed").unwrap();
        let most = Value::Whole(u64::MAX);
        assert_eq!(read(seed, &text(seed, Some(most))), Ok(most));
        let horizon = named("prediction.horizon_bars").unwrap();
        assert_eq!(read(horizon, " 12 "), Ok(Value::Whole(12)));
        let said = read(horizon, "2.5").unwrap_err();
        assert!(said.contains("whole number from 1 to"), "{said}");
    }

    #[test]
    fn what_is_shown_is_what_runs() {
        for parameter in all() {
            let Some(slider) = slider(parameter) else {
                continue;
            };
            for typed in [slider.low, slider.high, slider.low + slider.step] {
                let value = read(parameter, &typed.to_string());
                let shown = text(parameter, Some(value.clone().unwrap()));
                assert_eq!(read(parameter, &shown), value, "{} {shown}", parameter.key);
                assert!(parameter.check(value.unwrap()).is_ok());
            }
        }
    }
}
