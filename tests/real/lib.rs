//! Golden tests that read real data by the import; they are in `tests`.

use core::ops::ControlFlow;

use atrium_backend::import::{Input, Order, import};
use atrium_backend::store::Store;
use atrium_shared::market::bars::{BarSeries, Instrument};

/// The one-minute bars of SPY as they are imported, stored and read again; `None` where the test data are absent.
///
/// # Panics
/// Where they cannot be.
pub fn spy_minutes() -> Option<BarSeries> {
    let path = atrium_tests::test_data("spy_1m_admf/SPY_1m.parquet")?;
    Some(stored(&path).unwrap_or_else(|error| panic!("SPY is stored: {error}")))
}

fn stored(path: &std::path::Path) -> Result<BarSeries, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let input = Input::file(path, "SPY_1m.parquet", None)?;
    let order = Order::of(Instrument::us_share("SPY"));
    let done = import(&input, &order, &store, &mut |_| ControlFlow::Continue(()))?;
    Ok(store.load(&done.done.set.name)?.bars)
}
