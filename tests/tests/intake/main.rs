//! Files as nobody should write them: whatever the bytes, reading ends in rows or in a sentence, says the same however the
//! bytes were cut into chunks, and reads again what was found as it was found.
//!
//! The corpus in `corpus/` is mutated. The usual number of cases is small;
//! `ATRIUM_PROPTEST_CASES=30000 cargo test --profile lab -p atrium-tests --test intake` is the long run.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod mutate;
mod texts;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::check_bar;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::intake::{
    Certainty, DateOrder, Decimal, Detection, Feed, IntakeError, Kept, Labels, LeanPath, Limits,
    Reader, Reading, Rejected, RowSink, Rows, Scout, SinkError, TimeZoneChoice, Zone, parse_time,
    read_all, time_from_epoch,
};
use mutate::{CORPUS, Mutation, mutated, mutations};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Cases where the environment does not say.
const CASES: u32 = 384;

fn for_all<S: Strategy>(cases_of: S, property: impl Fn(S::Value) -> TestCaseResult) {
    let cases = std::env::var("ATRIUM_PROPTEST_CASES");
    let cases = cases.ok().and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    if let Err(error) = runner.run(&cases_of, property) {
        panic!("{error}");
    }
}

/// What may be said beforehand about a file.
fn readings() -> impl Strategy<Value = Reading> {
    let calendars = prop::sample::select(Calendar::ALL.to_vec());
    let zones = prop::sample::select(vec![
        Zone::UTC,
        Zone::EXCHANGE,
        Zone::UTC.shifted(19_800),
        Zone::unchecked("America/New_York+7h"),
        Zone::unchecked("Europe/Berlin"),
    ]);
    let maybe = |of| prop::option::weighted(0.1, of);
    (
        calendars,
        maybe(zones.boxed()),
        prop::option::weighted(0.1, prop::sample::select(vec![Labels::Start, Labels::End])),
        prop::option::weighted(
            0.1,
            prop::sample::select(vec![
                BarInterval::minutes(1),
                BarInterval::minutes(60),
                BarInterval::Day,
            ]),
        ),
        prop::option::weighted(
            0.1,
            prop::sample::select(vec![Decimal::Point, Decimal::Comma, Decimal::Billionths]),
        ),
        prop::option::weighted(
            0.1,
            prop::sample::select(vec![DateOrder::Month, DateOrder::Day]),
        ),
        prop::option::weighted(0.05, any::<bool>()),
        prop::option::weighted(0.05, prop::sample::select(vec![',', ';', '\t', '|', ' '])),
    )
        .prop_map(
            |(calendar, zone, labels, interval, decimal, date_order, header, delimiter)| Reading {
                zone,
                labels,
                interval,
                decimal,
                date_order,
                clock: None,
                header,
                delimiter,
                ..Reading::detect(calendar)
            },
        )
}

/// A mutated file of the corpus, and how it is read.
fn files() -> impl Strategy<Value = (usize, Vec<Mutation>, Reading)> {
    (0..CORPUS.len(), mutations(), readings())
}

const LIMITS: Limits = Limits {
    bytes: 1 << 24,
    ratio: 250,
    files: 50,
};

fn whole(path: &str, bytes: &[u8], reading: &Reading) -> Result<(Detection, Kept), IntakeError> {
    read_all(&[(path, bytes)], reading, LIMITS, Kept::default())
}

/// Reads in chunks of these sizes, over and over.
fn in_chunks(
    path: &str,
    bytes: &[u8],
    reading: &Reading,
    sizes: &[usize],
) -> Result<(Detection, Kept), IntakeError> {
    let feed = |to: &mut dyn FnMut(&[u8]) -> Result<(), IntakeError>| {
        let mut rest = bytes;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at((*size).clamp(1, rest.len()));
            to(chunk)?;
            rest = after;
        }
        Ok::<(), IntakeError>(())
    };
    let mut scout = Scout::new(reading.clone(), LIMITS);
    scout.open(path)?;
    feed(&mut |chunk| scout.push(chunk))?;
    scout.close()?;
    let mut reader = Reader::new(&scout.finish()?, Kept::default())?;
    reader.open(path)?;
    feed(&mut |chunk| reader.push(chunk))?;
    reader.close()?;
    reader.finish()
}

