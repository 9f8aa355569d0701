//! Numbers as people read them.

/// What stands where there is no number.
pub const DASH: &str = "–";

/// A share as a percentage with two decimals.
pub fn percent(share: f64) -> String {
    format!("{} %", fixed(share * 100.0, 2))
}

/// A ratio with two decimals.
pub fn ratio(value: f64) -> String {
    fixed(value, 2)
}

/// A whole number.
pub fn count(value: f64) -> String {
    fixed(value, 0)
}

/// An amount of money with two decimals.
pub fn money(value: f64) -> String {
    fixed(value, 2)
}

/// A number with `decimals` decimals, thousands separated by commas, and a true minus sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    // a value that rounds to zero has no sign
    if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        text.push('\u{2212}');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A share as a percentage, with every digit it has: 0.00025 is "0.025 %". The point is moved in the text, as a product
/// would be rounded.
pub fn exact_percent(share: f64) -> String {
    if share < 0.0 {
        return format!("\u{2212}{}", exact_percent(-share));
    }
    let text = share.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let padded = format!("{fraction:0<2}");
    let (moved, rest) = padded.split_at_checked(2).unwrap_or((&padded, ""));
    let digits = format!("{whole}{moved}");
    let whole = match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    match rest {
        "" => format!("{whole} %"),
        rest => format!("{whole}.{rest} %"),
    }
}

/// An amount of money with two decimals, or with more where it has more.
pub fn exact_money(amount: f64) -> String {
    let text = money(amount);
    match text.replace(',', "").parse::<f64>() {
        Ok(shown) if shown.to_bits() == amount.to_bits() => text,
        _ => amount.to_string(),
    }
}
