//! Why the store cannot do something.

use std::io;
use std::path::{Path, PathBuf};

use atrium_shared::base::digest::NotFinite;
use atrium_shared::base::digits::brief;
use atrium_shared::base::time::Day;
use atrium_shared::market::actions::{
    ActionKind, BadAction, Beside, CorporateAction, Difference, Falls, PriceBasis,
};
use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::curate::MergeError;
use atrium_shared::market::instrument::BadDescription;

use super::whose::Whose;
use crate::temporary::{as_meant, plain};

/// Why prices do not fit those stored, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Clash {
    /// The prices differ, and nothing explains it; whose times may be wrong, where they are those of the bars beside them.
    #[error(
        "{}: {}; take the file's prices as they are (--accept) if they correct those stored, import prices on the basis of those stored, import the actions that explain it (`atrium factors import`), or have only these (--replace)",
        differing(.0), why(.0, .1.as_deref())
    )]
    Differs(Box<Difference>, Option<Box<Whose>>),
    /// The same file was stored before, with times that were read otherwise.
    #[error(
        "import {import} stored this same file with times that were read otherwise ({}), and its bars would stay beside these; if it was read wrongly then, have only these (--replace), which removes the bars of every other import as well, so import those files again after it; take these, too, with --accept",
        how.join(", ")
    )]
    ReadOtherwise {
        /// The number of that import.
        import: u32,
        /// What was chosen otherwise, then and now, in words.
        how: Vec<String>,
    },
    /// The bars are those stored, at other times.
    #[error(
        "read in this way {same_now} of {bars} bars near those stored have the prices stored at their time, but {same} do if {}: {}; take them at these times with --accept, or have only these (--replace)",
        whose.words(), whose.advice()
    )]
    Shifted {
        /// How many bars are those stored as they were read.
        same_now: u64,
        /// How many were compared.
        bars: u64,
        /// How many are if times are read otherwise.
        same: u64,
        /// Whose times.
        whose: Box<Whose>,
    },
    /// An older version read the stored bars, and would do so otherwise today.
    #[error(
        "the bars that are stored were read by an older version of Atrium, and stand where bars of the market do not: {0}; import the first of their files again in place of what is stored (--replace), which removes the bars of all imports, the others after it in their order, with the time zone and the side where these are assumed, then this one, or take these beside them with --accept if they are right"
    )]
    Misplaced(String),
    /// The prices differ by a constant ratio, but that is no split that came after the stored bars.
    #[error(
        "the prices differ from those stored by a constant ratio of {} (common bars: {bars}): they are adjusted for other splits, and nothing tells on which day (these end no later than the stored ones, an action after the stored bars is known, the stated --basis says otherwise, or the prices after the stored ones are not the split's); state --basis, import the actions (`atrium factors import`), have only these (--replace), or take the file's prices as they are (--accept)",
        brief(*.ratio)
    )]
    Ratio {
        /// How many bars both have.
        bars: u64,
        /// New price an old price.
        ratio: f64,
    },
    /// Known actions lie among the bars received, and no common bar tells whether they are adjusted for them.
    #[error(
        "it has corporate actions that lie after the first of these bars, and no bar that both have tells whether these are adjusted for them; state it: --basis raw, splits or splits_and_dividends"
    )]
    Unclear,
    /// The stored prices are adjusted, these do not say, and nothing tells.
    #[error(
        "the stored prices are {stored}, nothing is stated of these, and no bar that both have tells; state --basis, or use --replace to have only these"
    )]
    Unstated {
        /// What was stated of the stored prices.
        stored: PriceBasis,
    },
    /// Both bases were stated, and are not the same.
    #[error(
        "the stored prices are stated as {stored}, these as {new}, and no known action leads from one to the other: they are not merged; state the same --basis if that was wrong, import the actions first (`atrium factors import`), or use --replace to have only these"
    )]
    Stated {
        /// What was stated of the stored prices.
        stored: PriceBasis,
        /// What is stated of these.
        new: PriceBasis,
    },
    /// Prices that are to be adjusted for a split, or for a large dividend, do not jump at it.
    #[error(
        "its prices do not jump at the {action} (the median close is {} before and {} after): {}",
        brief(*.close), brief(*.next), no_jump(action, found.as_ref(), *.asked)
    )]
    NoJump {
        /// The split or the dividend.
        action: CorporateAction,
        /// The median close before it.
        close: f64,
        /// The median close after it.
        next: f64,
        /// Whether it may be adjusted for all the same.
        asked: bool,
        /// The split that was found about its day, and the last day that it may have been.
        found: Option<(CorporateAction, Day)>,
    },
    /// Prices do not fall on the days of dividends as these would have it.
    #[error(
        "its prices {} together on the days of {} dividends that take off {} %, the first the {first}: {}",
        moved(falls.seen), falls.dividends, percent(falls.expected), amounts(*asked)
    )]
    Amounts {
        /// The first of the dividends.
        first: CorporateAction,
        /// By how much they fall, and by how much they are to.
        falls: Falls,
        /// Whether it may be adjusted for them all the same.
        asked: bool,
    },
    /// Prices that are to be taken as they are show that a split was found too early.
    #[error(
        "the {0} was found where newer bars overlapped older ones, which tells its day no better, and with these prices it was on a later one; import it on its true day first (`atrium factors import`), which brings the bars in between to the basis before it, and these bars after that"
    )]
    FoundElsewhere(CorporateAction),
}

