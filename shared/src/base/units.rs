//! Units that must not be mixed up, and the one way to report a number out of bounds.

use serde::{Deserialize, Serialize};

/// A number of minimum price increments of an instrument; a price is `ticks · tick size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(pub i64);

/// A whole number of lots of an instrument; a quantity is `lots · lot size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lots(pub i64);

/// A number that is not within its bounds: which one, its value, and the bound it broke.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} is {}, but must be {bound}", shown(*value))]
pub struct OutOfBounds {
    /// The name of the number, as the user typed it (a field or a flag).
    pub name: &'static str,
    /// The value that was given.
    pub value: f64,
    /// The bound, in words: "between 0 and 1".
    pub bound: String,
}

/// A number as short as it can be told: the largest have 309 digits.
fn shown(value: f64) -> String {
    if value != 0.0 && !(1e-12..1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// Checks that `value` is finite and lies in `[low, high]`.
///
/// # Errors
/// [`OutOfBounds`] with the name, the value and the bound.
pub fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), OutOfBounds> {
    if value.is_finite() && value >= low && value <= high {
        return Ok(());
    }
    // a bound that is no more than "not infinite" is not worth its 309 digits
    if high >= f64::MAX {
        return Err(OutOfBounds {
            name,
            value,
            bound: "a finite number".to_owned(),
        });
    }
    Err(OutOfBounds {
        name,
        value,
        bound: format!("a number from {low} to {high}"),
    })
}

/// As `floor`, for a number of less than 2⁵¹ either way; what comes of any other is not meant. No call where the processor is not
/// known to round by itself, and no branch, so that several are rounded together.
#[inline(always)]
pub fn floor_near(number: f64) -> f64 {
    let nearest = nearest(number);
    nearest - if nearest > number { 1.0 } else { 0.0 }
}

/// As `ceil`, under the terms of [`floor_near`].
#[inline(always)]
pub fn ceil_near(number: f64) -> f64 {
    let nearest = nearest(number);
    nearest + if nearest < number { 1.0 } else { 0.0 }
}

/// The nearest whole number: there is no bit for a fraction from 2⁵² on.
#[inline(always)]
fn nearest(number: f64) -> f64 {
    const UP: f64 = 6_755_399_441_055_744.0;
    (number + UP) - UP
}

/// The grid of prices an instrument trades on.
///
/// A tick of 0.01 is no binary fraction, so prices are built by dividing by 100 where the tick divides 1 evenly: the
/// nearest `f64` to the decimal price, the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickGrid {
    size: f64,
    per_unit: Option<f64>,
}

/// A price this close to a tick, in ticks, stands on it: far wider than rounding error, far narrower than any move.
const ON_TICK: f64 = 1e-6;

impl TickGrid {
    /// The grid with ticks of `size` price units.
    ///
    /// # Errors
    /// [`OutOfBounds`] where `size` is not a finite number in [1e-9, 1e6].
    pub fn new(size: f64) -> Result<Self, OutOfBounds> {
        within("tick_size", size, 1e-9, 1e6)?;
        let inverse = (1.0 / size).round();
        let even = inverse >= 1.0 && (inverse * size - 1.0).abs() < 1e-12;
        Ok(Self {
            size,
            per_unit: even.then_some(inverse),
        })
    }

    /// The price of a number of ticks.
    pub fn price(&self, ticks: Ticks) -> f64 {
        match self.per_unit {
            Some(per_unit) => ticks.0 as f64 / per_unit,
            None => ticks.0 as f64 * self.size,
        }
    }

    /// Replaces some prices by ticks: those of [`ceil`](Self::ceil) going up, otherwise those of [`floor`](Self::floor), under the terms of
    /// [`floor_near`].
    #[inline(always)]
    pub fn ticks_of_each<const N: usize>(&self, going_up: bool, prices: &mut [f64; N]) {
        match self.per_unit {
            Some(per_unit) => prices.iter_mut().for_each(|price| *price *= per_unit),
            None => prices.iter_mut().for_each(|price| *price /= self.size),
        }
        if going_up {
            let above = |price: &mut f64| *price = ceil_near(*price - ON_TICK);
            prices.iter_mut().for_each(above);
        } else {
            let below = |price: &mut f64| *price = floor_near(*price + ON_TICK);
            prices.iter_mut().for_each(below);
        }
    }

    /// Replaces some whole numbers of ticks by their prices.
    #[inline(always)]
    pub fn price_of_each<const N: usize>(&self, ticks: &mut [f64; N]) {
        match self.per_unit {
            Some(per_unit) => ticks.iter_mut().for_each(|ticks| *ticks /= per_unit),
            None => ticks.iter_mut().for_each(|ticks| *ticks *= self.size),
        }
    }

    /// `price` in ticks, not rounded.
    pub fn in_ticks(&self, price: f64) -> f64 {
        match self.per_unit {
            Some(per_unit) => price * per_unit,
            None => price / self.size,
        }
    }

    /// `price` as a number that was stored as an `f32`: the tick's price where the two cannot be told apart in that precision
    /// (`|price| · 2⁻²⁴`), so that 520.58 is not taken for a price beyond that tick.
    pub fn settle(&self, price: f64) -> f64 {
        let tick = self.price(Ticks(self.in_ticks(price).round() as i64));
        let precision = price.abs() * (f64::from(f32::EPSILON) / 2.0);
        if (price - tick).abs() <= precision {
            tick
        } else {
            price
        }
    }

    /// The lowest tick at or above `price` (a price within a millionth of a tick stands on it).
    pub fn ceil(&self, price: f64) -> Ticks {
        // as `ceil() as i64`, without a call where the processor is not known to round by itself
        let ticks = self.in_ticks(price) - ON_TICK;
        let towards_zero = ticks as i64;
        let above = i64::from((towards_zero as f64) < ticks);
        Ticks(towards_zero.saturating_add(above))
    }

