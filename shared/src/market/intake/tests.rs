//! Tests of reading whole files.

use super::*;
use crate::market::calendar::Calendar;

fn read(files: &[(&str, &[u8])], reading: &Reading) -> Result<(Detection, Kept), String> {
    read_all(files, reading, Limits::default(), Kept::default()).map_err(|error| error.to_string())
}

fn nyse(text: &str) -> (Detection, Kept) {
    read(
        &[("file.csv", text.as_bytes())],
        &Reading::detect(Calendar::Nyse),
    )
    .unwrap_or_else(|bad| panic!("{bad}"))
}

#[test]
fn a_plain_file_is_read() {
    let (detection, kept) = nyse(
        "timestamp,open,high,low,close,volume\n2024-03-26 13:30:00+00:00,521.23,521.44,520.88,521.36,888901\n2024-03-26 13:35:00+00:00,521.35,521.43,520.97,521.09,551002\n",
    );
    assert_eq!(detection.counts.used, 2);
    assert_eq!(kept.rows.bars.start[0].to_string(), "2024-03-26T13:30:00Z");
    assert_eq!(detection.interval.value.to_string(), "5min");
    assert_eq!(detection.zone, None);
}
