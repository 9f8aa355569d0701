//! What is inside a link of version 1. Released links hold it: fields and variants are never changed, moved or taken away;
//! what does not fit becomes version 2 beside it.

use serde::{Deserialize, Serialize};

use super::defaults_v1::defaults;
use super::{BadLink, DataSetId, Fingerprint, Link, Seal, View, Window};
use crate::base::digest::Digest;
use crate::base::time::{Day, Timestamp};
use crate::research::parameters::{self, Value};

pub(super) const VERSION: u32 = 1;

/// The longest name of a data set, symbol or engine, in bytes.
const MAX_NAME: usize = 120;

#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    symbol: String,
    content: [u8; 8],
    /// By id, ascending.
    options: Vec<(u16, Set)>,
    /// Days since 1970-01-01.
    from: Option<i32>,
    to: Option<i32>,
    seal: Option<Sealed>,
    /// Microseconds since 1970-01-01.
    view: Option<(i64, i64)>,
}

#[derive(Serialize, Deserialize)]
enum Set {
    Absent,
    Number(f64),
    Whole(u64),
    Flag(bool),
    Choice(u8),
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    engine: String,
    bars: [u8; 8],
    finer: Option<[u8; 8]>,
    predictions: [u8; 8],
    signals: Option<[u8; 8]>,
    config: [u8; 8],
    result: [u8; 8],
    run: [u8; 32],
}

impl From<Value> for Set {
    fn from(value: Value) -> Self {
        match value {
            Value::Absent => Self::Absent,
            Value::Number(number) => Self::Number(number),
            Value::Whole(count) => Self::Whole(count),
            Value::Flag(on) => Self::Flag(on),
            Value::Choice(code) => Self::Choice(code),
        }
    }
}

impl From<Set> for Value {
    fn from(set: Set) -> Self {
        match set {
            Set::Absent => Self::Absent,
            Set::Number(number) => Self::Number(number),
            Set::Whole(count) => Self::Whole(count),
            Set::Flag(on) => Self::Flag(on),
            Set::Choice(code) => Self::Choice(code),
        }
    }
}

/// The bytes of a link.
pub(super) fn write(link: &Link) -> Result<Vec<u8>, BadLink> {
    link.config.validate()?;
    check(link)?;
    let mut options: Vec<(u16, Set)> = parameters::changes(&defaults(), &link.config)
        .into_iter()
        .map(|(parameter, value)| (parameter.id, value.into()))
        .collect();
    options.sort_by_key(|(id, _)| *id);
    let body = Body {
        name: link.data.name.clone(),
        symbol: link.data.symbol.clone(),
        content: link.data.content.0,
        options,
        from: link.window.from.map(|day| day.0),
        to: link.window.to.map(|day| day.0),
        seal: link.seal.as_ref().map(|seal| Sealed {
            engine: seal.engine.clone(),
            bars: seal.bars.0,
            finer: seal.finer.map(|finer| finer.0),
            predictions: seal.predictions.0,
            signals: seal.signals.map(|signals| signals.0),
            config: seal.config.0,
            result: seal.result.0,
            run: *seal.run.bytes(),
        }),
        view: link.view.map(|view| (view.from.0, view.to.0)),
    };
    postcard::to_allocvec(&body).map_err(|_| BadLink::Malformed("it cannot be written"))
}

/// The link of bytes.
pub(super) fn read(bytes: &[u8]) -> Result<Link, BadLink> {
    let (body, rest) = postcard::take_from_bytes::<Body>(bytes)
        .map_err(|_| BadLink::Malformed("its parts do not fit together"))?;
    if !rest.is_empty() {
        return Err(BadLink::Malformed("more follows behind its end"));
    }
    let mut config = defaults();
    set_all(&mut config, body.options)?;
    config.validate()?;
    let link = Link {
        data: DataSetId {
            name: body.name,
            symbol: body.symbol,
            content: Fingerprint(body.content),
        },
        config,
        window: Window {
            from: body.from.map(Day),
            to: body.to.map(Day),
        },
        seal: body.seal.map(|sealed| Seal {
            engine: sealed.engine,
            bars: Fingerprint(sealed.bars),
            finer: sealed.finer.map(Fingerprint),
            predictions: Fingerprint(sealed.predictions),
            signals: sealed.signals.map(Fingerprint),
            config: Fingerprint(sealed.config),
            result: Fingerprint(sealed.result),
            run: Digest::from_bytes(sealed.run),
        }),
        view: body.view.map(|(from, to)| View {
            from: Timestamp(from),
            to: Timestamp(to),
        }),
    };
    // equal links are equal texts: what states a default, or writes a number longer than it is, is none that was made here
    if write(&link)? != bytes {
        return Err(BadLink::Malformed("it is not written as links are"));
    }
    Ok(link)
}

/// Sets what a link states, what others are a part of first.
fn set_all(
    config: &mut crate::research::run_config::RunConfig,
    options: Vec<(u16, Set)>,
) -> Result<(), BadLink> {
    if !options.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(BadLink::Malformed("its options are not in order"));
    }
    if let Some((id, _)) = options
        .iter()
        .find(|(id, _)| parameters::by_id(*id).is_none())
    {
        return Err(BadLink::NewerOption { id: *id });
    }
    let mut options: Vec<(u16, Value)> = options
        .into_iter()
        .map(|(id, set)| (id, set.into()))
        .collect();
    for parameter in parameters::all() {
        if let Some(index) = options.iter().position(|(id, _)| *id == parameter.id) {
            let (_, value) = options.swap_remove(index);
            parameter.set(config, value)?;
        }
    }
    Ok(())
}

/// Checks what is beside the configuration.
fn check(link: &Link) -> Result<(), BadLink> {
    let is_name = |name: &str| {
        !name.is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control)
    };
    if !is_name(&link.data.name) || !is_name(&link.data.symbol) {
        return Err(BadLink::Malformed("the name of its data set is none"));
    }
    if link
        .seal
        .as_ref()
        .is_some_and(|seal| !is_name(&seal.engine))
    {
        return Err(BadLink::Malformed("the version of its engine is none"));
    }
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    let days = [link.window.from, link.window.to];
    let is_day = |day: Day| first.utc_day() <= day && day <= last.utc_day();
    let is_time = |at: Timestamp| first <= at && at <= last;
    if !days.into_iter().flatten().all(is_day)
        || !link
            .view
            .is_none_or(|view| is_time(view.from) && is_time(view.to))
    {
        return Err(BadLink::Malformed("its dates lie beyond all calendars"));
    }
    if link.window.is_empty() {
        return Err(BadLink::Malformed("its last session is before its first"));
    }
    if link.view.is_some_and(|view| view.to < view.from) {
        return Err(BadLink::Malformed("its view ends before it begins"));
    }
    Ok(())
}
