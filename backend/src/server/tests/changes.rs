//! What changes the store.

use atrium_shared::market::actions::ActionKind;
use atrium_shared::market::curate::resample;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSetDetail, DataSets, Instruments, Problem};
use atrium_shared::surface::wire;

use super::*;

#[tokio::test]
async fn a_data_set_goes_only_when_its_name_is_repeated() {
    let house = House::new();
    let before = house.sandbox.content();
    for (uri, status, part) in [
        (
            "/api/datasets/SPY-1min",
            400,
            "repeat the name as ?confirm=NAME",
        ),
        (
            "/api/datasets/SPY-1min?confirm=QQQ-1min",
            400,
            "nothing was removed",
        ),
        (
            "/api/datasets/SPY-1min?confirm=spy-1min",
            400,
            "nothing was removed",
        ),
        ("/api/datasets/SPY-1min?yes=1", 400, "unknown field `yes`"),
        (
            "/api/datasets/IWM-1min?confirm=IWM-1min",
            404,
            "there is no data set IWM-1min",
        ),
        (
            "/api/datasets/..%2fdist?confirm=../dist",
            400,
            "is no name of a data set",
        ),
        ("/api/datasets/.?confirm=.", 400, "is no name of a data set"),
    ] {
        let detail = house.send(Method::DELETE, uri, &[]).await.problem(status);
        assert!(detail.contains(part), "{uri}: {detail}");
    }
    assert_eq!(house.sandbox.content(), before);
    let uri = "/api/datasets/SPY-1min?confirm=SPY-1min";
    let answer = house.send(Method::DELETE, uri, &[]).await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (StatusCode::NO_CONTENT, 0)
    );
    let listed: DataSets = house.get("/api/datasets").await.json();
    let names: Vec<&str> = listed.sets.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["QQQ-1min"]);
    assert!(!house.sandbox.base().join("data/SPY-1min").exists());
    house.send(Method::DELETE, uri, &[]).await.problem(404);
}

#[tokio::test]
async fn instruments_are_listed_and_changed_in_all_their_data_sets() {
    let house = House::new();
    let store = house.sandbox.store();
    let listed: Instruments = house.get("/api/instruments").await.json();
    assert_eq!(
        listed,
        [Instrument::us_share("QQQ"), Instrument::us_share("SPY")]
    );
    let wanted = Instrument {
        exchange: "ARCA".to_owned(),
        lot_size: 100.0,
        min_quantity: 100.0,
        ..Instrument::us_share("SPY")
    };
    let answer = house
        .send_json(Method::PUT, "/api/instruments/SPY", &wanted)
        .await;
    let changed: DataSets = answer.json();
    assert_eq!(
        changed
            .sets
            .iter()
            .find(|set| set.name == "SPY-1min")
            .unwrap()
            .instrument,
        wanted
    );
    assert_eq!(store.card("SPY-1min").unwrap().instrument, wanted);
    // it is known when its bars are gone
    store.remove("SPY-1min").unwrap();
    let listed: Instruments = house.get("/api/instruments").await.json();
    assert_eq!(listed, [Instrument::us_share("QQQ"), wanted]);
    assert_eq!(store.instrument("IWM").unwrap(), None);
}

