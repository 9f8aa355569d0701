//! One data set, and several who want to write it.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::ImportOutcome;

use super::GOOD;
use crate::import::{ImportError, Input, Order, Stage, Step, import, rehearse};
use crate::testing::Sandbox;

/// Whether a step is of storing.
fn is_storing(step: &Step<'_>) -> bool {
    matches!(
        step,
        Step::Progress {
            stage: Stage::Storing,
            ..
        }
    )
}

#[test]
fn what_is_tried_ends_when_nobody_waits_for_it() {
    let sandbox = Sandbox::new();
    let (store, path) = (sandbox.store(), sandbox.file("SPY.csv", GOOD));
    let input = Input::file(&path, "SPY.csv", None).unwrap();
    let order = Order::of(Instrument::us_share("SPY"));
    let mut storing = 0;
    // its rows were read, and are being sorted and written
    let tried = rehearse(&input, &order, &store, &mut |step| {
        storing += usize::from(is_storing(&step));
        match storing {
            0 | 1 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    });
    assert!(matches!(tried, Err(ImportError::Cancelled)), "{tried:?}");
    assert_eq!(storing, 2);
    assert!(store.card("SPY-1min").is_err());
    let mut watch = |_: Step<'_>| ControlFlow::Continue(());
    let done = import(&input, &order, &store, &mut watch).unwrap().done;
    assert_eq!(done.outcome, ImportOutcome::Stored);
}

#[test]
fn an_import_waits_until_what_is_tried_has_ended() {
    let sandbox = Sandbox::new();
    let (store, path) = (sandbox.store(), sandbox.file("SPY.csv", GOOD));
    let input = Input::file(&path, "SPY.csv", None).unwrap();
    let order = Order::of(Instrument::us_share("SPY"));
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let (input, order, store) = (&input, &order, &store);
        let tried = scope.spawn(move || {
            rehearse(input, order, store, &mut |step| {
                if is_storing(&step) {
                    tell.send(()).unwrap();
                    thread::sleep(Duration::from_millis(200));
                }
                ControlFlow::Continue(())
            })
        });
        told.recv().unwrap();
        let mut watch = |_: Step<'_>| ControlFlow::Continue(());
        let done = import(input, order, store, &mut watch).unwrap().done;
        assert_eq!(done.outcome, ImportOutcome::Stored);
        let tried = tried.join().unwrap().unwrap();
        assert_eq!(tried.done, done);
    });
}