/// How many bars differ in price, and by how much; no figures where none does by more than rounding.
fn differing(difference: &Difference) -> String {
    let Difference {
        bars,
        unlike,
        ratios: (least, greatest),
        first: (at, stored, received),
        ..
    } = difference;
    if *unlike == 0 {
        return format!(
            "the {bars} bars that both have differ from those stored by no more than rounding, but not all are bars of the same time and length"
        );
    }
    format!(
        "{unlike} of the {bars} bars that both have differ in price from those stored ({}; received to stored {least:.6} to {greatest:.6}; the first at {at}: close {} stored, {} received)",
        columns(difference),
        brief(*stored),
        brief(*received)
    )
}

/// How many bars differ in which column.
fn columns(difference: &Difference) -> String {
    let names = ["open", "high", "low", "close"];
    let differing = names.iter().zip(difference.columns);
    let differing = differing.filter(|(_, count)| *count > 0);
    let said: Vec<String> = differing
        .map(|(name, count)| format!("{name} in {count}"))
        .collect();
    said.join(", ")
}

/// What to do where prices do not jump at a split.
fn no_jump(
    action: &CorporateAction,
    found: Option<&(CorporateAction, Day)>,
    asked: bool,
) -> String {
    if let Some((found, latest)) = found {
        return format!(
            "they would be adjusted twice, as the {found} was found here, which may have been on any day from then to {latest}; give all splits of that time in one file, whose ratios make that one together, or that one alone on its day, and it takes its place"
        );
    }
    let otherwise = otherwise(asked);
    if let ActionKind::Dividend { .. } = action.kind {
        return format!(
            "its value is an amount, where what prices before it are multiplied by is wanted (1 - amount / last close before it), or it was on another day: import all splits and dividends of the symbol again, with the right value (`atrium factors import` with --replace); or they are adjusted for it already: import the bars with --basis splits_and_dividends; or, if it is right, {otherwise}"
        );
    }
    format!(
        "they are adjusted for it already, and would be adjusted twice, or it was on another day; import the bars with --basis splits or splits_and_dividends (and --replace, if they are stored already), or {otherwise}"
    )
}

/// By how many per cent prices fall, of a logarithm.
fn percent(fall: f64) -> f64 {
    let percent = 100.0 * (1.0 - (-fall).exp());
    (percent * 10.0).round() / 10.0
}

/// How prices go on over a fall, a logarithm.
fn moved(fall: f64) -> String {
    match percent(fall) {
        rise if rise < 0.0 => format!("rise by {} %", -rise),
        fall => format!("fall by {fall} %"),
    }
}

/// What to do about dividends that prices do not fall by.
fn amounts(asked: bool) -> String {
    format!(
        "their values are amounts, where what prices before them are multiplied by is wanted (1 - amount / last close before it), or they were on other days: import all splits and dividends of the symbol again, with the right values (`atrium factors import` with --replace); or prices are adjusted for them already: import the bars with --basis splits_and_dividends; or, if they are right, {}",
        otherwise(asked)
    )
}

