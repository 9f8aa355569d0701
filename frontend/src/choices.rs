//! What a person can choose beside parameters, and what was chosen last.

use atrium_shared::base::time::BarInterval;
use atrium_shared::research::parameters::{changes, named};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::memory::Memory;

/// Intervals offered, where they are multiples of the stored one.
const INTERVALS: [BarInterval; 7] = [
    BarInterval::minutes(1),
    BarInterval::minutes(5),
    BarInterval::minutes(15),
    BarInterval::minutes(30),
    BarInterval::minutes(60),
    BarInterval::minutes(240),
    BarInterval::Day,
];

const KEY: &str = "atrium.backtest.2";

/// What was chosen last under a key: in this tab, or where nothing was chosen in it yet, in any.
pub(crate) fn recall<T: DeserializeOwned>(key: &str) -> Option<T> {
    Memory::Tab.get(key).or_else(|| Memory::Browser.get(key))
}

/// Keeps what is chosen for this tab, which has it again however other tabs choose, and for those that are opened later. A browser
/// that keeps nothing begins with the defaults next time.
pub(crate) fn keep<T: Serialize>(key: &str, chosen: &T) {
    Memory::Tab.set(key, chosen);
    Memory::Browser.set(key, chosen);
}

/// Parameters by their keys, as on a command line.
pub(crate) type Settings = Vec<(String, String)>;

/// What has to be set to make one configuration of another.
pub(crate) fn settings(from: &RunConfig, to: &RunConfig) -> Settings {
    let changed = changes(from, to).into_iter();
    changed
        .map(|(parameter, value)| (parameter.key.to_owned(), parameter.text(value)))
        .collect()
}

/// Sets parameters by their keys.
///
/// # Errors
/// What cannot be set, in words; what came before it is set.
pub(crate) fn set_all<'a>(
    config: &mut RunConfig,
    settings: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), String> {
    for (key, text) in settings {
        let parameter = named(key).ok_or_else(|| format!("no parameter is called {key}"))?;
        let set = parameter
            .parse(text)
            .and_then(|value| parameter.choose(config, value));
        set.map_err(|bad| bad.to_string())?;
    }
    Ok(())
}

/// Settings as [`set_all`] takes them.
pub(crate) fn pairs(settings: &Settings) -> impl Iterator<Item = (&str, &str)> {
    settings
        .iter()
        .map(|(key, text)| (key.as_str(), text.as_str()))
}

/// What a person had chosen last.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Remembered {
    /// The name of the data set.
    pub(crate) data_set: Option<String>,
    /// The parameters.
    pub(crate) config: RunConfig,
}

/// The same as it is stored: what differs from the defaults.
type Stored = (Option<String>, Settings);

impl Remembered {
    /// Reads it from the browser's store; the defaults where there is nothing that makes sense.
    pub(crate) fn load() -> Self {
        recall(KEY).and_then(Self::of).unwrap_or_default()
    }

    fn of((data_set, settings): Stored) -> Option<Self> {
        let mut config = RunConfig::default();
        set_all(&mut config, pairs(&settings)).ok()?;
        config.validate().ok()?;
        Some(Self { data_set, config })
    }

    /// Writes it to the browser's store, unless the parameters contradict one another.
    pub(crate) fn save(&self) {
        if self.config.validate().is_ok() {
            keep(KEY, &self.stored());
        }
    }

    fn stored(&self) -> Stored {
        let settings = settings(&RunConfig::default(), &self.config);
        (self.data_set.clone(), settings)
    }
}

/// The sessions that are run over, and those of the sweep where it has its own.
pub(crate) type Sessions = (Window, Option<Window>);

const SESSIONS: &str = "atrium.sessions.1";

/// The sessions of a data set that were chosen in this tab before it was loaded again. Whoever opens another one begins with all.
pub(crate) fn recall_sessions(data_set: Option<&str>) -> Sessions {
    let kept: Option<(Option<String>, Sessions)> = Memory::Tab.get(SESSIONS);
    let kept = kept.filter(|(of, _)| of.as_deref() == data_set);
    kept.map_or_else(Sessions::default, |(_, sessions)| sessions)
}

/// Keeps the sessions of a data set for this tab.
pub(crate) fn keep_sessions(data_set: Option<&str>, sessions: Sessions) {
    Memory::Tab.set(SESSIONS, &(data_set, sessions));
}

/// The intervals that can be cut from bars of `stored`.
pub(crate) fn offered_intervals(stored: BarInterval) -> Vec<BarInterval> {
    let fits = |interval: &BarInterval| match (stored, interval) {
        (_, BarInterval::Day) => true,
        (BarInterval::Day, _) => false,
        (BarInterval::Seconds(stored), BarInterval::Seconds(wanted)) => {
            wanted.is_multiple_of(stored)
        }
    };
    let mut offered: Vec<BarInterval> = INTERVALS.into_iter().filter(fits).collect();
    if !offered.contains(&stored) {
        offered.insert(0, stored);
    }
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back() {
        let mut config = RunConfig {
            interval: BarInterval::minutes(5),
            ..RunConfig::default()
        };
        config.policy.max_hold_bars = Some(7);
        let chosen = Remembered {
            data_set: Some("SPY-1min".to_owned()),
            config,
        };
        assert_eq!(Remembered::of(chosen.stored()), Some(chosen));
        let unknown = vec![("no.such".to_owned(), "1".to_owned())];
        assert_eq!(Remembered::of((None, unknown)), None);
        let contradiction = vec![("prediction.horizon_bars".to_owned(), "1".to_owned())];
        assert_eq!(Remembered::of((None, contradiction)), None);
    }

    #[test]
    fn only_multiples_of_what_is_stored_are_offered() {
        assert_eq!(offered_intervals(BarInterval::minutes(1)), INTERVALS);
        let names = |stored| -> Vec<String> {
            offered_intervals(stored)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(
            names(BarInterval::minutes(15)),
            ["15min", "30min", "60min", "240min", "1day"]
        );
        assert_eq!(names(BarInterval::minutes(7)), ["7min", "1day"]);
        assert_eq!(names(BarInterval::Day), ["1day"]);
    }
}
