//! From chunks of files to rows, one after the other, for whoever looks at rows: the first pass and the second one alike.

use super::columns::MOST_COLUMNS;
use super::delimited::{BadQuotes, Line, Lines, Splitter};
use super::layout::{BYTES, Fixed, Kept, LINES, Layout, layout, names_at_once};
use super::lean::{LeanMarket, layout as lean_layout};
use super::prose::{self, Prose};
use super::row::{BadLine, Cell, FileHead, Row, Taker};
use super::unpack::{Budget, Limits, Part, Unpacker, workbook};
use super::{Format, IntakeError, Packing};

/// Goes through files.
#[derive(Debug)]
pub(super) struct Walk {
    fixed: Fixed,
    lean: Option<LeanMarket>,
    budget: Budget,
    unpacker: Option<Unpacker>,
    text: Option<TextFile>,
    files: u32,
    is_table: bool,
    beside: Beside,
}

/// Files of words beside those of bars.
#[derive(Debug, Default)]
struct Beside {
    /// Whether a file was announced that is none of them.
    has_bars: bool,
    /// Those before the first one: where none comes, they are read as if they held bars, which says what is wrong with them.
    waiting: Vec<TextFile>,
    /// The bytes that wait.
    held: usize,
    prose: Prose,
    workbooks: Prose,
}

impl Beside {
    /// A file of words is complete: whether it is passed over, or waits.
    fn take(&mut self, text: &mut TextFile) -> bool {
        let held = match &text.stage {
            Stage::Opening(opening) if opening.is_prose() => opening.held,
            _ => return false,
        };
        if self.has_bars {
            self.prose.add(&text.path);
            return true;
        }
        if self.held + held > prose::MOST {
            return false;
        }
        self.held += held;
        self.waiting.push(TextFile {
            path: text.path.clone(),
            lines: Lines::default(),
            stage: core::mem::replace(&mut text.stage, Stage::Opening(Opening::default())),
            ..*text
        });
        true
    }

    /// A file was announced.
    fn announced(&mut self) {
        self.has_bars = true;
        self.held = 0;
        for text in self.waiting.drain(..) {
            self.prose.add(&text.path);
        }
    }
}

impl Walk {
    pub(super) fn new(fixed: Fixed, lean: Option<LeanMarket>, limits: Limits) -> Self {
        Self {
            fixed,
            lean,
            budget: Budget::new(limits),
            unpacker: None,
            text: None,
            files: 0,
            is_table: false,
            beside: Beside::default(),
        }
    }

    /// A file begins.
    pub(super) fn open(&mut self, path: &str) {
        self.unpacker = Some(Unpacker::new(path));
    }

    /// Some of its bytes.
    pub(super) fn push(&mut self, bytes: &[u8], taker: &mut impl Taker) -> Result<(), IntakeError> {
        self.unpack(taker, |unpacker, budget, take| {
            unpacker.push(bytes, budget, take)
        })
    }

    /// It is complete.
    pub(super) fn close(&mut self, taker: &mut impl Taker) -> Result<(), IntakeError> {
        self.unpack(taker, |unpacker, _, take| unpacker.finish(take))?;
        self.unpacker = None;
        Ok(())
    }

    /// Every file was handed over. Where none holds bars, those that waited are read all the same.
    pub(super) fn settle(&mut self, taker: &mut impl Taker) -> Result<(), IntakeError> {
        let beside = &self.beside;
        let is_read = beside.has_bars || !beside.waiting.is_empty();
        if !is_read && !beside.workbooks.named().is_empty() {
            return Err(workbook());
        }
        for mut text in core::mem::take(&mut self.beside.waiting) {
            text.index = self.files;
            self.files += 1;
            text.finish(&self.fixed, self.lean, taker)?;
        }
        Ok(())
    }

    /// What is said of workbooks beside files of bars.
    pub(super) fn workbooks(&self) -> Option<String> {
        let names = self.beside.workbooks.told()?;
        Some(format!(
            "passed over, as Excel workbooks are not read: {names}; where bars are in it, save the sheet as CSV"
        ))
    }

