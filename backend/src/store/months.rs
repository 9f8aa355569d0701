//! Months in UTC: what rows are gathered by.

use atrium_shared::base::time::{Day, Timestamp};

/// A month in UTC, counted from year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(i32);

impl Month {
    /// `2024-03`
    pub(super) fn name(self) -> String {
        format!(
            "{:04}-{:02}",
            self.0.div_euclid(12),
            self.0.rem_euclid(12) + 1
        )
    }

    /// The month before it and the one after it.
    pub(super) fn neighbours(self) -> [Self; 2] {
        [Self(self.0 - 1), Self(self.0 + 1)]
    }
}

/// Finds the months of times; times that follow each other mostly share one.
#[derive(Debug, Default)]
pub(super) struct Months {
    /// The month found last, from its first instant to the next one's.
    last: Option<(Timestamp, Timestamp, Month)>,
}

impl Months {
    /// The month beside that of a time which is a day or less away from it.
    pub(super) fn beside(&mut self, at: Timestamp) -> Option<Month> {
        const DAY: i64 = 86_400_000_000;
        let month = self.of(at);
        let (from, to, _) = self.last?;
        match () {
            () if at.0 - from.0 < DAY => Some(Month(month.0 - 1)),
            () if to.0 - at.0 <= DAY => Some(Month(month.0 + 1)),
            () => None,
        }
    }

    /// The month of a time that a bar may have.
    pub(super) fn of(&mut self, at: Timestamp) -> Month {
        if let Some((from, to, month)) = self.last
            && (from..to).contains(&at)
        {
            return month;
        }
        let day = at.utc_day();
        let Some(date) = day.date() else {
            // no bar has such a time
            return Month(0);
        };
        let month = Month(i32::from(date.year()) * 12 + i32::from(date.month()) - 1);
        let first = Day(day.0 - i32::from(date.day()) + 1);
        let next = Day(first.0 + i32::from(date.days_in_month()));
        self.last = Some((first.midnight_utc(), next.midnight_utc(), month));
        month
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_belong_to_the_month_that_their_date_names() {
        let mut months = Months::default();
        for (seconds, name) in [
            (0, "1970-01"),
            (-1, "1969-12"),
            (1_709_251_199, "2024-02"),
            (1_709_251_200, "2024-03"),
            (1_711_929_599, "2024-03"),
            (1_711_929_600, "2024-04"),
            (0, "1970-01"),
            (Timestamp::MIN.0 / 1_000_000, "1900-01"),
            (Timestamp::MAX.0 / 1_000_000, "2200-01"),
        ] {
            assert_eq!(months.of(Timestamp::from_seconds(seconds)).name(), name);
        }
        // 2024-03-01 begins at 1,709,251,200
        for (seconds, name) in [
            (1_709_251_200, Some("2024-02")),
            (1_709_337_599, Some("2024-02")),
            (1_709_337_600, None),
            (1_709_164_799, None),
            (1_709_164_800, Some("2024-03")),
            (1_709_251_199, Some("2024-03")),
        ] {
            let found = months.beside(Timestamp::from_seconds(seconds));
            assert_eq!(found.map(Month::name).as_deref(), name, "{seconds}");
        }
    }
}
