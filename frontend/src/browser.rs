//! What is asked of the browser itself.

use atrium_shared::base::time::Timestamp;
use gloo::events::EventListener;
use gloo::utils::{document, window};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use leptos::prelude::{Callable as _, Callback, SetValue as _, StoredValue};
use leptos::reactive::owner::LocalStorage;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlElement, Url};

/// Milliseconds since the page was opened.
pub(crate) fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Whether the document was loaded again.
pub(crate) fn is_loaded_again() -> bool {
    let entries = window()
        .performance()
        .map(|clock| clock.get_entries_by_type("navigation"));
    let kind = entries.and_then(|entries| Reflect::get(&entries.get(0), &"type".into()).ok());
    kind.is_some_and(|kind| kind == "reload")
}

/// Scrolls, as little as is enough, until an element is in sight.
pub(crate) fn bring_near(element: &Element) {
    let options = Object::new();
    drop(Reflect::set(&options, &"block".into(), &"nearest".into()));
    let scroll = Reflect::get(element, &"scrollIntoView".into());
    if let Some(scroll) = scroll.ok().and_then(|it| it.dyn_into::<Function>().ok()) {
        drop(scroll.call1(element, &options));
    }
}

/// Puts a text on the clipboard; says whether the browser let it.
pub(crate) async fn copy(text: &str) -> bool {
    // absent where the page is neither local nor encrypted
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    let written = window().navigator().clipboard().write_text(text);
    JsFuture::from(written).await.is_ok()
}

/// Saves a text as a file.
pub(crate) fn download(name: &str, text: &str) -> Result<(), JsValue> {
    download_parts(name, "application/json", &Array::of1(&text.into()))
}

/// Saves bytes as a file.
pub(crate) fn download_bytes(name: &str, kind: &str, bytes: &[u8]) -> Result<(), JsValue> {
    download_parts(name, kind, &Array::of1(&Uint8Array::from(bytes)))
}

/// Saves what the browser holds as a file.
pub(crate) fn download_blob(name: &str, kind: &str, blob: &Blob) -> Result<(), JsValue> {
    download_parts(name, kind, &Array::of1(blob))
}

fn download_parts(name: &str, kind: &str, parts: &Array) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_u8_array_sequence_and_options(parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}

/// How far this computer's clock is ahead of UTC at a time, in seconds.
pub(crate) fn offset_seconds(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&(at.0 as f64 / 1_000.0).into());
    // in minutes, and the other way round; NaN beyond the years that a date can have
    -(date.get_timezone_offset() * 60.0) as i32
}

/// The outermost element.
pub(crate) fn root() -> Option<HtmlElement> {
    document().document_element()?.dyn_into().ok()
}

/// Shows, in place of the page, that the program failed. It must work when nothing else does.
pub(crate) fn show_panic(message: &str) {
    let Some(body) = document().body() else {
        return;
    };
    let element = |name: &str, class: &str, text: &str| {
        let element = document().create_element(name).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(text));
        Some(element)
    };
    let parts = [
        element("h1", "", "Atrium stopped"),
        element(
            "p",
            "",
            "The page met a defect of its own and cannot go on. Stored data and results are not touched. Reload to go on; if it happens again, please report what is written below.",
        ),
        element("a", "button", "Reload the page"),
        element("pre", "", message),
    ];
    let Some(cover) = element("div", "cover", "") else {
        return;
    };
    drop(cover.set_attribute("role", "alert"));
    for part in parts.into_iter().flatten() {
        if part.tag_name() == "A" {
            drop(part.set_attribute("href", "/"));
        }
        drop(cover.append_child(&part));
    }
    body.set_text_content(None);
    drop(body.append_child(&cover));
}

/// Calls whenever the window moves to a screen of other pixels, or is zoomed, for as long as `kept` is there. A query knows one density,
/// so each change asks for the next.
pub(crate) fn follow_density(
    kept: StoredValue<Option<EventListener>, LocalStorage>,
    changed: Callback<()>,
) {
    let query = format!("(resolution: {}dppx)", window().device_pixel_ratio());
    if let Ok(Some(query)) = window().match_media(&query) {
        let listener = EventListener::new(&query, "change", move |_| {
            changed.run(());
            // the listener that is running may not be freed from within itself
            spawn_local(async move { follow_density(kept, changed) });
        });
        // who follows may be gone by then
        drop(kept.try_set_value(Some(listener)));
    }
}