#[tokio::test]
async fn an_instrument_that_makes_no_sense_changes_nothing() {
    let house = House::new();
    let before = house.sandbox.content();
    let share = |change: fn(&mut Instrument)| {
        let mut instrument = Instrument::us_share("SPY");
        change(&mut instrument);
        instrument
    };
    for (symbol, instrument, status, part) in [
        (
            "SPY",
            share(|it| it.symbol = "QQQ".to_owned()),
            400,
            "the symbol of a data set does not change",
        ),
        (
            "spy",
            share(|_| ()),
            400,
            "the symbol of a data set does not change",
        ),
        (
            "spy",
            share(|it| it.symbol = "spy".to_owned()),
            409,
            "spy is stored already as SPY",
        ),
        ("SPY", share(|it| it.tick_size = -0.01), 422, "tick_size"),
        (
            "SPY",
            share(|it| it.currency = "<b>".to_owned()),
            422,
            "the currency",
        ),
        (
            "SPY",
            share(|it| it.time_zone = "../etc".to_owned()),
            422,
            "IANA",
        ),
        (
            "IWM",
            share(|it| it.symbol = "IWM".to_owned()),
            404,
            "there is no data set IWM",
        ),
        (
            "..%2fx",
            share(|it| it.symbol = "../x".to_owned()),
            400,
            "is no symbol",
        ),
    ] {
        let uri = format!("/api/instruments/{symbol}");
        let detail = house
            .send_json(Method::PUT, &uri, &instrument)
            .await
            .problem(status);
        assert!(detail.contains(part), "{symbol}: {detail}");
    }
    let json = [("content-type", "application/json")];
    for (headers, body, status) in [
        (json.as_slice(), "{", 400),
        (json.as_slice(), "{\"symbol\":\"SPY\"}", 422),
        (&[][..], "{}", 415),
    ] {
        let uri = "/api/instruments/SPY";
        house
            .send_body(Method::PUT, uri, headers, Body::from(body))
            .await
            .problem(status);
    }
    let huge = Body::from(format!("\"{}\"", "x".repeat(3 << 20)));
    house
        .send_body(Method::PUT, "/api/instruments/SPY", &json, huge)
        .await
        .problem(413);
    assert_eq!(house.sandbox.content(), before);
}

#[tokio::test]
async fn corporate_actions_adjust_exports_alone_and_what_is_stored_and_run_on_stays_raw() {
    let house = House::new();
    let store = house.sandbox.store();
    let raw = || {
        let mut content = house.sandbox.content();
        content.retain(|path, _| path.to_string_lossy().contains("/raw/"));
        content
    };
    let (before, bars) = (raw(), store.load("SPY-1min").unwrap().bars);
    let day = bars.start().last().unwrap().utc_day();
    let text = format!("date,kind,value\n{day},split,4:1\n");
    // its prices do not jump there: a question
    let asked = Body::from(text.clone());
    let asked = house
        .send_body(Method::POST, "/api/instruments/SPY/factors", &[], asked)
        .await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    let problem: Problem = serde_json::from_slice(&asked.body).unwrap();
    assert!(problem.may_accept && problem.detail.contains("do not jump at the split 4:1"));
    assert!(store.card("SPY-1min").unwrap().actions.is_empty());
    let uri = "/api/instruments/SPY/factors?accept=true";
    let send = |text: String| house.send_body(Method::POST, uri, &[], Body::from(text));
    let changed: DataSets = send(text).await.json();
    let card = changed
        .sets
        .iter()
        .find(|set| set.name == "SPY-1min")
        .unwrap();
    assert!(matches!(card.actions.list(), [one] if one.first_day == day
        && matches!(one.kind, ActionKind::Split { ratio } if ratio.to_bits() == 4.0f64.to_bits())));
    let uri_of = |what: &str| format!("/api/datasets/SPY-1min/{what}");
    let exported = house.get(&uri_of("export?format=csv&adjusted=true")).await;
    let number = |line: &str, at: usize| line.split(',').nth(at).unwrap().parse::<f64>().unwrap();
    let text = exported.text();
    let (first, last) = (text.lines().nth(1).unwrap(), text.lines().last().unwrap());
    assert_eq!((number(first, 1) * 4.0).to_bits(), bars.open()[0].to_bits());
    assert_eq!(
        number(last, 4).to_bits(),
        bars.close().last().unwrap().to_bits()
    );
    assert_eq!(store.load("SPY-1min").unwrap().bars, bars);
    // a run adjusts by itself: its bars are sent raw
    let sent = house.get(&uri_of("bars?interval=1min")).await.body;
    let cut = resample(&bars, card.interval, card.instrument.calendar).unwrap();
    assert_eq!(wire::decode(&sent).unwrap(), *cut.bars.series());
    assert_eq!(raw(), before);
    let after = house.sandbox.content();
    for (text, part) in [
        ("no actions at all", "line 1"),
        ("date,kind,value\n2024-01-03,split,0\n", "line 2"),
    ] {
        let detail = send(text.to_owned()).await.problem(422);
        assert!(detail.contains(part), "{detail}");
    }
    let bytes = Body::from(vec![0xff, 0xfe]);
    house
        .send_body(Method::POST, uri, &[], bytes)
        .await
        .problem(400);
    let unknown = "/api/instruments/IWM/factors";
    house.send(Method::POST, unknown, &[]).await.problem(404);
    assert_eq!(house.sandbox.content(), after);
}

