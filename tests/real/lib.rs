//! Golden tests that read real data by the import; they are in `tests/golden`.
