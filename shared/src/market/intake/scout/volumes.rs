//! Which of several columns of volumes is taken: traders of currencies and metals export the one that counts trades beside one of
//! the true volumes, which is 0 throughout.

use super::Work;
use crate::market::intake::columns::{NumberColumns, volumes};
use crate::market::intake::row::{Cell, Row};
use crate::market::intake::{ColumnNames, Field};

/// The columns that may hold volumes, that which is taken first; none where it is given.
pub(super) fn candidates(
    taken: &NumberColumns,
    given: &ColumnNames,
    columns: &[String],
) -> Vec<(usize, bool)> {
    let ([.., Some((taken, _))], None) = (taken, given.of(Field::Volume)) else {
        return Vec::new();
    };
    let others = volumes(columns).filter(|index| index != taken);
    let all = core::iter::once(*taken).chain(others);
    all.map(|index| (index, false)).collect()
}

impl Work {
    /// Sees which columns of volumes hold any.
    pub(super) fn see_volumes(&mut self, row: &Row<'_>) {
        for (index, is_filled) in &mut self.volumes {
            *is_filled = *is_filled || is_some(row.cell(*index));
        }
    }

    /// Takes another column of volumes where every value of the best named one is 0, and says so.
    pub(super) fn fill_volumes(&mut self, columns: &[String]) -> Option<String> {
        let [.., Some((volume, why))] = &mut self.numbers else {
            return None;
        };
        let [(taken, false), others @ ..] = self.volumes.as_slice() else {
            return None;
        };
        let (filled, _) = others.iter().find(|(_, is_filled)| *is_filled)?;
        if taken != volume {
            return None;
        }
        let name = |index: usize| columns.get(index).map_or("", String::as_str);
        let (empty, filled) = (name(*taken), *filled);
        *volume = filled;
        *why = format!("every value of {empty} is 0");
        Some(format!(
            "every value of {empty} is 0, so the volumes are those of {}; give the column of volumes if these are wrong",
            name(filled)
        ))
    }
}

/// Whether a value is a number that is not 0.
fn is_some(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Int(number) => number != 0,
        Cell::Float(number) => number != 0.0 && !number.is_nan(),
        // 0.0 and 0,00 are 0, names are no numbers
        Cell::Text(text) => {
            text.iter()
                .all(|c| !c.is_ascii_alphabetic() || matches!(c, b'e' | b'E'))
                && text.iter().any(|c| matches!(c, b'1'..=b'9'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::market::calendar::Calendar;
    use crate::market::intake::{Kept, Limits, Reading, read_all};

    #[test]
    fn a_column_of_volumes_that_is_0_throughout_gives_way_to_a_filled_one() {
        let read = |volumes: [&str; 2], given: Option<&str>| {
            let mut text =
                "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
                    .to_owned();
            for minute in 0..30 {
                let [ticks, volume] = volumes;
                text += &format!(
                    "2024.11.04\t00:{minute:02}:00\t1.1\t1.2\t1.0\t1.1\t{ticks}\t{volume}\t12\n"
                );
            }
            let mut reading = Reading::detect(Calendar::Forex);
            if let Some(given) = given {
                reading
                    .columns
                    .set(crate::market::intake::Field::Volume, given.to_owned());
            }
            let files = [("EURUSD_M1.csv", text.as_bytes())];
            let (found, kept) =
                read_all(&files, &reading, Limits::default(), Kept::default()).unwrap();
            let said = found.warnings.iter().any(|it| it.contains("<TICKVOL>"));
            (kept.rows.bars.volume.iter().sum::<f64>(), said)
        };
        assert_eq!(read(["50", "0"], None), (1_500.0, true));
        assert_eq!(read(["50", "0.00"], None), (1_500.0, true));
        // the true ones, where there are any, and what is given
        assert_eq!(read(["50", "7"], None), (210.0, false));
        assert_eq!(read(["0", "0"], None), (0.0, false));
        assert_eq!(read(["50", "0"], Some("<VOL>")), (0.0, false));
    }
}
