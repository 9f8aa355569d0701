//! Every option of a run that a person may change, one entry each: links, sweep axes, `--set`, the page's
//! controls and the difference between two runs are made from these.
//!
//! A parameter's `id` is part of links: it is never changed and never used again. Its key is the path of the field in the
//! JSON form of a [`RunConfig`]. To add one: an entry in the file of its group, its id in the list of the tests.

mod near;
mod value;
mod prediction;
mod strategy;
mod sizing;
mod orders;
mod fills;
mod costs;
mod limits;
mod account;

pub use near::{Near, nearest};
pub use value::{BadValue, Value};

use super::run_config::RunConfig;

/// An option of a run.
pub struct Parameter {
    /// What links know it by.
    pub id: u16,
    /// The path of its field in the JSON form, by which `--set` and files of sweeps name it.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What its numbers are of.
    pub unit: Unit,
    /// What it does, in a sentence or two.
    pub meaning: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// What it may be.
    pub kind: Kind,
    /// Where it may be absent: what it is when it is switched on.
    pub when_on: Option<Value>,
    /// The choice that it is a part of: it exists where that parameter has that value.
    pub under: Option<Under>,
    /// Whether it has an effect on runs of a configuration that has it; it is part of their digest all the same.
    matters: fn(&RunConfig) -> bool,
}

/// What a parameter is a part of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Under {
    /// The id of the other parameter.
    pub id: u16,
    /// The value that it has.
    pub value: Value,
}

/// What a parameter may be, and where it is.
pub enum Kind {
    /// A number.
    Number {
        /// Its bounds and its slider.
        range: Numbers,
        /// Its place.
        place: Place,
    },
    /// A whole number.
    Whole {
        /// Its bounds and its slider.
        range: Wholes,
        /// Its place.
        place: Place,
    },
    /// The interval of bars, in seconds, a session as 86,400: `60min` in words.
    Interval,
    /// On or off.
    Flag {
        /// Whether it is on; `None` where it does not exist.
        get: fn(&RunConfig) -> Option<bool>,
        /// Switches it.
        set: fn(&mut RunConfig, bool),
    },
    /// One of several.
    Choice {
        /// The code of what is chosen; `None` where it does not exist.
        get: fn(&RunConfig) -> Option<u8>,
        /// All that can be chosen, in the order in which they are offered.
        choices: &'static [Choice],
    },
}

/// Where a number of a configuration is; `None` where it does not exist.
pub type Place = for<'a> fn(&'a mut RunConfig) -> Option<Slot<'a>>;

/// A number of a configuration.
pub enum Slot<'a> {
    /// A number.
    Number(&'a mut f64),
    /// A number that may be absent.
    NumberOrNone(&'a mut Option<f64>),
    /// A whole number.
    Whole(&'a mut u32),
    /// A whole number that may be absent.
    WholeOrNone(&'a mut Option<u32>),
    /// A large whole number.
    Large(&'a mut u64),
}

/// What a number may be: the bounds are those of [`RunConfig::validate`], the slider shows the usual part of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Numbers {
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Where the slider begins.
    pub slider_low: f64,
    /// Where it ends.
    pub slider_high: f64,
    /// The step of the slider.
    pub step: f64,
}

/// What a whole number may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wholes {
    /// The least.
    pub low: u64,
    /// The most.
    pub high: u64,
    /// Where the slider begins.
    pub slider_low: u64,
    /// Where it ends.
    pub slider_high: u64,
    /// The step of the slider.
    pub step: u64,
}

/// One of several.
pub struct Choice {
    /// What links and digests know it by: never changed and never used again.
    pub code: u8,
    /// Its name in configurations.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Chooses it; what is a part of it gets its default.
    put: fn(&mut RunConfig),
}

/// What a number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a name, a flag, a count.
    None,
    /// A part of a whole: 0.01 is one per cent, and people read it as such.
    Share,
    /// Per cent.
    Percent,
    /// Basis points, 1/10,000.
    BasisPoints,
    /// Bars.
    Bars,
    /// Seconds.
    Seconds,
    /// Calendar days.
    Days,
    /// Standard deviations of the prediction's error.
    Sigmas,
    /// Average true ranges, ATR(14).
    Atrs,
    /// Ticks of the instrument.
    Ticks,
    /// Spreads.
    Spreads,
    /// A ratio.
    Ratio,
    /// Account currency.
    Cash,
    /// Account currency a unit of the instrument's currency.
    Rate,
    /// Units of the instrument: shares, contracts, coins.
    Units,
}

impl Unit {
    /// What stands behind a number, where something does.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::None | Self::Rate => "",
            Self::Share | Self::Percent => "%",
            Self::BasisPoints => "bp",
            Self::Bars => "bars",
            Self::Seconds => "s",
            Self::Days => "days",
            Self::Sigmas => "σ",
            Self::Atrs => "ATR",
            Self::Ticks => "ticks",
            Self::Spreads => "spreads",
            Self::Ratio => "×",
            Self::Cash => "in account currency",
            Self::Units => "units",
        }
    }
}