    /// The highest tick at or below `price` (a price within a millionth of a tick stands on it).
    pub fn floor(&self, price: f64) -> Ticks {
        let ticks = self.in_ticks(price) + ON_TICK;
        let towards_zero = ticks as i64;
        let below = i64::from((towards_zero as f64) > ticks);
        Ticks(towards_zero.saturating_sub(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_bounds_is_told_in_few_digits() {
        let said = |size: f64| TickGrid::new(size).unwrap_err().to_string();
        for (size, start) in [
            (
                1e308,
                "tick_size is 1e308, but must be a number from 0.000000001",
            ),
            (-1e300, "tick_size is -1e300, but"),
            (5e-324, "tick_size is 5e-324, but"),
            (f64::INFINITY, "tick_size is inf, but"),
            (f64::NAN, "tick_size is NaN, but"),
            (0.0, "tick_size is 0, but"),
            (-0.01, "tick_size is -0.01, but"),
            (2_000_000.0, "tick_size is 2000000, but"),
        ] {
            assert!(said(size).starts_with(start), "{}", said(size));
        }
    }

    #[test]
    fn prices_on_the_grid_are_the_nearest_decimal() {
        let cents = TickGrid::new(0.01).unwrap();
        assert_eq!(cents.price(Ticks(12_345)).to_bits(), 123.45f64.to_bits());
        let eighths = TickGrid::new(0.125).unwrap();
        assert_eq!(eighths.price(Ticks(9)).to_bits(), 1.125f64.to_bits());
        let fives = TickGrid::new(5.0).unwrap();
        assert_eq!(fives.price(Ticks(3)).to_bits(), 15.0f64.to_bits());
    }

    #[test]
    fn a_price_on_a_tick_is_not_pushed_to_the_next() {
        let grid = TickGrid::new(0.01).unwrap();
        for cents in [1i64, 29, 12_345, 57_003, 99_999_999] {
            let price = cents as f64 / 100.0;
            assert_eq!(grid.ceil(price), Ticks(cents));
            assert_eq!(grid.floor(price), Ticks(cents));
            assert_eq!(grid.ceil(price + 0.001), Ticks(cents + 1));
            assert_eq!(grid.floor(price - 0.001), Ticks(cents - 1));
        }
    }

    #[test]
    fn whole_ticks_are_those_of_rounding_numbers() {
        let near = [
            0.0,
            -0.0,
            0.5,
            1.0,
            2.5,
            1e15 + 0.5,
            4_503_599_627_370_497.5,
        ];
        let far = [1e18, 9.3e18, 1e300, f64::INFINITY, f64::NAN];
        for size in [1.0, 0.01, 0.3] {
            let grid = TickGrid::new(size).unwrap();
            for price in near.into_iter().chain(far).flat_map(|p| [p, -p]) {
                for price in [price.next_down(), price, price.next_up()] {
                    let ticks = grid.in_ticks(price);
                    assert_eq!(grid.ceil(price).0, (ticks - ON_TICK).ceil() as i64);
                    assert_eq!(grid.floor(price).0, (ticks + ON_TICK).floor() as i64);
                }
            }
        }
    }

    #[test]
    fn several_prices_at_once_round_as_each_does() {
        let near: [f64; 8] = [0.0, 0.5, 1.0, 2.5, 521.37, 99.995, 1e6 + 0.25, 3.3e9];
        for size in [1.0, 0.01, 0.3, 0.25, 1e-5] {
            let grid = TickGrid::new(size).unwrap();
            for price in near
                .into_iter()
                .flat_map(|p| [p, -p, p.next_up(), p.next_down()])
            {
                for (going_up, expected) in [(true, grid.ceil(price)), (false, grid.floor(price))] {
                    let mut prices = [price; 3];
                    grid.ticks_of_each(going_up, &mut prices);
                    assert_eq!(prices.map(|ticks| ticks as i64), [expected.0; 3], "{price}");
                    grid.price_of_each(&mut prices);
                    // but for 0, which no level is
                    let same = |p: f64| p == 0.0 || p.to_bits() == grid.price(expected).to_bits();
                    assert!(prices.into_iter().all(same), "{price}");
                }
            }
        }
        for number in near.into_iter().chain([2.2e15 + 0.5]).flat_map(|n| [n, -n]) {
            for number in [number, number.next_up(), number.next_down()] {
                assert!((floor_near(number) - number.floor()).abs() <= 0.0);
                assert!((ceil_near(number) - number.ceil()).abs() <= 0.0);
            }
        }
    }

    #[test]
    fn a_bad_tick_size_is_named_with_its_bound() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(
                TickGrid::new(bad)
                    .unwrap_err()
                    .to_string()
                    .starts_with("tick_size is ")
            );
        }
    }

    #[test]
    fn a_price_that_an_f32_held_is_a_ticks_where_the_two_cannot_be_told_apart() {
        let cents = TickGrid::new(0.01).unwrap();
        let stored = |price: f64| f64::from(price as f32);
        for price in [520.58, 515.42, 0.01, 99.99, 64_123.45] {
            assert_ne!(stored(price).to_bits(), price.to_bits());
            assert_eq!(cents.settle(stored(price)).to_bits(), price.to_bits());
        }
        // what an f32 can tell apart stays apart
        for price in [520.581, 100.001, 0.010_001] {
            assert_eq!(
                cents.settle(stored(price)).to_bits(),
                stored(price).to_bits()
            );
        }
        // ticks finer than an f32 of that size
        assert_eq!(
            cents.settle(8_388_609.004).to_bits(),
            8_388_609f64.to_bits()
        );
    }
}
