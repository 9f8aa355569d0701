//! What a person chose for the chart, kept between visits: how prices are scaled, by which clock times are read, and which
//! indicators are shown.

use atrium_shared::market::calendar::Calendar;
use atrium_shared::signal::indicators::{Entry, INDICATORS, Input, Source};
use atrium_shared::surface::charts::{Layout, PriceScale, drawn_outputs};
use leptos::prelude::*;

use crate::choices::{keep, recall};

const KEY: &str = "atrium.chart.1";
/// More indicators at once would leave no room for prices.
pub(super) const MOST_INDICATORS: usize = Layout::MOST_OWN;

/// By which clock times are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum TimesBy {
    #[default]
    Utc,
    /// The market's.
    Exchange,
    /// The browser's.
    Local,
}

impl TimesBy {
    pub(super) const ALL: [Self; 3] = [Self::Utc, Self::Exchange, Self::Local];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Exchange => "exchange",
            Self::Local => "local",
        }
    }

    /// The zone in words, beside times.
    pub(super) fn zone(self, calendar: Calendar) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Exchange => calendar.zone().title(),
            Self::Local => "local",
        }
    }
}

const SCALES: [(PriceScale, &str); 3] = [
    (PriceScale::Linear, "linear"),
    (PriceScale::Logarithmic, "log"),
    (PriceScale::Percent, "percent"),
];

/// The name of a scale, for the page and its tests.
pub(super) fn scale_name(scale: PriceScale) -> &'static str {
    let named = SCALES.iter().find(|(other, _)| *other == scale);
    named.map_or("linear", |(_, name)| name)
}

/// An indicator with its parameters.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) entry: &'static Entry,
    pub(super) source: Source,
    /// The values of its parameters, in their order.
    pub(super) values: Vec<f64>,
}

impl PartialEq for Chosen {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name
            && self.source == other.source
            && self.values == other.values
    }
}

impl Chosen {
    /// An indicator by its name, as it is offered. Like all that looks into the registry it comes late: see [`Choices::read`].
    pub(super) fn named(name: &str) -> Option<Self> {
        let entry = INDICATORS.iter().find(|entry| entry.name == name)?;
        Some(Self {
            entry,
            source: Source::Close,
            values: entry.parameters.iter().map(|one| one.default).collect(),
        })
    }

    /// The column it runs on, where that can be chosen.
    pub(super) fn chosen_source(&self) -> Option<Source> {
        (self.entry.input == Input::Series).then_some(self.source)
    }

    /// Whether it stands in a pane of its own.
    pub(super) fn is_apart(&self) -> bool {
        !drawn_outputs(self.entry, self.source).1
    }

    /// Its parameters as they are given to the registry.
    pub(super) fn given(&self) -> Vec<(&'static str, f64)> {
        let names = self.entry.parameters.iter().map(|parameter| parameter.name);
        names.zip(self.values.iter().copied()).collect()
    }

    /// Its short name with its parameters, as "ema 20".
    pub(super) fn title(&self) -> String {
        let source = format!(" {}", Source::Close.name());
        self.text().replacen(&source, "", 1).replace('_', " ")
    }

    /// Its name, its column and its parameters.
    fn text(&self) -> String {
        let mut text = self.entry.name.to_owned();
        text.push(' ');
        text.push_str(self.source.name());
        for value in &self.values {
            text.push(' ');
            text.push_str(&value.to_string());
        }
        text
    }

    /// Reads [`Chosen::text`]; `None` where the registry would not build it.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut chosen = Self::named(words.next()?)?;
        let source = words.next()?;
        chosen.source = Source::ALL
            .into_iter()
            .find(|other| other.name() == source)?;
        chosen.values = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let complete = chosen.values.len() == chosen.entry.parameters.len();
        let built = chosen.entry.build(chosen.chosen_source(), &chosen.given());
        (complete && built.is_ok()).then_some(chosen)
    }
}

/// The choices. Copies are handles to the same ones.
#[derive(Clone, Copy)]
pub(super) struct Choices {
    pub(super) scale: RwSignal<PriceScale>,
    pub(super) times: RwSignal<TimesBy>,
    pub(super) indicators: RwSignal<Vec<Chosen>>,
    /// Indicators as they were stored, until they are read.
    unread: RwSignal<String>,
}

