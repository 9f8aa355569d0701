//! Tests of names over several lines, of symbols that only the file names, and of rows that are none of the bars around them.

use super::*;

fn habit(interval: BarInterval, text: &str) -> Habit {
    let (found, _) = nyse(text);
    let reading = Reading {
        interval: Some(interval),
        ..found.reading.clone()
    };
    Habit::of(&reading, Some(&found)).unwrap()
}

fn with_habits(
    calendar: Calendar,
    text: &str,
    habits: Vec<Habit>,
    symbol: Option<&str>,
) -> (Detection, Kept) {
    let mut scout = Scout::new(Reading::detect(calendar), Limits::default()).with_habits(habits);
    if let Some(symbol) = symbol {
        scout = scout.with_symbol(symbol, false);
    }
    scout.open("data.csv").unwrap();
    scout.push(text.as_bytes()).unwrap();
    scout.close().unwrap();
    let plan = scout.finish().unwrap_or_else(|bad| panic!("{bad}"));
    let mut reader = Reader::new(&plan, Kept::default()).unwrap();
    reader.open("data.csv").unwrap();
    reader.push(text.as_bytes()).unwrap();
    reader.close().unwrap();
    reader.finish().unwrap()
}

const HEAD: &str = "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\n";

#[test]
fn names_over_three_lines_are_names_however_few_rows_follow() {
    let row = |day: u32| format!("2024-03-{day},521.2,523.4,520.8,522.3,88890\n");
    let many: String = (18..23).map(row).collect();
    let daily = habit(BarInterval::Day, &format!("{HEAD}Date,,,,,\n{many}"));
    for count in [1, 2, 5] {
        let rows: String = (18..18 + count).map(row).collect();
        let text = format!("{HEAD}Date,,,,,\n{rows}");
        let habits = vec![daily.clone()];
        let (found, kept) = with_habits(Calendar::Nyse, &text, habits, None);
        assert_eq!(found.refusal, None);
        assert_eq!(
            (found.counts.used, found.counts.rejected),
            (count.into(), 0)
        );
        assert_eq!(found.columns[0], "Date");
        assert_eq!(found.symbol.as_deref(), Some("SPY"));
        let [open, high] = [kept.rows.bars.open[0], kept.rows.bars.high[0]];
        assert!((open - 522.3).abs() < 1e-9 && (high - 523.4).abs() < 1e-9);
        assert_eq!(kept.rows.bars.start[0].to_string(), "2024-03-18T00:00:00Z");
        assert_eq!(kept.rows.line[0], 4);
    }
    // of minutes, whose levels are the other way round, and one that pandas writes for any table
    let minutes = "2024-03-26 13:30:00+00:00,1,2,1,2,5\n2024-03-26 13:31:00+00:00,1,2,1,2,5\n";
    for head in [
        "Ticker,SPY,SPY,SPY,SPY,SPY\nPrice,Open,High,Low,Close,Volume\nDatetime,,,,,\n",
        ",Open,High,Low,Close,Volume\nDatetime,,,,,\n",
    ] {
        let (found, _) = nyse(&format!("{head}{minutes}"));
        assert_eq!((found.counts.used, found.counts.rejected), (2, 0), "{head}");
    }
    // another symbol than the one that the name of the file says
    let other = format!("{HEAD}Date,,,,,\n{many}");
    let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
    let mut scout = scout.with_symbol("MSFT", false);
    scout.open("MSFT.csv").unwrap();
    scout.push(other.as_bytes()).unwrap();
    scout.close().unwrap();
    let found = scout.finish().unwrap().detection().clone();
    let said = found.refusal.unwrap();
    assert!(
        said.contains("all rows are of SPY by the lines with"),
        "{said}"
    );
}

#[test]
fn the_only_symbol_of_a_column_is_proposed_where_none_is_wanted() {
    let of = |column: &str, value: &str, wanted: Option<&str>| {
        let mut text = format!("{column},timestamp,open,high,low,close,volume\n");
        for minute in 30..50 {
            text += &format!("{value},2024-03-26T13:{minute}:00Z,1,2,1,2,5\n");
        }
        with_habits(Calendar::Nyse, &text, Vec::new(), wanted).0
    };
    for (column, value, symbol) in [
        ("symbol", "AAPL", Some("AAPL")),
        ("ticker", "X:BTCUSD", Some("BTCUSD")),
        ("Symbol", "btc/usd", Some("BTC-USD")),
        ("sym", "BRK.B", Some("BRK.B")),
        // what may be something else
        ("market", "NASDAQ", None),
        ("symbol", "1042", None),
        ("symbol", "(none)", None),
    ] {
        assert_eq!(of(column, value, None).symbol.as_deref(), symbol, "{value}");
        assert_eq!(of(column, value, Some("")).symbol.as_deref(), symbol);
        assert_eq!(of(column, value, Some("QQQ")).symbol, None, "{value}");
    }
}

