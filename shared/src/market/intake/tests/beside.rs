//! Files that hold no bars beside those that do.

use super::*;

/// What HistData puts beside the bars of a year.
fn report(gaps: usize) -> String {
    let mut text = "HistData.com (c) 2024\r\nEMAIL: support@histdata.com\r\n\r\nFile: DAT_ASCII_EURUSD_M1_2024.csv Status Report\r\n\r\n".to_owned();
    for gap in 0..gaps {
        text += &format!(
            "Gap of {}s found between 20240101170{:03} and 20240101173{:03}.\r\n",
            60 + gap,
            gap % 1_000,
            gap % 1_000
        );
    }
    text + "\r\nAverage Tick Interval: 2325.69 miliseconds\r\nMaximum Tick Interval: 2147s\r\n"
}

const README: &str = "Thank you for buying data from First Rate, Inc.\nDownloaded 2024-11-23 10:30:15.\n\nColumns: time, open, high, low, close, volume\nTimes are in US Eastern, from 09:30 to 16:00.\n1. Unzip it.\n2. Read it, e.g. by pandas 2.2 or 3.0\n\nCopyright (c) 2012-2024\n";

fn find(files: &[(&str, &str)]) -> Result<(Detection, Kept), String> {
    let files: Vec<(&str, &[u8])> = (files.iter())
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    read(&files, &Reading::detect(Calendar::Nyse))
}

#[test]
fn words_beside_bars_are_passed_over_by_name() {
    let bars = local(0..12, 570..960, 1);
    let (alone, kept) = find(&[("SPY.csv", &bars)]).unwrap();
    for (beside, text) in [
        ("SPY.txt", report(3)),
        // more than tells a layout
        ("SPY.txt", report(2_000)),
        ("readme.txt", README.to_owned()),
        (
            "LICENSE.txt",
            "Permission is hereby granted, free of charge\n\x0c\nVersion 2.0, January 2004\n"
                .to_owned(),
        ),
        (
            "notes.csv",
            "\u{feff}prices after 2024-01-02 are mine, the 4 before are not\n".to_owned(),
        ),
    ] {
        let (bars, beside) = (("SPY.csv", bars.as_str()), (beside, text.as_str()));
        for files in [
            &[bars, beside][..],
            &[beside, bars],
            &[beside, bars, beside],
        ] {
            let (found, read) = find(files).unwrap();
            assert_eq!(read, kept, "{}", beside.0);
            assert_eq!((found.file_count, &found.files), (1, &alone.files));
            let notes: Vec<&String> = (found.warnings.iter())
                .filter(|it| !alone.warnings.contains(it))
                .collect();
            let [note] = notes.as_slice() else {
                panic!("{notes:?}")
            };
            assert!(
                note.contains(beside.0) && note.contains("no bars"),
                "{note}"
            );
        }
    }
}

#[test]
fn what_may_hold_bars_is_never_passed_over() {
    let bars = local(0..3, 570..960, 1);
    let late = |row: &str| format!("{}\n{row}\n", "so many words\n".repeat(400));
    for text in [
        "date;o;h;l;c\n20240325;1,5;1,6;1,4;1,5\n".to_owned(),
        late("20240325 093000;1.1;1.2;1.0;1.1;0"),
        late("SPY 26-Mar-2024 1.1 1.2 1.0 1.1"),
        late("2024-03-26,null,null"),
        late("Mar-26-2024,1.10,1.12,1.08,1.11"),
        late("\"$1.10\" \"$1.20\" \"$1.00\" \"$1.10\" 3/26/2024"),
        "[{\"t\":1711359000,\"o\":1.1,\"h\":1.2,\"l\":1.0,\"c\":1.1}]\n".to_owned(),
        // ticks
        "1711359000,1.1\n1711359001,1.1\n".to_owned(),
        "so many words\n".repeat(1 << 20),
    ] {
        let said = find(&[("SPY.csv", &bars), ("other.txt", &text)]).unwrap_err();
        assert!(
            said.starts_with("other.txt has other columns") || said.contains("JSON"),
            "{said}"
        );
        assert!(find(&[("other.txt", &text), ("SPY.csv", &bars)]).is_err());
    }
}