    /// The files of words beside those of bars.
    pub(super) const fn prose(&self) -> &Prose {
        &self.beside.prose
    }

    /// The first file, where all that were handed over hold words alone.
    pub(super) fn of_words(&self) -> Option<FileHead> {
        let text = self.beside.waiting.first()?;
        let Stage::Opening(opening) = &text.stage else {
            return None;
        };
        let mut kept = opening.kept.iter().take(LINES).cloned().collect::<Vec<_>>();
        let head = text.head(&mut kept, &self.fixed, self.lean);
        head.ok()
            .map(|(head, _)| head)
            .filter(|_| self.unpacker.is_none())
    }

    fn unpack(
        &mut self,
        taker: &mut impl Taker,
        step: impl FnOnce(
            &mut Unpacker,
            &mut Budget,
            &mut super::unpack::Take<'_>,
        ) -> Result<(), IntakeError>,
    ) -> Result<(), IntakeError> {
        let Some(mut unpacker) = self.unpacker.take() else {
            return Ok(());
        };
        let mut budget = self.budget;
        let (fixed, lean, files, text) = (&self.fixed, self.lean, &mut self.files, &mut self.text);
        let beside = &mut self.beside;
        let mut take = |part: Part<'_>| match part {
            Part::Begin(path, packing) => {
                *text = Some(TextFile::new(path, *files, packing));
                *files += 1;
                Ok(())
            }
            Part::Workbook(path) => {
                beside.workbooks.add(path);
                Ok(())
            }
            Part::Data(bytes) => match text {
                Some(text) => text.push(bytes, fixed, lean, taker),
                None => Ok(()),
            },
            Part::End => match text.take() {
                Some(mut text) => {
                    text.end(fixed, lean, taker)?;
                    if beside.take(&mut text) {
                        *files -= 1;
                        return Ok(());
                    }
                    beside.announced();
                    text.finish(fixed, lean, taker)
                }
                None => Ok(()),
            },
        };
        let stepped = step(&mut unpacker, &mut budget, &mut take);
        self.budget = budget;
        self.unpacker = Some(unpacker);
        stepped
    }

    /// A table begins, of which rows come one by one with typed values.
    pub(super) fn table(
        &mut self,
        path: &str,
        format: Format,
        columns: Vec<String>,
        sample: Vec<Vec<Vec<u8>>>,
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        if columns.len() > MOST_COLUMNS {
            return Err(IntakeError::TooManyColumns {
                line: 1,
                columns: columns.len(),
                most: MOST_COLUMNS,
            });
        }
        let index = self.files;
        self.files += 1;
        self.is_table = true;
        self.beside.announced();
        taker.file(FileHead {
            index,
            path: path.to_owned(),
            format,
            packing: Packing::None,
            delimiter: b',',
            has_header: true,
            passed_over: 0,
            columns,
            symbol: None,
            sample,
            lean: None,
        })
    }

    /// A row of it.
    pub(super) fn row(
        &mut self,
        line: u64,
        cells: &[Cell<'_>],
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        taker.row(&Row::of_table(line, cells))
    }
}

/// A text file, unpacked.
#[derive(Debug)]
struct TextFile {
    path: String,
    index: u32,
    packing: Packing,
    lines: Lines,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Opening(Opening),
    Rows(RowStage),
}

/// The lines of a file that is not announced yet: those that tell its layout, and more as long as none could be a row.
#[derive(Debug, Default)]
struct Opening {
    kept: Vec<Kept>,
    bytes: usize,
    /// How many lines tell the layout, once there are so many.
    told_by: Option<usize>,
    /// Whether a line could be a row.
    has_rows: bool,
    /// What it takes in memory.
    held: usize,
}

