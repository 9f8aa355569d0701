//! The file of `--config`.

use std::io;
use std::path::Path;

use atrium_shared::base::utf16::as_utf8;
use atrium_shared::research::run_config::RunConfig;
use serde_json::Value;

use super::BacktestError;

/// Reads a configuration.
///
/// # Errors
/// [`BacktestError`] with the file and what is wrong in it.
pub(super) fn read(path: &Path) -> Result<RunConfig, BacktestError> {
    let unread = |source| BacktestError::Read {
        flag: "--config",
        path: path.to_path_buf(),
        source,
    };
    let bytes = std::fs::read(path).map_err(unread)?;
    // what a console of Windows redirects is in UTF-16
    let text = String::from_utf8(as_utf8(&bytes).into_owned())
        .map_err(|bad| unread(io::Error::new(io::ErrorKind::InvalidData, bad)))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let unusable = |reason| BacktestError::Config {
        path: path.to_path_buf(),
        reason,
    };
    let value = serde_json::from_str(text).map_err(|error| unusable(error.to_string()))?;
    check_objects(&value).map_err(unusable)?;
    // from the text once more, so that messages name their line
    serde_json::from_str(text).map_err(|error| unusable(error.to_string()))
}

/// Every part of a configuration is an object of named fields. An array would be read as the fields in their order, an
/// empty one as all defaults.
fn check_objects(value: &Value) -> Result<(), String> {
    let Value::Object(fields) = value else {
        return Err(format!(
            "it is {}, but a configuration is an object of named fields, such as {{\"interval\": \"60min\"}}",
            kind(value)
        ));
    };
    for (name, field) in fields {
        match field {
            Value::Array(_) => {
                return Err(format!(
                    "{name} is an array, but no field of a configuration is one: write an object of named fields"
                ));
            }
            Value::Object(_) => check_objects(field).map_err(|inner| format!("{name}: {inner}"))?,
            _ => {}
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