/// Where parameters belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is predicted, and from what.
    Prediction,
    /// When to trade.
    Strategy,
    /// How much.
    Sizing,
    /// How intentions become orders, and when positions end.
    Orders,
    /// How bars are read.
    Fills,
    /// What trading costs.
    Costs,
    /// The limits of the account.
    Limits,
    /// The account and the bars.
    Account,
}

impl Group {
    /// Every group, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Prediction,
        Self::Strategy,
        Self::Sizing,
        Self::Orders,
        Self::Fills,
        Self::Costs,
        Self::Limits,
        Self::Account,
    ];

    /// Its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prediction => "Prediction",
            Self::Strategy => "Strategy",
            Self::Sizing => "Size",
            Self::Orders => "Entry and exit",
            Self::Fills => "Fills",
            Self::Costs => "Costs",
            Self::Limits => "Limits",
            Self::Account => "Account and bars",
        }
    }

    /// Its parameters; what others are a part of comes before them.
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Prediction => &prediction::PARAMETERS,
            Self::Strategy => &strategy::PARAMETERS,
            Self::Sizing => &sizing::PARAMETERS,
            Self::Orders => &orders::PARAMETERS,
            Self::Fills => &fills::PARAMETERS,
            Self::Costs => &costs::PARAMETERS,
            Self::Limits => &limits::PARAMETERS,
            Self::Account => &account::PARAMETERS,
        }
    }
}

/// Every parameter, group by group; what others are a part of comes before them.
pub fn all() -> impl Iterator<Item = &'static Parameter> {
    Group::ALL.into_iter().flat_map(|group| group.parameters())
}

/// The parameter that links know by an id.
pub fn by_id(id: u16) -> Option<&'static Parameter> {
    all().find(|parameter| parameter.id == id)
}

/// The parameter of a key, or of the end of one where only one ends so: `k_sigma_err` is
/// `strategy.predicted_move.k_sigma_err`.
pub fn named(name: &str) -> Option<&'static Parameter> {
    all().find(|parameter| parameter.key == name).or_else(|| {
        let ends = |key: &str| {
            let before = key.strip_suffix(name);
            before.is_some_and(|before| before.ends_with('.'))
        };
        let mut found = all().filter(|parameter| !name.is_empty() && ends(parameter.key));
        let first = found.next();
        first.filter(|_| found.next().is_none())
    })
}

/// A parameter that two configurations do not share.
#[derive(Clone, Copy)]
pub struct Difference {
    /// Which.
    pub parameter: &'static Parameter,
    /// What it is in the first one; `None` where it does not exist there.
    pub from: Option<Value>,
    /// What it is in the second one.
    pub to: Option<Value>,
}

/// What two configurations do not share, in the order of [`all`].
pub fn differences(from: &RunConfig, to: &RunConfig) -> Vec<Difference> {
    all()
        .map(|parameter| Difference {
            parameter,
            from: parameter.get(from),
            to: parameter.get(to),
        })
        .filter(|difference| difference.from != difference.to)
        .collect()
}

