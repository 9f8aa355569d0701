//! A sweep in a link: what is varied stands behind the run that it is varied from, in a text of its own.
//!
//! It is `1.BODY.CHECKSUM` as the link is, with a version of its own; in a URL `#/sweep?c=LINK&s=SWEEP`. Who knows nothing of sweeps
//! reads the run alone.

use serde::{Deserialize, Serialize};

use super::{BadLink, Link, envelope};
use crate::base::digest::Digest;
use crate::research::parameters::{self, Parameter};
use crate::research::sweep::{Axis, Measure, Method, SweepSpec, Use};

const VERSION: u32 = 1;

/// The path of the page that opens them.
const PAGE: &str = "#/sweep?c=";
/// What stands before the text in a URL.
const BEFORE: &str = "&s=";

/// The most axes, and the most values of all of them together.
const MOST_AXES: usize = 32;
const MOST_VALUES: usize = 200_000;

/// What is varied.
#[derive(Clone)]
pub struct SweepPart {
    /// The parameters, and their values as they were written.
    pub axes: Vec<(&'static Parameter, String)>,
    /// How trials are drawn.
    pub method: Method,
    /// What they are ranked by.
    pub measure: Measure,
    /// The digest of what came of it, where all of it was run.
    pub results: Option<Digest>,
}

impl PartialEq for SweepPart {
    fn eq(&self, other: &Self) -> bool {
        let id = |(parameter, text): &(&Parameter, String)| (parameter.id, text.clone());
        self.axes.iter().map(id).eq(other.axes.iter().map(id))
            && (self.method, self.measure, self.results)
                == (other.method, other.measure, other.results)
    }
}

impl core::fmt::Debug for SweepPart {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let axes = self.axes.iter();
        let axes = axes.map(|(parameter, text)| format!("{}={text}", parameter.key));
        to.debug_struct("SweepPart")
            .field("axes", &axes.collect::<Vec<_>>())
            .field("method", &self.method)
            .field("measure", &self.measure)
            .field("results", &self.results)
            .finish()
    }
}

/// Version 1. Released links hold it: what does not fit becomes version 2 beside it.
#[derive(Serialize, Deserialize)]
struct Body {
    /// Ids and texts.
    axes: Vec<(u16, String)>,
    draws: Draws,
    measure: u8,
    results: Option<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
enum Draws {
    Grid,
    Random { trials: u64, seed: u64 },
    Latin { trials: u64, seed: u64 },
}

impl SweepPart {
    /// The text, from its version on.
    ///
    /// # Errors
    /// [`BadLink`] where values are none, or too many for a link.
    pub fn text(&self) -> Result<String, BadLink> {
        let axes = self.axes.iter();
        let body = Body {
            axes: axes
                .map(|(parameter, text)| (parameter.id, text.clone()))
                .collect(),
            draws: match self.method {
                Method::Grid => Draws::Grid,
                Method::Random { trials, seed } => Draws::Random { trials, seed },
                Method::LatinHypercube { trials, seed } => Draws::Latin { trials, seed },
            },
            measure: self.measure.code(),
            results: self.results.map(|digest| *digest.bytes()),
        };
        self.check()?;
        let body = postcard::to_allocvec(&body);
        let body = body.map_err(|_| BadLink::Malformed("it cannot be written"))?;
        let text = envelope::seal(VERSION, &body);
        match text.len() <= super::MAX_BYTES / 2 {
            true => Ok(text),
            false => Err(BadLink::TooLong { bytes: text.len() }),
        }
    }

    /// Checks that all values are some of their parameters.
    fn check(&self) -> Result<(), BadLink> {
        if self.axes.is_empty() || self.axes.len() > MOST_AXES {
            return Err(BadLink::Malformed("it varies nothing, or far too much"));
        }
        let mut values = 0;
        for (parameter, text) in &self.axes {
            values += Axis::read(&format!("{}={text}", parameter.key))?
                .values
                .len();
            if values > MOST_VALUES {
                return Err(BadLink::Malformed("its axes have more values than any has"));
            }
        }
        Ok(())
    }

    /// The sweep of a run.
    ///
    /// # Errors
    /// [`BadLink`] where it makes no sense with that.
    pub fn spec(&self, link: &Link) -> Result<SweepSpec, BadLink> {
        let read = |(parameter, text): &(&Parameter, String)| {
            Axis::read(&format!("{}={text}", parameter.key))
        };
        let axes = self.axes.iter().map(read).collect::<Result<_, _>>()?;
        Ok(SweepSpec::new(link.config, axes, self.method)?)
    }

    /// What made results of a sweep others than those that a link states, as far as that is known. `same_bars`: whether the bars have the
    /// content that the link names.
    pub fn why_others(spec: &SweepSpec, same_bars: bool) -> &'static str {
        match (same_bars, spec.signals()) {
            (false, _) => {
                "The results are not those of the link: they are of other bars than those that it names."
            }
            (true, Use::Never) => {
                "The results are not those of the link. The bars are the same: another version of the engine made them, or other files beside the bars, such as predictions or finer bars."
            }
            (true, _) => {
                "The results are not those of the link. The bars are the same: the signals or the way in which their times are read are others, or another version of the engine made them."
            }
        }
    }

    /// A run and what is varied of it as the fragment of a URL.
    ///
    /// # Errors
    /// [`BadLink`] where either cannot be written.
    pub fn fragment(&self, link: &Link) -> Result<String, BadLink> {
        Ok(format!("{PAGE}{}{BEFORE}{}", link.text()?, self.text()?))
    }

