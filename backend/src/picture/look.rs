//! The colours of pictures: those of the page's style sheet, which a test compares.

use atrium_shared::surface::charts::Theme;
use plotters::style::RGBAColor;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Dark on white, for paper and documents.
    #[default]
    Light,
    /// Light on black.
    Dark,
}

/// Every colour of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Colours {
    /// What charts are drawn with.
    pub(super) chart: Theme,
    /// Titles and values.
    pub(super) ink: RGBAColor,
    /// Behind a warning, which is written in the colour of titles.
    pub(super) warning: RGBAColor,
    /// Around a warning.
    pub(super) warning_line: RGBAColor,
}

impl Look {
    /// The colours of this look.
    pub(super) fn colours(self) -> Colours {
        // as in tokens.css: light, dark
        let of = |light: u32, dark: u32| match self {
            Self::Light => rgb(light),
            Self::Dark => rgb(dark),
        };
        Colours {
            chart: Theme {
                ground: of(0xff_ff_ff, 0x0f_11_14),
                label: of(0x65_6a_73, 0x8b_92_9c),
                grid: of(0xf1_f1_ef, 0x19_1d_22),
                hairline: of(0xe3_e3_e0, 0x25_2a_31),
                up: of(0x5f_93_c6, 0x45_80_b8),
                down: of(0xdd_8a_4b, 0xb9_6f_30),
                win: of(0x0f_4f_9e, 0x8c_c6_ff),
                loss: of(0xa6_3f_00, 0xff_b2_6b),
                equity: of(0x5b_45_d6, 0xa5_97_ff),
                tag: of(0x50_55_5e, 0xaa_b0_b9),
                font: "Inter".to_owned(),
                font_px: 12.0,
            },
            ink: of(0x17_19_1d, 0xe8_ea_ed),
            warning: of(0xff_f6_e0, 0x2c_24_14),
            warning_line: of(0xd9_b4_5a, 0x6d_57_22),
        }
    }
}

fn rgb(colour: u32) -> RGBAColor {
    let [_, red, green, blue] = colour.to_be_bytes();
    RGBAColor(red, green, blue, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The light and the dark colour of a token.
    fn token(name: &str) -> [RGBAColor; 2] {
        let sheet = include_str!("../../../frontend/src/styles/tokens.css");
        let line = sheet
            .lines()
            .find_map(|line| line.trim().strip_prefix(&format!("--{name}: light-dark(#")))
            .unwrap();
        let (light, dark) = line.strip_suffix(");").unwrap().split_once(", #").unwrap();
        [light, dark].map(|text| rgb(u32::from_str_radix(text, 16).unwrap()))
    }

    #[test]
    fn colours_are_those_of_the_page() {
        for (index, look) in [Look::Light, Look::Dark].into_iter().enumerate() {
            let colours = look.colours();
            let chart = &colours.chart;
            for (name, colour) in [
                ("ground", chart.ground),
                ("ink-3", chart.label),
                ("chart-grid", chart.grid),
                ("line", chart.hairline),
                ("chart-up", chart.up),
                ("chart-down", chart.down),
                ("win", chart.win),
                ("loss", chart.loss),
                ("accent", chart.equity),
                ("ink-2", chart.tag),
                ("ink", colours.ink),
                ("warning-soft", colours.warning),
                ("warning-line", colours.warning_line),
            ] {
                assert_eq!(token(name)[index], colour, "{name}");
            }
        }
    }
}
