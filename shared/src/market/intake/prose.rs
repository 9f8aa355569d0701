//! Files of words beside files of bars, such as a README, a licence or a vendor's report: told by what is in them, not by their
//! names, so that no bar is ever passed over for what its file is called.

use super::DateOrder;
use super::layout::Kept;
use super::times::moment;

/// So many bytes of words wait at most until all of a file is known; a longer one is read as if it held bars.
pub(super) const MOST: usize = 8 << 20;
/// What is kept of names of files, and what a message tells of them.
const NAMED: usize = 100;
const TOLD: usize = 5;

/// Whether a line could be of a table of bars, however it is separated: it has five values that begin with a digit, a time and four
/// prices; or it is a row of fewer, most of them such values; or it begins with a time and goes on with other values. In doubt it
/// could, and so could a line that is no text.
pub(super) fn could_be_row(line: &Kept) -> bool {
    const OF_A_BAR: usize = 5;
    const OF_A_ROW: usize = 2;
    let text = line.text.as_slice();
    let is_strange = |byte: &u8| *byte < 32 && !matches!(byte, b'\t' | b'\x0c');
    let opens = matches!(text.trim_ascii_start().first(), Some(b'{' | b'[' | b'<'));
    if line.is_cut || opens || text.iter().any(is_strange) {
        return true;
    }
    let (mut values, mut numeric, mut is_first) = (0, 0, false);
    for value in text.split(|byte| ends_value(*byte)) {
        let begins = value.iter().find(|byte| !b"+-.:/_*#".contains(byte));
        let Some(begins) = begins else { continue };
        is_first |= values == 0 && begins.is_ascii_digit();
        values += 1;
        numeric += usize::from(begins.is_ascii_digit());
    }
    let is_table = is_first && numeric >= OF_A_ROW && numeric * 2 > values;
    let first = text.split(separates).next().unwrap_or_default();
    let has_more = first.len() < text.len();
    let first = first.trim_ascii();
    numeric >= OF_A_BAR || has_more && (is_table || moment(first, DateOrder::Month).is_ok())
}

/// What stands between the values of a row.
const fn separates(byte: &u8) -> bool {
    matches!(byte, b',' | b';' | b'\t' | b'|')
}

/// What no number and no time has within.
fn ends_value(byte: u8) -> bool {
    let is_within = byte.is_ascii_alphanumeric() || b"+-.:/_*#".contains(&byte);
    !is_within
}

/// The files that were passed over.
#[derive(Debug, Default)]
pub(super) struct Prose {
    named: Vec<String>,
    all: u64,
}

impl Prose {
    /// One more.
    pub(super) fn add(&mut self, path: &str) {
        self.all += 1;
        if self.named.len() < NAMED {
            self.named.push(path.to_owned());
        }
    }

    /// The first of them by name.
    pub(super) fn named(&self) -> &[String] {
        &self.named
    }

    /// Their names, as many as fit in a message; `None` where there are none.
    pub(super) fn told(&self) -> Option<String> {
        let told = self.named.get(..TOLD).unwrap_or(&self.named);
        let names = told.join(", ");
        match (self.all, self.all - told.len() as u64) {
            (0, _) => None,
            (_, 0) => Some(names),
            (_, more) => Some(format!("{names} and {more} more files")),
        }
    }

    /// What is said of files of words.
    pub(super) fn note(&self) -> Option<String> {
        let names = self.told()?;
        Some(match self.all {
            1 => format!("{names} holds no bars and was passed over: no line of it could be one"),
            _ => format!("{names} hold no bars and were passed over: no line of them could be one"),
        })
    }
}
