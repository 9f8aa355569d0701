//! The page.

#![allow(
    unsafe_code,
    reason = "the macro that cuts a file from the program names functions of another module"
)]

use atrium_frontend::late::{File, Part, view};
use leptos::prelude::AnyView;
use leptos::wasm_split::SplitLoaderError;

/// What the first picture does without: this function, and what only it calls, is a file of its own.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(late, wasm_split_path = ::leptos::wasm_split, fallible, preload(load))]
fn show(part: Part) -> Result<AnyView, SplitLoaderError> {
    Ok(view(part))
}

#[cfg(not(feature = "split"))]
async fn load() -> Result<(), SplitLoaderError> {
    Ok(())
}

#[cfg(not(feature = "split"))]
async fn show(part: Part) -> Result<AnyView, SplitLoaderError> {
    Ok(view(part))
}

fn main() {
    atrium_frontend::start(File {
        load: || Box::pin(load()),
        show: |part| Box::pin(show(part)),
    });
}
