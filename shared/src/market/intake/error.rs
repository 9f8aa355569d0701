//! Why a file is not read.

use super::{Field, SinkError};

/// Why a file as a whole is not read. Every message says what was wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IntakeError {
    /// It has no content.
    #[error("it is empty: there is nothing to read")]
    Empty,
    /// Who takes the rows could not.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A named column is not there.
    #[error("there is no column {name:?} for {}: the columns are: {columns}", field.name())]
    NoSuchColumn {
        /// Which field it was for.
        field: Field,
        /// The name given.
        name: String,
        /// The columns of the file, as many as fit in a message.
        columns: String,
    },
}
