//! Bars as other people's files have them: which column is which, how times and numbers are written, in which zone, and
//! what each row says.
//!
//! A file is gone through twice, each time in chunks of any size. The first pass, [`Scout`], gathers evidence and ends in a
//! [`Plan`] and a [`Detection`] that says why; the second, [`Reader`], reads rows by the plan. Nothing is kept but what is
//! said of a whole file, so a file larger than memory is read as well. A row that cannot be used is handed over as
//! [`Rejected`], with its line and its reason, and the rest go on.

mod clock;
mod delimited;
mod detection;
mod error;
mod numbers;
mod reading;
mod rows;
mod times;
mod zone;

pub use detection::{
    Certainty, Choice, Counts, Detection, Format, FoundColumn, Hours, Packing, PassedOver, Reason,
    SampleRow, Stretch, TimeForm,
};
pub use error::IntakeError;
pub use reading::{ColumnNames, DateOrder, Decimal, Field, Labels, Reading};
pub use rows::{Rejected, RowSink, Rows, SinkError};
pub use times::{BadTime, TimeZoneChoice, parse_time, time_from_epoch};
pub use zone::{BadZone, Zone};
