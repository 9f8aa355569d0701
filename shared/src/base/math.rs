//! Transcendental functions that give the same bits on every machine.
//!
//! The functions of the standard library come from the platform and differ in their last bits between machines and WASM;
//! these are the `libm` crate's, pinned exactly (the pin is part of the engine version).

/// The natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// The exponential function.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `base` to the power of `exponent`.
pub fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// The cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// The square root, which IEEE 754 defines to the last bit everywhere.
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Arithmetic mean; `None` for an empty slice.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (ddof 1), in two passes; `None` below two values.
pub fn std_dev(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some(sqrt(squares / (values.len() - 1) as f64))
}
