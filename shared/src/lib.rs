//! The pure core of Atrium: what the command line, the server and the browser all run.
//!
//! Six wings follow the way of the data: [`base`] → [`market`] → [`signal`] → [`trading`] → [`research`] → [`surface`]. A wing
//! imports only from wings above it in this list, a room only from rooms above it in its wing (`cargo xtask tidy` checks
//! both). Nothing here does input or output, reads a clock, keeps global state or draws an unseeded random number, so the
//! same input gives the same bits natively and in WASM.

pub mod base;
pub mod market;
pub mod signal;
pub mod trading;
pub mod research;
pub mod surface;