/// What to do where prices are as they should be all the same.
const fn otherwise(asked: bool) -> &'static str {
    match asked {
        true => "use --accept to adjust them all the same",
        false => "import the bars with --basis raw, if they are that",
    }
}

/// A constant ratio that is below 1 by less than this is rather a dividend's than a split's.
const SMALL: f64 = 0.1;

/// What a difference may be.
fn why(difference: &Difference, whose: Option<&Whose>) -> String {
    if let Some(at) = difference.sum {
        return format!(
            "the one at {at} is the sum of several of those stored, so it is of a longer interval: import bars of that by themselves, with their interval (--interval)"
        );
    }
    if let Some(beside) = difference.beside {
        let by = match beside {
            Beside::Before => "later",
            Beside::After => "earlier",
        };
        let if_so = whose.map(|it| {
            format!(
                ", as where {}: {}, or have a look at both files",
                it.words(),
                it.advice()
            )
        });
        let if_so = if_so.unwrap_or_else(|| ": have a look at both files".to_owned());
        return format!("they are those stored, each one bar {by}{if_so}");
    }
    let prices = match difference.unlike == difference.bars {
        true => "all prices",
        false => "the prices of nearly all of them, or of all up to some time,",
    };
    match difference.shared {
        Some(ratio) if (1.0 - SMALL..1.0).contains(&ratio) => format!(
            "{prices} by one ratio, {ratio:.6}, as where the file is adjusted for a dividend of {} % of the price that is not known here: import it (`atrium factors import`) as a file of the line DATE,dividend,{}, where DATE is the first day without it, such as 2024-03-15, and then this file again",
            brief((10_000.0 * (1.0 - ratio)).round() / 100.0),
            brief((ratio * 1e6).round() / 1e6),
        ),
        Some(ratio) => format!(
            "{prices} by one ratio, {ratio:.6}, as after a split or a dividend that is not known here"
        ),
        None => {
            "these correct those stored, are adjusted for other splits or dividends, or come from another source"
                .to_owned()
        }
    }
}

impl Clash {
    /// Whether this is a question that is answered by taking the prices as they are.
    pub const fn may_accept(&self) -> bool {
        matches!(
            self,
            Self::Differs(..)
                | Self::Shifted { .. }
                | Self::Misplaced(_)
                | Self::ReadOtherwise { .. }
                | Self::Ratio { .. }
                | Self::NoJump { asked: true, .. }
                | Self::Amounts { asked: true, .. }
        )
    }
}

