//! The entries of a zip, in their order, each from its own header (APPNOTE 6.3: 4.3.7 to 4.3.9).

use super::inflate::{Inflate, damaged, le16, le32};
use super::kinds;
use super::{Budget, IntakeError, Packing, Part, Take, Unpacker};

const ENTRY: u32 = 0x0403_4b50;
const INDEX: u32 = 0x0201_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;

/// A zip being read.
#[derive(Debug)]
pub(super) struct Zip {
    path: String,
    depth: u8,
    stage: Stage,
    /// Bytes of a header that is not complete.
    held: Vec<u8>,
    /// It was just found to be a workbook.
    is_workbook: bool,
}

#[derive(Debug)]
enum Stage {
    Header,
    Packed(Entry, Inflate, Option<Box<Unpacker>>),
    /// Stored as it is: how many bytes are still to come, and the checksum so far.
    Stored(Entry, u64, flate2::Crc, Option<Box<Unpacker>>),
    Descriptor(Entry, Sums),
    /// The index at the end, of which nothing is needed.
    Index,
}

#[derive(Debug, Clone)]
struct Entry {
    name: String,
    crc: u32,
    /// Size and checksum follow the data.
    has_descriptor: bool,
}

/// What was seen of an entry.
#[derive(Debug, Clone, Copy)]
struct Sums {
    crc: u32,
    packed: u64,
    unpacked: u64,
}

impl Zip {
    pub(super) fn new(path: &str, depth: u8) -> Self {
        Self {
            path: path.to_owned(),
            depth,
            stage: Stage::Header,
            held: Vec::new(),
            is_workbook: false,
        }
    }

    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        budget: &mut Budget,
        take: &mut Take<'_>,
    ) -> Result<(), IntakeError> {
        let mut held = core::mem::take(&mut self.held);
        let rest = if held.is_empty() {
            self.read(bytes, budget, take)?
        } else {
            held.extend(bytes);
            self.read(&held, budget, take)?
        };
        self.held = rest.to_vec();
        Ok(())
    }

    /// Reads what it can, and returns what is too little to go on with.
    fn read<'b>(
        &mut self,
        mut bytes: &'b [u8],
        budget: &mut Budget,
        take: &mut Take<'_>,
    ) -> Result<&'b [u8], IntakeError> {
        while !bytes.is_empty() {
            match core::mem::replace(&mut self.stage, Stage::Header) {
                Stage::Index => {
                    self.stage = Stage::Index;
                    return Ok(&[]);
                }
                Stage::Header => match self.header(bytes, budget)? {
                    Some(_) if core::mem::take(&mut self.is_workbook) => {
                        take(Part::Workbook(&self.path))?;
                        return Ok(&[]);
                    }
                    Some(rest) => bytes = rest,
                    None => return Ok(bytes),
                },
                Stage::Packed(entry, mut inflate, mut inner) => {
                    let mut out = |bytes: &[u8], budget: &mut Budget| match &mut inner {
                        Some(inner) => inner.push(bytes, budget, take),
                        None => Ok(()),
                    };
                    let Some(rest) = inflate.body(bytes, budget, &mut out)? else {
                        self.stage = Stage::Packed(entry, inflate, inner);
                        return Ok(&[]);
                    };
                    bytes = rest;
                    let (crc, unpacked) = inflate.sum();
                    let packed = inflate.taken();
                    self.entry_ends(
                        entry,
                        inner,
                        Sums {
                            crc,
                            packed,
                            unpacked,
                        },
                        take,
                    )?;
                }
                Stage::Stored(entry, missing, mut crc, mut inner) => {
                    let now = usize::try_from(missing)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len());
                    let (data, rest) = bytes.split_at_checked(now).unwrap_or((bytes, &[]));
                    crc.update(data);
                    budget.unpacked(data.len())?;
                    if let Some(inner) = &mut inner {
                        inner.push(data, budget, take)?;
                    }
                    bytes = rest;
                    self.stored(entry, missing - now as u64, crc, inner, take)?;
                }
                Stage::Descriptor(entry, sums) => match descriptor(bytes, &sums)? {
                    Some(rest) => bytes = rest,
                    None => {
                        self.stage = Stage::Descriptor(entry, sums);
                        return Ok(bytes);
                    }
                },
            }
        }
        Ok(&[])
    }

    /// Goes on with a stored entry, or ends it where nothing is missing.
    fn stored(
        &mut self,
        entry: Entry,
        missing: u64,
        crc: flate2::Crc,
        inner: Option<Box<Unpacker>>,
        take: &mut Take<'_>,
    ) -> Result<(), IntakeError> {
        if missing > 0 {
            self.stage = Stage::Stored(entry, missing, crc, inner);
            return Ok(());
        }
        let sums = Sums {
            crc: crc.sum(),
            packed: u64::from(crc.amount()),
            unpacked: u64::from(crc.amount()),
        };
        self.entry_ends(entry, inner, sums, take)
    }

    fn entry_ends(
        &mut self,
        entry: Entry,
        inner: Option<Box<Unpacker>>,
        sums: Sums,
        take: &mut Take<'_>,
    ) -> Result<(), IntakeError> {
        if !entry.has_descriptor && entry.crc != sums.crc {
            return Err(damaged(
                "the checksum of a file in it is not that of its content",
            ));
        }
        if let Some(mut inner) = inner {
            inner.finish(take)?;
        }
        self.stage = if entry.has_descriptor {
            Stage::Descriptor(entry, sums)
        } else {
            Stage::Header
        };
        Ok(())
    }

    /// Reads the header of an entry, or the beginning of the index. `None` where it is not complete.
    fn header<'b>(
        &mut self,
        bytes: &'b [u8],
        budget: &mut Budget,
    ) -> Result<Option<&'b [u8]>, IntakeError> {
        const FIXED: usize = 30;
        match le32(bytes, 0) {
            None => return Ok(None),
            Some(ENTRY) => {}
            Some(INDEX) => {
                self.stage = Stage::Index;
                return Ok(Some(&[]));
            }
            Some(_) => return Err(damaged("a file in it does not begin where it should")),
        }
        let fields = || {
            let length = |at| le16(bytes, at).map(usize::from);
            Some((
                length(6)?,
                length(8)?,
                le32(bytes, 14)?,
                length(26)?,
                length(28)?,
            ))
        };
        let Some((flags, method, crc, name_length, extra_length)) = fields() else {
            return Ok(None);
        };
        let (name_end, end) = (FIXED + name_length, FIXED + name_length + extra_length);
        let (Some(name), Some(extra), Some(rest)) = (
            bytes.get(FIXED..name_end),
            bytes.get(name_end..end),
            bytes.get(end..),
        ) else {
            return Ok(None);
        };
        let name = String::from_utf8_lossy(name).replace('\\', "/");
        if flags & 1 != 0 {
            return Err(IntakeError::Encrypted { name });
        }
        if kinds::is_of_workbook(&name) {
            // one that is packed itself may be beside bars
            if self.depth == 0 {
                return Err(kinds::workbook());
            }
            self.is_workbook = true;
            self.stage = Stage::Index;
            return Ok(Some(&[]));
        }
        budget.file()?;
        let inner = is_data(&name).then(|| {
            let path = format!("{}/{name}", self.path);
            Box::new(Unpacker::nested(&path, self.depth + 1, Packing::Zip))
        });
        let has_descriptor = flags & 8 != 0;
        let size = le32(bytes, 18).map_or(0, u64::from);
        let size = zip64_size(extra)
            .filter(|_| size == u64::from(u32::MAX))
            .unwrap_or(size);
        let entry = Entry {
            name,
            crc,
            has_descriptor,
        };
        match method {
            8 => self.stage = Stage::Packed(entry, Inflate::bare(), inner),
            0 if has_descriptor && size == 0 && !entry.name.ends_with('/') => {
                return Err(IntakeError::Method {
                    name: entry.name,
                    method: 0,
                });
            }
            // a folder, or an empty file
            0 if size == 0 => {
                self.stage = if has_descriptor {
                    let (crc, packed, unpacked) = (0, 0, 0);
                    Stage::Descriptor(
                        entry,
                        Sums {
                            crc,
                            packed,
                            unpacked,
                        },
                    )
                } else {
                    Stage::Header
                };
            }
            0 => self.stage = Stage::Stored(entry, size, flate2::Crc::new(), inner),
            _ => {
                return Err(IntakeError::Method {
                    name: entry.name,
                    method,
                });
            }
        }
        Ok(Some(rest))
    }

    /// A zip ends with its index.
    pub(super) fn finish(&self) -> Result<(), IntakeError> {
        match self.stage {
            Stage::Index => Ok(()),
            _ => Err(damaged("it is cut short")),
        }
    }
}