/// What has to be set, in order, to make one configuration of another. A part of something that is chosen anew is stated unless it
/// is absent, with which such a part begins: so the list does not depend on the other things that a choice begins with, nor
/// grows when there is one more part that may be absent.
pub fn changes(from: &RunConfig, to: &RunConfig) -> Vec<(&'static Parameter, Value)> {
    let mut changed: Vec<(&'static Parameter, Value)> = Vec::new();
    for parameter in all() {
        let Some(value) = parameter.get(to) else {
            continue;
        };
        let chosen_anew = |under: Under| changed.iter().any(|(other, _)| other.id == under.id);
        let stated = match parameter.under.is_some_and(chosen_anew) {
            true => value != Value::Absent,
            false => parameter.get(from) != Some(value),
        };
        if stated {
            changed.push((parameter, value));
        }
    }
    changed
}

impl Parameter {
    /// What it is in a configuration; `None` where it does not exist there.
    pub fn get(&self, config: &RunConfig) -> Option<Value> {
        match self.kind {
            Kind::Number { place, .. } | Kind::Whole { place, .. } => {
                Some(match place(&mut config.clone())? {
                    Slot::Number(number) => Value::number(*number),
                    Slot::NumberOrNone(number) => number.map_or(Value::Absent, Value::number),
                    Slot::Whole(count) => Value::Whole(u64::from(*count)),
                    Slot::WholeOrNone(count) => {
                        count.map_or(Value::Absent, |count| Value::Whole(u64::from(count)))
                    }
                    Slot::Large(count) => Value::Whole(*count),
                })
            }
            Kind::Interval => Some(Value::Whole(u64::from(config.interval.seconds()))),
            Kind::Flag { get, .. } => get(config).map(Value::Flag),
            Kind::Choice { get, .. } => get(config).map(Value::Choice),
        }
    }

    /// Gives it a value. What it is a part of has to be chosen already: [`Parameter::choose`] does both.
    ///
    /// # Errors
    /// [`BadValue`] where the value is of another kind or out of bounds, or the configuration has no such parameter; the
    /// configuration is unchanged then. What contradicts another parameter is found by [`RunConfig::validate`].
    pub fn set(&self, config: &mut RunConfig, value: Value) -> Result<(), BadValue> {
        self.check(value)?;
        if self.get(config).is_none() {
            return Err(self.not_there());
        }
        match (&self.kind, value) {
            (Kind::Number { place, .. } | Kind::Whole { place, .. }, _) => {
                value.put(place(config).ok_or_else(|| self.not_there())?);
            }
            (Kind::Interval, Value::Whole(seconds)) => config.interval = value::interval(seconds),
            (Kind::Flag { get, set }, Value::Flag(on)) => {
                // switching on what is on would bring its parts back to their defaults
                if get(config) != Some(on) {
                    set(config, on);
                }
            }
            (Kind::Choice { get, choices }, Value::Choice(code)) => {
                let choice = choices.iter().find(|choice| choice.code == code);
                if let Some(choice) = choice.filter(|_| get(config) != Some(code)) {
                    (choice.put)(config);
                }
            }
            _ => return Err(self.wrong_kind()),
        }
        Ok(())
    }

    /// Gives it a value, after choosing what it is a part of.
    ///
    /// # Errors
    /// [`BadValue`] where the value is of another kind or out of bounds.
    pub fn choose(&self, config: &mut RunConfig, value: Value) -> Result<(), BadValue> {
        self.check(value)?;
        if let Some(under) = self.under
            && let Some(other) = by_id(under.id)
        {
            other.choose(config, under.value)?;
        }
        self.set(config, value)
    }

    /// Whether a configuration has it and a run depends on it.
    pub fn applies(&self, config: &RunConfig) -> bool {
        self.get(config).is_some() && (self.matters)(config)
    }

    /// What it is where nobody changed it: in the default configuration, with what it is a part of chosen there.
    pub fn default_value(&self) -> Option<Value> {
        let mut config = RunConfig::default();
        if let Some(under) = self.under {
            by_id(under.id)?.choose(&mut config, under.value).ok()?;
        }
        self.get(&config)
    }

    /// What can be chosen, where it is a choice.
    pub const fn choices(&self) -> &'static [Choice] {
        match self.kind {
            Kind::Choice { choices, .. } => choices,
            _ => &[],
        }
    }
}

/// Of parameters that matter wherever they exist.
const ALWAYS: fn(&RunConfig) -> bool = |_| true;

/// A parameter of its own: never absent, no part of a choice, always of effect.
const fn parameter(
    id: u16,
    group: Group,
    (key, label): (&'static str, &'static str),
    unit: Unit,
    kind: Kind,
    meaning: &'static str,
) -> Parameter {
    Parameter {
        id,
        key,
        label,
        unit,
        meaning,
        group,
        kind,
        when_on: None,
        under: None,
        matters: ALWAYS,
    }
}

impl Parameter {
    /// The same, which may be absent.
    const fn or_none(self, when_on: Value) -> Self {
        Self {
            when_on: Some(when_on),
            ..self
        }
    }

    /// The same as a part of a choice.
    const fn part_of(self, id: u16, value: Value) -> Self {
        Self {
            under: Some(Under { id, value }),
            ..self
        }
    }

    /// The same, which is of effect only so.
    const fn where_it_is(self, matters: fn(&RunConfig) -> bool) -> Self {
        Self { matters, ..self }
    }
}

const fn number(place: Place, bounds: [f64; 2], slider: [f64; 2], step: f64) -> Kind {
    let [low, high] = bounds;
    let [slider_low, slider_high] = slider;
    Kind::Number {
        range: Numbers {
            low,
            high,
            slider_low,
            slider_high,
            step,
        },
        place,
    }
}

const fn whole(place: Place, bounds: [u64; 2], slider: [u64; 2], step: u64) -> Kind {
    let [low, high] = bounds;
    let [slider_low, slider_high] = slider;
    Kind::Whole {
        range: Wholes {
            low,
            high,
            slider_low,
            slider_high,
            step,
        },
        place,
    }
}

const fn choice(
    code: u8,
    name: &'static str,
    label: &'static str,
    put: fn(&mut RunConfig),
) -> Choice {
    Choice {
        code,
        name,
        label,
        put,
    }
}

#[cfg(test)]
pub(crate) mod tests;
