//! Files that come in.

mod rehearsed;

use std::time::Duration;

use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument};
use atrium_shared::market::intake::{Certainty, Labels, Reading};
use atrium_shared::surface::api::{
    DataSets, ImportDone, ImportOrder, ImportOutcome, ImportPreview, ImportState, ImportStatus,
};

use super::*;
use crate::server::imports::Limits;
use crate::testing::{bars, coin, order};

const BINARY: (&str, &str) = ("content-type", "application/octet-stream");

fn csv(bars: &BarSeries) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    for (start, [open, high, low, close], volume) in bars.rows() {
        text += &format!("{start},{open},{high},{low},{close},{volume}\n");
    }
    text
}

/// Every upload's file.
fn uploads(house: &House) -> Vec<String> {
    let content = house.sandbox.content();
    let names = content
        .keys()
        .map(|path| path.to_string_lossy().into_owned());
    names
        .filter(|path| path.contains(".uploads-") && path.ends_with(".csv"))
        .collect()
}

impl House {
    async fn upload(&self, name: &str, body: impl Into<Body>) -> Answer {
        let uri = format!("/api/imports?name={name}");
        self.send_body(Method::POST, &uri, &[BINARY], body.into())
            .await
    }

    async fn order(&self, id: &str, order: &ImportOrder) -> Answer {
        self.send_json(Method::POST, &format!("/api/imports/{id}"), order)
            .await
    }