/// Numbers and texts of an outcome, which differ where anything differs.
fn told(outcome: &Result<(Detection, Kept), IntakeError>) -> String {
    match outcome {
        Ok(read) => format!("{read:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn whatever_the_bytes_rows_are_bars_and_every_row_is_counted() {
    for_all(files(), |(seed, changes, reading)| {
        let (path, original) = CORPUS[seed];
        let bytes = mutated(original, &changes);
        match whole(path, &bytes, &reading) {
            Err(error) => {
                let said = error.to_string();
                prop_assert!(!said.is_empty() && said.len() < 4_000, "{said}");
            }
            Ok((found, kept)) => {
                let bars = &kept.rows.bars;
                let counts = &found.counts;
                prop_assert_eq!(counts.used, bars.start.len() as u64);
                prop_assert_eq!(counts.rejected, kept.rejected.len() as u64);
                prop_assert_eq!(counts.rows, counts.used + counts.rejected);
                prop_assert_eq!(kept.rows.line.len(), bars.start.len());
                prop_assert!(
                    kept.rows.spread.is_empty() || kept.rows.spread.len() == bars.start.len()
                );
                for (index, &start) in bars.start.iter().enumerate() {
                    let prices = [
                        bars.open[index],
                        bars.high[index],
                        bars.low[index],
                        bars.close[index],
                    ];
                    let checked = check_bar(start, prices, bars.volume[index]);
                    prop_assert!(checked.is_ok(), "{checked:?}");
                }
                prop_assert_eq!(counts.first, bars.start.iter().min().copied());
                prop_assert_eq!(counts.last, bars.start.iter().max().copied());
                let reasons: u64 = found.reasons.iter().map(|reason| reason.rows).sum();
                prop_assert_eq!(reasons, counts.rejected);
                let hours = found.hours;
                prop_assert_eq!(hours.regular + hours.extended + hours.closed, counts.used);
                for rejected in &kept.rejected {
                    let Rejected { reason, text, .. } = rejected;
                    prop_assert!(
                        !reason.is_empty() && reason.len() < 1_000 && text.chars().count() <= 200
                    );
                }
                prop_assert!(found.sample.len() <= 3 + 15 + 1);
                let too_few = counts.used == 0 || counts.rejected > counts.used;
                prop_assert!(found.refusal.is_some() || !too_few);
            }
        }
        Ok(())
    });
}

#[test]
fn however_the_bytes_are_cut_the_outcome_is_the_same() {
    let cases = (
        files(),
        prop::collection::vec(prop_oneof![1..4usize, 1..200usize, 200..5_000usize], 1..6),
    );
    for_all(cases, |((seed, changes, reading), sizes)| {
        let (path, original) = CORPUS[seed];
        let bytes = mutated(original, &changes);
        let one = told(&whole(path, &bytes, &reading));
        prop_assert_eq!(told(&in_chunks(path, &bytes, &reading, &sizes)), one);
        Ok(())
    });
}

#[test]
fn what_a_spreadsheet_saves_as_unicode_is_read_as_its_text() {
    let of = |path: &str| {
        CORPUS
            .iter()
            .find(|(of, _)| *of == path)
            .map_or(&[][..], |file| file.1)
    };
    let read = |bytes: &[u8]| {
        let (found, kept) =
            whole("metatrader.csv", bytes, &Reading::detect(Calendar::Nyse)).unwrap();
        (found.reading, found.counts, kept.rows)
    };
    let by_bytes = read(of("metatrader.csv"));
    assert!(by_bytes.1.used > 10);
    assert_eq!(read(of("unicode.txt")), by_bytes);
}

#[test]
fn what_was_found_reads_the_same_rows_again() {
    for_all(files(), |(seed, changes, reading)| {
        let (path, original) = CORPUS[seed];
        let bytes = mutated(original, &changes);
        let Ok((found, kept)) = whole(path, &bytes, &reading) else {
            return Ok(());
        };
        // what is shown is what is stored
        let shown = whole(path, &bytes, &reading)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&shown.0, &found);
        // what was detected, given as a user would give it
        let again = whole(path, &bytes, &found.reading);
        let (given, same) = again
            .map_err(|error| TestCaseError::fail(format!("{error} with {:?}", found.reading)))?;
        prop_assert_eq!(&same.rows, &kept.rows);
        prop_assert_eq!(&same.rejected, &kept.rejected);
        prop_assert_eq!(&given.reading, &found.reading);
        prop_assert!(
            given
                .zone
                .is_none_or(|zone| zone.certainty == Certainty::Given)
        );
        Ok(())
    });
}

#[test]
fn an_order_of_dates_that_reads_none_is_kept() {
    let text = "time,open,high,low,close\n\
        03/18/2024 09:30,1,1,1,1\n\
        2024-03-19T09:30:00Z,1,1,1,1\n\
        2024-03-19T09:31:00Z,1,1,1,1\n\
        2024-03-19T09:32:00Z,1,1,1,1\n";
    let mut reading = Reading {
        date_order: Some(DateOrder::Day),
        ..Reading::detect(Calendar::Crypto)
    };
    for _ in 0..2 {
        let (found, kept) =
            whole("mixed.csv", text.as_bytes(), &reading).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(kept.rows.line, [3, 4, 5]);
        assert_eq!(kept.rejected.len(), 1);
        assert_eq!(found.reading.date_order, Some(DateOrder::Day));
        reading = found.reading;
    }
}

#[test]
fn noise_is_refused_or_read_but_never_panics() {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        "[0-9.,;:\\-TZ eE\n\r\"/]{0,600}".prop_map(String::into_bytes),
        "\\PC{0,300}".prop_map(String::into_bytes),
    ];
    for_all(
        (bytes, readings(), "[a-z0-9_/.]{0,40}"),
        |(bytes, reading, path)| {
            let _ = whole(&path, &bytes, &reading);
            let _ = LeanPath::of(&path);
            Ok(())
        },
    );
}