#[test]
fn rows_of_days_at_the_end_of_minutes_are_set_aside() {
    let text = local(7..12, 570..960, 1);
    let (found, _) = nyse(&text);
    assert_eq!((found.counts.used, found.counts.rejected), (1_950, 0));
    let row = |day: u32| format!("2024-04-{day:02} 00:00:00,10,13,8,12,90000\n");
    for days in [8..9, 8..11, 8..13] {
        let rows: String = days.clone().map(row).collect();
        let (found, kept) = nyse(&format!("{text}{rows}"));
        let count = u64::from(days.end - days.start);
        assert_eq!((found.counts.used, found.counts.rejected), (1_950, count));
        assert_eq!(kept.rejected[0].line, 1_952);
        assert!(
            kept.rejected[0].reason.contains("1day bar"),
            "{:?}",
            kept.rejected[0]
        );
        assert!(
            found.warnings.iter().any(|it| it.contains("line")),
            "{:?}",
            found.warnings
        );
        assert_eq!(zone(&found).0, "exchange");
    }
    // a last bar at midnight of a market that trades then, and one of a file that has others there
    let always = local(0..3, 0..1_440, 1);
    let end = "2024-03-28 00:00:00,10,11,9,10,5\n";
    let (found, _) = read(
        &[("file.csv", format!("{always}{end}").as_bytes())],
        &Reading::detect(Calendar::Crypto),
    )
    .unwrap();
    assert_eq!(found.counts.rejected, 0);
    // a last bar after hours, and prints of the last two days at one time, which are no larger than others, or hardly traded
    for row in [
        "10,11,9,10,5",
        "10,13,8,12,5",
        "10,13,8,12,300",
        "10,10,10,10,90000",
    ] {
        for rows in [
            format!("2024-04-08 00:00:00,{row}\n"),
            format!("2024-04-08 09:30:00,{row}\n2024-04-09 09:30:00,{row}\n"),
            format!("2024-04-08 12:00:00,{row}\n2024-04-09 12:00:00,{row}\n"),
        ] {
            let (found, _) = nyse(&format!("{text}{rows}"));
            assert_eq!(found.counts.rejected, 0, "{rows}");
        }
    }
    // the first bar of a session that has only begun
    let (found, _) = nyse(&format!("{text}2024-04-08 09:30:00,10,11,9,10,5\n"));
    assert_eq!(found.counts.rejected, 0);
}

#[test]
fn rows_of_days_before_and_after_hours_are_set_aside_and_no_hour_is() {
    let day = |day: i32| {
        let date = crate::base::time::Day(19_807 + day);
        format!("{date} 00:00:00,10,15,8,12,900\n")
    };
    for end in [13, 19, 20, 21, 22, 23, 24] {
        let hours = local(0..61, 60..1_440, 60);
        let kept: Vec<&str> = hours.lines().collect();
        let kept = kept[..kept.len() + end - 24].join("\n") + "\n";
        let count = kept.lines().count() as u64 - 1;
        for days in [2, 5, 15, 40] {
            for gap in [1, 2, 9] {
                let rows: String = (60 + gap..60 + gap + days).map(day).collect();
                let read = read(
                    &[("file.csv", format!("{kept}{rows}").as_bytes())],
                    &Reading::detect(Calendar::Metals),
                );
                let (found, read) = read.unwrap();
                let what = format!("{days} days, {gap} after hours to {end}");
                assert_eq!(found.counts.used, count, "{what}");
                let [stretch] = &found.foreign[..] else {
                    panic!("{what}: {:?}", found.foreign)
                };
                assert_eq!((stretch.first_line, stretch.rows), (count + 2, days as u64));
                assert!(read.rejected[0].reason.contains("1day bar"), "{what}");
            }
        }
    }
    // the last of those before the hours is at the time of a bar: what it says tells, where rows are cleaned
    let hours = local(0..61, 60..1_440, 60);
    let (head, hours) = hours.split_once('\n').unwrap();
    for days in [2, 3, 5, 15, 40] {
        let rows: String = (1 - days..1).map(day).collect();
        let text = format!("{head}\n{rows}{hours}");
        let (found, _) = read(
            &[("file.csv", text.as_bytes())],
            &Reading::detect(Calendar::Metals),
        )
        .unwrap();
        let lines = found.foreign.iter().map(|it| (it.first_line, it.rows));
        assert_eq!(lines.collect::<Vec<_>>(), [(2, days as u64 - 1)], "{days}");
    }
}