    /// What a URL or its fragment says is varied; `None` where it says nothing of it.
    ///
    /// # Errors
    /// [`BadLink`] says what is wrong and what to do.
    pub fn read(text: &str) -> Result<Option<Self>, BadLink> {
        if text.len() > super::MAX_BYTES {
            return Err(BadLink::TooLong { bytes: text.len() });
        }
        let Some((_, part)) = text.split_once(BEFORE) else {
            return Ok(None);
        };
        let (_, bytes) = envelope::open(part, VERSION)?;
        let (body, rest) = postcard::take_from_bytes::<Body>(&bytes)
            .map_err(|_| BadLink::Malformed("its parts do not fit together"))?;
        if !rest.is_empty() || body.axes.len() > MOST_AXES {
            return Err(BadLink::Malformed("more follows behind its end"));
        }
        let axis = |(id, text): (u16, String)| match parameters::by_id(id) {
            Some(parameter) => Ok((parameter, text)),
            None => Err(BadLink::NewerOption { id }),
        };
        let measure = Measure::coded(body.measure);
        let read = Self {
            axes: body.axes.into_iter().map(axis).collect::<Result<_, _>>()?,
            method: match body.draws {
                Draws::Grid => Method::Grid,
                Draws::Random { trials, seed } => Method::Random { trials, seed },
                Draws::Latin { trials, seed } => Method::LatinHypercube { trials, seed },
            },
            measure: measure.ok_or(BadLink::Malformed("it ranks by what is no measure"))?,
            results: body.results.map(Digest::from_bytes),
        };
        // equal sweeps are equal texts
        if read.text()? != part.split('&').next().unwrap_or_default().trim() {
            return Err(BadLink::Malformed("it is not written as links are"));
        }
        Ok(Some(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> SweepPart {
        let axis = |key: &str, text: &str| (parameters::named(key).unwrap(), text.to_owned());
        SweepPart {
            axes: vec![
                axis("k_sigma_err", "0:2:0.1"),
                axis("reward_risk_ratio", "1,1.5,2"),
                axis("max_hold_bars", "none,4"),
            ],
            method: Method::LatinHypercube {
                trials: 500,
                seed: 9,
            },
            measure: Measure::ProfitFactor,
            results: Some(Digest::from_bytes([3; 32])),
        }
    }

    fn link() -> Link {
        super::super::tests::shared_link()
    }

    #[test]
    fn a_sweep_is_read_as_it_was_written_and_its_run_by_itself() {
        let (part, link) = (part(), link());
        let fragment = part.fragment(&link).unwrap();
        assert_eq!(SweepPart::read(&fragment), Ok(Some(part.clone())));
        assert_eq!(Link::read(&fragment), Ok(link.clone()));
        let url = format!("http://127.0.0.1:8000/{fragment}");
        assert_eq!(SweepPart::read(&url), Ok(Some(part.clone())));
        assert_eq!(part.spec(&link).unwrap().trials(), 500);
        assert_eq!(SweepPart::read(&link.fragment().unwrap()), Ok(None));
        for method in [Method::Grid, Method::Random { trials: 3, seed: 0 }] {
            for measure in Measure::ALL {
                let results = None;
                let part = SweepPart {
                    method,
                    measure,
                    results,
                    ..part.clone()
                };
                let text = format!("&s={}", part.text().unwrap());
                assert_eq!(SweepPart::read(&text), Ok(Some(part)));
            }
        }
    }

    /// This text is in somebody's notebook: it is never changed, lines may be added.
    #[test]
    fn a_released_text_stays_what_it_was() {
        let text = "1.AxUHMDoyOjAuMRcHMSwxLjUsMjEGbm9uZSw0AvQDCQcBAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM.2a863a39";
        assert_eq!(part().text().unwrap(), text);
    }

    #[test]
    fn whatever_somebody_writes_is_refused_with_a_reason() {
        let text = part().text().unwrap();
        let read = |text: &str| SweepPart::read(&format!("#/sweep?c=x&s={text}"));
        assert!(matches!(read(""), Err(BadLink::NoLink)));
        assert!(matches!(
            read(&text.replacen('1', "2", 1)),
            Err(BadLink::Newer {
                version: 2,
                known: 1
            })
        ));
        for at in 2..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(read(&other).is_err(), "character {at}");
        }
        let sealed = |body: &Body| envelope::seal(1, &postcard::to_allocvec(body).unwrap());
        let body = |axes: Vec<(u16, &str)>, measure| Body {
            axes: axes
                .into_iter()
                .map(|(id, text)| (id, text.to_owned()))
                .collect(),
            draws: Draws::Grid,
            measure,
            results: None,
        };
        let ratio = parameters::named("reward_risk_ratio").unwrap().id;
        let wide = vec![(ratio, "1:90000:1"); 3];
        for bad in [
            body(Vec::new(), 1),
            body(vec![(ratio, "1,2"); 33], 1),
            body(vec![(60_000, "1")], 1),
            body(vec![(ratio, "1,2")], 99),
            body(vec![(ratio, "1,,2")], 1),
            body(vec![(ratio, "0:1:1e-9")], 1),
            body(vec![(ratio, "-1")], 1),
            body(wide, 1),
        ] {
            assert!(read(&sealed(&bad)).is_err());
        }
        // what is swept twice is read and makes no sweep
        let twice = body(vec![(ratio, "1"), (ratio, "2")], 1);
        let twice = read(&sealed(&twice)).unwrap().unwrap();
        assert!(twice.spec(&link()).is_err());
        let mut longer = postcard::to_allocvec(&body(vec![(ratio, "1")], 1)).unwrap();
        longer.push(0);
        assert!(read(&envelope::seal(1, &longer)).is_err());
        assert!(matches!(
            read(&"x".repeat(9_000)),
            Err(BadLink::TooLong { .. })
        ));
    }
}