/// Reads what follows an entry's data, with or without a signature, sizes in 4 or 8 bytes. `None` where it is not complete.
fn descriptor<'b>(bytes: &'b [u8], sums: &Sums) -> Result<Option<&'b [u8]>, IntakeError> {
    if bytes.len() < 24 {
        // shorter ones are followed by a header or the index
        return Ok(None);
    }
    for signed in [4, 0] {
        if signed == 4 && le32(bytes, 0) != Some(DESCRIPTOR) {
            continue;
        }
        if le32(bytes, signed) != Some(sums.crc) {
            continue;
        }
        let word = |index: usize| le32(bytes, signed + 4 * index).map(u64::from);
        let long = |index: usize| Some(word(index)? | word(index + 1)? << 32);
        if long(1) == Some(sums.packed) && long(3) == Some(sums.unpacked) {
            return Ok(bytes.get(signed + 20..));
        }
        let low = |size: u64| Some(size & u64::from(u32::MAX));
        if word(1) == low(sums.packed) && word(2) == low(sums.unpacked) {
            return Ok(bytes.get(signed + 12..));
        }
    }
    Err(damaged(
        "the checksum of a file in it is not that of its content",
    ))
}

/// The packed size in the zip64 field: the second of two.
fn zip64_size(mut extra: &[u8]) -> Option<u64> {
    loop {
        let (id, size) = (le16(extra, 0)?, usize::from(le16(extra, 2)?));
        let field = extra.get(4..4 + size)?;
        if id == 1 {
            let low = le32(field, 8)?;
            return Some(u64::from(low) | u64::from(le32(field, 12)?) << 32);
        }
        extra = extra.get(4 + size..)?;
    }
}

/// Whether a file in a zip may hold bars: no folder, nothing hidden, no text about the others.
fn is_data(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    let is_hidden = file.is_empty() || file.starts_with('.') || name.starts_with("__MACOSX/");
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    let others = [
        "md", "pdf", "json", "html", "htm", "xml", "png", "jpg", "license",
    ];
    let is_other = others
        .iter()
        .any(|other| ending.eq_ignore_ascii_case(other));
    let about = ["readme.txt", "license.txt", "license", "readme"];
    !is_hidden && !is_other && !about.iter().any(|name| file.eq_ignore_ascii_case(name))
}