impl Opening {
    /// One more line; whether the layout is to be told by those that were kept.
    fn take(&mut self, line: Line<'_>) -> bool {
        self.bytes += line.text.len();
        self.held += line.text.len() + size_of::<Kept>();
        let kept = Kept {
            number: line.number,
            text: line.text.to_vec(),
            is_cut: line.is_cut,
        };
        self.has_rows = self.has_rows || prose::could_be_row(&kept);
        self.kept.push(kept);
        if self.told_by.is_none() && (self.kept.len() >= LINES || self.bytes >= BYTES) {
            self.told_by = Some(self.kept.len());
        }
        self.told_by.is_some() && (self.has_rows || self.held >= prose::MOST)
    }

    /// Whether the lines of a whole file are words alone.
    fn is_prose(&self) -> bool {
        let is_blank = |line: &Kept| line.text.trim_ascii().is_empty();
        !self.has_rows && !self.kept.iter().all(is_blank) && !names_at_once(&self.kept)
    }
}

#[derive(Debug)]
struct RowStage {
    splitter: Splitter,
    width: usize,
    /// Lines of a row in which a quotation mark has not ended yet.
    open: Vec<Kept>,
}

impl TextFile {
    fn new(path: &str, index: u32, packing: Packing) -> Self {
        Self {
            path: path.to_owned(),
            index,
            packing,
            lines: Lines::default(),
            stage: Stage::Opening(Opening::default()),
        }
    }

    fn push(
        &mut self,
        bytes: &[u8],
        fixed: &Fixed,
        lean: Option<LeanMarket>,
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        let mut lines = core::mem::take(&mut self.lines);
        let pushed = lines.push(bytes, &mut |line: Line<'_>| {
            self.line(line, fixed, lean, taker)
        });
        self.lines = lines;
        pushed
    }

    fn line(
        &mut self,
        line: Line<'_>,
        fixed: &Fixed,
        lean: Option<LeanMarket>,
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        match &mut self.stage {
            Stage::Rows(rows) => rows.line(line, taker),
            Stage::Opening(opening) => match opening.take(line) {
                true => self.begin(fixed, lean, taker),
                false => Ok(()),
            },
        }
    }

    /// Tells the layout, announces the file and takes the lines that were kept.
    fn begin(
        &mut self,
        fixed: &Fixed,
        lean: Option<LeanMarket>,
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        let Stage::Opening(opening) = &mut self.stage else {
            return Ok(());
        };
        let told_by = opening.told_by;
        let mut kept = core::mem::take(&mut opening.kept);
        let told_by = told_by.unwrap_or(kept.len()).min(kept.len());
        let (first, _) = kept.split_at_mut(told_by);
        let (head, skipped) = self.head(first, fixed, lean)?;
        let mut rows = RowStage {
            splitter: Splitter::new(head.delimiter),
            width: head.columns.len(),
            open: Vec::new(),
        };
        taker.file(head)?;
        for line in kept.iter().skip(skipped) {
            rows.line(line.as_line(), taker)?;
        }
        self.stage = Stage::Rows(rows);
        Ok(())
    }

    /// What the first lines tell of the file, and how many of them come before its rows.
    fn head(
        &self,
        first: &mut [Kept],
        fixed: &Fixed,
        lean: Option<LeanMarket>,
    ) -> Result<(FileHead, usize), IntakeError> {
        let Layout {
            delimiter,
            columns,
            has_header,
            skipped,
            passed_over,
            symbol,
            sample,
        } = layout(first, fixed)?;
        let is_packed = self.path.contains(".zip");
        let lean = if has_header {
            None
        } else {
            lean_layout(&self.path, is_packed, lean, &sample)
        };
        let head = FileHead {
            index: self.index,
            path: self.path.clone(),
            format: if lean.is_some() {
                Format::Lean
            } else {
                Format::Csv
            },
            packing: self.packing,
            delimiter,
            has_header,
            passed_over,
            columns,
            symbol,
            sample,
            lean,
        };
        Ok((head, skipped))
    }

    /// Every byte was handed over.
    fn end(
        &mut self,
        fixed: &Fixed,
        lean: Option<LeanMarket>,
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        let mut lines = core::mem::take(&mut self.lines);
        lines.finish(&mut |line: Line<'_>| self.line(line, fixed, lean, taker))
    }

    /// Every line was.
    fn finish(
        &mut self,
        fixed: &Fixed,
        lean: Option<LeanMarket>,
        taker: &mut impl Taker,
    ) -> Result<(), IntakeError> {
        if matches!(self.stage, Stage::Opening(..)) {
            self.begin(fixed, lean, taker)?;
        }
        match &mut self.stage {
            Stage::Rows(rows) => rows.give_up_open(taker),
            Stage::Opening(..) => Ok(()),
        }
    }
}

