//! Configuration: one typed file, overridden by environment variables and flags, each value with its source.
//!
//! To add a setting: a field in [`Config`] and in `Values`, its default in `defaults`, its name in [`KEYS`], and a
//! commented line in the repository's `atrium.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of the configuration file.
pub const FILE_NAME: &str = "atrium.toml";

/// Every setting, in the order in which it is shown.
pub const KEYS: [&str; 4] = ["base_dir", "port", "frontend_dir", "log_level"];

/// Older names of environment variables that are still read, and the setting each stands for.
const ALIASES: [(&str, &str); 1] = [("LOG_LEVEL", "log_level")];

/// The settings, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder that everything is stored under; absolute.
    pub base_dir: PathBuf,
    /// The port of the server.
    pub port: u16,
    /// The built front end; absolute.
    pub frontend_dir: PathBuf,
    /// How much is logged.
    pub log_level: LogLevel,
}

/// How much is logged to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Failures only.
    Error,
    /// Also what looks wrong.
    Warn,
    /// Also what happens.
    Info,
    /// Also how.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// Every level, from silent to verbose.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// The level's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl FromStr for LogLevel {
    type Err = String;

    /// Reads a level in any case; "warning" and "critical" are read too, as other tools write them.
    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_ascii_lowercase();
        let name = match lower.as_str() {
            "warning" => "warn",
            "critical" => "error",
            other => other,
        };
        let found = Self::ALL.into_iter().find(|level| level.name() == name);
        found.ok_or_else(|| {
            format!("{text:?} is no log level: use off, error, warn, info, debug or trace")
        })
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for LogLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What the program can see of its surroundings when it reads its configuration.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The working folder.
    pub working_dir: PathBuf,
    /// The environment variables that matter.
    pub variables: BTreeMap<String, String>,
    /// This program, to decode files in a process of their own; without it they are decoded in this process.
    pub program: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    ///
    /// # Errors
    /// [`ConfigError`] where the working folder is gone or a variable is not text.
    pub fn of_process() -> Result<Self, ConfigError> {
        let working_dir = std::env::current_dir().map_err(ConfigError::WorkingDir)?;
        let mut variables = BTreeMap::new();
        for (name, _) in variable_names() {
            match std::env::var(&name) {
                Ok(value) => drop(variables.insert(name, value)),
                Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(ConfigError::NotText(name));
                }
            }
        }
        Ok(Self {
            working_dir,
            variables,
            program: std::env::current_exe().ok(),
        })
    }
}

/// The variables that are read, weakest first, each with its setting.
fn variable_names() -> impl Iterator<Item = (String, &'static str)> {
    let aliases = ALIASES
        .into_iter()
        .map(|(name, key)| (name.to_owned(), key));
    let own = KEYS
        .into_iter()
        .map(|key| (format!("ATRIUM_{}", key.to_ascii_uppercase()), key));
    aliases.chain(own)
}

/// What was given on the command line.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--base-dir`.
    pub base_dir: Option<PathBuf>,
    /// `--port`.
    pub port: Option<u16>,
    /// `--frontend-dir`.
    pub frontend_dir: Option<PathBuf>,
    /// `--log-level`.
    pub log_level: Option<LogLevel>,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The working folder cannot be told.
    #[error(
        "the working folder cannot be told ({0}): change to a folder that exists, or give --base-dir"
    )]
    WorkingDir(std::io::Error),
    /// A variable is not UTF-8.
    #[error("the environment variable {0} is not UTF-8 text: set it again or unset it")]
    NotText(String),
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{} is not valid TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// A key is not known.
    #[error(
        "unknown key `{key}` in {}: the known keys are {}",
        path.display(),
        KEYS.join(", ")
    )]
    UnknownKey {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
    },
    /// A value does not make sense.
    #[error("{key}, from {source_name}: {reason}")]
    Value {
        /// The setting.
        key: String,
        /// Where the value comes from.
        source_name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A setting, its value as text and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The setting's name.
    pub key: &'static str,
    /// Its value.
    pub value: String,
    /// The file, environment variable or flag it comes from, or "default".
    pub source: String,
}

/// The configuration and where each value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The settings, resolved.
    pub config: Config,
    /// The same for people, in the order of [`KEYS`].
    pub settings: Vec<Setting>,
}

/// Settings as they are written, before paths are resolved.
#[derive(Debug, Deserialize)]
struct Values {
    base_dir: PathBuf,
    port: u16,
    frontend_dir: PathBuf,
    log_level: LogLevel,
}

/// Reads every source. The file is `atrium.toml` in the base directory that a flag or a variable names, or else the
/// nearest one from the working folder upwards. Paths of flags and variables count from the working folder; of the file's, the base
/// directory counts from the file and the front end from the base directory.
///
/// # Errors
/// [`ConfigError`] names the key and the source that is wrong.
pub fn load(surroundings: &Surroundings, flags: &Flags) -> Result<Loaded, ConfigError> {
    let start = surroundings.working_dir.as_path();
    let overrides = overrides(surroundings, flags);
    let named_base = overrides.iter().rev().find(|layer| layer.key == "base_dir");
    let named_base = named_base.and_then(|layer| layer.value.as_str().map(PathBuf::from));
    let file = match &named_base {
        Some(folder) => Some(start.join(folder).join(FILE_NAME)).filter(|path| path.is_file()),
        None => start
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file()),
    };
    // paths of flags and variables count from where they are typed
    let is_typed = overrides.iter().any(|layer| layer.key == "frontend_dir");
    let mut figment = defaults(start, file.as_deref()).fold(Figment::new(), Figment::merge);
    if let Some(path) = &file {
        figment = figment.merge(read_file(path)?);
    }
    figment = overrides.into_iter().fold(figment, Figment::merge);
    let mut values: Values = figment.extract().map_err(|error| bad_value(&error))?;
    let from_file = source_of(&figment, "base_dir").1;
    let relative_to = match (&file, from_file) {
        (Some(path), true) => path.parent().unwrap_or(start),
        _ => start,
    };
    values.base_dir = plain(&relative_to.join(&values.base_dir));
    let frontend_from = match is_typed {
        true => start,
        false => values.base_dir.as_path(),
    };
    values.frontend_dir = plain(&frontend_from.join(&values.frontend_dir));
    Ok(resolved(values, &figment))
}

