//! Where a part is shown that comes late, and how far its file is.

use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::late::{File, Part, Which};
use crate::state::Lab;

#[wasm_bindgen]
extern "C" {
    /// Loads the styles of what is in the file, see `index.html`.
    #[wasm_bindgen(js_name = loadStyles, catch)]
    fn load_styles() -> Result<Promise, JsValue>;
}

/// Where the file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It is on its way.
    Loading,
    /// It is here.
    Here,
    /// It could not be loaded.
    Failed,
}

/// The file as the page knows it. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(crate) struct Late {
    pub(crate) stage: RwSignal<Stage>,
    file: File,
}

impl Late {
    /// Begins to load the file.
    pub(crate) fn start(file: File, lab: Lab) -> Self {
        let late = Self {
            stage: RwSignal::new(Stage::Loading),
            file,
        };
        // who began to wait for it goes on
        Effect::new(move |_| match late.stage.get() {
            Stage::Loading => {}
            Stage::Here => untrack(move || drop(late.show(Which::Start))),
            Stage::Failed => untrack(move || lab.do_without_late()),
        });
        late.load();
        late
    }

    /// Loads the file, after it failed to come.
    pub(crate) fn load(self) {
        self.stage.set(Stage::Loading);
        spawn_local(async move {
            let styles = load_styles();
            let loaded = (self.file.load)().await.is_ok();
            let styled = match styles {
                Ok(styles) => JsFuture::from(styles).await.is_ok(),
                Err(_) => false,
            };
            self.stage.set(match loaded && styled {
                true => Stage::Here,
                false => Stage::Failed,
            });
        });
    }

    /// Shows a part, if the file is here: then nothing is waited for, and the view has the owner of who asks.
    fn show(self, which: Which) -> Option<AnyView> {
        let mut coming = (self.file.show)(Part(which));
        match coming
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(Ok(view)) => Some(view),
            _ => None,
        }
    }
}

/// A part, once it is here.
#[component]
pub(crate) fn Later(which: Which) -> impl IntoView {
    let late = expect_context::<Late>();
    move || match late.stage.get() {
        Stage::Here => late.show(which),
        Stage::Loading | Stage::Failed => None,
    }
}
