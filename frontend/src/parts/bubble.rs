//! Plain explanations, a tap away from the term they explain. One bubble is open at a time.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// The width of a bubble, in CSS pixels.
const WIDTH: f64 = 288.0;
/// How far it keeps from the edges of the window.
const EDGE: f64 = 8.0;
/// How long a bubble stays when its term is left, in milliseconds: time to move the pointer onto it.
const LINGER_MS: u32 = 200;

/// The open bubble, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Bubbles {
    open: RwSignal<Option<Bubble>>,
    last: StoredValue<u32>,
    /// Closes the bubble whose term was left.
    closing: StoredValue<Option<Timeout>, Local>,
}

#[derive(Debug, Clone, PartialEq)]
struct Bubble {
    owner: u32,
    /// Opened by a tap: it stays until it is tapped again or left.
    pinned: bool,
    text: String,
    style: String,
}

impl Bubbles {
    pub(crate) fn new() -> Self {
        let bubbles = Self {
            open: RwSignal::new(None),
            last: StoredValue::new(0),
            closing: StoredValue::new_local(None),
        };
        let close = move |_: &web_sys::Event| {
            if bubbles.open.with_untracked(Option::is_some) {
                bubbles.open.set(None);
            }
        };
        let anywhere = EventListenerOptions::run_in_capture_phase();
        EventListener::new_with_options(&window(), "scroll", anywhere, close).forget();
        EventListener::new(&window(), "keydown", move |event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
            if key.as_deref() == Some("Escape") {
                close(event);
            }
        })
        .forget();
        bubbles
    }

    fn owner(self) -> u32 {
        self.last.update_value(|last| *last += 1);
        self.last.get_value()
    }

    fn show(self, owner: u32, by: &HtmlElement, text: String, pinned: bool) {
        self.hold();
        self.open.set(Some(Bubble {
            owner,
            pinned,
            text,
            style: place(by),
        }));
    }

    fn close(self, owner: u32, pinned_too: bool) {
        let closes = self.open.with_untracked(|open| {
            open.as_ref()
                .is_some_and(|open| open.owner == owner && (pinned_too || !open.pinned))
        });
        if closes {
            self.open.set(None);
        }
    }

    /// Closes in a moment, unless the pointer moves onto the bubble.
    fn leave(self, owner: u32) {
        let close = Timeout::new(LINGER_MS, move || self.close(owner, false));
        self.closing.set_value(Some(close));
    }

    /// Keeps the bubble that was to be closed.
    fn hold(self) {
        self.closing.set_value(None);
    }

    fn is_open(self, owner: u32) -> bool {
        self.open
            .with(|open| open.as_ref().is_some_and(|open| open.owner == owner))
    }

    fn is_pinned(self, owner: u32) -> bool {
        self.open.with_untracked(|open| {
            open.as_ref()
                .is_some_and(|open| open.owner == owner && open.pinned)
        })
    }
}

/// Where the bubble of an element stands: beneath it, or above where there is no room beneath.
fn place(by: &HtmlElement) -> String {
    let rect = by.get_bounding_client_rect();
    let size = |value: Result<wasm_bindgen::JsValue, _>| {
        value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
    };
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let most = width - WIDTH - EDGE;
    let left = rect.left() + rect.width() / 2.0 - WIDTH / 2.0;
    let left = left.clamp(EDGE, if most > EDGE { most } else { EDGE });
    if rect.bottom() + 160.0 < height {
        format!("left: {left:.0}px; top: {:.0}px", rect.bottom() + 6.0)
    } else {
        format!(
            "left: {left:.0}px; bottom: {:.0}px",
            height - rect.top() + 6.0
        )
    }
}

/// A term that explains itself when it is pointed at, focused or tapped.
#[component]
pub(crate) fn Explained(
    /// The explanation.
    #[prop(into)]
    text: Signal<String>,
    /// How the term looks.
    #[prop(default = "term")]
    class: &'static str,
    /// What it is called where the term is not a word.
    #[prop(optional, into)]
    label: Option<String>,
    /// The term.
    children: Children,
) -> impl IntoView {
    let bubbles = expect_context::<Bubbles>();
    let owner = bubbles.owner();
    let element = NodeRef::<leptos::html::Button>::new();
    let show = move |pinned: bool| {
        if let Some(element) = element.get_untracked() {
            bubbles.show(owner, element.unchecked_ref(), text.get_untracked(), pinned);
        }
    };
    let on_click = move |_| {
        if bubbles.is_pinned(owner) {
            bubbles.close(owner, true);
        } else {
            show(true);
        }
    };
    let open = move || bubbles.is_open(owner);
    on_cleanup(move || bubbles.close(owner, true));
    view! {
        <button
            type="button"
            class=class
            aria-label=label
            aria-expanded=move || open().to_string()
            aria-describedby=move || open().then_some("bubble")
            node_ref=element
            on:mouseenter=move |_| if !bubbles.is_pinned(owner) { show(false) }
            on:mouseleave=move |_| bubbles.leave(owner)
            on:focus=move |_| if !bubbles.is_pinned(owner) { show(false) }
            on:blur=move |_| bubbles.close(owner, true)
            on:click=on_click
        >
            {children()}
        </button>
    }
}

/// The small sign behind a label.
#[component]
pub(crate) fn Info(
    /// What is explained.
    term: &'static str,
    /// The explanation.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <Explained text class="info" label=format!("What is {term}?")>
            <span aria-hidden="true">"?"</span>
        </Explained>
    }
}

/// Where the open bubble is shown: above everything, so that nothing cuts it.
#[component]
pub(crate) fn BubbleLayer() -> impl IntoView {
    let bubbles = expect_context::<Bubbles>();
    move || {
        bubbles.open.get().map(|bubble| {
            let owner = bubble.owner;
            view! {
                <div
                    id="bubble"
                    class="bubble"
                    role="tooltip"
                    style=bubble.style
                    on:mouseenter=move |_| bubbles.hold()
                    on:mouseleave=move |_| bubbles.leave(owner)
                >
                    {bubble.text}
                </div>
            }
        })
    }
}