impl Choices {
    /// Those of the last visit; what makes no sense is left out. Keeps them from now on.
    pub(super) fn load() -> Self {
        let text: String = recall(KEY).unwrap_or_default();
        let (scale, times, unread) = read(&text);
        let choices = Self {
            scale: RwSignal::new(scale),
            times: RwSignal::new(times),
            indicators: RwSignal::new(Vec::new()),
            unread: RwSignal::new(unread.to_owned()),
        };
        Effect::new(move |_| {
            let (scale, times) = (choices.scale.get(), choices.times.get());
            let mut text = choices.indicators.with(|all| write(scale, times, all));
            choices.unread.with(|unread| {
                if !unread.is_empty() {
                    text.push(';');
                    text.push_str(unread);
                }
            });
            keep(KEY, &text);
        });
        choices
    }

    /// Reads the indicators of the last visit: the registry, and with it every indicator, comes late.
    pub(super) fn read(self) {
        let unread = self.unread.try_update(core::mem::take).unwrap_or_default();
        if !unread.is_empty() {
            self.indicators.set(indicators(&unread));
        }
    }

    /// Chooses a scale, or the usual one where it stands already.
    pub(super) fn toggle_scale(self, scale: PriceScale) {
        self.scale.update(|now| {
            *now = if *now == scale {
                PriceScale::Linear
            } else {
                scale
            };
        });
    }

    /// The next clock.
    pub(super) fn next_times(self) {
        self.times.update(|now| {
            *now = match now {
                TimesBy::Utc => TimesBy::Exchange,
                TimesBy::Exchange => TimesBy::Local,
                TimesBy::Local => TimesBy::Utc,
            };
        });
    }
}

fn write(scale: PriceScale, times: TimesBy, indicators: &[Chosen]) -> String {
    let mut text = scale_name(scale).to_owned();
    text.push(';');
    text.push_str(times.name());
    for chosen in indicators {
        text.push(';');
        text.push_str(&chosen.text());
    }
    text
}

/// What was stored: scale, clock and, as a text, the indicators.
fn read(text: &str) -> (PriceScale, TimesBy, &str) {
    let mut parts = text.splitn(3, ';');
    let (scale, times) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let scale = SCALES.into_iter().find(|(_, name)| *name == scale);
    let times = TimesBy::ALL.into_iter().find(|by| by.name() == times);
    (
        scale.map_or(PriceScale::Linear, |(scale, _)| scale),
        times.unwrap_or_default(),
        parts.next().unwrap_or(""),
    )
}

/// Indicators that were stored; what makes no sense is left out.
fn indicators(text: &str) -> Vec<Chosen> {
    let read = text.split(';').filter_map(Chosen::read);
    read.take(MOST_INDICATORS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_read_as_it_was_written() {
        let mut all: Vec<Chosen> = ["ema", "macd", "vwap"]
            .into_iter()
            .filter_map(Chosen::named)
            .collect();
        all[0].source = Source::High;
        all[0].values = vec![12.0];
        let text = write(PriceScale::Logarithmic, TimesBy::Exchange, &all);
        assert_eq!(
            text,
            "log;exchange;ema high 12;macd close 12 26 9;vwap close"
        );
        let (scale, times, unread) = read(&text);
        assert_eq!((scale, times), (PriceScale::Logarithmic, TimesBy::Exchange));
        assert_eq!(indicators(unread), all);
        let titles: Vec<String> = all.iter().map(Chosen::title).collect();
        assert_eq!(titles, ["ema high 12", "macd 12 26 9", "vwap"]);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let usual = (PriceScale::Linear, TimesBy::Utc);
        for bad in [
            "",
            "x;y;z",
            "linear;utc;ema close",
            "linear;utc;ema close 0",
            "linear;utc;ema close 2.5",
            "linear;utc;ema close NaN",
            "linear;utc;nothing close 3",
            "linear;utc;ema nowhere 3",
        ] {
            let (scale, times, unread) = read(bad);
            let many = indicators(unread).len();
            assert_eq!(((scale, times), many), (usual, 0), "{bad}");
        }
        let many = "log;local".to_owned() + &";rsi close 14".repeat(9);
        assert_eq!(indicators(read(&many).2).len(), MOST_INDICATORS);
    }
}
