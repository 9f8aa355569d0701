//! What storing would do, told before it is done.

use atrium_shared::surface::api::Rehearsal;

use super::*;
use crate::testing::first;

/// The same bars, those that are chosen with other prices by a part.
fn scaled(bars: &BarSeries, factor: f64, chosen: impl Fn(usize) -> bool) -> BarSeries {
    let mut columns = BarColumns::default();
    for (index, (start, prices, volume)) in bars.rows().enumerate() {
        let by = if chosen(index) { factor } else { 1.0 };
        columns.push(start, prices.map(|price| price * by), volume);
    }
    BarSeries::new(bars.interval(), columns).unwrap()
}

impl House {
    async fn rehearse(&self, id: &str, wanted: &ImportOrder) -> Rehearsal {
        let tried = ImportOrder {
            rehearse: true,
            ..wanted.clone()
        };
        let answer = self.order(id, &tried).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }
}

fn would(told: Rehearsal) -> ImportDone {
    match told {
        Rehearsal::Would(done) => *done,
        Rehearsal::Refused { detail, .. } => panic!("{detail}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_storing_would_change_is_told_and_nothing_is_stored() {
    let house = House::new();
    let whole = bars(4, 7);
    let count = whole.len() as u64;
    let part = first(&whole, whole.len() - 150, whole.interval());
    let upload: ImportPreview = house.upload("IWM_1m.csv", csv(&part)).await.json();
    let new = would(house.rehearse(&upload.id, &order("IWM")).await);
    assert_eq!(
        (new.outcome, new.merge.added),
        (ImportOutcome::Stored, count - 150)
    );
    assert!(house.sandbox.store().card("IWM-1min").is_err());
    let stored = house.store_order(&upload.id, &order("IWM")).await.unwrap();
    assert_eq!(stored, new);

    let corrected = csv(&scaled(&whole, 1.000_5, |index| index == 7));
    let upload: ImportPreview = house.upload("IWM_1m.csv", corrected).await.json();
    let told = would(house.rehearse(&upload.id, &order("IWM")).await);
    assert_eq!(
        (
            told.outcome,
            told.merge.added,
            told.merge.changed,
            told.merge.unchanged
        ),
        (ImportOutcome::Merged, 150, 1, count - 151)
    );
    assert_eq!(told.merge.examples.len(), 1);
    let replace = ImportOrder {
        replace: true,
        ..order("IWM")
    };
    let gone = would(house.rehearse(&upload.id, &replace).await);
    let replaced = gone.replaced.unwrap();
    assert_eq!(gone.outcome, ImportOutcome::Replaced);
    assert_eq!((replaced.imports, replaced.rows), (1, stored.set.rows));
    // nothing of it is stored, and what is done in the end is what was told
    assert_eq!(house.sandbox.store().card("IWM-1min").unwrap(), stored.set);
    let done = house.store_order(&upload.id, &order("IWM")).await.unwrap();
    assert_eq!(done, told);
    let tried = ImportOrder {
        rehearse: true,
        ..order("IWM")
    };
    house.order(&upload.id, &tried).await.problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_refused_is_told_as_storing_tells_it() {
    let house = House::new();
    let stored = bars(3, 7);
    let upload: ImportPreview = house.upload("IWM_1m.csv", csv(&stored)).await.json();
    house.store_order(&upload.id, &order("IWM")).await.unwrap();
    let other = csv(&scaled(&stored, 1.01, |_| true));
    let upload: ImportPreview = house.upload("IWM_1m.csv", other).await.json();
    let told = house.rehearse(&upload.id, &order("IWM")).await;
    let Rehearsal::Refused { detail, may_accept } = told else {
        panic!("{told:?}");
    };
    assert!(may_accept && detail.contains("by one ratio"), "{detail}");
    let refused = house.store_order(&upload.id, &order("IWM")).await;
    assert_eq!(refused.unwrap_err(), detail);
    let accept = ImportOrder {
        accept: true,
        ..order("IWM")
    };
    let taken = would(house.rehearse(&upload.id, &accept).await);
    assert_eq!(taken.merge.changed, stored.len() as u64);
}