#[test]
fn no_text_of_a_time_or_of_a_zone_panics() {
    let texts = prop_oneof![
        "[0-9]{1,20}",
        "[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}[ T]?[0-9:.]{0,16}(Z|[+-][0-9:]{0,6}|\\[[A-Za-z/_]{0,20}\\])?",
        "[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{1,4}( [0-9:]{0,8} ?[AaPp]?[Mm]?)?",
        "\\PC{0,40}",
    ];
    let zones = "(utc|exchange|[A-Za-z/_]{1,20})([+-][0-9:.h]{0,8})?|\\PC{0,20}";
    for_all((texts, zones, any::<i64>()), |(text, zone, count)| {
        for choice in [
            TimeZoneChoice::Utc,
            TimeZoneChoice::Exchange(Calendar::Nyse),
        ] {
            if let Ok(at) = parse_time(&text, choice) {
                prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&at), "{text}");
            }
        }
        let _ = time_from_epoch(count);
        if let Ok(read) = zone.parse::<Zone>() {
            prop_assert_eq!(read.to_string().parse::<Zone>(), Ok(read));
        }
        Ok(())
    });
}

/// Rows that are taken and forgotten.
struct Forgotten(u64);

impl RowSink for Forgotten {
    fn rows(&mut self, rows: Rows) -> Result<(), SinkError> {
        self.0 += rows.len() as u64;
        Ok(())
    }

    fn rejected(&mut self, _: Rejected) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The most memory that this process ever held, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("{status}"))
}

/// Runs a test in a process of its own, where others take no memory beside it; whether this is that process.
#[cfg(target_os = "linux")]
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "ATRIUM_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let mut command = std::process::Command::new(program);
    let run = command
        .args([test, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output();
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// One row in three cannot be used, which is where something could be kept of each.
#[cfg(target_os = "linux")]
#[test]
fn a_long_file_takes_no_more_memory_than_a_short_one() {
    if !is_alone("a_long_file_takes_no_more_memory_than_a_short_one") {
        return;
    }
    let rows = 3_000_000_u64;
    let feed = |to: &mut dyn FnMut(&[u8]) -> Result<(), IntakeError>| {
        to(b"time,open,high,low,close,volume\n")?;
        let mut chunk = Vec::new();
        for row in 0..rows {
            let close = if row % 3 == 0 { "NaN" } else { "100.5" };
            let at = 1_577_836_800 + 60 * row;
            chunk.extend(format!("{at},100,101,99,{close},{row}\n").into_bytes());
            if chunk.len() > 1 << 16 {
                to(&chunk)?;
                chunk.clear();
            }
        }
        to(&chunk)
    };
    let run = || {
        let mut scout = Scout::new(Reading::detect(Calendar::Crypto), Limits::default());
        scout.open("long.csv")?;
        feed(&mut |chunk| scout.push(chunk))?;
        scout.close()?;
        let mut reader = Reader::new(&scout.finish()?, Forgotten(0))?;
        reader.open("long.csv")?;
        feed(&mut |chunk| reader.push(chunk))?;
        reader.close()?;
        reader.finish()
    };
    let before = peak();
    let read = run();
    let grown = peak() - before;
    let (found, taken) = read.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((found.counts.rows, taken.0), (rows, rows / 3 * 2));
    assert!(grown < 48 * 1_024, "{grown} KiB for {rows} rows");
}
