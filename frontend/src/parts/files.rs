//! Files that come into a page: dropped anywhere in its window, or chosen.

use leptos::ev;
use leptos::prelude::*;
use web_sys::{DragEvent, File, FileList};

/// The files of a list.
pub(crate) fn files_of(list: Option<FileList>) -> Vec<File> {
    let Some(list) = list else {
        return Vec::new();
    };
    (0..list.length())
        .filter_map(|index| list.get(index))
        .collect()
}

/// Has files taken that are dropped anywhere in the window, as long as the calling component is there: a short page ends above
/// the window's foot, and the header is none of it. Says whether some are held over the window.
pub(crate) fn drops(take: impl Fn(Vec<File>) + 'static) -> RwSignal<bool> {
    let over = RwSignal::new(false);
    let hold = move |is_over: bool| {
        if over.get_untracked() != is_over {
            over.set(is_over);
        }
    };
    let on_over = move |event: DragEvent| {
        if is_of_files(&event) {
            // without this the browser would open the file in place of the page
            event.prevent_default();
            hold(true);
        }
    };
    let on_leave = move |event: DragEvent| {
        // from one element of the page to another is not away
        if event.related_target().is_none() {
            hold(false);
        }
    };
    let on_drop = move |event: DragEvent| {
        hold(false);
        if is_of_files(&event) {
            event.prevent_default();
            let files = files_of(event.data_transfer().and_then(|data| data.files()));
            if !files.is_empty() {
                take(files);
            }
        }
    };
    for listener in [
        window_event_listener(ev::dragover, on_over),
        window_event_listener(ev::dragleave, on_leave),
        window_event_listener(ev::drop, on_drop),
    ] {
        on_cleanup(move || listener.remove());
    }
    over
}

/// Words that are dragged into a field go there.
fn is_of_files(event: &DragEvent) -> bool {
    let kinds = event.data_transfer().map(|data| data.types());
    kinds.is_some_and(|kinds| kinds.includes(&"Files".into(), 0))
}
