//! Counts in sentences, and what several commands say.

use atrium_shared::surface::report::count;

use crate::store::{Store, StoreError};

/// A count as it is printed.
pub(super) fn number(value: u64) -> String {
    count(value as f64)
}

/// That a data set has closures, which do not change the bars that are used.
///
/// # Errors
/// [`StoreError`] where they cannot be read.
pub(super) fn closures_note(store: &Store, data_set: &str) -> Result<Option<String>, StoreError> {
    let days = store.closures(data_set)?.days().len() as u64;
    Ok((days > 0).then(|| {
        format!(
            "The closures of {data_set} ({}) do not change which bars are used, only which are expected (gaps, quality).",
            counted(days, "day")
        )
    }))
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