impl Kept {
    fn as_line(&self) -> Line<'_> {
        Line {
            number: self.number,
            text: &self.text,
            is_cut: self.is_cut,
        }
    }
}

impl RowStage {
    fn line(&mut self, line: Line<'_>, taker: &mut impl Taker) -> Result<(), IntakeError> {
        if self.open.is_empty() {
            return self.whole_line(line, taker);
        }
        /// A quoted field may have so many lines, and so many bytes.
        const MOST_LINES: usize = 16;
        const MOST_BYTES: usize = 1 << 14;
        self.open.push(Kept {
            number: line.number,
            text: line.text.to_vec(),
            is_cut: line.is_cut,
        });
        let joined: Vec<&[u8]> = self.open.iter().map(|line| line.text.as_slice()).collect();
        let joined = joined.join(b"\n".as_slice());
        let number = self.open.first().map_or(0, |line| line.number);
        let is_row = self
            .splitter
            .split(&joined)
            .is_ok_and(|fields| fields.len() == self.width);
        if is_row {
            self.open.clear();
            return self.whole_line(
                Line {
                    number,
                    text: &joined,
                    is_cut: false,
                },
                taker,
            );
        }
        if self.open.len() >= MOST_LINES || joined.len() >= MOST_BYTES {
            return self.give_up_open(taker);
        }
        Ok(())
    }

    /// The first open line is no row; those after it may be.
    fn give_up_open(&mut self, taker: &mut impl Taker) -> Result<(), IntakeError> {
        let open = core::mem::take(&mut self.open);
        let Some((first, rest)) = open.split_first() else {
            return Ok(());
        };
        taker.bad_line(first.number, &first.text, BadLine::Quotes(BadQuotes::Open))?;
        for line in rest {
            match self.splitter.split(&line.text) {
                Err(bad) => taker.bad_line(line.number, &line.text, BadLine::Quotes(bad))?,
                Ok(_) => self.whole_line(line.as_line(), taker)?,
            }
        }
        Ok(())
    }

    fn whole_line(&mut self, line: Line<'_>, taker: &mut impl Taker) -> Result<(), IntakeError> {
        if line.is_cut {
            return taker.bad_line(line.number, line.text, BadLine::TooLong);
        }
        let fields = match self.splitter.split(line.text) {
            Ok(fields) => fields,
            Err(BadQuotes::Open) => {
                let (number, text, is_cut) = (line.number, line.text.to_vec(), line.is_cut);
                self.open.push(Kept {
                    number,
                    text,
                    is_cut,
                });
                return Ok(());
            }
            Err(bad) => return taker.bad_line(line.number, line.text, BadLine::Quotes(bad)),
        };
        let found = fields.len();
        // a separator at the end of each line is common
        let has_more =
            (self.width..found).any(|index| fields.get(index).is_some_and(|text| !text.is_empty()));
        if found < self.width || has_more {
            if line.text.trim_ascii().is_empty() {
                return Ok(());
            }
            let expected = self.width;
            return taker.bad_line(line.number, line.text, BadLine::Fields { found, expected });
        }
        if fields.iter().all(<[u8]>::is_empty) {
            return Ok(());
        }
        taker.row(&Row::of_text(line.number, line.text, fields))
    }
}