#[test]
fn the_name_of_a_file_without_bars_is_no_symbol() {
    let bars = local(0..3, 570..960, 1);
    let ends = |(wanted, is_given): (&str, bool), name: &str, symbol: &str| {
        let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
        let mut scout = scout.with_symbol(wanted, is_given);
        let mut bars = bars.clone();
        if !symbol.is_empty() {
            bars = bars.replace("volume\n", "volume,ticker\n");
            bars = bars.replace(",5\n", &format!(",5,{symbol}\n"));
        }
        for (path, text) in [("ORDER.txt", "Thank you"), (name, bars.as_str())] {
            scout.open(path).unwrap();
            scout.push(text.as_bytes()).unwrap();
            scout.close().unwrap();
        }
        scout.finish().unwrap().detection().refusal.clone()
    };
    for name in ["SPY.csv", "bars.csv"] {
        let said = ends(("ORDER", false), name, "").unwrap();
        assert!(said.starts_with("only ORDER.txt says ORDER"), "{said}");
        assert_eq!(ends(("ORDER", true), name, ""), None);
        assert_eq!(ends(("SPY", false), name, ""), None);
    }
    assert_eq!(ends(("ORDER", false), "ORDER.csv", ""), None);
    assert_eq!(ends(("ORDER", false), "bars.csv", "ORDER"), None);
    assert!(ends(("ORDER", false), "bars.csv", "SPY").is_some());
}

#[test]
fn words_alone_are_refused() {
    let columns = "no column for";
    for files in [
        &[("readme.txt", README)][..],
        &[("readme.txt", README), ("more.txt", "words\n")],
    ] {
        let said = find(files).unwrap_err();
        assert!(said.starts_with(columns), "{said}");
    }
    let mut scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
    scout.open("words.txt").unwrap();
    scout.push(b"alpha;beta\ngamma;delta\n").unwrap();
    assert_eq!(scout.so_far(), None);
    scout.close().unwrap();
    let seen = scout.so_far().unwrap();
    assert_eq!((seen.columns.len(), seen.sample.len()), (2, 1));
    // names of columns alone are rows of none
    let said = find(&[("SPY.csv", "time,open,high,low,close\n")]).unwrap_err();
    assert!(said.contains("no rows"), "{said}");
}

#[test]
fn files_of_two_intervals_are_told_as_such() {
    let fine = local(0..12, 570..960, 1);
    for (name, coarse, interval) in [
        ("SPY_5min.csv", local(0..12, 570..960, 5), "5min"),
        (
            "SPY_1day.csv",
            local(0..360, 0..1, 1).replace(" 00:00:00", ""),
            "1day",
        ),
    ] {
        let set_aside = format!(" of {name} are ");
        for files in [
            [("SPY_1min.csv", &fine), (name, &coarse)],
            [(name, &coarse), ("SPY_1min.csv", &fine)],
        ] {
            let files = files.map(|(name, text)| (name, text.as_bytes()));
            let (found, _) = read(&files, &Reading::detect(Calendar::Nyse)).unwrap();
            let words = format!("{name} holds {interval} bars and SPY_1min.csv 1min bars: import");
            match &found.refusal {
                Some(refusal) => assert!(refusal.starts_with(&words), "{refusal}"),
                None => assert_eq!(found.counts.used, 3_900, "{name}"),
            }
            let given = Reading {
                zone: Some(Zone::EXCHANGE),
                ..Reading::detect(Calendar::Nyse)
            };
            let (found, _) = read(&files, &given).unwrap();
            assert_eq!((&found.refusal, found.counts.used), (&None, 3_900));
            let is_named = |it: &String| it.starts_with("lines 2 to") && it.contains(&set_aside);
            assert!(found.warnings.iter().any(is_named), "{:?}", found.warnings);
        }
    }
}
