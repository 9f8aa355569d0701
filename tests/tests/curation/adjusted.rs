//! Adjusting for corporate actions.

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{FillRule, fill};

use super::*;

fn near(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() < 1e-12
}

/// The day whose basis a bar is on: by the exchange's clock, but for daily bars the date that they stand for.
fn day_of(received: &Received, start: Timestamp) -> Day {
    let clock = match received.calendar {
        Calendar::Crypto => Calendar::Crypto,
        _ => Calendar::Nyse,
    };
    match start.utc_day() {
        day if received.interval == BarInterval::Day && day.midnight_utc() == start => day,
        _ if received.interval == BarInterval::Day => received.calendar.local_day(start),
        _ => clock.local_day(start),
    }
}

/// The price factor and split factor of a time by the definition: every action of a later day multiplies it.
fn factors(received: &Received, start: Timestamp) -> (f64, f64) {
    let day = day_of(received, start);
    let (mut price, mut split) = (1.0, 1.0);
    for action in received.actions.list() {
        if day >= action.first_day {
            continue;
        }
        match action.kind {
            ActionKind::Split { ratio } => {
                price /= ratio;
                split /= ratio;
            }
            ActionKind::Dividend { factor } => price *= factor,
        }
    }
    (price, split)
}

/// Adjusted prices are raw ones times the product of later actions, volumes go the other way for splits, and back again.
#[test]
fn adjusting_is_undone_by_its_factors() {
    for_all(dirt::ALL, |_, received| {
        let bars = bars_of(received);
        let (filled, _) = fill(&bars, &schedule_of(received), FillRule::default()).unwrap();
        let adjusted = bars.adjusted(received.calendar).unwrap();
        // synthetic bars are not decided on
        let of_filled = filled.adjusted(received.calendar).unwrap();
        prop_assert_eq!(of_filled.as_ref(), adjusted.as_ref());
        prop_assert_eq!(
            &filled.clone().into_adjusted(received.calendar).unwrap(),
            adjusted.as_ref()
        );
        let known = bars.factors(received.calendar);
        prop_assert_eq!(known.len(), bars.bars().len());
        let pairs = bars.bars().rows().zip(adjusted.rows());
        for (((start, raw, volume), (same, prices, traded)), known) in pairs.zip(known) {
            let (price, split) = factors(received, start);
            prop_assert_eq!(start, same);
            prop_assert!(near(known, price), "{start}: {known} is not {price}");
            for (raw, adjusted) in raw.into_iter().zip(prices) {
                prop_assert!(near(adjusted, raw * price), "{start}");
                prop_assert!(near(adjusted / known, raw), "{start}");
            }
            prop_assert!(
                volume == 0.0 && traded == 0.0 || near(traded * split, volume),
                "{start}"
            );
        }
        Ok(())
    });
}

/// An action and its opposite on the next day change nothing before both.
#[test]
fn an_action_and_its_inverse_cancel() {
    for_all(dirt::ACTIONS, |_, received| {
        let list = received.actions.list();
        let Some(before) = list.first().map(|action| action.first_day) else {
            return Ok(());
        };
        let inverse = list.iter().map(|action| CorporateAction {
            first_day: Day(action.first_day.0 + 20_000),
            kind: match action.kind {
                ActionKind::Split { ratio } => ActionKind::Split { ratio: 1.0 / ratio },
                ActionKind::Dividend { factor } => ActionKind::Dividend {
                    factor: 1.0 / factor,
                },
            },
        });
        let both = Actions::new(list.iter().copied().chain(inverse).collect()).unwrap();
        let bars = bars_of(received);
        let adjusted = bars.clone().with_actions(both.clone());
        prop_assert!(near(both.factor(Day(before.0 - 1)), 1.0));
        let adjusted = adjusted.adjusted(received.calendar).unwrap();
        for (raw, close) in bars.bars().rows().zip(adjusted.close()) {
            if day_of(received, raw.0) < before {
                prop_assert!(near(raw.1[3], *close));
            }
        }
        // joined with what is known already, nothing is applied twice
        prop_assert_eq!(&both.joined(&received.actions), &both);
        prop_assert_eq!(&received.actions.joined(&both), &both);
        Ok(())
    });
}

/// The content hash tells bars from other bars, flags, spreads and actions.
#[test]
fn whatever_differs_has_another_hash() {
    for_all(dirt::ALL & !dirt::QUOTES, |_, received| {
        let bars = bars_of(received);
        if bars.bars().is_empty() || bars.actions().is_empty() {
            return Ok(());
        }
        let plain = Curated::plain(bars.bars().clone());
        let count = bars.bars().len();
        let none = vec![false; count];
        let quoted = Curated::new(
            bars.bars().clone(),
            none,
            Some(vec![0.0; count]),
            Actions::default(),
        );
        let (filled, _) =
            fill(&plain, &schedule_of(received), FillRule::FORTY_EIGHT_HOURS).unwrap();
        let unflagged = Curated::plain(filled.bars().clone());
        let mut digests = vec![
            plain.digest().unwrap(),
            bars.digest().unwrap(),
            quoted.unwrap().digest().unwrap(),
        ];
        prop_assert_eq!(digests[0], plain.bars().digest().unwrap());
        if filled.synthetic_count() > 0 {
            digests.push(filled.digest().unwrap());
            digests.push(unflagged.digest().unwrap());
        }
        for (index, digest) in digests.iter().enumerate() {
            prop_assert!(!digests[..index].contains(digest), "{index}");
        }
        Ok(())
    });
}

/// A daily bar is on the basis of its date: stamped with midnight UTC, with midnight in New York, or with the open.
#[test]
fn a_daily_bar_is_on_the_basis_of_its_date() {
    let split = CorporateAction {
        first_day: "2014-06-09".parse().unwrap(),
        kind: ActionKind::Split { ratio: 7.0 },
    };
    let actions = Actions::new(vec![split]).unwrap();
    for seconds in [0, 4 * 3_600, 13 * 3_600 + 1_800] {
        let stamp = |date: &str| {
            let date: Day = date.parse().unwrap();
            date.midnight_utc().plus_seconds(seconds)
        };
        let mut columns = BarColumns::default();
        columns.push(stamp("2014-06-06"), [644.0; 4], 1.0);
        columns.push(stamp("2014-06-09"), [92.0; 4], 7.0);
        let bars = BarSeries::new(BarInterval::Day, columns).unwrap();
        let bars = Curated::plain(bars).with_actions(actions.clone());
        let adjusted = bars.adjusted(Calendar::Nyse).unwrap();
        assert_eq!(adjusted.close(), [92.0, 92.0], "{seconds}");
        assert_eq!(adjusted.volume(), [7.0, 7.0], "{seconds}");
    }
}
