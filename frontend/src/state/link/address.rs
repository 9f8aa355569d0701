//! What an address says beside the page: the link, and what stands behind it.

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::share::Link;
use gloo::utils::window;
use leptos::prelude::*;

use crate::browser;
use crate::memory::Memory;
use crate::pages::Page;
use crate::state::Lab;

/// The link in an address, if it is one of a page of runs that has one.
pub(super) fn in_address() -> Option<String> {
    let hash = window().location().hash().unwrap_or_default();
    let is_link = hash.contains("?c=") || hash.contains("&c=");
    let is_of_runs = matches!(Page::from_hash(&hash), Page::Backtest | Page::Sweep);
    (is_of_runs && is_link).then_some(hash)
}

/// What stands behind a link for the bar that is asked about.
const BAR: &str = "&bar=";

/// A bar behind a link: its start in seconds since 1970.
pub(super) fn bar_parameter(start: Timestamp) -> String {
    format!("{BAR}{}", start.0.div_euclid(1_000_000))
}

/// The bar behind the link of an address.
pub(super) fn bar_in(address: &str) -> Option<Timestamp> {
    let (_, behind) = address.split_once(BAR)?;
    let seconds: i64 = behind.split('&').next()?.parse().ok()?;
    let start = Timestamp(seconds.checked_mul(1_000_000)?);
    (Timestamp::MIN <= start && start <= Timestamp::MAX).then_some(start)
}

fn replace_address(fragment: &str) {
    if let Ok(history) = window().history() {
        // a browser that refuses shows the address as it was
        drop(history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(fragment)));
    }
}

/// Where a tab notes the address of the link that was left last. A browser that begins to load the document again has read its
/// address already: taking the link out of it then is too late.
const LEFT: &str = "atrium.left.1";

/// Notes that a link is left; a browser that keeps nothing opens it again.
fn note(address: &str) {
    Memory::Tab.set(LEFT, address);
}

/// A link is followed: it was not left.
pub(super) fn forget_left() {
    Memory::Tab.delete(LEFT);
}

/// The address of the page without the link of an address.
fn without_link(address: &str) -> &'static str {
    match Page::from_hash(address) {
        Page::Sweep => Page::SWEEP,
        _ => Page::BACKTEST,
    }
}

impl Lab {
    /// Whether the address names a link.
    pub(in crate::state) fn is_link_named() -> bool {
        in_address().is_some()
    }

    /// The document goes: parameters that were set and do not count as chosen yet are another run than that of the link in its address.
    pub(crate) fn note_left(self) {
        if let Some(address) = in_address().filter(|_| self.is_unsettled()) {
            note(&address);
        }
    }

    /// Takes the link out of an address that is loaded again though it was left.
    pub(in crate::state) fn leave_as_noted() {
        let noted: Option<String> = Memory::Tab.get(LEFT);
        forget_left();
        // whoever follows the link anew wants its run
        if let Some(address) = in_address().filter(|address| noted.as_ref() == Some(address))
            && browser::is_loaded_again()
        {
            replace_address(without_link(&address));
        }
    }

    /// Puts a link into the address, without another entry of the browser's history.
    pub(crate) fn name_in_address(self, fragment: &str) {
        forget_left();
        replace_address(fragment);
    }

    /// Puts a link whose run is shown into the address: what was set before it came may have taken it out.
    pub(super) fn name_link(self, link: &Link) {
        let hash = window().location().hash().unwrap_or_default();
        let links = self.links.get_value();
        let fragment = links.and_then(|links| (links.fragment)(link).ok());
        if let (Page::Backtest, Some(fragment)) = (Page::from_hash(&hash), fragment) {
            let bar = self.linked_bar.get_value();
            let address = fragment
                + &self.times_behind(&link.config)
                + &bar.map_or_else(String::new, bar_parameter);
            // it may have been left before
            forget_left();
            if address != hash {
                replace_address(&address);
            }
        }
    }

    /// Takes the link out of the address: what is set now is another run.
    pub(in crate::state) fn leave_address(self) {
        if let Some(address) = in_address() {
            note(&address);
            replace_address(without_link(&address));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stands_behind_the_link_that_it_belongs_to() {
        let start = Timestamp::from_seconds(1_711_459_800);
        let address = |behind: &str| format!("#/backtest?c=1.x.00000000{behind}");
        assert_eq!(bar_in(&address(&bar_parameter(start))), Some(start));
        assert_eq!(bar_in(&address("&bar=1711459800&more=1")), Some(start));
        for behind in ["", "&bar=", "&bar=x", "&bar=9223372036854775807"] {
            assert_eq!(bar_in(&address(behind)), None, "{behind}");
        }
    }
}