#[tokio::test]
async fn closures_of_a_symbol_are_given_told_and_taken_away() {
    let house = House::new();
    let store = house.sandbox.store();
    let uri = "/api/instruments/SPY/closures";
    let send =
        |uri: &'static str, text: String| house.send_body(Method::PUT, uri, &[], Body::from(text));
    let none = house.get(uri).await;
    assert_eq!((none.status, none.text()), (StatusCode::OK, ""));
    let of = async |what: &str| -> serde_json::Value {
        house
            .get(&format!("/api/datasets/SPY-1min/{what}"))
            .await
            .json()
    };
    let usual = (of("gaps").await, of("coverage").await, of("quality").await);
    let day = store.load("SPY-1min").unwrap().bars.start()[0].utc_day();
    let text = format!("# mine\n{day},11:30,a short day\n");
    let listed: DataSets = send(uri, text.clone()).await.json();
    assert_eq!(listed.sets, store.list().unwrap().sets);
    let told = house.get(uri).await;
    assert_eq!(told.text(), text);
    assert_eq!(told.header("content-type"), "text/csv; charset=utf-8");
    let detail: DataSetDetail = house.get("/api/datasets/SPY-1min").await.json();
    assert_eq!(detail.closures, text);
    // each report expects less of that day
    let own = (of("gaps").await, of("coverage").await, of("quality").await);
    let expected = |report: &serde_json::Value| report["expected"].as_u64().unwrap();
    assert_eq!(expected(&own.0), expected(&usual.0) - 270);
    assert_eq!(own.2["gaps"], own.0);
    assert_ne!(own.1, usual.1);
    assert_ne!(own.2, usual.2);
    let after = house.sandbox.content();
    for (uri, text, status, part) in [
        (uri, format!("{day}\nsoon"), 422, "line 2"),
        (uri, "2036-01-02".to_owned(), 422, "nyse calendar"),
        (
            "/api/instruments/spy/closures",
            text.clone(),
            409,
            "stored already as SPY",
        ),
        (
            "/api/instruments/IWM/closures",
            text.clone(),
            404,
            "no data set IWM",
        ),
        (
            "/api/instruments/..%2fx/closures",
            text.clone(),
            400,
            "is no symbol",
        ),
    ] {
        let detail = send(uri, text).await.problem(status);
        assert!(detail.contains(part), "{uri}: {detail}");
    }
    house
        .get("/api/instruments/IWM/closures")
        .await
        .problem(404);
    let bytes = Body::from(vec![0xff, 0xfe]);
    house
        .send_body(Method::PUT, uri, &[], bytes)
        .await
        .problem(400);
    let huge = Body::from("#".repeat(3 << 20));
    house
        .send_body(Method::PUT, uri, &[], huge)
        .await
        .problem(413);
    assert_eq!(house.sandbox.content(), after);
    send(uri, String::new()).await.json::<DataSets>();
    assert_eq!(house.get(uri).await.text(), "");
    let again = (of("gaps").await, of("coverage").await, of("quality").await);
    assert_eq!(again, usual);
}
