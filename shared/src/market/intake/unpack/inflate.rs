//! The DEFLATE stream of a gzip file or of a zip's entry, its size and checksum checked.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Budget, IntakeError};

/// Takes what was unpacked.
type Out<'o> = dyn FnMut(&[u8], &mut Budget) -> Result<(), IntakeError> + 'o;

/// How many bytes are unpacked at a time.
const STEP: usize = 1 << 16;

/// A stream being unpacked.
pub(super) struct Inflate {
    stream: Decompress,
    crc: Crc,
    buffer: Vec<u8>,
    stage: Stage,
    /// What of a header or a trailer is there so far.
    held: Vec<u8>,
    files: u64,
}

impl core::fmt::Debug for Inflate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Inflate")
            .field("stage", &self.stage)
            .finish()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Header,
    Body,
    Trailer,
    /// What follows the last stream and is none.
    Rest,
}

impl Inflate {
    /// A bare stream.
    pub(super) fn bare() -> Self {
        Self {
            stream: Decompress::new(false),
            crc: Crc::new(),
            buffer: vec![0; STEP],
            stage: Stage::Body,
            held: Vec::new(),
            files: 0,
        }
    }

    /// A gzip file: streams one after the other, each with a header and a trailer.
    pub(super) fn gzip_file() -> Self {
        Self {
            stage: Stage::Header,
            ..Self::bare()
        }
    }

    /// The checksum and the size of what was unpacked.
    pub(super) fn sum(&self) -> (u32, u64) {
        (self.crc.sum(), self.stream.total_out())
    }

    /// How many bytes the stream took.
    pub(super) fn taken(&self) -> u64 {
        self.stream.total_in()
    }

    /// Unpacks some bytes of a bare stream. Returns what follows its end, if it ends among them.
    pub(super) fn body<'b>(
        &mut self,
        mut bytes: &'b [u8],
        budget: &mut Budget,
        out: &mut Out<'_>,
    ) -> Result<Option<&'b [u8]>, IntakeError> {
        loop {
            let (taken, given) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(bytes, &mut self.buffer, FlushDecompress::None);
            let status = status.map_err(|_| damaged("its packed data makes no sense"))?;
            let taken = (self.stream.total_in() - taken) as usize;
            let given = (self.stream.total_out() - given) as usize;
            bytes = bytes.get(taken..).unwrap_or_default();
            let unpacked = self.buffer.get(..given).unwrap_or_default();
            budget.unpacked(given)?;
            self.crc.update(unpacked);
            if given > 0 {
                out(unpacked, budget)?;
            }
            match status {
                Status::StreamEnd => return Ok(Some(bytes)),
                _ if taken == 0 && given == 0 && bytes.is_empty() => return Ok(None),
                _ if taken == 0 && given == 0 => {
                    return Err(damaged("its packed data makes no sense"));
                }
                _ => {}
            }
        }
    }

    /// Unpacks some bytes of a gzip file.
    pub(super) fn gzip(
        &mut self,
        mut bytes: &[u8],
        budget: &mut Budget,
        out: &mut Out<'_>,
    ) -> Result<(), IntakeError> {
        while !bytes.is_empty() {
            match self.stage {
                Stage::Header => {
                    self.held.extend(bytes);
                    match header_length(&self.held)? {
                        Header::Complete(length) => {
                            let held = core::mem::take(&mut self.held);
                            let after = held.get(length..).unwrap_or_default();
                            self.stage = Stage::Body;
                            self.gzip(after, budget, out)?;
                        }
                        Header::NoStream => {
                            self.held.clear();
                            self.stage = Stage::Rest;
                        }
                        Header::Incomplete => {}
                    }
                    return Ok(());
                }
                Stage::Body => match self.body(bytes, budget, out)? {
                    Some(after) => {
                        bytes = after;
                        self.stage = Stage::Trailer;
                    }
                    None => return Ok(()),
                },
                Stage::Trailer => {
                    let missing = 8usize.saturating_sub(self.held.len()).min(bytes.len());
                    let (now, after) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
                    self.held.extend(now);
                    bytes = after;
                    if self.held.len() == 8 {
                        self.check_trailer()?;
                    }
                }
                // some tools pad with zeros
                Stage::Rest => return Ok(()),
            }
        }
        Ok(())
    }

    fn check_trailer(&mut self) -> Result<(), IntakeError> {
        let (crc, size) = self.sum();
        let found = (le32(&self.held, 0), le32(&self.held, 4));
        if found != (Some(crc), Some(size as u32)) {
            return Err(damaged("its checksum is not that of its content"));
        }
        self.held.clear();
        self.stream.reset(false);
        self.crc.reset();
        self.files += 1;
        self.stage = Stage::Header;
        Ok(())
    }

    /// A gzip file must not end in the middle of a stream.
    pub(super) fn finish(&self) -> Result<(), IntakeError> {
        let is_complete = match self.stage {
            Stage::Header => self.files > 0,
            Stage::Rest => true,
            Stage::Body | Stage::Trailer => false,
        };
        is_complete
            .then_some(())
            .ok_or_else(|| damaged("it is cut short"))
    }
}

pub(super) fn damaged(reason: &'static str) -> IntakeError {
    IntakeError::Damaged { reason }
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

enum Header {
    Complete(usize),
    Incomplete,
    /// What follows a stream and does not begin as one.
    NoStream,
}

/// RFC 1952: ten bytes, then what the flags announce.
fn header_length(held: &[u8]) -> Result<Header, IntakeError> {
    const LONGEST: usize = 1 << 16;
    match held {
        [0x1f] | [0x1f, 0x8b] => return Ok(Header::Incomplete),
        [0x1f, 0x8b, 8, ..] => {}
        [0x1f, 0x8b, ..] => return Err(damaged("its header is not that of gzip")),
        _ => return Ok(Header::NoStream),
    }
    let length = || -> Option<usize> {
        let flags = *held.get(3)?;
        let mut at = 10;
        if flags & 4 != 0 {
            at += 2 + usize::from(le16(held, at)?);
        }
        for named in [8, 16] {
            if flags & named != 0 {
                at += held.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
            }
        }
        if flags & 2 != 0 {
            at += 2;
        }
        (held.len() >= at).then_some(at)
    };
    match length() {
        Some(length) => Ok(Header::Complete(length)),
        None if held.len() > LONGEST => Err(damaged("its header never ends")),
        None => Ok(Header::Incomplete),
    }
}
