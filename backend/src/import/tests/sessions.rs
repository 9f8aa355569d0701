//! Bars and the sessions they belong to: daily bars, short last bars, bars on the clock.

use atrium_shared::base::time::Day;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::intake::{TimeZoneChoice, parse_time};

use super::assert_says;
use crate::testing::Sandbox;

/// A file of bars at these times.
fn bars_at<'a>(times: impl IntoIterator<Item = &'a str>) -> String {
    let rows = times.into_iter().enumerate();
    let rows = rows.map(|(index, time)| {
        let price = 100 + index % 7;
        format!("{time},{price},{},{},{price},10\n", price + 1, price - 1)
    });
    format!(
        "Date,Open,High,Low,Close,Volume\n{}",
        rows.collect::<String>()
    )
}

/// The days of NYSE sessions from 1 April to 3 July 2024, the last of which closes early.
fn session_days() -> Vec<String> {
    let first = parse_time("2024-04-01 00:00", TimeZoneChoice::Utc)
        .unwrap()
        .utc_day();
    let sessions = Calendar::Nyse.sessions(first, Day(first.0 + 93)).unwrap();
    sessions
        .iter()
        .map(|session| session.day.to_string())
        .collect()
}

#[test]
fn daily_bars_with_a_bare_date_are_read_and_can_be_run_on() {
    let days = session_days();
    let holiday = "2024-07-04";
    let text = bars_at(days.iter().map(String::as_str).chain([holiday]));
    for zone in ["utc", "exchange"] {
        let sandbox = Sandbox::new();
        let path = sandbox.file("daily.csv", &text).display().to_string();
        let said = sandbox
            .run(&["import", &path, "--symbol", "SPY", "--time-zone", zone])
            .unwrap();
        let preview = format!(
            "{} 1day bars in regular hours (nyse calendar); 1 1day bars left out",
            days.len()
        );
        assert_says(
            &said,
            &[
                "interval  1day (most often",
                &preview,
                "Stored as SPY-1day",
                "--interval 1day",
            ],
        );
        let stored = sandbox.store().load("SPY-1day").unwrap();
        let first = stored.bars.start().first().unwrap().to_string();
        let midnight = match zone {
            "utc" => "2024-04-01T00:00:00Z",
            _ => "2024-04-01T04:00:00Z",
        };
        assert_eq!(first, midnight);
        let run = sandbox
            .run(&[
                "backtest",
                "--data",
                "SPY",
                "--interval",
                "1day",
                "--k-sigma-err",
                "0",
                "--k-atr-min-tp",
                "0",
            ])
            .unwrap();
        let bars = format!(
            "{} 1day bars of SPY, 2024-04-01T13:30:00Z to 2024-07-03T17:00:00Z",
            days.len()
        );
        assert_says(&run, &[&bars]);
        let hourly = sandbox.run(&["backtest", "--data", "SPY", "--interval", "60min"]);
        assert_says(
            &hourly.unwrap_err(),
            &["60min bars cannot be cut from 1day bars"],
        );
    }
}

#[test]
fn labels_at_the_end_find_the_short_last_bar() {
    let sandbox = Sandbox::new();
    let ends = [
        "10:30", "11:30", "12:30", "13:30", "14:30", "15:30", "16:00",
    ];
    let days = ["2024-03-25", "2024-03-26"];
    let times: Vec<String> = days
        .iter()
        .flat_map(|day| ends.map(|time| format!("{day} {time}")))
        .collect();
    let text = bars_at(times.iter().map(String::as_str));
    let path = sandbox.file("ends.csv", text).display().to_string();
    let said = sandbox
        .run(&[
            "import",
            &path,
            "--symbol",
            "SPY",
            "--time-zone",
            "exchange",
            "--labels",
            "end",
        ])
        .unwrap();
    assert_says(
        &said,
        &["14 60min bars in regular hours", "0 60min bars left out"],
    );
    let stored = sandbox.store().load("SPY-60min").unwrap();
    let starts: Vec<String> = stored
        .bars
        .start()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        starts[5..8],
        [
            "2024-03-25T18:30:00Z",
            "2024-03-25T19:30:00Z",
            "2024-03-26T13:30:00Z"
        ]
    );
}

#[test]
fn bars_on_the_clock_are_stored_and_said_to_fit_no_session() {
    let sandbox = Sandbox::new();
    let times: Vec<String> = (9..16)
        .map(|hour| format!("2024-03-26 {hour:02}:00"))
        .collect();
    let text = bars_at(times.iter().map(String::as_str));
    let path = sandbox.file("clock.csv", text).display().to_string();
    let words = [
        "import",
        &path,
        "--symbol",
        "SPY",
        "--time-zone",
        "exchange",
    ];
    let said = sandbox.run(&words).unwrap();
    let why = "reaches across a boundary of 60min bars";
    assert_says(
        &said,
        &[
            "no 60min bars in regular hours (nyse calendar): the 60min bar at 2024-03-26T14:00:00Z",
            why,
            "Stored as SPY-60min",
            "will be refused",
        ],
    );
    assert!(!said.contains("Next: "), "{said}");
    assert_eq!(sandbox.store().load("SPY-60min").unwrap().card.rows, 7);
    let again = sandbox.run(&[&words[..], &["--json"]].concat()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_says(json["preview"]["no_bars"].as_str().unwrap(), &[why]);
    let run = sandbox.run(&["backtest", "--data", "SPY", "--interval", "60min"]);
    assert_says(&run.unwrap_err(), &["--interval: ", why]);
}
