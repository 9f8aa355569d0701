//! The data page: what the app calls when it has loaded it.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

/// Begins; `app` takes messages to the app. Returns the version of the messages.
#[wasm_bindgen]
pub fn begin(app: Function) -> u32 {
    atrium_frontend::data_page::begin(app)
}

/// Takes a message of the app.
#[wasm_bindgen]
pub fn hear(message: &JsValue) {
    atrium_frontend::data_page::hear(message);
}

/// Shows the page in an element.
#[wasm_bindgen]
pub fn show(host: HtmlElement) {
    atrium_frontend::data_page::show(host);
}

/// Takes files of bars that were dropped on another page.
#[wasm_bindgen]
pub fn take(files: Vec<web_sys::File>) {
    atrium_frontend::data_page::take(files);
}

/// Takes the page down.
#[wasm_bindgen]
pub fn hide() {
    atrium_frontend::data_page::hide();
}

fn main() {}
