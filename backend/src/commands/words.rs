//! Counts in sentences.

use atrium_shared::surface::report::count;

/// A count as it is printed.
pub(super) fn number(value: u64) -> String {
    count(value as f64)
}

/// So many of something: 1 row, 1,200 rows.
pub(super) fn counted(value: u64, one: &str) -> String {
    let s = match one {
        _ if value == 1 => "",
        one if one.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{} {one}{s}", number(value))
}
