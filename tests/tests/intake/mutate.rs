//! Files to begin with, and what is done to them.

use proptest::prelude::*;

macro_rules! corpus {
    ($($path:literal => $file:literal),+ $(,)?) => {
        /// Small files, one of each kind, under paths that tell what they tell.
        pub(crate) const CORPUS: &[(&str, &[u8])] = &[$(($path, include_bytes!(concat!("corpus/", $file)))),+];
    };
}

corpus! {
    "iso.csv" => "iso.csv",
    "zoneless.csv" => "zoneless.csv",
    "two_forms.csv" => "two_forms.csv",
    "epoch.csv" => "epoch.csv",
    "european.csv" => "european.csv",
    "metatrader.csv" => "metatrader.csv",
    "unicode.txt" => "unicode.txt",
    "no_header.txt" => "no_header.txt",
    "newest_first.csv" => "newest_first.csv",
    "adjusted.csv" => "adjusted.csv",
    "hours_after_days.csv" => "hours_after_days.csv",
    "clock_set_back.csv" => "clock_set_back.csv",
    "quoted.csv" => "quoted.csv",
    "named_month.csv" => "named_month.csv",
    "equity/usa/minute/aapl/20140609_trade.zip" => "20140609_trade.zip",
    "forex/oanda/minute/eurusd/20140609_quote.zip" => "20140609_quote.zip",
    "equity/usa/daily/aapl.zip" => "aapl.zip",
    "several.zip" => "several.zip",
    "iso.csv.gz" => "iso.csv.gz",
}

/// Texts that break readers.
const TOKENS: [&[u8]; 30] = [
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"NaN",
    b"inf",
    b"1e400",
    b"-0",
    b"-1",
    b"9999999999999999999999",
    b"0.1e-320",
    b"2024-03-10 02:30:00",
    b"2024-11-03 01:30:00",
    b"1/13/2024",
    b"24:00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"PAR1",
    b"sep=,\n",
    b"#",
    b" ",
    b"\xc3\x28",
];

/// A change of bytes; places are shares of the length.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    Flip(f64, u8),
    Insert(f64, usize),
    Delete(f64, usize),
    Repeat(f64, usize, u8),
    Move(f64, f64, usize),
    Cut(f64),
    /// Of another file of the corpus from there on.
    Graft(f64, usize),
    /// Lines in reverse.
    Reverse,
}

pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let place = 0.0..1.0f64;
    let one = prop_oneof![
        6 => (place.clone(), 1..=255u8).prop_map(|(at, by)| Mutation::Flip(at, by)),
        8 => (place.clone(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::Insert(at, token)),
        4 => (place.clone(), 1..80usize).prop_map(|(at, length)| Mutation::Delete(at, length)),
        3 => (place.clone(), 1..300usize, 1..6u8).prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        3 => (place.clone(), place.clone(), 1..120usize).prop_map(|(from, to, length)| Mutation::Move(from, to, length)),
        1 => place.clone().prop_map(Mutation::Cut),
        1 => (place, 0..CORPUS.len()).prop_map(|(at, other)| Mutation::Graft(at, other)),
        1 => Just(Mutation::Reverse),
    ];
    prop::collection::vec(one, 0..6)
}

/// A file, changed.
pub(crate) fn mutated(original: &[u8], changes: &[Mutation]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for change in changes {
        apply(&mut bytes, change);
    }
    bytes
}

fn apply(bytes: &mut Vec<u8>, change: &Mutation) {
    let length = bytes.len();
    let place = |share: f64| (share * length as f64) as usize;
    let span = |share: f64, count: usize| place(share)..(place(share) + count).min(length);
    match *change {
        Mutation::Flip(at, by) => {
            if let Some(byte) = bytes.get_mut(place(at)) {
                *byte ^= by;
            }
        }
        Mutation::Insert(at, token) => {
            let at = place(at);
            bytes.splice(at..at, TOKENS[token].iter().copied());
        }
        Mutation::Delete(at, count) => {
            bytes.drain(span(at, count));
        }
        Mutation::Repeat(at, count, times) => {
            let part = bytes[span(at, count)].repeat(usize::from(times));
            bytes.splice(place(at)..place(at), part);
        }
        Mutation::Move(from, to, count) => {
            let part: Vec<u8> = bytes.drain(span(from, count)).collect();
            let to = place(to).min(bytes.len());
            bytes.splice(to..to, part);
        }
        Mutation::Cut(at) => bytes.truncate(place(at)),
        Mutation::Graft(at, other) => {
            let other = CORPUS[other].1;
            let from = (at * other.len() as f64) as usize;
            bytes.truncate(place(at));
            bytes.extend(&other[from..]);
        }
        Mutation::Reverse => {
            let lines: Vec<Vec<u8>> = bytes
                .split(|&byte| byte == b'\n')
                .rev()
                .map(<[u8]>::to_vec)
                .collect();
            *bytes = lines.join(&b'\n');
        }
    }
}
