//! Bars as a text of comma-separated values.

use core::fmt::{self, Display, Formatter};

use crate::market::bars::BarSeries;

/// Bars as text: a line of names, then a line a bar with its start in UTC, its prices and its volume, each number in as few
/// digits as give it back exactly. Every line ends in a newline.
#[derive(Debug, Clone, Copy)]
pub struct BarsAsCsv<'a>(pub &'a BarSeries);

impl Display for BarsAsCsv<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("DateTime,Open,High,Low,Close,Volume\n")?;
        for (start, [open, high, low, close], volume) in self.0.rows() {
            writeln!(out, "{start},{open},{high},{low},{close},{volume}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::bars::BarColumns;

    #[test]
    fn a_line_a_bar() {
        let mut columns = BarColumns::with_capacity(2);
        columns.push(Timestamp(0), [0.1, 0.3, 0.1, 0.2], 1_500.0);
        columns.push(Timestamp(60_000_000), [2.0, 2.5, 1.75, 2.0], 0.0);
        let bars = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
        assert_eq!(
            BarsAsCsv(&bars).to_string(),
            "DateTime,Open,High,Low,Close,Volume\n\
             1970-01-01T00:00:00Z,0.1,0.3,0.1,0.2,1500\n\
             1970-01-01T00:01:00Z,2,2.5,1.75,2,0\n"
        );
    }
}
