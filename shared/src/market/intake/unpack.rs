//! Files out of what they were packed in, gzip or zip, in chunks: what was unpacked is handed on and forgotten, so neither
//! a large file nor one made to grow without end takes memory. Of a zip the entries are read one after the other, each byte
//! once; the index at its end is not needed. Text in UTF-16 comes out in UTF-8.

mod inflate;
mod kinds;
mod zip;

use inflate::Inflate;
pub(super) use kinds::workbook;
use zip::Zip;

use super::{IntakeError, Packing};
use crate::base::utf16::{Utf16, as_utf8};

/// How much is unpacked at most, so that a file made to do harm ends as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of everything unpacked.
    pub bytes: u64,
    /// The bytes unpacked for each packed one, once there are more than [`Limits::FREE`].
    pub ratio: u64,
    /// The files in a zip.
    pub files: u64,
}

impl Limits {
    /// So much is unpacked whatever the ratio.
    pub const FREE: u64 = 64 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 40,
            ratio: 250,
            files: 200_000,
        }
    }
}

/// What comes out.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// A file begins. Its path, that of the packed file included, and what it was packed in.
    Begin(&'a str, Packing),
    /// Some of its bytes.
    Data(&'a [u8]),
    /// It is complete.
    End,
    /// A workbook that is packed in another file is passed over. Its path.
    Workbook(&'a str),
}

/// Who takes what comes out.
pub(super) type Take<'t> = dyn FnMut(Part<'_>) -> Result<(), IntakeError> + 't;

/// What was spent of the limits, over all that is nested in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    limits: Limits,
    packed: u64,
    unpacked: u64,
    files: u64,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            packed: 0,
            unpacked: 0,
            files: 0,
        }
    }

    fn unpacked(&mut self, bytes: usize) -> Result<(), IntakeError> {
        self.unpacked = self.unpacked.saturating_add(bytes as u64);
        let by_ratio = self.packed.saturating_mul(self.limits.ratio);
        let is_too_dense = self.unpacked > Limits::FREE && self.unpacked > by_ratio;
        if is_too_dense || self.unpacked > self.limits.bytes {
            return Err(IntakeError::Grows {
                packed: self.packed,
                unpacked: self.unpacked,
            });
        }
        Ok(())
    }

    fn file(&mut self) -> Result<(), IntakeError> {
        self.files += 1;
        if self.files > self.limits.files {
            let most = self.limits.files;
            return Err(IntakeError::TooManyFiles { most });
        }
        Ok(())
    }
}

/// How deep packed files are looked for in packed files: a zip of LEAN's zips, of which one holds a gzip.
const DEEPEST: u8 = 3;

/// Unpacks one file.
#[derive(Debug)]
pub(super) struct Unpacker {
    path: String,
    depth: u8,
    /// What it is in.
    outer: Packing,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The first bytes, too few to tell.
    Start(Vec<u8>),
    Plain,
    Utf16(Utf16),
    Gzip(Box<Inflate>, Box<Unpacker>),
    Zip(Box<Zip>),
}

impl Unpacker {
    /// For a file of this path.
    pub(super) fn new(path: &str) -> Self {
        Self::nested(path, 0, Packing::None)
    }

    fn nested(path: &str, depth: u8, outer: Packing) -> Self {
        Self {
            path: path.to_owned(),
            depth,
            outer,
            state: State::Start(Vec::new()),
        }
    }

    /// Takes a chunk.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        budget: &mut Budget,
        take: &mut Take<'_>,
    ) -> Result<(), IntakeError> {
        if self.depth == 0 {
            budget.packed = budget.packed.saturating_add(bytes.len() as u64);
        }
        match &mut self.state {
            State::Start(held) => {
                held.extend(bytes);
                if held.len() < kinds::FIRST {
                    return Ok(());
                }
                let held = core::mem::take(held);
                self.begin(&held, budget, take)
            }
            State::Plain => take(Part::Data(bytes)),
            State::Utf16(text) => take(Part::Data(text.push(bytes))),
            State::Gzip(inflate, inner) => inflate.gzip(bytes, budget, &mut |bytes, budget| {
                inner.push(bytes, budget, take)
            }),
            State::Zip(zip) => zip.push(bytes, budget, take),
        }
    }

    /// Tells by the first bytes what it is.
    fn begin(
        &mut self,
        held: &[u8],
        budget: &mut Budget,
        take: &mut Take<'_>,
    ) -> Result<(), IntakeError> {
        let may_nest = self.depth < DEEPEST;
        let first = held.get(..kinds::FIRST).unwrap_or(held);
        if let Some(other) = kinds::not_read(&self.path, first) {
            return Err(other);
        }
        self.state = match held {
            [0x1f, 0x8b, ..] if may_nest => {
                let path = without_gz(&self.path);
                let inner = Self::nested(path, self.depth + 1, Packing::Gzip);
                State::Gzip(Box::new(Inflate::gzip_file()), Box::new(inner))
            }
            [b'P', b'K', 3, 4, ..] if may_nest => {
                State::Zip(Box::new(Zip::new(&self.path, self.depth)))
            }
            [b'P', b'K', 5, 6, ..] if may_nest => return Err(IntakeError::Empty),
            _ => {
                take(Part::Begin(&self.path, self.outer))?;
                Utf16::of(held).map_or(State::Plain, State::Utf16)
            }
        };
        let depth = core::mem::replace(&mut self.depth, 1);
        let pushed = self.push(held, budget, take);
        self.depth = depth;
        pushed
    }

    /// The file is complete.
    pub(super) fn finish(&mut self, take: &mut Take<'_>) -> Result<(), IntakeError> {
        match &mut self.state {
            State::Start(held) if held.is_empty() => {
                take(Part::Begin(&self.path, self.outer))?;
                take(Part::End)
            }
            State::Start(held) => {
                let held = core::mem::take(held);
                take(Part::Begin(&self.path, self.outer))?;
                take(Part::Data(&as_utf8(&held)))?;
                take(Part::End)
            }
            State::Plain => take(Part::End),
            State::Utf16(text) => {
                take(Part::Data(text.finish()))?;
                take(Part::End)
            }
            State::Gzip(inflate, inner) => {
                inflate.finish()?;
                inner.finish(take)
            }
            State::Zip(zip) => zip.finish(),
        }
    }
}

fn without_gz(path: &str) -> &str {
    let at = path.len().saturating_sub(3);
    match path.split_at_checked(at) {
        Some((name, end)) if end.eq_ignore_ascii_case(".gz") => name,
        _ => path,
    }
}

#[cfg(test)]
mod tests;
