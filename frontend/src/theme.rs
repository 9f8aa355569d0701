//! Light and dark: the choice, and the colours of the style sheet for the charts.

use atrium_shared::surface::charts::Theme;
use atrium_shared::surface::sweeps::Ramp;
use gloo::events::EventListener;
use gloo::utils::{document, window};
use leptos::prelude::*;
use plotters::style::RGBAColor;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::memory::Memory;

const KEY: &str = "atrium.theme";

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Choice {
    /// As the system is set.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Choice {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Changes whenever colours or letters may have: what is painted reads them again.
#[derive(Clone, Copy)]
pub(crate) struct LookVersion(RwSignal<u32>);

impl LookVersion {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(0))
    }

    /// Has what reads colours or letters do so again when they change.
    pub(crate) fn track(self) {
        self.0.track();
    }

    pub(crate) fn changed(self) {
        self.0.update(|version| *version += 1);
    }
}

/// The look in use.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    /// What was chosen.
    pub(crate) choice: RwSignal<Choice>,
    pub(crate) version: LookVersion,
}

impl Look {
    /// Reads the stored choice and follows it, the system and the arrival of the letters.
    pub(crate) fn new() -> Self {
        let look = Self {
            choice: RwSignal::new(Memory::Browser.get(KEY).unwrap_or(Choice::Auto)),
            version: LookVersion::new(),
        };
        Effect::new(move |_| {
            let choice = look.choice.get();
            if let Some(root) = browser::root() {
                drop(root.set_attribute("data-theme", choice.name()));
            }
            // a browser that stores nothing still shows the choice
            Memory::Browser.set(KEY, &choice);
            look.version.changed();
        });
        if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
            EventListener::new(&query, "change", move |_| look.version.changed()).forget();
        }
        if let Ok(ready) = document().fonts().ready() {
            leptos::task::spawn_local(async move {
                if wasm_bindgen_futures::JsFuture::from(ready).await.is_ok() {
                    look.version.changed();
                }
            });
        }
        look
    }
}

/// The colours of lines beside one another, by their places.
pub(crate) const SERIES: [&str; 6] = [
    "--series-1",
    "--series-2",
    "--series-3",
    "--series-4",
    "--series-5",
    "--series-6",
];

/// The colours of lines beside one another, resolved as they are now.
pub(crate) fn series_colours(host: &HtmlElement) -> [RGBAColor; SERIES.len()] {
    resolved(host, |colour| SERIES.map(colour))
}

/// The colours and letters of the style sheet, resolved as they are now, for charts inside `host`.
pub(crate) fn chart_theme(host: &HtmlElement) -> Theme {
    resolved(host, |colour| Theme {
        ground: colour("--ground"),
        label: colour("--ink-3"),
        grid: colour("--chart-grid"),
        hairline: colour("--line"),
        up: colour("--chart-up"),
        down: colour("--chart-down"),
        win: colour("--win"),
        loss: colour("--loss"),
        equity: colour("--accent"),
        tag: colour("--ink-2"),
        font: "Inter, system-ui, sans-serif".to_owned(),
        font_px: 11.0,
    })
}

/// The colours of low, middling and high values, resolved as they are now.
pub(crate) fn heat_ramp(host: &HtmlElement) -> Ramp {
    let channels = |RGBAColor(red, green, blue, _)| [red, green, blue];
    let [low, middle, high] = resolved(host, |colour| {
        ["--heat-low", "--heat-middle", "--heat-high"].map(colour)
    });
    Ramp::new(channels(low), channels(middle), channels(high))
}

/// Reads colours of the style sheet as they are computed inside `host`.
fn resolved<T>(host: &HtmlElement, read: impl FnOnce(&dyn Fn(&str) -> RGBAColor) -> T) -> T {
    let probe = document()
        .create_element("span")
        .ok()
        .and_then(|probe| probe.dyn_into::<HtmlElement>().ok());
    if let Some(probe) = &probe {
        drop(host.append_child(probe));
    }
    let colour = |token: &str| {
        let resolved = probe.as_ref().and_then(|probe| {
            drop(
                probe
                    .style()
                    .set_property("color", &format!("var({token})")),
            );
            let style = window().get_computed_style(probe).ok()??;
            parse_rgb(&style.get_property_value("color").ok()?)
        });
        resolved.unwrap_or(RGBAColor(128, 128, 128, 1.0))
    };
    let read = read(&colour);
    if let Some(probe) = probe {
        probe.remove();
    }
    read
}

/// Reads "rgb(1, 2, 3)" and "rgba(1, 2, 3, 0.5)", which is how browsers write computed colours.
fn parse_rgb(text: &str) -> Option<RGBAColor> {
    let inner = text.strip_prefix("rgb")?.trim_start_matches('a');
    let inner = inner.strip_prefix('(')?.strip_suffix(')')?;
    let mut parts = inner.split(',').map(str::trim);
    let mut channel = || parts.next()?.parse::<u8>().ok();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    let alpha = parts.next().map_or(Some(1.0), |text| text.parse().ok())?;
    Some(RGBAColor(red, green, blue, alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_colours_are_read() {
        assert_eq!(parse_rgb("rgb(1, 2, 255)"), Some(RGBAColor(1, 2, 255, 1.0)));
        assert_eq!(
            parse_rgb("rgba(1, 2, 3, 0.5)"),
            Some(RGBAColor(1, 2, 3, 0.5))
        );
        for bad in [
            "",
            "red",
            "rgb(1, 2)",
            "rgb(1, 2, 300)",
            "color(srgb 1 0 0)",
        ] {
            assert_eq!(parse_rgb(bad), None, "{bad}");
        }
    }
}
