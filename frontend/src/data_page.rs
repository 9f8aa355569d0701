//! The data page as a program of its own: the app loads it, tells it what it knows and gives it an element to show itself in.
//! It goes on while another page is shown, so that nothing that was begun is lost.

use std::any::Any;
use std::cell::RefCell;

use gloo::events::EventListener;
use gloo::utils::{document, window};
use js_sys::Function;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, HtmlElement};

use crate::bridge::{PROTOCOL, ToApp, ToPage};
use crate::browser;
use crate::pages::{self, Page, data::DataPage};
use crate::parts::bubble::{BubbleLayer, Bubbles};
use crate::protocol::unpack;
use crate::state::library::Library;
use crate::state::shell::Shell;
use crate::theme::LookVersion;

/// All that outlives a visit of the page.
struct Program {
    library: Library,
    bubbles: Bubbles,
    look: LookVersion,
    /// Holds the state.
    _owner: Owner,
    /// The page while it is shown: with this it goes.
    shown: Option<Box<dyn Any>>,
}

thread_local! {
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
}

/// Begins: `app` takes messages to the app. Returns the version of the messages.
pub fn begin(app: Function) -> u32 {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        browser::show_panic(&info.to_string());
    }));
    // effects and tasks begin with the first view that is mounted, and a file may come before the page is shown
    if let Ok(nowhere) = document().create_element("div") {
        drop(mount_to(nowhere.unchecked_into::<HtmlElement>(), || ()));
    }
    let owner = Owner::new();
    let program = owner.with(|| {
        let library = Library::start(Shell::new(app));
        follow_address(library);
        pages::data::intake::follow(library);
        (library, Bubbles::new(), LookVersion::new())
    });
    let (library, bubbles, look) = program;
    PROGRAM.set(Some(Program {
        library,
        bubbles,
        look,
        _owner: owner,
        shown: None,
    }));
    PROTOCOL
}

/// Looks at the data set that the address names, while it names this page.
fn follow_address(library: Library) {
    let look = move || {
        let hash = window().location().hash().unwrap_or_default();
        if Page::from_hash(&hash) == Page::Data {
            library.inspect(Page::data_set(&hash));
        }
    };
    look();
    EventListener::new(&window(), "hashchange", move |_| look()).forget();
}

/// Hears a message of the app.
pub fn hear(message: &JsValue) {
    let known = PROGRAM.with_borrow(|program| {
        let program = program.as_ref()?;
        Some((program.library, program.look))
    });
    let (Some((library, look)), Ok((message, _))) = (known, unpack::<ToPage>(message)) else {
        return;
    };
    let shell = library.shell;
    match message {
        ToPage::Server(server) => shell.server.set(server),
        ToPage::Catalogue(catalogue) => {
            if shell.catalogue.with_untracked(|known| *known != catalogue) {
                shell.catalogue.set(catalogue);
            }
        }
        ToPage::Look => look.changed(),
        ToPage::GiveUp => library.import.close(|| {}),
        ToPage::Bars {
            ticket,
            key,
            interval,
        } => {
            let Some(local) = library.local(&key) else {
                let why = "These bars are not in this browser any more.".to_owned();
                return shell.tell(&ToApp::NoBars { ticket, why }, None);
            };
            local.reader.bars(interval, move |answer| match answer {
                Ok(cut) => {
                    let (left_out, folded) = (cut.left_out, cut.folded);
                    let message = ToApp::Bars {
                        ticket,
                        left_out,
                        folded,
                    };
                    shell.tell(&message, Some(cut.wire));
                }
                Err(why) => shell.tell(&ToApp::NoBars { ticket, why }, None),
            });
        }
    }
}

/// Takes files of bars that were dropped on another page: they are used in this browser alone.
pub fn take(files: Vec<File>) {
    let library = PROGRAM.with_borrow(|program| Some(program.as_ref()?.library));
    if let Some(library) = library {
        pages::data::intake::take(library, files);
    }
}

/// Shows the page in an element.
pub fn show(host: HtmlElement) {
    let known = PROGRAM.with_borrow(|program| {
        let program = program.as_ref()?;
        Some((program.library, program.bubbles, program.look))
    });
    let Some((library, bubbles, look)) = known else {
        return;
    };
    hide();
    let shown = mount_to(host, move || {
        provide_context(library);
        provide_context(bubbles);
        provide_context(look);
        view! { <DataPage /> <BubbleLayer /> }
    });
    PROGRAM.with_borrow_mut(|program| {
        if let Some(program) = program {
            program.shown = Some(Box::new(shown));
        }
    });
}

/// Takes the page down; what it knows stays.
pub fn hide() {
    let shown = PROGRAM.with_borrow_mut(|program| program.as_mut()?.shown.take());
    drop(shown);
}
