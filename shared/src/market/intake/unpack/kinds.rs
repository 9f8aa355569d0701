//! Kinds of files that are not read, told by their first bytes, or by the end of their names where these do not tell.

use super::IntakeError;

/// So many bytes tell.
pub(super) const FIRST: usize = 4;

struct Kind {
    what: &'static str,
    /// What one begins with, any of these.
    begins: &'static [&'static [u8]],
    /// How names of those end whose first bytes do not tell.
    ends: &'static [&'static str],
    /// What to do.
    then: &'static str,
}

const SAVE: &str = "save the table as CSV or Parquet";
const EXPORT: &str = "export the bars as CSV there";
const UNPACK: &str = "unpack it first";
const OWN: &str = "unpack it and import it by itself";

/// The first that fits counts.
const KINDS: [Kind; 18] = [
    kind("a Parquet file", &[b"PAR1"], &[], OWN),
    kind("a SQLite database", &[b"SQLi"], &[], OWN),
    kind(
        "Databento's DBN",
        &[b"DBN\x01", b"DBN\x02", b"DBN\x03"],
        &[".dbn", ".dbn.zst"],
        "get it from Databento as CSV, or convert it by their dbn tool",
    ),
    kind(
        "an old Excel workbook",
        &[b"\xd0\xcf\x11\xe0"],
        &[],
        "save the sheet as CSV",
    ),
    kind(
        "a spreadsheet of OpenDocument",
        &[],
        &[".ods"],
        "save the sheet as CSV",
    ),
    kind(
        "a Feather or Arrow file",
        &[b"ARRO", b"\xff\xff\xff\xff"],
        &[".feather", ".arrow", ".ipc"],
        SAVE,
    ),
    kind(
        "an HDF5 file",
        &[b"\x89HDF"],
        &[".h5", ".hdf5", ".hdf"],
        SAVE,
    ),
    kind(
        "a pickle of Python",
        &[b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"],
        &[".pkl", ".pickle"],
        SAVE,
    ),
    kind(
        "an array of NumPy",
        &[b"\x93NUM"],
        &[".npz"],
        "save the table as CSV",
    ),
    kind(
        "JSON",
        &[],
        &[".json", ".jsonl", ".ndjson"],
        "save it as CSV, a row for each bar",
    ),
    kind(
        "MetaTrader's own history",
        &[],
        &[".hcc", ".hc", ".hcs", ".hst", ".fxt"],
        EXPORT,
    ),
    kind("Dukascopy's own format", &[], &[".bi5"], EXPORT),
    kind("a tar archive", &[], &[".tar", ".tgz"], UNPACK),
    kind("packed with zstd", &[b"\x28\xb5\x2f\xfd"], &[], UNPACK),
    kind("packed with bzip2", &[b"BZh"], &[], UNPACK),
    kind("packed with xz", &[b"\xfd7zX"], &[], UNPACK),
    kind("a 7z archive", &[b"7z\xbc\xaf"], &[], UNPACK),
    kind("a rar archive", &[b"Rar!"], &[], UNPACK),
];

const fn kind(
    what: &'static str,
    begins: &'static [&'static [u8]],
    ends: &'static [&'static str],
    then: &'static str,
) -> Kind {
    Kind {
        what,
        begins,
        ends,
        then,
    }
}

/// What a file is that is not read, by its path and its first bytes.
pub(super) fn not_read(path: &str, first: &[u8]) -> Option<IntakeError> {
    let path = path.to_ascii_lowercase();
    let fits = |kind: &&Kind| {
        kind.begins.iter().any(|begin| first.starts_with(begin))
            || kind.ends.iter().any(|end| path.ends_with(end))
    };
    let json = || {
        KINDS
            .iter()
            .find(|kind| kind.what == "JSON" && is_json(first))
    };
    let Kind { what, then, .. } = KINDS.iter().find(fits).or_else(json)?;
    Some(IntakeError::NotRead { what, then })
}

/// Whether a text begins as JSON does: with an object, or with a list of objects, of lists or of numbers.
fn is_json(first: &[u8]) -> bool {
    match first.trim_ascii_start().split_first() {
        Some((b'{', rest)) => matches!(rest.trim_ascii_start().first(), None | Some(b'"' | b'}')),
        Some((b'[', rest)) => {
            matches!(
                rest.trim_ascii_start().first(),
                None | Some(b'{' | b'[' | b']' | b'0'..=b'9')
            )
        }
        _ => false,
    }
}

/// Whether a zip is a workbook, by the name of a file in it.
pub(super) fn is_of_workbook(name: &str) -> bool {
    let mut parts = ["xl/workbook.", "xl/worksheets/", "xl/_rels/"].iter();
    parts.any(|part| name.starts_with(part))
}

/// What is said of one.
pub(in super::super) const fn workbook() -> IntakeError {
    IntakeError::NotRead {
        what: "an Excel workbook",
        then: "save the sheet as CSV",
    }
}
