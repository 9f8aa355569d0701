//! Packing a sweep that is to be kept, a little at a time.

use core::ops::Range;

use flate2::Crc;
use serde::Serialize;

use super::{BadKept, Head, MARK};
use crate::research::sweep::{Digesting, Inputs, Results, SweepSpec};
use crate::surface::share::Link;

/// Packs a sweep in steps of some thousand trials, for who must not stand still meanwhile. Its results must stay as they are from
/// the first step to the last.
pub struct Packing {
    stage: Stage,
    head: Option<Head>,
    crc: Crc,
}

enum Stage {
    /// What the head says of results is being found out.
    Digesting(Box<Begun>),
    /// The head is next.
    Head,
    /// These stretches are next.
    Stretches(std::vec::IntoIter<Range<u64>>),
    /// Everything was told.
    Over,
}

/// What the head is made of.
struct Begun {
    spec: SweepSpec,
    link: Link,
    inputs: Inputs,
    digesting: Digesting,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packed {
    /// There is more to do.
    More,
    /// The next bytes.
    Part(Vec<u8>),
    /// There are no more.
    Whole,
}

impl Packing {
    /// Begins that of the sweep of the configuration of a link.
    pub fn new(spec: &SweepSpec, link: &Link, inputs: Inputs, results: &Results) -> Self {
        let begun = Begun {
            spec: spec.clone(),
            link: link.clone(),
            inputs,
            digesting: Digesting::new(results),
        };
        Self {
            stage: Stage::Digesting(Box::new(begun)),
            head: None,
            crc: Crc::new(),
        }
    }

    /// The same where the head is known.
    pub(super) fn of_head(head: Head) -> Self {
        Self {
            stage: Stage::Head,
            head: Some(head),
            crc: Crc::new(),
        }
    }

    /// What is said of the sweep, once that is known.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Goes on.
    ///
    /// # Errors
    /// [`BadKept`] where it cannot be written, which no sweep that exists can cause.
    pub fn step(&mut self, results: &Results) -> Result<Packed, BadKept> {
        let part = match &mut self.stage {
            Stage::Digesting(begun) => {
                if begun.digesting.step(results) {
                    self.make_head(results)?;
                }
                return Ok(Packed::More);
            }
            Stage::Head => {
                let pieces = results.pieces();
                let head = self.head.as_ref().ok_or(BadKept::Form)?;
                let bytes = written(head, MARK.to_vec())?;
                let bytes = written(&(pieces.len() as u64), bytes)?;
                self.stage = Stage::Stretches(pieces.into_iter());
                bytes
            }
            Stage::Stretches(pieces) => match pieces.next() {
                Some(piece) => written(&results.stretch(piece), Vec::new())?,
                None => {
                    self.stage = Stage::Over;
                    return Ok(Packed::Part(self.crc.sum().to_le_bytes().to_vec()));
                }
            },
            Stage::Over => return Ok(Packed::Whole),
        };
        self.crc.update(&part);
        Ok(Packed::Part(part))
    }

    fn make_head(&mut self, results: &Results) -> Result<(), BadKept> {
        let stage = core::mem::replace(&mut self.stage, Stage::Head);
        if let Stage::Digesting(begun) = stage {
            let Begun {
                spec,
                link,
                inputs,
                digesting,
            } = *begun;
            let digest = digesting.finish()?;
            let head = Head::with_digest(&spec, &link, inputs, results, digest)?;
            self.head = Some(head);
        }
        Ok(())
    }
}

fn written(value: &impl Serialize, to: Vec<u8>) -> Result<Vec<u8>, BadKept> {
    postcard::to_extend(value, to).map_err(|_| BadKept::Damaged("it cannot be written"))
}
