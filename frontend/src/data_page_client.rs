//! The app's side of the data page: loads its program, once, and passes messages.

use gloo::timers::callback::Timeout;
use js_sys::{Array, Function, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

use crate::bridge::{Intake, PROTOCOL, ToApp, ToPage};
use crate::protocol::{pack, unpack};
use crate::state::Lab;
use crate::theme::LookVersion;

/// Where the build puts the program.
const PROGRAM: &str = "/data_page.js";

/// When the program is loaded where nobody has asked for it, in milliseconds after the app: after what the first picture
/// needs, and while the server is surely there. Without it no file could be used when the server is away.
const WARM_MS: u32 = 1_500;

#[wasm_bindgen]
extern "C" {
    /// Loads a module, see `index.html`.
    #[wasm_bindgen(js_name = loadModule, catch)]
    fn load_module(address: &str) -> Result<Promise, JsValue>;

    /// What `bin/data_page.rs` exports.
    #[derive(Clone)]
    type Program;
    /// Fetches and starts the WASM.
    #[wasm_bindgen(method, catch, js_name = default)]
    fn init(this: &Program) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn begin(this: &Program, app: &Function) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn hear(this: &Program, message: &Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn show(this: &Program, host: &HtmlElement) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn hide(this: &Program) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn take(this: &Program, files: &Array) -> Result<(), JsValue>;
}

/// Where the program stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody asked for it.
    Absent,
    /// It is on its way.
    Loading,
    /// It is here.
    Here,
    /// It could not be loaded.
    Failed,
}

/// The data page's program. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(crate) struct DataPageClient {
    pub(crate) stage: RwSignal<Stage>,
    program: StoredValue<Option<Program>, LocalStorage>,
    /// How often it was asked for: a browser may remember that a module could not be loaded.
    attempts: StoredValue<u32>,
    /// Files that wait for it.
    files: StoredValue<Option<Array>, LocalStorage>,
    lab: Lab,
}

impl DataPageClient {
    /// Keeps the program informed once it is here, and loads it in a while.
    pub(crate) fn start(lab: Lab, look: LookVersion) -> Self {
        let client = Self {
            stage: RwSignal::new(Stage::Absent),
            program: StoredValue::new_local(None),
            attempts: StoredValue::new(0),
            files: StoredValue::new_local(None),
            lab,
        };
        lab.reach_data_page(client);
        Effect::new(move |_| client.tell(&ToPage::Server(lab.server.get())));
        Effect::new(move |_| client.tell(&ToPage::Catalogue(lab.catalogue.get())));
        Effect::new(move |_| {
            look.track();
            client.tell(&ToPage::Look);
        });
        let warm = move || {
            if client.stage.get_untracked() == Stage::Absent {
                client.load();
            }
        };
        Timeout::new(WARM_MS, warm).forget();
        client
    }

    /// Loads the program, unless it is here or on its way.
    pub(crate) fn load(self) {
        if matches!(self.stage.get_untracked(), Stage::Loading | Stage::Here) {
            return;
        }
        self.stage.set(Stage::Loading);
        let attempt = self.attempts.get_value();
        self.attempts.set_value(attempt + 1);
        let address = match attempt {
            0 => PROGRAM.to_owned(),
            again => format!("{PROGRAM}?{again}"),
        };
        spawn_local(async move {
            let loaded = self.begin(&address).await;
            self.stage.set(match loaded {
                Ok(()) => Stage::Here,
                Err(_) => Stage::Failed,
            });
            let waiting = self.files.try_update_value(Option::take).flatten();
            match (waiting, loaded) {
                (None, _) => {}
                (Some(files), Ok(())) => self.take(files),
                (Some(_), Err(_)) => self.lab.hear_intake(Intake::Failed),
            }
        });
    }

    async fn begin(self, address: &str) -> Result<(), JsValue> {
        let program: Program = JsFuture::from(load_module(address)?)
            .await?
            .unchecked_into();
        JsFuture::from(program.init()?).await?;
        let lab = self.lab;
        let hear = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            if let Ok((message, attachment)) = unpack::<ToApp>(&message) {
                lab.hear_data_page(message, attachment);
            }
        });
        let protocol = program.begin(hear.as_ref().unchecked_ref())?;
        // the program lives as long as the document
        hear.forget();
        if protocol != PROTOCOL {
            lab.outdated.set(true);
            return Err(JsValue::NULL);
        }
        self.program.set_value(Some(program));
        self.tell(&ToPage::Server(lab.server.get_untracked()));
        self.tell(&ToPage::Catalogue(lab.catalogue.get_untracked()));
        Ok(())
    }

    /// Tells the program something; says whether it is here to hear it.
    pub(crate) fn tell(self, message: &ToPage) -> bool {
        self.call(|program| {
            if let Ok((parts, _)) = pack(message, None) {
                drop(program.hear(&parts));
            }
        })
    }

    /// Hands files of bars to the program, which is loaded for them if need be.
    pub(crate) fn take(self, files: Array) {
        if !self.call(|program| drop(program.take(&files))) {
            self.files.set_value(Some(files));
            self.load();
        }
    }

    /// Has the page shown in an element.
    pub(crate) fn show(self, host: &HtmlElement) {
        self.call(|program| drop(program.show(host)));
    }

    /// Has the page taken down.
    pub(crate) fn hide(self) {
        self.call(|program| drop(program.hide()));
    }

    fn call(self, act: impl FnOnce(&Program)) -> bool {
        // what is called may call back
        let program = self.program.get_value();
        program.as_ref().map(act).is_some()
    }
}