fn resolved(values: Values, figment: &Figment) -> Loaded {
    let config = Config {
        base_dir: values.base_dir,
        port: values.port,
        frontend_dir: values.frontend_dir,
        log_level: values.log_level,
    };
    let setting = |key| {
        let value = match key {
            "base_dir" => config.base_dir.display().to_string(),
            "port" => config.port.to_string(),
            "frontend_dir" => config.frontend_dir.display().to_string(),
            _ => config.log_level.to_string(),
        };
        let (source, _) = source_of(figment, key);
        Setting { key, value, source }
    };
    Loaded {
        settings: KEYS.into_iter().map(setting).collect(),
        config,
    }
}

/// The name of a value's source, and whether that is the file.
fn source_of(figment: &Figment, key: &str) -> (String, bool) {
    let Some(metadata) = figment.find_metadata(key) else {
        return ("default".to_owned(), false);
    };
    match metadata
        .source
        .as_ref()
        .and_then(|source| source.file_path())
    {
        Some(path) => (path.display().to_string(), true),
        None => (metadata.name.to_string(), false),
    }
}

/// An absolute path.
fn plain(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn defaults(working_dir: &Path, file: Option<&Path>) -> impl Iterator<Item = Layer> {
    let (base, source) = match file.and_then(|path| Some((path, path.parent()?))) {
        Some((path, folder)) => (folder, format!("the folder of {}", path.display())),
        None => (
            working_dir,
            format!("the working folder (no {FILE_NAME} in it or above it)"),
        ),
    };
    let base = Layer::new("base_dir", base.display().to_string(), source);
    let plain = |key, value: Value| Layer::new(key, value, "default");
    [
        base,
        plain("port", Value::from(8080u16)),
        plain("frontend_dir", Value::from("dist")),
        plain("log_level", Value::from("warn")),
    ]
    .into_iter()
}

/// Environment variables, then flags; the last one of a key wins.
fn overrides(surroundings: &Surroundings, flags: &Flags) -> Vec<Layer> {
    let variables = variable_names().filter_map(|(name, key)| {
        let text = surroundings.variables.get(&name)?;
        if text.trim().is_empty() {
            return None;
        }
        let value = match (key, text.trim().parse::<u64>()) {
            ("port", Ok(number)) => Value::from(number),
            _ => Value::from(text.as_str()),
        };
        Some(Layer::new(
            key,
            value,
            format!("environment variable {name}"),
        ))
    });
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let flag = |key: &'static str, value: Option<Value>| {
        let name = format!("flag --{}", key.replace('_', "-"));
        value.map(|value| Layer::new(key, value, name))
    };
    let flags = [
        flag("base_dir", path(&flags.base_dir).map(Value::from)),
        flag("port", flags.port.map(Value::from)),
        flag("frontend_dir", path(&flags.frontend_dir).map(Value::from)),
        flag(
            "log_level",
            flags.log_level.map(|level| Value::from(level.name())),
        ),
    ];
    variables.chain(flags.into_iter().flatten()).collect()
}

/// Reads the file's text once, so that what is reported and what is used are the same.
fn read_file(path: &Path) -> Result<FileLayer, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let dict: Dict = Toml::from_str(&text).map_err(|error| ConfigError::Syntax {
        path: path.to_path_buf(),
        reason: error.to_string().trim().replace('\n', " "),
    })?;
    if let Some(key) = dict.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(ConfigError::UnknownKey {
            key: key.clone(),
            path: path.to_path_buf(),
        });
    }
    Ok(FileLayer {
        path: path.to_path_buf(),
        dict,
    })
}

fn bad_value(error: &figment::Error) -> ConfigError {
    let metadata = error.metadata.as_ref();
    let file = metadata.and_then(|metadata| metadata.source.as_ref()?.file_path());
    let source_name = match (file, metadata) {
        (Some(path), _) => path.display().to_string(),
        (None, Some(metadata)) => metadata.name.to_string(),
        (None, None) => "the configuration".to_owned(),
    };
    ConfigError::Value {
        key: error.path.join("."),
        source_name,
        reason: match &error.kind {
            figment::error::Kind::InvalidType(..) | figment::error::Kind::InvalidValue(..)
                if error.path.first().is_some_and(|key| key == "port") =>
            {
                format!("{}: a port is a number from 0 to 65535", error.kind)
            }
            kind => kind.to_string(),
        },
    }
}

/// One value with the name of its source.
struct Layer {
    key: &'static str,
    value: Value,
    source: String,
}

impl Layer {
    fn new(key: &'static str, value: impl Into<Value>, source: impl Into<String>) -> Self {
        Self {
            key,
            value: value.into(),
            source: source.into(),
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = Dict::from([(self.key.to_owned(), self.value.clone())]);
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

/// The values of the file.
struct FileLayer {
    path: PathBuf,
    dict: Dict,
}

impl Provider for FileLayer {
    fn metadata(&self) -> Metadata {
        Metadata::from(FILE_NAME, self.path.as_path())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}

#[cfg(test)]
mod tests;
