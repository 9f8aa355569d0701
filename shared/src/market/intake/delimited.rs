//! Text in chunks to lines, and lines to fields, quoted as RFC 4180 has it. What one line breaks, such as a quotation mark
//! that never ends, ends with that line or with the few after it, so the rest of a file is read all the same.

/// The most bytes of a line that are kept; a longer one is cut and said to be.
pub(crate) const LONGEST_LINE: usize = 1 << 20;

/// A line without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its bytes.
    pub(crate) text: &'a [u8],
    /// Whether it was longer than is kept.
    pub(crate) is_cut: bool,
}

/// Cuts chunks into lines. A line ends with LF, CR LF or CR.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    carried: Vec<u8>,
    is_cut: bool,
    done: u64,
    /// The last byte of the chunk before was CR, so a LF that follows belongs to it.
    after_cr: bool,
}

impl Lines {
    /// Takes a chunk and hands over every line that is complete.
    pub(crate) fn push<E>(
        &mut self,
        mut bytes: &[u8],
        take: &mut impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if bytes.is_empty() {
            return Ok(());
        }
        if core::mem::take(&mut self.after_cr) {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(at) = bytes
            .iter()
            .position(|&byte| byte == b'\n' || byte == b'\r')
        {
            let (line, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            self.line(line, take)?;
            bytes = match rest {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
        }
        self.carry(bytes);
        Ok(())
    }

    /// Hands over the last line, where the text does not end with a line's end.
    pub(crate) fn finish<E>(
        &mut self,
        take: &mut impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.carried.is_empty() {
            return Ok(());
        }
        self.line(&[], take)
    }

    fn line<E>(
        &mut self,
        end: &[u8],
        take: &mut impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.done += 1;
        let number = self.done;
        if self.carried.is_empty() && end.len() <= LONGEST_LINE {
            let (text, is_cut) = (end, false);
            return take(Line {
                number,
                text,
                is_cut,
            });
        }
        self.carry(end);
        let mut carried = core::mem::take(&mut self.carried);
        let is_cut = core::mem::take(&mut self.is_cut);
        let text = carried.as_slice();
        let taken = take(Line {
            number,
            text,
            is_cut,
        });
        carried.clear();
        self.carried = carried;
        taken
    }

    fn carry(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.carried.len());
        self.is_cut |= bytes.len() > room;
        self.carried.extend(bytes.iter().take(room));
    }
}

/// Why a line is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadQuotes {
    /// A quoted field does not end.
    Open,
    /// Something follows the end of a quoted field.
    After,
}

/// Splits lines into fields. It keeps what it needs between lines, so that none is allocated anew.
#[derive(Debug)]
pub(crate) struct Splitter {
    delimiter: u8,
    spans: Vec<(u32, u32)>,
    unquoted: Vec<u8>,
}

/// The fields of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    text: &'a [u8],
    spans: &'a [(u32, u32)],
}

impl<'a> Fields<'a> {
    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.spans.len()
    }

    /// One of them, blanks around it removed.
    pub(crate) fn get(self, index: usize) -> Option<&'a [u8]> {
        let &(from, to) = self.spans.get(index)?;
        let field = self.text.get(from as usize..to as usize)?;
        Some(field.trim_ascii())
    }

    /// All of them.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

impl Splitter {
    /// For a separator; a blank stands for any number of blanks.
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            spans: Vec::new(),
            unquoted: Vec::new(),
        }
    }

    /// Splits a line of at most [`LONGEST_LINE`] bytes.
    pub(crate) fn split<'s>(&'s mut self, line: &'s [u8]) -> Result<Fields<'s>, BadQuotes> {
        self.spans.clear();
        if self.delimiter == b' ' {
            return self.split_at_blanks(line);
        }
        let mut from = 0;
        let mut at = 0;
        for &byte in line {
            if byte == b'"' {
                return self.split_quoted(line);
            }
            if byte == self.delimiter {
                self.spans.push((from, at));
                from = at + 1;
            }
            at += 1;
        }
        self.spans.push((from, at));
        let spans = &self.spans;
        Ok(Fields { text: line, spans })
    }

    fn split_at_blanks<'s>(&'s mut self, line: &'s [u8]) -> Result<Fields<'s>, BadQuotes> {
        let mut from = None;
        let mut at = 0;
        for &byte in line {
            match (byte.is_ascii_whitespace(), from) {
                (true, Some(start)) => {
                    self.spans.push((start, at));
                    from = None;
                }
                (false, None) => from = Some(at),
                _ => {}
            }
            at += 1;
        }
        self.spans.extend(from.map(|start| (start, at)));
        let spans = &self.spans;
        Ok(Fields { text: line, spans })
    }

    /// Fields without their quotation marks go to a text of their own.
    fn split_quoted<'s>(&'s mut self, line: &'s [u8]) -> Result<Fields<'s>, BadQuotes> {
        self.spans.clear();
        self.unquoted.clear();
        let mut rest = Some(line);
        while let Some(text) = rest {
            let from = self.unquoted.len() as u32;
            let inside = text.trim_ascii_start();
            rest = match inside.strip_prefix(b"\"") {
                // a tab before the mark would be a separator
                Some(inside) if self.delimiter != b'\t' || !text.starts_with(b"\t") => {
                    let after = unquote(inside, &mut self.unquoted).ok_or(BadQuotes::Open)?;
                    let blanks = after.iter().take_while(|byte| **byte == b' ').count();
                    let after = after.get(blanks..).unwrap_or_default();
                    match after.split_first() {
                        Some((&next, after)) if next == self.delimiter => Some(after),
                        _ if after.trim_ascii().is_empty() => None,
                        _ => return Err(BadQuotes::After),
                    }
                }
                _ => {
                    let mut parts = text.splitn(2, |&byte| byte == self.delimiter);
                    self.unquoted.extend(parts.next().unwrap_or_default());
                    parts.next()
                }
            };
            self.spans.push((from, self.unquoted.len() as u32));
        }
        let (text, spans) = (&self.unquoted, &self.spans);
        Ok(Fields { text, spans })
    }
}