/// Something in the store cannot be used, or cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No symbol.
    #[error(
        "{0:?} is no symbol: use letters, digits, '.', '_' and '-', at most 32 of them, starting with a letter or a digit"
    )]
    Symbol(String),
    /// No name of a data set.
    #[error("{0:?} is no name of a data set: names are a symbol and an interval, such as SPY-1min")]
    Name(String),
    /// There is no such data set.
    #[error("there is no data set {name}: {}", known_sets(known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A symbol has several data sets.
    #[error("{symbol} has several data sets: name one of {}", names.join(", "))]
    Ambiguous {
        /// The symbol.
        symbol: String,
        /// Its data sets.
        names: Vec<String>,
    },
    /// What is stored cannot be what was stored.
    #[error(
        "the data set {name} is damaged: {reason}; store it again (`atrium import` with --replace, or `atrium demo` for the demo), or remove the folder {}",
        folder.display()
    )]
    Damaged {
        /// The data set.
        name: String,
        /// Its folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A different data set of that name exists.
    #[error(
        "the data set {name} exists with other content ({stored} bars, digest {stored_digest}; the new ones are {new} bars, digest {new_digest}): nothing was changed; add --replace to replace it"
    )]
    Exists {
        /// The data set.
        name: String,
        /// How many bars are stored.
        stored: u64,
        /// The digest of the stored bars, shortened.
        stored_digest: String,
        /// How many bars were to be stored.
        new: u64,
        /// Their digest, shortened.
        new_digest: String,
    },
    /// Another program stored a data set of that name in the meantime.
    #[error(
        "{0} was changed by another program in the meantime: nothing was stored; look at it, and run this again"
    )]
    Meanwhile(String),
    /// Another program is writing a data set of that name.
    #[error(
        "{0} is being written by another program or another import: nothing was changed; wait until that is done, and run this again"
    )]
    Busy(String),
    /// Whoever wanted to know what storing would do waits no more.
    #[error("given up: nothing was stored")]
    GivenUp,
    /// Simulated and recorded bars do not mix.
    #[error(
        "the data set {name} holds {} bars, and these are {}: they are not merged; use another symbol, or --replace",
        kind(*stored_simulated), kind(!stored_simulated)
    )]
    Mixed {
        /// The data set.
        name: String,
        /// Whether the stored bars are simulated.
        stored_simulated: bool,
    },
    /// The stored bars are of another market.
    #[error(
        "the data set {name} is stored with the {stored} calendar, and these bars were read with the {new} calendar: nothing was changed; use that calendar, change the instrument (`atrium instrument set`), or use --replace"
    )]
    OtherCalendar {
        /// The data set.
        name: String,
        /// The stored calendar.
        stored: &'static str,
        /// The calendar of the new bars.
        new: &'static str,
    },
    /// The prices are on another basis, or none that can be told.
    #[error("{name}: {clash}; nothing was changed")]
    OtherBasis {
        /// The data set.
        name: String,
        /// What does not fit.
        clash: Clash,
    },
    /// The symbol is stored already, with other capital letters.
    #[error(
        "{symbol} is stored already as {stored}: where a file system ignores the case of letters both would be one folder; write it as {stored}; nothing was changed"
    )]
    OtherCase {
        /// The symbol asked for.
        symbol: String,
        /// The symbol stored.
        stored: String,
    },
    /// Daily bars are not one a session.
    #[error(
        "{name} holds two bars of {sessions} session{} (the first {first}), as a former version stored bars that were stamped in two ways: nothing can be run on it; import newer bars of it, after which the later stamped one of each two is left and their number is said, or store it anew from one file (`atrium import` with --replace)",
        if *.sessions == 1 { "" } else { "s" }
    )]
    TwoOfASession {
        /// The data set.
        name: String,
        /// How many sessions have more than one.
        sessions: u64,
        /// The first of them.
        first: Day,
    },
    /// The closures of a data set cannot be used.
    #[error(
        "the closures of {name} cannot be used: {reason}; give others (--closures FILE) or take them away (--no-closures) with `atrium instrument set` or `atrium import`"
    )]
    Closures {
        /// The data set.
        name: String,
        /// What is wrong with them.
        reason: String,
    },
    /// There is nothing to store.
    #[error("there are no bars to store")]
    Empty,
    /// The file system refused.
    #[error("{} {what}: {source}{}", path.display(), advice(source))]
    Io {
        /// What could not be done: "cannot be written".
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Bars could not be written.
    #[error("{} cannot be written: {reason}; what was stored is as it was", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Bars are no series, or lie outside the calendar.
    #[error(transparent)]
    Series(#[from] BadSeries),
    /// Bars cannot be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Corporate actions contradict each other.
    #[error(transparent)]
    Action(#[from] BadAction),
    /// The instrument's numbers make no sense.
    #[error(transparent)]
    Instrument(#[from] atrium_shared::base::units::OutOfBounds),
    /// The instrument's description makes no sense.
    #[error(transparent)]
    Description(#[from] BadDescription),
    /// A number is not finite.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

impl StoreError {
    /// Whether this is a question about prices, which an import answers by taking them as they are.
    pub const fn may_accept(&self) -> bool {
        matches!(self, Self::OtherBasis { clash, .. } if clash.may_accept())
    }
}

fn kind(simulated: bool) -> &'static str {
    if simulated { "simulated" } else { "recorded" }
}

fn known_sets(known: &[String]) -> String {
    if known.is_empty() {
        "nothing is stored yet; run `atrium import` on a file of bars, or `atrium demo` for simulated ones"
            .to_owned()
    } else {
        format!("stored are {}", known.join(", "))
    }
}

/// What a user can do about a refusal of the file system.
fn advice(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
            "; make room on the disk, or use another folder (--base-dir), and run this again: what was stored is as it was"
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "; allow writing to it, or use another folder (--base-dir): what was stored is as it was"
        }
        _ => "",
    }
}

/// An error of the file system at a path.
pub(super) fn cannot(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = as_meant(path);
    move |source| StoreError::Io {
        what,
        path,
        source: plain(source),
    }
}

/// A file that cannot be written.
pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    cannot("cannot be written", path)
}