#[test]
fn days_of_calm_times_beside_coarse_bars_are_set_aside() {
    // bars of four hours, some of which move farther than most days do
    let date = |day: i32| crate::base::time::Day(19_807 + day);
    let bar = |at: i32| {
        let low = if at % 13 == 0 { 3 } else { 9 };
        let (day, hour) = (date(at / 6), at % 6 * 4);
        format!("{day} {hour:02}:00:00,10,11,{low},10,{}\n", 90 + at % 21)
    };
    let head = "time,open,high,low,close,volume\n";
    let bars: String = (0..540).map(bar).collect();
    let day = |at: i32, volume: u32| format!("{} 00:00:00,10,13,8,12,{volume}\n", date(at));
    for (count, volume, is_found) in [
        (2, 400, true),
        (3, 400, true),
        (12, 400, true),
        (2, 200, false),
        (3, 100, false),
    ] {
        let after: String = (92..92 + count).map(|at| day(at, volume)).collect();
        let before: String = (-2 - count..-2).map(|at| day(at, volume)).collect();
        for text in [
            format!("{head}{bars}{after}"),
            format!("{head}{before}{bars}"),
        ] {
            let (found, _) = read(
                &[("file.csv", text.as_bytes())],
                &Reading::detect(Calendar::Crypto),
            )
            .unwrap();
            let rejected = if is_found { count as u64 } else { 0 };
            assert_eq!(found.counts.rejected, rejected, "{count} of {volume}");
        }
    }
}

#[test]
fn ends_that_the_close_cuts_short_are_of_four_hours() {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for day in (-80..40).map(|day| crate::base::time::Day(19_807 + day)) {
        let is_open = Calendar::Nyse.session(day).unwrap().is_some();
        for end in ["13:30", "16:00"].iter().filter(|_| is_open) {
            text += &format!("{day} {end},10,11,9,10,5\n");
        }
    }
    let (found, kept) = nyse(&text);
    assert_eq!(found.interval.value, BarInterval::minutes(240));
    assert_eq!(found.labels.value, Labels::End);
    assert_eq!(zone(&found).0, "exchange");
    let starts: Vec<String> = (kept.rows.bars.start.iter().take(2))
        .map(ToString::to_string)
        .collect();
    assert_eq!(starts, ["2024-01-05T14:30:00Z", "2024-01-05T18:30:00Z"]);
}

#[test]
fn a_file_by_another_clock_beside_others_is_said() {
    let by_exchange = local(0..40, 570..960, 1);
    let by_utc = local(42..47, 810..1_200, 1);
    let said = |files: &[(&str, &str)]| {
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, text)| (*name, text.as_bytes()))
            .collect();
        let (found, _) = read(&files, &Reading::detect(Calendar::Nyse)).unwrap();
        let mut warnings = found.warnings.into_iter();
        warnings.find(|it| it.contains("import it by itself"))
    };
    let told = said(&[("a.csv", &by_exchange), ("b.csv", &by_utc)]).unwrap();
    let words = "of the 1950 bars of b.csv lie outside the sessions, of those of the other files";
    assert!(told.contains(words), "{told}");
    let told = said(&[("b.csv", &by_utc), ("c.csv", &by_exchange)]).unwrap();
    assert!(told.contains("bars of b.csv"), "{told}");
    let next = local(42..47, 570..960, 1);
    assert_eq!(said(&[("a.csv", &by_exchange), ("b.csv", &next)]), None);
    assert_eq!(said(&[("a.csv", &by_utc)]), None);
}

#[test]
fn prices_of_databento_are_billionths_where_they_are_whole() {
    let file = |price: fn(u64) -> String| {
        let mut text =
            "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"
                .to_owned();
        for minute in 0..30 {
            let [open, high, low, close] = [58_043, 58_101, 58_001, 58_060].map(price);
            text += &format!(
                "2024-03-26T14:{minute:02}:00.000000000Z,33,2,15144,{open},{high},{low},{close},1200,SPY\n"
            );
        }
        text
    };
    let whole = file(|cents| (cents * 10_000_000).to_string());
    let decimal = file(|cents| format!("{}.{:02}0000000", cents / 100, cents % 100));
    for (text, expected) in [(whole, Decimal::Billionths), (decimal, Decimal::Point)] {
        let (found, kept) = nyse(&text);
        let told = found.decimal.unwrap();
        assert_eq!((told.value, told.certainty), (expected, Certainty::Sure));
        assert_eq!(kept.rows.bars.open.first(), Some(&580.43));
        assert_eq!(kept.rows.bars.low.last(), Some(&580.01));
        assert_eq!(kept.rows.bars.volume.last(), Some(&1_200.0));
        assert_eq!(kept.rows.bars.close.len(), 30);
    }
}

#[test]
fn a_column_that_is_called_after_ends_holds_ends() {
    for (named, expected) in [("close_time", Labels::End), ("open_time", Labels::Start)] {
        let mut text = format!("{named},open,high,low,close,volume\n");
        for minute in 0..60 {
            text += &format!("2024-03-26T14:{minute:02}:00Z,10,11,9,10,5\n");
        }
        let (found, _) = with_habits(Calendar::Crypto, &text, Vec::new(), None);
        assert_eq!(found.labels.value, expected, "{}", found.labels.evidence);
        let is_sure = found.labels.certainty == Certainty::Sure;
        assert_eq!(is_sure, expected == Labels::End, "{named}");
    }
}