/// Adds a quoted field, from after its opening mark, and returns what follows its closing mark.
fn unquote<'a>(mut inside: &'a [u8], to: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let at = inside.iter().position(|&byte| byte == b'"')?;
        let (part, rest) = inside.split_at_checked(at)?;
        to.extend(part);
        match rest {
            [b'"', b'"', rest @ ..] => {
                to.push(b'"');
                inside = rest;
            }
            [b'"', rest @ ..] => return Some(rest),
            _ => return None,
        }
    }
}

/// A text as it fits in a message.
pub(crate) fn shown(text: &[u8]) -> String {
    const WIDTH: usize = 60;
    let head = text.get(..4 * WIDTH).unwrap_or(text);
    let text = String::from_utf8_lossy(head);
    text.chars()
        .filter(|c| !c.is_control())
        .take(WIDTH)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<(u64, String)> {
        let mut cutter = Lines::default();
        let mut all = Vec::new();
        let mut take = |line: Line<'_>| -> Result<(), ()> {
            all.push((line.number, String::from_utf8_lossy(line.text).into_owned()));
            Ok(())
        };
        for chunk in chunks {
            cutter.push(chunk, &mut take).unwrap();
        }
        cutter.finish(&mut take).unwrap();
        all
    }

    #[test]
    fn lines_are_the_same_however_the_text_is_cut_into_chunks() {
        let text = b"a,b\r\n\r\n1,2\r3,4\n\n5,6";
        let whole = lines(&[text]);
        let expected = [
            (1, "a,b"),
            (2, ""),
            (3, "1,2"),
            (4, "3,4"),
            (5, ""),
            (6, "5,6"),
        ];
        let expected: Vec<_> = expected.map(|(n, t)| (n, t.to_owned())).into();
        assert_eq!(whole, expected);
        for at in 0..text.len() {
            assert_eq!(lines(&[&text[..at], &text[at..]]), expected, "cut at {at}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(lines(&bytes), expected);
    }

    #[test]
    fn a_line_that_never_ends_is_cut() {
        let mut cutter = Lines::default();
        let mut seen = Vec::new();
        let mut take = |line: Line<'_>| -> Result<(), ()> {
            seen.push((line.number, line.text.len(), line.is_cut));
            Ok(())
        };
        for _ in 0..3 {
            cutter.push(&[b'x'; LONGEST_LINE], &mut take).unwrap();
        }
        cutter.push(b"\nshort\n", &mut take).unwrap();
        assert_eq!(seen, [(1, LONGEST_LINE, true), (2, 5, false)]);
    }

    fn fields(delimiter: u8, line: &str) -> Result<Vec<String>, BadQuotes> {
        let mut splitter = Splitter::new(delimiter);
        let fields = splitter.split(line.as_bytes())?;
        let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
        Ok(fields.iter().map(text).collect())
    }

    #[test]
    fn fields_are_split_and_unquoted() {
        for (delimiter, line, expected) in [
            (b',', "a, b ,,", vec!["a", "b", "", ""]),
            (b',', r#""a,b", "c ""d""" ,e"#, vec!["a,b", r#"c "d""#, "e"]),
            (b',', r#"5" pipe,"2""#, vec![r#"5" pipe"#, "2"]),
            (b'\t', "a\t\"b\"\t", vec!["a", "b", ""]),
            (b'\t', "\t\"2\"", vec!["", "2"]),
            (b' ', "  1.5   2 3 ", vec!["1.5", "2", "3"]),
            (b',', "", vec![""]),
        ] {
            assert_eq!(fields(delimiter, line).unwrap(), expected, "{line:?}");
        }
        assert_eq!(fields(b',', "\"a,b"), Err(BadQuotes::Open));
        assert_eq!(fields(b',', "\"a\"b,c"), Err(BadQuotes::After));
    }
}
