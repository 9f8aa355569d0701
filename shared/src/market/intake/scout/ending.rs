//! How the first pass ends: with a plan, or with what is known without one.

use super::whose::is_same;
use super::*;
use crate::market::intake::Seen;
use crate::market::intake::delimited::shown;
use crate::market::intake::guess::symbol_of;

impl Scout {
    /// What is known of the first file, where the files tell no way to read them: what a user needs to say how.
    pub fn so_far(&self) -> Option<Seen> {
        const SHOWN: usize = 5;
        let of_words = || self.walk.of_words();
        let head = self.work.first.clone().or_else(of_words)?;
        let text =
            |row: &Vec<Vec<u8>>| -> Vec<String> { row.iter().map(|value| shown(value)).collect() };
        let is_text = matches!(head.format, Format::Csv | Format::Lean);
        Some(Seen {
            format: head.format,
            delimiter: is_text.then(|| char::from(head.delimiter)),
            has_header: head.has_header,
            columns: head.columns,
            sample: head.sample.iter().take(SHOWN).map(text).collect(),
        })
    }

    /// Every file was handed over.
    ///
    /// # Errors
    /// [`IntakeError`] where the files tell no way to read them.
    pub fn finish(mut self) -> Result<Plan, IntakeError> {
        self.walk.settle(&mut self.work)?;
        let prose = self.walk.prose();
        let refusal = (prose.named().iter()).find_map(|path| self.work.told_by(path));
        let mut plan = self.work.finish()?;
        let Detection {
            warnings,
            format,
            refusal: known,
            ..
        } = &mut plan.detection;
        warnings.extend(prose.note());
        warnings.extend(self.walk.workbooks());
        if *format != Format::Lean && known.is_none() {
            *known = refusal;
        }
        Ok(plan)
    }
}

impl Work {
    /// Where the symbol that is proposed is that of the name of a file without bars, and nothing else says it: asks for it.
    fn told_by(&self, path: &str) -> Option<String> {
        let wanted = self.symbol.as_deref().filter(|_| !self.is_symbol_given)?;
        let is_told = symbol_of(path).is_some_and(|told| is_same(&told, wanted));
        let is_known = self.named.tells(wanted)
            || self.symbols.wanted(wanted).is_some()
            || (self.symbols.only()).is_some_and(|only| is_same(&only, wanted));
        (is_told && !is_known).then(|| {
            format!("only {path} says {wanted} by its name, and it holds no bars: give the symbol (--symbol)")
        })
    }
}