    /// How an import that was ordered ends.
    async fn end(&self, id: &str) -> Result<ImportDone, String> {
        for _ in 0..2_000 {
            let status: ImportStatus = self.get(&format!("/api/imports/{id}")).await.json();
            match status.state {
                ImportState::Done(done) => return Ok(*done),
                ImportState::Failed { detail, .. } => return Err(detail),
                ImportState::Running { read, bytes } => assert!(read <= bytes),
                ImportState::Waiting => panic!("the import was not begun"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the import does not end");
    }

    async fn store_order(&self, id: &str, wanted: &ImportOrder) -> Result<ImportDone, String> {
        let answer = self.order(id, wanted).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        self.end(id).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_that_do_not_fit_are_a_question_that_the_order_answers() {
    let house = House::new();
    let stored = bars(5, 7);
    let mut columns = BarColumns::default();
    for (start, prices, volume) in stored.rows() {
        columns.push(start, prices.map(|price| price * 1.01), volume);
    }
    let other = BarSeries::new(stored.interval(), columns).unwrap();
    let first: ImportPreview = house.upload("IWM_1m.csv", csv(&stored)).await.json();
    house.store_order(&first.id, &order("IWM")).await.unwrap();
    let second: ImportPreview = house.upload("IWM_1m.csv", csv(&other)).await.json();
    let refused = house.store_order(&second.id, &order("IWM")).await;
    assert!(refused.unwrap_err().contains("by one ratio"));
    let status: ImportStatus = house
        .get(&format!("/api/imports/{}", second.id))
        .await
        .json();
    assert!(matches!(status.state, ImportState::Failed { may_accept, .. } if may_accept));
    let accepted = ImportOrder {
        accept: true,
        ..order("IWM")
    };
    let done = house.store_order(&second.id, &accepted).await.unwrap();
    assert_eq!(done.merge.changed, stored.len() as u64);
    assert_eq!(
        house.sandbox.store().load("IWM-1min").unwrap().bars.close(),
        other.close()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_step_that_was_stated_stands_though_it_is_the_usual_one() {
    let usual = Instrument::crypto_pair("DOGEUSDT");
    for (step_given, tick_size) in [(false, 1e-5), (true, usual.tick_size)] {
        let house = House::new();
        let wanted = ImportOrder {
            reading: Reading::detect(usual.calendar),
            instrument: usual.clone(),
            step_given,
            ..order("DOGEUSDT")
        };
        let file: ImportPreview = house
            .upload("DOGEUSDT_5m.csv", coin::at_8_cents())
            .await
            .json();
        let done = house.store_order(&file.id, &wanted).await.unwrap();
        let expected = Instrument {
            tick_size,
            ..usual.clone()
        };
        assert_eq!(done.set.instrument, expected, "{step_given}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_is_shown_and_stored() {
    let house = House::new();
    let (bars, store) = (bars(10, 7), house.sandbox.store());
    let text = csv(&bars);
    let answer = house.upload("IWM_1m.csv", text.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let preview: ImportPreview = answer.json();
    assert_eq!(
        (preview.file.as_str(), preview.bytes),
        ("IWM_1m.csv", text.len() as u64)
    );
    assert_eq!(
        (preview.instrument, preview.name.as_str()),
        (Instrument::us_share("IWM"), "IWM-1min")
    );
    assert_eq!(
        (preview.detection.counts.used, preview.stored),
        (bars.len() as u64, None)
    );
    assert!(matches!(
        store.card("IWM-1min"),
        Err(crate::store::StoreError::Unknown { .. })
    ));
    assert_eq!(uploads(&house).len(), 1);
    // looked at again for another symbol, nothing is stored either
    let again = ImportOrder {
        dry_run: true,
        ..order("SPY")
    };
    let again: ImportPreview = house.order(&preview.id, &again).await.json();
    assert_eq!(
        (again.id.as_str(), again.stored.is_some()),
        (preview.id.as_str(), true)
    );
    let wanted = ImportOrder {
        instrument: Instrument {
            exchange: "ARCA".to_owned(),
            ..Instrument::us_share("IWM")
        },
        ..order("IWM")
    };
    let done = house.store_order(&preview.id, &wanted).await.unwrap();
    assert_eq!(
        (done.outcome, done.merge.added),
        (ImportOutcome::Stored, bars.len() as u64)
    );
    assert_eq!(done.set, store.card("IWM-1min").unwrap());
    assert_eq!(done.set.instrument, wanted.instrument);
    assert_eq!(store.load("IWM-1min").unwrap().bars, bars);
    let listed: DataSets = house.get("/api/datasets").await.json();
    assert_eq!(listed.sets.len(), 3);
    // the file is gone, and what became of it is still told
    assert_eq!(uploads(&house), Vec::<String>::new());
    house.order(&preview.id, &wanted).await.problem(409);
    // the same file again changes nothing
    let before = house.sandbox.content();
    let preview: ImportPreview = house.upload("IWM.csv", text).await.json();
    assert_eq!(preview.stored, Some(done.set.clone()));
    assert_eq!(preview.instrument, wanted.instrument);
    let done = house.store_order(&preview.id, &wanted).await.unwrap();
    assert_eq!(done.outcome, ImportOutcome::Unchanged);
    let mut after = house.sandbox.content();
    after.retain(|path, _| !path.to_string_lossy().contains(".uploads-"));
    let mut before = before;
    before.retain(|path, _| !path.to_string_lossy().contains(".uploads-"));
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_upload_is_refused_and_leaves_nothing() {
    let house = House::new();
    let before = house.sandbox.content();
    let long = "a".repeat(300);
    for name in [
        "",
        ".",
        "..",
        "...",
        "......",
        "..%2fSPY.csv",
        "a%5cb.csv",
        "%2fetc%2fpasswd",
        "a%00.csv",
        "a%0ab.csv",
        &long,
    ] {
        let detail = house.upload(name, "x").await.problem(400);
        assert!(detail.contains("is no name of a file"), "{name}: {detail}");
    }
    for uri in [
        "/api/imports",
        "/api/imports?file=x",
        "/api/imports?name=%ff&name=x",
    ] {
        house
            .send_body(Method::POST, uri, &[BINARY], Body::from("x"))
            .await
            .problem(400);
    }
    for kind in [
        "",
        "text/plain",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ] {
        let uri = "/api/imports?name=SPY.csv";
        let answer = house
            .send_body(
                Method::POST,
                uri,
                &[("content-type", kind)],
                Body::from("x"),
            )
            .await;
        answer.problem(415);
    }
    assert_eq!(house.sandbox.content(), before);
    for (name, body) in [
        ("IWM.csv", Vec::new()),
        ("IWM.csv", b"no bars in here".to_vec()),
        ("IWM.csv", vec![0; 100_000]),
        ("IWM.parquet", b"PAR1 but no more".to_vec()),
        ("IWM.zip", b"PK\x03\x04 but no more".to_vec()),
        ("IWM.csv.gz", b"\x1f\x8b\x08 but no more".to_vec()),
        ("IWM.db", b"SQLite format 3\0 but no more".to_vec()),
    ] {
        let detail = house.upload(name, body).await.problem(422);
        assert!(detail.len() > 20 && detail.len() < 800, "{name}: {detail}");
        assert!(!detail.contains(".uploads-"), "{name}: {detail}");
    }
    let mut after = house.sandbox.content();
    after.retain(|path, content| {
        !path.to_string_lossy().contains(".uploads-") || !content.is_empty()
    });
    assert_eq!(after, before);
}

#[tokio::test]
async fn no_more_is_taken_than_the_limit() {
    let limits = Limits {
        bytes: 1_000,
        ..Limits::default()
    };
    let house = House::with_limits(limits);
    let before = house.sandbox.content();
    let told = [BINARY, ("content-length", "1001")];
    let uri = "/api/imports?name=IWM.csv";
    let detail = house
        .send_body(Method::POST, uri, &told, Body::empty())
        .await
        .problem(413);
    assert!(
        detail.contains("more than 1000 bytes") && detail.contains("atrium import"),
        "{detail}"
    );
    assert_eq!(house.sandbox.content(), before);
    // the length is not told, or a lie
    for headers in [vec![BINARY], vec![BINARY, ("content-length", "10")]] {
        let body = Body::from("x".repeat(1_001));
        house
            .send_body(Method::POST, uri, &headers, body)
            .await
            .problem(413);
    }
    assert_eq!(uploads(&house), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_uploads_wait_and_no_more_and_those_forgotten_go() {
    let text = csv(&bars(3, 7));
    let limits = Limits {
        count: 2,
        ..Limits::default()
    };
    let house = House::with_limits(limits);
    let one: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
    let two: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
    assert_ne!(one.id, two.id);
    let detail = house.upload("IWM.csv", text.clone()).await.problem(429);
    assert!(detail.contains("too many"), "{detail}");
    let uri = format!("/api/imports/{}", one.id);
    assert_eq!(
        house.send(Method::DELETE, &uri, &[]).await.status,
        StatusCode::NO_CONTENT
    );
    house.get(&uri).await.problem(404);
    house.send(Method::DELETE, &uri, &[]).await.problem(404);
    assert_eq!(uploads(&house).len(), 1);
    let three: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
    // one that is stored leaves its place
    house.upload("IWM.csv", text.clone()).await.problem(429);
    house.store_order(&three.id, &order("IWM")).await.unwrap();
    for expected in [StatusCode::CREATED, StatusCode::TOO_MANY_REQUESTS] {
        let next = house.upload("IWM.csv", text.clone()).await;
        assert_eq!(next.status, expected);
    }
    // and so does the one that nobody asked about for longest, where nobody did for long
    let limits = Limits {
        count: 2,
        idle_in_need: Duration::ZERO,
        ..Limits::default()
    };
    let house = House::with_limits(limits);
    let one: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
    let two: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
    house.get(&format!("/api/imports/{}", one.id)).await;
    let three: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
    for (id, status) in [(&one.id, 200), (&two.id, 404), (&three.id, 200)] {
        let answer = house.get(&format!("/api/imports/{id}")).await;
        assert_eq!(answer.status.as_u16(), status);
    }
    assert_eq!(uploads(&house).len(), 2);

    let limits = Limits {
        idle: Duration::ZERO,
        ..Limits::default()
    };
    let house = House::with_limits(limits);
    let left: ImportPreview = house.upload("IWM.csv", text).await.json();
    assert_eq!(uploads(&house).len(), 1);
    let detail = house
        .get(&format!("/api/imports/{}", left.id))
        .await
        .problem(404);
    assert!(detail.contains("send the file again"), "{detail}");
    assert_eq!(uploads(&house), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_makes_no_sense_is_refused_and_the_upload_waits() {
    let house = House::new();
    for id in ["0123", "..%2f..%2fSPY-1min", "%00", ".uploads-x"] {
        let uri = format!("/api/imports/{id}");
        house.get(&uri).await.problem(404);
        house.send(Method::DELETE, &uri, &[]).await.problem(404);
        house.order(id, &order("IWM")).await.problem(404);
    }
    let text = csv(&bars(3, 7));
    let preview: ImportPreview = house.upload("IWM.csv", text).await.json();
    let before = house.sandbox.content();
    let uri = format!("/api/imports/{}", preview.id);
    for symbol in ["", "../SPY", "a b", ".hidden"] {
        let detail = house.order(&preview.id, &order(symbol)).await.problem(422);
        assert!(detail.contains("is no symbol"), "{detail}");
    }
    let wrong = ImportOrder {
        instrument: Instrument {
            tick_size: f64::MAX,
            ..Instrument::us_share("IWM")
        },
        ..order("IWM")
    };
    house.order(&preview.id, &wrong).await.problem(422);
    let json = [("content-type", "application/json")];
    for (headers, body, status) in [
        (json.as_slice(), "{", 400),
        (json.as_slice(), "{\"instrument\":{}}", 422),
        (&[][..], "{}", 415),
    ] {
        house
            .send_body(Method::POST, &uri, headers, Body::from(body))
            .await
            .problem(status);
    }
    let mut reading = Reading::detect(order("IWM").instrument.calendar);
    reading.columns.close = Some("no such column".to_owned());
    let misread = ImportOrder {
        reading,
        ..order("IWM")
    };
    let dry = ImportOrder {
        dry_run: true,
        ..misread.clone()
    };
    let detail = house.order(&preview.id, &dry).await.problem(422);
    assert!(detail.contains("no such column"), "{detail}");
    // columns come before the symbol, where none is known yet
    let mut unnamed = ImportOrder {
        dry_run: true,
        ..order("IWM")
    };
    unnamed.instrument.symbol.clear();
    let looked: ImportPreview = house.order(&preview.id, &unnamed).await.json();
    assert_eq!(looked.detection.counts.rejected, 0);
    unnamed.dry_run = false;
    house.order(&preview.id, &unnamed).await.problem(422);
    let detail = house.store_order(&preview.id, &misread).await.unwrap_err();
    assert!(detail.contains("no such column"), "{detail}");
    assert_eq!(house.sandbox.content(), before);
    // another order is taken after one that failed
    let done = house.store_order(&preview.id, &order("IWM")).await.unwrap();
    assert_eq!(done.outcome, ImportOutcome::Stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_of_one_data_set_do_not_mix() {
    let house = House::new();
    let all = bars(10, 7);
    let text = csv(&all);
    let mut ids = Vec::new();
    for _ in 0..6 {
        let preview: ImportPreview = house.upload("IWM.csv", text.clone()).await.json();
        ids.push(preview.id);
    }
    for id in &ids {
        let answer = house.order(id, &order("IWM")).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
    }
    let mut stored = 0;
    for id in &ids {
        loop {
            match house.end(id).await {
                Ok(done) if done.outcome == ImportOutcome::Stored => stored += 1,
                Ok(done) => assert_eq!(done.outcome, ImportOutcome::Unchanged),
                // whoever comes while another one writes is told so, and may try again
                Err(detail) => {
                    assert!(detail.contains("being written"), "{detail}");
                    house.order(id, &order("IWM")).await;
                    continue;
                }
            }
            break;
        }
    }
    let store = house.sandbox.store();
    assert_eq!(
        (stored, store.load("IWM-1min").unwrap().bars == all),
        (1, true)
    );
    assert_eq!(store.detail("IWM-1min").unwrap().imports.len(), 1);
}

#[tokio::test]
async fn what_a_server_left_goes_and_what_another_has_stays() {
    let house = House::new();
    let data = house.sandbox.base().join("data");
    let (left, held) = (data.join(".uploads-left"), data.join(".uploads-held"));
    for folder in [&left, &held] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("SPY.csv"), "x").unwrap();
    }
    let lock = fs::File::create(held.join(".lock")).unwrap();
    lock.try_lock().unwrap();
    let text = csv(&bars(3, 7));
    assert_eq!(
        house.upload("IWM.csv", text).await.status,
        StatusCode::CREATED
    );
    assert_eq!((left.exists(), held.exists()), (false, true));
    let state = AppState::new(house.sandbox.store(), data, None);
    state.uploads.close();
    drop(house.app);
    let names = fs::read_dir(house.sandbox.base().join("data")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let uploads: Vec<String> = names.filter(|name| name.starts_with(".uploads-")).collect();
    assert_eq!(uploads, [".uploads-held"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_filled_by_the_closures_of_its_symbol_and_proposed_as_it_was_read() {
    let house = House::new();
    let store = house.sandbox.store();
    // wall clocks of Berlin in the middle of sessions, which tell neither zone nor side
    let file = |day: u32, minutes: std::ops::Range<u32>| {
        let mut text = "time,open,high,low,close,volume\n".to_owned();
        for minute in minutes.filter(|minute| !(1_020..1_030).contains(minute)) {
            let (hour, minute) = (minute / 60, minute % 60);
            text += &format!("2024-05-{day:02} {hour:02}:{minute:02},10,11,9,10,5\n");
        }
        text
    };
    let preview: ImportPreview = house.upload("IWM.csv", file(7, 960..1_200)).await.json();
    let shown = |preview: &ImportPreview| {
        let zone = preview.detection.zone.clone().unwrap();
        let labels = preview.detection.labels.clone();
        (
            zone.value.to_string(),
            zone.certainty,
            labels.value,
            labels.certainty,
        )
    };
    let (assumed, start) = (Certainty::Assumed, Labels::Start);
    assert_eq!(shown(&preview), ("UTC".to_owned(), assumed, start, assumed));
    let mut wanted = order("IWM");
    wanted.reading.zone = Some("Europe/Berlin".parse().unwrap());
    wanted.reading.labels = Some(Labels::End);
    let done = house.store_order(&preview.id, &wanted).await.unwrap();
    assert_eq!(done.set.synthetic, 10);
    // the next file is proposed so, at first sight and when it is looked at again
    let berlin = ("Europe/Berlin".to_owned(), assumed, Labels::End, assumed);
    let preview: ImportPreview = house.upload("IWM.csv", file(8, 960..1_200)).await.json();
    assert_eq!(shown(&preview), berlin);
    let dry = ImportOrder {
        dry_run: true,
        ..order("IWM")
    };
    let again: ImportPreview = house.order(&preview.id, &dry).await.json();
    assert_eq!(shown(&again), berlin);
    let other = ImportOrder {
        instrument: Instrument::us_share("DIA"),
        ..dry
    };
    let again: ImportPreview = house.order(&preview.id, &other).await.json();
    assert_eq!(shown(&again).0, "UTC");
    // 17:00 in Berlin is 11:00 in New York
    let closures = Body::from("2024-05-08,10:59\n");
    let uri = "/api/instruments/IWM/closures";
    let answer = house.send_body(Method::PUT, uri, &[], closures).await;
    assert_eq!(answer.status, StatusCode::OK);
    let done = house.store_order(&preview.id, &order("IWM")).await.unwrap();
    assert_eq!((done.set.synthetic, done.set.rows), (10, 10 + 2 * 230));
    assert_eq!(store.closures("IWM-1min").unwrap().days().len(), 1);
    let imports = store.detail("IWM-1min").unwrap().imports;
    let reading = imports[1].reading.clone().unwrap();
    assert_eq!(
        (reading.zone, reading.labels),
        (wanted.reading.zone, wanted.reading.labels)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_read_waits_for_more_to_be_said() {
    let house = House::new();
    let mut text = "Datum;Zeit;Er\u{f6}ffnung;Hoch;Tief;Schluss\n".to_owned();
    for minute in 30..59 {
        text += &format!("26.03.2024;13:{minute};10;11;9;10\n");
    }
    let problem = |answer: Answer| -> Problem {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        serde_json::from_slice(&answer.body).unwrap()
    };
    let refused = problem(house.upload("IWM.csv", text).await);
    let seen = refused.seen.unwrap();
    assert_eq!((seen.delimiter, seen.columns.len()), (Some(';'), 6));
    let id = refused.upload.unwrap();
    assert_eq!(uploads(&house).len(), 1);
    let mut wanted = order("IWM");
    wanted.reading.columns.open = Some("#3".to_owned());
    // one more is wanting: that is told again, and the upload waits on
    let dry = ImportOrder {
        dry_run: true,
        ..wanted.clone()
    };
    let again = problem(house.order(&id, &dry).await);
    assert!(
        again.detail.contains("no column for high"),
        "{}",
        again.detail
    );
    assert_eq!(again.seen.unwrap().sample.len(), 5);
    for (field, place) in [
        (&mut wanted.reading.columns.high, "Hoch"),
        (&mut wanted.reading.columns.low, "Tief"),
        (&mut wanted.reading.columns.close, "Schluss"),
        (&mut wanted.reading.columns.time, "Datum"),
        (&mut wanted.reading.columns.clock, "Zeit"),
    ] {
        *field = Some(place.to_owned());
    }
    let done = house.store_order(&id, &wanted).await.unwrap();
    assert_eq!((done.set.rows, done.set.name.as_str()), (29, "IWM-1min"));
    // what is no table of bars waits for nothing
    let refused = problem(house.upload("IWM.csv", "no bars in here").await);
    assert_eq!(refused.upload, None);
    assert_eq!(uploads(&house), Vec::<String>::new());
}
